"""FITS, through astropy (extra `fits`)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...errors import FileError, MissingExtraError, UnknownNameError
from ..units import DEGREES, METRES, unit_name
from .failures import reading
from .labels import label
from .lazy import OnDisk, stays

HINT = "is it damaged or cut short? copy it again"
THIRD = {"FREQ", "WAVE", "WAVN", "ENER", "VRAD", "VOPT", "VELO", "AWAV", "ZOPT", "BETA", "STOKES"}


def read(path: Path, *, lazy: bool | None = None, variable: str | None = None) -> xr.DataArray:
    """Read one image of a FITS file: y, x and the spacing from its WCS (arcsec on the sky), a spectral axis as channel."""
    try:
        from astropy.io import fits
        from astropy.io.fits.verify import VerifyError
        from astropy.utils.exceptions import AstropyUserWarning
    except ImportError as error:
        raise MissingExtraError("reading FITS", "astropy", "fits") from error

    own = (VerifyError, AstropyUserWarning)
    with reading(path, "FITS", own), warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*truncated.*", category=AstropyUserWarning)
        warnings.filterwarnings("ignore", category=fits.verify.VerifyWarning)
        with fits.open(path, memmap=False) as file:
            parts = _parts(path, file)
            number, hdu = _choose(parts, path.name, variable)
            shape, header = tuple(hdu.shape), hdu.header
            axes, steps, units, origin = _world(header, shape)
            dtype = np.asarray(hdu.section[(slice(0, 1),) * len(shape)]).dtype.newbyteorder("=")
            if stays(shape, dtype, lazy):
                data = OnDisk(path, "FITS", partial(_part, path, number), shape, dtype, own).dask("auto")
            else:
                data = np.asarray(hdu.data, dtype=dtype)
    attrs = {"units": str(header["BUNIT"]).strip()} if header.get("BUNIT") else {}
    name = str(header["EXTNAME"]).strip().lower() if header.get("EXTNAME") else None
    image = label(data, axes, steps=steps, unit=units, origin=origin, name=name, attrs=attrs)
    single = [d for d in image.dims if image.sizes[d] == 1 and d not in ("y", "x")]  # radio images carry axes of length 1
    return image.squeeze(single, drop=True)


def _parts(path: Path, file: Any) -> list[Any]:
    """Read the headers one by one, up to a damaged one: behind it astropy may come back to the same place for ever."""
    parts: list[Any] = []
    while True:
        try:
            part = file[len(parts)]
        except IndexError:
            break
        if not hasattr(part, "fileinfo"):
            raise FileError(f"{path.name} has a damaged header, or one against the standard, in its part {len(parts)}", HINT)
        parts.append(part)
    if not path.name.lower().endswith(".gz"):
        place = parts[-1].fileinfo()
        _require_end(path, place["datLoc"] + place["datSpan"])
    return parts


def _require_end(path: Path, end: int) -> None:
    """Check that no further header begins behind the last part: astropy passes over one that is cut short."""
    with path.open("rb") as file:
        file.seek(end)
        more = file.read(8)
    if more and b"XTENSION".startswith(more):
        raise FileError(f"{path.name} ends at byte {path.stat().st_size}, within a header", HINT)


def _choose(parts: Sequence[Any], name: str, variable: str | None) -> tuple[int, Any]:
    """Take the image that is meant: the only one, or that of the given extension name or number."""
    images = {i: h for i, h in enumerate(parts) if h.is_image and len(h.shape) >= 1 and 0 not in h.shape}
    if not images:
        raise FileError(f"{name} holds no image, only {', '.join(type(h).__name__ for h in parts)}", "tables are not read")
    names = {i: str(h.name or i) for i, h in images.items()}
    if variable is not None:
        for i, h in images.items():
            if variable.strip().upper() == names[i].upper() or variable == str(i):
                return i, h
        raise UnknownNameError.among("image", variable, names.values())
    if len(images) > 1:
        held = ", ".join(f"{names[i]} {h.shape}" for i, h in images.items())
        raise FileError(f"{name} holds {len(images)} images: {held}", f"choose one: variable={next(iter(names.values()))!r}")
    return next(iter(images.items()))


def _world(header: Any, shape: tuple[int, ...]) -> tuple[tuple[str, ...], dict[str, float], dict[str, str], dict[str, float]]:
    """Dims, spacing, units and origin: FITS counts its axes from the fastest."""
    from astropy.wcs import WCS, FITSFixedWarning
    from astropy.wcs.utils import proj_plane_pixel_scales

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FITSFixedWarning)
        world = WCS(header, naxis=len(shape), fix=False)
        dims, free = ["x", "y"][: len(shape)], ["z", "time", "channel"]
        for n in range(2, len(shape)):
            kind = str(header.get(f"CTYPE{n + 1}", "")).partition("-")[0].upper()
            name = "channel" if kind in THIRD else "time" if kind in ("TIME", "UTC", "TAI") else "z"
            free = [d for d in free if d not in dims]
            dims.append(name if name not in dims else free[0] if free else f"axis_{n}")
        steps: dict[str, float] = {}
        units: dict[str, str] = {}
        origin: dict[str, float] = {}
        sky = {world.wcs.lng, world.wcs.lat} if world.has_celestial else set()
        scales = proj_plane_pixel_scales(world) if any(k in header for k in ("CDELT1", "CD1_1", "PC1_1")) else []
        for n, (dim, scale) in enumerate(zip(dims, scales, strict=False)):
            unit = unit_name(str(world.wcs.cunit[n]))
            if n in sky:
                steps[dim], units[dim] = float(scale) * DEGREES.get(unit, 1.0) / DEGREES["arcsec"], "arcsec"
            elif unit in METRES and dim in ("x", "y", "z"):
                steps[dim], units[dim] = float(scale), unit
            elif dim == "channel" and f"CRVAL{n + 1}" in header and f"CDELT{n + 1}" in header:
                steps[dim], units[dim] = float(scale), unit
                origin[dim] = float(world.wcs.crval[n] + (1 - world.wcs.crpix[n]) * world.wcs.cdelt[n])
                if world.wcs.cdelt[n] < 0:  # coords rise with the index, as they are made; a falling axis is left to its index
                    steps.pop(dim)
    return tuple(reversed(dims)), steps, units, origin


def _part(path: Path, number: int, index: Any) -> Any:
    from astropy.io import fits

    with fits.open(path, memmap=False) as file:
        return np.asarray(file[number].section[index])
