"""The last of many things: so many of them, and so many bytes."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")

LIGHT = frozenset({type(None), bool, int, float, complex})  # not worth counting: their number is bounded
TEXT, MANY = (str, bytes, bytearray), (list, tuple, set, frozenset, deque)
SMALL = 32  # bytes of one of them, or of a place in a collection
FEW = (10, 10, 100)  # members of a collection that are looked at, innermost first; the others are taken for like them
SHARE = 16  # a thing that is lighter than the mean allowed by so many times is not worth counting either


class Recent(Generic[Item]):
    """The last things: the oldest go where they are too many, or weigh too much. What is newest stays, whatever it weighs.

    Parameters
    ----------
    most : int
        Things to keep.
    most_bytes : int
        What they may weigh together; see `weight`.
    of : callable
        Gives what is weighed of a thing.

    Examples
    --------
    >>> last = Recent(3, 1000, lambda thing: thing)
    >>> last.extend([b"a" * 700, 1, b"b" * 200, b"c" * 2000])
    >>> [type(thing).__name__ for thing in last], len(list(last)[-1])
    (['bytes'], 2000)
    """

    def __init__(self, most: int, most_bytes: int, of: Callable[[Item], object]) -> None:
        self._least = most_bytes // max(most, 1) // SHARE
        self._most_bytes, self._of = most_bytes - most * self._least, of
        self._kept: deque[Item] = deque(maxlen=most)
        self._heavy: deque[tuple[int, int]] = deque()  # of those that weigh anything: the number, counted from the first ever
        self._given = self._bytes = 0
        self._lock = threading.Lock()

    def append(self, item: Item) -> None:
        """Add one."""
        self.extend((item,))

    def extend(self, items: Collection[Item]) -> None:
        """Add some, in their order."""
        of, light, least = self._of, LIGHT, self._least
        weights = []
        for n, item in enumerate(items):
            what = of(item)
            if what.__class__ not in light and (bytes_ := _weighed(what)) > least:
                weights.append((n, bytes_))
        with self._lock:
            kept, heavy = self._kept, self._heavy
            for n, bytes_ in weights:
                heavy.append((self._given + n, bytes_))
                self._bytes += bytes_
            kept.extend(items)
            self._given += len(items)
            while heavy:
                number, bytes_ = heavy[0]
                first = self._given - len(kept)
                if number >= first and (self._bytes <= self._most_bytes or number == self._given - 1):
                    break
                for _ in range(number - first + 1):  # with all that are older
                    kept.popleft()
                heavy.popleft()
                self._bytes -= bytes_

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Item]:
        with self._lock:
            return iter(list(self._kept))


def weight(value: object, deep: int = len(FEW)) -> int:
    """Estimate the bytes that a value holds: its `nbytes`, or what Python says of it and of what is in it.

    Of large collections the first members speak for all.

    Examples
    --------
    >>> import numpy as np
    >>> weight(np.zeros(1000)), weight([np.zeros(1000)] * 1000) // 1_000_000
    (8000, 8)
    """
    kind = value.__class__
    if kind in LIGHT:
        return SMALL
    if isinstance(value, TEXT):
        return SMALL + len(value)
    known = getattr(value, "nbytes", None)
    if isinstance(known, int):
        return known
    if isinstance(value, MANY):
        return _members(value, deep)
    if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101 - the second costs more than all else here
        return _members(value.values(), deep)
    if kind.__sizeof__ is not object.__sizeof__:  # it counts what it holds itself, as a DataFrame does
        return sys.getsizeof(value)
    slots = [getattr(value, name, None) for name in getattr(kind, "__slots__", ())]
    return _members([*getattr(value, "__dict__", {}).values(), *slots], deep)


def _members(values: Collection[Any], deep: int) -> int:
    own = SMALL * (len(values) + 2)
    if deep == 0 or not values:
        return own
    deep -= 1
    some = values if len(values) <= FEW[deep] else list(islice(values, FEW[deep]))
    return own + sum([weight(value, deep) for value in some if value.__class__ not in LIGHT]) * len(values) // len(some)


def _weighed(value: object) -> int:
    try:
        return weight(value)
    except Exception:  # noqa: BLE001 - it is the value's own code: what it raises must cost nobody an event
        return 64


__all__ = ["Recent", "weight"]
