"""Files of rules: TOML, each key checked, and what is wrong said with the file, the rule and the key."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ....errors import FileError, InputError, OptionError, TimeError, UnknownNameError, a_kind
from ...core import times
from ...core.series import NAME as SERIES
from . import channels, conditions, templates
from .matching import WILD, fits
from .rules import DETECTOR, KINDS, SECOND, Inhibition, Kind, Rule, Rules, Silence

NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
LABEL = re.compile(r"[A-Za-z_]\w*", re.ASCII)
RESERVED = ("alarm", "series")
PER = {"s": SECOND, "min": 60 * SECOND, "h": 3600 * SECOND, "d": 86400 * SECOND}
_SECRET = re.compile(r"passw|secret|token|api_?key|credential|webhook", re.IGNORECASE)
_ADDRESS = re.compile(r"://[^/\s]*:[^/\s]*@|[?&](token|key|secret|password)=", re.IGNORECASE)
_ELSEWHERE = "leave it out: secrets come from the environment only"
_EACH = ("name", "kind", "series", "tags", "unit", "labels", "annotations", "keep_firing_for")
_HELD = ("for", "for_points", "no_data_after")
_SIDES = ("above", "below", "exit")
KEYS: dict[Kind, tuple[str, ...]] = {
    "threshold": (*_EACH, *_HELD, *_SIDES),
    "change": (*_EACH, *_HELD, *_SIDES, "window", "scale"),
    "rate": (*_EACH, *_HELD, *_SIDES, "window", "per"),
    "anomaly": (*_EACH, *_HELD, "alpha", "exit", "history", "calibration", "detector", "options"),
    "absence": (*_EACH, "after"),
}
_TOP = ("alarms", "rule", "inhibit", "silence", "deliver")
_ALARMS = ("group_by", "repeat", "lateness", "tries", "wait", "outbox")


def read(path: str | Path) -> Rules:
    """Read a file of rules.

    Raises
    ------
    FileError
        If it is not there, or no TOML.
    OptionError, UnknownNameError, TimeError
        Says the file, the rule and the key.
    """
    found = rules_of(document(path), Path(path).name)
    return found if found.outbox is None else replace(found, outbox=Path(path).expanduser().parent / found.outbox)


def document(path: str | Path) -> Mapping[str, Any]:
    """Read a TOML file.

    Raises
    ------
    FileError
        If it is not there, or no TOML.
    """
    try:
        return tomllib.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{str(path)!r} cannot be read: {error.strerror}", "look at the path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{Path(path).name} is not TOML: {error}", "correct it there") from None


def rules_of(given: Any, where: str = "") -> Rules:
    """Make rules of what a file holds, or of the path of one; rules stay what they are."""
    if isinstance(given, Rules):
        return given
    if isinstance(given, str | Path):
        return read(given)
    if not isinstance(given, Mapping):
        raise OptionError(f"the rules are {a_kind(given)}", "the path of a TOML file, or Rules.of({'rule': [...]})")
    with told(where):
        _public({key: value for key, value in given.items() if key != "deliver"})  # channels know what of theirs is secret
        known(given, _TOP, "table")
        alarms = _table(given, "alarms")
        with told("[alarms]"):
            known(alarms, _ALARMS, "key")
            repeat, lateness = _span(alarms, "repeat"), _span(alarms, "lateness", none=True)
            group_by, wait = texts(alarms, "group_by"), _span(alarms, "wait", none=True)
            tries = _count(alarms, "tries", 5, 1)
            outbox = Path(text(alarms, "outbox")).expanduser() if "outbox" in alarms else None
        rules = tuple(_rule(each, number) for number, each in enumerate(tables(given, "rule"), 1))
        if not rules:
            raise OptionError("there are no rules", '[[rule]] name = "hot", series = "oven.heat", above = 90')
        names = [rule.name for rule in rules]
        for name in names:
            if names.count(name) > 1:
                raise OptionError(f"there are {names.count(name)} rules {name!r}", "a name of its own for each")
        inhibitions = tuple(_inhibition(each, number, rules) for number, each in enumerate(tables(given, "inhibit"), 1))
        silences = tuple(_silence(each, number, rules) for number, each in enumerate(tables(given, "silence"), 1))
        deliver = tuple(tables(given, "deliver"))
        for number, each in enumerate(deliver, 1):
            channels.check(each, f"deliver {number}: ")
            with told(f"deliver {number}: match"):
                matched(patterns(each, "match"), rules)
    return Rules(
        rules,
        inhibitions,
        silences,
        ("alarm",) if group_by is None else group_by,
        repeat,
        lateness or 0,
        deliver,
        tries,
        SECOND if wait is None else wait,
        outbox,
    )


# -- what other files are read with, too -----------------------------------------------------------------------------------


@contextmanager
def told(where: str) -> Iterator[None]:
    """Say where what is wrong stands."""
    try:
        yield
    except InputError as error:
        raise (type(error)(f"{where}: {error.message}", error.hint) if where else error) from None


def known(table: Mapping[str, Any], keys: tuple[str, ...], what: str) -> None:
    """Refuse keys that there are not."""
    for key in table:
        if key not in keys:
            raise UnknownNameError.among(what, key, keys)


def matched(match: Mapping[str, str], rules: tuple[Rule, ...]) -> None:
    """Refuse labels that no alert has, as far as that does not depend on the series that come."""
    for label, pattern in match.items():
        if label not in ("alarm", "series") and any(label not in rule.labels for rule in rules):
            continue  # series may bring any tag
        said = [{**rule.labels, "alarm": rule.name, "series": rule.series} for rule in rules]
        there = [labels[label] for labels in said if label in labels]
        if there and not any(WILD in each or fits(pattern, each) for each in there):
            raise UnknownNameError.among("rule" if label == "alarm" else label, pattern, there)


def tables(given: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Give the tables [[key]]."""
    found = given.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise OptionError(f"{key} is {a_kind(found)}", f"tables, each below a line [[{key}]]")
    return found


def text(table: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """Give a text that must be there, or else a default."""
    value = table.get(key, default)
    if not isinstance(value, str) or not value:
        raise OptionError(f"{key} is missing" if value is None else f"{key} is {value!r:.80}", f'{key} = "..."')
    return value


def patterns(table: Mapping[str, Any], key: str) -> dict[str, str]:
    """Give texts by name."""
    found = _table(table, key)
    for name, value in found.items():
        if not LABEL.fullmatch(name):
            raise OptionError(f"{key}: {name!r} is no name of a label", "letters, digits and _")
        if not isinstance(value, str):
            raise OptionError(f"{key}: {name} is {value!r:.80}", f'a text: {name} = "{value}"')
    return dict(found)


def texts(given: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    """Give texts, if there are any."""
    found = given.get(key)
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise OptionError(f"{key} is {found!r:.80}", f'texts: {key} = ["line"]')
    return tuple(found)


def moment(value: Any) -> int:
    """Give a time of TOML, or a text, as microseconds since 1970-01-01 UTC."""
    said = value.isoformat() if isinstance(value, datetime) else str(value)
    try:
        return times.instant(said)
    except TimeError as error:
        raise TimeError(error.message, "with its zone: 2026-11-26T12:00:00Z in UTC, or +01:00 instead of Z") from None


# -- parts of the file -----------------------------------------------------------------------------------------------------


def _rule(given: Mapping[str, Any], number: int) -> Rule:
    with told(f"rule {number}"):
        name = text(given, "name")
        if not NAME.fullmatch(name):
            raise OptionError(f"{name!r} is no name of a rule", "letters, digits, _ and -: 'oven-hot'")
    with told(f"rule {name!r}"):
        kind = given.get("kind", "threshold")
        if kind not in KINDS:
            raise UnknownNameError.among("kind", kind, KINDS)
        others = sorted(other for other in KINDS if any(key in KEYS[other] for key in set(given) - set(KEYS[kind])))
        for key in given:
            if key not in KEYS[kind]:
                if others and any(key in KEYS[other] for other in others):
                    raise OptionError(f"{key} has no meaning for a rule of kind {kind!r}", f"that is of {', '.join(others)}")
                raise UnknownNameError.among("key", key, KEYS[kind])
        series, labels = text(given, "series"), patterns(given, "labels")
        if not SERIES.fullmatch(series.replace(WILD, "x")):
            raise OptionError(f"no series can have the name {series!r}", "words joined by dots, * for any letters: 'oven.*'")
        for label in labels:
            if label in RESERVED:
                raise OptionError(f"labels: {label!r} is what every alert has", "another name")
        annotations = patterns(given, "annotations")
        for key, template in annotations.items():
            with told(f"annotations, {key}"):
                templates.check(template, labels)
        sides = _chance(given) if kind == "anomaly" else {} if kind == "absence" else _sides(given)
        window = _span(given, "window")
        if kind in ("change", "rate") and window is None:
            raise OptionError("window is missing", 'window = "5min"')
        absent = _span(given, "after" if kind == "absence" else "no_data_after")
        if kind == "absence" and absent is None:
            raise OptionError("after is missing", 'after = "5min"')
        found = Rule(
            name=name,
            kind=kind,
            series=series,
            tags=patterns(given, "tags"),
            unit=text(given, "unit") if "unit" in given else None,
            held=_span(given, "for", none=True) or 0,
            points=_count(given, "for_points", 1, 1),
            keep=_span(given, "keep_firing_for", none=True) or 0,
            absent=absent,
            window=window or 0,
            per=PER[_choice(given, "per", PER)] if "per" in given else SECOND,
            scale="sd" if "scale" in given and _choice(given, "scale", ("unit", "sd")) == "sd" else "unit",
            labels=labels,
            annotations=annotations,
            **sides,
        )
        if found.detector != DETECTOR or found.options:  # of which all that is said has to fit
            conditions.made(found)
        return found


def _sides(given: Mapping[str, Any]) -> dict[str, float | None]:
    """Give the thresholds: alarms end back over the exit, which lies on the calm side of where they begin."""
    above, below = _number(given, "above"), _number(given, "below")
    if above is None and below is None:
        raise OptionError("there is no threshold", "above = 90, below = 10, or both")
    if above is not None and below is not None and below >= above:
        raise OptionError(f"below = {below:g} is not less than above = {above:g}: that is always an alarm", "below < above")
    leave = given.get("exit")
    if above is not None and below is not None and leave is not None:
        if not isinstance(leave, list) or len(leave) != 2:
            raise OptionError(f"exit is {leave!r:.80}", "two numbers where there are two thresholds: exit = [15, 80]")
        low, high = (_number({"exit": each}, "exit") for each in leave)
    else:
        found = _number(given, "exit")
        low, high = (None, found) if above is not None else (found, None)
    if high is not None and above is not None and high > above:
        raise OptionError(f"exit = {high:g} lies above {above:g}, on the wrong side", f"alarms end lower: exit <= {above:g}")
    if low is not None and below is not None and low < below:
        raise OptionError(f"exit = {low:g} lies below {below:g}, on the wrong side", f"alarms end higher: exit >= {below:g}")
    if low is not None and high is not None and low > high:
        raise OptionError(f"exit = [{low:g}, {high:g}] leaves no room between", "exit = [low, high]")
    return {"above": above, "below": below, "exit_above": high, "exit_below": low}


def _chance(given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the p-value below which a sample is an anomaly, and what it is compared with."""
    alpha, leave = _number(given, "alpha"), _number(given, "exit")
    history, calibration = _count(given, "history", 100, 10), _count(given, "calibration", 500, 10)
    if alpha is None:
        raise OptionError("alpha is missing", "the share of samples that may be flagged by chance: alpha = 0.01")
    if not 0 < alpha < 1:
        raise OptionError(f"alpha is {alpha:g}", "a share between 0 and 1: alpha = 0.01")
    if alpha < 1 / (calibration + 1):
        said = f"alpha = {alpha:g} cannot be reached with {calibration} scores: no p-value is below 1/{calibration + 1}"
        raise OptionError(said, f"calibration = {math.ceil(1 / alpha)}, or a larger alpha")
    if leave is not None and leave < alpha:
        raise OptionError(f"exit = {leave:g} lies below alpha = {alpha:g}, on the wrong side", f"alarms end at exit >= {alpha:g}")
    # flagged at p <= alpha; a threshold is strict, so that it is the next number above
    upper = None if leave is None else math.nextafter(leave, 2)
    detector, options = text(given, "detector", DETECTOR), _table(given, "options")
    if detector != DETECTOR and "history" in given:
        raise OptionError(f"history has no meaning for the detector {detector!r}", "options = {...} has what it takes")
    for key, instead in {"alpha": "alpha", **({"window": "history"} if detector == DETECTOR else {})}.items():
        if key in options:
            raise OptionError(f"options: {key} is said by the rule", f"{instead} = ..., beside options")
    return {
        "below": math.nextafter(alpha, 2), "exit_below": upper, "history": history, "calibration": calibration,
        "detector": detector, "options": dict(options),
    }  # fmt: skip


def _inhibition(given: Mapping[str, Any], number: int, rules: tuple[Rule, ...]) -> Inhibition:
    with told(f"inhibit {number}"):
        known(given, ("source", "target", "equal"), "key")
        source, target = patterns(given, "source"), patterns(given, "target")
        if not source or not target:
            raise OptionError(f"{'target' if source else 'source'} is missing", 'source = {alarm = "oven-off"}, and a target')
        for side in (source, target):
            matched(side, rules)
        return Inhibition(source, target, texts(given, "equal") or ())


def _silence(given: Mapping[str, Any], number: int, rules: tuple[Rule, ...]) -> Silence:
    with told(f"silence {number}"):
        known(given, ("matchers", "start", "end", "comment"), "key")
        matchers = patterns(given, "matchers")
        if not matchers:
            raise OptionError("matchers is missing", 'the labels of what is silenced: matchers = {line = "3"}')
        matched(matchers, rules)
        if "end" not in given:
            raise OptionError("there is no end, and it would last for ever", "end = 2026-11-26T18:00:00Z")
        start, end = (moment(given[key]) if key in given else None for key in ("start", "end"))
        assert end is not None
        if start is not None and start >= end:
            raise OptionError("it ends before it begins", "end > start")
        return Silence(matchers, end, start, str(given.get("comment", "")))


# -- values ----------------------------------------------------------------------------------------------------------------


def _public(given: Any, where: str = "") -> None:
    """Refuse secrets, which a file that is shared must not hold."""
    for key, value in given.items() if isinstance(given, Mapping) else enumerate(given) if isinstance(given, list) else ():
        place = f"{where}{key}" if isinstance(key, str) else where.removesuffix(", ")
        if isinstance(key, str) and _SECRET.search(key):
            raise OptionError(f"{place} is a secret in a file of rules", _ELSEWHERE)
        if isinstance(value, str) and _ADDRESS.search(value):
            raise OptionError(
                f"{place} is an address with a secret in it", "leave it out: secrets come from the environment only"
            )
        _public(value, f"{place}, ")


def _table(given: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = given.get(key, {})
    if not isinstance(found, Mapping):
        raise OptionError(f"{key} is {found!r:.80}", f'a table: {key} = {{line = "3"}}')
    return found


def _span(given: Mapping[str, Any], key: str, *, none: bool = False) -> int | None:
    if key not in given:
        return None
    with told(key):
        return times.span(given[key], none=none)


def _number(given: Mapping[str, Any], key: str) -> float | None:
    value = given.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise OptionError(f"{key} is {value!r:.80}", "a number")
    return float(value)


def _count(given: Mapping[str, Any], key: str, default: int, least: int) -> int:
    value = given.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise OptionError(f"{key} is {value!r:.80}", f"a whole number, at least {least}")
    return value


def _choice(given: Mapping[str, Any], key: str, choices: Any) -> str:
    if given[key] not in choices:
        raise UnknownNameError.among(key, given[key], choices)
    return str(given[key])
