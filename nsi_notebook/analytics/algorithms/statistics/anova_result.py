"""What an analysis of variance gives, in words: the table of its methods, and the result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from .family import Tests, stacked
from .posthoc import Pair
from .result import Check, Estimate, Group, TestResult
from .samples import Question
from .words import at_first, digits, interval, located, number, p_said, statistic_said, with_unit

if TYPE_CHECKING:
    import pandas as pd

PAIRED = ("repeated", "friedman")
RANKS = ("kruskal", "friedman")


@dataclass(frozen=True, slots=True)
class Kind:
    """How groups are compared.

    Parameters
    ----------
    test, what, name : str
        Of the test; what is compared; of its statistic.
    method, source : str
        How, and who says so.
    pair, pair_name, adjustment, pair_method, pair_source : str
        The same of pairs.
    measured, middle, said, more, difference : str
        What stands for a measure, {}; what the ends of groups are; of a pair, what is compared of a measure, how one is that has
        more of it, and the estimate.
    """

    test: str
    what: str
    name: str
    method: str
    source: str
    pair: str
    pair_name: str
    adjustment: str
    pair_method: str
    pair_source: str
    measured: str = "{}"
    middle: str = ""
    said: str = "{}"
    more: str = "higher"
    difference: str = "difference of means"


NONCENTRAL = "its interval from noncentral F"
KINDS = {
    "welch": Kind(
        "Welch's analysis of variance", "means", "F", f"Welch's F, which takes no variances as equal; {NONCENTRAL}",
        "Welch 1951, Biometrika 38:330; Steiger 2004, Psychol Methods 9:164",
        "Games-Howell test", "t", "studentized range", "Welch's t of each pair, judged by the studentized range",
        "Games & Howell 1976, J Educ Stat 1:113",
    ),
    "classical": Kind(
        "analysis of variance", "means", "F", f"F with one variance for all groups; {NONCENTRAL}",
        "Fisher 1925; Steiger 2004, Psychol Methods 9:164",
        "Tukey's test", "t", "studentized range", "t with the variance of all groups, judged by the studentized range",
        "Tukey 1949, Biometrics 5:99; Kramer 1956, Biometrics 12:307",
    ),
    "levene": Kind(
        "Brown-Forsythe test", "spreads", "F", f"F of the distances of values from the median of their group; {NONCENTRAL}",
        "Brown & Forsythe 1974, J Am Stat Assoc 69:364; Steiger 2004, Psychol Methods 9:164",
        "Tukey's test", "t", "studentized range", "t with the variance of all distances, judged by the studentized range",
        "Tukey 1949, Biometrics 5:99; Kramer 1956, Biometrics 12:307",
        measured="distance of {} from the median of its group", middle="a mean distance of ",
        said="the spread of {}", more="larger", difference="difference of mean distances",
    ),
    "kruskal": Kind(
        "Kruskal-Wallis test", "ranks", "H", "H with chi-squared, ties counted; the interval from noncentral F of ranks",
        "Kruskal & Wallis 1952, JASA 47:583; Tomczak & Tomczak 2014, Trends Sport Sci 1:19; Conover & Iman 1981, Am Stat 35:124",
        "Dunn's test", "z", "holm", "mean ranks among all values, ties counted, with Holm's adjustment",
        "Dunn 1964, Technometrics 6:241; Holm 1979, Scand J Stat 6:65",
        difference="difference of mean ranks", middle="a median of ",
    ),
    "repeated": Kind(
        "analysis of variance of repeated measures", "means", "F",
        f"F with degrees of freedom corrected by Greenhouse and Geisser's epsilon; {NONCENTRAL}",
        "Greenhouse & Geisser 1959, Psychometrika 24:95; Muller & Barton 1989, JASA 84:549; Steiger 2004, Psychol Methods 9:164",
        "paired t test", "t", "holm", "t of the differences in each subject, with Holm's adjustment and Bonferroni's intervals",
        "Maxwell 1980, J Educ Stat 5:269; Holm 1979, Scand J Stat 6:65",
        difference="mean difference",
    ),
    "friedman": Kind(
        "Friedman test", "ranks", "Q",
        "Q with chi-squared, ties counted; the interval from noncentral F of ranks, and a jackknife",
        "Friedman 1937, JASA 32:675; Conover & Iman 1981, Am Stat 35:124",
        "Nemenyi's test", "z", "holm", "mean ranks within subjects, ties counted, with Holm's adjustment",
        "Hollander, Wolfe & Chicken 2014, section 7.3; Holm 1979, Scand J Stat 6:65",
        difference="difference of mean ranks", middle="a median of ",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Anova(TestResult):
    """What an analysis of variance gives: a `TestResult`, and the tests of all pairs of groups.

    Parameters
    ----------
    pairs : tuple of TestResult
        Each p adjusted for how many they are, each interval good for all at once; none where they were not asked for.
    """

    figure: ClassVar[str] = "anova"

    pairs: tuple[TestResult, ...] = ()

    def __repr__(self) -> str:
        """Say what was found."""
        return f"Anova({self.sentence})"

    def pair_table(self) -> pd.DataFrame:
        """Give a row for each pair of groups."""
        found = Tests(self.pairs).table()
        for place, name in enumerate(("one", "other")):
            found.insert(place, name, [pair.groups[place].name for pair in self.pairs])
        return found

    def rows(self) -> pd.DataFrame:
        """Give the row of the test, which is `table`, and below it those of the pairs, which are `pair_table`."""
        alone = self.table()
        if not self.pairs:
            return alone
        pairs = self.pair_table()
        whole = stacked([alone, pairs])
        order = [*alone.columns[: alone.columns.get_loc("measure")], "measure", "test", *pairs.columns]
        after = {"df": ["df", "df2"]} if "df2" in whole else {}
        names = dict.fromkeys(name for given in order for name in after.get(given, [given]))
        return whole[list(names)]


def made(
    question: Question,
    groups: tuple[Group, ...],
    way: str,
    statistic: float,
    df: tuple[float, ...],
    p: float,
    size: Estimate,
    checks: list[Check],
    tested: list[Pair],
    ci: float,
) -> Anova:
    """Put what was found into words."""
    how = KINDS[way]
    named = _method(question, how.method, way, df)
    each = tuple(_pair(question, groups, way, one, len(tested), ci) for one in tested)
    found = Anova(
        test=how.test, measure=how.measured.format(question.title), variable=question.variable, unit=question.unit,
        groups=groups, estimate=None, effect=size, statistic=statistic, statistic_name=how.name, df=df, p=p,
        checks=tuple(checks), method=named, source=how.source, finding="", places=question.places, pairs=each,
        matched=groups[0].n if way in PAIRED else None,
    )  # fmt: skip
    return replace(found, finding=_sentence(question, found, way))


def _method(question: Question, method: str, way: str, df: tuple[float, ...]) -> str:
    if way == "repeated" and df[0] == round(df[0]):
        method = method.replace("degrees of freedom corrected by Greenhouse and Geisser's epsilon", "plain degrees of freedom")
    return f"{method}; each group counts as its effective number of values" if question.clock else method


def _sentence(question: Question, found: Anova, way: str) -> str:
    """Say whether the groups differ, and by how much at most."""
    kind = "conditions" if way in PAIRED else "groups"
    said = f"{statistic_said(found.statistic_name, found.statistic, found.df)}, {p_said(found.p)}"
    where = located(question.places)
    what = f"The {KINDS[way].what} of {question.title}" + (f" ({where})" if where else "")
    size = f"; {found.effect.name} = {interval(found.effect)}" if found.effect else ""
    if not found.shown:
        return f"{what} are not shown to differ between {len(found.groups)} {kind} ({said}){size}."
    at = [(group.median if way in RANKS else group.mean, group) for group in found.groups]
    low, high = min(at, key=lambda one: one[0]), max(at, key=lambda one: one[0])
    wide = high[1].std
    ends = [
        f"{KINDS[way].middle}{with_unit(number(value, digits(0, wide, value)), found.unit)} in {group.name}"
        for value, group in (low, high)
    ]
    return f"{what} differ between {len(found.groups)} {kind} ({said}): from {ends[0]} to {ends[1]}{size}."


def _pair(question: Question, groups: tuple[Group, ...], way: str, one: Pair, family: int, ci: float) -> TestResult:
    how, both = KINDS[way], (groups[one.one], groups[one.other])
    unit = "1" if way in RANKS else question.unit
    estimate = Estimate(how.difference, one.difference, one.lower, one.upper, unit, ci)
    df = () if one.df is None else (one.df,)
    what, said = at_first(how.said.format(question.title)), f"{statistic_said(how.pair_name, one.statistic, df)}, {p_said(one.p)}"
    if one.adjusted <= 1 - ci + 1e-12:
        high, low = both if one.difference > 0 else both[::-1]
        by = interval(estimate, 1.0 if one.difference > 0 else -1.0) + (" ranks" if way in RANKS else "")
        finding = f"{what} is {how.more} in {high.name} than in {low.name}, by {by}; {said}."
    else:
        finding = f"{what} is not shown to differ between {both[0].name} and {both[1].name} ({said})."
    return TestResult(
        test=how.pair, measure=how.measured.format(question.title), variable=question.variable, unit=question.unit,
        groups=both, estimate=estimate, effect=one.effect, statistic=one.statistic, statistic_name=how.pair_name, df=df, p=one.p,
        adjusted=one.adjusted, family=family, adjustment=how.adjustment, method=how.pair_method, source=how.pair_source,
        finding=finding, places=question.places, matched=groups[0].n if way in PAIRED else None,
    )  # fmt: skip


__all__ = ["KINDS", "PAIRED", "RANKS", "Anova", "made"]
