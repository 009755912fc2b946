"""`forecast`: what a series will be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .annotations import Column, Duration, Output, Store, Tags, Time, Values, Zone

if TYPE_CHECKING:
    from ..analytics.algorithms.every import Each
    from ..analytics.algorithms.series.forecasts import Forecast


def forecast(
    data: Values,
    horizon: int | str,
    column: Column | None = None,
    *,
    method: Literal["auto", "naive", "naive2", "seasonal", "theta", "theta_seasonal"] = "auto",
    period: int | str | None = None,
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
) -> Forecast | Each[Forecast]:
    """Tell what a series will be, with nominal intervals; the method is chosen by what it would have told before.

    Parameters
    ----------
    horizon : int or str
        How far: steps, or a duration as 2d.
    method : str
        auto takes the best of naive, seasonal and both of theta from a rolling origin.
    period : int or str, optional
        Of the season: steps, or a duration; 1 for none; found, if it is not said.
    output : path, optional
        Write it: .csv and .json its table, .nc its arrays, .html its figure.

    Returns
    -------
    Forecast, or one for each series
        A table and a figure.

    Examples
    --------
    >>> import numpy as np
    >>> load = 20 + 5 * np.sin(np.arange(120) * np.pi / 6) + np.random.default_rng(0).normal(size=120)
    >>> len(forecast(load, 12, period=12).table())
    12
    """
    from .values import series_of
    from .writing import RESULTS, check_output, write_result

    target = check_output(output, RESULTS, force)
    from ..analytics import forecast as tell
    from ..errors import OptionError

    if isinstance(horizon, str) and not horizon[:1].isdigit() and column is not None and column[:1].isdigit():
        raise OptionError(f"the horizon is {horizon!r}, and the column {column!r}", f"how far comes first: {column} {horizon}")
    if isinstance(horizon, str) and horizon[:1].isalpha():
        more = f"12 {horizon}, for the column {horizon!r}" if column is None else f"12 {column}, or 2d {column}"
        raise OptionError(f"the horizon is {horizon!r}", f"how far comes before the column, steps or a duration: {more}")
    values = series_of(data, column, store=store, since=since, until=until, tags=tags, every=every)
    found = tell(values, horizon, dim, method=method, period=period, level=level, tz=tz)
    write_result(found, target)
    return found
