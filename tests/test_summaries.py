"""The contract check finds what is broken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

from nsi_notebook import check_summary
from nsi_notebook.errors import SummaryError
from nsi_notebook.summaries import Summary, merge_all
from nsi_notebook.voids.block import split
from nsi_notebook.voids.measures.base import Measure, Variable

DATA = np.arange(1.0, 13.0)
SPLITS = [[DATA], [DATA[:5], DATA[5:6], DATA[6:]], list(DATA.reshape(4, 3))]


@dataclass(frozen=True)
class Total:
    """A sound summary: sum and count."""

    name: str = "total"

    def identity(self):
        return (0.0, 0)

    def partial(self, block):
        return (float(np.sum(block)), len(block))

    def merge(self, one, other):
        return (one[0] + other[0], one[1] + other[1])

    def finalize(self, state):
        attrs = {"units": "1", "long_name": "mean"}
        return xr.Dataset({"mean": ((), state[0] / state[1] if state[1] else np.nan, attrs)})


def test_a_sound_summary_passes():
    assert isinstance(Total(), Summary)
    assert float(check_summary(Total(), SPLITS)["mean"]) == DATA.mean()


def test_merging_nothing_gives_the_identity():
    assert merge_all(Total(), []) == (0.0, 0)


class NotAssociative(Total):
    """The mean of two, however many blocks are behind each."""

    def merge(self, one, other):
        return other if not one[1] else one if not other[1] else ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)


class AlmostAssociative(Total):
    """Wrong only where two merged states meet, which folding from one side never does."""

    def partial(self, block):
        return (float(np.sum(block)), len(block), 1)

    def identity(self):
        return (0.0, 0, 0)

    def merge(self, one, other):
        lost = 1.0 if one[2] > 1 and other[2] > 1 else 0.0
        return (one[0] + other[0] - lost, one[1] + other[1], one[2] + other[2])


class NotCommutative(Total):
    """Keeps the first: associative, and identity holds."""

    def merge(self, one, other):
        return one if one[1] else other


class WrongIdentity(Total):
    def identity(self):
        return (1.0, 0)


class WrongOnTheLeft(Total):
    def merge(self, one, other):
        return (other[0] * 2, other[1]) if not one[1] else super().merge(one, other)


class WrongOnTheRight(Total):
    def merge(self, one, other):
        return (one[0] * 2, one[1]) if not other[1] else super().merge(one, other)


class ByChunk(Total):
    """The mean of the medians of the chunks."""

    def partial(self, block):
        return (float(np.median(block)), 1)


class WithoutAny(Total):
    def finalize(self, state):
        return super().finalize(state).drop_attrs()


class WithoutUnits(Total):
    def finalize(self, state):
        found = super().finalize(state)
        del found["mean"].attrs["units"]
        return found


class WithoutLongName(Total):
    def finalize(self, state):
        found = super().finalize(state)
        found["mean"].attrs["long_name"] = None
        return found


class WithoutVariables(Total):
    def finalize(self, state):
        return xr.Dataset()


class ChangesOne(Total):
    def identity(self):
        return [0.0, 0]

    def partial(self, block):
        return [float(np.sum(block)), len(block)]

    def merge(self, one, other):
        one[0] += other[0]
        one[1] += other[1]
        return one


class ChangesOther(ChangesOne):
    def merge(self, one, other):
        return super().merge(other, one)


NOTHING = [0.0, 0]


class ChangesIdentity(ChangesOne):
    """Safe for states, but the identity is one object that grows."""

    def identity(self):
        return NOTHING

    def merge(self, one, other):
        joined = [one[0] + other[0], one[1] + other[1]]
        if one is NOTHING:
            one[0] += 1.0
        return joined


class ChangesInFinalize(ChangesOne):
    def merge(self, one, other):
        return [one[0] + other[0], one[1] + other[1]]

    def finalize(self, state):
        state[0] *= 2
        return super().finalize(state)


class NotReproducible(Total):
    seen = 0

    def partial(self, block):
        type(self).seen += 1
        return (float(np.sum(block)) + self.seen, len(block))


class OtherVariables(Total):
    def finalize(self, state):
        name = "mean" if state[1] == len(DATA) and state[0] == DATA.sum() else "other"
        return super().finalize(state).rename(mean=name)

    def partial(self, block):
        return (float(np.sum(block)) + 1, len(block)) if len(block) < 12 else super().partial(block)


class OtherUnits(Total):
    """The unit is that of how many blocks there were."""

    def partial(self, block):
        return (float(np.sum(block)), len(block), 1)

    def identity(self):
        return (0.0, 0, 0)

    def merge(self, one, other):
        return tuple(a + b for a, b in zip(one, other, strict=True))

    def finalize(self, state):
        found = super().finalize(state)
        found["mean"].attrs["units"] = "1" if state[2] == 1 else "pixel"
        return found


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (NotAssociative, "merge is not associative (split 1, 3 blocks): 'mean' is "),
        (AlmostAssociative, "merge is not associative (split 2, 4 blocks): 'mean' is 6.416667 instead of 6.5"),
        (NotCommutative, "merge is not commutative (split 1, 3 blocks): 'mean' is 9.5 instead of 3."),
        (WrongIdentity, "identity on the left changes the answer (split 0, 1 blocks): 'mean' is 6.583333 instead of 6.5"),
        (WrongOnTheLeft, "identity on the left changes the answer (split 0, 1 blocks): 'mean' is 13. instead of 6.5"),
        (WrongOnTheRight, "identity on the right changes the answer (split 0, 1 blocks): 'mean' is 13. instead of 6.5"),
        (ByChunk, "the answer depends on the split (split 1, 3 blocks): 'mean' is 6.166667 instead of 6.5"),
        (WithoutAny, "the variable 'mean' has no units and no long_name"),
        (WithoutUnits, "the variable 'mean' has no units\nhint: set attrs explicitly"),
        (WithoutLongName, "the variable 'mean' has no long_name\nhint:"),
        (WithoutVariables, "finalize gives a Dataset without variables"),
        (ChangesOne, "merging changed the states that went in (split 1, 3 blocks)"),
        (ChangesOther, "merging changed the states that went in (split 1, 3 blocks)"),
        (ChangesIdentity, "merging changed the identity (split 0, 1 blocks)"),
        (ChangesInFinalize, "finalize is not reproducible, or changes the state: 'mean' is 26. instead of 13."),
        (NotReproducible, "partial or merge is not reproducible (split 0, 1 blocks)"),
        (OtherVariables, "the answer depends on the split (split 1, 3 blocks): variables ['other'] instead of ['mean']"),
        (OtherUnits, "the answer depends on the split (split 1, 3 blocks): 'mean' has units 'pixel' instead of '1'"),
    ],
)
def test_a_broken_summary_is_named(kind, said):
    with pytest.raises(SummaryError) as caught:
        check_summary(kind(), SPLITS)
    assert str(caught.value).startswith(f"total: {said}"), str(caught.value)


class Keeps(Measure):
    """A measure that forgets what crosses the faces of blocks: runs are counted by block."""

    name = "keeps"

    def count(self, block):
        edges = np.diff(np.pad(block.inner.astype(np.int8), 1), axis=-1)
        return {"runs": np.array((edges == 1).sum())}, {}

    def report(self, counts, space):
        return [Variable("runs", counts["runs"], "1", "number of runs along x")], []


def test_a_broken_measure_is_named():
    mask = np.ones((4, 6), dtype=bool)
    with pytest.raises(SummaryError, match=r"keeps: the answer depends on the split .*: .runs. is 8 instead of 4"):
        check_summary(Keeps(), [[mask], split(mask, [(4,), (3, 3)])])


def test_what_is_no_summary_is_said():
    class Bare:
        def partial(self, block):
            return block

    with pytest.raises(SummaryError, match="a Bare has no name and no identity and no merge and no finalize"):
        check_summary(Bare(), SPLITS)
    for nothing in ([], [[]]):
        with pytest.raises(SummaryError, match="there is no data"):
            check_summary(Total(), nothing)

    class Number(Total):
        def finalize(self, state):
            return 3.0

    with pytest.raises(SummaryError, match="finalize gives a float"):
        check_summary(Number(), SPLITS)


def test_a_finalize_that_cannot_be_called_so_is_said():
    with pytest.raises(SummaryError, match=r"total: finalize is called with a state and 1 more: too many positional") as caught:
        check_summary(Total(), SPLITS, 0.5)
    assert caught.value.hint == "def finalize(self, state, *args)"
    with pytest.raises(SummaryError, match="a str has no name") as caught:
        check_summary("void_fraction", SPLITS)
    assert caught.value.hint == "nsi_notebook.summary('void_fraction')"


def test_a_stated_bound_is_allowed():
    class Rounded(Total):
        def partial(self, block):
            return (float(np.float32(np.sum(block) / 7)) * 7, len(block))

    with pytest.raises(SummaryError):
        check_summary(Rounded(), SPLITS)
    check_summary(Rounded(), SPLITS, rtol=1e-6)
