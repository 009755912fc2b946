"""Arrays whose values stay in the file until they are used."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import FileError
from .failures import reading

LIMIT = 256 * 2**20  # bytes; what is larger stays in the file until it is used


def stays(shape: tuple[int, ...], dtype: npt.DTypeLike, lazy: bool | None) -> bool:
    """Whether an array stays in its file: as asked, else by its size.

    >>> stays((1024, 1024), "uint8", None)
    False
    """
    return math.prod(shape) * np.dtype(dtype).itemsize > LIMIT if lazy is None else lazy


@dataclass(frozen=True)
class OnDisk:
    """What Dask needs to know of an array in a file. It holds no open file, so it can be sent to other processes.

    A file that was rewritten since then is an error: its values may lie elsewhere now.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        Its format, for messages.
    load : callable
        Reads the part that an index (a tuple of slices) names.
    shape : tuple of int
        Of the whole array.
    dtype : numpy.dtype
        Of its values.
    also : tuple of exception types
        What the library raises beyond the usual on a damaged file.
    """

    path: Path
    kind: str
    load: Callable[[Any], Any]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    also: tuple[type[Exception], ...] = ()
    stamp: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stamp", _stamp(self.path))

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        with reading(self.path, self.kind, self.also):
            if _stamp(self.path) != self.stamp:
                raise FileError(f"{self.path.name} has changed since it was opened", "open it again")
            return np.asarray(self.load(index), dtype=self.dtype)

    def dask(self, chunks: Any = None) -> Any:
        """Make a Dask array; default: one chunk for each index of the axes before the last two.

        Parameters
        ----------
        chunks : optional
            As `dask.array.from_array` takes them.
        """
        import dask.array as da
        from dask.base import tokenize

        planes = (1,) * (self.ndim - 2) + self.shape[-2:]
        name = f"open-{tokenize(str(self.path), self.stamp, self.shape, str(self.dtype), repr(self.load))}"
        return da.from_array(
            self, chunks=planes if chunks is None else chunks, name=name, meta=np.empty((0,) * self.ndim, self.dtype)
        )


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size
