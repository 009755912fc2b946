"""What the annotations of a verb say beyond the type: data, output, names that complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from .settings import Fallback


@dataclass(frozen=True)
class Role:
    """What an argument stands for.

    Parameters
    ----------
    kind : {"data", "values", "output", "store", "numbers", "time", "duration", "names", "pairs", "text"}
        A variable, path or sample; the same of a table, or the name of a series; a file to write; a store, as a variable or a
        folder; a number, or a variable of one or many;
        a moment, or a variable of one or many; how long; a name out of a list that is looked up when needed; key=value pairs,
        which a body holds alone; text in another language, which a body is alone.
    of : str
        For names, pairs and text: which list, a key of `nsi_notebook.commands.names.NAMES`.
    within : str
        The argument whose value that list depends on.
    short : str
        A one-letter flag.
    """

    kind: str = ""
    of: str = ""
    within: str = ""
    short: str = ""


def names(of: str, within: str = "") -> Role:
    """Say that an argument is a name out of a list: measures, sweeping (those for curves), methods, presets, ..."""
    return Role("names", of=of, within=within)


Column: TypeAlias = Annotated[str, names("columns", within="data")]
Data: TypeAlias = Annotated[Any, Role("data")]
Duration: TypeAlias = Annotated[str, Role("duration")]
Matchers: TypeAlias = Annotated[dict[str, str], names("matched")]
Method: TypeAlias = Annotated[float | str | Fallback, names("methods")]
Numbers: TypeAlias = Annotated[Any, Role("numbers")]
Output: TypeAlias = Annotated[str, Role("output", short="-o")]
Pairs: TypeAlias = Annotated[dict[str, Any], Role("pairs", of="parameters", within="template", short="-p")]
Per: TypeAlias = Annotated[str, names("times")]
Store: TypeAlias = Annotated[Any, Role("store")]
Tags: TypeAlias = Annotated[dict[str, str], names("tagged", within="store")]
Texts: TypeAlias = Annotated[str, names("texts", within="data")]
Values: TypeAlias = Annotated[Any, Role("values", of="series", within="store")]
Time: TypeAlias = Annotated[Any, Role("time")]
Zone: TypeAlias = Annotated[str, names("zones")]
