"""`detect`: which samples do not look like the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from .annotations import Column, Duration, Output, Store, Tags, Time, Values, Zone, names

if TYPE_CHECKING:
    from ..analytics.algorithms.anomalies.found import Anomalies
    from ..analytics.algorithms.anomalies.found_in_series import SeriesAnomalies


def detect(
    data: Values,
    columns: list[Column] | None = None,
    *,
    reference: Values | None = None,
    first: int | None = None,
    method: Annotated[str, names("detectors")] | None = None,
    alpha: float = 0.05,
    fdr: bool = False,
    seed: int = 0,
    dim: str | None = None,
    tz: Zone | None = None,
    store: Store | None = None,
    since: Time | None = None,
    until: Time | None = None,
    tags: Tags | None = None,
    every: Duration | None = None,
    output: Output | None = None,
    force: bool = False,
    **options: Any,
) -> Anomalies | SeriesAnomalies:
    """Find the samples that do not look like those of a reference; each flag says which measures, how far, and since when.

    Every sample has a conformal p-value: no share of anomalies is guessed.

    Parameters
    ----------
    reference : table, variable or series, optional
        What is normal.
    first : int, optional
        In place of that: how many of the first samples are normal; half of them, if neither is said.
    method : str, optional
        Of tables: ensemble, isolation_forest, knn, lof, ecod, hbos, mahalanobis, pca; of series: novelty, robust_z, ... If it is
        not said, novelty of one series along time, ensemble of a table.
    alpha : float
        Share of false alarms that is allowed.
    fdr : bool
        Hold the share of false ones among those that are flagged to alpha; of series, those of one moment.
    seed : int
        Of what is drawn.
    output : path, optional
        Write it: .csv and .json its table, .nc its arrays, .html its figure.
    **options
        Of the method.

    Returns
    -------
    Anomalies or SeriesAnomalies
        A table and a figure.

    Examples
    --------
    >>> import numpy as np
    >>> load = np.random.default_rng(0).normal(size=400)
    >>> load[390] = 9
    >>> 390 in detect(load, method="knn", alpha=0.01).table()["sample"].tolist()
    True
    """
    from .values import table_of
    from .writing import RESULTS, check_output, write_result

    target = check_output(output, RESULTS, force)
    from ..analytics import detect as find
    from ..analytics.algorithms.clocks import holds_times
    from ..errors import OptionError

    where: dict[str, Any] = {"store": store, "since": since, "until": until, "tags": tags, "every": every, "dim": dim}
    held = table_of(data, columns, **where)
    names = list(map(str, held.data_vars))
    if reference is not None and first is not None:
        raise OptionError("reference and first both say what is normal", "one of them")
    normal: Any = first
    if reference is not None:
        normal = table_of(reference, names, **where)
    elif first is None:
        normal = 0.5
    if method is None:
        (series, *others) = names
        laid = [d for d in held[series].dims if d == "time" or (d in held.coords and holds_times(held[d]))]
        method = "novelty" if not others and laid and dim in (None, *laid) else "ensemble"
    try:
        found = find(held, normal, dim, method=method, alpha=alpha, fdr=fdr, seed=seed, tz=tz, **options)
    except OptionError as error:  # a number of the first samples has an option of its own here
        raise OptionError(error.message, error.hint.replace("reference=", "first=") if error.hint else None) from None
    write_result(found, target)
    return found
