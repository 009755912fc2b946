"""Summaries over what Dask holds: a state for each partition, where it is, and the states merged in a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ...errors import OptionError
from ...summaries import Summary

State = TypeVar("State")


def partitioned(data: Any) -> list[Any] | None:
    """Give the partitions of a Dask collection, or of a list of delayed objects; None if it is neither."""
    if isinstance(data, list | tuple):
        return [part for each in data for part in _parts(each)] if data and all(map(_lazy, data)) else None
    return _parts(data) if _lazy(data) else None


def state_of(summary: Summary[Any, State], parts: list[Any], blocks: Callable[[Any], Iterable[Any]]) -> State:
    """Compute the state of all partitions, by the scheduler that is set (threads, or the cluster of a client).

    Parameters
    ----------
    summary : Summary
        Its `partial` and `merge` are what runs.
    parts : list of dask.delayed
    blocks : callable
        Gives the blocks that a partition consists of.
    """
    import dask

    if not parts:
        raise OptionError("there are no partitions", "at least one")
    level = [dask.delayed(_partial, pure=False)(summary, part, blocks) for part in parts]
    merge = dask.delayed(summary.merge, pure=False)
    while len(level) > 1:
        level = [merge(*level[i : i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    (state,) = dask.compute(level[0])
    found: State = state
    return found


def _partial(summary: Summary[Any, State], part: Any, blocks: Callable[[Any], Iterable[Any]]) -> State:
    from ...summaries import merge_all

    return merge_all(summary, [summary.partial(block) for block in blocks(part)])


def _lazy(each: Any) -> bool:
    return hasattr(each, "__dask_graph__") and not type(each).__module__.startswith("xarray.")


def _parts(collection: Any) -> list[Any]:
    from dask.delayed import Delayed

    return [collection] if isinstance(collection, Delayed) else list(collection.to_delayed())
