"""`regress`: what a measure is explained by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from .annotations import Column, Duration, Output, Per, Store, Tags, Texts, Time, Values, Zone

if TYPE_CHECKING:
    from ..analytics.algorithms.every import Each
    from ..analytics.algorithms.regression.result import Regression


def regress(
    data: Values,
    y: Column,
    x: list[Column] | None = None,
    *,
    kind: Literal["ols", "ridge", "logistic", "theil-sen", "mixed"] = "ols",
    degree: int | None = None,
    errors: Literal["classical", "hc0", "hc1", "hc2", "hc3", "cluster", "ar", "hac"] | None = None,
    cluster: Texts | None = None,
    penalty: float | None = None,
    per: Per | None = None,
    precision: Literal["double", "high"] = "double",
    dim: str | None = None,
    level: float = 0.95,
    tz: Zone | None = None,
    store: Store | None = None,
    since: Time | None = None,
    until: Time | None = None,
    tags: Tags | None = None,
    every: Duration | None = None,
    output: Output | None = None,
    force: bool = False,
) -> Regression | Each[Regression]:
    """Explain a column by others: coefficients with intervals and units, and what speaks against them.

    Parameters
    ----------
    y : str
        The column that is explained.
    x : list of str, optional
        The columns that explain it; where the samples lie (time, depth, ...), if none is named.
    kind : str
        Least squares (ols), with a penalty (ridge), of an outcome of two values (logistic), the median slope of all pairs
        (theil-sen), or with a mean of its own for each cluster (mixed).
    degree : int, optional
        Of a polynomial in the one column that explains.
    errors : str, optional
        How sure the coefficients are; ar along time, cluster with --cluster, else classical, if it is not said.
    cluster : str, optional
        A column of names: what belongs together, as images of one subject do.
    penalty : float
        Of ridge.
    per : str, optional
        Unit of time of the slope, where nothing else explains: s, min, h, d, year.
    precision : str
        high: to nearly all digits, also of columns that nearly depend on each other.
    output : path, optional
        Write it: .csv and .json its table, .nc its arrays, .html its figure.

    Returns
    -------
    Regression, or one for each series
        A sentence, a table and a figure.

    Examples
    --------
    >>> import pandas as pd
    >>> rocks = pd.DataFrame({"depth": [1.0, 2.0, 3.0, 4.0, 5.0], "porosity": [0.41, 0.38, 0.35, 0.36, 0.30]})
    >>> regress(rocks, "porosity", ["depth"]).table()["value"].round(3).tolist()
    [0.432, -0.024]
    """
    from .values import table_of
    from .writing import RESULTS, check_output, write_result

    target = check_output(output, RESULTS, force)
    from ..analytics import regress as explain
    from ..errors import OptionError

    if y in (x or []):
        raise OptionError(f"{y!r} would be explained by itself", "other columns, or none: where the samples lie")
    held = table_of(
        data, [y, *(x or [])], labels=[cluster], store=store, since=since, until=until, tags=tags, every=every, dim=dim
    )
    if x is None and dim is None and per is None and not any(name in held.coords for name in held[y].dims):
        said = f"nothing is named that explains {y!r}, and rows have no place or time"
        raise OptionError(said, f"the columns that do, after {y}")
    predictors = None if x is None else held[x]
    how: dict[str, Any] = {
        "kind": kind,
        "degree": degree,
        "errors": errors,
        "cluster": cluster,
        "penalty": penalty,
        "precision": precision,
        "per": per,
    }
    found: Regression | Each[Regression] = explain(held[y], predictors, dim, level=level, tz=tz, **how)
    write_result(found, target)
    return found
