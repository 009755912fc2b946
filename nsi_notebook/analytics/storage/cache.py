"""Results that were computed before: the same data, parameters and code give them again without computing."""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, overload

from ...errors import OptionError, warn
from ..core import times
from ..core.code import code_version, plain
from ..core.digest import Hasher
from .packing import CHANGED, Packed, pack, unpack

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from ..core.metrics import MetricsCollector
    from .shelf import Shelf

P = ParamSpec("P")
R = TypeVar("R")

LARGE = 1_000_000
_ENTRY = 500  # bytes that a key and its entry take


@dataclass(frozen=True, slots=True)
class CacheStatus:
    """What a cache did since it was made.

    Parameters
    ----------
    hits : int
        Answers that were not computed for who asked.
    misses : int
        Answers that were.
    damaged : int
        Results on the disk that could not be read.
    memory, disk : int
        Bytes that are held now.
    """

    hits: int
    misses: int
    damaged: int
    memory: int
    disk: int

    @property
    def ratio(self) -> float:
        """Hits of all answers; NaN before the first."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else float("nan")


class _Flight:
    """A result on its way: who computes it, and what the others wait for."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.done = threading.Event()
        self.packed: Packed | None = None


class Cache:
    """Results of functions, by what was given to them and by their code.

    A result comes from the cache if the data have the same content, the parameters the same values, the function the same code
    and this package the same version. Whoever asks gets an object of their own, the same whether it was computed or kept: what
    is done to it changes neither the cache nor the arguments. Small results are kept in memory, large ones on the disk, where
    they stay when the process ends. Threads that ask for the same at once wait for one that computes it. Errors are not kept.

    Parameters
    ----------
    folder : str or pathlib.Path, optional
        For large results; many processes may share it. By default one in the cache folder of the user. Made when it is first
        needed. Only the user may be able to write there: results are read with pickle, so never take a folder from somebody else.
    memory, disk : int
        Most bytes of small results in memory and of large ones on the disk; beyond them what was not used for longest goes.
        `disk=0` keeps nothing there.
    large : int
        Bytes from which a result is large; 0 keeps all on the disk.
    ttl : str or timedelta, optional
        How long results are kept, e.g. "1h".
    metrics : MetricsCollector, optional
        Where `cache_hits`, `cache_misses` and `cache_hit_ratio` are recorded, with the tag `cache`.
    name : str
        The value of that tag.

    Raises
    ------
    OptionError
        If a size is no whole number from 0 up.
    TimeError
        If `ttl` is no duration.

    Examples
    --------
    >>> cache = Cache(disk=0)
    >>> cache.call(sorted, [3, 1, 2], reverse=True)
    [3, 2, 1]
    >>> @cache
    ... def power(x, exponent=2):
    ...     return x**exponent
    >>> power(3), power(x=3), power(3, exponent=2)
    (9, 9, 9)
    >>> cache.status().hits, cache.status().misses
    (2, 2)
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        memory: int = 256_000_000,
        disk: int = 4_000_000_000,
        large: int = LARGE,
        ttl: str | timedelta | None = None,
        metrics: MetricsCollector | None = None,
        name: str = "results",
    ) -> None:
        for option, value in (("memory", memory), ("disk", disk), ("large", large)):
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise OptionError(f"{option} is {value!r}", "a whole number of bytes, at least 0")
        if folder is not None and not (isinstance(folder, str | Path) and str(folder)):
            raise OptionError(f"the folder is {folder!r}", "a path, or none for that of the user")
        import cachetools

        self._seconds = None if ttl is None else times.span(ttl) / 1e6
        self._folder = None if folder is None else Path(folder)
        self._disk, self._large = disk, min(large, max(memory - _ENTRY, 0))
        self._held: MutableMapping[str, Packed] = (
            cachetools.LRUCache(memory, getsizeof=_size)
            if self._seconds is None
            else cachetools.TTLCache(memory, self._seconds, getsizeof=_size)
        )
        self._shelf: Shelf | None = None
        self._hits = self._misses = 0
        self._begin()
        tags = {"cache": name}
        self._metrics = metrics and (
            metrics.counter("cache_hits", "Results that a cache had", tags=tags),
            metrics.counter("cache_misses", "Results that a cache did not have", tags=tags),
            metrics.gauge("cache_hit_ratio", "Hits of all that a cache was asked for", tags=tags),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        told = self.status()
        return f"<Cache: {told.hits} hits, {told.misses} misses, {told.memory:,} bytes in memory, {told.disk:,} on the disk>"

    def call(self, function: Callable[P, R], /, *args: P.args, **options: P.kwargs) -> R:
        """Give function(*args, **options), computed or kept.

        Parameters
        ----------
        function : callable
            One whose result follows from what it is given.
        *args, **options
            Its arguments; what can be hashed is said at `core.digest.digest`.

        Raises
        ------
        OptionError
            If an argument, or a value that the function uses from its module, cannot be hashed, or the result cannot be kept.
        """
        return self._call(function, (), args, options)

    @overload
    def __call__(self, function: Callable[P, R], /) -> Callable[P, R]: ...
    @overload
    def __call__(self, function: None = None, /, *, ignore: Sequence[str] = ()) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
    def __call__(self, function: Callable[P, R] | None = None, /, *, ignore: Sequence[str] = ()) -> Any:
        """Wrap a function, so that each call goes through the cache: `@cache` or `@cache(ignore=["progress"])`.

        Parameters
        ----------
        function : callable
        ignore : sequence of str
            Arguments, and names of its module, on which the result does not depend.
        """
        if isinstance(ignore, str) or not all(isinstance(name, str) for name in ignore):
            raise OptionError(f"ignore is {ignore!r}", "a list of names: ignore=['progress']")
        if function is None:
            return functools.partial(self._wrapped, ignore=tuple(ignore))
        return self._wrapped(function, ())

    def status(self) -> CacheStatus:
        """Say what the cache did, and how much it holds."""
        shelf = self._shelf
        with self._lock:
            memory = int(self._held.currsize)  # type: ignore[attr-defined]
            hits, misses = self._hits, self._misses
        return CacheStatus(hits, misses, shelf.damaged if shelf else 0, memory, shelf.size if shelf else 0)

    def clear(self) -> None:
        """Forget all results, in memory and in the folder."""
        with self._lock:
            self._held.clear()
        if (shelf := self._on_disk()) is not None:
            shelf.clear()

    def close(self) -> None:
        """Let the files go; what is on the disk stays, and the next question opens it again."""
        with self._lock:
            shelf, self._shelf = self._shelf, None
        if shelf is not None:
            shelf.close()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[str, _Flight] = {}
        self._pid = os.getpid()

    def _wrapped(self, function: Callable[P, R], ignore: tuple[str, ...]) -> Callable[P, R]:
        _refuse(function)

        @functools.wraps(function)
        def kept(*args: P.args, **options: P.kwargs) -> R:
            return self._call(function, ignore, args, options)

        kept.nsi_cached = kept  # type: ignore[attr-defined]
        return kept

    def _call(self, function: Callable[..., R], ignore: tuple[str, ...], args: Any, options: Any) -> R:
        _refuse(function)
        if os.getpid() != self._pid:  # forked while another thread computed: nobody will end that here
            self._begin()
        key = _key(function, ignore, args, options)
        while True:
            with self._lock:
                packed = self._held.get(key)
                flight = self._flights.get(key) if packed is None else None
                if packed is None and flight is None:
                    self._flights[key] = mine = _Flight()
                    break
            if flight is not None:
                if flight.thread == threading.get_ident():  # it needs its own result: Python says how that ends
                    return function(*args, **options)
                flight.done.wait()
                packed = flight.packed
            if packed is not None:
                self._count(hit=True)
                return unpack(packed)  # type: ignore[no-any-return]
        try:
            return self._fetched(mine, key, function, ignore, args, options)
        finally:
            with self._lock:
                self._flights.pop(key, None)
            mine.done.set()

    def _fetched(
        self, mine: _Flight, key: str, function: Callable[..., R], ignore: tuple[str, ...], args: Any, options: Any
    ) -> R:
        """Give what is on the disk, or compute and keep it."""
        shelf = self._on_disk()
        if shelf is not None and (packed := shelf.get(key)) is not None:
            try:
                found: R = unpack(packed)
            except CHANGED as error:
                shelf.drop(key, error)
            else:
                mine.packed = packed
                self._count(hit=True)
                return found
        self._count(hit=False)
        result, name = function(*args, **options), _name(function)
        packed = pack(result, f"{name}()")
        if _key(function, ignore, args, options) != key:
            said = f"{name}() changes what is given to it, or what it uses from outside: its results are not kept"
            warn(said, "let it work on a copy, or call it without the cache")
            return result
        with self._lock:
            if packed.size < self._large:
                self._held[key] = packed
        if packed.size >= self._large:
            if shelf is not None:
                shelf.put(key, packed)
            else:
                warn(f"the result of {name}() has {packed.size:,} bytes, and is not kept", "a larger memory=, or disk=")
        mine.packed = packed
        return unpack(packed)  # type: ignore[no-any-return]

    def _on_disk(self) -> Shelf | None:
        if not self._disk:
            return None
        from .shelf import Shelf, user_folder

        with self._lock:
            if self._shelf is None:
                self._shelf = Shelf(user_folder() if self._folder is None else self._folder, self._disk, self._seconds)
            return self._shelf

    def _count(self, hit: bool) -> None:
        with self._lock:
            self._hits += hit
            self._misses += not hit
            ratio = self._hits / (self._hits + self._misses)
        if self._metrics:
            self._metrics[0 if hit else 1].inc()
            self._metrics[2].set(ratio)


def _key(function: Callable[..., Any], ignore: tuple[str, ...], args: Any, options: Any) -> str:
    try:
        return _hashed(plain(function), ignore, args, options)
    except OptionError as error:
        hint = f"{error.hint}; cache(ignore=[...]) leaves out what the result does not depend on"
        raise OptionError(error.message, hint) from None


def _hashed(function: Callable[..., Any], ignore: tuple[str, ...], args: Any, options: Any) -> str:
    hasher = Hasher(ignore)
    hasher.put("code", code_version(function, ignore).encode())
    name = _name(function)
    given: dict[str, Any] = {"args": args, **options}
    parameters: Mapping[str, inspect.Parameter] = {}
    with contextlib.suppress(ValueError):  # some that are written in C have no signature
        parameters = (signature := inspect.signature(function)).parameters
        given = dict(signature.bind(*args, **options).arguments)
        for parameter in parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                more = given.pop(parameter.name, {})
                given |= {f"**{key}": value for key, value in more.items() if key not in ignore}
            elif parameter.kind is parameter.VAR_POSITIONAL:
                given.setdefault(parameter.name, ())
            else:
                given.setdefault(parameter.name, parameter.default)
    for argument, value in given.items():
        if argument in ignore:
            continue
        part = Hasher(ignore)
        try:
            part.take(value, f"the argument {argument} of {name}()")
        except OptionError:
            if argument not in parameters or value is not parameters[argument].default:
                raise
            part.put("default")  # a mark of its own for what was not given
        hasher.put(f"argument {argument}", part.hex().encode())
    return hasher.hex()


def _refuse(function: Any) -> None:
    if not callable(function):
        raise OptionError(f"{function!r} is no function", "cache.call(function, *args, **options)")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        raise OptionError(
            f"{_name(function)}() gives a coroutine or a generator, which cannot be kept", "return what comes of it"
        )


def _name(function: Any) -> str:
    return getattr(function, "__qualname__", None) or type(function).__qualname__


def _size(packed: Packed) -> int:
    return packed.size + _ENTRY


__all__ = ["Cache", "CacheStatus"]
