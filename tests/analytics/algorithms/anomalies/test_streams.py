"""What all detectors of single series do: scores that are the same live, replayed, in parts, over a restart and over gaps."""

from __future__ import annotations

import io
import pickle
import sys

import numpy as np
import pytest

from nsi_notebook.analytics.algorithms.anomalies.novelty import Novelty
from nsi_notebook.analytics.algorithms.anomalies.registry import STREAMS, detector
from nsi_notebook.analytics.algorithms.anomalies.robust_z import RobustZ
from nsi_notebook.analytics.algorithms.anomalies.seasonal_z import SeasonalZ
from nsi_notebook.analytics.algorithms.anomalies.series import SeriesDetector
from nsi_notebook.errors import MissingExtraError, OptionError, SeriesError
from tests.analytics.algorithms.noises import ar1

SINGLE = sorted(name for name, home in STREAMS.items() if issubclass(type(detector(name)), SeriesDetector))


def series(n=700, seed=0):
    """Give a season, noise that remembers, spikes, a stretch that is frozen, a shift, and some that are missing."""
    x = 5 + np.sin(2 * np.pi * np.arange(n) / 24) + ar1(seed, n, 0.6)
    x[[300, 501]] += 9
    x[400:410] = x[400]
    x[600:] += 4
    x[[3, 4, 350, 420]] = np.nan
    return x


def told(model, values):
    found = []
    for x in values.tolist():
        found.append(model.score_one(x))
        model.learn_one(x)
    return np.array(found)


def restarted(model):
    """Give it after it was written to a file and read."""
    file = io.BytesIO()
    np.savez(file, **model.state())
    file.seek(0)
    with np.load(file) as state:
        return type(model).from_state(state)


@pytest.mark.parametrize("name", SINGLE)
def test_live_is_replayed_in_parts_over_restarts(name):
    x = series()
    live = told(detector(name), x)
    whole = detector(name).replay(x)[0]
    model, parts = detector(name), []
    for part in np.split(x, [1, 2, 50, 333, 420, 421]):
        parts.append(model.replay(part)[0])
        model = restarted(model)
    np.testing.assert_array_equal(whole, live)
    np.testing.assert_array_equal(np.concatenate(parts), live)
    assert model.missing == 4
    assert np.isfinite(live).sum() > 300


@pytest.mark.parametrize("name", SINGLE)
def test_the_future_changes_nothing(name):
    x = series()
    other = x.copy()
    other[450:] = 77.0
    np.testing.assert_array_equal(detector(name).replay(x)[0][:450], detector(name).replay(other)[0][:450])


@pytest.mark.parametrize("name", SINGLE)
def test_memory_is_fixed(name):
    model = detector(name)
    sizes = set()
    for seed in range(5):
        model.replay(ar1(seed, 800, 0.5))
        sizes.add(len(pickle.dumps(model.state())))
    assert len(sizes) == 1


@pytest.mark.parametrize("name", SINGLE)
def test_a_state_keeps_threshold_and_options(name):
    fitted = detector(name, alpha=0.04).fit(series())
    again = restarted(fitted)
    more = series(seed=3)
    assert again.get_params() == fitted.get_params()
    np.testing.assert_array_equal(again.predict(more), fitted.predict(more))
    np.testing.assert_array_equal(again.p_values(more), fitted.p_values(more))


@pytest.mark.parametrize("name", SINGLE)
def test_missing_values_alone_have_no_scores(name):
    scores, expected = detector(name).replay(np.full(20, np.nan))
    assert np.isnan(scores).all()
    assert np.isnan(expected).all()


@pytest.mark.parametrize("name", sorted(set(SINGLE) - {"frozen", "half_space_trees"}))
def test_what_was_expected_is_that_of_the_score(name):
    x = series()
    model = detector(name)
    _, expected = model.replay(x[:600])
    assert expected[599] == detector(name).fit(x[:599]).expected_one(x[599])
    assert np.nanmax(abs(expected - 5)) < 10


@pytest.mark.parametrize("name", sorted(set(SINGLE) - {"frozen", "half_space_trees", "page_hinkley"}))
def test_a_constant_series_is_not_strange_until_it_leaves(name):
    model = detector(name)
    told(model, np.full(500, 0.1))
    assert not model.score_one(0.1) > 0
    assert not model.score_one(0.2) < 5


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("name", ["robust_z", "hampel", "ewma", "ar_residual", "cusum"])
def test_false_alarms_are_about_alpha(name, phi):
    rates = []
    for seed in range(20):
        x = ar1(seed, 4000, phi)
        rates.append((detector(name, alpha=0.05).fit(x[:2000]).predict(x[2000:]) < 0).mean())
    assert 0.02 < np.mean(rates) < 0.085


def test_refusals():
    with pytest.raises(SeriesError, match="the value is infinite"):
        RobustZ().learn_one(-np.inf)
    with pytest.raises(SeriesError, match="infinite"):
        RobustZ().replay(np.array([1.0, np.inf]))
    for wrong in (0, 2.5, True, 10**9, "many"):
        with pytest.raises(OptionError, match=r"^window is "):
            RobustZ(window=wrong).learn_one(1.0)
    with pytest.raises(OptionError, match="window is 8"):
        detector("hampel", window=8).learn_one(1.0)
    with pytest.raises(OptionError, match="10000 periods of 1000 are 10,000,000 values"):
        SeasonalZ(1000, cycles=10_000).learn_one(1.0)
    for name, option, value in (
        ("ewma", "weight", 0.0),
        ("ewma", "weight", 1.1),
        ("cusum", "slack", -1),
        ("cusum", "threshold", np.inf),
        ("page_hinkley", "forget", "no"),
        ("page_hinkley", "after", 0),
        ("frozen", "within", np.nan),
        ("novelty", "keep", 2),
        ("ar_residual", "order", 0),
        ("half_space_trees", "height", 0),
        ("seasonal_z", "period", 1),
    ):
        with pytest.raises(OptionError, match=f"^{option} is "):
            detector(name, **{option: value}).learn_one(1.0)


def test_a_state_that_does_not_fit_is_refused():
    state = Novelty(keep=8).learn_one(1.0).state()
    with pytest.raises(SeriesError, match=r"the state has the options alpha, keep, and RobustZ has alpha, window"):
        RobustZ.from_state(state)
    with pytest.raises(SeriesError, match=r"'kept' is of shape \(8,\), and not of shape \(9,\)"):
        Novelty.from_state(state | {"kept": state["kept"][1:]})
    del state["numbers"]
    with pytest.raises(SeriesError, match="'numbers' is missing"):
        Novelty.from_state(state)


def test_without_river_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "river.anomaly", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'nsi-notebook\[river\]'"):
        detector("half_space_trees").learn_one(1.0)


@pytest.mark.parametrize("name", ["robust_z", "half_space_trees"])
@pytest.mark.parametrize("wrong", ["a", "1", np.array([1.0, 2.0]), [1.0], {}])
def test_what_is_no_number_is_refused_and_none_is_missing(name, wrong):
    if name == "half_space_trees":
        pytest.importorskip("river", reason="these trees are those of river")
    model = detector(name)
    for call in (model.score_one, model.learn_one):
        with pytest.raises(SeriesError, match="no number") as raised:
            call(wrong)
        assert "one number at a time" in raised.value.hint
    with pytest.raises(SeriesError, match="infinite"):
        model.learn_one(10**400)  # which no float can hold
    assert np.isnan(model.learn_one(None).score_one(None))
