"""Rules as Prometheus has them: what PromQL can say as it is, what it cannot by name and left out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from ....errors import OptionError
from ...core.times import told
from .matching import WILD
from .reading import RESERVED
from .rules import SECOND, Rule, Rules

_PLACE = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
_LOOK_BACK = "1d"  # how long a series that is gone is remembered
_UNITS = (("w", 7 * 86400), ("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


class Exported(NamedTuple):
    """A file of Prometheus rules.

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


def to_prometheus(rules: Rules, group: str = "nsi") -> Exported:
    r"""Write rules as Prometheus reads them.

    Names of series have _ for each dot, tags are labels. Prometheus looks at its samples at each evaluation, not at each sample:
    so the moments differ by up to one interval.

    Parameters
    ----------
    rules : Rules
    group : str
        Name of their group.

    Raises
    ------
    OptionError
        If none of them can be said in PromQL.

    Examples
    --------
    >>> rules = Rules.of({"rule": [{"name": "hot", "series": "oven.heat", "tags": {"line": "3"}, "above": 90, "for": "5min"}]})
    >>> print(to_prometheus(rules).text)
    groups:
      - name: "nsi"
        rules:
          - alert: "hot"
            expr: "oven_heat{line=\"3\"} > 90"
            for: "5m"
    <BLANKLINE>
    """
    lines, left, changed = list[str](), dict[str, str](), dict[str, tuple[str, ...]]()
    for rule in rules.rules:
        why = _cannot(rule)
        if why:
            left[rule.name] = why
            lines.append(f"      # {rule.name} is left out: {why}")
            continue
        notes = []
        if rule.kind == "absence" and not rule.exact:
            notes.append(f"a series that is gone is forgotten after {_LOOK_BACK}")
        if rule.kind == "absence" and rule.exact:
            notes.append("where several series match, it fires when all of them are gone")
        if rule.points > 1:
            notes.append(f"for_points = {rule.points} is left out: Prometheus counts no samples")
        expr, labels = _expression(rule), {**rule.labels}
        lines += [f"      # {note}" for note in notes]
        lines += _alert(rule, rule.name, expr, rule.held, rule.keep, labels)
        if rule.absent is not None and rule.kind != "absence":
            notes.append(f"no_data_after is the alert {rule.name}-no-data")
            lines.append("      # no data of the rule above")
            lines += _alert(rule, f"{rule.name}-no-data", _absence(rule), 0, 0, labels)
        if notes:
            changed[rule.name] = tuple(notes)
    if len(left) == len(rules.rules):
        name, why = next(iter(left.items()))
        raise OptionError(f"no rule can be said in PromQL: {name!r}: {why}", "thresholds, rates, changes in the unit, absence")
    more = [
        name for name, given in (("inhibit", rules.inhibitions), ("silence", rules.silences), ("deliver", rules.deliver)) if given
    ]
    head = [f"# {name}: of Alertmanager, not of Prometheus; left out here" for name in more]
    return Exported("\n".join([*head, "groups:", f"  - name: {json.dumps(group)}", "    rules:", *lines, ""]), left, changed)


def _cannot(rule: Rule) -> str:
    if rule.kind == "anomaly":
        return "PromQL has no conformal p-value"
    if rule.kind == "change" and rule.scale == "sd":
        return "PromQL has no median absolute deviation"
    for span in (rule.window, rule.held, rule.keep, rule.absent or 0):
        if span % 1000:
            return f"Prometheus has no durations such as {told(span)}"
    for name in rule.labels:
        if name == "alertname":
            return "the label alertname is Prometheus' own"
    return ""


def _alert(rule: Rule, name: str, expr: str, held: int, keep: int, labels: Mapping[str, str]) -> list[str]:
    found = [f"      - alert: {json.dumps(name)}", f"        expr: {json.dumps(expr)}"]
    found += [f'        for: "{_span(held)}"'] if held else []
    found += [f'        keep_firing_for: "{_span(keep)}"'] if keep else []
    if labels:
        found += ["        labels:", *(f"          {key}: {json.dumps(value)}" for key, value in labels.items())]
    if rule.annotations:
        found.append("        annotations:")
        found += [f"          {key}: {json.dumps(_template(rule, text))}" for key, text in rule.annotations.items()]
    return found


def _expression(rule: Rule) -> str:
    if rule.kind == "absence":
        return _absence(rule)
    series, window = _selector(rule), _span(rule.window) if rule.window else ""
    of = {
        "threshold": series,
        "change": f"avg_over_time({series}[{window}]) - avg_over_time({series}[{window}] offset {window})",
        "rate": f"deriv({series}[{window}])" + (f" * {rule.per // SECOND}" if rule.per != SECOND else ""),
    }[rule.kind]
    of = f"({of})" if rule.kind != "threshold" and " " in of else of
    begins = [f"{of} {sign} {_number(x)}" for sign, x in ((">", rule.above), ("<", rule.below)) if x is not None]
    lasting = [
        f"{of} {sign} {_number(x)}" for sign, x in ((">", rule.exit_above), ("<", rule.exit_below)) if x is not None
    ]  # fmt: skip
    if not lasting:
        return " or ".join(begins)
    ignored = ", ".join(["alertname", "alertstate", *rule.labels])
    fires = f'ALERTS{{alertname="{rule.name}", alertstate="firing"}}'
    held = [f"(({each}) and ignoring ({ignored}) {fires})" for each in lasting]
    return " or ".join([*(f"({each})" for each in begins), *held])


def _absence(rule: Rule) -> str:
    series, after = _selector(rule), _span(rule.absent or 0)
    if rule.exact:
        return f"absent_over_time({series}[{after}])"
    return f"last_over_time({series}[{_LOOK_BACK}]) unless last_over_time({series}[{after}])"


def _selector(rule: Rule) -> str:
    tags = [_matcher(f"tag_{key}" if key in RESERVED else key, value) for key, value in rule.tags.items()]
    if WILD in rule.series:
        tags.insert(0, _matcher("__name__", rule.series.replace(".", "_").replace("-", "_")))
        return "{" + ", ".join(tags) + "}"
    return re.sub(r"[.-]", "_", rule.series) + ("{" + ", ".join(tags) + "}" if tags else "")


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
            return f'{{{{ $value | printf "%{form.replace(",", "")}" }}}}' if form else "{{ $value }}"
        if kind in ("tags", "labels"):
            return f"{{{{ $labels.{key} }}}}"
        return {"alarm": rule.name, "series": rule.series, "unit": rule.unit or "", "time": ""}[name]

    return _PLACE.sub(place, text).strip()


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
