"""Tests of means: of one sample, of pairs, of two samples whose variances may differ, and for equivalence."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ....errors import SeriesError
from ...core.shown import worth_said
from ..effective import refuse_one
from . import checks
from .effects import Alternative, cohen, hedges, tails
from .result import Check, Estimate, TestResult
from .samples import Floats, Question, Sample, sample
from .words import at_first, interval, located, many, p_said, several, statistic_said, with_unit

ROUNDED = 4 * float(np.finfo(float).eps)  # of the largest, by which values that are the same may differ
STUDENT, BY_N_EFF = "Student's t", "Student's t with the effective numbers of values by an autoregressive model"
SERIES_SOURCE = "docs/analysis.md, and Berk 1974, Ann Stat 2:489"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options of a test: see `test`."""

    level: float = 0.95
    alternative: Alternative = "two-sided"
    popmean: float = 0.0
    margin: tuple[float, float] | None = None
    trim: float = 0.2
    conservative: bool = False
    resamples: int = 9999
    seed: int = 0
    within: bool = False


def varied(question: Question, least: int = 2, *, by_ranks: bool = False) -> tuple[Sample, ...]:
    """Give the samples if they are long enough and not all of them constant, or by ranks not all of them the same.

    Raises
    ------
    SeriesError
        Says what they are.
    """
    for one in question.samples:
        n = len(one.value)
        need = max(least, 4) if question.clock else least
        if n < need:
            gone = f" ({one.missing} missing)" if one.missing else ""
            raise SeriesError(f"{one.name} has {many(n, 'value')}{gone}, too few to test", f"at least {need}")
    if not all(flat(one.value) for one in question.samples):
        refuse_walks(question)
        return question.samples
    called, first = several(one.name for one in question.samples), question.samples[0].value[0]
    if not flat(np.concatenate([one.value for one in question.samples])):
        if by_ranks:
            return question.samples
        told = several(f"{one.value[0]:g} in {one.name}" for one in question.samples)
        hint = "is the sensor frozen?" if question.clock else "kind='mann-whitney', by ranks"
        raise SeriesError(f"each sample is constant, {told}: there is no noise to compare with", hint)
    raise SeriesError(
        f"all values of {called} are the same" + (f", {first:g}" if len(question.samples) == 1 else ""),
        "is the sensor frozen? Without variation nothing can be tested",
    )


def refuse_walks(question: Question) -> None:
    """Refuse series along time that are worth about one value; a constant one is as sure as it looks."""
    for one in question.samples:
        if question.clock and not flat(one.value):
            name = one.name if len(question.samples) > 1 else "the series"  # as it has no name beside that of the measure
            refuse_one(name, len(one.value), one.effective, question.dim)


def flat(value: Floats) -> bool:
    """Tell whether values are the same up to rounding."""
    return bool(np.ptp(value) <= ROUNDED * np.abs(value).max())


def counted(question: Question) -> str:
    """Say how many values there are of each sample, and what they are worth."""
    n = several(len(one.value) for one in question.samples)
    if not question.clock:
        return f"n = {n}"
    return f"n = {n} that follow one another, worth {several(worth_said(one.effective) for one in question.samples)}"


def subject(question: Question, what: str) -> str:
    """Give the subject of a sentence: what, of which measure, where."""
    where = located(question.places)
    what = "" if what == "mean" and question.title.startswith("mean ") else what
    return at_first(f"{what} {question.title}".strip()) + (f" ({where})" if where else "")


def compared(question: Question, what: str, estimate: Estimate, told: str, p: float, wanted: Wanted, more: str = "") -> str:
    """Say how much higher one sample is than the other."""
    one, other = (s.name for s in question.samples)
    sign = -1.0 if estimate.value < 0 else 1.0
    shown = "" if p <= 1 - wanted.level + 1e-12 else ": no difference is shown"
    way = "lower" if sign < 0 else "higher"
    by = f"({told}, {p_said(p)}; {counted(question)})"
    return f"{subject(question, what)} is {interval(estimate, sign)} {way} in {one} than in {other} {by}{shown}{more}."


def made(question: Question, wanted: Wanted, **fields: Any) -> TestResult:
    """Give a result, with what the question says of it."""
    told = {"alternative": wanted.alternative, "alpha": 1 - wanted.level, "groups": question.groups}
    here = {"measure": question.title, "variable": question.variable, "unit": question.unit, "places": question.places}
    result = TestResult(**(told | here | fields))
    return replace(result, checks=question.checks() + result.checks)


def spread(one: Sample) -> tuple[float, float]:
    """Give the variance of the values and their effective number; the plain variance of values that are alike is too small."""
    n = max(one.effective, 1 + 1e-9)
    value = one.value
    variance = float(value.var(ddof=1))
    return (variance if n == len(value) else float(value.var()) * n / (n - 1)), n


def assumed(question: Question, samples: tuple[Sample, ...]) -> tuple[Check, ...]:
    """Check what tests of means assume."""
    found = [checks.enough(samples), checks.normal(samples), checks.outliers(samples, question.unit)]
    if not question.clock:
        found.insert(1, checks.independent(samples))
    if not (vary := checks.moving(samples, question.unit)).met:
        found.append(vary)
    return tuple(found)


def one_sample(question: Question, wanted: Wanted) -> TestResult:
    """Student's t of the mean of one sample, or of the differences of pairs."""
    pairs = len(question.samples) == 2
    alone = differences(question, wanted.conservative) if pairs else question
    (one,) = varied(alone)
    variance, n = spread(one)
    mean, std = float(one.value.mean()), math.sqrt(variance)
    error, off = std / math.sqrt(n), mean - wanted.popmean
    t, df = off / error, n - 1
    p = _p(t, df, wanted.alternative)
    name = "mean difference" if pairs else "mean"
    estimate = Estimate(name, mean, *_student(mean, error, df, wanted), question.unit, wanted.level)
    effect = cohen(off, std, n, wanted.level, wanted.alternative, "Cohen d_z" if pairs else "Cohen d")
    title = "paired t test" if pairs else "one-sample t test"
    told = statistic_said("paired t" if pairs else "t", t, [df])
    if pairs:
        sentence = compared(question, "mean", estimate, told, p, wanted).replace(counted(question), f"{counted(alone)} pairs")
    else:
        at = with_unit(f"{wanted.popmean:g}", question.unit)
        way = f"{'above' if off > 0 else 'below'} {at}" if p <= 1 - wanted.level else f"not shown to differ from {at}"
        sentence = f"{subject(question, 'mean')} is {interval(estimate)}, {way} ({told}, {p_said(p)}; {counted(question)})."
    groups = question.groups
    if pairs and question.clock:
        groups = tuple(replace(group, effective=one.effective) for group in groups)
    return made(
        replace(question, samples=alone.samples) if pairs else question, wanted, test=title, groups=groups, estimate=estimate,
        effect=effect, statistic=t, statistic_name="t", df=(df,), p=p, null=wanted.popmean, finding=sentence,
        checks=assumed(question, (one,)), matched=len(one.value) if pairs else None,
        method=BY_N_EFF if question.clock else STUDENT,
        source=SERIES_SOURCE if question.clock else "Student 1908, Biometrika 6:1; scipy.stats.ttest_1samp",
    )  # fmt: skip


def welch(question: Question, wanted: Wanted) -> TestResult:
    """Welch's t of two means."""
    samples = varied(question)
    difference, error, df, variances, n = two(samples)
    t = difference / error
    p = _p(t, df, wanted.alternative)
    estimate = Estimate("difference of means", difference, *_student(difference, error, df, wanted), question.unit, wanted.level)
    effect = hedges(difference, variances, n, wanted.level, wanted.alternative)
    return made(
        question, wanted, test="Welch's t test", estimate=estimate, effect=effect, statistic=t, statistic_name="t", df=(df,), p=p,
        finding=compared(question, "mean", estimate, statistic_said("Welch t", t, [df]), p, wanted),
        checks=assumed(question, samples), method=BY_N_EFF if question.clock else STUDENT,
        source=SERIES_SOURCE if question.clock else "Welch 1947, Biometrika 34:28; scipy.stats.ttest_ind",
    )  # fmt: skip


def tost(question: Question, wanted: Wanted) -> TestResult:
    """Two one-sided tests of whether a difference of means, or of a mean from a number, lies between two margins."""
    from scipy.stats import t as student

    alone = differences(question, wanted.conservative) if wanted.within else question
    samples = varied(alone)
    low, high = wanted.margin or (0.0, 0.0)
    level = 2 * wanted.level - 1
    if len(samples) == 1:
        variance, n = spread(samples[0])
        mean = float(samples[0].value.mean())
        effect: Estimate | None
        centre, difference, error, df = wanted.popmean, mean - wanted.popmean, math.sqrt(variance / n), n - 1
        effect = cohen(difference, math.sqrt(variance), n, level, "two-sided", "Cohen d_z" if wanted.within else "Cohen d")
        name, which = "mean", f"differs from {with_unit(f'{wanted.popmean:g}', question.unit)}"
        if wanted.within:
            name, which = "mean difference", f"differs between {several(s.name for s in question.samples)}"
    else:
        difference, error, df, variances, several_n = two(samples)
        centre = 0.0
        effect = hedges(difference, variances, several_n, level)
        name, which = "difference of means", f"differs between {several(s.name for s in samples)}"
    above, below = (difference - low) / error, (difference - high) / error
    p = max(float(student.sf(above, df)), float(student.cdf(below, df)))
    t = above if student.sf(above, df) >= student.cdf(below, df) else below
    half = float(student.isf((1 - level) / 2, df)) * error
    value = centre + difference
    estimate = Estimate(name, value, value - half, value + half, question.unit, level)
    bound = f"less than {with_unit(f'{high:g}', question.unit)}"
    if low != -high:
        bound = f"between {low:g} and {with_unit(f'{high:g}', question.unit)}"
    said = which if p <= 1 - wanted.level else f"is not shown to {which.replace('differs', 'differ')}"
    told = f"{name} {interval(estimate)}; TOST {statistic_said('t', t, [df])}, {p_said(p)}; {counted(alone)}"
    told += " pairs" if wanted.within else ""
    return made(
        replace(question, samples=alone.samples) if wanted.within else question, wanted, groups=question.groups,
        matched=len(samples[0].value) if wanted.within else None, test="equivalence (TOST)",
        estimate=estimate, effect=effect, statistic=t, statistic_name="t", df=(df,), p=p, alternative="equivalent", null=centre,
        margin=(centre + low, centre + high),
        finding=f"{subject(question, 'mean')} {said} by {bound} ({told}).",
        checks=assumed(question, samples),
        method=f"two one-sided tests, margins {low:g} to {high:g}; {BY_N_EFF if question.clock else STUDENT}",
        source="Schuirmann 1987, J Pharmacokinet Biopharm 15:657",
    )  # fmt: skip


def differences(question: Question, conservative: bool) -> Question:
    """Give the differences of pairs as one sample; what has no partner is missing.

    Raises
    ------
    SeriesError
        If there are several, and all are the same up to rounding of the values.
    """
    one, other = question.samples
    row = one.row - other.row
    gone = int(np.isnan(row).sum())
    there = row[~np.isnan(row)]
    if len(there) > 1 and np.ptp(there) <= ROUNDED * max(np.nanmax(np.abs(one.row)), np.nanmax(np.abs(other.row))):
        said = f"all {len(there)} differences between {one.name} and {other.name} are {there[0]:g}"
        raise SeriesError(f"{said}: there is no noise to compare with", "is one made of the other?")
    return replace(question, samples=(sample(f"{one.name} - {other.name}", row, gone, one.joined, conservative),))


def two(samples: tuple[Sample, ...]) -> tuple[float, float, float, tuple[float, float], tuple[float, float]]:
    """Give the difference of two means, its standard error and degrees of freedom, and variance and number of each."""
    (v, m), (w, n) = map(spread, samples)
    difference = float(samples[0].value.mean() - samples[1].value.mean())
    a, b = v / m, w / n
    return difference, math.sqrt(a + b), (a + b) ** 2 / (a * a / (m - 1) + b * b / (n - 1)), (v, w), (m, n)


def _p(t: float, df: float, alternative: str) -> float:
    from scipy.stats import t as student

    if alternative == "two-sided":
        return float(2 * student.sf(abs(t), df))
    return float(student.sf(t, df) if alternative == "greater" else student.cdf(t, df))


def _student(value: float, error: float, df: float, wanted: Wanted) -> tuple[float, float]:
    from scipy.stats import t as student

    below, above = (float(student.isf(tail, df)) for tail in tails(wanted.level, wanted.alternative))
    return value - below * error, value + above * error
