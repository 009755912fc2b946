"""Rules: what is watched, when that is an alarm, and who is told how often."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ....errors import InputError, SeriesError, UnknownNameError, warn
from ...core.series import MADE, Series
from ...core.times import told
from .channels import numbered
from .matching import WILD, all_fit, fits

if TYPE_CHECKING:
    from pathlib import Path

Kind: TypeAlias = Literal["threshold", "change", "rate", "anomaly", "absence"]
KINDS: tuple[Kind, ...] = ("threshold", "change", "rate", "anomaly", "absence")
SECOND = 1_000_000
DETECTOR = "robust_z"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `Rules.of` and `Rules.read` make and check them. Durations are microseconds.

    Parameters
    ----------
    name : str
    kind : {"threshold", "change", "rate", "anomaly", "absence"}
    series : str
        Names that it watches, * for any letters.
    tags : mapping of str to str
        Tags that these must have, * for any letters.
    above, below : float, optional
        Where an alarm begins.
    exit_above, exit_below : float, optional
        Back over which it ends.
    unit : str, optional
        Of the series; others are refused.
    held, points : int
        For how long, and how many samples, the condition holds before the alarm.
    keep : int
        How long its end holds before the alarm is over.
    absent : int, optional
        After how long without a sample data is missing.
    window : int
        Of `change` the length of each of both windows, of `rate` that over which the slope is fitted.
    per : int
        Of `rate`: the time to which it refers.
    scale : {"unit", "sd"}
        Of `change`: whether it is in the unit, or in robust standard deviations of the window before.
    history, calibration : int
        Of `anomaly`: samples to which each is compared, and scores by which it gets its p-value.
    detector : str or callable
        Of `anomaly`: the name of a detector of series (`algorithms.anomalies.registry.STREAMS`); or what makes an object with
        `score_one(value)` and `learn_one(value)` for each series.
    options : mapping
        Of `anomaly`: those of the detector.
    labels, annotations : mapping of str to str
        What each alert has.
    """

    name: str
    kind: Kind = "threshold"
    series: str = "*"
    tags: Mapping[str, str] = field(default_factory=dict)
    above: float | None = None
    below: float | None = None
    exit_above: float | None = None
    exit_below: float | None = None
    unit: str | None = None
    held: int = 0
    points: int = 1
    keep: int = 0
    absent: int | None = None
    window: int = 0
    per: int = SECOND
    scale: Literal["unit", "sd"] = "unit"
    history: int = 100
    calibration: int = 500
    detector: str | Callable[[], Any] = DETECTOR
    options: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    def takes(self, series: Series) -> bool:
        """Tell whether it watches a series; those of windows that an engine computes, only where it asks for that tag."""
        asked = series.made is None or MADE in self.tags
        return asked and fits(self.series, series.name) and all_fit(self.tags, dict(series.tags))

    @property
    def exact(self) -> bool:
        """Whether it names one series, without any wildcard."""
        return WILD not in self.series and not any(WILD in value for value in self.tags.values())

    def enters(self, value: float) -> bool:
        """Tell whether a value is beyond a threshold."""
        return (self.above is not None and value > self.above) or (self.below is not None and value < self.below)

    def holds(self, value: float) -> bool:
        """Tell whether a value has not come back."""
        high = self.above if self.exit_above is None else self.exit_above
        low = self.below if self.exit_below is None else self.exit_below
        return (high is not None and value > high) or (low is not None and value < low)

    @property
    def condition(self) -> str:
        """What it says, in words."""
        if self.kind == "absence":
            return f"none for {told(self.absent or 0)}"
        sides = [("above", self.above, self.exit_above), ("below", self.below, self.exit_below)]
        if self.kind == "anomaly":
            by = "" if self.detector == DETECTOR else f" by {self.detector}" if isinstance(self.detector, str) else ""
            sides = [(f"p{by} below", self.below, self.exit_below)]
        parts = [f"{name} {x:.6g}" + ("" if back is None else f", until {back:.6g}") for name, x, back in sides if x is not None]
        more = [f"for {told(self.held)}"] if self.held else []
        more += [f"for {self.points} samples"] if self.points > 1 else []
        what = {
            "rate": f"slope over {told(self.window or 1)} per {told(self.per).removeprefix('1')} ",
            "change": f"mean of {told(self.window or 1)} less that before{', in robust sd,' if self.scale == 'sd' else ''} ",
        }.get(self.kind, "")
        return what + ", ".join([" or ".join(parts), *more])

    def unit_of(self, series: Series) -> str:
        """Give the unit of what is compared."""
        if self.kind == "anomaly" or (self.kind == "change" and self.scale == "sd"):
            return "1"
        if self.kind == "rate":
            return f"{series.unit}/{told(self.per).removeprefix('1')}"
        return series.unit

    def fitting(self, series: Series) -> None:
        """Refuse a series in another unit than that of the rule.

        Raises
        ------
        SeriesError
            Says both units.
        """
        if self.unit is not None and self.unit != series.unit:
            said = f"the rule {self.name!r} is in {self.unit!r}, and {series} in {series.unit!r}"
            raise SeriesError(said, f"thresholds in {series.unit!r}, or tags that leave this series out")


@dataclass(frozen=True, slots=True)
class Inhibition:
    """An alert that fires mutes others.

    Parameters
    ----------
    source, target : mapping of str to str
        Labels of those that mute, and of those that are muted; * for any letters.
    equal : tuple of str
        Labels that both have alike.
    """

    source: Mapping[str, str]
    target: Mapping[str, str]
    equal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts of which nobody is told for a while.

    Parameters
    ----------
    matchers : mapping of str to str
        Their labels; * for any letters.
    end : int
        When it is over: microseconds since 1970-01-01 UTC.
    start : int, optional
        When it begins.
    comment : str
    """

    matchers: Mapping[str, str]
    end: int
    start: int | None = None
    comment: str = ""

    def mutes(self, labels: Mapping[str, str], time: int) -> bool:
        """Tell whether it mutes an alert at a time."""
        return (self.start is None or self.start <= time) and time < self.end and all_fit(self.matchers, labels)


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules, and how alerts are told; durations are microseconds.

    Parameters
    ----------
    rules : tuple of Rule
    inhibitions : tuple of Inhibition
    silences : tuple of Silence
    group_by : tuple of str
        Labels: alerts with the same are told of together.
    repeat : int, optional
        After how long what lasts is told again; never, if not said.
    lateness : int
        How far behind the latest sample others may come.
    deliver : tuple of mapping
        Tables of channels, as `channels.channel_of` takes them; each is told of alerts with the labels of its `match`, or of all.
    tries, wait : int
        How often each notification is sent at most, and how long after the first try comes the second.
    outbox : pathlib.Path, optional
        The file with what channels were told; one in the folder of the store, if not said.

    Examples
    --------
    >>> rules = Rules.of({"rule": [{"name": "hot", "series": "oven.heat", "above": 90, "exit": 80, "for": "30s"}]})
    >>> rules.rules[0].exit_above, rules.rules[0].held
    (80.0, 30000000)
    """

    rules: tuple[Rule, ...]
    inhibitions: tuple[Inhibition, ...] = ()
    silences: tuple[Silence, ...] = ()
    group_by: tuple[str, ...] = ("alarm",)
    repeat: int | None = None
    lateness: int = 0
    deliver: tuple[Mapping[str, Any], ...] = ()
    tries: int = 5
    wait: int = SECOND
    outbox: Path | None = None

    @staticmethod
    def read(path: str | Path) -> Rules:
        """Read a file of rules, TOML; see `reading.read`."""
        from .reading import read

        return read(path)

    @staticmethod
    def of(given: Mapping[str, Any] | Rules | str | Path) -> Rules:
        """Make rules of what a file of them holds, or of the path of one.

        Raises
        ------
        OptionError, UnknownNameError, TimeError, FileError
            Says the file, the rule and the key.
        """
        from .reading import rules_of

        return rules_of(given)

    def check(self, series: Iterable[Series], *, absent: bool = False) -> dict[str, tuple[Series, ...]]:
        """Give the series that each rule watches, among those that there are.

        Parameters
        ----------
        series : iterable of Series
        absent : bool
            Warn only, where a rule on absence names one series that is not there: that is what it is for.

        Raises
        ------
        UnknownNameError
            If a rule watches none: says which there are.
        SeriesError
            If one is in another unit.
        """
        there = sorted(series)
        found = {}
        for rule in self.rules:
            mine = tuple(each for each in there if rule.takes(each))
            for each in mine:
                rule.fitting(each)
            if not mine:
                error = unknown(rule, there)
                if not absent or rule.kind != "absence" or not rule.exact:
                    raise error
                warn(f"{error.message}; it fires, as none ever came", error.hint or "or that is what it is for")
            found[rule.name] = mine
        return found

    @property
    def channels(self) -> list[str]:
        """What the channels are known by: webhook, log, webhook 2."""
        return numbered([table["channel"] for table in self.deliver])

    def told_to(self, rule: Rule, watched: Iterable[Series] = ()) -> list[str]:
        """Name the channels that alerts of a rule go to, with the tags that they must have for that.

        A label that only other rules have is taken for none of its tags, unless one of the series that it watches, where they
        are known, has it.
        """
        from .written import labels_of

        found, mine = [], list(watched)
        theirs = {label for each in self.rules for label in each.labels}.difference(rule.tags)
        for channel, table in zip(self.channels, self.deliver, strict=True):
            match = dict(table.get("match", {}))
            known = {**rule.tags, **rule.labels, "alarm": rule.name, "series": rule.series}
            known = {label: text for label, text in known.items() if WILD not in text}
            may = all(fits(match.pop(label), text) for label, text in known.items() if label in match)
            if mine:
                met = [all_fit(table.get("match", {}), labels_of(rule, each)) for each in mine]
                may, match = any(met), {} if all(met) else match
            if may and (mine or theirs.isdisjoint(match)):
                found.append(channel + (" if " + ", ".join(f"{key}={text}" for key, text in match.items()) if match else ""))
        return found

    def named(self, name: str) -> Rule:
        """Give the rule of a name."""
        for rule in self.rules:
            if rule.name == name:
                return rule
        raise UnknownNameError.among("rule", name, [rule.name for rule in self.rules])


def unknown(rule: Rule, there: list[Series]) -> InputError:
    """Say why a rule watches no series: none has the name, or none of those the tags."""
    named = [each for each in there if fits(rule.series, each.name)]
    if not named:
        error = UnknownNameError.among("series", rule.series, {each.name for each in there})
        return UnknownNameError(f"the rule {rule.name!r}: {error.message}", error.hint)
    known = f"there are {', '.join(map(str, named[:5]))}"
    if MADE not in rule.tags and all(each.made is not None for each in named):
        said = f"the rule {rule.name!r}: {rule.series!r} are windows that an engine computes; {known}"
        return SeriesError(said, f'tags = {{{MADE} = "{named[0].made}"}}')
    tags = ", ".join(f"{key}={value}" for key, value in rule.tags.items())
    return SeriesError(f"the rule {rule.name!r}: no series {rule.series!r} has the tags {tags}", known)
