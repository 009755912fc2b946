"""Values of the same subjects under several conditions, laid side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from ....errors import SeriesError
from .inputs import dim_of, variables
from .labels import column_of, kinds_of, labels_of, unlabelled
from .samples import Question, samples
from .words import many, named


def of_subjects(data: Any, by: Any, subject: Any, dim: str | None, names: Sequence[Any] | None = None) -> list[Question]:
    """Read values with two labels each: of their condition, and of their subject.

    Parameters
    ----------
    data, by, dim, names
        See `groups`.
    subject : str or array-like, shape (n,)
        A coordinate, variable or column of the data, or one label for each value.

    Returns
    -------
    list of Question
        One for each measure at each place; its samples lie along the subjects, NaN where one lacks a condition.

    Raises
    ------
    SeriesError
        If a subject has several values of one condition, or labels are not as many as the values.

    Examples
    --------
    >>> values, kind, core = [3.0, 4.0, 6.0, 8.0], ["wet", "wet", "dry", "dry"], ["a", "b", "b", "c"]
    >>> question, = of_subjects(values, kind, core, None, names=["wet", "dry"])
    >>> [(sample.name, sample.row.tolist()) for sample in question.samples]
    [('wet', [3.0, 4.0, nan]), ('dry', [nan, 6.0, 8.0])]
    """
    import pandas as pd

    if isinstance(data, pd.DataFrame) and isinstance(subject, pd.Series):
        subject = column_of(subject, data.index)
    data, labels, dim = labels_of(data, by, dim)
    data, who, dim = labels_of(data, subject, dim)
    kinds = kinds_of(labels, names)
    called = subject if isinstance(subject, str) else "subject"
    attrs = data[subject].attrs if isinstance(subject, str) and subject in getattr(data, "coords", {}) else {}  # a zone
    there = ~(labels.isna() | who.isna()).to_numpy()
    alone = {}
    for measure, array in variables(data, dim).items():
        along = dim_of(array, dim)
        if array.sizes[along] != len(there):
            raise SeriesError(
                f"{many(len(there), 'label')} for {many(array.sizes[along], 'value')} along {along!r}", "one for each value"
            )
        one = array.drop_vars([name for name, c in array.coords.items() if along in c.dims])
        alone[measure] = one.rename({along: called})
    parts, called_so = [], named(kinds)
    for kind, shown in zip(kinds, called_so, strict=True):
        mask = there & (labels == kind).to_numpy(dtype=bool)
        of = pd.Index(who[mask].astype(object))
        if not of.is_unique:
            twice = of[of.duplicated()]
            others = len(set(twice)) - 1
            raise SeriesError(
                f"{called} {twice[0]!r} has {int((of == twice[0]).sum())} values of {shown!r}"
                + (f", and {many(others, 'other')} {'has' if others == 1 else 'have'} several" if others else ""),
                "one for each subject and condition, e.g. frame.groupby([subject, by]).mean(numeric_only=True).reset_index()",
            )
        place = np.flatnonzero(mask)
        at = (called, of, attrs)
        parts.append(xr.Dataset({k: one.isel({called: place}).assign_coords({called: at}) for k, one in alone.items()}))
    found = samples(parts, called, names=called_so, pairs=True)
    gone = unlabelled(int((~there).sum()), by, subject) if not there.all() else ""
    return [replace(question, unlabelled=gone) for question in found]


__all__ = ["of_subjects"]
