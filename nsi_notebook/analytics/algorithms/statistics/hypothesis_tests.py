"""Whether a sample is where it should be, or two samples differ: one door to the tests of one and two samples.

scipy computes p where values are independent. Along time none is: the tests of means count the effective number of values there,
and the others refuse. Pixels and tiles of an image are refused everywhere (`inputs.dim_of`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from ....errors import DimsError, OptionError, SeriesError, UnknownNameError
from ....voids.intervals import check_level
from .answers import asked
from .distribution_tests import levene, normality
from .effects import ALTERNATIVES
from .family import ADJUSTMENTS, Tests
from .means import Wanted, one_sample, tost, welch
from .rank_tests import mann_whitney, wilcoxon
from .result import TestResult
from .robust import flipped, permuted, yuen
from .samples import Question, groups, samples
from .subjects import of_subjects
from .words import many

KINDS: dict[str, tuple[Callable[[Question, Wanted], TestResult], tuple[int, ...], bool]] = {
    # how many samples each takes, and whether it knows series
    "t": (one_sample, (1,), True),
    "welch": (welch, (2,), True),
    "paired": (one_sample, (2,), True),
    "tost": (tost, (1, 2), True),
    "yuen": (yuen, (2,), False),
    "permutation": (permuted, (2,), False),
    "paired-permutation": (flipped, (2,), False),
    "mann-whitney": (mann_whitney, (2,), False),
    "wilcoxon": (wilcoxon, (1, 2), False),
    "levene": (levene, (2,), False),
    "normality": (normality, (1,), False),
}
PAIRED = ("paired", "wilcoxon", "paired-permutation")
WITHIN = (*PAIRED, "tost")  # subjects
BOTH_SIDES = ("tost", "levene", "normality")
INSTEAD = {
    "yuen": "kind='welch'", "permutation": "kind='welch'", "paired-permutation": "kind='paired'",
    "mann-whitney": "kind='welch'", "wilcoxon": "kind='paired', or kind='t' of one series",
    "levene": "kind='welch' of abs(values - median) of each", "normality": "describe, which asks for no p",
}  # fmt: skip


def test(
    first: Any,
    other: Any = None,
    dim: str | None = None,
    *,
    by: Any = None,
    subject: Any = None,
    kind: str = "auto",
    popmean: float | None = None,
    margin: float | tuple[float, float] | None = None,
    trim: float | None = None,
    level: float = 0.95,
    alternative: str = "two-sided",
    adjust: str = "holm",
    conservative: bool = False,
    names: Sequence[Any] | None = None,
    resamples: int = 9999,
    seed: int = 0,
    tz: str | tzinfo | None = None,
) -> TestResult | Tests:
    """Test whether two samples differ, or one from a number: with the size of it, its interval, and what speaks against the test.

    Parameters
    ----------
    first, other : array-like, Series, DataFrame, DataArray or Dataset
        Samples along a dim; NaN is missing. The other dims stay, with a test at each place; of a Dataset or DataFrame each
        variable of numbers is tested.
    dim : str, optional
        Along which the values of a sample lie; default: the only one, or "time".
    by : str or array-like, optional
        Instead of `other`: a coordinate or column of `first`, or a label for each value, that parts it into two samples: in order
        of their names, or as a Categorical has its categories.
    subject : str or array-like, optional
        Beside `by`: what says which two values are of one subject, image or specimen, and are a pair. For "paired" (then the
        default), "wilcoxon", "paired-permutation" and "tost".
    kind : str
        "welch" (default of two samples), "t" (of one: its mean against `popmean`), "paired", "yuen" (trimmed means),
        "mann-whitney", "wilcoxon" (pairs, or one sample), "permutation", "paired-permutation", "tost" (equivalence), "levene"
        (spreads, about medians: a ratio; `anova(kind="levene")` of two has the same p, and a share of variance), "normality".
    popmean : float, optional
        For "t", "wilcoxon" and "tost" of one sample; default 0.
    margin : float or tuple of float, optional
        For "tost", in the unit of the values: what does not matter.
    trim : float, optional
        For "yuen": the share that is left out at each end; default 0.2.
    level : float
        Of the intervals. 1 - level is what p is compared with.
    alternative : {"two-sided", "less", "greater"}
        Of the first against the other; with `by` the first of `names`, else of the categories of a Categorical, else by name.
    adjust : {"holm", "fdr", "none"}
        How p is adjusted where there are several tests.
    conservative, tz
        Along time: see `effective_n`.
    names : sequence, optional
        Of the samples; with `by` the two labels that count, in order.
    resamples, seed : int
        For "permutation" and "paired-permutation".

    Returns
    -------
    TestResult, or Tests if there are several measures or places

    Raises
    ------
    DimsError
        If the values are pixels or tiles, or follow one another in time and the test does not know that.
    SeriesError, OptionError, TimeError, UnknownNameError
        If samples are too short, constant, infinite, of several units, or not two; or an option is not one of this test.

    Warns
    -----
    NsiWarning
        Along time below 200 values, or 10 effective ones.

    Examples
    --------
    >>> found = test([4.1, 5.0, 5.5, 4.7, 5.2], [3.9, 4.2, 3.5, 4.4, 4.0, 3.6], names=["sand", "clay"])
    >>> found.sentence
    'Mean value is 1.0 (95 % CI 0.3 to 1.6) higher in sand than in clay (Welch t(6.62) = 3.49, p = 0.011; n = 5 and 6).'
    >>> found.effect.name, round(found.effect.value, 2), round(found.p, 4)
    ('Hedges g', 1.91, 0.0111)
    """
    number = 1 if other is None and by is None else 2
    usual = "t" if number == 1 else "welch" if subject is None else "paired"
    chosen = usual if kind == "auto" else kind
    wanted = _wanted(
        chosen, number, subject is not None, popmean, margin, trim, level, alternative, conservative, resamples, seed
    )
    if adjust not in ADJUSTMENTS:
        raise UnknownNameError.among("adjustment", adjust, ADJUSTMENTS)
    find, takes, series = KINDS[chosen]
    if isinstance(other, str):
        is_dim = other in getattr(first, "dims", ())
        raise OptionError(
            f"the other sample is {other!r}, a name", f"dim={other!r}" if is_dim else f"its values: data[{other!r}]"
        )
    if other is not None and by is not None:
        raise OptionError("both another sample and by= are given", "one of them")
    if number not in takes:
        what = "two samples" if number == 2 else "one sample"
        instead = [name for name, (_, counts, _) in KINDS.items() if number in counts]
        raise OptionError(f"kind={chosen!r} of {what}", f"one of {', '.join(instead)}")
    questions = _questions(first, other, dim, by, subject, names, chosen, conservative, tz)

    def answer(question: Question) -> TestResult:
        if len(question.samples) != number:
            there = ", ".join(one.name for one in question.samples)
            hint = "anova, or names= with two of them" if len(question.samples) > number else "labels of two kinds"
            raise SeriesError(f"{many(len(question.samples), 'group')}: {there}; this test takes {number}", hint)
        if question.clock and not series:
            raise DimsError(
                f"values along {question.dim!r} follow one another, and kind={chosen!r} takes them as independent",
                f"{INSTEAD[chosen]}; or means of stretches longer than the noise remembers, along another dim",
            )
        return find(question, wanted)

    found, refused = asked(questions, answer)
    return found[0] if len(questions) == 1 and not questions[0].places else replace(Tests.of(found, adjust), refused=refused)


def _questions(
    first: Any, other: Any, dim: str | None, by: Any, subject: Any, names: Sequence[Any] | None, kind: str, conservative: bool,
    tz: str | tzinfo | None,
) -> list[Question]:  # fmt: skip
    """Read the samples: of subjects, of groups, or as they are."""
    if subject is not None:
        if by is None:
            raise OptionError("subject is given, and by is not", "by=, the labels of the two samples")
        return of_subjects(first, by, subject, dim, names)
    pairs = kind in PAIRED
    if by is not None:
        if pairs:
            raise OptionError(
                f"by= does not say which values make a pair, and kind is {kind!r}", "subject=, or both samples: first, other"
            )
        return groups(first, by, dim, names=names, conservative=conservative, tz=tz)
    given = [first] if other is None else [first, other]
    return samples(given, dim, names=names, pairs=pairs, conservative=conservative, tz=tz)


test.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


def _wanted(
    kind: str,
    number: int,
    within: bool,
    popmean: float | None,
    margin: float | tuple[float, float] | None,
    trim: float | None,
    level: float,
    alternative: str,
    conservative: bool,
    resamples: int,
    seed: int,
) -> Wanted:
    """Check the options."""
    if kind not in KINDS:
        raise UnknownNameError.among("kind", str(kind), [*KINDS, "auto"])
    check_level(level, "level")
    if alternative not in ALTERNATIVES:
        raise UnknownNameError.among("alternative", str(alternative), ALTERNATIVES)
    if alternative != "two-sided" and kind in BOTH_SIDES:
        raise OptionError(f"alternative={alternative!r} of kind={kind!r}, which has no side", "leave it out")
    if popmean is not None and not (kind in ("t", "wilcoxon", "tost") and number == 1):
        raise OptionError(
            f"popmean={popmean!r} of kind={kind!r} of {many(number, 'sample')}", "leave it out; it is for one sample"
        )
    if within and kind not in WITHIN:
        raise OptionError(
            f"kind={kind!r} takes values as independent, and subject says which are not", f"one of {', '.join(WITHIN)}"
        )
    if trim is not None and (kind != "yuen" or not 0 <= trim < 0.5):
        raise OptionError(f"trim={trim!r} of kind={kind!r}", "0 to below 0.5, of kind='yuen'")
    if (margin is not None) != (kind == "tost"):
        raise OptionError(
            f"kind={kind!r} with margin={margin!r}", "kind='tost' with margin=, in the unit of the values: what does not matter"
        )
    if kind == "tost" and level <= 0.5:
        raise OptionError(f"level={level} for equivalence", "above 0.5, e.g. 0.95")
    ends = None if margin is None else _ends(margin)
    if resamples < 99:
        raise OptionError(f"resamples={resamples}", "at least 99, e.g. 9999")
    side = next(one for one in ALTERNATIVES if one == alternative)
    place, share = 0.0 if popmean is None else _number(popmean, "popmean"), 0.2 if trim is None else trim
    return Wanted(level, side, place, ends, share, conservative, resamples, seed, within)


def _ends(margin: Any) -> tuple[float, float]:
    """Give both margins, as which one number counts on either side."""
    if isinstance(margin, tuple | list) and len(margin) == 2:
        low, high = (_number(one, "margin") for one in margin)
    else:
        high = _number(margin, "margin")
        low = -high
    if not low < 0 < high:
        raise OptionError(f"margin={margin!r}", "a number above 0, or a pair around 0")
    return low, high


def _number(value: Any, name: str) -> float:
    """Give an option that is one number in the unit of the values."""
    try:
        found = math.nan if isinstance(value, str) else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise OptionError(f"{name}={value!r:.80}", "a number, in the unit of the values and without it, as 3 for 3 mm")
    return found


__all__ = ["test"]
