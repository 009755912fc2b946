"""Plans and functions over what a store has: in parts, side by side, and on from the last part that was finished."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from ...errors import OptionError
from ..core import times
from ..core.batch import Batch
from ..core.code import code_alone
from ..core.series import MADE, Series
from ..processors.plans import Plan
from ..processors.windows import Windows
from ..storage import TimeSeriesDatabase
from ..storage.choosing import Named, Tags
from .kept import Folder
from .partitions import joined, of_partition

Work: TypeAlias = Plan | Callable[[Batch], Any]
AHEAD = 2  # parts for each worker that are begun before the first is waited for


@dataclass(frozen=True)
class Job:
    """What is computed, and over what.

    Parameters
    ----------
    work : Plan or callable
        A plan, or a function that takes the samples of a part as a `Batch`, by rising time.
    series, since, until, where
        As `TimeSeriesDatabase.query` takes them; all series but windows that an engine stored, if none is named, nor the tag
        `windows`.
    partition : str or timedelta
        How much time a part has. Parts begin at multiples of it since 1970-01-01 UTC, those of windows at the multiple of their
        step before. Windows of counts have one part, as each depends on all before it.

    Examples
    --------
    >>> from nsi_notebook.analytics.processors.plans import window
    >>> db = TimeSeriesDatabase("memory:")
    >>> ack = db.append(Batch.of("load", [2.0, 4.0, 9.0], ["2026-11-26T12:00Z", "2026-11-26T12:01Z", "2026-11-26T14:00Z"]))
    >>> run(db, Job(window("5min").agg("mean"), "load")).columns["mean"].tolist()
    [3.0, 9.0]
    >>> [(part.since.hour, part.value) for part in run(db, Job(len))]
    [(12, 2), (14, 1)]
    """

    work: Work
    series: Named | None = None
    since: Any = None
    until: Any = None
    where: Tags | None = field(default=None, hash=False)
    partition: str | timedelta = "1h"

    def __post_init__(self) -> None:
        given: object = self.work
        if not isinstance(given, Plan) and not callable(given):
            raise OptionError(f"{given!r:.60} cannot be computed", "a plan, or a function that takes a Batch")
        times.span(self.partition)
        since, until = (None if at is None else times.instant(at) for at in (self.since, self.until))
        if since is not None and until is not None and since >= until:
            raise OptionError(f"since {self.since} is not before until {self.until}", "since is inside, until is outside")

    @property
    def told(self) -> Mapping[str, Any]:
        """What tells jobs apart whose parts are kept in one folder."""
        work = self.work
        name = str(work) if isinstance(work, Plan) else f"{getattr(work, '__module__', '')}.{getattr(work, '__qualname__', work)}"
        if not isinstance(work, Plan) and (code := code_alone(work)):
            name = f"{name} with the code {code[:12]}"
        names = [self.series] if isinstance(self.series, str | Series) else self.series
        bounds = [None if at is None else times.instant(at) for at in (self.since, self.until)]
        where = {tag: [v] if isinstance(v, str) else list(v) for tag, v in dict(self.where or {}).items()}
        return {
            "work": name,
            "series": None if names is None else list(map(str, names)),
            "bounds": bounds,
            "where": where,
            "partition": times.span(self.partition),
        }


@dataclass(frozen=True, slots=True)
class Part:
    """What a function gave for a part.

    Parameters
    ----------
    since, until : datetime
        Aware; the first inside, the second outside.
    value : object
    """

    since: Any
    until: Any
    value: Any


def run(
    store: TimeSeriesDatabase,
    job: Job,
    *,
    on: Any = None,
    state: str | Path | None = None,
    progress: bool | None = None,
) -> Any:
    """Compute a job.

    Parameters
    ----------
    store : TimeSeriesDatabase
    job : Job
    on : int or distributed.Client, optional
        How many threads, two by default; or a client of Dask, whose workers open the store's folder themselves.
    state : str or pathlib.Path, optional
        A folder for parts that are finished. Run again with it, a job goes on from there: a part is taken from it if the
        samples that it depends on are those of which it was made, by `TimeSeriesDatabase.digest`, however they are kept;
        others are computed anew. A function whose own code was changed is another job; what it uses from outside does not
        count. What it gives must be what JSON can hold.
    progress : bool, optional
        Show how far it is; by default where somebody looks on.

    Returns
    -------
    Windows, or list of Part
        Of a plan the windows, by end, start and key, with the bits that a stream gives in which nothing was late; of a function
        what it gave for each part that has samples, by time.

    Raises
    ------
    OptionError
        If the folder holds another job, or a result cannot be kept.
    NsiError
        Whatever the work raises: parts that were finished are kept.
    """
    if not isinstance(job, Job):
        raise OptionError(f"the job is {job!r:.80}", "Job(plan, 'load'), or Job(function, 'load')")
    kept = None if state is None else Folder(Path(state), job.told, job.work if isinstance(job.work, Plan) else None)
    if job.series is None and MADE not in (job.where or {}):
        known = store.series()
        if any(series.made for series in known):
            job = replace(job, series=tuple(series for series in known if not series.made))
    parts = list(_parts(store, job)) if job.series is None or job.series else []
    found: dict[tuple[int, int], Any] = {}
    left = []
    for part in parts:
        of = "" if kept is None else _digest(store, job, part)  # before it is computed: what comes meanwhile makes it another
        there = None if kept is None else kept.get(part, of)
        if there is None:
            left.append((part, of))
        else:
            found[part] = there[0]
    from tqdm import tqdm

    shown = progress if progress is not None else sys.stderr.isatty() or "ipykernel.zmqshell" in sys.modules
    with tqdm(total=len(parts), initial=len(found), desc="job", unit="part", disable=not shown, leave=False) as bar:
        for (part, of), value in _computed(store, job, left, on):
            open_ended = isinstance(value, Windows) and value.plan.kind == "sessions" and _beyond(value, part[1])
            found[part] = value if kept is None or open_ended else kept.put(part, of, value)
            bar.update()
    ordered = [found[part] for part in parts]
    if isinstance(job.work, Plan):
        return joined(job.work, ordered)
    return [Part(times.utc(a), times.utc(b), value) for (a, b), value in zip(parts, ordered, strict=True)]


Bounds: TypeAlias = tuple[int, int]


def _parts(store: TimeSeriesDatabase, job: Job) -> Iterator[Bounds]:
    """Give the bounds of the parts that have samples."""
    asked: dict[str, Any] = {"series": job.series, "where": job.where}
    extent = store.extent(**asked)
    if extent is None:
        return
    low = extent[0] if job.since is None else times.instant(job.since)
    high = extent[1] + 1 if job.until is None else times.instant(job.until)
    plan = job.work if isinstance(job.work, Plan) else None
    if plan is not None and plan.kind == "counts":
        if store.count(since=times.utc(low), until=times.utc(high), **asked):
            yield low, high
        return
    length = times.span(job.partition)
    step = plan.every if plan is not None and plan.kind == "panes" else 1
    before, after = _beside(plan)

    def edge(number: int) -> int:
        return number * length // step * step

    def count(first: int, last: int) -> int:
        a, b = max(edge(first) - before, low), min(edge(last) + after, high)
        return store.count(since=times.utc(a), until=times.utc(b), **asked) if a < b else 0

    spans = [((max(extent[0], low) - after) // length - 1, (min(extent[1], high) + step) // length + 2)]
    while spans:  # by halves, so that ages without samples cost nothing
        first, last = spans.pop()
        if edge(first) == edge(last):  # shorter than the step of the windows
            continue
        if not count(first, last):
            continue
        if last - first == 1:
            yield edge(first), edge(last)
        else:
            middle = (first + last) // 2
            spans += [(middle, last), (first, middle)]


def _beside(plan: Plan | None) -> tuple[int, int]:
    """Give how far before and behind a part there are samples that its windows depend on."""
    if plan is None or plan.kind == "counts":
        return 0, 0
    return (0, plan.size - plan.every) if plan.kind == "panes" else (plan.size, plan.size)


def _digest(store: TimeSeriesDatabase, job: Job, part: Bounds) -> str:
    """Tell the samples that a part depends on apart from others."""
    before, after = _beside(job.work if isinstance(job.work, Plan) else None)
    since, until = _inside(job, part[0] - before, part[1] + after)
    return store.digest(job.series, times.utc(since), times.utc(until), where=job.where)


def _beyond(sessions: Windows, last: int) -> bool:
    """Tell whether one goes on so far behind a part that the digest of its samples says nothing of it."""
    return len(sessions) > 0 and int(sessions.end.max()) > last + sessions.plan.size


def _computed(store: TimeSeriesDatabase, job: Job, parts: list[tuple[Bounds, str]], on: Any) -> Iterator[tuple[Any, Any]]:
    """Compute parts side by side, and give each as it is done."""
    if on is None or isinstance(on, int):
        workers = 2 if on is None else on
        if workers < 1:
            raise OptionError(f"{workers} threads", "at least 1")
        pool = ThreadPoolExecutor(workers, thread_name_prefix="nsi-job")
        submit: Callable[..., Future[Any]] = pool.submit
    elif hasattr(on, "submit") and hasattr(on, "nthreads"):
        pool, workers = None, max(sum(on.nthreads().values()), 1)
        submit = lambda *call: on.submit(*call, pure=False)  # noqa: E731
    else:
        raise OptionError(f"a job cannot run on {on!r:.60}", "a number of threads, or a client of Dask")
    remote = None if pool is not None else store.__reduce__()[1][0]  # refuses what another process cannot open
    rest = iter(parts)
    running: dict[Any, Any] = {}
    try:
        while True:
            for part in islice(rest, AHEAD * workers - len(running)):
                running[submit(_part, remote or store, job, part[0])] = part
            if not running:
                return
            for future in _first(list(running), pool is None):
                yield running.pop(future), future.result()
    finally:
        for future in running:
            future.cancel()
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def _first(futures: list[Any], dask: bool) -> list[Any]:
    """Wait for at least one."""
    if not dask:
        return list(wait(futures, return_when=FIRST_COMPLETED).done)
    import distributed

    waits: Any = distributed.wait
    return list(waits(futures, return_when=FIRST_COMPLETED).done)


def _part(store: TimeSeriesDatabase | str, job: Job, part: Bounds) -> Any:
    """Compute one part, here or where the folder must be opened first."""
    if isinstance(store, str):
        with TimeSeriesDatabase(store) as opened:
            return _part(opened, job, part)
    if isinstance(job.work, Plan):
        return of_partition(job.work, lambda a, b: _scan(store, job, a, b), part)
    batches = list(_scan(store, job, *part))
    return job.work(batches[0] if len(batches) == 1 else Batch.joined(batches))


def _scan(store: TimeSeriesDatabase, job: Job, first: int, last: int) -> Iterator[Batch]:
    since, until = _inside(job, first, last)
    if since < until:
        yield from store.scan(job.series, times.utc(since), times.utc(until), where=job.where)


def _inside(job: Job, first: int, last: int) -> Bounds:
    """Cut a range to that of the job."""
    since = first if job.since is None else max(first, times.instant(job.since))
    return since, last if job.until is None else min(last, times.instant(job.until))


__all__ = ["Job", "Part", "run"]
