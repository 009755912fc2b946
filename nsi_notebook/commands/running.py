"""The engine of this process, and the store that a verb speaks of: one that is named, or else the engine's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EngineError, FileError, InputError, a_kind
from .data import is_store
from .paths import expanded

if TYPE_CHECKING:
    from ..analytics import AnalyticsEngine, TimeSeriesDatabase

_running: list[AnalyticsEngine] = []  # at most one: two would give one series two orders


def begin(store: str | Path | TimeSeriesDatabase, **options: Any) -> AnalyticsEngine:
    """Start the engine of this process.

    Raises
    ------
    EngineError
        If one runs.
    """
    from ..analytics import AnalyticsEngine

    held = running()
    if held is not None:
        raise EngineError(f"an engine runs already, and stores in {held.status().store}", "engine stop ends it")
    _running[:] = [AnalyticsEngine(store, **options).start()]
    return _running[0]


def running() -> AnalyticsEngine | None:
    """Give the engine of this process, if one runs: it may have been stopped in Python."""
    if _running and _running[0].status().state != "running":
        _running.clear()
    return _running[0] if _running else None


def current() -> AnalyticsEngine:
    """Give the engine of this process.

    Raises
    ------
    EngineError
        If none runs.
    """
    held = running()
    if held is None:
        raise EngineError("no engine runs in this process", "%nsi engine start begins one in a notebook")
    return held


def find_store(text: str, scope: Mapping[str, Any] | None = None) -> Any:
    """Look up what was typed as a store: the name of a variable that holds a store, an engine or a path, else an address."""
    held = scope.get(text) if scope is not None and text.isidentifier() else None
    return held if isinstance(held, PathLike) or is_store(held) else text


@contextmanager
def stored(store: Any, *, make: bool = False, option: str = "store") -> Iterator[TimeSeriesDatabase]:
    """Give the store that a verb speaks of; what is opened for it is closed behind it.

    Parameters
    ----------
    store : TimeSeriesDatabase, AnalyticsEngine, path or None
        None is that of the running engine, in which what was emitted is stored first.
    make : bool
        Make a folder that is not there.
    option : str
        What names a store, for the hints.

    Raises
    ------
    EngineError
        If no store is named, and no engine runs.
    FileError, StoreError
        If there is no store, or it cannot be opened.
    """
    from ..analytics import AnalyticsEngine, TimeSeriesDatabase

    if store is None and running() is None:
        raise EngineError(
            "no store is named, and no engine runs in this process", f"{option}='folder'; or start one: %nsi engine start"
        )
    held = current() if store is None else store
    if isinstance(held, AnalyticsEngine):
        if held.store is None:
            raise EngineError("this engine keeps no samples", f"{option}='folder'")
        if held.status().state == "running":
            held.flush(handled=False)
        held = held.store
    if isinstance(held, TimeSeriesDatabase):
        yield held
        return
    if not isinstance(held, str | PathLike):
        raise InputError(f"{a_kind(held)} is no store", f"{option}='folder', or a TimeSeriesDatabase")
    with TimeSeriesDatabase(_address(held, make)) as opened:
        yield opened


def _address(store: str | PathLike[str], make: bool) -> Any:
    """Check an address before it is opened, which makes the folder."""
    if isinstance(store, str) and "://" in store:
        return store
    if store == "memory:":
        raise InputError("a store in memory is gone with the command", "store='folder'")
    path = expanded(store)
    if not make and not path.is_dir():
        there = "is a file; a store is a folder" if path.exists() else "is not there"
        raise FileError(f"the store {str(store)!r} {there}", "look at the path; nsi emit makes one")
    if not make and not any(path.iterdir()):
        raise FileError(f"the folder {str(store)!r} is empty: no store", "look at the path; nsi emit makes one")
    return path
