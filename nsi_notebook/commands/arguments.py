"""One argument of a verb, read from its annotation, and how text becomes its value."""

from __future__ import annotations

import builtins
import inspect
import math
import re
import tomllib
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ..errors import OptionError, UnknownNameError
from .annotations import Role

NO_ROLE = Role()
NUMBER = re.compile(r"-\.?\d")  # how a word begins that is a negative number, not an option
WORDS: dict[type, str] = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


@dataclass(frozen=True)
class Argument:
    """One argument of a verb.

    Parameters
    ----------
    name : str
        Its name in Python; `flag` is the one on the line.
    help : str
        From the docstring of the verb.
    types : tuple of type
        int, float, str, bool: those that are allowed, the narrowest first.
    default : object
        `inspect.Parameter.empty` if it is required.
    positional, many, mapping, rest : bool
        Comes without a flag; takes several values; takes `key=value`; collects the options that the verb passes on.
    choices : tuple of str
        The values allowed, if they are known beforehand.
    role : Role
        Data, output or names.
    """

    name: str
    help: str = ""
    types: tuple[type, ...] = (str,)
    default: Any = inspect.Parameter.empty
    positional: bool = False
    many: bool = False
    mapping: bool = False
    rest: bool = False
    choices: tuple[str, ...] = ()
    role: Role = NO_ROLE

    @property
    def flag(self) -> str:
        """How it is written on the line: `--name`, or the bare name of a positional."""
        return self.name if self.positional else "--" + self.name.replace("_", "-")

    @property
    def required(self) -> bool:
        """Whether the verb has no default for it."""
        return self.default is inspect.Parameter.empty

    @property
    def switch(self) -> bool:
        """Whether the flag stands alone."""
        return self.types == (bool,)

    def from_text(self, text: str | list[str]) -> Any:
        """Turn what was typed into the value: a number, text, a list, a mapping.

        Raises
        ------
        OptionError
            If it is not of the right type.
        UnknownNameError
            If it is not among the choices.
        """
        if self.mapping:
            pairs = [self._pair(item) for item in ([text] if isinstance(text, str) else text)]
            twice = [key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i])]
            if twice:
                several = f"; several values go together: {self.flag} {twice[0]}=2,4,8" if self.rest else ""
                raise OptionError(f"{twice[0]} is given twice", f"say it once{several}")
            return dict(pairs)
        if isinstance(text, list):
            return [self._one(item) for item in text]
        return self._one(text)

    def from_value(self, value: Any) -> Any:
        """Check a value that comes typed, from TOML.

        Raises
        ------
        OptionError
            If it is not of the right type.
        UnknownNameError
            If it is not among the choices.
        """
        if self.mapping:
            if not isinstance(value, Mapping):
                raise OptionError(f"{self.name} must be a table of key = value, not {value!r}")
            return dict(value)
        if self.many:
            return [self._checked(item) for item in (value if isinstance(value, list) else [value])]
        return self._checked(value)

    def _one(self, text: str) -> Any:
        for kind in self.types:
            if kind is bool:
                if text.lower() in ("true", "false"):
                    return text.lower() == "true"
            elif kind is str:
                return self._checked(text)
            else:
                try:
                    value = kind(text)
                except ValueError:
                    continue
                if math.isfinite(value):
                    return self._checked(value)
        raise OptionError(f"{self.flag} must be {self._wanted()}, not {text!r}")

    def _checked(self, value: Any) -> Any:
        if self.choices and value not in self.choices:
            raise UnknownNameError.among(self.name, value, self.choices)
        fits = self.role.kind in ("data", "store", "numbers", "time") or any(
            type(value) is kind or (kind is float and type(value) is int) for kind in self.types
        )
        if not fits:
            raise OptionError(f"{self.flag} must be {self._wanted()}, not {value!r}")
        return value

    def _wanted(self) -> str:
        return " or ".join(WORDS[kind] for kind in self.types)

    def _pair(self, text: str) -> tuple[str, Any]:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            example = "boxes=2,4,8" if self.rest else "image=gravel"
            raise OptionError(f"{self.flag} takes key=value, not {text!r}", f"{self.role.short or self.flag} {example}")
        return key.strip(), toml_value(value) if self.rest else value.strip()


def toml_value(text: str) -> Any:
    """Read a TOML value, or several with commas between them, as they need no quotes in a shell; what is none is text.

    >>> toml_value("[1, 2]"), toml_value("2,4"), toml_value("(2, 4)"), toml_value("0.5"), toml_value("inner")
    ([1, 2], [2, 4], [2, 4], 0.5, 'inner')
    """
    bare = text.strip()
    inside = bare[1:-1] if bare.startswith("(") and bare.endswith(")") else bare
    for written in (bare, f"[{inside}]") if "," in bare or inside != bare else (bare,):
        try:
            found = tomllib.loads(f"value = {written}")
        except tomllib.TOMLDecodeError:
            continue
        if len(found) == 1:
            return found["value"]
    return bare


def arguments_of(function: Callable[..., Any], help: Mapping[str, str]) -> tuple[Argument, ...]:
    """Read the arguments of a verb from its signature."""
    found = []
    for parameter in inspect.signature(function).parameters.values():
        described = help.get(parameter.name, "")
        if parameter.kind is parameter.VAR_KEYWORD:
            found.append(Argument("set", described, default=None, many=True, mapping=True, rest=True))
            continue
        annotation = parameter.annotation
        if isinstance(annotation, str):
            scope = {**vars(builtins), **function.__globals__}
            annotation = eval(annotation, scope)  # noqa: S307 - our own annotations, not a user's text
        role, kinds, choices, many, mapping = _read(annotation)
        found.append(
            Argument(
                parameter.name,
                described,
                kinds or (str,),
                parameter.default,
                positional=parameter.kind is parameter.POSITIONAL_OR_KEYWORD,
                many=many or mapping,
                mapping=mapping,
                choices=choices,
                role=role,
            )
        )
    return tuple(found)


def _read(annotation: Any) -> tuple[Role, tuple[type, ...], tuple[str, ...], bool, bool]:
    """Role, types, choices, whether many, whether a mapping."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        _, kinds, choices, many, mapping = _read(inside[0])
        return next(r for r in inside[1:] if isinstance(r, Role)), kinds, choices, many, mapping
    if origin is Literal:
        return Role(), (str,), tuple(inside), False, False
    if origin is list:
        role, kinds, choices, _, _ = _read(inside[0])
        return role, kinds, choices, True, False
    if origin is dict:
        return Role(), (str,), (), False, True
    if origin in (Union, types.UnionType):
        parts = [_read(part) for part in inside if part is not type(None)]
        roles = [role for role, *_ in parts if role != Role()]
        allowed = {kind for part in parts for kind in part[1]}
        ordered = tuple(kind for kind in (bool, int, float, str) if kind in allowed)
        choices = tuple(choice for part in parts for choice in part[2])
        return roles[0] if roles else Role(), ordered, choices, any(p[3] for p in parts), any(p[4] for p in parts)
    return Role(), (annotation,) if annotation in WORDS else (), (), False, False
