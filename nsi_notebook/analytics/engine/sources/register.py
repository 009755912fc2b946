"""All that was attached to one engine."""

from __future__ import annotations

import threading
import time as clock
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from typing import Any

from ....errors import OptionError
from .attached import Source


class Register:
    """Begins sources, and ends them together.

    Parameters
    ----------
    make : callable
        Gives the `Source` of a name.
    begin : callable
        Begins to read it.
    join, part : callable
        Told the name of one that is added, and of one that has ended before all were.
    """

    def __init__(
        self,
        make: Callable[[str], Source],
        begin: Callable[[Source, Any], None],
        join: Callable[[str], None],
        part: Callable[[str], None],
    ) -> None:
        self._make, self._begin, self._join, self._part = make, begin, join, part
        self._later: list[tuple[Source, Any]] | None = []
        self._lock = threading.Lock()
        self._sources: dict[str, Source] = {}
        self._ended = False

    def add(self, items: Iterable[Any] | AsyncIterable[Any], name: str | None) -> Source:
        """Begin a source, with all others once `start` is called.

        Raises
        ------
        OptionError
            If the name is taken, or it cannot be iterated over.
        """
        given: object = items
        if not isinstance(given, AsyncIterable | Iterable):
            raise OptionError(f"a {type(items).__name__} cannot be iterated over", "an iterator, or an async one")
        with self._lock:
            told = name or f"{getattr(items, '__name__', type(items).__name__)}-{len(self._sources) + 1}"
            if told in self._sources:
                raise OptionError(f"there is a source {told!r}", "another name")
            made = self._sources[told] = self._make(told)
            if self._ended:  # the engine was stopped meanwhile
                made.cancel()
        self._join(told)
        made.on_end = lambda: None if self._ended else self._part(told)
        if self._later is not None:
            self._later.append((made, items))
            return made
        try:
            self._begin(made, items)
        except OptionError:
            del self._sources[told]
            self._part(told)
            raise
        return made

    def start(self) -> None:
        """Begin those that were added before, and from now on each when it is added."""
        later, self._later = self._later or [], None
        for made, items in later:
            self._begin(made, items)

    def states(self) -> Mapping[str, str]:
        """Give what each does."""
        return {name: source.state for name, source in dict(self._sources).items()}

    def end(self, end: float) -> None:
        """Cancel all, and wait for them, at the latest until `end`."""
        with self._lock:
            self._ended = True
            sources = list(self._sources.values())
        for source in sources:
            source.cancel()
        for source in sources:
            source.join(max(end - clock.monotonic(), 0.0))
