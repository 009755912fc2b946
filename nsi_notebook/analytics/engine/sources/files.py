"""Frames as samples: from any iterator, and from a folder in which they arrive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import FileError, InputError, OptionError, SeriesError, TimeError
from ...core import times
from ...core.batch import Batch
from ...core.series import Series
from ...storage import Checkpoint
from .attached import Bad, Delivery

NAMED = 64  # numbers of one variable that are kept, each by the name that it has

if TYPE_CHECKING:
    import xarray as xr

    from ....voids.arriving import Seen
    from ....voids.streams import Stream


def frames(
    stream: Stream,
    items: Iterable[Any],
    name: str = "camera",
    *,
    tags: Mapping[str, str] | None = None,
    tz: str | tzinfo | None = None,
) -> Iterator[Batch | Bad]:
    """Measure frames, and give the numbers of each as samples.

    Parameters
    ----------
    stream : nsi.Stream
        Which measures. Its rows are kept in it, with the curves.
    items : iterable
        Of frames, or pairs (frame, time). A frame without a time has the scalar coordinate of the stream's dim, if that is a
        time, or else comes now.
    name : str
        Of the series: "camera" and the variable void_fraction give "camera.void_fraction".
    tags : mapping of str to str, optional
        Of all samples.
    tz : str or tzinfo, optional
        Zone of times that have none; default: what the attr `timezone` of the coordinate says.

    Returns
    -------
    iterator of Batch and Bad
        A sample of each variable that is one number for a frame, or a few with names, which become tags (axis="x"); NaN is kept
        as missing. A frame that cannot be measured is counted as bad; where the stream records it, it also gives samples that are
        missing.

    Raises
    ------
    OptionError
        If there is no stream, or the frames are none.
    TimeError
        When it comes to a frame whose coordinate has no zone.

    Examples
    --------
    >>> from nsi_notebook.voids.streams import Stream
    >>> frame = np.eye(4, dtype=bool)
    >>> (batch,) = frames(Stream("void_fraction"), [(frame, "2026-11-26T12:00:00Z")])
    >>> str(batch.series[0]), batch.value.tolist()
    ('camera.void_fraction', [0.25])
    """
    from ....voids.streams import Stream

    given: object = items
    if not isinstance(stream, Stream):
        raise OptionError(f"the stream is {stream!r:.80}", "frames(nsi.Stream('void_fraction'), frames)")
    if not isinstance(given, Iterable):
        raise OptionError(f"the frames are of type {type(items).__name__}", "an iterable of frames, or of pairs (frame, time)")

    def each() -> Iterator[Batch | Bad]:
        for number, item in enumerate(items):
            frame, at = item if isinstance(item, tuple) and len(item) == 2 else (item, None)
            where = f"frame {number}"
            yield from _measured(stream, frame, at, name, tags, _zone(frame, stream.dim, tz, where) if at is None else tz, where)

    each.__name__ = "frames"  # by which an engine calls it
    return each()


def files(
    path: str | Path,
    stream: Stream,
    name: str = "camera",
    *,
    pattern: str | None = None,
    interval: float = 1.0,
    once: bool = False,
    tags: Mapping[str, str] | None = None,
    variable: str | None = None,
) -> Files:
    """Watch a folder, and give the numbers of each image that is finished in it, at the time of the file.

    A file is taken when its size and time have stayed the same for an interval. Which are stored is kept in the engine's store,
    in one step with the samples: attached again to an engine on that store, with the same `name` and `tags`, it measures those
    that are new or have changed.

    Parameters
    ----------
    path : str or pathlib.Path
        The folder.
    stream, name, tags
        As of `frames`.
    pattern : str, optional
        Which files: "*.tif", or "**/*.tif" for folders inside; those with the suffix of an image, if none is given.
    interval : float
        Seconds between two looks.
    once : bool
        Take what is there, and end.
    variable : str, optional
        Which one, in files that hold several.

    Returns
    -------
    Files
        An iterator of the numbers of each image, of images that cannot be measured, and of None when nothing has come.

    Raises
    ------
    FileError, OptionError
        If there is no such folder, or the interval is none.
    """
    place = Path(path).expanduser().resolve()
    if not place.is_dir():
        raise FileError(f"there is no folder {str(path)!r}", "make it first, or check the name")
    if not interval > 0:
        raise OptionError(f"interval={interval} is not a time in seconds", "interval=1")
    return Files(place, stream, Series.of(name, tags=tags), pattern, interval, once, variable)


class Files(Iterator[Delivery | Bad | None]):
    """A folder in which images arrive; made by `files`.

    Attributes
    ----------
    place : str
        What the names of the checkpoints begin with that say which files are stored.
    endless : bool
        Whether it waits for more.
    """

    def __init__(
        self,
        folder: Path,
        stream: Stream,
        named: Series,
        pattern: str | None,
        interval: float,
        once: bool,
        variable: str | None,
    ) -> None:
        self.place, self.endless = f"files/{folder}/{named}/", not once
        self._folder, self._stream, self._named, self._pattern, self._variable = folder, stream, named, pattern, variable
        self._interval = interval
        self._done: set[Seen] = set()
        self._told: dict[str, str] = {}
        self._items = self._read()

    def __next__(self) -> Delivery | Bad | None:
        return next(self._items)

    def resume(self, there: Mapping[str, str]) -> None:
        """Take those files as done that were stored, and are as they were."""
        from ....voids.arriving import Seen

        self._told = {name.removeprefix(self.place): data for name, data in there.items()}
        self._done |= {Seen(path, *map(int, data.split("/"))) for path, data in self._told.items()}

    def _read(self) -> Iterator[Delivery | Bad | None]:
        from ....voids.arriving import attempt, finished, look
        from ....voids.reading import open as read

        tries: Counter[Seen] = Counter()
        once = not self.endless
        for found in finished(lambda: look(self._folder, self._pattern), self._done, self._interval, once):
            for seen in found:
                whole = self._folder / seen.path
                image = attempt(whole, seen, lambda file: read(file, variable=self._variable).compute(), tries)
                if image is None:
                    continue
                self._done.add(seen)
                if isinstance(image, str):
                    yield Bad(f"{seen.path}: {image}")
                    continue
                at, tags = times.utc(seen.modified // 1000), dict(self._named.tags)
                for given in _measured(self._stream, image, at, self._named.name, tags, "UTC", seen.path):
                    yield self._placed(given, seen) if isinstance(given, Batch) else given
            yield None  # so that a source that is cancelled ends

    def _placed(self, batch: Batch, seen: Seen) -> Delivery:
        name, told = f"{self.place}{seen.path}", f"{seen.bytes}/{seen.modified}"

        def answered(error: Exception | None) -> None:
            if error is None:
                self._told[seen.path] = told

        return Delivery(batch, f"{name}/{told}", answered, (Checkpoint(name, told, self._told.get(seen.path)),))


def _measured(
    stream: Stream, frame: Any, at: Any, name: str, tags: Mapping[str, str] | None, tz: str | tzinfo | None, where: str
) -> Iterator[Batch | Bad]:
    """Measure one frame."""
    try:
        moment = _moment(frame, at, stream.dim, tz)
        row = stream.update(frame, None if moment is None else np.datetime64(moment, "us"))
        if "error" in row.coords and (reason := str(row["error"].item())):
            yield Bad(f"{where}: {reason}")
        batch = _samples(row, stream.dim, moment if moment is not None else times.now(), name, tags)
    except InputError as error:
        yield Bad(f"{where}: {error.message}")
        return
    if batch is not None:
        yield batch


def _moment(frame: Any, at: Any, dim: str, tz: str | tzinfo | None) -> int | None:
    if at is not None:
        return times.instant(at, tz)
    there = _time(frame, dim)
    return None if there is None else int(times.instants(there.values.reshape(1), tz)[0])


def _time(frame: Any, dim: str) -> xr.DataArray | None:
    """Give the time that a frame brings along."""
    there: xr.DataArray | None = getattr(frame, "coords", {}).get(dim)
    return None if there is None or there.ndim or there.dtype.kind != "M" else there


def _zone(frame: Any, dim: str, tz: str | tzinfo | None, where: str) -> str | tzinfo | None:
    """Give the zone of that time: it is wanted of whoever calls, not of one frame, and so it ends a source that there is none."""
    there = _time(frame, dim)
    if there is None or tz is not None:
        return tz
    if "timezone" not in there.attrs:
        raise TimeError(f"{where}: its coordinate {dim!r} has no zone", "frames(..., tz='UTC'), or the attr `timezone` of it")
    return str(there.attrs["timezone"])


def _samples(row: xr.Dataset, dim: str, moment: int, name: str, tags: Mapping[str, str] | None) -> Batch | None:
    """Give the variables that are one number, or a few with names, which become tags: `mean_chord` of each `axis`."""
    at, parts = np.array([moment]).astype("M8[us]"), []
    for variable, value in row.data_vars.items():
        others = [other for other in value.dims if other != dim]
        named = all(other in value.coords and value.coords[other].dtype.kind in "UO" for other in others)
        if dim not in value.dims or value.dtype.kind not in "biuf" or not named or value.size > NAMED:
            continue
        unit, flat = str(value.attrs.get("units") or "1"), value.isel({dim: 0})
        for place in np.ndindex(flat.shape):
            labels = {str(d): str(flat.coords[d].values[n]) for d, n in zip(flat.dims, place, strict=True)}
            for taken in labels.keys() & dict(tags or {}).keys():
                raise SeriesError(f"{taken!r} is a dim of {variable}, and a tag", "another name for the tag")
            told = {**labels, **(tags or {})}
            parts.append(
                Batch.of(f"{name}.{variable}", flat.values[place].reshape(1), at, unit=unit, tags=told, tz="UTC", missing="keep")
            )
    return Batch.joined(parts) if parts else None
