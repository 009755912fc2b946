"""`trend`: the slope of a series, and how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .annotations import Column, Duration, Output, Per, Store, Tags, Time, Values, Zone

if TYPE_CHECKING:
    from ..analytics.algorithms.every import Each
    from ..analytics.algorithms.series.trend import Trend


def trend(
    data: Values,
    column: Column | None = None,
    *,
    dim: str | None = None,
    per: Per | None = None,
    noise: Literal["ar", "white"] = "ar",
    conservative: bool = False,
    level: float = 0.95,
    tz: Zone | None = None,
    store: Store | None = None,
    since: Time | None = None,
    until: Time | None = None,
    tags: Tags | None = None,
    every: Duration | None = None,
    output: Output | None = None,
    force: bool = False,
) -> Trend | Each[Trend]:
    """Find the slope of a series, with an interval that allows for values that depend on those before.

    Parameters
    ----------
    per : str, optional
        Unit of time of the slope: s, min, h, d, year; if it is not said, the largest of which the series has two.
    noise : str
        How it depends from sample to sample: by an autoregressive model, or not at all (white).
    output : path, optional
        Write it: .csv and .json its table, .nc its arrays, .html its figure.

    Returns
    -------
    Trend, or one for each series
        Slope, its interval, p, and the slope of Theil and Sen.

    Examples
    --------
    >>> import numpy as np
    >>> found = trend(0.5 * np.arange(300) + np.random.default_rng(0).normal(size=300))
    >>> bool(found.lower < 0.5 < found.upper)
    True
    """
    from .values import series_of
    from .writing import RESULTS, check_output, write_result

    target = check_output(output, RESULTS, force)
    from ..analytics import trend as find

    values = series_of(data, column, store=store, since=since, until=until, tags=tags, every=every)
    found = find(values, dim, per=per, noise=noise, conservative=conservative, level=level, tz=tz)
    write_result(found, target)
    return found
