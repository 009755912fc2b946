"""Whether two things go together, how strongly, and how surely.

Along a dim of time values follow one another, and two series that have nothing to do with each other seem to: the effective
number of pairs (`pairs`) stands for their number there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import tzinfo
from itertools import combinations
from typing import Any

import numpy as np
import xarray as xr

from ....errors import DimsError, OptionError, SeriesError, TimeError, UnknownNameError, a_kind, warn
from ....voids.intervals import check_level
from ....voids.units import spelled
from ..clocks import is_time, or_in_no_order
from ..moments import numbers
from ..noise import doubt
from ..pairs import matched
from ..series_warnings import left_out
from ..statistics.family import ADJUSTMENTS, Refused
from ..statistics.inputs import array_of, by_index, dim_of, variables
from ..statistics.result import TestResult
from ..statistics.words import several
from .coefficients import Alternative
from .matrix import Correlations
from .pairwise import CALLED, LONG_ENOUGH, UNNAMED, Asked, tested

ALTERNATIVES = ("two-sided", "less", "greater")


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
    TestResult or Correlations
        Of two things; `Correlations`, which are `Tests`, if they have other dims, and of the pairs of a Dataset. `estimate`
        is the coefficient, a size without a unit, so that `effect` is None.

    Raises
    ------
    SeriesError
        If there are fewer than 5 pairs, values are all the same, infinite, not real, or nothing says which belong together; of
        many pairs and places, if it is so of all of them.
    DimsError
        If they are pixels or tiles, which are not independent, or it is not clear along which dim they lie.
    OptionError, UnknownNameError, TimeError
        If an option is outside its range, or times are naive, repeated, or in steps that differ.

    Warns
    -----
    NsiWarning
        Along time, with fewer than 200 pairs or 10 effective ones; or where some of many pairs or places are left out: it names
        them, and says why.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> porosity = xr.DataArray(rng.uniform(0.2, 0.4, 40), dims="sample", name="porosity")
    >>> strength = (80 - 150 * porosity + rng.normal(0, 4, 40)).rename("strength").assign_attrs(units="MPa")
    >>> found = correlate(porosity, strength)
    >>> print(f"{found.estimate.value:.2f} ({found.estimate.lower:.2f} to {found.estimate.upper:.2f}), {found.p:.1g}")
    -0.89 (-0.94 to -0.80), 1e-14
    """
    asked = Asked(method, alternative, level, conservative, resamples, seed, ())
    _check_options(asked, adjust)
    if other is None:
        named = variables(first, dim)
        if len(named) < 2:
            raise SeriesError(f"one measure, {next(iter(named))!r}, and nothing beside it", "other=, or a Dataset with several")
        names = [given] if isinstance(given, str) else list(given) if isinstance(given, list | tuple) else []
        if names and all(isinstance(name, str) for name in names):
            for name in names:
                if name not in named:
                    raise UnknownNameError.among("variable", name, named)
            held = {name: named.pop(name) for name in names}
        else:
            held = _held(given, dim)
        if len(named) < 2:
            raise SeriesError(f"{', '.join(named) or 'nothing'} is left besides what is given", "two variables or more")
    else:
        held_fixed = list(given) if isinstance(given, list | tuple) else [given]
        first, other, *held_fixed = by_index([first, other, *held_fixed])
        given = held_fixed if isinstance(given, list | tuple) else held_fixed[0]
        named = dict(zip(_names(first, other), (_one(first, dim), _one(other, dim)), strict=True))
        held = _held(given, dim)
    if held:
        asked = replace(asked, given=tuple(held))
        _check_options(asked, adjust)
    pairs = [
        answer
        for one, two in combinations(named, 2)
        for answer in _pair({one: named[one], two: named[two]}, held, dim, asked, tz, len(named) > 2)
    ]
    found = [answer for answer in pairs if isinstance(answer, TestResult)]
    refused = {number: answer for number, answer in enumerate(pairs) if isinstance(answer, Refused)}
    left_out([(one.named(len(named) > 2), one.error) for one in refused.values()], len(found), "pairs")
    _warn(found)
    if other is not None and len(pairs) == 1 and not found[0].places:
        return found[0]
    return replace(Correlations.of(found, adjust), refused=refused)


def _check_options(asked: Asked, adjust: str) -> None:
    for kind, name, known in (
        ("method", asked.method, CALLED), ("alternative", asked.alternative, ALTERNATIVES), ("adjustment", adjust, ADJUSTMENTS),
    ):  # fmt: skip
        if name not in known:
            raise UnknownNameError.among(kind, name, known)
    if asked.method == "distance" and asked.alternative != "two-sided":
        raise OptionError(f"alternative is {asked.alternative!r}, and a distance correlation has no sign", "method='spearman'")
    if asked.given and asked.method in ("kendall", "distance"):
        why = "; of a partial tau no p is known, nor is it 0 where nothing is left" if asked.method == "kendall" else ""
        hint = f"method='spearman', or 'pearson'{why}"
        raise OptionError(f"method is {asked.method!r}, and something is held fixed", hint)
    if not isinstance(asked.resamples, int | np.integer) or asked.resamples < 19:
        raise OptionError(f"resamples is {asked.resamples!r:.80}", "a whole number from 19, e.g. 999")
    check_level(asked.level, "level")


def _one(data: Any, dim: str | None) -> xr.DataArray:
    """Read one thing; the axis of what has no dims is that which is asked for."""
    if hasattr(data, "columns") or hasattr(data, "data_vars"):
        raise SeriesError(
            f"beside another, {a_kind(data)} is several things", "one of its columns or variables, or all its pairs: no other="
        )
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
        found[str(name) if name is not None else f"{UNNAMED}{number + 1}"] = _one(one, dim)
    return found


def _pair(
    two: dict[str, xr.DataArray],
    held: dict[str, xr.DataArray],
    dim: str | None,
    asked: Asked,
    tz: str | tzinfo | None,
    many: bool,
) -> list[TestResult | Refused]:
    """Test two things at each place that they have, or say why not."""
    arrays = [*two.values(), *held.values()]
    along = [dim_of(array, dim) for array in arrays]
    if len(set(along)) > 1:
        raise DimsError(f"the pairs lie along {' and '.join(map(repr, dict.fromkeys(along)))}", "one dim: data.rename(...)")
    clock = any(is_time(array, along[0]) for array in arrays)
    with or_in_no_order(along[0]):
        laid = matched(arrays, along[0], clock=clock, tz=tz)
    names, others = tuple(two), laid.others
    titles = tuple(str(array.attrs.get("long_name") or name) for name, array in two.items())
    unit = several(dict.fromkeys(spelled(str(array.attrs.get("units", "1"))) for array in two.values()))
    found: list[TestResult | Refused] = []
    for place, row in zip(np.ndindex(*(len(c) for c in others.values())), laid.rows, strict=True):
        where = tuple((d, others[d][i]) for d, i in zip(others, place, strict=True))
        try:
            one = tested(names, unit, row, laid.alone, laid.lie, asked, along[0], where, titles)
            found.append(replace(one, points=()) if many or where else one)  # their figure has no room for pairs
        except (SeriesError, TimeError) as error:  # what else can be wrong is so everywhere
            found.append(Refused((names[0], names[1]), where, error))
    return found


def _warn(found: Iterable[TestResult]) -> None:
    """Warn once of pairs along time that are too few."""
    tests = list(found)
    short = [t for t in tests if any(c.assumption == LONG_ENOUGH and not c.met for c in t.checks)]
    if short:
        worst = min((t.groups[0] for t in short), key=lambda group: group.effective)
        which = f" of {len(short)} of {len(tests)} tests" if len(tests) > 1 else ""
        warn(f"p and intervals{which} are in doubt: {doubt(worst.n, worst.effective)}", "longer series")


__all__ = ["correlate"]
