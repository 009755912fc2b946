"""Columns of texts where numbers were expected: which cell it is, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..errors import warn

if TYPE_CHECKING:
    import xarray as xr


def warn_of_texts(columns: Iterable[xr.DataArray]) -> None:
    """Warn of columns of texts that are left out, though most of their cells are numbers, or numbers with a unit."""
    for column in columns:
        if _mostly_numbers(column):
            warn(f"{column.name} is left out: {some(column)} is no number", instead(column))


def _mostly_numbers(column: xr.DataArray) -> bool:
    texts = _texts(column)
    numbers = sum(map(_is_number, texts))
    return numbers < len(texts) < 2 * max(numbers, _with_unit(texts)[1])


def _texts(column: xr.DataArray) -> list[str]:
    """Give the cells that hold something; none of places along a dim, or of what is no text."""
    if column.name in column.dims or column.dtype.kind not in "OUT":
        return []
    return [str(value) for value in column.to_numpy().ravel() if value is not None and str(value).strip()]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _with_unit(texts: list[str]) -> tuple[str, int]:
    """Give the unit that most numbers have behind them, and how many."""
    from ..analytics.core.tables import MEASURED

    found = (MEASURED.fullmatch(text) for text in texts)
    units = Counter(one["unit"].strip() for one in found if one)
    return units.most_common(1)[0] if units else ("", 0)


def some(column: xr.DataArray) -> str:
    """Give a value of a column that is no number, as it is written."""
    if column.name in column.dims:
        return f"the places of the rows along {column.name!r}"
    for row, value in enumerate(column.to_numpy().ravel(), 1):
        try:
            float(value)
        except (TypeError, ValueError):
            if value != "":  # as cells are that hold nothing
                return f"{value!r:.40} in row {row:,}"
    return "names"


def instead(column: xr.DataArray) -> str:
    """Say what to do with a column that holds texts: mend a cell, take a unit away, or take it as groups.

    Examples
    --------
    >>> import xarray as xr
    >>> instead(xr.DataArray(["22.6 %", "53.4 %"], dims="sample", name="porosity"))
    "in pandas: table['porosity'].str.rstrip(' %').astype(float)"
    """
    name, texts = str(column.name), _texts(column)
    unit, number = _with_unit(texts)
    of_it = f"table[{name!r}]"
    if any(map(_is_number, texts)):
        return f"mend that cell, or pandas.to_numeric({of_it}, errors='coerce'), which leaves it out"
    if 2 * number > len(texts):
        bare = ".str.replace(',', '.')" if any("," in text for text in texts) else ""
        return f"in pandas: {of_it}{bare}" + (f".str.rstrip({' ' + unit!r})" if unit else "") + ".astype(float)"
    return (
        f"groups of it: test --by {name}; as columns of 0 and 1: "
        f"pandas.get_dummies(table, columns=[{name!r}], drop_first=True, dtype=float)"
    )


__all__ = ["instead", "some", "warn_of_texts"]
