"""Times at the ends of the calendar go through emit, store, windows, questions and jobs as others do."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.core.times import FIRST, LAST, LONGEST, told, utc
from nsi_notebook.analytics.engine import AnalyticsEngine, Job
from nsi_notebook.analytics.processors.plans import counts, sessions, window

SECOND = 1_000_000
ENDS = st.one_of(st.integers(FIRST, FIRST + 10 * SECOND), st.integers(LAST - 10 * SECOND, LAST), st.integers(FIRST, LAST))
SPANS = st.one_of(st.sampled_from([1, SECOND, 86_400 * SECOND, LONGEST]), st.integers(1, LONGEST))


@settings(max_examples=40)
@given(st.lists(ENDS, min_size=1, max_size=6), SPANS, st.integers(1, 3), SPANS, st.booleans())
@example([FIRST, LAST], LONGEST, 3, LONGEST, True)
@example([LAST], 1, 1, 1, False)
@example([FIRST], 7 * SECOND, 3, 1, True)
@example([FIRST + 6_800_000], 2**53 + 1, 1, 1, False)
def test_any_times_that_there_are_go_through_everything(times, every, many, wait, one_by_one):
    size = min(every * many, LONGEST)
    every = min(every, size)
    sliding = window(told(size), every=told(every)).agg("count", "first").allow(disorder=told(wait), lateness=told(wait))
    plans = {"tumbling": window(told(size)).agg("count", "mean"), "sliding": sliding, "pauses": sessions(told(wait)).agg("count")}
    plans["few"] = counts(1).agg("last")
    moments = np.array(times)
    batch = Batch((Series("a"),), np.zeros(len(times), np.int32), moments, np.arange(len(times)) + 1.0)
    with AnalyticsEngine("memory:", plans, inline=True, ahead=None) as engine:
        if one_by_one:
            assert all(engine.emit("a", value, utc(moment)) for moment, value in zip(times, batch.value.tolist(), strict=True))
        else:
            engine.emit_many("a", batch.value, moments.astype("M8[us]"), tz="UTC")
        engine.flush()
        assert engine.store.count("a") == len(times)
        for name, plan in plans.items():
            given_out = engine.windows(name)
            assert len(given_out.to_batch()) == len(given_out) * len(plan.aggregates)
            whole = plan.run(batch)
            frame, dataset = whole.to_pandas(), whole.to_xarray()
            for column in ("start", "end"):
                bounds = getattr(whole, column).tolist()
                assert frame[column].dt.tz_localize(None).to_numpy().astype("M8[us]").astype(np.int64).tolist() == bounds
                assert dataset[column].values.astype("M8[us]").astype(np.int64).tolist() == bounds
            assert whole._repr_html_().startswith("<table>")
            assert engine.store.append(whole.to_batch()).new
            if plan.kind != "counts":
                again = engine.run(Job(plan, "a", partition=told(LONGEST)))
                for column in ("start", "end"):
                    np.testing.assert_array_equal(getattr(again, column), getattr(whole, column))
        tumbling = plans["tumbling"].run(batch)
        answer = engine.store.query("a", step=told(size), agg="count")
        starts = answer.to_xarray()["time"].values.astype("M8[us]").astype(np.int64)
        assert starts.tolist() == tumbling.start.tolist() == np.unique(moments // size * size).tolist()
        assert answer.to_pandas()["count"].tolist() == tumbling.columns["count"].tolist()
        assert answer._repr_html_().startswith("<table>")
        parts = engine.run(Job(len, "a", partition=told(LONGEST)))
        assert sum(part.value for part in parts) == len(times)
