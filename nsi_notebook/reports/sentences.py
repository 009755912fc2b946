"""The sentences of a finding, each about one measure; empty where there is nothing to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from ..voids.doubts import DOUBT
from .words import alike, listing, number, percent, quantity, safe

RULES = {"li": "Li", "otsu": "Otsu", "triangle": "the triangle rule"}


def spanning(measures: xr.Dataset) -> str:
    """Say along which axes the void spans, and how wide the way is at its narrowest place.

    >>> import nsi_notebook as nsi
    >>> void = xr.DataArray(np.eye(5) + np.eye(5, k=2) < 1, dims=("y", "x"))
    >>> spanning(nsi.measure(void, ["percolation", "bottleneck"]))
    'The void spans the image along neither y nor x.'
    """
    if "percolates" not in measures:
        return ""
    spans, what = measures["percolates"], _what(measures)
    axes = [str(axis) for axis in spans["axis"].values]
    if spans.ndim > 1:
        return _spanning_frames(spans, what, axes)
    through = [axis for axis in axes if spans.sel(axis=axis)]
    if not through:
        alone = (
            f"not along {safe(axes[0])}" if len(axes) == 1 else f"along neither {safe(', '.join(axes[:-1]))} nor {safe(axes[-1])}"
        )
        return f"The void spans the {what} {alone}."
    rest = [axis for axis in axes if axis not in through]
    said = f"The void spans the {what} along {safe(listing(through))}"
    said += f", and not along {safe(listing(rest, 'or'))}" if rest else ""
    widest = measures.get("bottleneck")
    if widest is None or not np.isfinite(widest.sel(axis=through)).all():
        return f"{said}."
    ball = "ball" if what == "volume" else "disc"
    radii = [f"{quantity(widest.sel(axis=axis), widest.attrs['units'])} along {axis}" for axis in through]
    return f"{said}; the largest {ball} that can pass has a radius of {safe(listing(radii))}."


def _spanning_frames(spans: xr.DataArray, what: str, axes: list[str]) -> str:
    frames = spans.size // len(axes)
    counts = {axis: int(spans.sel(axis=axis).sum()) for axis in axes}
    if len(set(counts.values())) == 1:
        count = next(iter(counts.values()))
        share = {0: "no frame", frames: "every frame"}.get(count, f"{number(count)} of {number(frames)} frames")
        either = "or" if count == 0 else "and"
        return f"The void spans the {what} along {safe(listing(axes, either))} in {share}."
    said = [f"along {axis} in {number(count) if count else 'none'}" for axis, count in counts.items()]
    return f"Of {number(frames)} frames the void spans the {what} {safe(listing(said))}."


def width(measures: xr.Dataset) -> str:
    """Say how wide a void typically is.

    >>> import nsi_notebook as nsi
    >>> slit = xr.DataArray(np.array([[False, True, True, False]] * 2), dims=("y", "x"))
    >>> width(nsi.measure(slit, "thickness"))
    'Its typical width (mean local thickness) is 2 pixels.'
    """
    mean = measures.get("thickness_mean")
    if mean is None or not np.isfinite(mean).any():
        return ""
    unit = mean.attrs["units"]
    if mean.ndim:
        low, high = float(mean.min()), float(mean.max())
        goes = (
            f"is {safe(quantity(low, unit))}" if low == high else f"goes from {safe(number(low))} to {safe(quantity(high, unit))}"
        )
        return f"Its typical width (mean local thickness) {goes}."
    said, bracket = measured(measures, "thickness_mean", alike)
    return f"Its typical width (mean local thickness) is {safe(quantity(mean, unit, said))}{bracket}."


def chord(measures: xr.Dataset) -> str:
    """Say how long a mean chord is along each axis."""
    means = measures.get("mean_chord")
    if means is None:
        return ""
    bounds = measures.get("mean_chord_ci")
    said = alike(means.values.tolist(), np.nan if bounds is None else float((bounds[..., 1] - bounds[..., 0]).max()))
    told = [(v, text) for v, text in zip(means, said, strict=True) if np.isfinite(v)]
    each = [f"{quantity(v.item(), means.attrs['units'], text)} along {v['axis'].item()}" for v, text in told]
    return f"The mean chord is {safe(listing(each))}." if each else ""


def sensitivity(curves: xr.Dataset | None, measures: xr.Dataset) -> str:
    """Say how far the void fraction moves between the automatic thresholds; of a series, its mean over the frames.

    >>> import nsi_notebook as nsi
    >>> image = nsi.sample("gravel")
    >>> sensitivity(image.nsi.curves("void_fraction"), image.nsi.void().nsi.measure("void_fraction"))
    'Between the thresholds of Li, Otsu and the triangle rule (67 to 117) the void fraction ranges from 8.7% to 36.3%.'
    """
    if curves is None:
        return ""
    along = curves["threshold"]
    found = {name: float(along.attrs[f"nsi_{rule}"]) for rule, name in RULES.items() if f"nsi_{rule}" in along.attrs}
    low, high = min(found.values(), default=0.0), max(found.values(), default=0.0)
    if low == high:
        return ""
    share = curves["void_fraction"].mean([d for d in curves["void_fraction"].dims if d != "threshold"])
    # a step function: between two values of the image it is that of the lower
    least, most = sorted(float(share[max(int(np.searchsorted(along, t, "right")) - 1, 0)]) for t in (low, high))
    unit = str(along.attrs.get("units", "1"))
    said = f"Between the thresholds of {listing(list(found))} ({number(low)} to {safe(quantity(high, unit))})"
    if percent(least) == percent(most):
        return f"{said} the void fraction stays {percent(least)}."
    said += f" the void fraction ranges from {percent(least)} to {percent(most)}"
    return f"{said}; the interval does not account for that." if "void_fraction_ci" in measures else f"{said}."


def measured(measures: xr.Dataset, name: str, write: Callable[[Sequence[float], float], list[str]]) -> tuple[str, str]:
    """Write a number, and its interval in brackets, if there is one, and say if it is in doubt."""
    value, bounds = float(measures[name]), measures.get(f"{name}_ci")
    if bounds is None or not np.isfinite(bounds).all():
        return write([value], np.nan)[0], ""
    ends = [float(bound) for bound in bounds]
    said, low, high = write([value, *ends], ends[1] - ends[0])
    doubt = ", in doubt" if DOUBT in bounds.attrs else ""
    return said, f" ({percent(bounds.attrs['nsi_ci'])} interval: {low} to {high}{doubt})"


def _what(measures: xr.Dataset) -> str:
    return "volume" if len(measures.attrs["nsi_dims"]) == 3 else "image"
