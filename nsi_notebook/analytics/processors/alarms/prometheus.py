"""Rules as Prometheus has them: what PromQL can say as it is, what it cannot by name and left out."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ....errors import OptionError
from ...core.series import MADE, Series
from ...core.times import told, utc
from ...storage import TimeSeriesDatabase
from .matching import WILD
from .reading import RESERVED
from .rules import SECOND, Rule, Rules
from .templates import PLACE

_DAY = 86_400 * SECOND
_LOOKED_BACK = 300 * SECOND  # for how long a sample is the present one there
_UNITS = (("w", 7 * 86400), ("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


class Exported(NamedTuple):
    """A file of Prometheus rules; its text, in a notebook.

    Parameters
    ----------
    text : str
        YAML.
    left_out : mapping of str to str
        Rules that are not in it, and why.
    changed : mapping of str to tuple of str
        What of the others is otherwise there, also said in comments.
    """

    text: str
    left_out: Mapping[str, str]
    changed: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return self.text.removesuffix("\n")

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def steps_of(on: TimeSeriesDatabase, series: Iterable[Series]) -> dict[Series, int]:
    """Give how many microseconds lie between samples of series, by the median of their last thousand; none of one sample."""
    found = {}
    for each in series:
        ends, number = on.extent(each), on.count(each)
        if ends is None or number < 2:
            continue
        mean = max((ends[1] - ends[0]) // (number - 1), 1)
        since = max(ends[0], ends[1] - 1000 * mean)
        times = np.unique(np.concatenate([batch.time for batch in on.scan(each, utc(since))]))
        if len(times) > 1:
            found[each] = int(np.median(np.diff(times[-1000:])))
    return found


def to_prometheus(
    rules: Rules, group: str = "nsi", *, series: Iterable[Series] | None = None, steps: Mapping[Series, int] | None = None
) -> Exported:
    r"""Write rules as Prometheus reads them.

    Names of series have _ for each dot, which a comment says; tags are labels, and each alert has the label `series`, as it has
    here. Prometheus looks at its samples at each evaluation, not at each sample: so the moments differ by up to one interval.

    Parameters
    ----------
    rules : Rules
    group : str
        Name of their group.
    series : iterable of Series, optional
        Those of a store. Where PromQL has to be told which names `*` stands for, a rule is written for each that they have.
    steps : mapping of Series to int, optional
        Microseconds between their samples, see `steps_of`: where these come more rarely than Prometheus looks back, rules do.

    Raises
    ------
    OptionError
        If none of them can be said in PromQL.

    Examples
    --------
    >>> rules = Rules.of({"rule": [{"name": "hot", "series": "oven.heat", "tags": {"line": "3"}, "above": 90, "for": "5min"}]})
    >>> print(to_prometheus(rules).text)
    # oven.heat is oven_heat here
    groups:
      - name: "nsi"
        rules:
          - alert: "hot"
            expr: "oven_heat{line=\"3\"} > 90"
            for: "5m"
            labels:
              series: "oven_heat"
    <BLANKLINE>
    """
    there = None if series is None else sorted(series)
    lines, left, changed, names = list[str](), dict[str, str](), dict[str, tuple[str, ...]](), dict[str, None]()
    taken = dict[str, str]()
    for rule in rules.rules:
        each = _named(rule, there)
        why = _cannot(rule) or ("" if each else _nameless(rule, there)) or _twice(each, taken)
        if why:
            left[rule.name] = why
            lines.append(f"      # {rule.name} is left out: {why}")
            continue
        notes, back = _notes(rule), _back(rule, steps or {})
        if back:
            notes.append(f"samples come so rarely that each stands for {_span(back)}")
        lines += [f"      # {note}" for note in notes]
        lines += [line for one in each for line in _alert(one, rule.name, _expression(one, back), rule.held, rule.keep)]
        if rule.absent is not None and rule.kind != "absence":
            notes.append(f"no_data_after is the alert {rule.name}-no-data")
            lines.append("      # no data of the rule above")
            lines += [line for one in each for line in _alert(one, f"{rule.name}-no-data", _absence(one), 0, 0)]
        if notes:
            changed[rule.name] = tuple(notes)
        names |= dict.fromkeys(one.series for one in each if _renamed(one.series) != one.series)
    if len(left) == len(rules.rules):
        name, why = next(iter(left.items()))
        raise OptionError(f"no rule can be said in PromQL: {name!r}: {why}", "thresholds, rates, changes in the unit, absence")
    others = {
        "group_by": rules.group_by != ("alarm",), "repeat": rules.repeat is not None, "inhibit": rules.inhibitions,
        "silence": rules.silences, "deliver": rules.deliver,
    }  # fmt: skip
    head = [f"# {name} is {_renamed(name)} here" for name in names]
    head += [f"# {name}: of Alertmanager, not of Prometheus; left out here" for name, given in others.items() if given]
    return Exported("\n".join([*head, "groups:", f"  - name: {json.dumps(group)}", "    rules:", *lines, ""]), left, changed)


def _named(rule: Rule, there: list[Series] | None) -> list[Rule]:
    """Give the rule, or one for each name where PromQL has to know them, as functions over time drop names; none if not known."""
    if WILD not in rule.series or (rule.kind in ("threshold", "absence") and rule.series.strip(WILD)):
        return [rule]
    mine = [each for each in there or () if rule.takes(each) and rule.unit in (None, each.unit)]
    return [replace(rule, series=name) for name in dict.fromkeys(each.name for each in mine)]


def _twice(each: list[Rule], taken: dict[str, str]) -> str:
    """Say which names are one there, and take those that are not: by the first name that became it."""
    mine = dict[str, str]()
    for name in (one.series for one in each):
        first = (taken | mine).get(_renamed(name), name)
        if first != name:
            return f"its {name} and {first} are both {_renamed(name)} there"
        mine[_renamed(name)] = name
    taken |= mine
    return ""


def _nameless(rule: Rule, there: list[Series] | None) -> str:
    if there is not None:
        return f"the store has no series {rule.series!r} for it"
    if not rule.series.strip(WILD):
        return "* is all that Prometheus has; --on STORE says which series are meant, or a rule for each"
    return f"PromQL has no {rule.kind} of several names at once; --on STORE says which {rule.series!r} are, or a rule for each"


def _cannot(rule: Rule) -> str:
    if rule.kind == "anomaly":
        return "PromQL has no conformal p-value"
    if rule.kind == "change" and rule.scale == "sd":
        return "PromQL has no median absolute deviation"
    for span in (rule.window, rule.held, rule.keep, rule.absent or 0):
        if span % 1000:
            return f"Prometheus has no durations such as {told(span)}"
    for name in rule.labels:
        if name in ("alertname", "alertstate"):
            return f"the label {name} is Prometheus' own"
        if WILD in rule.tags.get(name, ""):
            return f"its label {name} hides the tag by which Prometheus tells its series apart; another name"
    return ""


def _notes(rule: Rule) -> list[str]:
    """Say what is otherwise in Prometheus."""
    found, back = list[str](), _span(_remembered(rule.absent or 0))
    if rule.absent is not None and not (rule.kind == "absence" and rule.exact):
        found.append(f"a series that is gone is forgotten after {back}")
    elif rule.kind == "absence":
        found.append(
            f"if none came for {back}, the alert has no tags but those of the rule; one that never came is missed at once"
        )
    if rule.points > 1:
        found.append(f"for_points = {rule.points} is left out: Prometheus counts no samples")
    if rule.unit is not None and not rule.exact:
        found.append(f"series in another unit than {rule.unit} are not refused: Prometheus knows no units")
    forms = [form for text in rule.annotations.values() for name, form in PLACE.findall(text) if name == "value"]
    if any("," in form for form in forms):
        found.append("values in annotations have no commas: Prometheus writes none")
    if any("%" in form for form in forms):
        found.append("percentages in annotations have four digits, whatever their form says: Prometheus has no other")
    return found


def _alert(rule: Rule, name: str, expr: str, held: int, keep: int) -> list[str]:
    found = [f"      - alert: {json.dumps(name)}", f"        expr: {json.dumps(expr)}"]
    found += [f'        for: "{_span(held)}"'] if held else []
    found += [f'        keep_firing_for: "{_span(keep)}"'] if keep else []
    labels = {} if WILD in rule.series else {"series": _renamed(rule.series)}
    labels |= {key: _plain(text) for key, text in rule.labels.items()}
    if labels:
        found += ["        labels:", *(f"          {key}: {json.dumps(value)}" for key, value in labels.items())]
    if rule.annotations:
        found.append("        annotations:")
        found += [f"          {key}: {json.dumps(_template(rule, text))}" for key, text in rule.annotations.items()]
    return found


def _expression(rule: Rule, back: int) -> str:
    if rule.kind == "absence":
        return _absence(rule)
    of, known = _compared(rule, back)
    begins = [f"{of} {sign} {_number(x)}" for sign, x in ((">", rule.above), ("<", rule.below)) if x is not None]
    lasting = [
        f"({of} {sign} {_number(x)})" for sign, x in ((">", rule.exit_above), ("<", rule.exit_below)) if x is not None
    ]  # fmt: skip
    if known:  # an alarm outlives the time after a gap in which there is nothing to compare
        lasting.append(f"(last_over_time({_selector(rule)}[{_span(rule.window)}]) * NaN unless {known})")
    if not lasting:
        return " or ".join(begins)
    fires, ignored = {"alertname": rule.name, "alertstate": "firing"}, ["alertname", "alertstate", *rule.labels]
    if WILD not in rule.series:
        fires["series"] = _renamed(rule.series)
        ignored.append("series")
    alerts = "ALERTS{" + ", ".join(_matcher(key, value) for key, value in fires.items()) + "}"
    held = [f"({each} and ignoring ({', '.join(ignored)}) {alerts})" for each in lasting]
    return " or ".join([*(f"({each})" for each in begins), *held])


def _compared(rule: Rule, back: int) -> tuple[str, str]:
    """Say what is compared, and when that is known, as here: of changes and slopes, from which samples there are."""
    series = _selector(rule)
    if rule.kind == "threshold":
        return _with_names(rule, f"last_over_time({series}[{_span(back)}])" if back else series), ""
    window, half = _span(rule.window), _span(max(rule.window // 2000, 1) * 1000)
    if rule.kind == "rate":
        known = f"last_over_time({series}[{half}] offset {half})"
        slope = f"deriv({series}[{window}])" + (f" * {rule.per // SECOND}" if rule.per != SECOND else "")
        return f"({slope} and {known})", known
    begun = f"last_over_time({series}[{_span(_remembered(2 * rule.window))}] offset {_span(2 * rule.window)})"
    counts = f"count_over_time({series}[{window}] offset {window}) / count_over_time({series}[{window}])"
    known = f"({begun} and {counts} >= 0.5 <= 2)"
    return f"(avg_over_time({series}[{window}]) - avg_over_time({series}[{window}] offset {window}) and {known})", known


def _back(rule: Rule, steps: Mapping[Series, int]) -> int:
    """Give how far a threshold has to look back, in whole minutes: two steps of its rarest series, or 0 for as far as it does."""
    if rule.kind != "threshold":
        return 0
    rarest = max((step for series, step in steps.items() if rule.takes(series)), default=0)
    minutes = -(-2 * rarest // (60 * SECOND))
    return minutes * 60 * SECOND if 2 * rarest > _LOOKED_BACK else 0


def _absence(rule: Rule) -> str:
    series, after, back = _selector(rule), _span(rule.absent or 0), _span(_remembered(rule.absent or 0))
    was, there = (_with_names(rule, f"last_over_time({series}[{span}])") for span in (back, after))
    never = f" or absent_over_time({series}[{back}])" if rule.kind == "absence" and rule.exact else ""
    return f"{was} unless {there}{never}"


def _remembered(span: int) -> int:
    """Give how long a series that is gone is remembered, which has to be for longer than a time without samples."""
    return max(_DAY, 2 * span)


def _with_names(rule: Rule, vector: str) -> str:
    """Keep the names of several series as a label, as they are no part of an alert, nor of what matches."""
    return f'label_replace({vector}, "series", "$1", "__name__", "(.+)")' if WILD in rule.series else vector


def _selector(rule: Rule) -> str:
    tags = [_matcher(f"tag_{key}" if key in RESERVED else key, value) for key, value in rule.tags.items()]
    if WILD not in rule.series:
        return _renamed(rule.series) + ("{" + ", ".join(tags) + "}" if tags else "")
    windows = [] if MADE in rule.tags else [_matcher(MADE, "")]  # which are watched only where they are asked for
    return "{" + ", ".join([_matcher("__name__", _renamed(rule.series)), *tags, *windows]) + "}"


def _renamed(series: str) -> str:
    """Write the name of a series as Prometheus has it."""
    return re.sub(r"[.-]", "_", series)


def _matcher(key: str, value: str) -> str:
    if WILD not in value:
        return f"{key}={json.dumps(value)}"
    pattern = ".*".join(re.escape(part) for part in value.split(WILD))
    return f"{key}=~{json.dumps('.+' if value == WILD else pattern)}"


def _template(rule: Rule, text: str) -> str:
    """Write the places of an annotation as Prometheus' own."""

    def place(found: re.Match[str]) -> str:
        name, form = found[1], found[2]
        kind, _, key = name.partition(".")
        if name == "value":
            bare = (form or ".6g").replace(",", "")
            written = "humanizePercentage" if "%" in bare else f'printf "%{bare if bare[-1:] in tuple("efg") else bare + "g"}"'
            return f"{{{{ $value | {written} }}}}"
        if kind == "tags" or (name == "series" and WILD in rule.series):
            return f"{{{{ $labels.{f'tag_{key}' if key in RESERVED else key or name} }}}}"
        if kind == "labels":  # of Prometheus' $labels these are no part
            return _plain(rule.labels[key])
        return {"alarm": rule.name, "series": rule.series, "unit": rule.unit or "", "time": ""}[name]

    return PLACE.sub(place, text).strip()


def _plain(text: str) -> str:
    """Write a text in which {{ begins no template."""
    return text.replace("{{", '{{ "{{" }}')


def _span(micros: int) -> str:
    """Write a duration as Prometheus reads it.

    >>> _span(90_000_000), _span(1_500_000)
    ('90s', '1500ms')
    """
    if micros % SECOND:
        return f"{micros // 1000}ms"
    seconds = micros // SECOND
    return next(f"{seconds // size}{unit}" for unit, size in _UNITS if seconds % size == 0)


def _number(value: float) -> str:
    return f"{value:.17g}" if float(f"{value:.15g}") != value else f"{value:.15g}"
