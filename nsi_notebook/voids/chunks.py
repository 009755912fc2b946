"""Count the frames of a Dask array, and let go of each chunk as soon as it is read.

A block needs the pixels of its neighbours above as far as the halo reaches. Were a chunk kept until they are there, all chunks
across the array would be in memory at once. So a chunk stands for its own pixels less a halo at its upper faces, and for that
much of the neighbours below, which were read before: its inside is counted when it is read, the rims below it are put together
from thin pieces, which alone are kept, and nothing that is counted waits for what is read later. Chunks that lie side by side
merge first: what crosses their common faces is open no longer. The tasks are as many as the chunks, whatever the tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import accumulate, pairwise, product
from typing import Any

import numpy as np

from .block import Box, window
from .counting import Parts, Plan, frames
from .measures.base import Array, State

FAN = 4  # neighbours that a task merges
CHAIN = 16  # cross sections that are merged one after another
Index = tuple[int, ...]  # of a chunk of a frame
Run = list[Parts]  # of each frame of a chunk


@dataclass(frozen=True)
class Rim:
    """What a chunk stands for below itself.

    Parameters
    ----------
    core : box
        Where it is.
    grid : tuple of int
        How many chunks its pixels and their halo lie in, along each axis.
    pieces : list of (chunk, place)
        In C order: whose piece, and which of those that are cut from it.
    """

    core: Box
    grid: tuple[int, ...]
    pieces: list[tuple[Index, int]]


def each_frame_later(data: Any, plan: Plan, describe: Callable[[list[list[State]]], Any]) -> list[Any]:
    """Do as `counting.each_frame` for a Dask array, but give a `dask.delayed.Delayed` for each frame."""
    from dask import delayed

    # what does not change is bound, so that Dask does not look for arrays in it
    later = partial(delayed, pure=False, traverse=False)
    batch = data.ndim - len(plan.whole)
    chunks = data.to_delayed(optimize_graph=False)  # optimized each for itself, they would share no reading
    grid = chunks.shape[batch:]
    pieces = Pieces.of(plan, data.chunks[batch:])
    pick, join, every = later(_pick), later(partial(_join, plan)), later(partial(frames, plan=plan, describe=describe))
    starts = [list(accumulate(sizes, initial=0)) for sizes in data.chunks[:batch]]
    lazy: dict[Index, Any] = {}
    for at in np.ndindex(*chunks.shape[:batch]):
        first = [s[i] for s, i in zip(starts, at, strict=True)]
        here = list(np.ndindex(*(s[i + 1] - s[i] for s, i in zip(starts, at, strict=True))))
        if all(n == 1 for n in grid):
            results = every(chunks[at].item() if grid else chunks[at])
            found = [pick(results, i) for i, _ in enumerate(here)]
        else:
            taken = {c: later(partial(_take, plan, pieces.inside[c], pieces.cuts[c]))(chunks[at][c]) for c in pieces.inside}
            thin = {c: pick(both, 1) for c, both in taken.items()}
            parts = []
            for c, rims in pieces.rims.items():
                inside = pick(taken[c], 0)
                near = sorted({other for rim in rims for other, _ in rim.pieces})
                parts.append(later(partial(_edge, plan, rims, near))(inside, [thin[n] for n in near]) if rims else inside)
            whole = _merged(parts, grid, join)
            found = [later(partial(_finish, plan, describe, i))(whole) for i, _ in enumerate(here)]
        lazy |= {tuple(a + b for a, b in zip(first, place, strict=True)): f for place, f in zip(here, found, strict=True)}
    return [lazy[at] for at in np.ndindex(*data.shape[:batch])]


@dataclass(frozen=True)
class Pieces:
    """How the chunks of a frame are taken apart.

    Parameters
    ----------
    inside : dict of box
        Of each chunk the part that needs no neighbour; it begins where the chunk does.
    rims : dict of list of Rim
        The rest of what it stands for; their pieces are from itself and neighbours below.
    cuts : dict of list of tuple of slice
        What is cut from it, for its rims and those of its neighbours above.
    """

    inside: dict[Index, Box]
    rims: dict[Index, list[Rim]]
    cuts: dict[Index, list[tuple[slice, ...]]]

    @classmethod
    def of(cls, plan: Plan, sizes: Sequence[Sequence[int]]) -> Pieces:
        """Lay the pieces out, given the chunk sizes along each axis."""
        starts = [list(accumulate(s, initial=0)) for s in sizes]
        edges = [list(pairwise(e)) for e in starts]
        lower = [[e if e == n else max(e - plan.halo, 0) for e in each] for each, n in zip(starts, plan.whole, strict=True)]
        boxes, parts = (
            {c: tuple(e[i] for e, i in zip(each, c, strict=True)) for c in np.ndindex(*map(len, edges))}
            for each in (edges, [list(pairwise(e)) for e in lower])
        )
        inside = {
            c: tuple((lo, max(lo, end)) for (lo, _), (_, end) in zip(box, parts[c], strict=True)) for c, box in boxes.items()
        }
        rims: dict[Index, list[Rim]] = {c: [] for c in boxes}
        cuts: dict[Index, list[tuple[slice, ...]]] = {c: [] for c in boxes}
        for c, part in parts.items():
            for axis, (begin, end) in enumerate(part):
                core = (*inside[c][:axis], (begin, min(boxes[c][axis][0], end)), *part[axis + 1 :])
                if any(lo >= hi for lo, hi in core):
                    continue
                seen = window(core, plan.whole, plan.halo)
                near = [
                    [i for i, (lo, hi) in enumerate(e) if lo < w.stop and hi > w.start] for e, w in zip(edges, seen, strict=True)
                ]
                found = []
                for other in product(*near):
                    where = zip(seen, boxes[other], strict=True)
                    found.append((other, len(cuts[other])))
                    cuts[other].append(tuple(slice(max(w.start, lo) - lo, min(w.stop, hi) - lo) for w, (lo, hi) in where))
                rims[c].append(Rim(core, tuple(map(len, near)), found))
        return cls(inside, rims, cuts)


def _take(plan: Plan, inside: Box, cuts: Sequence[tuple[slice, ...]], chunk: Any) -> tuple[Run, list[Array]]:
    """Count the inside of a chunk, and cut its pieces; a view would keep the chunk."""
    return _count(plan, chunk, inside), [chunk[(..., *cut)].copy() for cut in cuts]


def _edge(plan: Plan, rims: Sequence[Rim], near: Sequence[Index], inside: Run, pieces: Sequence[Sequence[Array]]) -> Run:
    """Count the rims of a chunk, and merge them with its inside."""
    held = dict(zip(near, pieces, strict=True))
    runs = [inside]
    for rim in rims:
        laid = np.empty(len(rim.pieces), dtype=object)
        for i, (other, number) in enumerate(rim.pieces):  # assigned at once, pieces of one shape would become one array
            laid[i] = held[other][number]
        runs.append(_count(plan, np.block(laid.reshape(rim.grid).tolist()), rim.core))
    return _join(plan, runs)


def _count(plan: Plan, data: Array, core: Box) -> Run:
    there = all(lo < hi for lo, hi in core)  # a chunk as thin as the halo has no inside
    return [plan.count(data, at, core) if there else {} for at in np.ndindex(*data.shape[: data.ndim - len(core)])]


def _join(plan: Plan, runs: Sequence[Run]) -> Run:
    return [plan.join(parts) for parts in zip(*runs, strict=True)]


def _merged(parts: list[Any], grid: Sequence[int], join: Callable[[list[Any]], Any]) -> Any:
    """Merge neighbours along one axis after the other.

    Along the first, parts are whole cross sections, and what crosses their faces may be much: each is merged when it is there,
    so that few are held. Of many, the sums of some are merged in turn: a state may grow with what it covers.
    """
    for length in reversed(grid[1:]):
        parts = [_by(FAN, parts[i : i + length], join) for i in range(0, len(parts), length)]
    return _by(CHAIN, parts, lambda group: reduce(lambda one, other: join([one, other]), group))


def _by(number: int, parts: list[Any], merge: Callable[[list[Any]], Any]) -> Any:
    while len(parts) > 1:
        groups = [parts[i : i + number] for i in range(0, len(parts), number)]
        parts = [merge(group) if len(group) > 1 else group[0] for group in groups]
    return parts[0]


def _pick(results: Sequence[Any], number: int) -> Any:
    return results[number]


def _finish(plan: Plan, describe: Callable[[list[list[State]]], Any], number: int, run: Run) -> Any:
    return describe(plan.states([run[number]]))
