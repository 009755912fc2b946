"""Labels that part values into groups."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ....errors import DimsError, SeriesError, UnknownNameError, warn
from ...core.tables import ZONE, dataset_of
from ..clocks import in_time
from ..zones import in_zone
from .inputs import array_of
from .words import many, named, several

if TYPE_CHECKING:
    import pandas as pd

TURNS = 2  # changes of label for each group, from which on groups take turns along a series


def labels_of(data: Any, by: Any, dim: str | None = None) -> tuple[Any, pd.Series[Any], str | None]:
    """Give the data without its labels, these, and the dim along which both lie, if it is known."""
    import pandas as pd

    index = index_of(data)
    if isinstance(data, pd.DataFrame):
        data = dataset_of(data, dim)
    data = in_time(data, dim)
    if isinstance(data, pd.Series) and isinstance(by, str) and by in data.index.names:
        data = array_of(data, dim)
    if isinstance(by, str):
        there = {str(name): name for name in [*getattr(data, "coords", {}), *getattr(data, "data_vars", {})]}
        if by not in there:
            raise UnknownNameError.among("label", by, there or ["(none: the data has no coords)"])
        laid = beside_rows(data, by)
        label = laid[there[by]]
        if laid is not data or (isinstance(data, xr.Dataset) and by in data.data_vars):
            data, dim = laid.drop_vars(by), None if dim == by else dim
    else:
        label = by
    if isinstance(label, xr.DataArray):
        if label.ndim != 1:
            raise DimsError(f"the labels have the dims {label.dims}", "one label for each value along one dim")
        if dim is not None and dim != label.dims[0] and isinstance(data, (xr.DataArray, xr.Dataset)):
            raise DimsError(f"the labels lie along {label.dims[0]!r}, not {dim!r}", f"dim={str(label.dims[0])!r}")
        dim = dim or str(label.dims[0])
    return data, column_of(label, index), dim


def beside_rows(data: Any, by: str) -> Any:
    """Lay values along `sample` whose places are their groups, each there more than once: by these they are in no order.

    Examples
    --------
    >>> area = xr.DataArray([3.0, 4.0, 5.0], {"day": ("day", [1, 1, 2])}, ("day",))
    >>> beside_rows(area, "day")["day"].dims, beside_rows(area[1:], "day").dims
    (('sample',), ('day',))
    """
    laid = isinstance(data, (xr.DataArray, xr.Dataset)) and by in data.dims and by in data.indexes and "sample" not in data.dims
    return data.swap_dims({by: "sample"}) if laid and not data.indexes[by].is_unique else data


def index_of(data: Any) -> pd.Index[Any] | None:
    """Give the index of what is of pandas."""
    import pandas as pd

    return data.index if isinstance(data, pd.Series | pd.DataFrame) else None


def column_of(label: Any, index: pd.Index[Any] | None = None) -> pd.Series[Any]:
    """Read labels as a column; None, NaN, a blank text, as tables have it, and what is masked is missing.

    Parameters
    ----------
    label : array-like, Series or DataArray, shape (n,)
    index : pandas.Index, optional
        Of the values: labels that are a Series with another index are laid beside them by it.

    Raises
    ------
    SeriesError
        If that index lacks some of the values, or holds one twice, or two labels differ in blanks alone.

    Warns
    -----
    NsiWarning
        If two labels differ in case alone.

    Examples
    --------
    >>> column_of(np.ma.masked_array([1, 2, 3], [False, True, False])).tolist(), column_of(["a", " ", "nan"]).tolist()
    ([1, None, 3], ['a', nan, 'nan'])
    """
    import pandas as pd

    if isinstance(label, xr.DataArray):
        is_aware = label.dtype.kind == "M" and "timezone" in label.attrs
        zone = label.attrs.get(ZONE) or label.attrs["timezone"] if is_aware else None
        label = label.data if str(label.dtype) == "category" else label.to_numpy()  # which forgets their order
        label = pd.Series(in_zone(label, zone)) if zone is not None else label
    elif isinstance(label, pd.Series) and index is not None and not label.index.equals(index):
        if not (label.index.is_unique and index.isin(label.index).all()):
            raise SeriesError("the labels have another index than the values", "labels.to_numpy(), if they go by order")
        label = label.reindex(index)
    elif np.ma.isMaskedArray(label):
        hidden, label = np.ma.getmaskarray(label), label.data.astype(object)
        label[hidden] = None
    labels = label if isinstance(label, pd.Series) else pd.Series(label, copy=False)
    if labels.dtype.kind not in "biufmM":
        labels = labels.mask(labels.astype(object).map(lambda one: isinstance(one, str) and not one.strip()))
        _refuse_blanks(labels)
        _warn_of_case(labels)
    return labels.reset_index(drop=True)


def _refuse_blanks(labels: pd.Series[Any]) -> None:
    """Refuse labels that differ in blanks alone, as they look like one and are two."""
    texts = sorted(one for one in labels.dropna().unique() if isinstance(one, str))
    bare: dict[str, str] = {}
    for text in texts:
        other = bare.setdefault(" ".join(text.split()), text)
        if other != text:
            raise SeriesError(
                f"the labels {other!r} and {text!r} differ in blanks alone",
                "labels.str.strip() of a Series, or read_csv(..., skipinitialspace=True)",
            )


def _warn_of_case(labels: pd.Series[Any]) -> None:
    """Warn of labels that differ in case alone, which are mostly one, typed by two hands."""
    texts = sorted(one for one in labels.dropna().unique() if isinstance(one, str))
    same: dict[str, list[str]] = {}
    for text in texts:
        same.setdefault(text.casefold(), []).append(text)
    alike = [several(map(repr, one)) for one in same.values() if len(one) > 1]
    if alike:
        warn(
            f"labels that differ in case alone are groups of their own: {'; '.join(alike)}", "labels.str.lower(), if they are one"
        )


def unlabelled(number: int, *names: Any) -> str:
    """Say how many values have no label, and so are left out.

    Examples
    --------
    >>> unlabelled(1, "kind"), unlabelled(2, "kind", ["a", "b"])
    ("1 value has no label in 'kind', and is left out", '2 values have no label, and are left out')
    """
    where = " or ".join(map(repr, names)) if all(isinstance(name, str) for name in names) else ""
    is_one = number == 1
    some = f"{many(number, 'value')} {'has' if is_one else 'have'} no label{f' in {where}' if where else ''}"
    return f"{some}, and {'is' if is_one else 'are'} left out"


def kinds_of(labels: pd.Series[Any], names: Sequence[Any] | None = None) -> list[Any]:
    """Give the labels that there are: those wanted, in their order, or all, sorted."""
    import pandas as pd

    if isinstance(labels.dtype, pd.CategoricalDtype):
        used = set(labels.dropna())
        found = [kind for kind in labels.cat.categories if kind in used]
    else:
        found = list(pd.unique(labels.dropna()))
        with suppress(TypeError):  # of several types: as they come
            found = sorted(found)
    if names is None:
        return found
    shown = named(found)
    by_name = {_key(kind): kind for kind in found} | dict(zip(shown, found, strict=True))
    wanted = list(map(_key, names))
    for name in wanted:
        if name not in by_name:
            raise UnknownNameError.among("label", name, shown)
    return [by_name[name] for name in wanted]


def _key(label: Any) -> str:
    """Give the text of a label that is the same of a moment in whatever type."""
    import pandas as pd

    return str(pd.Timestamp(label) if isinstance(label, np.datetime64 | datetime) else label)


def refuse_alone(kinds: list[Any], number: int, by: Any) -> None:
    """Refuse labels by which most would be alone in their group: numbers that were measured, or a name for each row."""
    what = repr(by) if isinstance(by, str) else "the label"
    if 2 * len(kinds) > max(number, 4) and all(isinstance(one, int | float | np.number) for one in kinds):
        raise SeriesError(
            f"{what} holds numbers, {len(kinds)} different ones in {many(number, 'row')}, and no names of groups",
            "a column of names; where each column is a sample, test(frame['a'], frame['b']) or anova(dict(frame)); "
            "or one column of values and one of names, by pandas melt",
        )
    if len(kinds) == number > 2:
        raise SeriesError(f"{what} names each row: {number} groups of 1", "labels that several rows have")


def refuse_interleaved(codes: npt.NDArray[Any], kinds: int, along: str, by: Any) -> None:
    """Refuse labels that take turns along a series: values of two groups lie beside one another, and are alike."""
    turns = int(np.count_nonzero(codes[1:] != codes[:-1]))
    if kinds > 1 and turns >= TURNS * kinds:
        label = f"values[{by!r}]" if isinstance(by, str) else "labels"
        first = codes[0].item() if isinstance(codes[0], np.generic) else codes[0]
        raise SeriesError(
            f"labels change {turns} times along {along!r}: groups that take turns in one series are not independent samples",
            f"regress(values, {label} == {first!r}), whose errors along time know it",
        )


__all__ = ["beside_rows", "column_of", "index_of", "kinds_of", "labels_of", "refuse_alone", "refuse_interleaved", "unlabelled"]
