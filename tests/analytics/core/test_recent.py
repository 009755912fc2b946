"""The last of many things: a suffix of what was given, within both bounds, with the newest in it."""

from collections import deque
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.events import EventSystem
from nsi_notebook.analytics.core.recent import SHARE, Recent, weight
from nsi_notebook.analytics.processors.plans import window
from nsi_notebook.errors import OptionError


class Thing:
    """Of known weight."""

    def __init__(self, nbytes):
        self.nbytes = nbytes


PARTS = st.lists(st.lists(st.one_of(st.integers(0, 60).map(Thing), st.none()), max_size=5), max_size=8)


@given(PARTS, st.integers(0, 6), st.integers(0, 100))
def test_what_is_kept_is_a_suffix_within_bounds(parts, most, most_bytes):
    last, given = Recent(most, most_bytes, lambda thing: thing), []
    for part in parts:
        last.extend(part)
        given += part
        kept = list(last)
        sizes = [0 if thing is None else thing.nbytes for thing in given]
        assert all(one is other for one, other in zip(kept, given[len(given) - len(kept) :], strict=True))
        assert min(1, most, len(given)) <= len(kept) == len(last) <= most
        held = sizes[len(sizes) - len(kept) :]
        assert sum(held) <= most_bytes or sum(held[:-1]) <= most_bytes / SHARE
        if len(kept) < min(most, len(given)):  # no more than needed is gone
            assert sum(sizes[len(sizes) - len(kept) - 1 :]) > most_bytes * (1 - 1 / SHARE)


@dataclass
class Record:
    """What a user may publish."""

    name: str
    frame: np.ndarray


def test_what_holds_arrays_is_weighed_by_them():
    values, n = np.zeros(100_000), 800_000
    batch = Batch.of("a", values, np.arange(100_000).astype("M8[us]"), tz="UTC")
    assert batch.nbytes == 100_000 * (4 + 8 + 8)
    late = Batch.of("a", np.zeros(10), np.zeros(10).astype("M8[us]"), tz="UTC")
    windows = window("1us").agg("mean", "max").run(batch)
    assert windows.nbytes == len(windows) * (8 + 8 + 8 + 1 + 2 * 8)
    assert windows.last(10).nbytes == 10 * (8 + 8 + 8 + 1 + 2 * 8)
    assert windows.last(10).columns["mean"].base is None  # the others are let go
    assert type(windows)(**{**vars(windows), "late": late}).nbytes == windows.nbytes + late.nbytes
    for held in (
        values,
        Record("a", values),
        {"name": "a", "frame": values},
        [values],
        deque([{"frames": (values, None)}]),
        pd.Series(values),
        pd.DataFrame({"a": values}),
        xr.Dataset({"a": ("x", values)}),
        pa.table({"a": values}),
        b"x" * n,
        "x" * n,
    ):
        assert n <= weight(held) <= 1.1 * n, type(held)
    assert weight([values] * 1000) >= 1000 * n
    assert weight(None) == weight(1.5) < 100


def test_the_history_is_bounded_by_bytes_too_and_the_newest_stays():
    events, seen = EventSystem(inline=True, keep_bytes=11_000_000), []
    for n in range(100):
        events.publish("camera.frame", np.full(125_000, n))  # a million bytes
    assert [event.payload[0] for event in events.history] == list(range(90, 100))
    events.publish("camera.name")
    events.publish("camera.stack", np.zeros(2_000_000))
    assert [event.topic for event in events.history] == ["camera.name", "camera.stack"]
    events.subscribe("camera.*", lambda event: seen.append(event.topic), replay=True)
    assert seen == ["camera.name", "camera.stack"]
    with np.testing.assert_raises(OptionError):
        EventSystem(keep_bytes=-1)


def test_dead_letters_are_bounded_by_bytes_too():
    events = EventSystem(inline=True, history=0, keep_bytes=11_000_000)
    events.subscribe("camera.frame", lambda event: 1 / 0)
    for n in range(100):
        events.publish("camera.frame", {"frame": np.full(125_000, n)})
    kept = [letter.event.payload["frame"][0] for letter in events.dead_letters]
    assert kept == list(range(90, 100))
    assert events.history == []


def test_what_cannot_be_weighed_costs_no_event():
    class Sly:
        @property
        def nbytes(self):
            raise RuntimeError("the file is closed")

    events, seen = EventSystem(inline=True), []
    events.subscribe("x", lambda event: seen.append(event.topic))
    loop = []
    loop.append(loop)
    for payload in (Sly(), loop, 3):
        events.publish("x", payload)
    assert (len(seen), len(events.history)) == (3, 3)
