"""Tests by ranks: of two samples, of pairs, and of one sample."""

from __future__ import annotations

import math

import numpy as np

from ....errors import SeriesError
from . import checks
from .effects import rank_biserial, superiority
from .hodges_lehmann import middle, shift
from .means import Wanted, compared, counted, flat, made, subject, varied
from .result import Check, Estimate, TestResult
from .samples import Question
from .words import interval, many, p_said, statistic_said, with_unit


def mann_whitney(question: Question, wanted: Wanted) -> TestResult:
    """Mann and Whitney's U of two samples."""
    from scipy import stats

    samples = varied(question, by_ranks=True)
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
        checks=(
            checks.enough(samples), checks.independent(samples), checks.alike_spread(samples), _ties(np.r_[one, other]),
            *(() if (vary := checks.moving(samples, question.unit)).met else (vary,)),
        ),
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
        what = many(len(off), "difference") if pairs else f"{many(len(off), 'value')} other than {wanted.popmean:g}"
        raise SeriesError(f"{what}, too few to rank", "at least 2, better 6")
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
    alike = f"all {len(off)} {'differences' if pairs else 'values'} are {off[0] + wanted.popmean:g}"
    fixed = (Check("values that vary", alike, False),) if flat(off) else ()
    few = Check("enough values", f"{len(off)} differences: the least p is {2.0 ** (1 - len(off)):.2g}", len(off) >= 6)
    return made(
        question, wanted, test="Wilcoxon signed-rank test", estimate=estimate, effect=effect, statistic=w,
        statistic_name="W", df=(), p=p, null=wanted.popmean, finding=sentence, checks=(few, left_out, _symmetric(off), *fixed),
        matched=zeros + len(off) if pairs else None,
        method="signed ranks; median of all means of two, with the interval that the test does not refuse",
        source="Wilcoxon 1945, Biom Bull 1:80; scipy.stats.wilcoxon",
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
