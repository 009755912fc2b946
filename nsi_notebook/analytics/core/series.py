"""The name, unit and tags of what is observed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ...errors import SeriesError

MADE = "windows"  # the tag of series that an engine computes: the name of their plan
NAME = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One series of samples: what is observed, in which unit, where.

    Parameters
    ----------
    name : str
        Words of letters, digits, _ and -, joined by dots: "camera.void_fraction".
    unit : str
        Unit of its values; "1" for plain numbers.
    tags : tuple of (str, str)
        Where and how it is observed, by rising key. Series of one name and different tags are different series.

    Examples
    --------
    >>> Series.of("camera.void_fraction", tags={"line": "3"})
    Series(name='camera.void_fraction', unit='1', tags=(('line', '3'),))
    """

    name: str
    unit: str = "1"
    tags: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, name: str, unit: str = "1", tags: Mapping[str, str] | None = None) -> Self:
        """Check the parts and make a series of them.

        Raises
        ------
        SeriesError
            If a name or a tag is not of the form above.
        """
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise SeriesError(f"{name!r} is no name of a series", "words of letters, digits, _, -, joined by dots: 'camera.area'")
        if not isinstance(unit, str) or not unit:
            raise SeriesError(f"{name}: the unit is {unit!r}", "a text; '1' for plain numbers")
        if tags is not None and not isinstance(tags, Mapping):
            raise SeriesError(f"{name}: the tags are {tags!r:.80}", "tags={'line': '3'}")
        for key, value in (tags or {}).items():
            if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z_]\w*", key, re.ASCII):
                raise SeriesError(f"{name}: {key!r} is no name of a tag", "letters, digits and _, e.g. tags={'line': '3'}")
            if not isinstance(value, str):
                raise SeriesError(f"{name}: the tag {key} is {value!r}, of type {type(value).__name__}", "tags are texts")
        return cls(name, unit, tuple(sorted((tags or {}).items())))

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What tells series apart: the name and the tags, not the unit."""
        return self.name, self.tags

    @property
    def made(self) -> str | None:
        """The plan whose windows these are, if an engine computed them."""
        return dict(self.tags).get(MADE)

    def __str__(self) -> str:
        within = ", ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in self.tags)
        return f"{self.name}{{{within}}}" if within else self.name
