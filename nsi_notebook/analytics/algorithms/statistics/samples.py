"""What a test is asked: samples of a measure, at each place that the data has, with the right unit of analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ....errors import DimsError, SeriesError
from ....voids.units import spelled
from ...core.shown import worth_said
from ..along import steps
from ..clocks import in_one_series, is_time, or_in_no_order
from ..effective import FEWEST, METHODS, effective_of
from ..moments import refuse_extreme
from ..noise import doubt
from ..rising import one_unit, places_beside
from .inputs import by_index, dim_of, variables
from .labels import kinds_of, labels_of, refuse_alone, refuse_interleaved, unlabelled
from .result import Check, Group
from .words import many, named, several

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One sample.

    Parameters
    ----------
    name : str
        Of it.
    row : numpy array of float64, shape (n,)
        All values along the dim, in order; NaN where one is missing, or belongs to another sample.
    missing : int
        How many are.
    effective : float
        How many independent values it is worth: as many as there are, along no time.
    joined : numpy array of bool, shape (n - 1,), or None
        Along time, whether each is one step from the next.
    refusal : SeriesError or None
        Why nothing can be asked of it: a value is infinite, or all are so large or small that their powers are no floats.
    """

    name: str
    row: Floats
    missing: int
    effective: float
    joined: npt.NDArray[np.bool_] | None = None
    refusal: SeriesError | None = None

    @property
    def value(self) -> Floats:
        """The values that are there, in order."""
        return self.row[~np.isnan(self.row)]

    @property
    def group(self) -> Group:
        """What a result says of it."""
        value = self.value
        n = len(value)
        if not n:
            return Group(self.name, 0, 0.0, self.missing, np.nan, np.nan, np.nan)
        std = float(value.std(ddof=1)) if n > 1 else np.nan
        low, q25, median, q75, high = map(float, np.quantile(value, (0, 0.25, 0.5, 0.75, 1)))
        return Group(self.name, n, self.effective, self.missing, float(value.mean()), std, median, low, q25, q75, high)


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Samples of one measure at one place.

    Parameters
    ----------
    measure, unit, dim : str
        What was measured, in what, and the dim along which its values lie.
    clock : bool
        Whether that dim is one of time, so that no value is independent of the one before.
    samples : tuple of Sample
        In order.
    places : tuple of (str, object)
        Where: the dims that are no samples, and the coordinate.
    unlabelled : str
        How many values belong to no group, as they have no label; "" if all have one.
    variable : str
        What the measure is called in the data.
    unitless : str
        Which samples have no unit, where others have; "" if that is none.
    """

    measure: str
    unit: str
    dim: str
    clock: bool
    samples: tuple[Sample, ...]
    places: tuple[tuple[str, object], ...] = field(default=())
    unlabelled: str = ""
    variable: str = ""
    unitless: str = ""

    @property
    def groups(self) -> tuple[Group, ...]:
        """What a result says of the samples."""
        return tuple(sample.group for sample in self.samples)

    @property
    def title(self) -> str:
        """The measure, in words."""
        return self.measure.replace("_", " ")

    def checks(self) -> tuple[Check, ...]:
        """Say whether the samples are long enough for their effective numbers, along time, and what has no label or unit."""
        found = []
        if self.clock:
            n = min(len(sample.value) for sample in self.samples)
            effective = min(sample.effective for sample in self.samples)
            why = doubt(n, effective)
            said = f"values along {self.dim!r} follow one another; they are worth " + " and ".join(
                f"{worth_said(sample.effective)} of {len(sample.value)}" for sample in self.samples
            )
            found.append(Check("long enough a series", f"{said}; {why}" if why else said, not why))
        if self.unlabelled:
            found.append(Check("every value has a label", self.unlabelled, False))
        if self.unitless:
            found.append(Check("every sample has a unit", self.unitless, False))
        return tuple(found)


MOST = 10_000  # places


def samples(
    given: Sequence[Any],
    dim: str | None = None,
    *,
    names: Sequence[str] | None = None,
    pairs: bool = False,
    conservative: bool = False,
    tz: str | tzinfo | None = None,
) -> list[Question]:
    """Read samples that are given one by one.

    Parameters
    ----------
    given : sequence of array-like, Series, DataFrame, DataArray or Dataset
        All of one kind of thing. Of a Dataset or DataFrame each variable that is a number is a measure.
    dim : str, optional
        Along which the values of a sample lie; default: the only one, or "time".
    names : sequence of str, optional
        Of the samples; default: what they are called, where they were chosen (`data.sel(kind="sand")`), or "first" and "other".
    pairs : bool
        Each value of one belongs to one of each other: that of the same coordinate, if any; what has no partner is missing.
    conservative, tz
        See `effective_n`.

    Returns
    -------
    list of Question
        One for each measure at each place, those along the last dim first.

    Raises
    ------
    DimsError
        If the values are pixels or tiles, or it is not clear along which dim they lie, or the places differ.
    SeriesError
        If they are no real numbers, in units that differ, or have no partners.

    Examples
    --------
    >>> one, other = xr.DataArray([3.0, 4.0], dims="image", attrs={"units": "um"}), [5.0, np.nan, 8.0]
    >>> question, = samples([one, other], names=["sand", "gravel"])
    >>> question.unit, [(group.name, group.n, group.missing, group.mean) for group in question.groups]
    ('um', [('sand', 2, 0, 3.5), ('gravel', 2, 1, 6.5)])
    """
    parts = [variables(one, dim) for one in (by_index(given) if pairs else given)]
    measures = list(parts[0])
    if len({frozenset(part) for part in parts}) > 1 and any(len(part) > 1 for part in parts):
        raise SeriesError(f"the samples have the measures {' and '.join(', '.join(p) for p in parts)}", "the same in each")
    called = _names(given, names)
    questions: list[Question] = []
    for number, measure in enumerate(measures):
        arrays = [part[measure] if measure in part else list(part.values())[number] for part in parts]
        along = [dim_of(array, dim) for array in arrays]
        if pairs and len(arrays) > 1:
            arrays = _paired(arrays, along)
        asked_here = _asked(_title(arrays, measure), arrays, along, called, conservative, tz)
        questions += [replace(question, variable=measure) for question in asked_here]
    return questions


def groups(
    data: Any,
    by: Any,
    dim: str | None = None,
    *,
    names: Sequence[Any] | None = None,
    conservative: bool = False,
    tz: str | tzinfo | None = None,
) -> list[Question]:
    """Read samples as groups of values that have the same label.

    Parameters
    ----------
    data : array-like, Series, DataFrame, DataArray or Dataset
        Of a Dataset or DataFrame each variable that is a number is a measure.
    by : str or array-like, shape (n,)
        A coordinate, variable or column of the data, or one label for each value along the dim; None, NaN: of no group.
    dim : str, optional
        Along which values lie; default: that of `by`, the only one, or "time".
    names : sequence, optional
        The labels that count, in order; default: all, sorted, or as a Categorical has them.
    conservative, tz
        See `effective_n`.

    Returns
    -------
    list of Question
        One for each measure at each place.

    Raises
    ------
    DimsError, SeriesError, UnknownNameError
        As of `samples`; or if `by` is not there, its labels are as many as the values, or one that counts is no label.

    Examples
    --------
    >>> question, = groups([3.0, 4.0, 6.0, 8.0], by=["sand", "sand", "gravel", "gravel"], names=["sand", "gravel"])
    >>> [(group.name, group.mean) for group in question.groups]
    [('sand', 3.5), ('gravel', 7.0)]
    """
    data, labels, dim = labels_of(data, by, dim)
    kinds = kinds_of(labels, names)
    refuse_alone(kinds, len(labels), by)
    codes, there = labels.to_numpy(), ~labels.isna().to_numpy()
    questions: list[Question] = []
    for measure, array in variables(data, dim).items():
        along = dim_of(array, dim)
        if array.sizes[along] != len(labels):
            raise SeriesError(
                f"{many(len(labels), 'label')} for {many(array.sizes[along], 'value')} along {along!r}", "one for each value"
            )
        masks = [there & np.asarray(codes == kind, dtype=bool) for kind in kinds]
        parts = [array] * len(kinds)
        within: list[npt.NDArray[np.bool_]] | None = masks
        called = named(kinds)
        alone = unlabelled(int((~there).sum()), by) if not there.all() else ""
        title = _title([array], measure)
        if is_time(array, along) and in_one_series(array, along):
            refuse_interleaved(codes[there], len(kinds), along, by)
        elif is_time(array, along):  # each group is a series of its own, below one another or at the same times
            parts, within = [array.isel({along: np.flatnonzero(mask)}) for mask in masks], None
        asked_here = _asked(title, parts, [along] * len(kinds), called, conservative, tz, within, alone)
        questions += [replace(question, variable=measure) for question in asked_here]
    return questions


def _asked(
    measure: str,
    arrays: Sequence[xr.DataArray],
    along: Sequence[str],
    names: Sequence[str],
    conservative: bool,
    tz: str | tzinfo | None,
    masks: Sequence[npt.NDArray[np.bool_]] | None = None,
    alone: str = "",
) -> list[Question]:
    """Cut arrays into rows, at each place one of each."""
    (unit, bare), others = _unit(arrays, names), _places(arrays, along)
    clocks = [is_time(array, d) for array, d in zip(arrays, along, strict=True)]
    if any(clocks) and not all(clocks):
        raise DimsError(f"one sample lies along time, another along {along[clocks.index(False)]!r}", "both, or neither")
    if (number := int(np.prod([len(values) for values in others.values()]))) > MOST:
        raise DimsError(
            f"{number} places, each with its test, along {', '.join(others)}", f"at most {MOST}: means along some of them"
        )
    with or_in_no_order(along[0]):
        joined = [
            steps(array, d, tz).regular() if clock and array.sizes[d] else None
            for array, d, clock in zip(arrays, along, clocks, strict=True)
        ]
    rows = []
    for array, d in zip(arrays, along, strict=True):
        values = np.asarray(array.transpose(*others, d).to_numpy(), dtype=np.float64)
        rows.append(values.reshape(int(np.prod(values.shape[:-1])), values.shape[-1]))
    found = []
    for number, place in enumerate(np.ndindex(*(len(c) for c in others.values()))):
        parts = []
        for i, name in enumerate(names):
            row, mask = rows[i][number], slice(None) if masks is None else masks[i]
            missing = int(np.isnan(row[mask]).sum())
            kept = row if masks is None else np.where(masks[i], row, np.nan)
            parts.append(sample(name, kept, missing, joined[i], conservative))
        where = tuple((d, others[d][i]) for d, i in zip(others, place, strict=True))
        found.append(Question(measure, unit, along[0], clocks[0], tuple(parts), where, alone, unitless=bare))
    return found


def sample(
    name: str, row: Floats, missing: int, joined: npt.NDArray[np.bool_] | None = None, conservative: bool = False
) -> Sample:
    """Give a sample with its effective number."""
    value = row[~np.isnan(row)]
    n = len(value)
    try:
        refuse_extreme(value)
    except SeriesError as error:
        return Sample(name, row, missing, np.nan, joined, error)
    effective = float(n)
    if joined is not None and n >= FEWEST:
        methods = tuple(METHODS) if conservative else ("ar",)
        effective = float(effective_of(row[None], methods, joined)[0])
        effective = effective if np.isfinite(effective) else 1.0  # all values are the same
    return Sample(name, row, missing, effective, joined)


def _names(given: Sequence[Any], names: Sequence[str] | None) -> list[str]:
    if names is not None:
        if isinstance(names, str) or len(names) != len(given) or len(set(names)) < len(names):
            raise SeriesError(f"names are {names!r:.80} for {len(given)} samples", "one for each, all different")
        return [str(name) for name in names]
    own = [str(name) if (name := getattr(one, "name", None)) is not None else "" for one in given]
    if len(given) > 1 and all(own) and len(set(own)) == len(own):
        return own
    at = [{str(name): str(c.values) for name, c in getattr(one, "coords", {}).items() if c.ndim == 0} for one in given]
    apart = [name for name in at[0] if len({here.get(name, "") for here in at}) == len(given) > 1]
    if len(apart) == 1 and all(apart[0] in here for here in at):  # as of data.sel(kind="sand") and data.sel(kind="clay")
        return [here[apart[0]] for here in at]
    return ["sample"] if len(given) == 1 else ["first", "other", *(f"sample {i}" for i in range(3, len(given) + 1))]


def _title(arrays: Sequence[xr.DataArray], measure: str) -> str:
    """Give what was measured: what the samples say alike."""
    said = [str(array.attrs.get("long_name") or array.name or "") for array in arrays]
    told = {one for one in said if one}
    return told.pop() if len(told) == 1 else "value" if len(told) > 1 and len(arrays) > 1 else measure


def _unit(arrays: Sequence[xr.DataArray], names: Sequence[str]) -> tuple[str, str]:
    """Give the unit of all samples, and what is said where some have none: they are taken to be in it."""
    told = [str(array.attrs["units"]) if "units" in array.attrs else None for array in arrays]
    units = list(dict.fromkeys(unit for unit in told if unit is not None))
    if len(units) > 1:
        units = list(dict.fromkeys(map(spelled, units)))
    if len(units) > 1:
        raise SeriesError(f"the samples are in {' and '.join(map(repr, units))}", "convert one, and its attr `units`")
    unit = units[0] if units else "1"
    bare = [name for name, one in zip(names, told, strict=True) if one is None]
    if unit == "1" or not bare:
        return unit, ""
    return unit, f"{several(bare)} {'has' if len(bare) == 1 else 'have'} no unit, and {unit} is taken for it"


def _places(arrays: Sequence[xr.DataArray], along: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """Give the coords of the dims that are no samples, which must be those of all."""
    others = places_beside(arrays[0], along[0])
    for array, d in zip(arrays[1:], along[1:], strict=True):
        here = places_beside(array, d)
        if set(here) != set(others):
            raise DimsError(
                f"beside their values one sample has the dims {list(others)}, another {list(here)}", "the same in each"
            )
        for e, values in others.items():
            if not np.array_equal(values, here[e]):
                raise DimsError(f"the samples differ along {e!r}", "the same coordinate in each, e.g. xarray.align(...)")
    return others


def _paired(arrays: Sequence[xr.DataArray], along: Sequence[str]) -> list[xr.DataArray]:
    """Lay values that belong together side by side, by coordinate if all have one; what has no partner meets NaN."""
    if len(set(along)) > 1:
        raise DimsError(f"the pairs lie along {' and '.join(map(repr, along))}", "one dim for both: data.rename(...)")
    d = along[0]
    one_unit(arrays, d)
    if all(d in array.coords for array in arrays):
        for array in arrays:
            if not array.indexes[d].is_unique:
                raise SeriesError(f"the coordinate {d!r} holds a value twice: what is its partner?", "no repeats")
        together = [a.astype(np.float64) for a in arrays]
        shared = set(together[0].indexes[d]).intersection(*(a.indexes[d] for a in together[1:]))
        if not shared:
            raise SeriesError(
                f"no value of one sample has a partner at the same {d!r} in the other",
                f"data.drop_vars({d!r}), or .reset_index(drop=True) in pandas, if pairs go by order",
            )
        return list(xr.align(*together, join="outer", exclude=[e for e in arrays[0].dims if e != d]))
    sizes = [array.sizes[d] for array in arrays]
    if len(set(sizes)) > 1:
        raise SeriesError(f"pairs of {' and '.join(map(str, sizes))} values", "as many of each, NaN where one is missing")
    return list(arrays)


__all__ = ["Question", "Sample", "groups", "samples"]
