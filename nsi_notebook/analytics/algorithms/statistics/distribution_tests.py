"""Tests of how values are spread, not of where: whether two spreads differ, and whether values are normal."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace

from ....errors import SeriesError
from . import checks
from .effects import deviations, l_shape, tails
from .means import Wanted, counted, made, subject, varied
from .result import Check, Estimate, TestResult
from .samples import Question
from .words import interval, p_said, statistic_said

NORMAL = 30 / math.pi * math.atan(math.sqrt(2)) - 9  # L-kurtosis of normal values


def levene(question: Question, wanted: Wanted) -> TestResult:
    """Brown and Forsythe's test of two spreads, with Bonett's interval of their ratio (2006, Comput Stat Data Anal 50:775)."""
    from scipy import stats

    samples = varied(question, 3, by_ranks=True)
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
        question, wanted, test="Brown-Forsythe test", estimate=estimate, statistic=statistic, statistic_name="F",
        effect=deviations(values[0], values[1], wanted.level), df=(1.0, float(sum(n) - 2)), p=p, null=1.0,
        finding=f"{what} ({told}){shown}.",
        checks=(checks.enough(samples), checks.independent(samples), checks.outliers(samples, question.unit)),
        method="Levene's test about medians; ratio with Bonett's interval, of mean deviations with Bonett and Seier's",
        source="Brown & Forsythe 1974, J Am Stat Assoc 69:364; scipy.stats.levene",
    )  # fmt: skip


def normality(question: Question, wanted: Wanted) -> TestResult:
    """Shapiro and Wilk's test of whether values are normal, or above 5,000 D'Agostino and Pearson's; how far they are from it."""
    samples = varied(question, 3)
    value = samples[0].value
    n = len(value)
    name, statistic, p = checks.normality(value)
    skewness, kurtosis = l_shape(value, wanted.level) if n >= checks.FEW else (None, None)
    shown = "is not normal" if p <= 1 - wanted.level else "is not shown to be other than normal"
    far = ""
    if skewness is not None and kurtosis is not None:
        far = f"; L-skewness {interval(skewness)}, L-kurtosis {interval(kurtosis)}: of normal values 0 and {NORMAL:.3f}"
    known = Check("enough values", f"n = {n}" + ("" if n >= 20 else ": few values look normal whatever they are"), n >= 20)
    return made(
        question, replace(wanted, alternative="two-sided"), test=f"{name.rpartition(' ')[0]} test", estimate=skewness,
        effect=kurtosis, statistic=statistic, statistic_name=name.rpartition(" ")[2], df=(), p=p,
        finding=f"{subject(question, '')} {shown} ({name} = {statistic:.3g}, {p_said(p)}; {counted(question)}){far}.",
        checks=(known, checks.independent(samples)), method=f"{name}; ratios of L-moments with jackknife intervals",
        source="Hosking 1990, J R Stat Soc B 52:105; scipy.stats.shapiro, scipy.stats.normaltest",
    )  # fmt: skip
