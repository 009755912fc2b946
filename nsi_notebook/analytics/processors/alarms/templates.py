"""Annotations: texts with places for the value and what else an alert knows. Nothing in them is run."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ....errors import OptionError, UnknownNameError

PLACES = ("alarm", "series", "time", "unit", "value")
PLACE = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
_FORM = re.compile(r"[+]?,?(\.\d{1,2})?[efg%]?")


def check(text: str, labels: Mapping[str, str]) -> None:
    """Refuse a template whose places nothing fills.

    Raises
    ------
    UnknownNameError, OptionError
        Says which place.
    """
    for name, form in PLACE.findall(text):
        kind, dot, key = name.partition(".")
        if dot and kind == "labels" and key not in labels:
            raise UnknownNameError.among("label in an annotation", key, labels)
        if not (dot and key and kind in ("labels", "tags")) and name not in PLACES:
            raise UnknownNameError.among("place in an annotation", name, [*PLACES, "tags.NAME", "labels.NAME"])
        if form and (name != "value" or not _FORM.fullmatch(form)):
            raise OptionError(f"the place {{{name}:{form}}} has no such form", "{value:.3g}, {value:.2f} or {value}")
    if set(PLACE.sub("", text)) & set("{}"):
        raise OptionError(f"the annotation {text!r:.80} has a brace without its other", "{value}, {unit}, {series}, {tags.line}")


def filled(text: str, known: Mapping[str, str], value: float, tags: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """Fill a template that was checked.

    Examples
    --------
    >>> filled("{series} at {value:.1f} {unit}", {"series": "oven.heat", "unit": "degC"}, 91.25, {}, {})
    'oven.heat at 91.2 degC'
    """

    def fill(found: re.Match[str]) -> str:
        name, form = found[1], found[2]
        kind, _, key = name.partition(".")
        if name == "value":
            return "no value" if value != value else format(value, form or ".6g")
        if kind == "tags":
            return tags.get(key, "")
        return labels.get(key, "") if kind == "labels" else known.get(name, "")

    return PLACE.sub(fill, text)
