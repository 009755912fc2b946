"""Samples that were sorted once, in groups that windows are put together from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..core.condensed import condense, stacked
from ..core.grouping import Groups, Ints, sort_inside
from .runs import Runs, pieces


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Groups of samples, with the windows that each group is part of.

    Parameters
    ----------
    first, last : numpy array of int64, shape (m,)
        The first and the last window of each group.
    pane : numpy array of int64, shape (m,)
        Which pane each group is of.
    key : numpy array of int64, shape (m,)
        Of each group.
    groups : Groups
        The samples of each group, rising.
    """

    first: Ints
    last: Ints
    pane: Ints
    key: Ints
    groups: Groups

    def take(self, chosen: npt.NDArray[np.bool_]) -> Sheet:
        """Give the groups where a mask is true."""
        first, last, pane, key = (each[chosen] for each in (self.first, self.last, self.pane, self.key))
        return Sheet(first, last, pane, key, self.groups.take(chosen))


def added(panes: Sequence[Sheet], budget: int | None) -> Sheet:
    """Add up sheets of panes, of which each is in one window: itself."""
    low, stop = min(int(sheet.first.min()) for sheet in panes), max(int(sheet.last.max()) for sheet in panes) + 1
    pane, key, groups = put_together(panes, low, stop, budget=budget)
    return Sheet(pane, pane, pane, key, groups)


def put_together(
    sheets: Sequence[Sheet],
    low: int,
    stop: int,
    only: Ints | None = None,
    budget: int | None = None,
    runs: bool = False,
) -> tuple[Ints, Ints, Groups]:
    """Put the groups of sheets together to windows.

    Parameters
    ----------
    sheets : sequence of Sheet
        At least one.
    low, stop : int
        The windows that are wanted.
    only : numpy array of int64, shape (2, n), optional
        Windows and keys: only these.
    budget : int, optional
        Windows with more values are condensed.
    runs : bool
        Whether groups may be `Runs`, where there is no budget and no time.

    Returns
    -------
    window, key : numpy array of int64, shape (m,)
        By window and key.
    groups : Groups
        The samples of each, rising: what is part of one group only is not sorted again.
    """
    begin = np.concatenate([np.maximum(sheet.first, low) for sheet in sheets])
    end = np.concatenate([np.minimum(sheet.last, stop - 1) for sheet in sheets])
    many = np.maximum(end - begin + 1, 0)
    which = np.repeat(np.arange(len(many)), many)
    window = begin[which] + np.arange(len(which)) - np.repeat(np.cumsum(many) - many, many)
    key = np.concatenate([sheet.key for sheet in sheets])[which]
    keys = int(key.max(initial=0)) + 1
    name = (window - low) * keys + key
    if only is not None:
        here = np.isin(name, (only[0] - low) * keys + only[1])
        which, name = which[here], name[here]
    if len(sheets) == 1 and len(which) == len(many) and (which == np.arange(len(which))).all() and (name[1:] > name[:-1]).all():
        return name // keys + low, name % keys, condense(sheets[0].groups, budget)
    order = np.argsort(name, kind="stable")
    which, name = which[order], name[order]
    new = np.flatnonzero(np.append(True, name[1:] != name[:-1])) if len(name) else name
    held = [sheet.groups for sheet in sheets]
    parts = np.concatenate([g.count for g in held])[which]
    count, missing = (
        np.add.reduceat(each, new) if len(new) else each for each in (parts, np.concatenate([g.missing for g in held])[which])
    )
    timed = held[0].time is not None
    if runs and budget is None and not timed:
        found = name[new]
        return found // keys + low, found % keys, _runs(held, which, name, np.concatenate([s.pane for s in sheets])[which])
    value = pieces(held, which, np.zeros_like(parts), parts)
    several = np.diff(np.append(new, len(name))) > 1
    sort_inside(value, count, several)
    found = name[new]
    time, by_time = None, None
    if timed:
        offset = np.cumsum([0, *(len(g.value) for g in held[:-1])])
        start = np.concatenate([g.start + o for g, o in zip(held, offset, strict=True)])[which]
        at = np.repeat(start - (np.cumsum(parts) - parts), parts) + np.arange(len(value))
        time, by_time = (np.concatenate([getattr(g, each) for g in held]).take(at) for each in ("time", "by_time"))
        rank = np.lexsort((by_time, time, np.repeat(np.arange(len(new)), count)))
        time, by_time = time[rank], by_time[rank]
    whole = stacked(held)
    if whole is not None:
        there = np.flatnonzero(np.isin(which, whole.at))
        to = (np.cumsum(np.append(True, name[1:] != name[:-1])) - 1)[there]
        whole = whole.gathered(np.searchsorted(whole.at, which[there]), to) if len(there) else None
    groups = Groups(found, count, missing, value, time, by_time, whole)
    return found // keys + low, found % keys, condense(groups, budget)


def _runs(held: list[Groups], which: Ints, name: Ints, pane: Ints) -> Runs:
    """Make groups of runs, one for each pane: those of one pane that came apart are sorted together."""
    order = np.lexsort((pane, name))
    which, name, pane = which[order], name[order], pane[order]
    missing = np.concatenate([g.missing for g in held])[which]
    number = np.concatenate([g.count for g in held])[which]
    new = np.flatnonzero(np.append(True, name[1:] != name[:-1])) if len(name) else name
    count, missing = (np.add.reduceat(each, new) if len(new) else each for each in (number, missing))
    which, name, pane, number = (each[number > 0] for each in (which, name, pane, number))
    again = np.append(False, (name[1:] == name[:-1]) & (pane[1:] == pane[:-1])) if len(name) else name > 0
    if again.any():
        first = np.flatnonzero(~again)
        size = np.add.reduceat(number, first)
        value = pieces(held, which, np.zeros_like(number), number)
        several = np.diff(first, append=len(name)) > 1
        sort_inside(value, size, several)
        held = [Groups(np.arange(len(first)), size, np.zeros_like(size), value)]
        which, name = np.arange(len(first)), name[first]
    begin = np.flatnonzero(np.append(True, name[1:] != name[:-1])) if len(name) else name
    return Runs(np.arange(len(count)), count, missing, np.empty(0), held=held, run=which, begin=begin)
