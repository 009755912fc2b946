"""Whether several groups, or conditions in the same subjects, differ: analyses of variance and of ranks."""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import DimsError, OptionError, SeriesError, UnknownNameError
from ....voids.intervals import check_level
from . import assumptions, posthoc
from .anova_inputs import questions_of
from .anova_result import KINDS, PAIRED, RANKS, Anova, made
from .answers import asked
from .checks import independent, normal_residuals, outliers
from .family import ADJUSTMENTS, Tests
from .means import refuse_walks
from .rank_effects import agreement, share_of_groups
from .result import Estimate
from .samples import Question, sample
from .variance import F, f_of, repeated
from .words import many

Floats = npt.NDArray[np.float64]

EFFECTS = ("omega^2", "eta^2")


def anova(
    data: Any,
    by: Any = None,
    dim: str | None = None,
    *,
    values: str | None = None,
    subject: Any = None,
    kind: str | None = None,
    effect: str | None = None,
    corrected: bool = True,
    pairs: bool | None = None,
    level: float = 0.95,
    adjust: str = "holm",
    conservative: bool = False,
    tz: str | tzinfo | None = None,
) -> Anova | Tests:
    """Tell whether several groups differ, how much of the variance they explain, and which of them differ.

    Parameters
    ----------
    data : dict or list of samples, DataArray, Dataset, Series or DataFrame
        NaN is missing, left out and counted. A sample is array-like, a Series or a DataArray. Of a Dataset or a DataFrame each
        variable that is a number is a measure.
    by : str or array-like, optional
        What says which group a value belongs to: a coordinate or column, labels, or a dim of which each place is a group. None:
        each sample that is given is one.
    dim : str, optional
        Along which the values of a group lie; default: that of `by`, the only one, or "time". Others stay, with a test each.
    values : str, optional
        The one column or variable that is the measure.
    subject : str or array-like, optional
        What says which values are of one subject, image or specimen; then `kind` is "repeated".
    kind : {"welch", "classical", "levene", "kruskal", "repeated", "friedman"}
        "welch", the default: means, whatever the variances. "classical": with one variance for all. "kruskal": ranks. "levene":
        spreads, by the means of the distances of values from the median of their group (Brown-Forsythe), and
        `effect` of these; of two, `test(kind="levene")` has the same F and p, and gives the ratio of the standard deviations.
        "repeated": the same subjects in each group; incomplete ones are left out and counted. "friedman": ranks within subjects.
    effect : {"omega^2", "eta^2"}, optional
        The share of the variance that groups explain: corrected for chance, and 0 at least, or not; in repeated measures partial:
        of what is left when the subjects are known. Ranks have H / (n - 1), which is called epsilon^2, and Kendall's W.
    corrected : bool
        Of "repeated": degrees of freedom by Greenhouse and Geisser's epsilon.
    pairs : bool, optional
        Test all pairs: Games-Howell, Tukey, Dunn, paired t with Holm, Nemenyi; default: where there is one place and measure.
    level : float
        Of the intervals.
    adjust : {"holm", "fdr", "none"}
        For how many measures and places there are; see `Tests`.
    conservative, tz
        See `effective_n`. Along a time dim values follow one another, and each group counts as its effective number of values.

    Returns
    -------
    Anova or Tests
        A `TestResult` with `pairs`; of several measures or places one each, p adjusted for all. `estimate` is None: of several
        groups no single difference is estimated, and those of the pairs are; `effect` is the share that groups explain.

    Raises
    ------
    DimsError
        If values are pixels or tiles, or lie along time, where a rank or a subject says nothing.
    SeriesError
        If there is one group, a group has less than two values, all are the same, or a subject has a condition twice.
    OptionError, UnknownNameError
        If an option is out of range, or a name is not there.

    Examples
    --------
    >>> sand, clay, loam = [3.1, 2.8, 3.4, 3.0, 2.9, 3.3], [4.0, 4.4, 3.7, 4.1, 4.6, 3.9], [3.2, 3.9, 3.5, 3.1, 3.6, 3.4]
    >>> found = anova({"sand": sand, "clay": clay, "loam": loam})
    >>> print(found.sentence.partition(": ")[0])
    The means of value differ between 3 groups (F(2, 9.78) = 18.4, p < 0.001)
    >>> print(found.pair_table()[["one", "other", "estimate_value", "p_adjusted"]].round(3).to_string(index=False))
     one other  estimate_value  p_adjusted
    sand  clay          -1.033       0.000
    sand  loam          -0.367       0.085
    clay  loam           0.667       0.010
    """
    way = _chosen(kind, subject, effect, level)
    if adjust not in ADJUSTMENTS:
        raise UnknownNameError.among("adjustment", adjust, ADJUSTMENTS)
    questions = questions_of(
        data, by, dim, values=values, subject=subject, paired=way in PAIRED, conservative=conservative, tz=tz
    )
    each_pair = len(questions) == 1 if pairs is None else pairs
    answer = _paired if way in PAIRED else _between

    def one(question: Question) -> Anova:
        return answer(question, way, effect, corrected, each_pair, level)

    found, refused = asked(questions, one)
    return found[0] if len(questions) == 1 and not questions[0].places else replace(Tests.of(found, adjust), refused=refused)


def _chosen(kind: str | None, subject: Any, effect: str | None, level: float) -> str:
    way = kind if kind is not None else "repeated" if subject is not None else "welch"
    if way not in KINDS:
        raise UnknownNameError.among("kind", way, KINDS)
    if subject is not None and way not in PAIRED:
        raise OptionError(f"kind {way!r} takes values as independent, and subject says which are not", "kind='repeated'")
    if effect is not None and (effect not in EFFECTS or way in RANKS):
        raise OptionError(f"effect is {effect!r} of kind {way!r}", "of means 'omega^2' or 'eta^2'; ranks have one")
    check_level(level, "level")
    return way


def _between(question: Question, way: str, effect: str | None, corrected: bool, pairs: bool, ci: float) -> Anova:
    """Compare groups of different values."""
    if way == "levene":
        question = _distances(question)
    equal = way in ("classical", "levene")
    if question.clock and way in RANKS:
        raise DimsError(
            f"values along {question.dim!r} follow one another, and ranks have no effective number", "kind='welch', which has"
        )
    values = [one.value for one in question.samples]
    _enough(question, values, way)
    refuse_walks(question)
    n = [max(one.effective, 1 + 1e-9) for one in question.samples]
    checks = [*question.checks(), *assumptions.sizes(question, equal), outliers(question.samples, question.unit)]
    if not question.clock:
        checks.append(independent(question.samples))
    if way == "kruskal":
        from scipy.stats import kruskal

        h, p = kruskal(*values)
        k = len(values)
        share, low, high = share_of_groups(float(h), k, sum(map(len, values)), ci)
        size = Estimate("epsilon^2", share, low, high, level=ci)
        tested = posthoc.dunn(values, ci) if pairs else []
        return made(question, question.groups, way, float(h), (k - 1.0,), float(p), size, checks, tested, ci)
    f = f_of(values, n, equal=equal)
    if way != "levene":  # distances are neither normal nor of one variance, which this test takes
        spread = np.concatenate([(v - v.mean()) / (v.std(ddof=1) or 1.0) for v in values])
        checks.append(normal_residuals(spread, dependent=question.clock))
        checks.append(assumptions.variances(values, question.clock, equal))
    tested = posthoc.studentized(values, n, ci, equal=equal) if pairs else []
    size = _size(f, effect, ci, "")
    checks += assumptions.wide(size)
    return made(question, question.groups, way, f.value, (f.between, f.within), f.p, size, checks, tested, ci)


def _distances(question: Question) -> Question:
    """Give how far each value is from the median of its group."""
    if question.clock:
        raise DimsError(
            f"values along {question.dim!r} follow one another, and kind='levene' takes them as independent",
            "kind='welch' of abs(values - median) of each group",
        )
    for one in question.samples:
        if len(one.value) < 3:
            raise SeriesError(f"group {one.name!r} has {many(len(one.value), 'value')}", "at least 3 in each for their spread")
    apart = tuple(replace(one, row=np.abs(one.row - np.median(one.value))) for one in question.samples)
    return replace(question, samples=apart)


def _paired(question: Question, way: str, effect: str | None, corrected: bool, pairs: bool, ci: float) -> Anova:
    """Compare conditions in the same subjects."""
    if question.clock:
        raise DimsError(
            f"values along {question.dim!r} follow one another, and are no subjects",
            "the dim of the subjects as dim=, or kind='welch'",
        )
    table = np.stack([one.row for one in question.samples], axis=1)
    whole = ~np.isnan(table).any(axis=1)
    there = int((~np.isnan(table).all(axis=1)).sum())
    table = table[whole]
    n, k = table.shape
    if n < 2:
        raise SeriesError(
            f"{n} of {many(there, 'subject')} {'has' if n else 'have'} a value in each of {k} conditions", "at least 2"
        )
    if table.min() == table.max():
        raise SeriesError(f"all values are {table[0, 0]:g}: nothing to compare", "is the sensor stuck?")
    groups = tuple(sample(one.name, table[:, i], one.missing).group for i, one in enumerate(question.samples))
    checks = [*question.checks(), *assumptions.subjects(there, n)]
    if way == "friedman":
        if k < 3:
            raise SeriesError(f"{k} conditions are too few for Friedman's test", "three; of two, Wilcoxon's signed ranks")
        from scipy.stats import friedmanchisquare

        if (table.min(axis=1) == table.max(axis=1)).all():
            raise SeriesError("in every subject all values are the same: there are no ranks", "is the sensor stuck?")
        q, p = friedmanchisquare(*table.T)
        share, low, high = agreement(table, ci)
        size = Estimate("Kendall's W", share, low, high, level=ci)
        tested = posthoc.nemenyi(table, ci) if pairs else []
        return made(question, groups, way, float(q), (k - 1.0,), float(p), size, checks, tested, ci)
    found = repeated(table)
    f = found.corrected if corrected else found.f
    rest = table - table.mean(axis=1, keepdims=True)
    rest = (rest - rest.mean(axis=0)).ravel()
    checks.append(normal_residuals(rest / rest.std()))
    if k > 2:
        checks.append(assumptions.sphericity(found, corrected))
    tested = posthoc.paired(table, ci) if pairs else []
    size = _size(f, effect, ci, "partial ")
    checks += assumptions.wide(size)
    return made(question, groups, way, f.value, (f.between, f.within), f.p, size, checks, tested, ci)


def _size(f: F, effect: str | None, ci: float, partial: str) -> Estimate:
    name = effect or "omega^2"
    low, high = f.interval(ci)
    return Estimate(f"{partial}{name}", f.omega if name == "omega^2" else f.eta, low, high, level=ci)


def _enough(question: Question, values: list[Floats], way: str) -> None:
    """Refuse groups of which nothing can be said."""
    for one, value in zip(question.samples, values, strict=True):
        if len(value) < 2:
            gone = f", {one.missing} being NaN" if one.missing else ""
            raise SeriesError(f"group {one.name!r} has {many(len(value), 'value')}{gone}", "at least 2 in each, or leave it out")
    flat = [one.name for one, value in zip(question.samples, values, strict=True) if value.min() == value.max()]
    if len(flat) == len(values) and (way != "kruskal" or len({float(value[0]) for value in values}) == 1):
        raise SeriesError("in each group all values are the same: there is no noise to compare with", "is the sensor stuck?")
    if flat and way == "welch":
        raise SeriesError(
            f"all values of {', '.join(map(repr, flat))} are the same, and Welch's test needs a spread in each group",
            "is the sensor stuck? If it is right so, kind='kruskal'",
        )


__all__ = ["Anova", "anova"]
