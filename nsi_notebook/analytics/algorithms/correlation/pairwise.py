"""The test of one pair of rows: what goes together, what is assumed, and what of it is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ....errors import SeriesError, TimeError
from ...core.shown import worth_said
from ..along import Steps
from ..moments import refuse_extreme
from ..noise import Floats, doubt
from ..pairs import effective_pairs, places
from ..statistics.checks import alike, neighbours
from ..statistics.result import Check, Estimate, Group, TestResult
from ..statistics.words import interval, located, many, p_said, several
from .coefficients import SOURCES, Alternative, Coefficient, fisher, kendall, pearson, residuals, spearman
from .distances import MOST, distances, error

Bools = npt.NDArray[np.bool_]

FEWEST = 5  # pairs, beyond those that what is given takes
UNNAMED = "given "  # and a number: what is held fixed and has no name
SHOWN = 1000  # pairs that are kept for a figure
NORMAL = 20  # pairs of which it can be told whether they are normal
FAR = 0.1  # by which a coefficient changes without a pair that decides
BOTH_ALIKE = 1.96  # standard errors of the autocorrelation of neighbours of each: 1 chance in 1,600, in 40 if one is alike
LONG_ENOUGH = "long enough a series"
KINDS: dict[str, Callable[..., Coefficient]] = {"pearson": pearson, "spearman": spearman, "kendall": kendall}
CALLED = {
    "pearson": "Pearson's r",
    "spearman": "Spearman's rho",
    "kendall": "Kendall's tau-b",
    "distance": "distance correlation",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of each pair: see `correlate`."""

    method: str
    alternative: Alternative
    level: float
    conservative: bool
    resamples: int
    seed: int
    given: tuple[str, ...]

    @property
    def test(self) -> str:
        """What it is called."""
        return f"partial {CALLED[self.method]}" if self.given else CALLED[self.method]


def tested(
    names: tuple[str, ...],
    unit: str,
    row: Floats,
    alone: Sequence[int],
    lie: Steps | None,
    asked: Asked,
    dim: str,
    where: tuple[tuple[str, object], ...],
    titles: tuple[str, ...],
) -> TestResult:
    """Test one pair.

    Parameters
    ----------
    names : tuple of str
        Of both.
    unit : str
        Of their values.
    row : numpy array of float64, shape (2 + k, n)
        Values of both, and of k things that are held fixed; NaN where one is missing.
    alone : sequence of int
        How many values of each have no partner.
    lie : Steps, optional
        How they lie along time; None if they are independent.
    asked : Asked
    dim : str
        Along which they lie.
    where : tuple of (str, object)
        The place.
    titles : tuple of str
        What sentences call both.
    """
    there: Bools = np.asarray(~np.isnan(row).any(axis=0))
    n, fixed = int(there.sum()), len(asked.given)
    if n < FEWEST + fixed:
        gone = f", of {row.shape[1]} places" if n < row.shape[1] else ""
        raise SeriesError(f"{many(n, 'pair')} of {' and '.join(names)}{gone}: too few", f"at least {FEWEST + fixed}")
    kept = row[:, there]
    for name, values in zip((*names, *asked.given), kept, strict=True):
        _check(name, values)
    place = None
    if lie is not None:
        joined = lie.joined(there)
        if joined is None:
            raise TimeError(lie.irregular, "means of equal windows")
        place = places(lie.position[there], lie.step)
    x, y = _as_used(kept, asked)
    checks = _checks(names, kept, (x, y), alone, asked, along_time=lie is not None)
    if asked.method == "distance":
        found, worth, how = _distance(names, x, y, place, asked)
    else:
        worth = float(n) if place is None else effective_pairs(x, y, place, conservative=asked.conservative)
        if place is not None and worth <= 3 + fixed:
            raise SeriesError(
                f"{n} pairs of {' and '.join(names)} along {dim!r} are worth {worth_said(worth)} independent ones, as those of "
                "random walks or trends are: nothing is known of what goes together",
                f"their differences, x.diff({dim!r}) and y.diff({dim!r}); or longer series",
            )
        found = KINDS[asked.method](x, y, None if place is None else worth, fixed, asked.alternative, asked.level)
        how = "scipy's p" if place is None and not fixed else "Student's t" if found.df else "the normal distribution"
        how += ", interval by Fisher's z"
    if place is not None:
        why = doubt(n, worth)
        said = f"pairs along {dim!r} follow one another; {n} are worth {worth_said(worth)}"
        checks += (Check(LONG_ENOUGH, f"{said}; {why}" if why else said, not why),)
        how += ", with the effective number of pairs"
    if abs(found.value) >= 1 and asked.method in ("spearman", "kendall"):
        checks += (Check("ranks that differ somewhere", f"the interval has no width, which {n} pairs cannot tell", False),)
    missing = np.isnan(row).sum(axis=1)
    groups = tuple(
        Group(name, n, worth, int(gone + lone), float(v.mean()), float(v.std(ddof=1)), float(np.median(v)))
        for name, v, gone, lone in zip(names, kept, missing, alone, strict=False)
    )
    estimate = Estimate(asked.test, found.value, found.lower, found.upper, "1", asked.level)
    return TestResult(
        test=asked.test, measure=" and ".join(names), unit=unit, groups=groups, estimate=estimate, effect=None,
        points=() if fixed else _points(kept),
        statistic=found.statistic, statistic_name=found.statistic_name, df=found.df, p=found.p, alternative=asked.alternative,
        checks=checks, method=how, source=SOURCES[asked.method], places=where,
        matched=n, finding=_sentence(titles, where, estimate, found.p, asked, groups[0], lie is not None),
    )  # fmt: skip


def _points(kept: Floats) -> tuple[tuple[float, ...], ...]:
    """Give pairs for a figure; of very many some, evenly spaced."""
    some = np.unique(np.linspace(0, kept.shape[1] - 1, min(kept.shape[1], SHOWN)).astype(int))
    return tuple(tuple(side[some].tolist()) for side in kept)


def _check(name: str, values: Floats) -> None:
    refuse_extreme(values, name)
    if np.abs(values - values[0]).max() <= 1e-13 * np.abs(values).max():
        raise SeriesError(
            f"all {len(values)} values of {name} that have a partner are {values[0]:g}: nothing can go with them",
            "is the sensor frozen?",
        )


def _as_used(kept: Floats, asked: Asked) -> tuple[Floats, Floats]:
    """Give the values that are correlated: themselves, ranks, what is left of them after what is given."""
    from scipy.stats import rankdata

    values = rankdata(kept, axis=1) if asked.method in ("spearman", "kendall") else kept
    if not asked.given:
        return values[0], values[1]
    left = [residuals(v, values[2:].T) for v in values[:2]]
    for v, rest, name in zip(values[:2], left, ("first", "second"), strict=True):
        if rest.std() <= 1e-10 * v.std():
            raise SeriesError(f"what is given explains all of the {name}", "leave out of given= what is computed from it")
    return left[0], left[1]


def _distance(
    names: tuple[str, ...], x: Floats, y: Floats, place: npt.NDArray[np.int64] | None, asked: Asked
) -> tuple[Coefficient, float, str]:
    from scipy.stats import t

    n = len(x)
    if n > MOST:
        raise SeriesError(
            f"{n} pairs are more than {MOST:,}, for whose reorderings one would wait", "method='spearman', or fewer"
        )
    rng, joined = np.random.default_rng(asked.seed), None
    if place is None:
        orders = (rng.permutation(n) for _ in range(asked.resamples))
    else:
        joined = np.diff(place) == 1
        if not joined.all():
            raise TimeError(
                f"{int((~joined).sum())} gaps, or values that are missing: what is shifted round the end must have none",
                "method='spearman', or a stretch without gaps",
            )
        shifts = np.arange(1, n) if n <= asked.resamples else rng.choice(np.arange(1, n), asked.resamples, replace=False)
        orders = (np.roll(np.arange(n), shift) for shift in shifts)
    for name, v in zip(names, (x, y), strict=True):
        if np.unique(v, return_counts=True)[1].max() >= n - 1:
            raise SeriesError(f"all values of {name} are the same but one: their distances say nothing", "method='kendall'")
    seen = distances(x, y)
    number, above = seen.exceeded(orders)
    square, rest = seen.unbiased()
    spread, worth = error(square, rest, joined)
    half = spread * float(t.ppf((1 + asked.level) / 2, max(worth - 1, 1e-6)))
    root = [float(np.sqrt(np.clip(v, 0.0, 1.0))) for v in (square, square - half, square + half)]
    p = (1 + above) / (1 + number)
    how = f"{number} {'reorderings' if place is None else 'shifts round the end'}, interval by the jackknife"
    return Coefficient(root[0], root[1], root[2], seen.correlation, "dCor", (), p), worth, how


def _checks(
    names: tuple[str, ...], kept: Floats, used: tuple[Floats, Floats], alone: Sequence[int], asked: Asked, *, along_time: bool
) -> tuple[Check, ...]:
    x, y = used
    found = [] if along_time else [_independent(names, x, y)]
    if any(alone):
        said = ", ".join(f"{number} of {name}" for name, number in zip((*names, *asked.given), alone, strict=True) if number)
        found.append(Check("every value has a partner", f"{said} have none, and are left out", False))
    if asked.method == "pearson":
        from scipy.stats import normaltest

        if not along_time and len(x) >= NORMAL:
            p = min(1.0, 2 * min(float(normaltest(v).pvalue) for v in (x, y)))
            met = p >= 0.01
            said = (
                "normal as far as can be told"
                if met
                else "not normal, and the interval rests on it: method='spearman' needs no such"
            )
            said = f"D'Agostino and Pearson's test, {p_said(p)}: {said}"
            two = [(name, np.unique(v)) for name, v in zip(names, kept, strict=False) if len(np.unique(v)) == 2]
            if two and not met:
                name, (low, high) = two[0]
                said = f"{name} is {low:g} or {high:g}, and the interval rests on normal values: compare the two groups by a test"
            found.append(Check("normal values", said, met, p=p))
        r, without = _one_less(x, y)
        far = int(np.argmax(np.abs(without - r)))
        lower, upper = fisher(r, 1 / (len(x) - len(asked.given) - 3), "two-sided", asked.level)
        decides = abs(without[far] - r) > FAR and not lower <= without[far] <= upper and abs(r) < 1 - 1e-12
        said = f"without pair {far + 1} of {len(x)} it is {without[far]:.2g}, not {r:.2g}"
        found.append(Check("no pair decides alone", said, not decides))
    return tuple(found)


def _independent(names: tuple[str, ...], x: Floats, y: Floats) -> Check:
    """Check whether neighbours, in the order given, are alike in both: where they are in one alone, p is right."""
    r = [float(neighbours(v)) for v in (x, y)]
    n = np.float64(len(x))
    if not all(alike(np.float64(one), n, BOTH_ALIKE) for one in r):
        return Check("independent values", "neighbours, in the order given, are not alike in both", True)
    told = several(f"{one:.2g} in {name}" for one, name in zip(r, names, strict=False))
    said = f"neighbours are alike in both: their correlation is {told}; of one subject or specimen: correlate the means of each, "
    return Check("independent values", f"{said}or regress(..., cluster=subject); one after another in time: dim='time'", False)


def _one_less(x: Floats, y: Floats) -> tuple[float, Floats]:
    """Give Pearson's coefficient, and those without each pair."""
    n = len(x)
    one, other = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    grown = n / (n - 1)
    squares = [np.maximum(n - grown * v * v, 1e-12) for v in (one, other)]
    both = one @ other
    return float(both / n), np.clip((both - grown * one * other) / np.sqrt(squares[0] * squares[1]), -1, 1)


def _sentence(
    titles: tuple[str, ...],
    where: tuple[tuple[str, object], ...],
    found: Estimate,
    p: float,
    asked: Asked,
    group: Group,
    along_time: bool,
) -> str:
    pairs = f"{group.n} pairs" + (f" that are worth {worth_said(group.effective)}" if along_time else "")
    held = [name.removesuffix(" (given)").replace("_", " ") for name in asked.given if not name.startswith(UNNAMED)]
    if nameless := len(asked.given) - len(held):
        held.append(
            "what is given"
            if not held and nameless == 1
            else f"{nameless} {'other' if nameless == 1 else 'others' if held else 'things'}"
        )
    fixed = f" with {several(held)} held fixed" if held else ""
    if p > 1 - asked.level:
        told = "are not shown to go together"
    elif asked.method == "distance":
        told = "depend on each other"
    else:
        told = "rise and fall together" if found.value > 0 else "go against each other"
    at = f" ({located(where)})" if where else ""
    if asked.alternative != "two-sided":  # the other end is none that was found
        found = replace(found, lower=-np.inf) if asked.alternative == "less" else replace(found, upper=np.inf)
    said = f"{asked.test} {interval(found)} of {pairs}, {p_said(p)}"
    return f"{' and '.join(title.replace('_', ' ') for title in titles)}{at} {told}{fixed}: {said}."
