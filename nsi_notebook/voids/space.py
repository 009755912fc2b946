"""Where the pixels are: spatial dims, their sizes, spacing and unit.

The convention is spatial-image's: dims among time, z, y, x, channel; one-dimensional float coords with an attribute
`units`. No coords on a spatial dim means spacing 1 in the unit "pixel".
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ..errors import DimsError, SpacingError
from .units import check_unit, factor, multiplied, unit_name

SPATIAL = ("z", "y", "x")
TOLERANCE = 1e-6  # relative deviation of a coordinate from uniform, in steps


@dataclass(frozen=True)
class Space:
    """The spatial frame of an image.

    Parameters
    ----------
    dims : tuple of str
        Spatial dims, slowest first.
    shape : tuple of int
        Number of pixels along each.
    spacing : tuple of float
        Distance between pixel centres along each, in `unit`.
    unit : str
        Length unit, "pixel" if the image has none.
    origin : tuple of float
        Coordinate of the first pixel along each.
    signs : tuple of int
        1 where the coordinate rises, -1 where it falls.
    """

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    spacing: tuple[float, ...]
    unit: str = "pixel"
    origin: tuple[float, ...] = ()
    signs: tuple[int, ...] = ()

    @property
    def ndim(self) -> int:
        """Number of spatial dims."""
        return len(self.dims)

    @property
    def pixel(self) -> float:
        """Length, area or volume of one pixel."""
        return math.prod(self.spacing)

    @property
    def size(self) -> float:
        """Length, area or volume of the whole window."""
        return math.prod(self.shape) * self.pixel

    @property
    def isotropic(self) -> bool:
        """Whether all spacings are equal."""
        return max(self.spacing) - min(self.spacing) <= TOLERANCE * max(self.spacing)

    @property
    def steps(self) -> str:
        """Say the spacing along each axis, below 0 where the coordinate falls."""
        signs = self.signs or (1,) * self.ndim
        return ", ".join(f"{d}: {s * k:g} {self.unit}" for d, s, k in zip(self.dims, self.spacing, signs, strict=True))

    def power(self, exponent: int) -> str:
        """Write `unit` to a power: "um^2", "1/um", "1"."""
        return multiplied((self.unit, exponent))

    def like(self, other: Space) -> bool:
        """Whether another has the same unit, and the same spacing and direction along each axis."""
        same = self.unit == other.unit and (self.signs or (1,) * self.ndim) == (other.signs or (1,) * other.ndim)
        return same and np.allclose(self.spacing, other.spacing, rtol=TOLERANCE, atol=0)

    @classmethod
    def plain(cls, shape: Sequence[int], spacing: float | Sequence[float] = 1.0, unit: str = "pixel") -> Space:
        """Make the frame of a bare array whose dims are the last of z, y, x.

        >>> Space.plain((4, 5)).dims
        ('y', 'x')
        """
        ndim = len(shape)
        if not 1 <= ndim <= 3:
            raise DimsError(f"an array of {ndim} dims has no default names", "wrap it in an xarray.DataArray with named dims")
        steps = (float(spacing),) * ndim if np.ndim(spacing) == 0 else tuple(map(float, spacing))  # type: ignore[arg-type]
        if len(steps) != ndim:
            raise SpacingError(f"{len(steps)} spacings for {ndim} dims", "give one spacing for each dim, or one for all")
        return cls(SPATIAL[-ndim:], tuple(shape), steps, unit, (0.0,) * ndim)

    @classmethod
    def of(cls, image: xr.DataArray, dims: Sequence[Hashable] | str | None = None) -> Space:
        """Read the spatial frame of an image from its dims and coords.

        Parameters
        ----------
        image : xarray.DataArray
            Any array with named dims.
        dims : sequence of str, optional
            The spatial dims; default: those of z, y, x that are there.

        Raises
        ------
        DimsError
            If a dim is absent, or none of z, y, x is there and `dims` was not given.
        SpacingError
            If a coord is not numeric or not uniform, or the units disagree.
        """
        names = spatial_dims(image, dims)
        steps, units, origin = [], {}, []
        for name in names:
            step, unit, start = _axis(image, name)
            steps.append(step)
            origin.append(start)
            if unit is not None:
                units[name] = unit
        if len(set(units.values())) > 1 or (units and len(units) < len(names)):
            said = ", ".join(f"{n}: {units.get(n, 'no units')}" for n in names)
            raise SpacingError(
                f"the spatial axes disagree on their unit ({said})", "give every spatial coord the same attrs['units']"
            )
        unit = next(iter(units.values()), "pixel")
        signs = tuple(-1 if s < 0 else 1 for s in steps)
        return cls(names, tuple(image.sizes[n] for n in names), tuple(abs(s) for s in steps), unit, tuple(origin), signs)

    def coord(self, dim: str) -> np.ndarray:
        """Coordinates of the pixel centres along one dim, in `unit`."""
        i = self.dims.index(dim)
        start = self.origin[i] if self.origin else 0.0
        sign = self.signs[i] if self.signs else 1
        return start + sign * np.arange(self.shape[i]) * self.spacing[i]

    def coords(self) -> dict[str, tuple[str, np.ndarray, dict[str, Any]]]:
        """Coords of an image of this frame, from which `of` reads it again, for `assign_coords`."""
        return {
            d: (d, self.coord(d), {"units": self.unit, "long_name": d, "spacing": s})
            for d, s in zip(self.dims, self.spacing, strict=True)
        }


def respaced(
    image: xr.DataArray, spacing: float | Sequence[float] | None, unit: str | None, dims: Sequence[str] | None = None
) -> xr.DataArray:
    """Give an image another spacing, or tell its lengths in another unit; neither leaves it as it is.

    Parameters
    ----------
    image : xarray.DataArray
        With spatial dims.
    spacing : float or sequence of float, optional
        Distance between pixels, one for all spatial dims or one for each; replaces the coords.
    unit : str, optional
        Of `spacing`, which needs one ("pixel" is one, too); without a spacing, the image's lengths are converted.
    dims : sequence of str, optional
        The spatial dims; default: those of z, y, x that are there.

    Raises
    ------
    SpacingError
        If a spacing is not positive, has no unit, or their number is not that of the spatial dims, or the image has no length
        that could be converted to the unit.
    UnknownNameError
        If there is no such unit.

    Examples
    --------
    >>> image = respaced(xr.DataArray(np.zeros((2, 3)), dims=("y", "x")), 0.5, "um")
    >>> respaced(image, None, "nm").x.values
    array([   0.,  500., 1000.])
    """
    if spacing is None and unit is None:
        return image
    dims = spatial_dims(image, dims)
    steps, told = scale(spacing, unit, dims)
    if steps is None:
        held = [d for d in dims if d in image.coords]
        if len(held) < len(dims):
            there = f"only for {' and '.join(held)}" if held else "for no dim"
            raise SpacingError(f"unit={unit!r} without a spacing, which is told {there}", "give the spacing too")
        space = Space.of(image, dims)
        times = factor(space.unit, told)
        if times is None:
            raise SpacingError(f"lengths in {space.unit} cannot be told in {told}", "give the spacing in that unit too")
        steps, origin, signs = [s * times for s in space.spacing], [o * times for o in space.origin], space.signs
    else:
        origin, signs = [0.0] * len(dims), (1,) * len(dims)
    placed = Space(dims, tuple(image.sizes[d] for d in dims), tuple(steps), told, tuple(origin), signs)
    return image.assign_coords(placed.coords())


def scale(
    spacing: float | Sequence[float] | None, unit: str | None, dims: Sequence[Hashable] | None = None
) -> tuple[list[float] | None, str]:
    """Give the spacing along each dim, or as it is where they are not known, if one is asked for, and the name of its unit.

    Raises
    ------
    SpacingError
        If the spacing is not one positive number, or one for each dim, or has no unit: numbers in micrometres that are called
        pixels would be wrong without a trace.
    UnknownNameError
        If there is no such unit.
    """
    steps = None if spacing is None else steps_of(spacing, dims)
    if spacing is not None and unit is None:
        raise SpacingError(f"spacing={spacing!r} has no unit", "give it: unit='um', or unit='pixel'")
    return steps, "pixel" if unit is None else check_unit(str(unit))


def steps_of(spacing: float | Sequence[float], dims: Sequence[Hashable] | None) -> list[float]:
    """Give the spacing along each dim.

    Raises
    ------
    SpacingError
        If it is not one positive number, or one for each dim.
    """
    try:
        each = np.asarray(spacing, dtype=float)
        steps: list[float] = np.broadcast_to(each, (each.size if dims is None else len(dims),)).tolist()
    except (TypeError, ValueError):
        steps = []
    if not steps or not all(0 < s < math.inf for s in steps):
        said = "is no distance between pixels" if dims is None else f"does not fit the dims {tuple(dims)}"
        raise SpacingError(f"spacing={spacing!r} {said}", "give one positive number, or one for each dim")
    return steps


def spatial_dims(image: xr.DataArray, dims: Sequence[Hashable] | str | None = None) -> tuple[str, ...]:
    """Choose the spatial dims of an image, in the order in which the image has them.

    >>> spatial_dims(xr.DataArray(np.zeros((3, 4, 5)), dims=("time", "y", "x")))
    ('y', 'x')
    """
    there = tuple(str(d) for d in image.dims)
    if dims is None:
        found = tuple(d for d in there if d in SPATIAL)
        if not found:
            raise DimsError(
                f"no spatial dim among {there}: none is called z, y or x", "say which are spatial: dims=('row', 'col')"
            )
        return found
    asked = (dims,) if isinstance(dims, str) else tuple(str(d) for d in dims)
    absent = [d for d in asked if d not in there]
    if absent or not asked or len(set(asked)) < len(asked):
        raise DimsError(f"dims={asked} cannot be used: the image has {there}", "name each spatial dim of the image once")
    if len(asked) > 3:
        raise DimsError(
            f"{len(asked)} spatial dims were given; measures are defined for 1 to 3", "leave the batch dims out of dims="
        )
    return tuple(d for d in there if d in asked)


def _axis(image: xr.DataArray, name: str) -> tuple[float, str | None, float]:
    """Signed step, unit (None without a unit) and start of one axis."""
    if name not in image.coords:
        return 1.0, None, 0.0
    coord = image.coords[name]
    said = coord.attrs.get("units")
    unit = unit_name(str(said)) if said is not None else None  # \u00b5m, um and micrometer are one unit
    if not np.issubdtype(coord.dtype, np.number):
        raise SpacingError(f"coord {name!r} is {coord.dtype}, not numeric", f"drop it or replace it: image.drop_vars({name!r})")
    values = np.asarray(coord.values, dtype=float)
    start = float(values[0]) if values.size else 0.0
    if values.size < 2:
        if unit is not None and "spacing" not in coord.attrs:
            raise SpacingError(
                f"coord {name!r} has one pixel, from which no spacing in {unit} follows",
                f"say it: image[{name!r}].attrs['spacing'] = 0.5, or select without the dim: image.isel({name}=0)",
            )
        return float(coord.attrs.get("spacing", 1.0)), unit, start
    steps = np.diff(values)
    step = float((values[-1] - values[0]) / (values.size - 1))
    rounding = 4 * float(np.finfo(float).eps) * np.abs(values).max()
    if not np.isfinite(values).all() or step == 0 or np.abs(steps - step).max() > TOLERANCE * abs(step) + rounding:
        raise SpacingError(
            f"coord {name!r} is not uniform: steps from {steps.min():g} to {steps.max():g}",
            f"interpolate onto a uniform grid, or measure in pixels: image.drop_vars({name!r})",
        )
    told = coord.attrs.get("spacing")
    # coords are multiples of the spacing, rounded: where it is told and fits, it is the exact one
    exact = isinstance(told, int | float) and abs(abs(step) - told) <= TOLERANCE * abs(step)
    return (math.copysign(told, step) if exact else step), unit, start
