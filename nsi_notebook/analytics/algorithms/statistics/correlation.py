"""Whether two things go together, how strongly, and how surely.

Along a dim of time values follow one another, and two series that have nothing to do with each other seem to: the effective
number of pairs (`pairs`) stands for their number there. What is told, and by whom, is in `coefficients` and `distances`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ....errors import DimsError, NsiError, OptionError, SeriesError, TimeError, UnknownNameError, warn
from ....voids.intervals import check_level
from ..along import LARGEST, Steps
from ..moments import numbers, refuse_infinite
from ..noise import Floats, doubt
from ..pairs import effective_pairs, matched, places
from .coefficients import SOURCES, Alternative, Coefficient, kendall, pearson, residuals, spearman
from .distances import MOST, distances, error
from .given import array_of, dim_of, is_time, variables
from .matrix import Correlations, family
from .result import Check, Estimate, Group, TestResult

Bools = npt.NDArray[np.bool_]

FEWEST = 5  # pairs, beyond those that what is given takes
NORMAL = 20  # pairs of which it can be told whether they are normal
ALTERNATIVES = ("two-sided", "less", "greater")
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


def correlate(
    first: Any,
    other: Any = None,
    dim: str | None = None,
    *,
    method: str = "pearson",
    given: Any = None,
    alternative: Alternative = "two-sided",
    level: float = 0.95,
    adjust: str = "holm",
    conservative: bool = False,
    resamples: int = 999,
    seed: int = 0,
    tz: str | tzinfo | None = None,
) -> TestResult | Correlations:
    """Tell whether two things go together.

    Parameters
    ----------
    first : DataArray, Series, array-like, Dataset or DataFrame
        Real numbers, NaN where one is missing. Of a Dataset or a DataFrame, without `other`, each pair of its variables.
    other : DataArray, Series or array-like, optional
        What `first` is laid beside: by the coordinate of the dim if both have one, else by order. What has no partner is counted.
    dim : str, optional
        Along which the pairs lie; default: the only one, or "time". The other dims stay: a test at each place.
    method : {"pearson", "spearman", "kendall", "distance"}
        How a line goes through them; how one rises with the other, by ranks or by pairs of pairs (tau-b); any relation at all.
    given : DataArray, array-like, Dataset, list of these, or names of variables, optional
        What is held fixed, of Pearson's and Spearman's: the coefficient is that of what a least-squares fit leaves of both.
    alternative : {"two-sided", "less", "greater"}
        Than none; "two-sided" only of distances.
    level : float
        Of the interval.
    adjust : {"holm", "fdr", "none"}
        How p is adjusted if there are several tests.
    conservative : bool
        Along time, the smallest of three effective numbers of pairs.
    resamples, seed : int
        Reorderings whose distance correlation gives p; along time these are shifts round the end.
    tz : str or tzinfo, optional
        Zone of times that have none.

    Returns
    -------
    TestResult, or Correlations if there are several

    Raises
    ------
    SeriesError
        If there are fewer than 5 pairs, values are all the same, infinite, not real, or nothing says which belong together.
    DimsError
        If they are pixels or tiles, which are not independent, or it is not clear along which dim they lie.
    OptionError, UnknownNameError, TimeError
        If an option is outside its range, or times are naive, repeated, or in steps that differ.

    Warns
    -----
    NsiWarning
        Along time, with fewer than 200 pairs or 10 effective ones.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> porosity = xr.DataArray(rng.uniform(0.2, 0.4, 40), dims="sample", name="porosity")
    >>> strength = (80 - 150 * porosity + rng.normal(0, 4, 40)).rename("strength").assign_attrs(units="MPa")
    >>> found = correlate(porosity, strength)
    >>> print(f"{found.estimate.value:.2f} ({found.estimate.lower:.2f} to {found.estimate.upper:.2f}), {found.p:.1g}")
    -0.89 (-0.94 to -0.80), 1e-14
    """
    asked = _asked(method, alternative, level, conservative, resamples, seed)
    if other is None:
        named = variables(first, dim)
        if len(named) < 2:
            raise SeriesError(f"one measure, {next(iter(named))!r}, and nothing beside it", "other=, or a Dataset with several")
        names = [given] if isinstance(given, str) else list(given or []) if not hasattr(given, "dims") else []
        held = {}
        if all(isinstance(name, str) for name in names):
            for name in names:
                if name not in named:
                    raise UnknownNameError.among("variable", name, named)
                held[name] = named.pop(name)
        else:
            held = _held(given, dim)
        if len(named) < 2:
            raise SeriesError(f"{', '.join(named) or 'nothing'} is left besides what is given", "two variables or more")
    else:
        named = dict(zip(_names(first, other), (_one(first, dim), _one(other, dim)), strict=True))
        held = _held(given, dim)
    asked = _asked(method, alternative, level, conservative, resamples, seed, tuple(held))
    found = [
        result
        for one, two in combinations(named, 2)
        for result in _pair({one: named[one], two: named[two]}, held, dim, asked, tz, len(named) > 2)
    ]
    _warn(found)
    if other is not None and len(found) == 1:
        return found[0]
    return Correlations(tuple(named), family(found, adjust), asked.method)


def _asked(
    method: str,
    alternative: Alternative,
    level: float,
    conservative: bool,
    resamples: int,
    seed: int,
    given: tuple[str, ...] = (),
) -> Asked:
    if method not in CALLED:
        raise UnknownNameError.among("method", method, CALLED)
    if alternative not in ALTERNATIVES:
        raise UnknownNameError.among("alternative", alternative, ALTERNATIVES)
    if method == "distance" and alternative != "two-sided":
        raise OptionError(f"alternative is {alternative!r}, and a distance correlation has no sign", "method='spearman'")
    if given and method in ("kendall", "distance"):
        raise OptionError(f"method is {method!r}, and something is held fixed", "'pearson' or 'spearman'")
    if not isinstance(resamples, int | np.integer) or resamples < 19:
        raise OptionError(f"resamples is {resamples!r:.80}", "a whole number from 19, e.g. 999")
    return Asked(method, alternative, check_level(level, "level"), conservative, int(resamples), seed, given)


def _one(data: Any, dim: str | None) -> xr.DataArray:
    """Read one thing; the axis of what has no dims is that which is asked for."""
    array = numbers(array_of(data))
    return array.rename(sample=dim) if dim is not None and array.dims == ("sample",) and not hasattr(data, "dims") else array


def _names(first: Any, other: Any) -> list[str]:
    found = [str(name) if (name := getattr(one, "name", None)) is not None else "" for one in (first, other)]
    return found if all(found) and found[0] != found[1] else ["first", "other"]


def _held(given: Any, dim: str | None) -> dict[str, xr.DataArray]:
    if given is None:
        return {}
    if isinstance(given, str) or (isinstance(given, list | tuple) and any(isinstance(one, str) for one in given)):
        raise OptionError(
            f"given is {given!r:.80}, a name", "the values themselves; names are those of the variables of a Dataset"
        )
    if hasattr(given, "data_vars") or hasattr(given, "columns"):
        return {f"{name} (given)": array for name, array in variables(given, dim).items()}
    several = given if isinstance(given, list | tuple) and given and np.ndim(given[0]) > 0 else [given]
    found = {}
    for number, one in enumerate(several):
        name = getattr(one, "name", None)
        found[str(name) if name is not None else f"given {number + 1}"] = _one(one, dim)
    return found


def _pair(
    two: dict[str, xr.DataArray],
    held: dict[str, xr.DataArray],
    dim: str | None,
    asked: Asked,
    tz: str | tzinfo | None,
    several: bool,
) -> list[TestResult]:
    """Test two things at each place that they have."""
    arrays = [*two.values(), *held.values()]
    along = [dim_of(array, dim) for array in arrays]
    if len(set(along)) > 1:
        raise DimsError(f"the pairs lie along {' and '.join(map(repr, dict.fromkeys(along)))}", "one dim: data.rename(...)")
    clock = any(is_time(array, along[0]) for array in arrays)
    laid = matched(arrays, along[0], clock=clock, tz=tz)
    names, others = tuple(two), laid.others
    found = []
    for place, row in zip(np.ndindex(*(len(c) for c in others.values())), laid.rows, strict=True):
        where = tuple((d, others[d][i]) for d, i in zip(others, place, strict=True))
        try:
            found.append(_test(names, row, laid.alone, laid.lie, asked, along[0], where))
        except NsiError as error:
            which = [" and ".join(names)] if several else []
            which += [f"{d}={at}" for d, at in where]
            raise (type(error)(f"{', '.join(which)}: {error.message}", error.hint) if which else error) from None
    return found


def _test(
    names: tuple[str, ...],
    row: Floats,
    alone: Sequence[int],
    lie: Steps | None,
    asked: Asked,
    dim: str,
    where: tuple[tuple[str, object], ...],
) -> TestResult:
    there: Bools = np.asarray(~np.isnan(row).any(axis=0))
    n, fixed = int(there.sum()), len(asked.given)
    if n < FEWEST + fixed:
        gone = f", of {row.shape[1]} places" if n < row.shape[1] else ""
        raise SeriesError(f"{n} pairs of {' and '.join(names)}{gone}: too few", f"at least {FEWEST + fixed}")
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
    checks = _checks(names, kept, alone, asked, along_time=lie is not None)
    if asked.method == "distance":
        found, worth, how = _distance(x, y, place, asked)
    else:
        worth = float(n) if place is None else effective_pairs(x, y, place, conservative=asked.conservative)
        own = kept[:2] if not fixed else np.stack([x, y])
        found = KINDS[asked.method](*own, None if place is None else worth, fixed, asked.alternative, asked.level)
        how = "scipy's p" if place is None and not fixed else "Student's t" if found.df else "the normal distribution"
        how += ", interval by Fisher's z"
    if place is not None:
        why = doubt(n, worth)
        said = f"pairs along {dim!r} follow one another; {n} are worth {worth:.3g}"
        checks += (Check("long enough a series", f"{said}; {why}" if why else said, not why),)
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
        test=asked.test, measure=" and ".join(names), unit="1", groups=groups, estimate=estimate, effect=estimate,
        statistic=found.statistic, statistic_name=found.statistic_name, df=found.df, p=found.p, alternative=asked.alternative,
        checks=checks, method=how, source=SOURCES[asked.method], places=where,
        sentence=_sentence(names, found, asked, n, worth, lie is not None),
    )  # fmt: skip


def _check(name: str, values: Floats) -> None:
    refuse_infinite(values)
    most = float(np.abs(values).max())
    if most > LARGEST or 0 < most < 1 / LARGEST:
        raise SeriesError(f"values of {name} of {most:g} have squares that no float can hold", "another unit")
    if np.abs(values - values[0]).max() <= 1e-13 * most:
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


def _distance(x: Floats, y: Floats, place: npt.NDArray[np.int64] | None, asked: Asked) -> tuple[Coefficient, float, str]:
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
    seen = distances(x, y)
    number, above = seen.exceeded(orders)
    square, rest = seen.unbiased()
    spread, worth = error(square, rest, joined)
    half = spread * float(t.ppf((1 + asked.level) / 2, max(worth - 1, 1e-6)))
    root = [float(np.sqrt(np.clip(v, 0.0, 1.0))) for v in (square, square - half, square + half)]
    p = (1 + above) / (1 + number)
    how = f"{number} {'reorderings' if place is None else 'shifts round the end'}, interval by the jackknife"
    return Coefficient(root[0], root[1], root[2], seen.correlation, "dCor", (), p), worth, how


def _checks(names: tuple[str, ...], kept: Floats, alone: Sequence[int], asked: Asked, *, along_time: bool) -> tuple[Check, ...]:
    found = []
    if any(alone):
        said = ", ".join(f"{number} of {name}" for name, number in zip((*names, *asked.given), alone, strict=True) if number)
        found.append(Check("every value has a partner", f"{said} have none, and are left out", False))
    if asked.method == "pearson":
        from scipy.stats import normaltest

        x, y = _as_used(kept, asked)
        if not along_time and len(x) >= NORMAL:
            p = min(1.0, 2 * min(float(normaltest(v).pvalue) for v in (x, y)))
            met = p >= 0.01
            said = "normal as far as can be told" if met else "not normal, and the interval rests on it: see 'spearman'"
            found.append(Check("normal values", f"{said} (p = {p:.2g})", met, p=p))
        r, without = _one_less(x, y)
        far = int(np.argmax(np.abs(without - r)))
        decides = abs(without[far] - r) > 0.1 and abs(r) < 1 - 1e-12
        said = f"without pair {far + 1} of {len(x)} it is {without[far]:.2g}, not {r:.2g}"
        found.append(Check("no pair decides alone", said, not decides))
    return tuple(found)


def _one_less(x: Floats, y: Floats) -> tuple[float, Floats]:
    """Give Pearson's coefficient, and those without each pair."""
    n = len(x)
    one, other = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    grown = n / (n - 1)
    squares = [np.maximum(n - grown * v * v, 1e-12) for v in (one, other)]
    both = one @ other
    return float(both / n), np.clip((both - grown * one * other) / np.sqrt(squares[0] * squares[1]), -1, 1)


def _sentence(names: tuple[str, ...], found: Coefficient, asked: Asked, n: int, worth: float, along_time: bool) -> str:
    pairs = f"{n} pairs" + (f" that are worth {worth:.3g}" if along_time else "")
    fixed = f" with {', '.join(asked.given)} held fixed" if asked.given else ""
    said = f"{asked.test} {found.value:.2g} ({100 * asked.level:g} % interval {found.lower:.2g} to {found.upper:.2g})"
    if found.p >= 0.05:
        told = "are not shown to go together"
    elif asked.method == "distance":
        told = "depend on each other"
    else:
        told = "rise and fall together" if found.value > 0 else "go against each other"
    return f"{names[0]} and {names[1]} {told}{fixed}: {said} of {pairs}, p = {found.p:.2g}."


def _warn(found: Iterable[TestResult]) -> None:
    """Warn once of pairs along time that are too few."""
    tests = list(found)
    short = [t for t in tests if any(c.assumption == "long enough a series" and not c.met for c in t.checks)]
    if short:
        worst = min((t.groups[0] for t in short), key=lambda group: group.effective)
        which = f" of {len(short)} of {len(tests)} tests" if len(tests) > 1 else ""
        warn(f"p and intervals{which} are in doubt: {doubt(worst.n, worst.effective)}", "longer series")


__all__ = ["correlate"]
