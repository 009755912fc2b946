"""A detector beside the engine: what it says of windows and samples as they come is what a replay of the store says."""

import io

import numpy as np
import pytest

from nsi_notebook.analytics.algorithms.anomalies.registry import detector
from nsi_notebook.analytics.engine import AnalyticsEngine
from nsi_notebook.analytics.processors.plans import window
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from tests.analytics.algorithms.noises import ar1

T0 = 1_764_158_400_000_000


def moments(seconds):
    return (np.asarray(seconds) * 10**6 + T0).astype("M8[us]")


@pytest.mark.parametrize("name", ["novelty", "ar_residual", "frozen"])
def test_live_scores_of_windows_are_those_of_the_stored_series_over_a_restart(tmp_path, name):
    x = ar1(1, 2000, 0.5).round(2)
    x[1000:1100] = x[1000]
    x[1500:1550] += 30
    live = []
    plan = window("10s").agg("mean")

    def run(watching, parts):
        def watch(event):
            for mean in event.payload.columns["mean"].tolist():
                live.append(watching.score_one(mean))
                watching.learn_one(mean)

        with AnalyticsEngine(tmp_path / "store", {"load": plan}, inline=True) as engine:
            engine.events.subscribe("windows.load", watch)
            for part in parts:
                engine.emit_many("load", x[part], moments(part), tz="UTC")
                engine.flush()
        file = io.BytesIO()
        np.savez(file, **watching.state())
        return io.BytesIO(file.getvalue())

    parts = np.split(np.arange(2000), 133 * np.arange(1, 15))
    with np.load(run(detector(name), parts[:7])) as state:
        run(type(detector(name)).from_state(state), parts[7:])
    stored = TimeSeriesDatabase(tmp_path / "store").query("load.mean").to_pandas()["value"].to_numpy()
    assert len(live) == len(stored) >= 199
    np.testing.assert_array_equal(live, detector(name).replay(stored)[0])
    assert np.nanmax(live) > 5
