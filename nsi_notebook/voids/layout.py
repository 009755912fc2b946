"""What the frames of a stream have in common, and what is said of one that differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
import xarray as xr

from ..errors import DimsError, PixelError, SpacingError
from .checks import refuse_path
from .space import Space, respaced
from .stores import as_json, plainly


@dataclass(frozen=True)
class Layout:
    """The frame that all others of a stream must be like.

    Parameters
    ----------
    dims, sizes : tuple
        Of a frame.
    dtype : str
        Of its pixels.
    space : Space
        The spatial frame; results are told in its coordinates.
    coords : dict of str
        Those along the dims that are not spatial, by name, as text.
    """

    dims: tuple[str, ...]
    sizes: tuple[int, ...]
    dtype: str
    space: Space
    coords: Mapping[str, str]

    @classmethod
    def of(cls, single: xr.DataArray, dims: Sequence[str], dim: str) -> Self:
        """Take it from a series of one frame along `dim`."""
        frame = single.isel({dim: 0}, drop=True)
        along = {}
        for name, coord in single.coords.items():
            if set(coord.dims) - {dim} and not set(coord.dims) & set(dims):  # where it is along `dim`, each frame has its own
                values = "of its own" if dim in coord.dims else as_json(coord.values.tolist())
                along[str(name)] = f"{values} {coord.attrs.get('units', '')} along {', '.join(map(str, coord.dims))}"
        return cls(tuple(map(str, frame.dims)), frame.shape, str(frame.dtype), Space.of(frame, dims), along)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Make it of what `to_json` told."""
        space: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in told["space"].items()}
        return cls(tuple(told["dims"]), tuple(told["sizes"]), told["dtype"], Space(**space), told["coords"])

    def to_json(self) -> dict[str, Any]:
        """Tell it in a way that JSON can write."""
        return asdict(self)

    def check(self, other: Self) -> None:
        """Refuse frames that are not like these.

        Raises
        ------
        DimsError, PixelError, SpacingError
            If they differ; the message says both.
        """
        for what, kind, mine, seen in (
            ("the dims", DimsError, self.dims, other.dims),
            ("the shape", DimsError, self.sizes, other.sizes),
            ("pixels of", PixelError, self.dtype, other.dtype),
        ):
            if mine != seen:
                raise kind(f"the frame has {what} {seen}, those before it {mine}", "measure it in a stream of its own")
        for name in sorted({*self.coords, *other.coords}):
            mine, seen = self.coords.get(name, "none"), other.coords.get(name, "none")
            if mine != seen:
                said = f"the frame has the coord {name!r} {seen:.99}, those before it {mine:.99}"
                raise DimsError(said, f"give it to all frames alike, or to none: frame.drop_vars({name!r})")
        agree(other.space, self.space, "those before it have")

    def fitted(self, frame: xr.DataArray) -> xr.DataArray:
        """Give a frame the coordinates of the first, without which rounding or a moved stage would make rows differ."""
        along = {
            d: (d, self.space.coord(d), {"units": self.space.unit, "spacing": step})
            for d, step in zip(self.space.dims, self.space.spacing, strict=True)
        }
        return frame.drop_vars(self.space.dims, errors="ignore").assign_coords(along)


def agree(one: Space, other: Space, whose: str) -> None:
    """Refuse two spatial frames of different spacing, direction or unit.

    Raises
    ------
    SpacingError
        If they differ; the message says both.
    """
    if not one.like(other):
        raise SpacingError(
            f"the frame has a spacing of {one.steps}, {whose} {other.steps}",
            "give its coords the right spacing and unit, or measure it in a stream of its own",
        )


def placed(frame: xr.DataArray, dims: Sequence[str], spacing: float | Sequence[float] | None, unit: str | None) -> xr.DataArray:
    """Give a frame the spacing that was said, which its own must not contradict.

    Raises
    ------
    DimsError, SpacingError
        If a dim is absent, or the spacing cannot be that of the frame.
    """
    told = Space.of(frame, dims)
    given = respaced(frame, spacing, unit, dims)
    held = [d for d in dims if d in frame.coords]
    if spacing is not None and held:
        agree(replace(told, signs=()), Space.of(given, dims), "the stream")
        return given.assign_coords({d: frame[d].assign_attrs(given[d].attrs) for d in held})
    return given


def as_frame(frame: Any, dims: Sequence[str], dim: str) -> xr.DataArray:
    """Make a DataArray in memory of one frame, `dim` of length one in it.

    Raises
    ------
    DimsError
        If an array has another number of dims, or there are several frames.
    """
    refuse_path(frame, "frame")
    if not isinstance(frame, xr.DataArray):
        values = np.asarray(frame)
        if values.ndim != len(dims):
            raise DimsError(
                f"the frame has the shape {values.shape}, and the dims of the stream are {tuple(dims)}",
                "name its dims: xarray.DataArray(frame, dims=...)",
            )
        frame = xr.DataArray(values, dims=tuple(dims))
    if frame.sizes.get(dim, 1) != 1:
        raise DimsError(
            f"{frame.sizes[dim]} frames along {dim} were given at once", f"nsi.series(frames, dim={dim!r}), or one after another"
        )
    if frame.attrs.get("nsi_over") == "frame" and "nsi_threshold" in frame.attrs and dim not in frame.dims:
        # each frame has its own, as `void` tells it of a series
        frame = frame.assign_coords(threshold=frame.attrs["nsi_threshold"])
        frame.attrs = {k: v for k, v in frame.attrs.items() if k != "nsi_threshold"}
    frame = frame.compute()
    single: xr.DataArray = frame if dim in frame.dims else frame.expand_dims(dim)
    return single


def made_alike(attrs: Mapping[Any, Any], before: Mapping[Any, Any]) -> None:
    """Refuse a mask that was made otherwise than those before it.

    Raises
    ------
    PixelError
        If an attribute that says how a mask was made differs.
    """
    for key in sorted({str(k) for k in (*attrs, *before) if str(k).startswith("nsi_")} - {"nsi_version"}):
        if plainly(attrs.get(key)) != plainly(before.get(key)):
            raise PixelError(
                f"the mask was made with {key}={attrs.get(key)!r}, those before it with {before.get(key)!r}",
                "make all masks alike: Stream(..., method='otsu') makes them itself",
            )
