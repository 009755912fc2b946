"""How results get the words of a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ...version import __version__


@dataclass(frozen=True)
class Word:
    """What a field calls a variable.

    Parameters
    ----------
    name : str
        In the field.
    of : str
        The variable of a measure, or the column of a table.
    long_name : str
        In a few words.
    source : str
        Where the definition comes from.
    """

    name: str
    of: str
    long_name: str
    source: str


def worded(found: xr.Dataset, words: Sequence[Word]) -> xr.Dataset:
    """Take the variables of measures that a field uses and that are there, with their intervals, under its names."""
    data = {}
    for word in words:
        for end, said in (("", word.long_name), ("_ci", f"confidence interval of: {word.long_name}")):
            if word.of + end in found:
                data[word.name + end] = found[word.of + end].assign_attrs(long_name=said, nsi_source=word.source)
    result = xr.Dataset(data)
    result.attrs = found.attrs
    return result


def made(values: Any, units: str, long_name: str, source: str, dims: Sequence[str] = ()) -> xr.Variable:
    """Make a variable."""
    attrs = {"units": units, "long_name": long_name, "nsi_source": source, "nsi_version": __version__}
    return xr.Variable(dims, np.asarray(values), attrs)


def scaled(variable: xr.DataArray, factor: float, units: str, long_name: str, source: str) -> xr.DataArray:
    """Multiply a variable, or its interval, by a number that is known."""
    result = variable * factor
    result.attrs = {**variable.attrs, "units": units, "long_name": long_name, "nsi_source": source}
    return result


def listed(table: pd.DataFrame, dim: str, words: Sequence[Word]) -> Mapping[str, xr.Variable]:
    """Take the columns of a table of components that a field uses as variables along a dim, the largest first."""
    units = table.attrs["units"]
    there = [w for w in words if w.of in table]
    rank = xr.Variable(dim, np.arange(1, len(table) + 1), {"units": "1", "long_name": "rank by size"})
    return {dim: rank} | {
        w.name: made(table[w.of].to_numpy(dtype=float), units.get(w.of, "1"), w.long_name, w.source, (dim,)) for w in there
    }
