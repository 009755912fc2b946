"""Synthetic masks whose measures are known."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from ..errors import DimsError, OptionError, SpacingError
from .reading.labels import label


def boolean_model(
    shape: Sequence[int],
    radius: float,
    fraction: float,
    seed: int | np.random.Generator,
    spacing: float | Sequence[float] | None = None,
    unit: str | None = None,
) -> xr.DataArray:
    """Overlapping solid discs or balls with Poisson centres.

    A pixel is void if no disc or ball covers its centre, so the expected void fraction is exp(-intensity v) = `fraction`, with v
    the area pi r^2 or the volume 4 pi r^3 / 3. Centres outside the window count too, so this holds up to its border.

    Parameters
    ----------
    shape : sequence of int
        Pixels along (y, x) or (z, y, x).
    radius : float
        Of the discs or balls, in `unit`.
    fraction : float
        Expected void fraction, above 0 and at most 1.
    seed : int or numpy.random.Generator
        The same seed gives the same mask.
    spacing : float or sequence of float, optional
        Distance between pixels, one for all dims or one for each; default 1.
    unit : str, optional
        Unit of `spacing` and `radius`; default pixel.

    Returns
    -------
    xarray.DataArray of bool
        True is void.

    Raises
    ------
    DimsError
        If the shape is not one of 2 or 3 dims with pixels.
    OptionError
        If the fraction or radius is outside its range.
    SpacingError
        If the spacing does not fit the shape or is not positive.

    References
    ----------
    Matheron 1975, Random Sets and Integral Geometry; Chiu, Stoyan, Kendall & Mecke 2013, Stochastic Geometry and its
    Applications, chapter 3.

    Examples
    --------
    >>> mask = boolean_model((200, 200), radius=3, fraction=0.6, seed=1)
    >>> mask.dims, round(float(mask.mean()), 1)
    (('y', 'x'), 0.6)
    """
    if len(shape) not in (2, 3) or min(shape) < 1:
        raise DimsError(f"shape={tuple(shape)}: discs need two dims with pixels, balls three", "for example shape=(256, 256)")
    if not 0 < fraction <= 1:
        raise OptionError(f"fraction={fraction:g} is not above 0 and at most 1", "for example fraction=0.6")
    if not 0 < radius < math.inf:
        raise OptionError(f"radius={radius:g} is not a positive number", "for example radius=4")
    steps = np.array(1.0 if spacing is None else spacing, dtype=float)
    steps = np.full(len(shape), steps) if steps.ndim == 0 else steps
    if steps.shape != (len(shape),) or not (np.isfinite(steps) & (steps > 0)).all():
        raise SpacingError(f"spacing={spacing!r} does not fit the shape {tuple(shape)}", "give one positive number for each dim")
    rng = np.random.default_rng(seed)
    volume = math.pi * radius**2 if len(shape) == 2 else 4 / 3 * math.pi * radius**3
    axes = [np.arange(n) * s for n, s in zip(shape, steps, strict=True)]
    sides = np.array([axis[-1] + 2 * radius for axis in axes])
    number = rng.poisson(-math.log(fraction) / volume * sides.prod())
    void = np.ones(tuple(shape), dtype=bool)
    for centre in rng.random((number, len(shape))) * sides - radius:
        first = np.maximum(np.ceil((centre - radius) / steps), 0).astype(int)
        last = np.floor((centre + radius) / steps).astype(int)
        box = tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))
        squares = [(axis[part] - c) ** 2 for axis, part, c in zip(axes, box, centre, strict=True)]
        void[box] &= sum(np.ix_(*squares)) > radius**2
    dims = ("z", "y", "x")[-len(shape) :]
    known = {} if spacing is None and unit is None else dict(zip(dims, steps.tolist(), strict=True))
    source = f"Boolean model: radius {radius:g}, fraction {fraction:g}"
    return label(void, dims, steps=known, unit=unit, name="void", attrs={"units": "1", "long_name": "void", "source": source})
