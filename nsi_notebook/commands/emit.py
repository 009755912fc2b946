"""`emit`: one sample, to the running engine or straight into a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from .annotations import Store, names

if TYPE_CHECKING:
    from ..analytics.storage import Ack


def emit(
    series: Annotated[str, names("series", within="store")],
    value: float,
    *,
    time: str | None = None,
    tags: dict[str, str] | None = None,
    unit: str = "1",
    store: Store | None = None,
) -> bool | Ack:
    """Hand over one sample, to the running engine or straight into a store.

    Parameters
    ----------
    series : str
        What is observed: camera.void_fraction.
    value : float
        The number.
    time : str, optional
        When, with its zone: 2026-11-26T12:00:00Z. Now, if it is not said.
    tags : key=value, optional
        Where and how it is observed: line=3.
    unit : str
        Of the value: um, degC, ...
    store : variable or path, optional
        Put it into this store, and wait until it is safe: a folder, which is made if it is not there, or a variable that holds a
        store. The running engine takes it, if none is named.

    Returns
    -------
    bool or Ack
        Of the engine whether it was taken, or dropped for want of room; of a store that it is safe.

    Examples
    --------
    >>> from nsi_notebook.analytics import TimeSeriesDatabase
    >>> emit("oven.heat", 21.5, time="2026-11-26T12:00:00Z", unit="degC", store=TimeSeriesDatabase("memory:"))
    Ack(rows=1, new=True)
    """
    from .running import running, stored

    told = running() if store is None else None
    if told is not None:
        return told.emit(series, value, time, tags, unit=unit)
    from ..analytics.core.batch import Batch
    from ..analytics.core.times import now, utc

    batch = Batch.of(series, [value], [utc(now()) if time is None else time], unit=unit, tags=tags)
    with stored(store, make=True) as db:
        return db.append(batch)
