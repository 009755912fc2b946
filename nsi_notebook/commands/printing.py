"""Results as plain text, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

FEW = 12  # values of one variable that are listed
LONG = 40  # rows of a table
WIDE = 70  # letters of a text in it


def text_of(value: Any) -> str:
    """Write a result as plain text, its numbers with units.

    Parameters
    ----------
    value : object
        A result of a verb.
    """
    import pandas as pd
    import xarray as xr

    if isinstance(value, xr.Dataset):
        return dataset_text(value)
    if isinstance(value, xr.DataArray):
        return image_text(value)
    if isinstance(value, pd.DataFrame):
        return table_text(value)
    return str(value)


def table_text(table: pd.DataFrame) -> str:
    """Columns side by side with units in their heads; the middle of a long table and the end of a long text are left out."""
    if table.empty:
        return "none"
    shown = table.reset_index() if table.index.name is not None else table.copy()
    units = {name: unit for name, unit in table.attrs.get("units", {}).items() if unit != "1"}
    for name, column in shown.items():
        if column.map(lambda item: isinstance(item, str)).all():
            cut = column.map(lambda text: text if len(text) <= WIDE else text[: WIDE - 3] + "...")
            width = max(cut.map(len).max(), len(str(name)))
            shown[name] = cut.str.ljust(width)
            shown = shown.rename(columns={name: str(name).ljust(width)})
    shown = shown.rename(columns={name: f"{name} ({unit})" for name, unit in units.items()})
    text = shown.to_string(index=False, float_format=lambda number: f"{number:.6g}", max_rows=LONG)
    return "\n".join(line.rstrip() for line in text.splitlines())


def dataset_text(results: xr.Dataset) -> str:
    """One line for each number; a long variable is named with its size."""
    rows: list[tuple[str, str]] = []
    for name, variable in results.data_vars.items():
        if str(name).endswith("_ci"):
            continue
        unit = str(variable.attrs.get("units", ""))
        shown = "" if unit in ("", "1") else f" {unit}"
        if variable.size > FEW:
            sizes = ", ".join(f"{dim}: {size}" for dim, size in variable.sizes.items())
            rows.append((str(name), f"{variable.size} values ({sizes}){shown}"))
            continue
        interval = results.get(f"{name}_ci")
        for place in _places(variable):
            label = str(name) + ("[" + ", ".join(str(_label(variable, d, i)) for d, i in place.items()) + "]" if place else "")
            line = _number(variable.isel(place).item())
            if interval is not None:
                low, high = (_number(interval.isel(place).sel(bound=bound).item()) for bound in ("lower", "upper"))
                line += f" [{low}, {high}]"
            rows.append((label, line + shown))
    if not rows:
        return "no measures"
    width = max(len(label) for label, _ in rows)
    return "\n".join(f"{label:<{width}}  {line}" for label, line in rows)


def image_text(image: xr.DataArray) -> str:
    """Size, spacing, type and range of an image; for a mask, how much is empty and by which threshold."""
    from ..errors import InputError
    from ..voids.space import Space

    lines = [("size", " x ".join(f"{size} {dim}" for dim, size in image.sizes.items()) + f", {image.dtype}")]
    try:
        space = Space.of(image)
        steps = ", ".join(f"{dim} {step:g}" for dim, step in zip(space.dims, space.spacing, strict=True))
        lines.append(("spacing", f"{steps} {space.unit}"))
    except InputError as error:
        lines.append(("spacing", error.message))
    if image.dtype == bool:
        if image.size:
            lines.append(("empty", f"{float(image.mean()):.6g} of it"))
    elif image.chunks is None and image.size and image.dtype.kind in "iuf":
        unit = image.attrs.get("units")
        lines.append(("values", f"{image.min().item():g} to {image.max().item():g}" + (f" {unit}" if unit else "")))
    elif image.chunks is not None:
        lines.append(("values", f"not read yet, {image.nbytes / 1e6:.6g} MB in chunks"))
    for key in ("nsi_method", "nsi_phase", "nsi_threshold", "source"):
        if key in image.attrs:
            lines.append((key.removeprefix("nsi_"), str(image.attrs[key])))
    return "\n".join(f"{label:<9}  {line}" for label, line in lines)


def _places(variable: xr.DataArray) -> list[dict[Any, int]]:
    places: list[dict[Any, int]] = [{}]
    for dim, size in variable.sizes.items():
        places = [{**place, dim: i} for place in places for i in range(size)]
    return places


def _label(variable: xr.DataArray, dim: Any, i: int) -> Any:
    value = variable[dim].values[i] if dim in variable.coords else i
    return f"{value:g}" if isinstance(value, float) else value


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
