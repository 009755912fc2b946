"""What an analysis of variance is asked: several samples, or the same subjects under several conditions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import numpy as np
import xarray as xr

from ....errors import OptionError, SeriesError, UnknownNameError
from .samples import Question, groups, samples
from .subjects import of_subjects
from .words import named


def questions_of(
    data: Any,
    by: Any,
    dim: str | None,
    *,
    values: str | None = None,
    subject: Any = None,
    paired: bool = False,
    conservative: bool = False,
    tz: str | tzinfo | None = None,
) -> list[Question]:
    """Read groups as a dict or list of samples, as the places along a dim, or as values with labels; see `anova`."""
    import pandas as pd

    if values is not None:
        data = _only(data, values, by, subject)
    if by is None and subject is not None:
        raise OptionError("subject is given, and by is not", "by=, the labels of the conditions")
    if by is None:
        if isinstance(data, Mapping) and not isinstance(data, xr.Dataset):
            names, parts = [str(name) for name in data], list(data.values())
        elif isinstance(data, (list, tuple)) and not all(np.ndim(part) == 0 for part in data):
            own = [getattr(part, "name", None) for part in data]
            have_names = all(own) and len(set(own)) == len(own)
            names, parts = [str(one) if have_names else str(i + 1) for i, one in enumerate(own)], list(data)
        else:
            hint = (
                "dict(frame), if each column is one; kind='repeated' too, if a row is one subject"
                if isinstance(data, pd.DataFrame)
                else "or a dict of samples"
            )
            raise OptionError("which values are a group is not said", f"by=, a coordinate, column or dim; {hint}")
        _several(names)
        return samples(parts, dim, names=names, pairs=paired, conservative=conservative, tz=tz)
    if subject is not None:
        laid = isinstance(subject, str) and subject != by and dim in (None, subject) and _is_split(data, by)
        if not (laid and subject in data.dims):
            found = of_subjects(data, by, subject, dim)
            _several([sample.name for sample in found[0].samples])
            return found
        dim = subject  # each place along it is one
    if _is_split(data, by):
        names = named(data[by].values)
        _several(names)
        whole = data.drop_vars([v for v in data.data_vars if by not in data[v].dims]) if isinstance(data, xr.Dataset) else data
        parts = [whole.isel({by: i}, drop=True) for i in range(len(names))]
        return samples(parts, dim, names=names, pairs=paired, conservative=conservative, tz=tz)
    if paired:
        raise OptionError("which values are of one subject is not said", "subject=, or by= a dim beside that of the subjects")
    found = groups(data, by, dim, conservative=conservative, tz=tz)
    for question in found:
        _several([sample.name for sample in question.samples])
    return found


def _several(names: list[str]) -> None:
    if len(names) < 2:
        there = f"one group, {names[0]!r}" if names else "no group"
        raise SeriesError(f"there is {there}: nothing to compare", "two or more; of one, describe(data, ci=0.95)")


def _is_split(data: Any, by: Any) -> bool:
    """Whether each place along a dim is a group."""
    if not (isinstance(data, (xr.DataArray, xr.Dataset)) and isinstance(by, str)):
        return False
    return by in data.dims and len(data.dims) > 1 and (by not in data.indexes or data.indexes[by].is_unique)


def _only(data: Any, values: str, by: Any, subject: Any) -> Any:
    """Give the measure that is asked for, and the labels beside it."""
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        if values not in data.columns:
            raise UnknownNameError.among("column", values, map(str, data.columns))
        labels = [name for name in (by, subject) if isinstance(name, str)]
        others = [name for name, column in data.items() if pd.api.types.is_numeric_dtype(column)]
        return data.drop(columns=[name for name in others if name not in (values, *labels)])  # times stay
    if isinstance(data, xr.Dataset):
        if values not in data.data_vars:
            raise UnknownNameError.among("variable", values, map(str, data.data_vars))
        kept = dict.fromkeys([values, *(name for name in (by, subject) if isinstance(name, str) and name in data.data_vars)])
        return data[list(kept)]
    raise OptionError(f"values is {values!r}, and the data has no columns", "a DataFrame or a Dataset, or no values=")


__all__ = ["questions_of"]
