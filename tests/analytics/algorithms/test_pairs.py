"""Values laid side by side, and the effective number of pairs against theory and simulation."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from nsi_notebook.analytics import correlate, cross_correlation
from nsi_notebook.analytics.algorithms.noise import fit
from nsi_notebook.analytics.algorithms.pairs import effective_pairs, matched, places
from nsi_notebook.errors import DimsError, SeriesError, TimeError
from tests.analytics.algorithms.noises import ORDERS, ar1, noise

N = 300


def alarms(kinds, conservative=False, number=120, n=N):
    """The share of 5 % tests of two series without relation that see one."""
    rng = np.random.default_rng(1)
    one, other = (noise(kind, (number, n), rng) for kind in kinds)
    found = []
    for x, y in zip(one, other, strict=True):
        worth = effective_pairs(x, y, np.arange(n), conservative=conservative)
        r = np.corrcoef(x, y)[0, 1]
        found.append(2 * stats.t.sf(abs(r) * np.sqrt((worth - 2) / (1 - r * r)), worth - 2) < 0.05)
    return np.mean(found)


@pytest.mark.parametrize("kind", [kind for kind in ORDERS if kind not in ("white", "seasonal 12")])
def test_false_alarms_are_at_their_level(kind):
    assert alarms([kind, kind]) <= stats.binom.ppf(0.9999, 120, 0.07) / 120


def test_series_of_two_kinds_and_the_smallest_of_three():
    assert alarms(["AR(1) 0.9", "AR(1) 0.9 + noise"]) <= stats.binom.ppf(0.9999, 120, 0.07) / 120
    assert alarms(["AR(1) 0.9 + noise"] * 2, conservative=True) <= stats.binom.ppf(0.9999, 120, 0.06) / 120


def test_by_their_number_they_would_not_be():
    """What the effective number is for."""
    rng = np.random.default_rng(1)
    x, y = noise("AR(1) 0.9", (2, 100, N), rng)
    assert np.mean([stats.pearsonr(a, b).pvalue < 0.05 for a, b in zip(x, y, strict=True)]) > 0.35


@pytest.mark.parametrize(("one", "other"), [(0.9, 0.9), (0.9, 0.5), (0.9, 0.0), (0.0, 0.0)])
def test_the_number_is_that_of_the_processes(one, other):
    n = 4000
    found = np.median([effective_pairs(ar1(s, n, one), ar1(s + 100, n, other), np.arange(n)) for s in range(12)])
    assert found == pytest.approx(n * (1 - one * other) / (1 + one * other), rel=0.12)


def test_gaps_change_little_and_are_counted():
    n, rng = 4000, np.random.default_rng(3)
    x, y = ar1(1, n, 0.8), ar1(2, n, 0.8)
    kept = np.flatnonzero(rng.random(n) > 0.1)
    whole, less = effective_pairs(x, y, np.arange(n)), effective_pairs(x[kept], y[kept], kept)
    assert whole * 0.85 < less < whole * 1.15
    for conservative in (False, True):
        far = np.concatenate([np.arange(n // 2), np.arange(n // 2) + 10 * n])  # a gap longer than the series
        assert 0.7 * whole < effective_pairs(x, y, places(far.astype(float), 1.0), conservative=conservative) <= n


def test_the_smallest_of_three_is_no_larger():
    for seed in range(5):
        x, y = ar1(seed, 200, 0.7), ar1(seed + 50, 200, 0.7)
        assert 1 <= effective_pairs(x, y, np.arange(200), conservative=True) <= effective_pairs(x, y, np.arange(200)) <= 200


def test_autocorrelations_of_a_model_obey_it():
    """By the equations of Yule and Walker, and beside those of the samples."""
    x = noise("AR(2) cyclic", (1, 20000), np.random.default_rng(0))
    model = fit((x - x.mean()) / abs(x).max())
    phi, r = model.coefficients(), model.autocorrelation(30)
    for t in range(1, 31):
        assert r[t] == pytest.approx(sum(a * r[abs(t - 1 - i)] for i, a in enumerate(phi)), abs=1e-12)
    assert phi.sum() == pytest.approx(model.total[0], abs=1e-12)
    away = x[0] - x[0].mean()
    assert r[:8] == pytest.approx([away[k:] @ away[: len(away) - k] / (away @ away) for k in range(8)], abs=0.02)
    assert model.autocorrelation(1) == pytest.approx(r[:2])
    assert fit(np.random.default_rng(0).normal(size=(1, 30)), dependent=False).autocorrelation(3).tolist() == [1, 0, 0, 0]


def minutes(n, start=0, zone="UTC"):
    at = np.datetime64("2026-11-26T12:00", "us") + np.arange(start, start + n) * np.timedelta64(1, "m")
    return {"time": ("time", at, {"timezone": zone})}


def test_times_match_in_their_zones():
    one = xr.DataArray(np.arange(5.0), minutes(5), ("time",))
    other = xr.DataArray(np.arange(5.0), minutes(5, 62, "Europe/Berlin"), ("time",))  # 13:02 there is 12:02
    found = matched([one, other], "time", clock=True)
    assert found.rows.tolist() == [[[2, 3, 4], [0, 1, 2]]]
    assert found.alone == (2, 2)
    assert found.lie is not None
    outer = matched([one, other], "time", clock=True, join="outer")
    assert np.isnan(outer.rows).sum() == 4


def test_other_dims_stay_and_are_broadcast():
    many = xr.DataArray(np.arange(12.0).reshape(4, 3), {"camera": list("abc")}, ("sample", "camera"))
    one = xr.DataArray(np.arange(4.0), dims="sample")
    found = matched([one, many], "sample", clock=False)
    assert found.rows.shape == (3, 2, 4)
    assert found.others["camera"].tolist() == ["a", "b", "c"]
    assert (found.rows[:, 0] == np.arange(4)).all()
    assert found.rows[1, 1].tolist() == [1, 4, 7, 10]
    with pytest.raises(DimsError, match="they differ along other dims than 'sample'"):
        matched([many, many.assign_coords(camera=list("xyz"))], "sample", clock=False)


@pytest.mark.parametrize(
    ("one", "other", "kind", "said"),
    [
        (range(5), range(9, 14), SeriesError, "they have no 'time' in common: from 0 to 4 and from 9 to 13"),
        (None, range(4), SeriesError, "5 and 4 values along 'time', not all with a coordinate: which belong together"),
        ([0, 1, 1, 2, 3], range(5), SeriesError, "the coordinate 'time' holds a value twice"),
        ([0, 2, 1, 3, 4], range(5), TimeError, "goes back"),
    ],
)
def test_what_does_not_match_is_refused(one, other, kind, said):
    def array(at):
        n = 5 if at is None else len(at)
        return xr.DataArray(np.arange(float(n)), {} if at is None else {"time": list(at)}, ("time",))

    with pytest.raises(kind, match=said):
        matched([array(one), array(other)], "time", clock=True)


@pytest.mark.parametrize("ask", [correlate, cross_correlation])
def test_nothing_and_nothing_have_no_pairs(ask):
    with pytest.raises(SeriesError, match="there are no values along"):
        ask([], [])
