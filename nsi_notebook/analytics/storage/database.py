"""The one door to every store."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from ...errors import OptionError, StoreError
from ..core import times
from ..core.aggregates import aggregate
from ..core.batch import Batch
from ..core.series import Series
from .answers import Answer, unsigned
from .choosing import Named, Tags, chosen
from .incoming import checked
from .listing import listing
from .memory import MemoryStore
from .postgres.address import is_server, masked
from .rows import from_arrow
from .store import Ack, Ask, Checkpoint, Damage, Parameters, Store


class TimeSeriesDatabase:
    """Samples by series and time, kept in memory, in a folder, or on a server. In a notebook it is the table of its series.

    Parameters
    ----------
    address : str or pathlib.Path
        "memory:", or a folder, which is made if it is not there, or "postgresql://user@host/database", with the extra `postgres`.
        Many processes may write and read one folder or one server at once.
    threads : int, optional
        Of queries; as many as the computer has, if not said.

    Raises
    ------
    FileError
        If the path is a file, or a folder that holds other things.
    StoreError
        If it is on a network file system, damaged, written by a newer version, or a server that is out of reach.
    MissingExtraError
        If it is on a server, and the extra is not installed.

    Examples
    --------
    >>> db = TimeSeriesDatabase("memory:")
    >>> db.append(Batch.of("camera.area", [3.0, 5.0], ["2026-11-26T12:00:00Z", "2026-11-26T12:00:01Z"], unit="um^2"))
    Ack(rows=2, new=True)
    >>> db.query("camera.area", agg="mean").to_pandas()["mean"].tolist()
    [4.0]
    >>> db.sql("select count(*) as n from samples where value > $least", {"least": 4}).to_arrow()["n"].to_pylist()
    [1]
    >>> db.close()
    """

    def __init__(self, address: str | Path, *, threads: int | None = None) -> None:
        self._closed = False
        if not isinstance(address, str | Path):
            raise OptionError(f"the address of a store is {address!r:.80}", "'memory:', a folder, or 'postgresql://...'")
        text = str(address)
        if text == "memory:":
            self._store: Store = MemoryStore(threads)
        elif is_server(address):
            from .postgres import PostgresStore

            self._store = PostgresStore(text, threads)
        elif isinstance(address, str) and (not text or "://" in text or text.endswith(":")):
            raise OptionError(f"{masked(text)!r} is no address of a store", "'memory:', a folder, or 'postgresql://...'")
        else:
            from .folder import FolderStore

            self._store = FolderStore(Path(address), threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._closed:
            return f"TimeSeriesDatabase({masked(self.address)!r}), closed"
        told = (f"{value:,} {name}" if isinstance(value, int) else f"{name}: {value}" for name, value in self.status().items())
        return f"TimeSeriesDatabase({masked(self.address)!r}): {', '.join(told)}"

    def _repr_html_(self) -> str:
        if self._closed:
            return f"<p>{html.escape(repr(self))}</p>"
        return listing(self._store, repr(self))

    def __reduce__(self) -> tuple[Any, ...]:
        if self.address == "memory:":
            raise StoreError("a store in memory cannot go to another process", "a folder can: each process opens it")
        return type(self), (self.address,)

    @property
    def address(self) -> str:
        """What opens this store again."""
        return self._store.address

    def append(self, batch: Batch, *, key: str | None = None, checkpoints: Sequence[Checkpoint] = ()) -> Ack:
        """Keep a batch, whole or not at all.

        Parameters
        ----------
        batch : Batch
            Checked again before anything is stored.
        key : str, optional
            A name of the batch, where an append may be retried: what was there in the last seven days is not written again.
        checkpoints : sequence of Checkpoint
            Kept together with the batch, which may be empty then: how far whoever appends has come, told by `checkpoints`.

        Returns
        -------
        Ack
            Once the batch is safe: on the disk, where there is one.

        Raises
        ------
        SeriesError, TimeError, OptionError
            If it is no batch, a series is kept in another unit, or the key was given to other samples.
        CheckpointError
            If a checkpoint is not as it was when this one was made: another one goes on from there.
        StoreError
            If it cannot be written.
        """
        checked(batch, key, empty=key is None and bool(checkpoints))
        return self._open().append(batch, key, checkpoints)

    def checkpoints(self, prefix: str = "") -> Mapping[str, str]:
        """Give what the checkpoints hold whose names begin so; see `append`."""
        return self._open().checkpoints(prefix)

    def series(self, name: Named | None = None, where: Tags | None = None) -> tuple[Series, ...]:
        """List the series that ever had samples, sorted.

        Parameters
        ----------
        name, where
            As `query` takes them.
        """
        known = self._open().known()
        ids = chosen(known, name, where)
        return tuple(sorted(known[n] for n in (known if ids is None else ids)))

    def query(
        self,
        series: Named | None = None,
        since: Any = None,
        until: Any = None,
        *,
        where: Tags | None = None,
        step: str | timedelta | None = None,
        agg: str | Sequence[str] | None = None,
    ) -> Answer:
        """Give samples, or aggregates of them.

        Parameters
        ----------
        series : str, Series or sequence of them, optional
            Names, or the very series; all if not said.
        since, until : aware datetime or ISO text, optional
            The first inside, the second outside; the last microsecond of year 9999 as `until` is no limit.
        where : mapping of str to str or sequence of str, optional
            Tags, and the values that each may have.
        step : str or timedelta, optional
            Length of the groups, counted from 1970 in UTC: "10s", "5min".
        agg : str or sequence of str, optional
            count, missing, distinct, sum, mean, std, min, max, median, first, last, slope, "p95", "q0.25", and what else windows
            have, to the last bits with the numbers that these give: see `core.aggregates.aggregate`. mean if only `step`
            is said.

        Returns
        -------
        Answer
            Groups without samples are not in it; of one whose values are all missing count and distinct are 0 and the others
            null, NaN in arrays; so are std of one value, and slope of values of one time. A zero is 0.0, never -0.0. Where
            a sum or a square on the way is beyond 1e308, an answer is infinite or NaN; PostgreSQL refuses the question.

        Raises
        ------
        UnknownNameError
            If a series, a tag or an aggregate does not exist.
        TimeError
            If a time has no zone.
        """
        store = self._open()
        ask = self._ask(store, series, since, until, where)
        given = agg if agg is not None else "mean" if step is not None else ()
        several = given if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
        names = tuple(aggregate(each).name for each in several)
        if agg is not None and not names:
            raise OptionError("agg is empty", "for example ['mean', 'p95']")
        if len(set(names)) < len(names):
            raise OptionError(f"agg names one twice: {', '.join(names)}", "each once")
        ask = Ask(ask.ids, ask.since, ask.until, None if step is None else times.span(step), names)
        found = unsigned(store.select(ask)) if names else store.select(ask)
        return Answer(found, store.known(), names, step is not None)  # asked later: a series may have come meanwhile

    def count(
        self,
        series: Named | None = None,
        since: Any = None,
        until: Any = None,
        *,
        where: Tags | None = None,
    ) -> int:
        """Count the samples, missing values too; from the catalogue, so it costs next to nothing.

        Parameters
        ----------
        series, since, until, where
            See `query`.
        """
        store = self._open()
        return store.count(self._ask(store, series, since, until, where))

    def digest(
        self,
        series: Named | None = None,
        since: Any = None,
        until: Any = None,
        *,
        where: Tags | None = None,
    ) -> str:
        """Tell samples apart from others: by their series with units and tags, how many they are, and a hash of times and values.

        Neither the order in which they came nor how they are kept, sealed or not, changes it. A folder and a server have hashes
        of their own.

        Parameters
        ----------
        series, since, until, where
            See `query`.

        Returns
        -------
        str
            64 hex digits.
        """
        store = self._open()
        found = store.digest(self._ask(store, series, since, until, where))
        known = store.known()  # asked later: a series may have come meanwhile
        told = sorted((known[n].name, known[n].tags, known[n].unit, *sums) for n, sums in found.items())
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def extent(self, series: Named | None = None, *, where: Tags | None = None) -> tuple[int, int] | None:
        """Give times between which all samples lie, in microseconds since 1970-01-01 UTC; None if there are none.

        Parameters
        ----------
        series, where
            See `query`.
        """
        store = self._open()
        return store.extent(self._ask(store, series, None, None, where))

    def scan(
        self,
        series: Named | None = None,
        since: Any = None,
        until: Any = None,
        *,
        where: Tags | None = None,
        rows: int = 1_000_000,
    ) -> Iterator[Batch]:
        """Go through the samples by rising time, in batches.

        Parameters
        ----------
        series, since, until, where
            See `query`.
        rows : int
            About the most samples of a batch; more only where they have one time.
        """
        store = self._open()
        ask = self._ask(store, series, since, until, where)
        ends = store.extent(ask)
        if not isinstance(rows, int) or rows < 1:
            raise OptionError(f"batches of {rows!r} samples", "at least 1")
        if ends is None:
            return
        first = ends[0] if ask.since is None else max(ends[0], ask.since)
        last = ends[1] + 1 if ask.until is None else min(ends[1] + 1, ask.until)
        parts = [(first, last)] if first < last else []
        while parts:
            since_, until_ = parts.pop()
            part = Ask(ask.ids, since_, until_)
            number = store.count(part)
            if number > rows and until_ - since_ > 1:
                middle = (since_ + until_) // 2
                parts += [(middle, until_), (since_, middle)]
            elif number:
                found = from_arrow(store.select(part))
                found = found.take(np.argsort(found.time, kind="stable"))
                ids, code = np.unique(found.series, return_inverse=True)
                known = store.known()  # asked later: a series may have come meanwhile
                yield Batch(tuple(known[int(n)] for n in ids), code.astype(np.int32), found.time, found.value)

    def sql(self, text: str, parameters: Parameters | None = None) -> Answer:
        """Answer one SELECT of DuckDB's SQL.

        Parameters
        ----------
        text : str
            On `samples(time, series, value, unit, tags, id)`, where series is the name and tags a map, and
            `series(id, name, unit, tags)`. It reaches no file and no variable of the notebook.
        parameters : mapping or sequence, optional
            For `$name` or `?` in it.

        Raises
        ------
        OptionError
            If it would write, or cannot be answered; says why.
        """
        return Answer(self._open().sql(text, parameters))

    def ibis(self) -> Any:
        """Give the samples as a table of Ibis, with the extra `ibis`: an expression of it runs unchanged on every store.

        Returns
        -------
        ibis.Table
            Of `time`, `series` (the name), `value`, `unit`, `tags` (a map) and `id`. It reads what the store holds
            when it is asked, until the store is closed.

        Raises
        ------
        MissingExtraError
            If Ibis is not installed.

        Examples
        --------
        >>> db = TimeSeriesDatabase("memory:")
        >>> ack = db.append(Batch.of("oven.heat", [20.0, 30.0], ["2026-11-26T12:00:10Z", "2026-11-26T12:00:50Z"], unit="degC"))
        >>> samples = db.ibis()
        >>> minutes = samples.group_by("series", minute=samples.time.bucket(minutes=1)).agg(mean=samples.value.mean())
        >>> minutes.execute()["mean"].tolist()
        [25.0]
        >>> db.close()
        """
        return self._open().ibis()

    def retain(self, before: Any) -> int:
        """Drop the samples before an aware time, give their space back, and say how many they were."""
        store = self._open()
        return store.retain(times.instant(before))

    def seal(self) -> int:
        """Sort and compress what came since the last time; a folder does so itself from time to time. Says how many samples."""
        return self._open().seal()

    def compact(self) -> int:
        """Join small files into larger ones, and say how many there are less."""
        return self._open().compact()

    def verify(self) -> tuple[Damage, ...]:
        """Read everything back, and list what is damaged."""
        return self._open().verify()

    def repair(self) -> tuple[Damage, ...]:
        """Set aside what is damaged, so that the rest answers again, and list it."""
        return self._open().repair()

    def status(self) -> Mapping[str, Any]:
        """Say how much there is of what."""
        return self._open().status()

    def close(self) -> None:
        """Finish what goes on in the background, and let everything go; more than once does no harm."""
        if not self._closed:
            self._closed = True
            self._store.close()

    def _open(self) -> Store:
        if self._closed:
            place = masked(self.address)
            raise StoreError(f"the store {place} is closed", f"TimeSeriesDatabase({place!r}) opens it")
        return self._store

    def _ask(self, store: Store, series: Any, since: Any, until: Any, where: Any) -> Ask:
        begin = None if since is None else times.instant(since)
        end = None if until is None else times.instant(until)
        if end == times.LAST:  # what `times.utc` makes of a bound behind all times
            end = None
        if begin is not None and end is not None and begin >= end:
            raise OptionError(f"since {since} is not before until {until}", "since is inside, until is outside")
        return Ask(chosen(store.known(), series, where), begin, end)
