"""`emit`: a sample or many, to the running engine or straight into a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from .annotations import Numbers, Store, Time, names

if TYPE_CHECKING:
    from ..analytics.core.batch import Batch
    from ..analytics.storage import Ack

AHEAD = "1d"  # of the clock: as far as the time of a sample may be, as of an engine


def emit(
    series: Annotated[str, names("series", within="store")],
    value: Numbers,
    *,
    time: Time | None = None,
    tags: dict[str, str] | None = None,
    unit: str | None = None,
    missing: Literal["error", "keep"] = "error",
    store: Store | None = None,
) -> bool | Ack:
    """Hand over a sample or many, to the running engine or straight into a store.

    Parameters
    ----------
    series : str
        What is observed: camera.void_fraction.
    value : number or variable
        The number, nan where it is missing, or a variable that holds one; an array; or a pandas or xarray object whose times are
        taken, if it has any.
    time : time or variable, optional
        When, with its zone: 2026-11-26T12:00:00Z; or a variable of one time, or of one for each value. Now, if it is not said.
        Not more than a day ahead of the clock.
    tags : key=value, optional
        Where and how it is observed: line=3 part=door.
    unit : str, optional
        Of the value: um, degC, ...; what the data says, else 1.
    missing : {"error", "keep"}
        What is done with NaN: refused, or kept as samples that are missing.
    store : variable or path, optional
        Put it into this store, and wait until it is safe: a folder, which is made if it is not there, or a variable that holds a
        store. The running engine takes it, if none is named.

    Returns
    -------
    bool or Ack
        Of the engine whether one was taken, or dropped for want of room; of many, and of a store, that they are safe.

    Examples
    --------
    >>> from nsi_notebook.analytics import TimeSeriesDatabase
    >>> emit("oven.heat", 21.5, time="2026-11-26T12:00:00Z", unit="degC", store=TimeSeriesDatabase("memory:"))
    Ack(rows=1, new=True)
    """
    from .running import running, stored

    told = running() if store is None else None
    if getattr(value, "ndim", None) == 0:
        unit = unit or getattr(value, "attrs", {}).get("units")
        value = value.item()
    one = isinstance(value, int | float)
    if told is not None and one:
        return told.emit(series, value, time, tags, unit=unit or "1", missing=missing)
    from ..analytics.core.tables import batch_of

    data, at, unit = _timed([value] if one else value, time, unit)
    if told is not None:
        return told.emit_many(series, data, at, tags=tags, unit=unit, missing=missing)
    batch = batch_of(series, data, at, unit=unit, tags=tags, missing=missing)
    _not_ahead(batch)
    with stored(store, make=True) as db:
        return db.append(batch)


def _not_ahead(batch: Batch) -> None:
    """Refuse what an engine would: a wrong year, up to which all that looks at the store would go."""
    from ..analytics.core.times import ahead_of_clock, now, span

    if len(batch) and batch.time.max() > now() + (most := span(AHEAD)):
        last = int(batch.time.argmax())
        hint = "correct the time or the clock; TimeSeriesDatabase(...).append takes any time"
        raise ahead_of_clock(str(batch.series[batch.code[last]]), int(batch.time[last]), most, hint)


def _timed(data: Any, time: Any, unit: str | None) -> tuple[Any, Any, str | None]:
    """Give data with its times: those that it has, those that are said, or one that is said, or now, for all of it."""
    from ..analytics.core.times import now, utc

    kind = type(data).__module__.partition(".")[0], type(data).__name__
    bare = (kind == ("pandas", "Series") and type(data.index).__name__ != "DatetimeIndex") or (
        kind == ("xarray", "DataArray") and "time" not in data.dims
    )
    if kind[0] in ("pandas", "pyarrow", "xarray") and not bare:
        return data, time, unit
    if time is None or isinstance(time, str) or not hasattr(time, "__len__"):
        time = [utc(now()) if time is None else time] * (len(data) if hasattr(data, "__len__") else 1)
    return (data.to_numpy() if bare else data), time, unit or getattr(data, "attrs", {}).get("units")
