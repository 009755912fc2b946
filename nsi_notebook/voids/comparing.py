"""Compare the empty part of two masks, or of two groups of images.

Two masks are compared by their tiles, two groups by their images: the images of a group are the exchangeable units, however many
pixels they have (pixels or tiles of the same sample are no replicates: Hurlbert 1984, Ecol Monogr 54:187).

Units are exchanged between the sides (`permuting.py`). For tiles they are jackknife pseudo-values (Tukey 1958, Ann Math Stat
29:614), which add up to the value of the whole, so any measure that counts by tile has them. They are of use only for what is
smooth in the counts: for quantiles the jackknife is not consistent (Miller 1974, Biometrika 61:1), so in their place the shares
of the void up to the quantile of both masks are exchanged. The interval is the bootstrap of `intervals.py` on either side, its
variance made that of the longest waves, as that of the test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import xarray as xr

from ..errors import DimsError, OptionError, SpacingError
from .carrying import frame_attrs
from .checks import check_mask, number, refuse_path
from .counting import Plan, each_frame
from .doubts import DOUBT, warn_of_doubts
from .intervals import Interval, Pieces, check_level, draws, grid, largest, likened, quantiles, resampled, shaped, tail_of, tiles
from .measures.base import Array, Counts, Measure, check_connectivity, ratio
from .measuring import choose
from .measuring import measure as take
from .permuting import NOISE, exchanged, permuted, variance, waves, welch_interval
from .space import TOLERANCE, Space, spatial_dims

Masks = xr.DataArray | Sequence[xr.DataArray]


def compare(
    first: Masks,
    other: Masks,
    measure: str,
    *,
    dims: Sequence[str] | str | None = None,
    connectivity: int | None = None,
    level: float = 0.95,
    seed: int = 0,
    replicates: int = 9999,
    **options: Any,
) -> xr.Dataset:
    """Compare one measure of two masks, or of two groups of images.

    Parameters
    ----------
    first, other : xarray.DataArray of bool, or sequence of them
        True is empty. Two masks with spatial dims only are compared by tiles, 64 each. Masks with other dims, and sequences of
        masks, are groups: each index of the other dims is one image, the images of a group are independent samples of the
        same kind, and there are two or more. All images have the same shape, spacing and unit.
    measure : str
        Name of one measure.
    dims : sequence of str, optional
        Spatial dims; default: those of z, y, x that are there.
    connectivity : int, optional
        Of the void, for the measures that depend on it.
    level : float
        Nominal coverage of the interval of the difference.
    seed : int
        Of the resampling and the permutations.
    replicates : int
        Number of random permutations, from 1; no p-value is below 1 / (replicates + 1).
    **options
        Options of the measure.

    Returns
    -------
    xarray.Dataset
        For each variable of the measure: `<variable>_first` and `_other` (of a group: the mean of its images, and as
        `<variable>_first_std` and `_other_std` the standard deviation between them), `_difference` (other minus first),
        `_difference_ci` with dim `bound`, and `_p`, two-sided, of the hypothesis that both are of the same
        kind. Interval and p are NaN where there is no answer: beyond half a tile, where fewer than two images have a value, or
        a tile without which there is none. In a comparison of two masks variables that do not follow from tiles have neither;
        where the tiles of one of them do not tell enough, `nsi_ci_doubt` in the attrs of `_difference_ci` says so, and a
        `NsiWarning`, as of `measure(ci=)`. `nsi_units` in the attrs says what was exchanged.

    Raises
    ------
    DimsError, SpacingError
        If a mask is compared with a group, a group has fewer than two images, or shapes, spacings or units differ.
    OptionError, UnknownNameError
        If no variable of the measure follows from tiles, or an option is outside its range.

    Notes
    -----
    For tiles, the interval is the bootstrap of `measure(ci=)` on either side, widened for tiles that vary together, however far
    apart. For images it is Welch's (Welch 1947, Biometrika 34:28). Two images against two have six permutations, so p cannot be
    below 1/3; three against three, 1/10; four against four, 1/35.

    By tiles, a quantile is told apart by the shares of the void up to the quantile of both masks together; its p is 1 where
    the quantiles are equal.

    Examples
    --------
    >>> from nsi_notebook.voids.synthetic import boolean_model
    >>> dense, open_ = (boolean_model((128, 128), radius=3, fraction=f, seed=1) for f in (0.4, 0.6))
    >>> ds = compare(dense, open_, "void_fraction")
    >>> round(float(ds.void_fraction_difference), 1), float(ds.void_fraction_p) < 0.001
    (0.2, True)
    """
    if not isinstance(measure, str):
        raise OptionError(f"measure={measure!r} is not the name of one measure", "compare them one by one: 'void_fraction'")
    check_level(float(number("level", level)), "level")
    if number("replicates", replicates, Integral) < 1 or number("seed", seed, Integral) < 0:
        raise OptionError(
            f"replicates={replicates}, seed={seed}: too small", "give a number of permutations from 1, and a seed from 0"
        )
    sides = [_images(side, dims) for side in (first, other)]
    grouped = ["image" in side[0].dims for side in sides]
    units = [sum(mask.sizes.get("image", 1) for mask in side) for side in sides]
    if grouped[0] != grouped[1]:
        group, one = ("first", "other") if grouped[0] else ("other", "first")
        raise DimsError(f"{group} is a group of images, {one} a single mask", "compare two masks, or two groups of images")
    if grouped[0] and min(units) < 2:
        raise DimsError(
            f"groups of {units[0]} and {units[1]} images: their spread is not known from fewer than two",
            "add images, or compare two masks by their tiles: mask.isel(time=0)",
        )
    space = _same([Space.of(mask, dims) for side in sides for mask in side])
    chunked = any(mask.chunks is not None for side in sides for mask in side)
    (each,) = choose(measure, space, check_connectivity(connectivity, space.ndim), options, chunked)
    if grouped[0]:
        how = {"dims": dims, "connectivity": connectivity, **options}
        result = _by_images([_taken(side, measure, space, how) for side in sides], level, seed, replicates)
    else:
        units = [len(tiles(space.shape))] * 2
        counts = [_tally(each, side[0].transpose(*space.dims).data, space) for side in sides]
        result = _by_tiles(each, counts, space, level, seed, replicates)
    return result.assign_attrs(
        {
            **frame_attrs(space),
            "nsi_compare": "other minus first",
            "nsi_units": "images" if grouped[0] else "tiles",
            "nsi_units_first": units[0],
            "nsi_units_other": units[1],
        }
    )


def _images(side: Masks, dims: Sequence[str] | str | None) -> list[xr.DataArray]:
    """Masks of one side, those of a group with one dim `image` beside the spatial ones."""
    refuse_path(side, "mask")  # it would be taken for a sequence
    masks = [side] if isinstance(side, xr.DataArray) else list(side)
    if not masks:
        raise DimsError("a group has no images", "give two or more masks")
    found = []
    for mask in masks:
        check_mask(mask)
        spatial = spatial_dims(mask, dims)
        batch = [d for d in mask.dims if d not in spatial]
        bare = mask.drop_vars([c for c in mask.coords if c not in spatial])
        if batch:
            bare = bare.stack(image=batch, create_index=False).transpose("image", ...)
        elif not isinstance(side, xr.DataArray):
            bare = bare.expand_dims("image")
        found.append(bare)
    return found


def _same(spaces: Sequence[Space]) -> Space:
    """Give the frame that all share."""
    one = spaces[0]
    for space in spaces[1:]:
        if space.dims != one.dims:
            raise DimsError(f"spatial dims {one.dims} and {space.dims} differ", "transpose or rename them")
        if space.unit != one.unit:
            raise SpacingError(
                f"lengths in {one.unit} and in {space.unit} cannot be compared", "give every spatial coord the same units"
            )
        if not np.allclose(space.spacing, one.spacing, rtol=TOLERANCE, atol=0):
            raise SpacingError(
                f"spacings {one.spacing} and {space.spacing} {one.unit} differ", "resample one image to the spacing of the other"
            )
        if space.shape != one.shape:
            least = [min(a, b) for a, b in zip(one.shape, space.shape, strict=True)]
            cut = ", ".join(f"{d}=slice({n})" for d, n in zip(one.dims, least, strict=True))
            raise DimsError(
                f"windows of {one.shape} and {space.shape} pixels differ, and so would counts and tiles",
                f"cut both to the same size: mask.isel({cut})",
            )
    return one


def _tally(each: Measure, data: Any, space: Space) -> Counts:
    """Count by tile, chunk by chunk."""
    plan = Plan((each,), space.shape, tuple(tiles(space.shape)))
    return each_frame(data, plan, lambda states: each.tally(states[0], space))[0]


def _by_tiles(each: Measure, counts: Sequence[Counts], space: Space, level: float, seed: int, replicates: int) -> xr.Dataset:
    """Compare two masks, given the counts of their tiles."""
    count = len(tiles(space.shape))
    if count < 2:
        raise OptionError(f"a window of {space.shape} pixels has one tile only", "use larger windows, or groups of images")
    nothing = OptionError(
        f"no variable of {each.name} follows from tiles, so two masks tell no uncertainty",
        "compare groups of images: compare([mask, ...], [mask, ...], measure)",
    )
    if set(counts[0]) <= set(each.shared):
        raise nothing
    whole = [{k: v if k in each.shared else v.sum(axis=0) for k, v in side.items()} for side in counts]
    labelled = [xr.Dataset(*each.label(*each.report(side, space))) for side in whole]
    times = [draws(count, (seed, i)) for i, _ in enumerate(counts)]
    drawn = [
        {found[0].name: found for found in resampled(each, side, space, mine, Pieces.of(space))}
        for side, mine in zip(counts, times, strict=True)
    ]
    if not drawn[0]:
        raise nothing
    stood = each.stand_ins(counts)
    units = [pseudo_values(each, side, space) | {k: v[i] for k, v in stood.items()} for i, side in enumerate(counts)]
    points, found = [], {}
    doubted: list[dict[str, Interval]] = [{}, {}]
    for name, (point, values, spread) in drawn[0].items():
        there, others, other_spread = drawn[1][name]
        if np.shape(there.values) != np.shape(point.values):  # as many values as the mask holds things
            continue
        centers = [np.asarray(v.values, dtype=float).ravel() for v in (point, there)]
        difference = centers[1] - centers[0]
        one, two = (side[name] for side in units)
        moves = _widening(one, two, grid(space)) * ((others - centers[1]) - (values - centers[0]))
        bounds = difference + quantiles(moves, tail_of(level, len(waves(grid(space))) + 1))
        bounds = shaped(np.clip(bounds, there.lowest - point.highest, there.highest - point.lowest), point, largest(space.shape))
        told = np.isfinite(bounds).all(axis=-1).ravel()
        p = np.full(len(difference), np.nan)
        p[told] = exchanged(one[:, told], two[:, told], grid(space), replicates, seed)
        p[told & (np.abs(difference) <= NOISE * np.abs(centers[0]))] = 1
        for side, one_spread in zip(doubted, (spread, other_spread), strict=True):
            side[name] = Interval.of(point, bounds, one_spread)
        points.append(point)
        found[name] = bounds, p.reshape(np.shape(point.values))
    if not found:
        raise nothing
    result = _dataset(labelled, found, level, seed, replicates)
    doubted = [likened(points, side) for side in doubted]
    for name in found:
        doubt = _told([side[name].attrs(space).get(DOUBT, "") for side in doubted])
        result[f"{name}_difference_ci"].attrs.update({DOUBT: doubt} if doubt else {})
    for name in stood:
        result[f"{name}_p"].attrs["nsi_p"] = (
            "of the share of the void up to the quantile of both masks together; 1 where the quantiles are equal"
        )
    warn_of_doubts(result)
    return result


def _told(doubts: Sequence[str]) -> str:
    """Say of which side a doubt is."""
    if doubts[0] == doubts[1]:
        return f"{doubts[0]} (both)" if doubts[0] else ""
    return "; ".join(f"{doubt} ({side})" for doubt, side in zip(doubts, ("first", "other"), strict=True) if doubt)


def _widening(one: Array, other: Array, tiles_along: tuple[int, ...]) -> Array:
    """Factor of the standard error of the difference, for tiles that vary together, and in the same way on both sides."""
    count = len(one)
    own = sum(np.square(side - side.mean(axis=0)).sum(axis=0) for side in (one, other)) / (count * (count - 1))
    return np.asarray(np.where(own == 0, 1.0, np.sqrt(ratio(variance(other - one, tiles_along), own))))


def pseudo_values(each: Measure, counts: Counts, space: Space) -> dict[str, Array]:
    """What each tile contributes to each variable: its mean is the value of the whole.

    Parameters
    ----------
    each : Measure
        Whose counts they are.
    counts : dict of ndarray, shape (tiles, ...)
        As `each.tally` gives them for one state a tile.
    space : Space
        The frame.

    Returns
    -------
    dict of ndarray, shape (tiles, values)
        Of each variable that has an interval: the value, plus (n - 1) times what leaving out the tile takes away from it.
        The counts without the tile are scaled to n tiles, as those of a draw are.
    """
    adding = {k: v for k, v in counts.items() if k not in each.shared}
    fixed = {k: counts[k] for k in each.shared}
    total = {k: v.sum(axis=0) for k, v in adding.items()}
    count = len(next(iter(adding.values())))
    points, _ = each.report(total | fixed, space)
    less, _ = each.report({k: (total[k] - v) * (count / (count - 1)) for k, v in adding.items()} | fixed, space)
    result = {}
    for point, left in zip(points, less, strict=True):
        if point.interval:
            flat = np.asarray(left.values, dtype=float).reshape(count, -1)
            value = np.asarray(point.values, dtype=float).ravel()
            result[point.name] = value + (count - 1) * (flat.mean(axis=0) - flat)
    return result


def _taken(side: Sequence[xr.DataArray], measure: str, space: Space, how: Mapping[str, Any]) -> xr.Dataset:
    """Measure each image of a group, in the frame that all share: coords that differ by rounding would not align."""
    each = [take(mask.assign_coords(space.coords()), measure, **how) for mask in side]
    return xr.concat(each, "image", join="outer", coords="minimal", compat="override").load()


def _by_images(taken: Sequence[xr.Dataset], level: float, seed: int, replicates: int) -> xr.Dataset:
    """Compare two groups, given what was measured of each image."""
    one, other = xr.align(*taken, join="outer", exclude=["image"])
    found = {}
    for name in one.data_vars:
        sides = [np.asarray(ds[name].transpose("image", ...).values, dtype=float) for ds in (one, other)]
        shape = sides[0].shape[1:]
        here, there = (side.reshape(len(side), -1) for side in sides)
        bounds = welch_interval(here, there, level).reshape(*shape, 2)
        found[str(name)] = bounds, permuted(here, there, replicates, seed).reshape(shape)
    result = _dataset([ds.mean("image", keep_attrs=True) for ds in (one, other)], found, level, seed, replicates)
    for side, ds in {"first": one, "other": other}.items():
        for name, values in ds.data_vars.items():
            count = values.count("image")
            square = ((values - values.mean("image")) ** 2).sum("image")
            attrs = {**values.attrs, "long_name": f"{values.attrs['long_name']}, standard deviation between images, {side}"}
            result[f"{name}_{side}_std"] = ((square / (count - 1).where(count > 1)) ** 0.5).assign_attrs(attrs)
    return result


def _dataset(
    sides: Sequence[xr.Dataset], found: Mapping[str, tuple[Array, Array]], level: float, seed: int, replicates: int
) -> xr.Dataset:
    """Name everything and say how it was made; `found` holds the bounds and the p-values of each variable."""
    one, other = xr.align(*sides, join="outer")
    result = xr.Dataset(coords=one.coords)
    for name, variable in one.data_vars.items():
        attrs, what = variable.attrs, variable.attrs["long_name"]
        difference = other[name].astype(float) - variable
        result[f"{name}_first"] = variable.assign_attrs(long_name=f"{what}, first")
        result[f"{name}_other"] = other[name].assign_attrs(attrs, long_name=f"{what}, other")
        result[f"{name}_difference"] = difference.assign_attrs(attrs, long_name=f"{what}, other minus first")
        if name not in found:
            result[f"{name}_difference"].attrs["nsi_ci"] = "none: it does not follow from tiles"
            continue
        bounds, p = found[str(name)]
        made = {**attrs, "nsi_seed": seed}
        told = {"long_name": f"{level:.3g} confidence interval of: {what}, other minus first", "nsi_ci": level}
        result[f"{name}_difference_ci"] = ((*variable.dims, "bound"), bounds, {**made, **told})
        told = {"long_name": f"p-value of: {what}, other minus first", "units": "1", "nsi_permutations": replicates}
        result[f"{name}_p"] = (variable.dims, p, {**made, **told})
    return result.assign_coords(bound=["lower", "upper"])
