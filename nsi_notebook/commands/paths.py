"""Paths as people type them."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from ..errors import FileError


def expanded(path: str | PathLike[str]) -> Path:
    """Make a path of what was typed, `~` and `~name` put in full.

    Raises
    ------
    FileError
        If there is no user of that name.

    Examples
    --------
    >>> expanded("a/b.tif").name
    'b.tif'
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:  # so pathlib says it
        raise FileError(f"{str(path)!r} begins with the name of no user", "write ./ before a file that begins with ~") from None
