"""Topics of events, words joined by dots, and patterns of them."""

from __future__ import annotations

import re

from ...errors import OptionError

TOPIC = re.compile(r"[\w-]+(\.[\w-]+)*")


def topic(name: object) -> str:
    """Check a topic.

    Raises
    ------
    OptionError
        If it is not words of letters, digits, _ and -, joined by dots.
    """
    if not isinstance(name, str) or not TOPIC.fullmatch(name):
        raise OptionError(f"{name!r} is no topic", "words of letters, digits, _, -, joined by dots: 'camera.frame'")
    return name


def pattern(given: object) -> str:
    """Check a pattern of topics.

    Raises
    ------
    OptionError
        If it is not words, * and **, joined by dots.
    """
    if not isinstance(given, str) or not all(w in ("*", "**") or TOPIC.fullmatch(w) for w in given.split(".")):
        raise OptionError(f"{given!r} is no pattern of topics", "words, * and **, joined by dots: 'camera.*', 'camera.**'")
    return given


def matches(given: str, name: str) -> bool:
    """Say whether a topic fits a pattern: * is any one word, ** any number of them, none too.

    Examples
    --------
    >>> matches("camera.*", "camera.frame"), matches("camera.*", "camera.3.frame"), matches("camera.**", "camera.3.frame")
    (True, False, True)
    """
    words = given.split(".")
    at = {0}  # how many words of the pattern may be used up
    for said in name.split("."):
        at = _past(words, at)
        at = {i if words[i] == "**" else i + 1 for i in at if i < len(words) and words[i] in ("*", "**", said)}
    return len(words) in _past(words, at)


def _past(words: list[str], at: set[int]) -> set[int]:
    """Add where one gets by taking ** for no words."""
    found = set(at)
    for i, word in enumerate(words):
        if word == "**" and i in found:
            found.add(i + 1)
    return found


__all__ = ["matches", "pattern", "topic"]
