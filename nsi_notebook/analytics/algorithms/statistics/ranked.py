"""Tests by ranks, and of what is not the mean: the spread, and whether values are normal."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace

import numpy as np

from ....errors import SeriesError
from . import checks
from .effects import rank_biserial, superiority, tails
from .means import Wanted, compared, counted, made, subject, varied
from .ranks import middle, shift
from .result import Check, Estimate, TestResult
from .samples import Question
from .words import interval, p_said, statistic_said, with_unit


def mann_whitney(question: Question, wanted: Wanted) -> TestResult:
    """Mann and Whitney's U of two samples."""
    from scipy import stats

    samples = varied(question)
    one, other = (s.value for s in samples)
    found = stats.mannwhitneyu(one, other, alternative=wanted.alternative)
    u, p = float(found.statistic), float(found.pvalue)
    moved, lower, upper = shift(one, other, wanted.level, wanted.alternative)
    estimate = Estimate("Hodges-Lehmann shift", moved, lower, upper, question.unit, wanted.level)
    effect = superiority(one, other, wanted.level, wanted.alternative)
    a, b = (s.name for s in samples)
    chance = f"a value of {a} is above one of {b} with a chance of {interval(effect)}"
    told = statistic_said("Mann-Whitney U", u)
    if moved * (effect.value - 0.5) > 0:
        sentence = compared(question, "", estimate, told, p, wanted, f"; {chance}")
    else:  # so many are the same that the median of all differences is 0, or on the other side
        way = f"{'higher' if effect.value > 0.5 else 'lower'} in {a} than in {b}"
        what = f"tends to be {way}" if p <= 1 - wanted.level + 1e-12 else f"is not shown to differ between {a} and {b}"
        half = f"{chance}, half of those that are the same counted"
        sentence = f"{subject(question, '')} {what}: {half} ({told}, {p_said(p)}; {counted(question)})."
    return made(
        question, wanted, test="Mann-Whitney U test", estimate=estimate, effect=effect, statistic=u,
        statistic_name="U", df=(), p=p,
        finding=sentence,
        checks=(checks.enough(samples), checks.independent(samples), checks.alike_spread(samples), _ties(np.r_[one, other])),
        method="U by ranks; median of all differences, with the interval that the test does not refuse",
        source="Mann & Whitney 1947, Ann Math Stat 18:50; scipy.stats.mannwhitneyu",
    )  # fmt: skip


def wilcoxon(question: Question, wanted: Wanted) -> TestResult:
    """Wilcoxon's signed ranks, of one sample or of the differences of pairs."""
    from scipy import stats

    pairs = len(question.samples) == 2
    rows = [s.row for s in question.samples]
    off = rows[0] - (rows[1] if pairs else 0.0) - wanted.popmean
    off = off[~np.isnan(off)]
    zeros, off = int((off == 0).sum()), off[off != 0]
    if len(off) < 2:
        what = "differences" if pairs else f"values that are not {wanted.popmean:g}"
        raise SeriesError(f"there are {len(off)} {what}, too few to rank", "at least 2, better 6")
    if np.ptp(off) <= 4 * np.finfo(float).eps * np.abs(off).max():
        raise SeriesError(f"all {len(off)} differences are {off[0]:g}", "without variation nothing can be tested")
    found = stats.wilcoxon(off, alternative=wanted.alternative)
    w, p = float(found.statistic), float(found.pvalue)
    centre, lower, upper = (end + wanted.popmean for end in middle(off, wanted.level, wanted.alternative))
    name = "Hodges-Lehmann median of differences" if pairs else "Hodges-Lehmann median"
    estimate = Estimate(name, centre, lower, upper, question.unit, wanted.level)
    effect = rank_biserial(off, wanted.level, wanted.alternative)
    told = statistic_said("Wilcoxon W", w)
    if pairs:
        sentence = compared(question, "median difference of", estimate, told, p, wanted)
        sentence = sentence.replace(f"; {counted(question)})", f"; {len(off)} pairs that differ)")
    else:
        at = with_unit(f"{wanted.popmean:g}", question.unit)
        way = f"{'above' if effect.value > 0 else 'below'} {at}" if p <= 1 - wanted.level else f"not shown to differ from {at}"
        sentence = f"{subject(question, 'median of')} is {interval(estimate)}, {way} ({told}, {p_said(p)}; n = {len(off)})."
    left_out = Check("no zeros", f"{zeros} of {zeros + len(off)} differences are 0, and left out", not zeros)
    few = Check("enough values", f"{len(off)} differences: the least p is {2.0 ** (1 - len(off)):.2g}", len(off) >= 6)
    return made(
        question, wanted, test="Wilcoxon signed-rank test", estimate=estimate, effect=effect, statistic=w,
        statistic_name="W", df=(), p=p, null=wanted.popmean, finding=sentence, checks=(few, left_out, _symmetric(off)),
        matched=zeros + len(off) if pairs else None,
        method="signed ranks; median of all means of two, with the interval that the test does not refuse",
        source="Wilcoxon 1945, Biom Bull 1:80; scipy.stats.wilcoxon",
    )  # fmt: skip


def levene(question: Question, wanted: Wanted) -> TestResult:
    """Brown and Forsythe's test of two spreads, with Bonett's interval of their ratio (2006, Comput Stat Data Anal 50:775)."""
    from scipy import stats

    samples = varied(question, 3)
    if not (vary := checks.moving(samples, question.unit)).met:
        raise SeriesError(vary.found.partition(":")[0], "without variation spreads have no ratio")
    values = [s.value for s in samples]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = stats.levene(*values, center="median")
    statistic, p = float(found.statistic), float(found.pvalue)
    n = [len(v) for v in values]
    about = [v - stats.trim_mean(v, min(1 / (2 * math.sqrt(max(len(v) - 4, 1))), 0.45)) for v in values]
    squares = sum(float(((v - v.mean()) ** 2).sum()) for v in values)
    kurtosis = sum(n) * sum(float((a**4).sum()) for a in about) / squares**2
    error = math.sqrt(max(sum((kurtosis - (m - 3) / m) / (m - 1) for m in n), 0.0))
    ratio = math.log(float(values[0].var(ddof=1) / values[1].var(ddof=1)))
    ends = []
    for sign, tail in zip((-1, 1), tails(wanted.level, "two-sided"), strict=True):
        z = float(stats.norm.isf(tail))
        bias = math.log(n[0] / (n[0] - z) / (n[1] / (n[1] - z))) if min(n) > z + 1 else 0.0
        ends.append(math.exp((ratio + bias + sign * z * error) / 2))
    estimate = Estimate("ratio of standard deviations", math.exp(ratio / 2), ends[0], ends[1], "1", wanted.level)
    a, b = (s.name for s in samples)
    shown = "" if p <= 1 - wanted.level else ": no difference is shown"
    what = f"{subject(question, 'standard deviation of')} is {interval(estimate)} times as large in {a} as in {b}"
    told = f"Brown-Forsythe {statistic_said('F', statistic, (1, sum(n) - 2))}, {p_said(p)}; {counted(question)}"
    return made(
        question, wanted, test="Brown-Forsythe test", estimate=estimate, effect=None, statistic=statistic, statistic_name="F",
        df=(1.0, float(sum(n) - 2)), p=p, null=1.0,
        finding=f"{what} ({told}){shown}.",
        checks=(checks.enough(samples), checks.independent(samples), checks.outliers(samples, question.unit)),
        method="Levene's test about medians; ratio with Bonett's interval",
        source="Brown & Forsythe 1974, J Am Stat Assoc 69:364; scipy.stats.levene",
    )  # fmt: skip


def normality(question: Question, wanted: Wanted) -> TestResult:
    """Shapiro and Wilk's test of whether values are normal, or above 5,000 D'Agostino and Pearson's."""
    samples = varied(question, 3)
    name, statistic, p = checks.normality(samples[0].value)
    shown = "is not normal" if p <= 1 - wanted.level else "is not shown to be other than normal"
    n = len(samples[0].value)
    known = Check("enough values", f"n = {n}" + ("" if n >= 20 else ": few values look normal whatever they are"), n >= 20)
    return made(
        question, replace(wanted, alternative="two-sided"), test=f"{name.rpartition(' ')[0]} test", estimate=None, effect=None,
        statistic=statistic, statistic_name=name.rpartition(" ")[2], df=(), p=p,
        finding=f"{subject(question, '')} {shown} ({name} = {statistic:.3g}, {p_said(p)}; {counted(question)}).",
        checks=(known, checks.independent(samples)), method=name, source="scipy.stats.shapiro, scipy.stats.normaltest",
    )  # fmt: skip


def _ties(values: np.ndarray) -> Check:
    same = len(values) - len(np.unique(values))
    return Check("few ties", f"{same} of {len(values)} values are there already", 4 * same <= len(values))


def _symmetric(off: np.ndarray) -> Check:
    """Check whether differences lie alike on both sides of their median: what signed ranks take for granted."""
    away = off - np.median(off)
    n, spread = len(off), float(off.std())
    skew = float((away**3).mean()) / spread**3 if spread else 0.0
    lean = abs(skew) / math.sqrt(6 / n)
    return Check("symmetric differences", f"skewness about the median {skew:.2g}, {lean:.1f} standard errors", lean < 2.58, skew)
