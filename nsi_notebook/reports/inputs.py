"""The data that the parameters name: found before anything runs, and hashed for the record."""

from __future__ import annotations

import glob
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
