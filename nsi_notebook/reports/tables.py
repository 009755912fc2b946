"""The tables of a report: text, as it is to be read."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .words import TIMES, alike, listing, number, percent, unit

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from IPython.display import HTML


MORE, NAMED = "nsi_more", 5  # in attrs: what was left out of a table; names in it
KINDS = {"axis": " along {}", "homology": ", dimension {}"}  # dims of which each index is a line by itself
SHOWN = ("rank", "pixels", "size", "equivalent_diameter", "centroid_", "touches_border")  # columns of voids: a page is narrow


def show(table: pd.DataFrame, kind: str = "") -> HTML:
    """Show a table without its index, and below what was left out of it; a table without rows as "none".

    Parameters
    ----------
    table : pandas.DataFrame
        Of text.
    kind : str
        "text" puts its columns to the left, where numbers are put to the right.
    """
    from IPython.display import HTML

    text = table.to_html(index=False, border=0, classes=kind or None) if len(table) else "<p>none</p>"
    more = f"<p>{html.escape(table.attrs[MORE])}</p>" if MORE in table.attrs else ""
    return HTML(text + more)  # type: ignore[no-untyped-call]


def fairly(groups: Sequence[str], most: int) -> list[int]:
    """Give the places of up to so many, the first ones of each group, so that none pushes the others out.

    >>> fairly(["a", "a", "a", "a", "b"], 3)
    [0, 1, 4]
    """
    seen: Counter[str] = Counter()
    rank = []
    for group in groups:
        rank.append(seen[group])
        seen[group] += 1
    return sorted(sorted(range(len(rank)), key=rank.__getitem__)[:most])


def listed(rows: Sequence[dict[str, str]], column: str, most: int) -> pd.DataFrame:
    """Tabulate up to so many rows, of those that are alike in a column the first ones; `show` says how many more there are."""
    import pandas as pd

    groups = [row[column] for row in rows]
    kept = fairly(groups, most)
    table = pd.DataFrame([rows[place] for place in kept])
    left = (Counter(groups) - Counter(groups[place] for place in kept)).most_common()
    if left:
        several = sum(many for _, many in left[NAMED:])
        names = [f"{number(many)} of {name}" for name, many in left[:NAMED]] + [f"{number(several)} of others"] * (several > 0)
        of = listing(names) if len(left) > 1 else f"of {left[0][0]}"
        table.attrs[MORE] = f"{number(len(rows) - most)} more are not listed: {of}."
    return table


def measures_table(void: xr.DataArray, measures: xr.Dataset) -> pd.DataFrame:
    """Tabulate the numbers of a Dataset, with intervals; of a series the mean, lowest and highest.

    Parameters
    ----------
    void : xarray.DataArray of bool
        True is empty.
    measures : xarray.Dataset
        What `measure` gave for it; curves are left out.

    Examples
    --------
    >>> import xarray as xr
    >>> import nsi_notebook as nsi
    >>> void = xr.DataArray(np.eye(2, dtype=bool), dims=("y", "x"))
    >>> measures_table(void, nsi.measure(void, "void_fraction")).to_dict("list")
    {'measure': ['void fraction'], 'value': ['0.5'], 'unit': ['']}
    """
    import pandas as pd

    frames = [d for d in void.dims if d not in measures.attrs["nsi_dims"]]
    rows = []
    for name in sorted(measures.data_vars, key=lambda name: name != "void_fraction"):  # that first, others as they come
        variable = measures[name]
        if str(name).endswith("_ci") or not set(variable.dims) <= {*frames, *KINDS}:
            continue
        kind = next((kind for kind in KINDS if kind in variable.dims), "")
        for at in [{kind: i} for i in range(variable.sizes[kind])] if kind else [{}]:
            one = variable.isel(at)
            row = {"measure": one.attrs["long_name"] + (KINDS[kind].format(one[kind].item()) if kind else "")}
            if frames:
                row |= {"mean": number(one.mean()), "lowest": number(one.min()), "highest": number(one.max())}
            else:
                bounds = measures.get(f"{name}_ci")
                row |= _number(one, None if bounds is None else bounds.isel(at))
                row |= {"value": "yes" if one else "no"} if row["measure"].startswith("whether ") else {}
            rows.append({**row, "unit": unit(one.attrs["units"])})
    return pd.DataFrame(rows).fillna("")


def _number(value: xr.DataArray, bounds: xr.DataArray | None) -> dict[str, str]:
    if bounds is None:
        return {"value": number(value)}
    head, ends = f"{percent(bounds.attrs['nsi_ci'])} interval", bounds.values.tolist()
    if not np.isfinite(ends).all():
        return {"value": number(value), head: ""}
    said, low, high = alike([value, *ends], ends[1] - ends[0])
    said = number(value) if value.dtype.kind in "iu" else said  # a count is known
    return {"value": said, head: f"{low} to {high}"}


def voids_table(void: xr.DataArray, voids: pd.DataFrame, rows: int = 10) -> pd.DataFrame:
    """Tabulate the largest components, with units in the heads of the columns.

    Parameters
    ----------
    void : xarray.DataArray of bool
        True is empty.
    voids : pandas.DataFrame
        What `components` gave for it.
    rows : int
        How many.

    Examples
    --------
    >>> import xarray as xr
    >>> import nsi_notebook as nsi
    >>> void = xr.DataArray(np.eye(2, dtype=bool), dims=("y", "x"))
    >>> voids_table(void, nsi.components(void), rows=1)[["rank", "centroid y (pixel)", "touches border"]].to_dict("list")
    {'rank': ['1'], 'centroid y (pixel)': ['0'], 'touches border': ['yes']}
    """
    units = {str(dim): coord.attrs.get("units", "1") for dim, coord in void.coords.items()} | voids.attrs["units"]
    frames = [name for name in voids if name not in voids.attrs["units"]]
    kept = [name for name in voids if name in frames or str(name).startswith(SHOWN)]
    largest = voids[kept].sort_values("pixels", ascending=False, kind="stable").head(rows)
    if (largest["size"] == largest["pixels"]).all():
        largest = largest.drop(columns="size")
    if list(largest) and next(iter(largest)) != "rank":
        largest = largest.drop(columns="rank")  # it is that in its frame
    shown = largest.apply(_column)
    shown.columns = [_head(str(name), units.get(name, "1")) for name in largest]
    return shown


def _head(name: str, of: str) -> str:
    said = name.replace("_", " ")
    return said if of == "1" or name == "pixels" else f"{said} ({unit(of)})"


def _column(cells: pd.Series) -> pd.Series:
    """Write a column; lengths and sizes with decimals that suit the largest, so that they are easily compared."""
    exact = cells.dtype.kind == "f" and len(cells) > 0 and float(cells.abs().min()) > 0.01 * float(cells.abs().max())
    return cells.map(_cell) if not exact else cells.mask(cells.notna(), alike(cells.tolist(), 0.01 * float(cells.abs().max())))


def _cell(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float | np.number) else str(value)


def made_table(image: str, void: xr.DataArray, measures: xr.Dataset, **more: Any) -> pd.DataFrame:
    """Tabulate how the measures were made.

    Parameters
    ----------
    image : str
        What was measured.
    void : xarray.DataArray of bool
        True is empty.
    measures : xarray.Dataset
        What `measure` gave for it.
    **more
        Rows to add; those that are None are left out.
    """
    import pandas as pd

    from ..voids.doubts import DOUBT
    from ..voids.segmentation import thresholds

    attrs = {str(key).removeprefix("nsi_"): value for key, value in measures.attrs.items()}
    dims, steps, length, version = (attrs.pop(key) for key in ("dims", "spacing", "unit", "version"))
    said = [f"{number(s)} {unit(length)}" for s in steps]
    each = ", ".join(f"{s} along {d}" for s, d in zip(said, dims, strict=True))
    rows = {
        "image": image,
        "pixels": f" {TIMES} ".join(f"{n:,} {d}" for n, d in zip(attrs.pop("shape"), dims, strict=True)),
        "frames": ", ".join(f"{n:,} along {d}" for d, n in void.sizes.items() if d not in dims) or None,
        "spacing": "not known: lengths are in pixels" if length == "pixel" else said[0] if len(set(said)) == 1 else each,
    }
    if found := thresholds(measures):
        several = f"one for each frame, {number(min(found))} to {number(max(found))}"
        attrs["threshold"] = found[0] if len(found) == 1 else several
    if attrs.get("over") == "frame":  # the threshold says so
        del attrs["over"]
    resampled = next((v.attrs for v in measures.data_vars.values() if "nsi_tiles" in v.attrs), None)
    if resampled is not None:
        more["intervals"] = (
            f"{percent(resampled['nsi_ci'])}, {number(resampled['nsi_replicates'])} resamplings of"
            f" {number(resampled['nsi_tiles'])} tiles, seed {resampled['nsi_seed']}"
        )
    doubts = {str(name).removesuffix("_ci"): v.attrs[DOUBT] for name, v in measures.data_vars.items() if DOUBT in v.attrs}
    if doubts:
        more["intervals in doubt"] = "; ".join(f"{name.replace('_', ' ')}: {why}" for name, why in doubts.items())
    told = {key: _cell(value) for key, value in {**rows, **attrs, **more, "nsi-notebook": version}.items() if value is not None}
    return pd.DataFrame({"what": list(told), "how": list(told.values())})
