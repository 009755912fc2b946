"""Turn what the libraries raise on a damaged file into one clear error."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from xml.etree import ElementTree

from ...errors import FileError, NsiError

# Found by cutting files short at every length and flipping the bytes of their headers: the libraries parse what they find and
# fail wherever that leads. Exceptions that derive from nothing in this list are named by the reader that meets them.
DAMAGED: tuple[type[Exception], ...] = (
    ArithmeticError, AssertionError, AttributeError, EOFError, ImportError, LookupError, MemoryError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError, TokenError,
    struct.error, lzma.LZMAError, zlib.error, zipfile.BadZipFile, ElementTree.ParseError,
)  # fmt: skip


@contextmanager
def reading(path: Path, kind: str, also: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Raise FileError for whatever a library raises inside the block.

    Parameters
    ----------
    path : Path
        The file that is being read.
    kind : str
        Its format, as people say it.
    also : tuple of exception types, optional
        What this library raises beyond `DAMAGED`.

    Raises
    ------
    FileError
        In place of the library's exception, which is its cause. Errors of this package pass.
    """
    try:
        yield
    except NsiError:
        raise
    except (*DAMAGED, *also) as error:
        raise FileError(f"{path.name} cannot be read as {kind}: {_line(error, path)}", _hint(error)) from error


def _line(error: Exception, path: Path) -> str:
    text = str(error.strerror if isinstance(error, OSError) and error.strerror else error).replace(str(path), path.name)
    first = text.strip().strip("'\"").split("\n")[0].strip()
    return (first if len(first) <= 160 else first[:157] + "...") or type(error).__name__


def _hint(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "may you read it?"
    if isinstance(error, MemoryError):
        return "it is too large for the memory, or its header is damaged; try chunks='auto'"
    return "is it damaged or cut short? copy it again"
