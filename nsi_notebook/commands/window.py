"""`window`: aggregates of a series in windows of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from .annotations import Duration, Output, Store, Time, names

if TYPE_CHECKING:
    from ..analytics.processors.windows import Windows

SUFFIXES = (".nc", ".csv", ".json")


def window(
    series: Annotated[str, names("series", within="store")],
    size: Duration,
    *,
    every: Duration | None = None,
    by: list[Annotated[str, names("tags", within="store")]] | None = None,
    agg: list[Annotated[str, names("aggregates")]] | None = None,
    since: Time | None = None,
    until: Time | None = None,
    store: Store | None = None,
    output: Output | None = None,
    force: bool = False,
) -> Windows:
    """Aggregate what was kept of a series in windows of time.

    The answer has the bits that an engine gives with the same plan while the samples come, if none is late.

    Parameters
    ----------
    series : str
        Its name.
    size : str
        How long a window is: 10s, 5min, 1h, 1d. Windows begin at whole multiples of `every` since 1970 in UTC.
    every : str, optional
        How far apart two windows begin, for those that overlap; one begins where the other ends, if it is not said.
    by : list of str, optional
        Tags by which samples are kept apart, others together; each series by itself, if none is named.
    agg : list of str, optional
        What is computed: count, missing, sum, mean, std, min, max, median, first, last, slope, distinct, p95, q0.25; count and
        mean, if none is named.
    output : path, optional
        Write them: .csv and .json have one row a window, .nc keeps the units.

    Returns
    -------
    Windows
        A table in a notebook; `nsi.plot` draws it.

    Examples
    --------
    >>> from nsi_notebook.analytics import TimeSeriesDatabase
    >>> from nsi_notebook.commands.emit import emit
    >>> db = TimeSeriesDatabase("memory:")
    >>> for second, value in [(1, 2.0), (4, 4.0), (11, 7.0)]:
    ...     kept = emit("load", value, time=f"2026-11-26T12:00:{second:02}Z", store=db)
    >>> window("load", "10s", agg=["mean"], store=db).columns["mean"]
    array([3., 7.])
    """
    from .running import stored
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    from ..analytics import window as plan_of

    plan = plan_of(size, every)
    if by is not None:
        plan = plan.by(*by)
    if agg is not None:
        plan = plan.agg(*agg)
    with stored(store) as db:
        if by is not None:
            _check_tags(by, {tag for held in db.series(series) for tag, _ in held.tags})
        found = plan.run(db.scan(series, since, until))
    if target is not None:
        write(found.to_xarray() if target.suffix.lower() == ".nc" else found.to_pandas(), target)
    return found


def _check_tags(by: list[str], known: set[str]) -> None:
    from ..errors import UnknownNameError

    for tag in by:
        if tag not in known:
            raise UnknownNameError.among("tag", tag, known)
