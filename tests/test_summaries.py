"""The contract check finds what is broken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

from nsi_notebook import check_summary
from nsi_notebook.errors import SummaryError
from nsi_notebook.summaries import Summary, merge_all

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
    def merge(self, one, other):
        if not (one[1] and other[1]):
            return (one[0] + other[0], one[1] + other[1])
        return ((one[0] + other[0]) * (2 if one[1] + other[1] == 7 else 1), one[1] + other[1])


class NotCommutative(Total):
    def merge(self, one, other):
        return other if one[1] == 0 else one


class WrongIdentity(Total):
    def identity(self):
        return (1.0, 0)


class ByChunk(Total):
    def partial(self, block):
        return (float(np.mean(block)), 1)


class WithoutUnits(Total):
    def finalize(self, state):
        return xr.Dataset({"mean": ((), state[0])})


class Mutating(Total):
    def identity(self):
        return [0.0, 0]

    def partial(self, block):
        return [float(np.sum(block)), len(block)]

    def merge(self, one, other):
        one[0] += other[0]
        one[1] += other[1]
        return one


class OtherVariables(Total):
    def finalize(self, state):
        name = "mean" if state[1] == len(DATA) and state[0] == DATA.sum() else "other"
        return super().finalize(state).rename(mean=name)

    def partial(self, block):
        return (float(np.sum(block)) + 1, len(block)) if len(block) < 12 else super().partial(block)


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (NotAssociative, "not associative|split|identity"),
        (NotCommutative, "split"),
        (WrongIdentity, "identity"),
        (ByChunk, "depends on the split"),
        (WithoutUnits, "no units and no long_name"),
        (Mutating, "."),
        (OtherVariables, "variables"),
    ],
)
def test_a_broken_summary_is_named(kind, word):
    with pytest.raises(SummaryError, match=word):
        check_summary(kind(), SPLITS)


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


def test_a_stated_bound_is_allowed():
    class Rounded(Total):
        def partial(self, block):
            return (float(np.float32(np.sum(block) / 7)) * 7, len(block))

    with pytest.raises(SummaryError):
        check_summary(Rounded(), SPLITS)
    check_summary(Rounded(), SPLITS, rtol=1e-6)
