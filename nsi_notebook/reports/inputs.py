"""The data that the parameters name: found before anything runs, and hashed for the record."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import FileError
from .parameters import Parameter


def find_inputs(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, Path | list[Path]]:
    """Find the file, folder, files of a pattern or sample behind each parameter that names data.

    Raises
    ------
    FileError
        If there is none.
    """
    named = [(p.name, values[p.name]) for p in parameters if p.is_data and values[p.name] is not None]
    texts = [(name, text) for name, value in named for text in (value if isinstance(value, list) else [value])]
    return {str(text): locate(name, str(text)) for name, text in texts}


def locate(name: str, text: str) -> Path | list[Path]:
    """Find what the value of one parameter names: a file, a folder, the files of a pattern or a sample.

    Raises
    ------
    FileError
        If there is nothing.
    """
    from ..voids.samples import SAMPLES, folder

    path = Path(text).expanduser()
    try:
        if text and path.exists():
            return path
        matched = sorted(Path(p) for p in glob.glob(str(path), recursive=True))  # noqa: PTH207 - may be absolute
    except (OSError, ValueError):  # too long a name
        matched = []
    if text and matched:
        return matched
    if name == "image" and text in SAMPLES:
        return folder() / SAMPLES[text].file
    if name == "image":
        raise FileError(f"image={text!r} is neither a file nor a sample", f"samples are: {', '.join(sorted(SAMPLES))}")
    raise FileError(f"{name}={text!r}: there is no such file", "look at the path")


def sha256(data: Path | Sequence[Path]) -> str:
    """Hash a file as sha256sum does; of a folder or several files, hash the lines that sha256sum would print.

    Raises
    ------
    FileError
        If one cannot be read.
    """
    if isinstance(data, Path) and data.is_file():
        return _hash(data)
    folder, roots = (data, [data]) if isinstance(data, Path) else (data[0].parent, data)
    files = sorted(file for root in roots for file in (root, *root.rglob("*")) if file.is_file())
    lines = "".join(f"{_hash(file)}  {os.path.relpath(file, folder)}\n" for file in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def _hash(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise FileError(f"cannot read {str(file)!r}: {error.strerror}", "check its permissions") from error
