"""`detect`: which samples do not look like the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from .annotations import Duration, Output, Store, Time, Values, names

if TYPE_CHECKING:
    from ..analytics.algorithms.anomalies.found import Anomalies
    from ..analytics.algorithms.anomalies.found_in_series import SeriesAnomalies


def detect(
    data: Values,
    columns: list[str] | None = None,
    *,
    reference: Values | None = None,
    first: int | None = None,
    method: Annotated[str, names("detectors")] = "ensemble",
    alpha: float = 0.05,
    fdr: bool = False,
    seed: int = 0,
    dim: str | None = None,
    tz: str | None = None,
    store: Store | None = None,
    since: Time | None = None,
    until: Time | None = None,
    tags: dict[str, str] | None = None,
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
    method : str
        Of tables: ensemble, isolation_forest, knn, lof, ecod, hbos, mahalanobis, pca; of series: novelty, ...
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
    from ..errors import OptionError

    where: dict[str, Any] = {"store": store, "since": since, "until": until, "tags": tags, "every": every}
    held = table_of(data, columns, **where)
    names = list(map(str, held.data_vars))
    if reference is not None and first is not None:
        raise OptionError("reference and first both say what is normal", "one of them")
    normal: Any = first
    if reference is not None:
        normal = table_of(reference, names, **where)
    elif first is None:
        normal = held.sizes[dim or ("time" if "time" in held.dims else str(next(iter(held.dims))))] // 2
    found = find(held, normal, dim, method=method, alpha=alpha, fdr=fdr, seed=seed, tz=tz, **options)
    write_result(found, target)
    return found
