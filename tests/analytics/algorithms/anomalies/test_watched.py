"""Detectors along labelled series: when, since when and why, of one and of many, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import false_discovery_control, median_abs_deviation

from nsi_notebook.analytics.algorithms.anomalies.detector import detect
from nsi_notebook.analytics.algorithms.anomalies.registry import STREAMS, detector
from nsi_notebook.analytics.algorithms.anomalies.robust_z import RobustZ
from nsi_notebook.analytics.algorithms.anomalies.watched import detect_series
from nsi_notebook.errors import DimsError, NsiWarning, OptionError, SeriesError, TimeError, UnknownNameError
from tests.analytics.algorithms.noises import ORDERS, ar1, noise

MINUTES = np.datetime64("2026-11-26T12:00", "us") + np.arange(1200) * np.timedelta64(1, "m")
TIME = ("time", MINUTES, {"timezone": "UTC"})


def area(values, **coords):
    dims = (*coords, "time")
    return xr.DataArray(values, {"time": TIME, **coords}, dims, attrs={"units": "um^2"}, name="void_area")


def test_when_since_and_why():
    x = 20 + ar1(0, 1200, 0.7)
    x[900:904] = [31, 45, np.nan, 60]
    found = detect_series(area(x), "novelty", alpha=0.005)
    row = found.table().iloc[-1]
    assert row["since"] == pd.Timestamp("2026-11-27T03:00Z")
    assert row["until"] == pd.Timestamp("2026-11-27T03:03Z")
    assert (row["samples"], row["unit"]) == (3, "um^2")
    assert row["score"] == found.score[0, 900:904][[0, 1, 3]].max()
    assert row["time"] == pd.Timestamp("2026-11-27T03:03Z")
    assert row["why"] == f"60 um^2 where the nearest before was 45 um^2: {row['score']:.3g} mean steps"
    assert found.missing == 1
    assert found.unscored == 0
    assert found.sentence.startswith(f"{found.flag.sum()} of 600 samples of void_area are anomalies by novelty at p <= 0.005 (up")
    assert "(up to 3 by chance), in 1 run; 1 missing; strangest 2026-11-27 03:03:00 UTC: 60 um^2 where the" in found.sentence
    assert repr(found) == f"SeriesAnomalies({found.sentence})"


def test_p_is_the_rank_among_the_scores_that_calibrate():
    x = ar1(1, 1200)
    found = detect_series(x, RobustZ(window=50), calibrate=300)
    held = found.score[0, 50:300]
    wanted = [(1 + (held >= s).sum()) / 251 for s in found.score[0, 300:]]
    np.testing.assert_allclose(found.p[0, 300:], wanted, rtol=1e-15)
    assert np.isnan(found.p[0, :300]).all()
    np.testing.assert_array_equal(found.flag[0, 300:], np.array(wanted) <= 0.01)
    assert found.expected[0, 700] == np.median(x[650:700])
    assert found.score[0, 700] == pytest.approx(
        abs(x[700] - np.median(x[650:700])) / median_abs_deviation(x[650:700], scale="normal")
    )


@pytest.mark.parametrize("name", sorted(STREAMS))
def test_each_series_has_a_detector_of_its_own_that_goes_on(name):
    season = 3 * np.sin(2 * np.pi * np.arange(1200) / 24)
    x = np.stack([season + ar1(seed, 1200, 0.5) for seed in range(6)]).reshape(2, 3, 1200)
    array = area(x, line=["p", "q"], sensor=[1, 2, 3])
    found = detect_series(array, name)
    alone = detect_series(array.sel(line="q", sensor=2), name)
    np.testing.assert_array_equal(found.score[4], alone.score[0])
    ds = found.to_xarray()
    assert dict(ds.score.sizes) == {"line": 2, "sensor": 3, "time": 1200}
    assert ds.value.attrs["units"] == "um^2"
    xr.testing.assert_equal(ds.value, array.drop_attrs().rename("value"))
    np.testing.assert_array_equal(ds.p.sel(line="q", sensor=2), alone.p[0])
    assert set(found.table().columns) >= {"line", "sensor", "since", "until", "why"}
    live = alone.detectors[0]
    longer = np.append(x[1, 1], [0.5, 1.0])
    again = detector(name).set_params(**live.get_params()).replay(longer)[0]
    assert live.score_one(0.5) == again[-2]
    assert live.learn_one(0.5).score_one(1.0) == again[-1]


def test_a_dim_in_any_place_and_pandas_give_the_same():
    x = 20 + ar1(2, 1200, 0.5)
    x[800] = 50
    one = detect_series(area(x))
    frame = detect_series(pd.Series(x, pd.DatetimeIndex(MINUTES, tz="UTC", name="time")))
    turned = detect_series(area(np.stack([x, x]), sensor=[0, 1]).transpose("time", "sensor"))
    np.testing.assert_array_equal(one.p, frame.p)
    np.testing.assert_array_equal(one.p[0], turned.p[1])
    assert one.flag[0, 800]


def test_where_places_count_a_gap_is_a_gap():
    season = np.tile([0.0, 5.0, 9.0, 2.0], 300) + 0.1 * ar1(3, 1200)
    whole = area(season)
    cut = whole.isel(time=np.delete(np.arange(1200), [700, 701, 702, 900]))
    found = detect_series(cut, "seasonal_z", period=4, calibrate=600)
    gone = whole.copy()
    gone[[700, 701, 702, 900]] = np.nan
    wanted = detect_series(gone, "seasonal_z", period=4, calibrate=600)
    np.testing.assert_array_equal(found.score[0], np.delete(wanted.score[0], [700, 701, 702, 900]))
    assert found.score[0, 700:].max() < 8


@pytest.mark.filterwarnings("ignore:.*too little was there before:nsi_notebook.errors.NsiWarning")  # just after what is missing
@pytest.mark.parametrize("method", ["seasonal_z", "ar_residual"])
def test_months_of_the_calendar_are_steps_that_are_equal(method):
    months = np.arange("1980-01", "2020-01", dtype="datetime64[M]").astype("datetime64[us]")
    season = 5 * np.sin(np.arange(480) * np.pi / 6) + 0.3 * ar1(3, 480)
    load = xr.DataArray(season, {"time": ("time", months, {"timezone": "UTC"})}, ("time",))
    known = np.delete(np.arange(480), [350, *range(380, 403)])  # a month is missing, and nearly two years
    options = {"calibrate": 240, "alpha": 0.05} | ({"period": 12} if method == "seasonal_z" else {})
    found = detect_series(load.isel(time=known), method, **options)
    even = area(np.full(1200, np.nan))[:480].copy(data=season)
    even[[350, *range(380, 403)]] = np.nan
    wanted = detect_series(even, method, **options)
    np.testing.assert_array_equal(found.score[0], wanted.score[0, known])


def test_steps_that_differ_are_refused_where_they_count():
    rng = np.random.default_rng(0)
    uneven = area(ar1(0, 1200)).assign_coords(
        time=("time", MINUTES + rng.integers(0, 50, 1200) * np.timedelta64(1, "s"), {"timezone": "UTC"})
    )
    with pytest.raises(TimeError, match=r"the steps along 'time' differ: from .*, and ARResidual counts them"):
        detect_series(uneven, "ar_residual")
    assert detect_series(uneven, "novelty").score.shape == (1, 1200)
    assert detect_series(uneven, "robust_z").score.shape == (1, 1200)  # all of it is sampled alike


def paced(*steps):
    """Give an Ornstein-Uhlenbeck process that forgets in a minute, at steps in seconds; 1,000 samples of each."""
    rng = np.random.default_rng(0)
    step = np.concatenate([np.broadcast_to(each, 1000) for each in steps])
    kept, x = np.exp(-step / 60), rng.normal(size=len(step))
    for at in range(1, len(step)):
        x[at] = kept[at] * x[at - 1] + np.sqrt(1 - kept[at] ** 2) * x[at]
    return xr.DataArray(x, {"time": ("time", step.cumsum(), {"units": "s"})}, ("time",))


@pytest.mark.parametrize("name", sorted(set(STREAMS) - {"ar_residual", "seasonal_z", "novelty"}))
def test_what_is_sampled_otherwise_than_what_calibrates_is_refused(name):
    for steps in ((60.0, 2.0), (2.0, 60.0)):
        with pytest.raises(TimeError, match=r"what calibrates is sampled otherwise, every (2|60) s, than what is asked, every"):
            detect_series(paced(*steps), name)
    with pytest.raises(TimeError, match="is sampled otherwise"):
        detect(paced(60.0, 2.0)[1000:], paced(60.0, 2.0)[:1000], method=name)
    waits = np.random.default_rng(1).exponential(60, 1000)
    for steps in ((60.0, 60.0), (60.0, 45.0), (waits, waits[::-1])):
        assert detect_series(paced(*steps), name, alpha=0.05).flag.mean() < 0.06
    few = np.r_[np.full(900, 60.0), np.full(50, 600.0), np.full(50, 60.0)]  # some gaps
    assert detect_series(paced(60.0, few), name, alpha=0.05).flag.mean() < 0.06


def test_novelty_looks_at_values_alone():
    assert detect_series(paced(60.0, 2.0), "novelty", alpha=0.05).flag[0, 1000:].mean() < 0.05


@pytest.mark.parametrize("kind", ORDERS)
def test_alarms_of_change_allow_for_noise_that_remembers(kind):
    series = noise(kind, (10, 2000), np.random.default_rng(0))
    found = detect_series(xr.DataArray(series, dims=("series", "sample")), "cusum", "sample")
    assert found.flag.sum() <= 1
    scale = series.std() * 4 if kind == "white" else series.std() * 12
    moved = series + scale * (np.arange(2000) >= 1500)
    shifted = detect_series(xr.DataArray(moved, dims=("series", "sample")), "cusum", "sample")
    assert (shifted.flag[:, 1500:1600].sum(axis=1) >= 1).mean() >= 0.9


def test_pairs_see_what_novelty_is_blind_to():
    x = 20 + ar1(5, 1200, 0.9)
    x[900] = x[899] + 2.2 * (1 if x[899] < 20 else -1)  # in the old range
    x[1000:1040] = x[1000]
    assert x[:600].min() < x[900] < x[:600].max()
    assert not detect_series(area(x), "novelty", alpha=0.005).flag[0, [900, *range(1001, 1040)]].any()
    assert detect_series(area(x), "ar_residual", alpha=0.005).flag[0, 900]
    assert detect_series(area(x), "frozen", alpha=0.005).flag[0, 1001:1040].all()


def test_detect_goes_the_same_way():
    x = 20 + ar1(0, 1200, 0.5)
    x[900] = 50
    wanted = detect_series(area(x), RobustZ(window=50, alpha=0.005), calibrate=700)
    found = detect(area(x), 700, method="robust_z", window=50, alpha=0.005)
    apart = detect(area(x)[700:], area(x)[:700], method="robust_z", window=50, alpha=0.005)
    for one in (found, apart):
        np.testing.assert_array_equal(one.p, wanted.p)
        np.testing.assert_array_equal(one.flag, wanted.flag)
    lanes = area(np.stack([x, x]), sensor=["a", "b"])
    with pytest.raises(SeriesError, match="the reference and the data have other sensor"):
        detect(lanes[:, 700:], lanes[:, :700].assign_coords(sensor=["a", "c"]), method="robust_z")
    with pytest.raises(SeriesError, match=r"the reference has .* in 'mm', the data .* in 'um\^2'"):
        detect(area(x)[700:], area(x)[:700].assign_attrs(units="mm"), method="robust_z")


@pytest.mark.parametrize("kind", [pd.Series, lambda x: pd.DataFrame({"area": x}), lambda x: pd.DataFrame({"a": x, "b": -x})])
def test_a_reference_of_pandas_that_only_counts_is_followed(kind):
    x = 20 + ar1(0, 1200, 0.5)
    new, reference = kind(x[700:]).reset_index(drop=True), kind(x[:700])
    apart = detect(new, reference, method="robust_z")
    np.testing.assert_array_equal(apart.p, detect(pd.concat([reference, new], ignore_index=True), 700, method="robust_z").p)
    assert apart.dim == "sample"


def test_what_is_refused():
    x = 20 + ar1(0, 1200)
    with pytest.raises(UnknownNameError, match=r"unknown detector of series 'novelti'(.|\n)*did you mean 'novelty'"):
        detect_series(x, "novelti")
    with pytest.raises(UnknownNameError, match="unknown detector of series 'knn'"):
        detect_series(x, "knn")
    with pytest.raises(OptionError, match=r"alpha=0.0001 needs 9999 scores that calibrate, and the first 600 of the samples do"):
        detect_series(x, alpha=0.0001)
    waits = r"needs 99 scores .* 600 samples give 0, as seasonal_z has none for the first 1,300 values \(period=400, window=100\)"
    with pytest.raises(OptionError, match=waits):
        detect_series(x, "seasonal_z", period=400)
    with pytest.raises(OptionError, match=r"30 samples, of which 5 are missing, give 0, as robust_z .*\(window=200\)") as told:
        detect_series(np.where(np.arange(60) < 5, np.nan, x[:60]), "robust_z", alpha=0.05)
    assert told.value.hint == "calibrate=224 or more; or a smaller window=; or a larger alpha"
    assert detect_series(x[:300], "robust_z", alpha=0.05, calibrate=219).p.shape == (1, 300)
    with pytest.raises(SeriesError, match="all of the first 600 values, which calibrate, are 3"):
        detect_series(np.where(np.arange(1200) < 600, 3.0, x))
    with pytest.raises(SeriesError, match="all of the first 600 values, which calibrate, are NaN"):
        detect_series(np.where(np.arange(1200) < 600, np.nan, x))
    with pytest.raises(SeriesError, match=r"sensor=a: .*infinite"):
        detect_series(area(np.stack([np.where(x == x.max(), np.inf, x)] * 2), sensor=["a", "b"]))
    with pytest.raises(OptionError, match="calibrate is 1200, of 1200 samples"):
        detect_series(x, calibrate=1200)
    for wrong in (0, -0.5, True, "half", np.nan, 10.5):
        with pytest.raises(OptionError, match="calibrate is"):
            detect_series(x, calibrate=wrong)
    with pytest.raises(OptionError, match=r"a detector with the options \['window'\]"):
        detect_series(x, RobustZ(), window=3)
    with pytest.raises(DimsError):
        detect_series(xr.DataArray(np.zeros((3, 4)), dims=("a", "b")))
    with pytest.raises(TimeError, match="time"):
        detect_series(area(x).assign_coords(time=MINUTES))


def test_what_is_broken_among_many_is_left_out():
    x = ar1(0, 1200)
    x[900] += 30
    rows = area(np.stack([np.full(1200, 3.0), x, np.full(1200, np.nan)]), sensor=["a", "b", "c"])
    with pytest.warns(NsiWarning, match=r"left out 2 of 3 series: sensor=a: .* are 3; sensor=c: .*NaN") as told:
        found = detect_series(rows, fdr=True, alpha=0.05)
    assert len(told) == 1
    alone = detect_series(area(x), alpha=0.05)
    np.testing.assert_array_equal(found.score[1], alone.score[0])
    np.testing.assert_array_equal(found.flag[1], alone.flag[0])
    assert not found.flag[[0, 2]].any()
    assert (found.unscored, found.together, found.false_alarms) == (alone.unscored, 1, alone.false_alarms)
    gone = found.table().set_index("sensor")["refused"]
    assert gone["a"] == "all of the first 600 values, which calibrate, are 3"
    assert gone["c"] == "all of the first 600 values, which calibrate, are NaN"
    assert set(gone["b":"b"]) == {""}
    pd.testing.assert_frame_equal(found.table().query("sensor == 'b'")[[*alone.table()]].reset_index(drop=True), alone.table())
    assert found.judged.tolist() == [False, True, False]
    assert found.sentence.startswith(f"{len(alone)} of 600 samples of void_area in 1 series")
    assert "; 2 of 3 series refused; strangest sensor=b, 2026-11-27 03:00:00 UTC: " in found.sentence
    assert np.isnan(found.to_xarray()["p"].sel(sensor="a")).all()


def test_a_period_that_does_not_fit_is_told():
    season = np.sin(2 * np.pi * np.arange(1200) / 24) + 0.1 * ar1(0, 1200)
    with pytest.warns(NsiWarning, match="a period of 17 does not fit"):
        detect_series(season, "seasonal_z", period=17)
    assert len(detect_series(season, "seasonal_z", period=24, alpha=0.005)) < 15


def test_values_without_a_score_are_told():
    x = ar1(0, 1200)
    x[700] = np.nan
    with pytest.warns(NsiWarning, match="3 of 1200 values have no score"):
        found = detect_series(x, "ar_residual")
    assert found.why(701) == "nothing can be said of it"


def test_measures_of_a_dataset_are_series_with_units_of_their_own():
    x, y = 20 + ar1(0, 1200, 0.5), 0.3 + 0.01 * ar1(1, 1200, 0.5)
    y[900] = 1.0
    ds = xr.Dataset(
        {"size": ("time", x, {"units": "um^2"}), "void_fraction": ("time", y, {"units": "1"}), "size_ci": ("time", x)},
        {"time": TIME},
    )
    found = detect_series(ds, "robust_z", alpha=0.005)
    frame = ds[["size", "void_fraction"]].to_dataframe().tz_localize("UTC")
    frame.attrs["units"] = {"size": "um^2", "void_fraction": "1"}
    of_frame = detect_series(frame, "robust_z", alpha=0.005)
    alone = detect_series(ds["void_fraction"], "robust_z", alpha=0.005)
    np.testing.assert_array_equal(found.p[1], alone.p[0])
    np.testing.assert_array_equal(of_frame.p, found.p)
    assert found.units == of_frame.units == ("um^2", "1")
    row = found.table().nlargest(1, "score").iloc[0]
    assert (row["measure"], row["since"], row["unit"]) == ("void_fraction", pd.Timestamp("2026-11-27T03:00Z"), "1")
    assert found.to_xarray()["units"].to_numpy().tolist() == ["um^2", "1"]
    assert "units" not in found.to_xarray()["value"].attrs
    assert detect_series(ds[["void_fraction"]], "robust_z", alpha=0.005).coords == {}


def test_fdr_is_that_of_scipy_among_the_series_of_each_moment():
    x = np.random.default_rng(3).normal(size=(20, 1500))
    x[:6, 1200] = 9
    x[4, 1300] = np.nan
    array = xr.DataArray(x, dims=("sensor", "sample"))
    found = detect_series(array, RobustZ(window=50, alpha=0.05), "sample", calibrate=1000, fdr=True)
    for at in (1200, 1300, 1400):
        there = ~np.isnan(found.p[:, at])
        np.testing.assert_allclose(found.adjusted[there, at], false_discovery_control(found.p[there, at]), rtol=1e-12)
    assert found.flag[:6, 1200].all()
    plain = detect_series(array, RobustZ(window=50, alpha=0.05), "sample", calibrate=1000)
    np.testing.assert_array_equal(found.p, plain.p)
    moments = (found.flag & (np.arange(1500) != 1200)).any(axis=0)[1000:].mean()
    assert moments < 0.12  # where nothing is wrong a moment has a false alarm with a chance of alpha, but for what calibrates
    assert (plain.flag & (np.arange(1500) != 1200)).any(axis=0)[1000:].mean() > 0.4
    assert "p_adjusted" in found.table()
    with pytest.raises(OptionError, match="a threshold of its own"):
        detect_series(array, "cusum", "sample", fdr=True)


def test_fdr_that_can_flag_no_series_alone_is_said():
    array = xr.DataArray(np.random.default_rng(3).normal(size=(40, 300)), dims=("sensor", "sample"))
    with pytest.warns(NsiWarning, match="no fewer than 7 of 40 series at once"):
        detect_series(array, RobustZ(window=20, alpha=0.05), "sample", fdr=True)


def test_page_and_hinkleys_p_is_said_not_to_be_calibrated_and_is_with_nothing_forgotten():
    def share(**options):
        series = np.random.default_rng(0).normal(size=(60, 4000))
        return np.mean([detector("page_hinkley", **options).fit(x[:2000]).p_values(x[2000:]) <= 0.05 for x in series])

    assert share() > 0.08
    assert share(delta=0.5, threshold=10.0) > 0.065  # forgetting eats up delta
    assert 0.04 < share(delta=0.5, threshold=10.0, forget=1.0) < 0.06
    found = detect_series(np.random.default_rng(0).normal(size=400), "page_hinkley")
    assert "by page_hinkley; p is not calibrated" in repr(found)
    assert found.false_alarms == (0, 1)
    assert "not calibrated" in found.to_xarray()["p"].attrs["long_name"]
    assert "not calibrated" not in repr(detect_series(np.random.default_rng(0).normal(size=400), "cusum"))


def test_fdr_holds_at_each_moment_and_not_over_all_of_them():
    def told(number):
        rng = np.random.default_rng(number)
        x = rng.normal(size=(20, 1300))
        out = np.zeros((20, 300), dtype=bool)
        out[:6, 100:200] = True
        x[:, 1000:] += 6.0 * out
        many = xr.DataArray(x, dims=("sensor", "sample"))
        flag = detect_series(many, "ewma", "sample", weight=1.0, alpha=0.1, calibrate=1000, fdr=True).flag[:, 1000:]
        false = (flag & ~out).sum(axis=0)
        share = false / np.maximum(flag.sum(axis=0), 1)
        return share[100:200].mean(), share[:100].mean(), false.sum() / flag.sum()

    some, none, all_of_them = np.mean([told(number) for number in range(12)], axis=0)
    assert some < 0.1  # where 6 of 20 are out: 14/20 of alpha
    assert none < 0.13  # where none is: how many moments have any flag
    assert some < all_of_them
