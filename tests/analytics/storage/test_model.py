"""Any order of appends, retries, sealings, joinings, droppings and reopenings gives what plain Python gives."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.core.times import utc
from nsi_notebook.analytics.storage import TimeSeriesDatabase

SERIES = (Series("a", "m", (("k", "1"),)), Series("a", "m", (("k", "2"),)), Series("b"))
TIMES = st.integers(-(2**40), 2**40) | st.integers(0, 50)
SAMPLES = st.lists(st.tuples(st.integers(0, 2), TIMES, st.none() | st.floats(-1e6, 1e6)), min_size=1, max_size=12)


class Stores(RuleBasedStateMachine):
    """A store, and a list."""

    server = None

    @initialize(memory=st.booleans())
    def begin(self, memory):
        self.place = Path(tempfile.mkdtemp())
        self.address = self.server.address() if self.server else "memory:" if memory else self.place / "s"
        self.db = TimeSeriesDatabase(self.address)
        self.held, self.keys = [], {}

    @rule(samples=SAMPLES, key=st.none() | st.sampled_from("xyz"))
    def append(self, samples, key):
        code, time, value = zip(*samples, strict=True)
        numbers = np.array([np.nan if v is None else v for v in value])
        batch = Batch(SERIES, np.array(code, dtype=np.int32), np.array(time, dtype=np.int64), numbers)
        if key in self.keys:
            batch, key = self.keys[key], key
        elif key is not None:
            self.keys[key] = batch
        ack = self.db.append(batch, key=key)
        assert ack.rows == len(batch)
        if ack.new:
            self.held += [(int(c), int(t), float(v)) for c, t, v in zip(batch.code, batch.time, batch.value, strict=True)]
        elif key is None:
            raise AssertionError("a batch without a key was taken for another")

    @rule()
    def seal(self):
        self.db.seal()

    @rule()
    def compact(self):
        assert self.db.compact() >= 0

    @rule(before=TIMES)
    def retain(self, before):
        kept = [sample for sample in self.held if sample[1] >= before]
        assert self.db.retain(utc(before)) == len(self.held) - len(kept)
        self.held = kept

    @rule()
    def reopen(self):
        if self.address != "memory:":
            self.db.close()
            self.db = TimeSeriesDatabase(self.address)

    @rule(since=TIMES, long=st.integers(1, 2**41), names=st.sampled_from([None, "a", "b"]), rows=st.integers(1, 5))
    def ask(self, since, long, names, rows):
        if names is not None and names not in {s.name for s in self.db.series()}:
            return
        until = since + long
        inside = [x for x in self.held if since <= x[1] < until and (names is None or SERIES[x[0]].name == names)]
        assert self.db.count(names, utc(since), utc(until)) == len(inside)
        found = [
            (SERIES.index(batch.series[c]), int(t), float(v))
            for batch in self.db.scan(names, utc(since), utc(until), rows=rows)
            for c, t, v in zip(batch.code, batch.time, batch.value, strict=True)
        ]
        assert [t for _, t, _ in found] == sorted(t for _, t, _ in inside)
        assert sorted(map(repr, found)) == sorted(map(repr, inside))  # NaN is not equal to NaN

    @invariant()
    def counts(self):
        if hasattr(self, "db"):
            assert self.db.count() == len(self.held)
            assert self.db.verify() == ()

    def teardown(self):
        if hasattr(self, "db"):
            if isinstance(self.address, Path):
                assert len(list((self.address / "sealed").iterdir())) == self.db.status()["files"]
            self.db.close()
            shutil.rmtree(self.place)


Stores.TestCase.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestStores = Stores.TestCase


def test_stores_on_a_server(postgres):
    class OnServer(Stores):
        server = postgres

    run_state_machine_as_test(OnServer, settings=Stores.TestCase.settings)
