"""Results as plain text, for a terminal."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from .table import Verb

FEW = 12  # values of one variable that are listed
LONG = 40  # rows of a table
WIDE = 70  # letters of a text in it


def text_of(value: Any, verb: Verb | None = None) -> str:
    """Write a result as plain text, its numbers with units.

    Parameters
    ----------
    value : object
        A result of a verb.
    verb : Verb, optional
        Whose options doubts name, in place of those of Python.
    """
    import pandas as pd
    import xarray as xr

    from ..analytics.core.drawn import Drawn
    from .calling import spoken

    if isinstance(value, Drawn):
        table = value.rows()
        doubted = "" if "doubts" in table.columns else value.doubted()
        if verb is not None:
            doubted = spoken(doubted, verb)
            if "doubts" in table.columns:
                table["doubts"] = [spoken(text, verb) for text in table["doubts"]]
        return f"{value}\n{table_text(table)}" + (f"\nin doubt: {doubted}" if doubted else "")
    if isinstance(value, xr.Dataset):
        return dataset_text(value)
    if isinstance(value, xr.DataArray):
        return image_text(value)
    if isinstance(value, pd.DataFrame):
        return table_text(value)
    if hasattr(value, "to_pandas"):  # windows, and the answer of a store
        return table_text(value.to_pandas())
    return str(value)


def table_text(table: pd.DataFrame) -> str:
    """Columns side by side with units in their heads; the middle of a long table is left out, on a terminal ends of texts."""
    from .writing import with_units

    if table.empty:
        return "none"
    shown = table.reset_index() if table.index.name is not None else table.copy()
    shown.attrs = dict(table.attrs)
    shown = with_units(shown)
    wide = WIDE if sys.stdout.isatty() else math.inf
    for name, column in shown.items():
        if column.map(lambda item: isinstance(item, str)).all():
            cut = column.map(lambda text: text if len(text) <= wide else text[: WIDE - 3] + "...")
            width = max(cut.map(len).max(), len(str(name)))
            shown[name] = cut.str.ljust(width)
            shown = shown.rename(columns={name: str(name).ljust(width)})
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
            label = str(name) + ("[" + ", ".join(_label(variable, d, i) for d, i in place.items()) + "]" if place else "")
            line = _number(variable.isel(place).item())
            bounds = [] if interval is None else [interval.isel(place).sel(bound=b).item() for b in ("lower", "upper")]
            if bounds and not any(map(math.isnan, bounds)):
                line += f" [{_number(bounds[0])}, {_number(bounds[1])}]"
            rows.append((label, line + shown))
    if not rows:
        return "no measures"
    width = max(len(label) for label, _ in rows)
    return "\n".join(f"{label:<{width}}  {line}" for label, line in rows)


def image_text(image: xr.DataArray) -> str:
    """Size, spacing, type and range of an image; for a mask, how much is empty and by which threshold."""
    from ..errors import InputError
    from ..voids.segmentation import thresholds
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
    found = thresholds(image)
    told = dict(image.attrs)
    if found:
        several = f"one for each frame, {_number(min(found))} to {_number(max(found))}"
        told["nsi_threshold"] = found[0] if len(found) == 1 else several
    for key in ("nsi_method", "nsi_phase", "nsi_threshold", "source"):
        if key in told:
            lines.append((key.removeprefix("nsi_"), str(told[key])))
    return "\n".join(f"{label:<9}  {line}" for label, line in lines)


def _places(variable: xr.DataArray) -> list[dict[Any, int]]:
    places: list[dict[Any, int]] = [{}]
    for dim, size in variable.sizes.items():
        places = [{**place, dim: i} for place in places for i in range(size)]
    return places


def _label(variable: xr.DataArray, dim: Any, i: int) -> str:
    """Where a value is: a name says it by itself, a number needs its dim."""
    value = variable[dim].values[i] if dim in variable.coords else i
    return str(value) if isinstance(value, str) else f"{dim}={value:g}" if isinstance(value, float) else f"{dim}={value}"


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
