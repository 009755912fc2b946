"""Results on the disk, by key, within a size and for a time; what cannot be read is said, and is not there."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import FileError, StoreError, warn
from .packing import Packed, read, written
from .place import local

if TYPE_CHECKING:
    import diskcache

INDEX = "cache.db"
_HINT = "another folder, or disk=0 for none"


def user_folder() -> Path:
    """Give the folder for results in the cache folder of this user."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        given = Path(os.environ.get("XDG_CACHE_HOME", ""))
        base = given if given.is_absolute() else home / ".cache"
    return base / "nsi-notebook" / "results"


class Shelf:
    """Packed results in a folder that only this user may write: who writes there decides what runs when it is read.

    Parameters
    ----------
    folder : Path
        Made if need be.
    limit : int
        Bytes; beyond it what was not used for longest goes.
    seconds : float, optional
        How long a result is kept.

    Raises
    ------
    FileError
        If it is a file, or holds other things.
    StoreError
        If others may write to it, it is on a network file system, or cannot be made.
    """

    def __init__(self, folder: Path, limit: int, seconds: float | None) -> None:
        self.folder, self._limit, self._seconds = folder.expanduser().absolute(), limit, seconds
        self.damaged = 0
        _prepare(self.folder)
        try:
            self._index = self._opened()
        except sqlite3.DatabaseError as error:
            self._say(f"the index of the cache in {self.folder}", error)
            for file in [*self.folder.glob(f"{INDEX}*"), *self.folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*.val")]:
                file.unlink()
            self._index = self._opened()

    def get(self, key: str) -> Packed | None:
        """Give a result; None if it is not there, or not as it was written."""
        import diskcache

        try:
            data = self._index.get(key, retry=True)
            if data is None and key not in self._index:
                return None
            if not isinstance(data, bytes):
                raise StoreError("has lost its file")
            return read(data)
        except (sqlite3.Error, diskcache.Timeout, OSError, StoreError) as error:
            self.drop(key, error)
            return None

    def put(self, key: str, packed: Packed) -> bool:
        """Keep a result, or say why not."""
        import diskcache

        if packed.size > self._limit:
            warn(f"a result of {packed.size:,} bytes is larger than the cache, of {self._limit:,}", "a larger disk= keeps it")
            return False
        try:
            self._index.set(key, written(packed), expire=self._seconds, retry=True)
        except (sqlite3.Error, diskcache.Timeout, OSError) as error:
            warn(f"a result cannot be kept in {self.folder}: {error}", "is the disk full?")
            return False
        return True

    def drop(self, key: str, error: Exception) -> None:
        """Say that a result is damaged, and forget it."""
        self._say(f"the result {key[:12]} of the cache in {self.folder}", error)
        with contextlib.suppress(sqlite3.Error, OSError):
            self._index.delete(key, retry=True)

    def clear(self) -> None:
        """Forget all results."""
        self._index.clear(retry=True)

    def close(self) -> None:
        """Let the files go."""
        self._index.close()

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return int(self._index.volume())

    def _opened(self) -> diskcache.Cache:
        import diskcache

        class Plain(diskcache.Disk):  # type: ignore[misc]
            """Keys are texts and values bytes, as `written` gave them; nothing else is ever unpickled."""

            def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
                return None if mode == diskcache.core.MODE_PICKLE else super().fetch(mode, filename, value, read)

        settings = {"size_limit": self._limit, "eviction_policy": "least-recently-used"}
        return diskcache.Cache(str(self.folder), disk=Plain, **settings)

    def _say(self, what: str, error: Exception) -> None:
        self.damaged += 1
        warn(f"{what} cannot be read, and is computed again: {error}", "if it happens again, look at the disk")


def _prepare(folder: Path) -> None:
    local(folder, "a cache", _HINT)
    if folder.exists() and not folder.is_dir():
        raise FileError(f"{folder} is a file; a cache is a folder", _HINT)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        others = sorted(p.name for p in folder.iterdir())
        told = folder.stat()
    except OSError as error:
        raise StoreError(f"the folder {folder} of a cache cannot be made or read: {error.strerror}", _HINT) from None
    if others and INDEX not in others:
        raise FileError(f"the folder {folder} holds other things ({', '.join(others[:3])}) and no cache", "a new folder")
    if hasattr(os, "getuid") and (told.st_uid != os.getuid() or told.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
        why = "results are read with pickle, which runs what somebody else may have put there"
        raise StoreError(f"others may write to the folder {folder} of a cache: {why}", f"chmod 700 it if it is yours, or {_HINT}")
