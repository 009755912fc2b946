"""Which series are meant, by names, tags or themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from ...errors import OptionError, UnknownNameError
from ..core.series import Series

Named: TypeAlias = str | Series | Sequence[str | Series]
Tags: TypeAlias = Mapping[str, str | Sequence[str]]


def chosen(known: Mapping[int, Series], named: Any, where: Any) -> tuple[int, ...] | None:
    """Give the ids of the series of these names, or of these very ones, with such tags; None for all.

    Raises
    ------
    UnknownNameError
        If there is no such series, tag, or value of a tag.
    OptionError
        If something is no name.
    """
    if not isinstance(where, Mapping | None):
        raise OptionError(f"where is {where!r:.80}", "tags and their values: where={'line': '3'}")
    if named is None and not where:
        return None
    tags = {n: dict(s.tags) for n, s in known.items()} if named is None else _named(known, named)
    for tag, value in dict(where or {}).items():
        values = _several(value, f"the tag {tag}", str)
        if not any(tag in each for each in tags.values()):
            raise UnknownNameError.among("tag", tag, {key for each in tags.values() for key in each})
        for one in sorted(values - {each.get(tag) for each in tags.values()}, key=str):
            raise UnknownNameError.among(f"value of the tag {tag}", one, {t[tag] for t in tags.values() if tag in t})
        tags = {n: each for n, each in tags.items() if each.get(tag) in values}
    return tuple(tags)


def _named(known: Mapping[int, Series], given: Any) -> dict[int, dict[str, str]]:
    asked = _several(given, "the series", (str, Series))
    names = {each for each in asked if isinstance(each, str)}
    keys = {each.key for each in asked if isinstance(each, Series)}
    there, whole = {s.name for s in known.values()}, {s.key for s in known.values()}
    for name in sorted(names - there):
        raise UnknownNameError.among("series", name, there)
    for series in sorted(each for each in asked if isinstance(each, Series) and each.key not in whole):
        raise UnknownNameError.among("series", str(series), map(str, known.values()))
    return {n: dict(s.tags) for n, s in known.items() if s.name in names or s.key in keys}


def _several(given: Any, what: str, kind: type | tuple[type, ...]) -> set[Any]:
    """Give one thing or several as a set."""
    found = [given] if isinstance(given, kind) else list(given) if isinstance(given, Iterable) else []
    if not found or not all(isinstance(each, kind) for each in found):
        raise OptionError(f"{what} cannot be {given!r}", "a text, or several")
    return set(found)
