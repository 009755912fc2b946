"""Tests of two means that ask less of the values: without the ends, and by exchanging the labels."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ....errors import SeriesError
from . import checks
from .effects import cohen, hedges, noncentral, tails
from .means import Wanted, compared, counted, differences, made, two, varied
from .result import Check, Estimate, TestResult
from .samples import Floats, Question
from .words import several, statistic_said


def yuen(question: Question, wanted: Wanted) -> TestResult:
    """Yuen's t of two trimmed means."""
    from scipy import stats

    samples = varied(question, 4)
    one, other = (s.value for s in samples)
    kept = [len(v) - 2 * int(wanted.trim * len(v)) for v in (one, other)]
    if min(kept) < 2:
        raise SeriesError(f"after trimming {wanted.trim:g} at each end {several(kept)} values are left", "a smaller trim=")
    winsorised = [_winsorised(v, wanted.trim) for v in (one, other)]
    if not max(winsorised) > 0:
        raise SeriesError(f"what is left after trimming {wanted.trim:g} at each end is all the same", "a smaller trim=")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a sample that does not vary, which a check tells
        found = stats.ttest_ind(one, other, equal_var=False, trim=wanted.trim, alternative=wanted.alternative)
    bounds = found.confidence_interval(wanted.level)
    difference = float(stats.trim_mean(one, wanted.trim) - stats.trim_mean(other, wanted.trim))
    t, df, p = float(found.statistic), float(found.df), float(found.pvalue)
    estimate = Estimate(
        "difference of trimmed means", difference, float(bounds.low), float(bounds.high), question.unit, wanted.level
    )
    # in standard deviations of normal values with that winsorised variance
    z = float(stats.norm.isf(wanted.trim)) if wanted.trim else 0.0
    scale = math.sqrt(1 - 2 * wanted.trim + 2 * (wanted.trim * z * z - z * float(stats.norm.pdf(z)))) if wanted.trim else 1.0
    unit = math.sqrt(sum(winsorised) / 2) / scale
    error = math.sqrt(sum((len(v) - 1) * w / h / (h - 1) for v, w, h in zip((one, other), winsorised, kept, strict=True)))
    ends = noncentral(t, df, wanted.level, wanted.alternative)
    effect = Estimate("robust d", difference / unit, ends[0] * error / unit, ends[1] * error / unit, level=wanted.level)
    return made(
        question, wanted, test="Yuen's t test", estimate=estimate, effect=effect, statistic=t, statistic_name="t", df=(df,), p=p,
        finding=compared(question, "trimmed mean", estimate, statistic_said("Yuen t", t, [df]), p, wanted),
        checks=(checks.enough(samples), checks.independent(samples), checks.moving(samples, question.unit)),
        method=f"Student's t of means without {100 * wanted.trim:g} % at each end",
        source="Yuen 1974, Biometrika 61:165; scipy.stats.ttest_ind",
    )  # fmt: skip


def permuted(question: Question, wanted: Wanted) -> TestResult:
    """Welch's t by its distribution over exchanges of the labels."""
    from scipy import stats

    samples = varied(question)
    one, other = (s.value for s in samples)
    difference, error, _, variances, n = two(samples)

    def statistic(x: Floats, y: Floats, axis: int = -1) -> Any:
        off = x.mean(axis=axis) - y.mean(axis=axis)
        wide = np.sqrt(x.var(axis=axis, ddof=1) / x.shape[axis] + y.var(axis=axis, ddof=1) / y.shape[axis])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(off == 0, 0.0, off / wide)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = stats.permutation_test(
            (one, other), statistic, vectorized=True, n_resamples=wanted.resamples, alternative=wanted.alternative,
            rng=np.random.default_rng(wanted.seed),
        )  # fmt: skip
    lower, upper, number, can = _of_exchanges(found.null_distribution, difference, error, wanted)
    estimate = Estimate("difference of means", difference, lower, upper, question.unit, wanted.level)
    t, p = float(found.statistic), float(found.pvalue)
    told = f"permutation test, t = {t:.3g}, {number} permutations"
    return made(
        question, wanted, test="permutation test", estimate=estimate,
        effect=hedges(difference, variances, n, wanted.level, wanted.alternative),
        statistic=t, statistic_name="t", df=(), p=p, finding=compared(question, "mean", estimate, told, p, wanted),
        checks=(can, checks.independent(samples)), method=f"Welch's t of {number} permutations of the labels",
        source="Janssen 1997, Stat Probab Lett 36:9; scipy.stats.permutation_test",
    )  # fmt: skip


def flipped(question: Question, wanted: Wanted) -> TestResult:
    """Student's t of the differences of pairs by its distribution over exchanges within pairs, which flip their signs."""
    from scipy import stats

    alone = differences(question, wanted.conservative)
    (one,) = varied(alone)
    value = one.value
    n, mean, std = len(value), float(value.mean()), float(value.std(ddof=1))
    error = std / math.sqrt(n)

    def statistic(x: Floats, axis: int = -1) -> Any:
        off, wide = x.mean(axis=axis), x.std(axis=axis, ddof=1) / math.sqrt(n)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(off == 0, 0.0, off / wide)

    found = stats.permutation_test(
        (value,), statistic, permutation_type="samples", vectorized=True, n_resamples=wanted.resamples,
        alternative=wanted.alternative, rng=np.random.default_rng(wanted.seed),
    )  # fmt: skip
    lower, upper, number, can = _of_exchanges(found.null_distribution, mean, error, wanted)
    estimate = Estimate("mean difference", mean, lower, upper, question.unit, wanted.level)
    t, p = float(found.statistic), float(found.pvalue)
    told = f"permutation test of pairs, t = {t:.3g}, {number} exchanges"
    finding = compared(question, "mean", estimate, told, p, wanted).replace(counted(question), f"{counted(alone)} pairs")
    return made(
        question, wanted, test="permutation test of pairs", estimate=estimate,
        effect=cohen(mean, std, n, wanted.level, wanted.alternative, "Cohen d_z"), statistic=t, statistic_name="t", df=(), p=p,
        finding=finding, checks=(can, checks.independent((one,))), matched=n,
        method=f"Student's t of {number} exchanges within pairs",
        source="Fisher 1935, The Design of Experiments, section 21; scipy.stats.permutation_test",
    )  # fmt: skip


def _of_exchanges(found: Floats, difference: float, error: float, wanted: Wanted) -> tuple[float, float, int, Check]:
    """Give the bounds that the exchanges do not refuse, how many of these there are, and whether they are enough."""
    spread_out = np.sort(found)
    number = len(spread_out)
    below, above = tails(wanted.level, wanted.alternative)
    least = (2 if wanted.alternative == "two-sided" else 1) / number
    can = Check("enough permutations", f"{number} permutations: the least p is {min(least, 1):.2g}", least <= 1 - wanted.level)
    return (
        difference - error * _end(spread_out[::-1], below),
        difference - error * _end(spread_out, above),
        number,
        can,
    )


def _end(falling: Floats, tail: float) -> float:
    """Give the value of the distribution with no more than a tail beyond, from its far end; infinite where there is none."""
    beyond = int(tail * len(falling) * (1 + 1e-12))
    sign = 1.0 if falling[0] >= falling[-1] else -1.0
    return float(falling[beyond - 1]) if beyond and np.isfinite(falling[beyond - 1]) else sign * math.inf


def _winsorised(value: Floats, trim: float) -> float:
    kept, cut = np.sort(value), int(trim * len(value))
    return float(np.clip(kept, kept[cut], kept[len(kept) - cut - 1]).var(ddof=1))
