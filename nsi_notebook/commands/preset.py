"""`preset`: the empty part in the words of a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from .annotations import Data, Method, Output, names

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".nc", ".zarr", ".csv", ".json")


def preset(
    name: Annotated[str, names("presets")],
    data: Data,
    *,
    dims: list[str] | None = None,
    ci: float | None = None,
    seed: int = 0,
    mask: Data | None = None,
    method: Method | None = None,
    phase: Literal["dark", "bright"] | None = None,
    over: Literal["frame", "series"] | None = None,
    channel: str | None = None,
    spacing: list[float] | None = None,
    unit: str | None = None,
    variable: str | None = None,
    output: Output | None = None,
    force: bool = False,
    **options: Any,
) -> xr.Dataset:
    """Describe the empty part in the words of a field.

    porous_media, tissue and surface_inspection take a mask, lung_ct (in HU) and astronomy an image.

    Parameters
    ----------
    name : str
        Which one: porous_media, lung_ct, tissue, surface_inspection, astronomy.
    data : variable or path
        A mask, True where it is empty; or a grey image, and `method` says how to make the mask of a preset that takes one.
    mask : variable or path, optional
        Of lung_ct: which part is lung, all that is not 0.
    output : path, optional
        Write the results: .nc or .zarr keep everything; .csv and .json have one row a number, and no maps.
    **options
        Of the preset: connectivity, threshold, lumen_size, ...; with `method`, its own as well: window, low, high, ...

    Returns
    -------
    Dataset
        Every variable with its units and the source of its definition.

    Examples
    --------
    >>> found = preset("surface_inspection", "coins", method=100, phase="bright")
    >>> 0.3 < float(found["coverage"]) < 0.5
    True
    """
    from ..errors import OptionError, UnknownNameError
    from .data import load, mask_of
    from .settings import Fallback
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    from ..voids.presets import PRESETS
    from ..voids.presets import preset as take

    if name not in PRESETS:
        raise UnknownNameError.among("preset", name, PRESETS)
    placed: dict[str, Any] = {"spacing": spacing, "unit": unit, "channel": channel, "variable": variable}
    if PRESETS[name].TAKES == "mask":
        frames, options = mask_of(data, method, phase, over, dims=dims, **placed, options=options)
    else:
        for option, value in (("method", method), ("phase", phase), ("over", over)):
            if value is not None and not isinstance(value, Fallback):
                raise OptionError(f"{option}={value!r}, but {name} takes the image itself", f"leave --{option} out")
        frames = load(data, **placed)
    if mask is not None:
        options["mask"] = load(mask, spacing=spacing, unit=unit) != 0
    results = take(name, frames, dims=dims, ci=ci, seed=seed, **options)
    tabled = target is not None and target.suffix.lower() in (".csv", ".json")
    maps = [n for n, v in results.data_vars.items() if set(v.dims) & set(results.attrs["nsi_dims"])]
    write(results.drop_vars(maps) if tabled else results, target)
    return results
