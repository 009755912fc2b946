"""Results in bytes: each time that they are unpacked an object of its own, equal to the last bit and flag."""

from __future__ import annotations

import hashlib
import io
import pickle
import struct
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...errors import OptionError, StoreError

MAGIC = b"nsi-result 1\n"
_HEAD = len(MAGIC) + 32


class Packed(NamedTuple):
    """A result: its structure, and the numbers of its arrays."""

    structure: bytes
    numbers: tuple[bytes | memoryview, ...]

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        return len(self.structure) + sum(len(each) for each in self.numbers)


def pack(value: Any, what: str) -> Packed:
    """Pack a result.

    Parameters
    ----------
    value
    what : str
        Whose result it is, for the message of an error.

    Raises
    ------
    OptionError
        If it cannot be kept: it holds a file, a lock, a generator, a function without a name, or it is lazy.

    Examples
    --------
    >>> packed = pack({"mean": np.arange(3)}, "f()")
    >>> unpack(packed)
    {'mean': array([0, 1, 2])}
    """
    if getattr(value, "__dask_graph__", lambda: None)() is not None:
        raise OptionError(f"{what} gave a lazy result, of which only the recipe could be kept", "compute() it in the function")
    found: list[pickle.PickleBuffer] = []
    file = io.BytesIO()
    try:
        _Pickler(file, protocol=5, buffer_callback=found.append).dump(value)
    except (pickle.PicklingError, TypeError, AttributeError, ValueError, NotImplementedError, RecursionError, OSError) as error:
        hint = "return arrays, tables, numbers, texts, or lists and dicts of them"
        raise OptionError(f"{what} gave a {type(value).__name__} that cannot be kept: {error}", hint) from error
    return Packed(file.getvalue(), tuple(bytes(each.raw()) for each in found))


CHANGED = (pickle.UnpicklingError, AttributeError, ImportError, LookupError, TypeError, ValueError, EOFError)
"""What `unpack` raises for a class that is no longer there, or is another today."""


def unpack(packed: Packed) -> Any:
    """Give the result again, as an object of its own."""
    return pickle.loads(packed.structure, buffers=[bytearray(each) for each in packed.numbers])  # noqa: S301


def written(packed: Packed) -> bytes:
    """Write a packed result, with a digest before it."""
    parts = [packed.structure, *packed.numbers]
    body = [struct.pack(f"<Q{len(parts)}Q", len(parts), *map(len, parts)), *parts]
    digest = hashlib.sha256()
    for part in body:
        digest.update(part)
    return b"".join([MAGIC, digest.digest(), *body])


def read(data: bytes) -> Packed:
    """Read what `written` gave.

    Raises
    ------
    StoreError
        If a byte of it is another.
    """
    whole = memoryview(data)
    body = whole[_HEAD:]
    if whole[: len(MAGIC)] != MAGIC or hashlib.sha256(body).digest() != whole[len(MAGIC) : _HEAD]:
        raise StoreError("is not as it was written")
    (count,) = struct.unpack_from("<Q", body)
    sizes = struct.unpack_from(f"<{count}Q", body, 8)
    starts = np.cumsum([8 + 8 * count, *sizes]).tolist()
    structure, *numbers = (body[start : start + size] for start, size in zip(starts, sizes, strict=False))
    return Packed(bytes(structure), tuple(numbers))


class _Pickler(pickle.Pickler):
    """Keeps order, writeability and byte order of the arrays for which pickle forgets them."""

    def reducer_override(self, value: Any) -> Any:
        if type(value) is not np.ndarray:
            return NotImplemented
        is_time = value.dtype.kind in "Mm"
        in_band = value.dtype.hasobject or value.dtype.kind == "T"
        if value.flags.forc and not is_time and (value.flags.writeable or not in_band):
            return NotImplemented
        axes = sorted(range(value.ndim), key=lambda axis: -abs(value.strides[axis]))
        plain = value.transpose(axes).copy(order="C")
        numbers = plain.view(np.int64) if is_time else plain
        return _array, (numbers, value.dtype.str if is_time else None, np.argsort(axes).tolist(), value.flags.writeable)


def _array(plain: npt.NDArray[Any], time: str | None, axes: list[int], writeable: bool) -> npt.NDArray[Any]:
    array = (plain if time is None else plain.view(time)).transpose(axes)
    array.flags.writeable = writeable
    return array
