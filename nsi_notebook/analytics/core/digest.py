"""The hash of data: of arrays, tables, files and what holds them; whatever a function could tell apart has another one."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import fractions
import hashlib
import os
import re
import struct
import sys
import types
import uuid
import zoneinfo
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import FileError, NsiError, OptionError

_PLAIN: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda value: b"",
    bool: lambda value: bytes([value]),
    int: lambda value: b"%d" % value,
    float: lambda value: struct.pack("<d", value),
    complex: lambda value: struct.pack("<dd", value.real, value.imag),
    str: lambda value: value.encode("utf-8", "surrogatepass"),
    bytes: bytes,
    bytearray: bytes,
}
_WRITTEN = (
    *(datetime.datetime, datetime.date, datetime.time, datetime.timedelta, datetime.timezone, zoneinfo.ZoneInfo),
    *(decimal.Decimal, fractions.Fraction, uuid.UUID, range, type(...), type(NotImplemented)),
)
"""What `repr` tells all about."""


DEEPEST = 100  # lists in lists


def digest(*values: Any) -> str:
    """Hash values by what they hold.

    Parameters
    ----------
    *values
        Numbers, texts, times, lists, tuples, dicts, sets; arrays of NumPy; objects of xarray, pandas and Arrow with all their
        coords, indexes and attrs (not the `encoding` of xarray); a `Batch` and any dataclass; functions and classes by their
        code; a `Path` by the content of its file or folder; arrays of Dask by their token, without computing them.

    Returns
    -------
    str
        64 hex digits (SHA-256); the same in every process.

    Raises
    ------
    OptionError
        If something cannot be hashed: it says what, and what to do.
    FileError
        If a file cannot be read.

    Examples
    --------
    >>> digest(np.arange(3)) == digest(np.arange(6)[:3]), digest(np.arange(3)) == digest(np.arange(3.0))
    (True, False)
    """
    hasher = Hasher()
    for index, value in enumerate(values):
        hasher.take(value, f"value {index}" if len(values) > 1 else "the value")
    return hasher.hex()


def sha256(data: Path | Sequence[Path]) -> str:
    """Hash a file as sha256sum does; of a folder or several files, hash the lines that sha256sum would print.

    Raises
    ------
    FileError
        If one cannot be read.
    """
    if isinstance(data, Path) and data.is_file():
        return _file(data)
    folder, roots = (data, [data]) if isinstance(data, Path) else (data[0].parent, data)
    files = sorted(file for root in roots for file in (root, *root.rglob("*")) if file.is_file())
    lines = "".join(f"{_file(file)}  {os.path.relpath(file, folder)}\n" for file in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def _file(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise FileError(f"cannot read {str(file)!r}: {error.strerror}", "check its permissions") from error


class Hasher:
    """A hash that takes one value after another.

    Parameters
    ----------
    without : sequence of str
        Names of the module of a function that do not count.
    """

    def __init__(self, without: Sequence[str] = ()) -> None:
        self.without = frozenset(without)
        self.seen: set[int] = set()
        """Functions and classes that were taken: they may need each other."""
        self._hash = hashlib.sha256()
        self._depth = 0

    def hex(self) -> str:
        """Give what was taken so far as hex digits."""
        return self._hash.hexdigest()

    def put(self, tag: str, data: Any = b"") -> None:
        """Take bytes, marked by what they are, so that no two sequences of values are the same bytes."""
        name = tag.encode("utf-8", "surrogatepass")
        size = len(data) if type(data) is bytes else memoryview(data).nbytes
        self._hash.update(b"%d:%d:%b" % (len(name), size, name))
        self._hash.update(data)

    def take(self, value: Any, where: str) -> None:
        """Take a value.

        Parameters
        ----------
        value
        where : str
            What it is, for the message of an error.
        """
        if self._depth >= DEEPEST:
            raise OptionError(f"{where[:60]}... is nested too deep to be hashed, or holds itself", "give its parts")
        self._depth += 1
        self._take(value, where)
        self._depth -= 1

    def _take(self, value: Any, where: str) -> None:
        kind = type(value)
        if kind in _PLAIN:
            return self.put(kind.__name__, _PLAIN[kind](value))
        if isinstance(value, np.ndarray | np.generic):
            return self._numpy(value, where)
        if kind in (list, tuple, dict, set, frozenset, types.MappingProxyType):
            return self._container(value, where)
        if isinstance(value, enum.Enum):
            return self.put(f"{_name(kind)}.{value.name}")
        if isinstance(value, PurePath):
            return self.put("file", _content(Path(value), where))
        if kind in _WRITTEN or isinstance(value, np.dtype):
            return self.put(_name(kind), repr(value).encode())
        if kind is re.Pattern:
            return self._parts(value, {"of": (value.pattern, value.flags)}, where)
        if kind is slice:
            return self._parts(value, {"of": (value.start, value.stop, value.step)}, where)
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            return self._parts(value, {name: getattr(value, name) for name in kind._fields}, where)
        if dataclasses.is_dataclass(kind) and not isinstance(value, type):
            return self._parts(value, {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}, where)
        from . import code, datasets

        if datasets.take(self, value, where) or code.take(self, value, where):
            return None
        raise OptionError(
            f"{where} is a {_name(kind)}, which cannot be hashed",
            "give what it holds as numbers, texts, arrays, tables or a dataclass, a seed for a generator, a Path for a file",
        )

    def numpy(self, array: npt.NDArray[Any]) -> None:
        """Take type, shape, order and numbers of an array, without what it may be written to."""
        self.put(f"array {array.dtype!r} {array.shape} {_order(array)}")
        if array.dtype.kind in "OT":
            for item in array.ravel().tolist():
                self.take(item, "an item of an array")
        elif array.nbytes:
            plain = np.ascontiguousarray(array.T if _order(array) == "F" else array)
            self.put("numbers", plain.reshape(-1).view(np.uint8))

    def _numpy(self, value: Any, where: str) -> None:
        kind = type(value)
        if kind is np.ma.MaskedArray:
            self.put("masked")
            for part in (np.asarray(value.data), np.asarray(value.mask), np.asarray(value.fill_value)):
                self.numpy(part)
        elif kind.__module__.partition(".")[0] != "numpy":
            raise OptionError(
                f"{where} is an array of type {_name(kind)}, which may hold more than numbers", "np.asarray() of it"
            )
        else:
            self.put(f"{_name(kind)} {isinstance(value, np.ndarray) and value.flags.writeable}")
            self.numpy(np.asarray(value))

    def _container(self, value: Any, where: str) -> None:
        self.put(f"{type(value).__name__} of {len(value)}")
        if isinstance(value, set | frozenset):
            parts = []
            for item in value:
                part = Hasher(tuple(self.without))
                part.take(item, f"an item of {where}")
                parts.append(part.hex())
            self.put("items", "".join(sorted(parts)).encode())
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                if (plain := _PLAIN.get(type(item))) is not None:  # most are
                    self.put(type(item).__name__, plain(item))
                else:
                    self.take(item, f"{where}[{index}]")
        else:
            for key, item in value.items():
                self.take(key, f"a key of {where}")
                self.take(item, f"{where}[{key!r}]")

    def _parts(self, value: Any, parts: dict[str, Any], where: str) -> None:
        from . import code

        code.take(self, type(value), where)
        for name, part in parts.items():
            self.put(f".{name}")
            self.take(part, f"{where}.{name}")


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _order(array: npt.NDArray[Any]) -> str:
    """Give the order of the axes in memory: a copy that keeps it can be told from one that does not."""
    axes = [axis for axis in range(array.ndim) if array.shape[axis] > 1]
    by_step = sorted(axes, key=lambda axis: -abs(array.strides[axis]))
    return "C" if by_step == axes or not array.size else "F" if by_step == axes[::-1] else str(by_step)


def _content(path: Path, where: str) -> bytes:
    if not path.exists():
        raise FileError(f"{where}: there is no file {str(path)!r} to hash", "a Path counts by its content; a text by its letters")
    try:
        return sha256(path).encode()
    except NsiError as error:
        raise FileError(f"{where}: {error.message}", error.hint) from error


def loaded(package: str, name: str) -> Any:
    """Give a class of a package, if that was imported: nobody has an object of it otherwise."""
    return getattr(sys.modules.get(package), name, ())


__all__ = ["Hasher", "digest", "sha256"]
