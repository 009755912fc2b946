"""Lung CT: how much of the lung is emphysema, and how it is clustered. Of an image in HU.

Variables (L is the length unit of the image, d its number of dims, 2 or 3):

    laa_percent (%)             LAA%-950: share of the lung below `threshold`, that is of low attenuation. -950 HU in thin
                                sections (Gevenois et al. 1996, Am J Respir Crit Care Med 154:187); -910 HU in sections of 10 mm
                                (Mueller et al. 1988, Chest 94:782); -856 HU at expiration tells air trapping, not emphysema
                                (Busacker et al. 2009, Chest 135:48)
    perc15 (HU)                 value that 15 % of the lung does not exceed (Perc15; plus 1000 it is lung density in g/L)
    mean_lung_density (HU)      mean value
    lung_size (L^d)             area or volume of the lung
    laa_cluster_count (1), laa_cluster_size (cluster) (L^d)
                                connected clusters of low attenuation, the largest first
    laa_exponent (1)            D: the number of clusters of a size or larger falls as size^-D (Mishima et al. 1999, PNAS
                                96:8829). By maximum likelihood from `smallest` on: `laa_exponent_error` is its standard error,
                                `laa_exponent_range` (bound) (L^d) the range of sizes
    laa_exponent_line (1)       D as the slope of a line through the cumulative distribution on logarithmic axes over the same
                                range, as is often reported; it scatters more (see `nsi_notebook.voids.powerlaws`), and is there
                                to compare

D is NaN where there are fewer than two sizes of clusters. Clusters of few pixels are noise in good part: say `smallest`, and
compare values of D only of one `smallest`, threshold, spacing and number of dims.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...errors import DimsError, OptionError, PixelError
from ..checks import number
from ..intervals import intervals, tiles
from ..labelling import label
from ..measures.base import Array, Coord, Counts, Measure, Panel, Variable, ratio
from ..powerlaws import exponent, slope
from ..segmentation.checks import check_pixels
from ..space import Space
from .words import made

TAKES = "image"
PANELS = (Panel("laa_cluster_size", log="xy", tail=True),)
LEAST = -1500  # HU: what is lower is padding
LAA = "Mueller et al. 1988, Chest 94:782; Gevenois et al. 1996, Am J Respir Crit Care Med 154:187"
DENSITY = "Gould et al. 1988, Am Rev Respir Dis 137:380; Dirksen et al. 1999, Am J Respir Crit Care Med 160:1468"
CLUSTERS = "Mishima et al. 1999, PNAS 96:8829"
LIKELY = f"{CLUSTERS}; Clauset, Shalizi & Newman 2009, SIAM Review 51:661"


@dataclass(frozen=True)
class _Density(Measure):
    """Shares and values of the lung, from counts by tile: low, lung, sum; number of pixels at each whole HU."""

    shared: ClassVar[tuple[str, ...]] = ("value",)

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Divide by the pixels of the lung."""
        lung, running = counts["lung"], np.cumsum(counts["number"], axis=-1)
        place = (running < 0.15 * lung[..., None]).sum(axis=-1)
        perc15 = np.where(lung > 0, counts["value"][np.minimum(place, len(counts["value"]) - 1)], np.nan)
        return [
            Variable("laa_percent", 100 * ratio(counts["low"], lung), "%", "", lowest=0, highest=100),
            Variable("perc15", perc15, "HU", ""),
            Variable("mean_lung_density", ratio(counts["sum"], lung), "HU", ""),
        ], []


def study(
    frame: xr.DataArray,
    *,
    mask: xr.DataArray | None = None,
    threshold: float = -950.0,
    smallest: int = 1,
    connectivity: int | None = None,
    ci: float | None = None,
    seed: int = 0,
) -> xr.Dataset:
    """Describe the lung of one frame.

    Parameters
    ----------
    frame : xarray.DataArray of numbers
        Values in HU.
    mask : xarray.DataArray of bool, optional
        True is lung. Default: all pixels that are not NaN, so that `image.where(lung)` does too.
    threshold : float
        Below it attenuation is low: -950, -910 or -856, in HU.
    smallest : int
        Pixels of the smallest cluster that counts for D.
    connectivity : int, optional
        Of a cluster: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6.
    ci : float, optional
        Nominal coverage of intervals: by tiles, that of D by its standard error.
    seed : int
        Of the resampling.
    """
    check_pixels(frame)
    space = Space.of(frame, [str(d) for d in frame.dims])
    if space.ndim < 2:
        raise DimsError(f"lung_ct is defined for 2 or 3 spatial dims, not {space.ndim}", "choose them with dims=")
    number("threshold", threshold)
    if not isinstance(smallest, int | np.integer) or isinstance(smallest, bool) or smallest < 1:
        raise OptionError(f"smallest={smallest!r} is no number of pixels", "give a whole number from 1")
    values, lung = np.asarray(frame.values), _lung(frame, mask)
    _check_units(frame, lung)
    low = lung & (values < threshold)
    whole = values[lung].astype(float)
    laa = {"units": "%", "long_name": f"share of the lung below {threshold:g} HU", "nsi_source": LAA}
    told = {
        "laa_percent": (100 * float(ratio(low.sum(), lung.sum())), laa),
        "perc15": (
            np.percentile(whole, 15, method="inverted_cdf") if len(whole) else np.nan,
            {"units": "HU", "long_name": "15th percentile of lung density", "nsi_source": DENSITY},
        ),
        "mean_lung_density": (
            whole.mean() if len(whole) else np.nan,
            {"units": "HU", "long_name": "mean lung density", "nsi_source": DENSITY},
        ),
    }
    data = {name: xr.Variable((), value, {**attrs, "nsi_threshold": float(threshold)}) for name, (value, attrs) in told.items()}
    if ci is not None:
        for name, found in intervals(_Density(), _by_tile(values, lung, low, space), space, ci, seed).items():
            attrs = {**data[name].attrs, "nsi_ci": ci, "nsi_seed": seed}
            attrs |= {"long_name": f"confidence interval of: {attrs['long_name']}", **found.attrs(space)}
            data[f"{name}_ci"] = xr.Variable("bound", found.bounds, attrs)
    data["lung_size"] = made(lung.sum() * space.pixel, space.power(space.ndim), "size of the lung", "number of its pixels")
    data |= _clusters(low, space, smallest, connectivity, ci)
    rank = xr.Variable("cluster", np.arange(1, data["laa_cluster_size"].size + 1), {"units": "1", "long_name": "rank by size"})
    return xr.Dataset(data, {"bound": ["lower", "upper"], "cluster": rank})


def _clusters(low: Array, space: Space, smallest: int, connectivity: int | None, ci: float | None) -> dict[str, xr.Variable]:
    """List the clusters and fit their sizes."""
    from scipy.stats import norm

    labels, _ = label(low, connectivity)
    sizes = np.sort(np.bincount(labels.ravel())[1:])[::-1]
    unit, fitted = space.power(space.ndim), sizes[sizes >= smallest]
    found, error = exponent(sizes, smallest)
    ends = np.array([fitted.min(), fitted.max()]) * space.pixel if len(fitted) else np.full(2, np.nan)
    said = "exponent D of the sizes of clusters of low attenuation"
    data = {
        "laa_cluster_count": made(len(sizes), "1", "number of clusters of low attenuation", CLUSTERS),
        "laa_cluster_size": made(sizes * space.pixel, unit, "size of the cluster of low attenuation", CLUSTERS, ("cluster",)),
        "laa_exponent": made(found, "1", said, LIKELY),
        "laa_exponent_error": made(error, "1", f"standard error of the {said}", LIKELY),
        "laa_exponent_range": made(ends, unit, "range of sizes that D is fitted to", LIKELY, ("bound",)),
        "laa_exponent_line": made(slope(sizes, smallest), "1", f"{said}, by a line", CLUSTERS),
    }
    if ci is not None:
        bounds = found + norm.ppf([(1 - ci) / 2, (1 + ci) / 2]) * error
        data["laa_exponent_ci"] = made(bounds, "1", f"confidence interval of: {said}", LIKELY, ("bound",))
        data["laa_exponent_ci"].attrs["nsi_ci"] = ci
    return data


def _lung(frame: xr.DataArray, mask: xr.DataArray | None) -> Array:
    """Pixels of the lung."""
    there = np.isfinite(frame.values)
    if mask is None:
        return np.asarray(there)
    if not isinstance(mask, xr.DataArray) or mask.dtype != bool:
        kind = mask.dtype if isinstance(mask, xr.DataArray) else type(mask).__name__
        raise PixelError(f"the mask of the lung must be a DataArray of bool, not {kind}", "for example mask=labels == 1")
    inside = np.asarray(mask.values)
    if not there[inside].all():
        raise PixelError(f"{int((~there[inside]).sum())} pixels of the lung are not finite", "leave them out of the mask")
    return inside


def _check_units(frame: xr.DataArray, lung: Array) -> None:
    """Refuse what cannot be HU."""
    values: NDArray[Any] = np.asarray(frame.values)[lung]
    lost = np.isnan(frame.values).sum()
    apart = f"; {lost} of {frame.size} pixels are NaN, which is no lung" if lost else ""
    units = frame.attrs.get("units", "HU")
    if str(units).strip().lower() not in ("hu", "hounsfield", "hounsfield unit", "hounsfield units", "1", ""):
        raise PixelError(
            f"lung_ct takes values in HU, not in {units}{apart}", "rescale the image and set its attrs['units'] to 'HU'"
        )
    if not values.size:
        return
    if values.min() < LEAST:
        raise PixelError(
            f"the lung holds values of {values.min():g} HU, below any tissue or air: padding of the scanner{apart}",
            f"leave it out: image.where(image > {LEAST})",
        )
    if values.min() >= 0:
        raise PixelError(
            f"no value in the lung is below 0 (the lowest is {values.min():g}): these are not HU, in which air is -1000{apart}",
            "rescale what is stored: image * slope + intercept, with the slope and intercept of its file",
        )


def _by_tile(values: Array, lung: Array, low: Array, space: Space) -> Counts:
    """Count in each tile what `_Density` divides."""
    inside = values[lung].astype(float)
    least, half = (np.floor(inside.min()), np.ceil(np.median(inside))) if len(inside) else (0.0, 0.0)
    value = np.arange(int(least), int(half) + 1)  # no draw of tiles takes the 15th percentile above the median
    counts: dict[str, list[Any]] = {"lung": [], "low": [], "sum": [], "number": []}
    for box in tiles(space.shape):
        where = tuple(slice(lo, hi) for lo, hi in box)
        mine = values[where][lung[where]].astype(float)
        at = np.rint(np.minimum(mine, half)).astype(np.int64) - value[0]
        counts["lung"].append(len(mine))
        counts["low"].append(int(low[where].sum()))
        counts["sum"].append(mine.sum())
        counts["number"].append(np.bincount(at, minlength=len(value)))
    return {k: np.asarray(v) for k, v in counts.items()} | {"value": value}
