"""The typed parameters of a template, checked before anything runs.

A cell tagged `parameters` holds lines `name: type = default  # meaning`. Types: int, float, str, bool, Path, Literal[...],
list[...] of these, and unions of them with `|` and None. A default of `...` means that the parameter must be given. A parameter
called `image`, and one of type Path, names data: it must be there, and its hash goes into the record of the run. Parameters
called `spacing` and `unit` are the distance between pixels, which needs its unit.

Nothing in the cell is evaluated: annotations are read as syntax, defaults as literals.
"""

from __future__ import annotations

import ast
import io
import math
import os
import tokenize
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from ..errors import OptionError, ReportError, UnknownNameError
from ..voids.space import scale

if TYPE_CHECKING:
    import pandas as pd

REQUIRED = object()
Reader = Callable[[Any], Any]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a template; `read` turns text or a value into its type, or raises ValueError or TypeError."""

    name: str
    type: str
    default: Any
    comment: str
    read: Reader

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is REQUIRED

    @property
    def is_data(self) -> bool:
        """Whether it names data."""
        return self.name == "image" or "Path" in self.type


def parameters_of(notebook: Any, name: str) -> list[Parameter]:
    """Read the parameters cell.

    Raises
    ------
    ReportError
        If there is no such cell, or a line is not `name: type = default`.
    """
    cells = [c for c in notebook.cells if c.cell_type == "code" and "parameters" in c.metadata.get("tags", [])]
    if not cells:
        raise ReportError(f"{name} has no code cell tagged 'parameters'", "tag the cell that holds `name: type = default` lines")
    source = cells[0].source
    try:
        lines = ast.parse(source).body
    except (SyntaxError, ValueError) as error:
        raise ReportError(
            f"{name}: the parameters cell is not Python: {error}", "it holds `name: type = default` lines"
        ) from None
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}
    return [
        _parameter(line, comments.get(line.end_lineno or 0, ""), name)
        for line in lines
        if not isinstance(line, ast.Import | ast.ImportFrom)
    ]


def _parameter(line: ast.stmt, comment: str, template: str) -> Parameter:
    said = f"{template}: {ast.unparse(line).splitlines()[0]!r} in the parameters cell"
    if not (isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is not None):
        raise ReportError(f"{said} is not `name: type = default`", "give it a type")
    try:
        read = _reader(line.annotation)
    except ValueError:
        raise ReportError(
            f"{said} has a type that cannot be checked",
            "types are int, float, str, bool, Path, Literal[...], list[...] and unions of them with | and None",
        ) from None
    try:
        default = ast.literal_eval(line.value)
    except ValueError:
        raise ReportError(f"{said} has a default that is no literal", "compute it in a later cell") from None
    if default is ...:
        default = REQUIRED
    else:
        try:
            default = read(default)
        except (ValueError, TypeError, OverflowError):
            raise ReportError(f"{said} has a default that is not of its type", "change the one or the other") from None
    return Parameter(line.target.id, ast.unparse(line.annotation), default, comment, read)


def describe(parameters: Sequence[Parameter]) -> pd.DataFrame:
    """Tabulate parameters: index `parameter`; columns type, default, meaning."""
    import pandas as pd

    rows = {p.name: (p.type, "required" if p.required else repr(p.default), p.comment) for p in parameters}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["type", "default", "meaning"]).rename_axis("parameter")


def check(parameters: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """Values of all parameters, those given turned into their type.

    Raises
    ------
    UnknownNameError
        If a parameter does not exist.
    OptionError
        If a value does not fit its type, or a required one is missing.
    SpacingError
        If a spacing is none, or has no unit.
    """
    known = {p.name: p for p in parameters}
    for name in given:
        if name not in known:
            raise UnknownNameError.among("parameter", name, known)
        try:
            str(given[name]).encode()
        except UnicodeEncodeError:  # so Python reads the name of a file that is not UTF-8
            raise OptionError(f"{name}={given[name]!r} is not UTF-8, and cannot be written in a notebook", "rename it") from None
    missing = [p for p in parameters if p.required and p.name not in given]
    if missing:
        raise OptionError(f"the parameter {missing[0].name!r} ({missing[0].type}) is required", f"-p {missing[0].name}=...")
    values = {p.name: _fit(p, given[p.name]) if p.name in given else p.default for p in parameters}
    if {"spacing", "unit"} <= set(values):
        scale(values["spacing"], values["unit"])
    return values


def _fit(parameter: Parameter, value: Any) -> Any:
    try:
        return parameter.read(value)
    except (ValueError, TypeError, OverflowError):
        raise OptionError(
            f"{parameter.name}={value!r} is not of type {parameter.type}",
            _hint(parameter, value),
        ) from None


def _hint(parameter: Parameter, value: Any) -> str | None:
    """Say what to write instead of a value that does not fit."""
    parts = [part for part in ast.walk(ast.parse(parameter.type)) if isinstance(part, ast.Subscript)]
    choices = [str(choice) for part in parts if _named(part, "Literal") for choice in _choices(part.slice)]
    words = value.strip("[]").split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    near = [name for word in words if (name := str(word).strip(" '\"")) not in choices]
    found = next((match for name in near for match in get_close_matches(name, choices, n=1, cutoff=0.5)), None)
    if found is not None:
        return f"did you mean {found!r}?"
    lists = [part.slice for part in parts if _named(part, "list")]
    if lists:
        example = ",".join(choices[:2]) or EXAMPLES.get(ast.unparse(lists[0]), "a,b")
        return f"write a list with commas: -p {parameter.name}={example}"
    return None if parameter.required else f"the default is {parameter.default!r}"


def _named(part: ast.Subscript, name: str) -> bool:
    return isinstance(part.value, ast.Name) and part.value.id == name


def _choices(inner: ast.expr) -> tuple[Any, ...]:
    choices = ast.literal_eval(inner)
    return choices if isinstance(choices, tuple) else (choices,)


def _reader(kind: ast.expr) -> Reader:
    """Make the function that turns a value into a type; ValueError for a type that is not known here."""
    match kind:
        case ast.BinOp(op=ast.BitOr()):
            return _any_of([_reader(side) for side in sorted(_sides(kind), key=_greed)])
        case ast.Subscript(value=ast.Name(id="list"), slice=inner):
            return _list_of(_reader(inner))
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
            return _one_of(_choices(inner))
        case ast.Constant(value=None):
            return _none
        case ast.Name(id=name) if name in SIMPLE:
            return SIMPLE[name]
    raise ValueError(ast.unparse(kind))


def _sides(kind: ast.expr) -> list[ast.expr]:
    return [*_sides(kind.left), *_sides(kind.right)] if isinstance(kind, ast.BinOp) else [kind]


def _greed(side: ast.expr) -> int:
    """Order the sides of a union: what fits less is tried first, as "None" fits a list of text and all text fits str."""
    if isinstance(side, ast.Constant):
        return 0
    return 3 if ast.unparse(side) in ("str", "Path") else 2 if isinstance(side, ast.Subscript) and _named(side, "list") else 1


def _any_of(readers: Sequence[Reader]) -> Reader:
    def read(value: Any) -> Any:
        for reader in readers:
            try:
                return reader(value)
            except (ValueError, TypeError, OverflowError):
                continue
        raise ValueError(value)

    return read


def _one_of(choices: Sequence[Any]) -> Reader:
    def read(value: Any) -> Any:
        for choice in choices:
            if value == str(choice) or (type(value) is type(choice) and value == choice):
                return choice
        raise ValueError(value)

    return read


def _list_of(reader: Reader) -> Reader:
    def read(value: Any) -> list[Any]:
        if isinstance(value, str):
            try:
                value = ast.literal_eval(value) if value.startswith("[") else [v.strip() for v in value.split(",") if v.strip()]
            except SyntaxError:
                raise ValueError(value) from None
        if not isinstance(value, list | tuple):
            raise TypeError(value)
        return [reader(item) for item in value]

    return read


def _none(value: Any) -> None:
    if value is not None and str(value).lower() not in ("none", "null"):
        raise ValueError(value)


def _int(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise TypeError(value)
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, bool) or not math.isfinite(number := float(value)):
        raise TypeError(value)
    return number


def _str(value: Any) -> str:
    if not isinstance(value, str | os.PathLike):
        raise TypeError(value)
    return str(value)


def _bool(value: Any) -> bool:
    said = {"true": True, "1": True, "false": False, "0": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in said:
        return said[value.lower()]
    raise TypeError(value)


EXAMPLES = {"int": "1,2", "float": "0.5,0.5", "bool": "true,false", "Path": "a.tif,b.tif"}  # of lists
# a notebook is given a path as text
SIMPLE: dict[str, Reader] = {"int": _int, "float": _float, "str": _str, "bool": _bool, "Path": _str}
