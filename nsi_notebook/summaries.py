"""Statistics that merge: partial, merge, finalize.

    state  = summary.partial(block)            a chunk, a frame, a micro-batch
    state  = summary.merge(state, other)       associative and commutative, with an identity
    result = summary.finalize(state, ...)

One summary serves the whole array, Dask chunks, stream windows and replayed history, and they agree. `check_summary`
shows whether a summary keeps that promise on given data.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
import xarray as xr

from .errors import SummaryError

Block = TypeVar("Block", contravariant=True)
State = TypeVar("State")


@runtime_checkable
class Summary(Protocol[Block, State]):
    """What every statistic over data offers.

    Attributes
    ----------
    name : str
        The name under which it is registered.
    """

    @property
    def name(self) -> str:
        """Name in the registry."""
        ...

    def identity(self) -> State:
        """Give the state of no data: merging it changes nothing."""
        ...

    def partial(self, block: Block) -> State:
        """Summarise one block."""
        ...

    def merge(self, one: State, other: State) -> State:
        """Join two states; neither is changed."""
        ...

    def finalize(self, state: State, *args: Any) -> xr.Dataset:
        """Turn a state into labelled numbers with units."""
        ...


def merge_all(summary: Summary[Any, State], states: Iterable[State]) -> State:
    """Merge any number of states pairwise, so that the work on large states stays shallow.

    Parameters
    ----------
    summary : Summary
        Whose states they are.
    states : iterable of state
        In any order; none gives the identity.
    """
    level = list(states) or [summary.identity()]
    while len(level) > 1:
        level = [summary.merge(*level[i : i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0]


def check_summary(
    summary: Summary[Any, Any],
    splits: Sequence[Sequence[Any]],
    *finalize_args: Any,
    rtol: float = 0.0,
    seed: int = 0,
) -> xr.Dataset:
    """Check that any split of the data, merged in any tree, gives the whole-array answer.

    Parameters
    ----------
    summary : Summary
        What to check: an object with `name`, `identity()`, `partial(block)`, `merge(state, other)` and `finalize(state)`, which
        gives a Dataset.
    splits : sequence of sequence of block
        The same data cut in several ways; the first is the reference (usually one block).
    *finalize_args
        Passed on to `summary.finalize`.
    rtol : float
        Largest relative difference allowed; 0 asks for equal bits.
    seed : int
        Seed of the random merge trees.

    Returns
    -------
    xarray.Dataset
        The reference answer.

    Raises
    ------
    SummaryError
        Says which part of the contract is broken, on which split, and the two answers: a variable without `units` or
        `long_name`, steps that are not reproducible or change the states that they take, identity on the left or right,
        commutativity, associativity, dependence on the split.

    Examples
    --------
    >>> class Total:
    ...     name = "total"
    ...     def identity(self): return 0
    ...     def partial(self, block): return int(block.sum())
    ...     def merge(self, state, other): return state + other
    ...     def finalize(self, state):
    ...         return xr.Dataset({"total": ((), state, {"units": "1", "long_name": "total"})})
    >>> data = np.arange(10)
    >>> int(check_summary(Total(), [[data], [data[:3], data[3:]]]).total)
    45
    """
    lacking = [a for a in ("name", "identity", "partial", "merge", "finalize") if not hasattr(summary, a)]
    if lacking:
        hint = f"nsi_notebook.summary({summary!r})" if isinstance(summary, str) else "see help(nsi_notebook.check_summary)"
        raise SummaryError(f"a {type(summary).__name__} has no {' and no '.join(lacking)}", hint)
    if not splits or not all(splits):
        raise SummaryError("there is no data: splits holds no blocks", "for example splits=[[data], [data[:5], data[5:]]]")
    rng = random.Random(seed)  # noqa: S311 - the order of merges is not a secret
    name, merge = summary.name, summary.merge

    try:
        inspect.signature(summary.finalize).bind(summary.identity(), *finalize_args)
    except TypeError as error:
        given = f"a state and {len(finalize_args)} more" if finalize_args else "a state"
        raise SummaryError(f"{name}: finalize is called with {given}: {error}", "def finalize(self, state, *args)") from None

    def result(state: Any) -> xr.Dataset:
        found = summary.finalize(state, *finalize_args)
        if not isinstance(found, xr.Dataset):
            raise SummaryError(f"{name}: finalize gives a {type(found).__name__}", "give an xarray.Dataset")
        return found

    state = merge_all(summary, [summary.partial(b) for b in splits[0]])
    reference = result(state)
    _describes_itself(name, reference)
    _compare(name, "finalize is not reproducible, or changes the state", reference, result(state), rtol)

    # what could spoil the checks that follow comes first, so that the message says the cause and not what comes of it
    for number, blocks in enumerate(splits):
        where = f"split {number}, {len(blocks)} blocks"
        states, fresh = ([summary.partial(block) for block in blocks] for _ in range(2))
        folded = reduce(merge, states)
        left = result(folded)

        def compare(broken: str, state: Any, wanted: xr.Dataset = left, where: str = where) -> None:
            _compare(name, f"{broken} ({where})", wanted, result(state), rtol)

        compare("partial or merge is not reproducible", reduce(merge, fresh))
        compare("merging changed the states that went in", reduce(merge, states))
        compare("identity on the left changes the answer", merge(summary.identity(), folded))
        compare("merging changed the identity", merge(summary.identity(), folded))
        compare("identity on the right changes the answer", merge(folded, summary.identity()))
        compare("merge is not commutative", reduce(lambda one, other: merge(other, one), states))
        compare("merge is not associative", reduce(lambda other, one: merge(one, other), reversed(states)))
        compare("merge is not associative", merge_all(summary, states))
        compare("merge is not associative and commutative: a random tree differs", _random_tree(merge, states, rng))
        _compare(name, f"the answer depends on the split ({where})", reference, left, rtol)
    return reference


def _describes_itself(name: str, found: xr.Dataset) -> None:
    """Check that there is an answer, and that it says what it is."""
    if not found.data_vars:
        raise SummaryError(f"{name}: finalize gives a Dataset without variables", "one variable for each result")
    for key, variable in found.data_vars.items():
        lacking = [a for a in ("units", "long_name") if not isinstance(variable.attrs.get(a), str)]
        if lacking:
            raise SummaryError(
                f"{name}: the variable {key!r} has no {' and no '.join(lacking)}",
                "set attrs explicitly in finalize; the unit of a plain number is '1'",
            )


def _random_tree(merge: Callable[[State, State], State], states: Sequence[State], rng: random.Random) -> State:
    forest = list(states)
    while len(forest) > 1:
        one = forest.pop(rng.randrange(len(forest)))
        other = forest.pop(rng.randrange(len(forest)))
        forest.append(merge(one, other))
    return forest[0]


def _compare(name: str, broken: str, wanted: xr.Dataset, got: xr.Dataset, rtol: float) -> None:
    if set(wanted.variables) != set(got.variables):
        raise SummaryError(
            f"{name}: {broken}: variables {sorted(map(str, got.variables))} instead of {sorted(map(str, wanted.variables))}"
        )
    for key in wanted.variables:
        for told in ("units", "long_name"):
            one, other = wanted[key].attrs.get(told), got[key].attrs.get(told)
            if one != other:
                raise SummaryError(f"{name}: {broken}: {key!r} has {told} {other!r} instead of {one!r}")
        a, b = wanted[key].values, got[key].values
        same = a.shape == b.shape and (
            np.array_equal(a, b, equal_nan=a.dtype.kind in "fcmM")
            if rtol == 0 or a.dtype.kind not in "fc"
            else np.allclose(a, b, rtol=rtol, atol=0, equal_nan=True)
        )
        if not same:
            raise SummaryError(f"{name}: {broken}: {key!r} is {_short(b)} instead of {_short(a)}")


def _short(values: Any) -> str:
    return np.array2string(np.asarray(values), threshold=6, precision=6)


__all__ = ["Summary", "check_summary", "merge_all"]
