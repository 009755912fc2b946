"""Every store keeps the contract, and the contract finds what is broken."""

from __future__ import annotations

import numpy as np
import pytest

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.storage import Ack, TimeSeriesDatabase, check_store
from nsi_notebook.errors import StoreError


@pytest.fixture
def fresh(tmp_path):
    """Give addresses of folders that are not there yet."""
    numbers = iter(range(1000))
    return lambda: tmp_path / f"store-{next(numbers)}"


@pytest.mark.parametrize("seed", [0, 1])
def test_the_store_in_memory_keeps_the_contract(seed):
    assert check_store(lambda: TimeSeriesDatabase("memory:"), seed=seed) is None


@pytest.mark.parametrize("seed", [0, 1])
def test_the_store_in_a_folder_keeps_the_contract(fresh, seed):
    assert check_store(lambda: TimeSeriesDatabase(fresh()), seed=seed) is None


def test_a_folder_with_an_awkward_name_keeps_the_contract(fresh):
    assert check_store(lambda: TimeSeriesDatabase(fresh() / "it's a [store], \u00fcml*ut?")) is None


def test_answers_of_many_rows_go_through_the_files_and_are_the_same(fresh, monkeypatch):
    monkeypatch.setattr("nsi_notebook.analytics.storage.snapshot.FEW", 0)
    assert check_store(lambda: TimeSeriesDatabase(fresh())) is None


class Loses(TimeSeriesDatabase):
    def append(self, batch, **told):
        if len(batch) > 1:
            super().append(batch.take(slice(1, None)), **told)
        return Ack(len(batch))


class Doubles(TimeSeriesDatabase):
    def append(self, batch, **told):
        super().append(batch)
        return super().append(batch, **told)


class Forgets(TimeSeriesDatabase):
    def append(self, batch, **told):
        return super().append(batch)


class Unmoved(TimeSeriesDatabase):
    def append(self, batch, *, key=None, checkpoints=()):
        return super().append(batch, key=key)


class Converts(TimeSeriesDatabase):
    def append(self, batch, **told):
        known = {s.key: s for s in self.series()}
        series = tuple(known.get(s.key, s) for s in batch.series)
        return super().append(Batch(series, batch.code, batch.time, batch.value), **told)


class KeepsAll(TimeSeriesDatabase):
    def retain(self, before):
        return 0


class Zeroes(TimeSeriesDatabase):
    def append(self, batch, **told):
        return super().append(Batch(batch.series, batch.code, batch.time, np.nan_to_num(batch.value)), **told)


class Includes(TimeSeriesDatabase):
    def count(self, series=None, since=None, until=None, *, where=None):
        return super().count(series, since, None, where=where)


class Inserts(TimeSeriesDatabase):
    def sql(self, text, parameters=None):
        return super().sql("select 1" if text.startswith("delete") else text, parameters)


class NeverCloses(TimeSeriesDatabase):
    def count(self, *args, **kwargs):
        return 0 if self._closed else super().count(*args, **kwargs)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (Loses, "is there once"),
        (Doubles, "is there once"),
        (Forgets, "written once"),
        (Unmoved, "Checkpoints are moved"),
        (Converts, "one unit"),
        (KeepsAll, "retain\\(\\) drops exactly"),
        (Zeroes, "is there once"),
        (Includes, "choose the samples"),
        (Inserts, "delete from samples is not refused"),
        (NeverCloses, "After close\\(\\)"),
    ],
)
def test_a_broken_store_is_found_and_the_clause_is_named(broken, said):
    with pytest.raises(StoreError, match=said):
        check_store(lambda: broken("memory:"))
