"""What an analysis of variance assumes, and what is found of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .checks import ALPHA
from .result import Check, Estimate
from .samples import Question
from .variance import Repeated

Floats = npt.NDArray[np.float64]

FEWEST = 6  # values in a group, below which Welch's F keeps its level less well (Kenny & Judd 1986; Wilcox 2017, section 7.1)
UNLIKE = 2.0  # times as large a standard deviation as another, or as many values


def variances(groups: Sequence[Floats], clock: bool, needed: bool) -> Check:
    """Look at whether groups vary alike: Brown and Forsythe's test, or along time, where it has no p, by their ratio."""
    from scipy.stats import levene

    std = [float(group.std(ddof=1)) for group in groups]
    said = f"standard deviations from {min(std):.3g} to {max(std):.3g}"
    rest = "" if needed else "; Welch's test does not need them equal"
    if clock:
        return Check("equal variances", said + rest, not needed or max(std) <= UNLIKE * min(std))
    away = [np.abs(group - np.median(group)) for group in groups]
    if all(np.ptp(one) <= 1e-12 * one.max() for one in away):  # as of two values each, whose distances do not vary
        return Check("equal variances", f"{said}; too few values to tell{rest}", not needed)
    value, p = levene(*groups, center="median")
    return Check(
        "equal variances", f"{said}, Brown-Forsythe p = {p:.2g}{rest}", bool(not needed or p >= ALPHA), float(value), float(p)
    )


def sizes(question: Question, equal: bool) -> list[Check]:
    """Look at how many values there are in each group, and how unlike these numbers are."""
    n = [sample.effective for sample in question.samples]
    few = "effective values" if question.clock else "values"
    found = [Check("enough values", f"the smallest group has {min(n):.3g} {few}", min(n) >= FEWEST)]
    alike = max(n) <= UNLIKE * min(n)
    said = f"{few} in a group: from {min(n):.3g} to {max(n):.3g}"
    found.append(Check("balance", said, alike or not equal))
    return found


def wide(size: Estimate) -> list[Check]:
    """Say that an interval without width, which a small F gives, does not make it sure that there is no effect."""
    if size.upper > size.lower:
        return []
    said = f"F is so small that the interval of {size.name} has no width: that does not show that there is no effect"
    return [Check("an interval with a width", said, False)]


def sphericity(found: Repeated, corrected: bool) -> Check:
    """Say what Mauchly's test finds, and what was done about it."""
    e = f"Greenhouse-Geisser epsilon = {found.epsilon:.3f}"
    done = f"{e}, by which the degrees of freedom are corrected" if corrected else f"{e}, not corrected for"
    if np.isnan(found.p):
        return Check("sphericity", f"{done}; too few subjects for Mauchly's test", corrected)
    said = f"Mauchly W = {found.mauchly:.3f}, p = {found.p:.2g}; {done}"
    return Check("sphericity", said, corrected or found.p >= ALPHA, found.mauchly, found.p)


def subjects(there: int, whole: int) -> list[Check]:
    """Say how many subjects are left out, and whether the others are enough."""
    found = [Check("enough values", f"{whole} subjects are complete", whole >= FEWEST)]
    if there > whole:
        some = ("lacks", "is") if there - whole == 1 else ("lack", "are")
        said = f"{there - whole} of {there} subjects {some[0]} a value, and {some[1]} left out"
        found.append(Check("complete subjects", said, False))
    return found


__all__ = ["sizes", "sphericity", "subjects", "variances", "wide"]
