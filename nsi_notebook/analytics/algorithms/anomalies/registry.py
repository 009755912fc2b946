"""The detectors there are, by name; each is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from inspect import signature
from typing import Any

from ....errors import OptionError, UnknownNameError

TABLES = {
    "ecod": "ecod:Ecod",
    "ensemble": "ensemble:Ensemble",
    "hbos": "hbos:Hbos",
    "isolation_forest": "isolation_forest:IsolationForest",
    "knn": "knn:NearestNeighbours",
    "lof": "lof:LocalOutlierFactor",
    "mahalanobis": "mahalanobis:Mahalanobis",
    "pca": "pca:PrincipalComponents",
}
"""Those that take a table."""

STREAMS = {
    "ar_residual": "ar_residual:ARResidual",
    "cusum": "cusum:Cusum",
    "ewma": "ewma:Ewma",
    "frozen": "frozen:Frozen",
    "half_space_trees": "half_space_trees:HalfSpaceTrees",
    "hampel": "hampel:Hampel",
    "novelty": "novelty:Novelty",
    "page_hinkley": "page_hinkley:PageHinkley",
    "robust_z": "robust_z:RobustZ",
    "seasonal_z": "seasonal_z:SeasonalZ",
}
"""Those that learn values as they come."""


def methods() -> dict[str, str]:
    """Give the names of all detectors, and what each takes for strange.

    Examples
    --------
    >>> methods()["knn"]
    'Nearest neighbours: what is far from all that was learned is strange.'
    """
    return {name: _said(home) for name, home in sorted({**TABLES, **STREAMS}.items())}


def kind_of(name: object) -> type[Any]:
    """Give the class of a detector.

    Raises
    ------
    UnknownNameError
        If there is none of this name.
    """
    home = {**TABLES, **STREAMS}.get(str(name))
    if home is None:
        raise UnknownNameError.among("detector", name, [*TABLES, *STREAMS])
    module, _, kind = home.partition(":")
    found: type[Any] = getattr(import_module(f".{module}", __package__), kind)
    return found


def detector(name: object, **options: Any) -> Any:
    """Make a detector; `seed` and `alpha` are left out where it has none.

    Examples
    --------
    >>> detector("knn", neighbours=5, seed=1)
    NearestNeighbours(neighbours=5, seed=1)

    Raises
    ------
    UnknownNameError, OptionError
        If there is no such detector, or it has no such option.
    """
    kind = kind_of(name)
    takes = list(signature(kind).parameters)
    given = {option: value for option, value in options.items() if option in takes or option not in ("seed", "alpha")}
    for option in given:
        if option not in takes:
            wrong = UnknownNameError.among(f"option of {name}", option, takes)
            raise OptionError(wrong.message, wrong.hint)
    return kind(**given)


def _said(home: str) -> str:
    module = import_module(f".{home.partition(':')[0]}", __package__)
    return (module.__doc__ or "").splitlines()[0]
