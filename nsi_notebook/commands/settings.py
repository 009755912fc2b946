"""Values for options that a line leaves out: `[tool.nsi]` in pyproject.toml, read here and nowhere else."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FileError, InputError, OptionError, UnknownNameError

if TYPE_CHECKING:
    from .table import Verb

SEGMENTING = ("phase", "over")


@dataclass(frozen=True)
class Fallback:
    """How a mask is made if the data is none and the line says nothing; a mask is left as it is."""

    method: float | str
    phase: str | None = None
    over: str | None = None


@dataclass(frozen=True)
class Settings:
    """What every verb that has an option of that name falls back to; None leaves the verb its own default."""

    method: float | str | None = field(default=None, metadata={"help": "method of `void`, also where other verbs need a mask"})
    phase: str | None = field(default=None, metadata={"help": "which phase is empty where a void is made: dark or bright"})
    over: str | None = field(default=None, metadata={"help": "one threshold for each frame, or for the series"})
    ci: float | None = field(default=None, metadata={"help": "confidence level of intervals, 0.95 say"})
    seed: int | None = field(default=None, metadata={"help": "seed of the bootstrap"})

    def for_verb(self, verb: Verb, given: Mapping[str, Any]) -> dict[str, Any]:
        """Choose the values that apply to a call.

        `phase` and `over` apply only where a void is made. Verbs that take a mask get `method`, with these, to make one of
        what is none; `plot` draws the image.
        """
        segments = verb.name in ("void", "curves") or "method" in given
        found: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None and item.name not in given and verb.argument(item.name) is not None:
                if item.name == "method":
                    if verb.name != "plot":
                        found["method"] = value if verb.name == "void" else Fallback(value, self.phase, self.over)
                elif segments or item.name not in SEGMENTING:
                    found[item.name] = value
        return found


def names() -> tuple[str, ...]:
    """Name every setting."""
    return tuple(item.name for item in fields(Settings))


def read_settings(start: str | Path = ".") -> Settings:
    """Read `[tool.nsi]` from the nearest pyproject.toml, going up from a folder.

    Raises
    ------
    FileError
        If the file is not TOML.
    UnknownNameError
        If a key is not a setting.
    OptionError
        If a value has the wrong type or is not among the choices.
    """
    folder = Path(start).resolve()
    for place in (folder, *folder.parents):
        path = place / "pyproject.toml"
        if path.is_file():
            return _read(path)
    return Settings()


def _read(path: Path) -> Settings:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{path.name} is not TOML: {error}", "correct it, or work in another folder") from error
    tool = document.get("tool", {})
    table = tool.get("nsi", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise FileError(f"[tool.nsi] in {path.name} is {table!r}, not a table", "write [tool.nsi] on a line of its own")
    values = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in names():
            raise UnknownNameError.among("setting in [tool.nsi]", key, names())
        try:
            values[name] = checked(name, value)
        except (OptionError, UnknownNameError) as error:
            raise type(error)(f"[tool.nsi] in {path}: {error.message.removeprefix('--')}", error.hint) from None
    return Settings(**values)


def checked(name: str, value: Any) -> Any:
    """Check a setting against the option of that name in the table, and that it is in its range."""
    from .table import VERBS

    for verb in VERBS.values():
        argument = verb.argument(name)
        if argument is not None:
            found = argument.from_value(value)
            if name == "ci" and not 0 < found < 1:
                raise OptionError(f"--ci must be between 0 and 1, not {value!r}", "0.95 say")
            if name == "seed" and found < 0:
                raise OptionError(f"--seed must be a whole number from 0, not {value!r}")
            return found
    raise InputError(f"no verb has an option {name}")
