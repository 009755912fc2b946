"""Finished parts of a job in a folder: one file a part, whole or not there."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import FileError, OptionError
from ...voids.placing import replacing
from ..core.series import Series
from ..processors.plans import Plan
from ..processors.windows import Windows

JOB = "job.json"


class Folder:
    """Results by part.

    Parameters
    ----------
    path : pathlib.Path
        Made if it is not there.
    told : mapping
        What tells the job apart from others.
    plan : Plan, optional
        Whose windows the results are; without one they are what JSON can hold.

    Raises
    ------
    OptionError, FileError
        If the folder holds another job, or other things, or cannot be written.
    """

    def __init__(self, path: Path, told: Mapping[str, Any], plan: Plan | None) -> None:
        self.path, self._plan = path.expanduser(), plan
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            there = sorted(each.name for each in self.path.iterdir() if not each.name.startswith("."))
            if JOB not in there:
                if there:
                    raise FileError(f"{path} holds no job, but {', '.join(there[:5])}", "an empty folder, or a new one")
                _write(self.path / JOB, json.dumps(told).encode())
            before = json.loads((self.path / JOB).read_bytes())
        except (OSError, ValueError) as error:
            if isinstance(error, FileError):
                raise
            raise FileError(f"{path} cannot keep a job: {error}", "another folder") from None
        for name, value in told.items():
            if before.get(name) != value:
                raise OptionError(
                    f"{path} holds another job: its {name} is {before.get(name)!r}, not {value!r}", "another folder"
                )

    def get(self, part: tuple[int, int], digest: str) -> tuple[Any] | None:
        """Give what was kept of a part, if it was made of the samples of this digest."""
        try:
            with np.load(self._file(part), allow_pickle=False) as found:
                told = json.loads(str(found["told"]))
                if told["digest"] != digest:
                    return None
                if self._plan is None:
                    return (told["value"],)
                keys = tuple(Series(name, unit, tuple(map(tuple, tags))) for name, unit, tags in told["keys"])
                columns = {name: found[f"column_{i}"] for i, name in enumerate(told["columns"])}
                return (Windows(self._plan, keys, found["start"], found["end"], found["key"], columns, found["final"]),)
        except (OSError, ValueError, KeyError, EOFError):  # not there, or not whole: it is computed anew
            return None

    def put(self, part: tuple[int, int], digest: str, value: Any) -> Any:
        """Keep what came of a part, and give it as `get` will.

        Raises
        ------
        OptionError
            If it is nothing that can be kept.
        FileError
            If it cannot be written.
        """
        arrays: dict[str, Any] = {}
        if isinstance(value, Windows):
            told = {"digest": digest, "keys": [[s.name, s.unit, s.tags] for s in value.keys], "columns": list(value.columns)}
            arrays = {f"column_{i}": column for i, column in enumerate(value.columns.values())}
            arrays |= {name: getattr(value, name) for name in ("start", "end", "key", "final")}
        else:
            try:
                told = json.loads(json.dumps({"digest": digest, "value": value}))
            except (TypeError, ValueError) as error:
                raise OptionError(f"a result cannot be kept: {error}", "numbers, texts, lists; or leave state= away") from None
        file = io.BytesIO()
        np.savez(file, told=np.array(json.dumps(told)), **arrays)
        _write(self._file(part), file.getvalue())
        return value if isinstance(value, Windows) else told["value"]

    def _file(self, part: tuple[int, int]) -> Path:
        return self.path / f"{part[0]}-{part[1]}.npz"


def _write(path: Path, data: bytes) -> None:
    with replacing(path) as fresh:
        fresh.write_bytes(data)
