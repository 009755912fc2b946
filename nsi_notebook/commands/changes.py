"""`changes`: when the mean of a series changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .annotations import Column, Duration, Output, Store, Tags, Time, Values, Zone

if TYPE_CHECKING:
    from ..analytics.algorithms.every import Each
    from ..analytics.algorithms.series.changepoints import Changes


def changes(
    data: Values,
    column: Column | None = None,
    *,
    dim: str | None = None,
    penalty: float = 3.0,
    least: int = 10,
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
) -> Changes | Each[Changes]:
    """Find when the mean of a series changed, how surely, and from what to what.

    Parameters
    ----------
    penalty : float
        Of a change: more finds fewer.
    least : int
        Samples that a segment has.
    noise : str
        How it depends from sample to sample: by an autoregressive model, or not at all (white).
    output : path, optional
        Write them: .csv and .json their table, .nc their arrays, .html their figure.

    Returns
    -------
    Changes, or one for each series
        Where, the places that hold each, and the means before and after with intervals.

    Examples
    --------
    >>> import numpy as np
    >>> changes(np.random.default_rng(0).normal(size=300) + np.repeat([10.0, 12.0], [180, 120])).place
    array([180])
    """
    from .values import series_of
    from .writing import RESULTS, check_output, write_result

    target = check_output(output, RESULTS, force)
    from ..analytics import changes as find

    values = series_of(data, column, store=store, since=since, until=until, tags=tags, every=every)
    found = find(values, dim, penalty=penalty, least=least, noise=noise, conservative=conservative, level=level, tz=tz)
    write_result(found, target)
    return found
