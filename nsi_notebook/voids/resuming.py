"""Streams in files: the rows as anyone can read them, and in one attribute all that is needed to go on."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..errors import FileError, NsiError
from ..version import __version__
from .layout import Layout
from .rows import FAN, Block, key_of, table, unpacked
from .stores import as_json, described, read_store, restored, write_store
from .streams import Stream

Kind = TypeVar("Kind", bound=Stream)
FORMAT = 1


def header(stream: Stream) -> dict[str, Any]:
    """Tell what is measured and what the frames are like, without the rows."""
    return {
        "format": FORMAT,
        "version": __version__,
        "how": stream._recipe.how,
        "layout": None if stream._layout is None else stream._layout.to_json(),
        "made": dict(stream._made),
        "names": stream._names,
    }


def noted(stream: Kind, reading: Mapping[str, Any]) -> Kind:
    """Note in a stream how its frames are read before they come: it is kept with it, and one noted otherwise does not merge."""
    stream._recipe = replace(stream._recipe, how={**stream._recipe.how, "reading": json.loads(as_json(dict(reading)))})
    return stream


def differences(asked: Stream, held: Stream) -> Iterator[tuple[str, Any, Any]]:
    """Name what is asked otherwise than it was held, with either, options and reading one by one."""
    mine, theirs = _laid_out(asked), _laid_out(held)
    for name in {**mine, **theirs}:
        if mine.get(name) != theirs.get(name):
            yield name, mine.get(name), theirs.get(name)


def _laid_out(stream: Stream) -> dict[str, Any]:
    how = dict(stream._recipe.how)
    reading = how.pop("reading", {})  # with the spacing that is given when they are read
    return {**how.pop("options"), **how, **reading}


def begun(kind: type[Kind], told: Mapping[str, Any], place: Path, on_error: str) -> Kind:
    """Make a stream of what `header` told, without rows.

    Raises
    ------
    FileError, UnknownNameError, OptionError
        See `Stream.load`.
    """
    if told["format"] > FORMAT:
        raise FileError(f"{place.name} was written by nsi-notebook {told['version']}, which is later", "install that")
    how = dict(told["how"])
    reading = how.pop("reading", None)
    try:
        stream = kind(**how.pop("options"), **how, on_error=on_error)
    except NsiError as error:
        error.message = f"{place.name}: {error.message}"
        error.args = (error.message, error.hint)
        raise
    if told["version"] != __version__:
        said = f"{place.name} was measured by nsi-notebook {told['version']}, this is {__version__}"
        warnings.warn(said, UserWarning, stacklevel=4)
    if reading is not None:
        stream = noted(stream, reading)
    if told["layout"] is not None:
        stream._layout, stream._made = Layout.from_json(told["layout"]), told["made"]
        stream._names = told["names"]
    return stream


def write(stream: Stream, place: Path) -> None:
    """Write a stream: see `Stream.save`."""
    good = stream._together()
    told = header(stream) | {
        "good": None if good is None else described(good),
        "labels": described(table(None, stream._rows, stream.dim, False)) if stream._rows else None,
    }
    rows = table(good, stream._rows, stream.dim, True)
    write_store(rows.assign_attrs(nsi_stream=as_json(told)), place)


def read(kind: type[Kind], place: Path, on_error: str) -> Kind:
    """Read a stream: see `Stream.load`."""
    held = read_store(place)
    try:
        told = json.loads(held.attrs["nsi_stream"])
    except (KeyError, ValueError):
        raise FileError(f"{place.name} holds no stream", "Stream.load reads what stream.save wrote") from None
    stream = begun(kind, told, place, on_error)
    if told["labels"] is not None:
        names = [n for n in told["labels"]["variables"] if n != "error"]
        labels = restored(held, told["labels"]).assign_coords(error=held["error"].variable)
        stream._rows = unpacked(labels, stream.dim, names)
        stream._keys = {key_of(row.labels.get(stream.dim), stream.dim) for row in stream._rows}
    if told["good"] is not None:
        where = np.flatnonzero([not row.error for row in stream._rows])
        stream._blocks = (Block(FAN, restored(held.isel({stream.dim: where}), told["good"])),)
    return stream
