"""`describe`: NumPy and SciPy, chunks and streams, coverage of its intervals, and what it refuses."""

from __future__ import annotations

import warnings

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nsi_notebook.analytics import describe, effective_n
from nsi_notebook.analytics.algorithms.statistics.describe import Description
from nsi_notebook.errors import DimsError, NsiWarning, OptionError, SeriesError, SummaryError, TimeError
from nsi_notebook.summaries import check_summary
from tests.analytics.algorithms.noises import noise


def cameras(n=400, offset=0.0):
    x = np.random.default_rng(0).gamma(2, size=(n, 3)) + offset
    x[5:9, 1] = np.nan
    times = pd.date_range("2026-11-26", periods=n, freq="1s")
    coords = {"time": ("time", times, {"timezone": "UTC"}), "lane": ["a", "b", "c"]}
    return xr.DataArray(x, coords, ("time", "lane"), "area", {"units": "um^2"})


@settings(deadline=None, max_examples=60)
@given(
    x=st.lists(st.one_of(st.floats(-1e6, 1e6, allow_subnormal=False), st.just(np.nan)), min_size=2, max_size=50).filter(
        lambda x: len({*x} - {np.nan}) > 1
    ),
    q=st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
def test_order_is_that_of_numpy_and_scipy(x, q):
    array = np.array(x)
    if len(np.unique(array[~np.isnan(array)])) < 2:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NsiWarning)  # of skewness where squares of differences are no floats
        found = describe(array, quantiles=q)
    np.testing.assert_array_equal(found["quantile"], np.nanquantile(array, q))
    np.testing.assert_allclose(found["mad"], stats.median_abs_deviation(array, nan_policy="omit"), rtol=1e-14)


def test_the_result_says_what_it_is():
    found = describe(cameras(), "time", ci=0.95)
    assert set(found.data_vars) == {
        "count", "missing", "mean", "std", "skew", "kurtosis", "min", "max", "quantile", "mad", "effective_n", "mean_ci"
    }  # fmt: skip
    assert all(variable.attrs["units"] and variable.attrs["long_name"] for variable in found.data_vars.values())
    units = {str(k): v.attrs["units"] for k, v in found.data_vars.items()}
    assert {k for k, u in units.items() if u == "um^2"} == {"mean", "std", "min", "max", "quantile", "mad", "mean_ci"}
    assert found["quantile"].dims == ("lane", "q")
    assert found["mean_ci"].dims == ("lane", "bound")
    assert found["quantile"].attrs["method"] == "exact"
    assert found["lane"].values.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("chunks", [{"time": 70}, {"lane": 2}, {"time": 150, "lane": 1}])
@pytest.mark.parametrize("dim", ["time", ("lane", "time"), None])
def test_chunks_give_the_same_with_quantiles_within_their_bound(chunks, dim):
    data = cameras()
    wanted, found = describe(data, dim), describe(data.chunk(chunks), dim)
    assert set(wanted) == set(found)
    for name in set(wanted) - {"quantile", "mad"}:
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-13)
        assert found[name].dims == wanted[name].dims
    first = data.isel(dict.fromkeys([dim] if isinstance(dim, str) else dim or data.dims, 0)).fillna(0)
    assert (abs(found["quantile"] - wanted["quantile"]) <= 0.004 * abs(wanted["quantile"] - first) + 1e-12).all()
    np.testing.assert_allclose(found["mad"], wanted["mad"], rtol=0.05)
    assert found["quantile"].attrs["method"] == "histogram, within 0.39 % of the difference from the first value"


def test_the_interval_of_chunks_is_the_same():
    data = cameras()
    for careful in (False, True):
        one, other = (describe(d, "time", ci=0.9, conservative=careful) for d in (data, data.chunk(time=90, lane=2)))
        np.testing.assert_allclose(one["mean_ci"], other["mean_ci"], rtol=1e-13)
        np.testing.assert_array_equal(one["effective_n"], other["effective_n"])
        assert one["effective_n"].attrs == other["effective_n"].attrs


def test_each_chunk_is_read_once():
    read = []

    def load(block, block_info=None):
        read.append(block_info[0]["chunk-location"])
        return np.random.default_rng(len(read)).gamma(2, size=block.shape)

    blocks = da.zeros((500, 4), chunks=(100, 2)).map_blocks(load, dtype=float, meta=np.empty((0, 0)))
    describe(xr.DataArray(blocks, dims=("time", "lane")), "time", ci=0.9)
    assert len(read) == len(set(read)) == 10


@pytest.mark.parametrize("offset", [300.0, 1e8])
def test_chunks_far_from_0_have_their_quantiles(offset):
    found, wanted = describe(cameras(offset=offset).chunk(time=100), "time"), describe(cameras(offset=offset), "time")
    spread = wanted["std"]
    assert (abs(found["quantile"] - wanted["quantile"]) < 0.03 * spread).all()
    np.testing.assert_allclose(found["mad"], wanted["mad"], rtol=0.05)


def test_what_the_histogram_of_a_stream_cannot_tell_is_nan_and_said():
    about, data = Description("time"), cameras(offset=3000.0)
    with pytest.warns(NsiWarning, match="NaN: quantile, mad, as the values are too far from 0"):
        found = about.finalize(about.merge(about.partial(data[:90]), about.partial(data[90:])))
    assert np.isnan(found["quantile"]).all()
    assert np.isnan(found["mad"]).all()
    assert "too far from 0" in found["mad"].attrs["nsi_undefined"]
    np.testing.assert_allclose(found["std"], describe(cameras(), "time")["std"], rtol=1e-10)


@pytest.mark.parametrize("offset", [3000.0, 1e8])
def test_a_stream_far_from_0_has_its_quantiles_near_what_is_said(offset):
    about, data = Description("time", near=offset + 5.0), cameras(offset=offset)
    found = about.finalize(about.merge(about.partial(data[:90]), about.partial(data[90:])))
    wanted = describe(data, "time")
    assert (abs(found["quantile"] - wanted["quantile"]) < 0.005 * (5.0 + abs(wanted["quantile"] - offset))).all()
    np.testing.assert_allclose(found["mad"], wanted["mad"], rtol=0.05)
    assert found["quantile"].attrs["method"] == f"histogram, within 0.39 % of the difference from {offset + 5.0:g}"
    astray = Description("time", near=-offset)
    with pytest.warns(NsiWarning, match=r"NaN: quantile, mad, .*(.|\n)*near="):
        assert np.isnan(astray.finalize(astray.partial(data))["mad"]).all()
    for wrong in (np.nan, np.inf, "3"):
        with pytest.raises(OptionError, match="near is"):
            Description(near=wrong)


def test_a_description_of_a_stream_is_a_summary():
    data = cameras().drop_vars("time")
    cut = [data[:3], data[3:170], data[170:]]
    found = check_summary(Description("time"), [[data], cut, cut[::-1], [data[i : i + 9] for i in range(0, 400, 9)]], rtol=2e-13)
    wanted = describe(data, "time")
    for name in ("count", "missing", "mean", "std", "skew", "kurtosis", "min", "max"):
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-12)
    np.testing.assert_allclose(found["quantile"], wanted["quantile"], rtol=0.004)
    assert "mean_ci" not in found


def test_a_stream_of_nothing_is_described_as_that():
    found = Description().finalize(Description().identity())
    assert found["count"] == 0
    assert found["quantile"].attrs["nsi_undefined"] == "there are no values"


def test_blocks_of_other_places_do_not_merge():
    about = Description("time")
    one = about.partial(xr.DataArray(np.zeros((2, 3)), dims=("time", "lane")))
    for other in (np.zeros((2, 2)), np.zeros((2, 3))):
        dims = ("time", "lane") if other.shape == (2, 2) else ("time", "line")
        with pytest.raises(SummaryError):
            about.merge(one, about.partial(xr.DataArray(other, dims=dims)))


def test_along_samples_the_interval_is_that_of_student():
    x = np.random.default_rng(1).normal(5, 2, size=(12, 4))
    found = describe(xr.DataArray(x, dims=("sample", "lane")), "sample", ci=0.9)["mean_ci"]
    wanted = stats.ttest_1samp(x, 0, axis=0).confidence_interval(0.9)
    np.testing.assert_allclose(found, np.transpose(wanted), rtol=1e-12)
    assert "independent" in found.attrs["method"]


@pytest.mark.filterwarnings("ignore:the effective number of values is in doubt:nsi_notebook.errors.NsiWarning")  # of few rows
@pytest.mark.parametrize(("kind", "low"), [("white", 0.92), ("AR(1) 0.5", 0.91), ("AR(1) 0.9", 0.89), ("MA(5)", 0.89)])
def test_along_time_the_interval_covers_the_mean(kind, low):
    x = noise(kind, (400, 500), np.random.default_rng(12))
    bounds = describe(xr.DataArray(x, dims=("run", "time")), "time", ci=0.95)["mean_ci"]
    covered = float(((bounds[:, 0] < 0) & (bounds[:, 1] > 0)).mean())
    assert low <= covered <= 0.985


@pytest.mark.filterwarnings("ignore:the effective number of values is in doubt:nsi_notebook.errors.NsiWarning")  # asked for below
def test_a_series_shorter_than_its_memory_has_no_bounds():
    with pytest.warns(NsiWarning, match="NaN: mean_ci, as a series that is worth fewer than 2 values, as a walk"):
        found = describe(xr.DataArray(np.arange(50.0), dims="time"), ci=0.95)
    assert found["mean_ci"].isnull().all()


@pytest.mark.parametrize("dim", ["frame", "t", "window", "when"])
def test_a_dim_of_time_by_another_name_is_one(dim):
    data = cameras().rename(time="when") if dim == "when" else cameras().drop_vars("time").rename(time=dim)
    assert "effective number" in describe(data, dim, ci=0.9)["mean_ci"].attrs["method"]


def test_a_dim_that_is_named_twice_counts_once():
    assert describe(cameras(), ("lane", "lane"))["count"].max() == 3


def test_no_quantiles_are_none():
    assert describe(np.arange(4.0), quantiles=np.array([]))["quantile"].shape == (0,)


def test_the_effective_number_is_that_of_effective_n():
    data = cameras()
    xr.testing.assert_identical(describe(data, "time")["effective_n"].reset_coords(drop=True), effective_n(data))


def test_a_short_series_warns_once_and_says_so_in_its_interval():
    with pytest.warns(NsiWarning, match=r"fewer than 200 values \(60\)") as seen:
        found = describe(cameras(60), "time", ci=0.95)
    assert len(seen) == 1
    assert "nsi_ci_doubt" in found["mean_ci"].attrs


@pytest.mark.parametrize("chunks", [None, {"image": 20, "lane": 1}])
def test_images_of_few_specimens_have_an_interval_in_doubt(chunks):
    rng = np.random.default_rng(5)
    x = np.repeat(rng.normal(size=(8, 3)), 12, axis=0) + 0.5 * rng.normal(size=(96, 3))
    images = xr.DataArray(np.where(rng.random(x.shape) < 0.05, np.nan, x), dims=("image", "lane"))
    given = images if chunks is None else images.chunk(chunks)
    with pytest.warns(NsiWarning, match="interval of the mean is in doubt: neighbours along 'image' are alike at 3 of 3 places"):
        found = describe(given, "image", ci=0.95)
    assert "their correlation is up to 0.7" in found["mean_ci"].attrs["nsi_ci_doubt"]
    assert "nsi_ci_doubt" not in found["mean"].attrs
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no interval, nothing to doubt; and the means of each specimen are independent
        describe(given, "image")
        describe(images.assign_coords(image=np.repeat(np.arange(8), 12)).groupby("image").mean(), "image", ci=0.95)


@pytest.mark.parametrize("places", [1, 200])
def test_independent_samples_are_doubted_as_rarely_wherever_they_lie(places):
    rng, doubted = np.random.default_rng(8), 0
    for _ in range(150):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # counted by their attr
            found = describe(xr.DataArray(rng.normal(size=(60, places)), dims=("image", "lane")), "image", ci=0.95)
        doubted += "nsi_ci_doubt" in found["mean_ci"].attrs
    assert doubted <= 4  # 0.75 of 150 are expected: as many or more than 5 would be a chance of 1 in 1,000


def test_irregular_times_leave_the_effective_number_out_and_say_why():
    data = cameras().assign_coords(time=np.cumsum(np.tile([1.0, 1.3], 200)))
    found = describe(data, "time")
    assert "effective_n" not in found
    assert "the steps along 'time' differ" in found.attrs["nsi_left_out"]
    with pytest.raises(TimeError, match="steps along 'time' differ"):
        describe(data, "time", ci=0.95)


def test_a_gap_in_time_does_no_harm():
    data = cameras().isel(time=np.r_[0:100, 200:400])
    found = describe(data, "time", ci=0.95)
    assert found["effective_n"].attrs["spacing"] == "regular, with 1 gaps"
    xr.testing.assert_identical(found["effective_n"].reset_coords(drop=True), effective_n(data))
    chunked = describe(data.chunk(time=70), "time", ci=0.95)
    np.testing.assert_allclose(chunked["mean_ci"], found["mean_ci"], rtol=1e-13)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.assign_coords(time=d["time"].values), "have no zone"),
        (lambda d: d.assign_coords(time=np.r_[0:399.0, 398]), "holds 1 value twice"),
    ],
)
def test_naive_and_double_times_have_no_interval(change, said):
    with pytest.raises(TimeError, match=said):
        describe(change(cameras()), "time", ci=0.95)


@pytest.mark.parametrize(
    ("x", "said"),
    [
        ([np.nan] * 3, "NaN: mean, std, skew, kurtosis, min, max, quantile, mad, as there are no values"),
        ([2.0], "NaN: std, as there is one value; skew, kurtosis, as there is one value"),
        ([0.1] * 5, "NaN: skew, kurtosis, as all values are the same"),
        ([1e300, -1e300, 1.0], "NaN: .* as powers of the values are beyond"),
    ],
)
def test_nothing_is_nan_without_a_warning_that_says_why(x, said):
    with pytest.warns(NsiWarning, match=said.replace("std, as there is one value; ", "std, ")) as seen:
        found = describe(np.array(x))
    assert len(seen) == 1
    for variable in found.data_vars.values():
        assert "nsi_undefined" in variable.attrs or np.isfinite(variable).all()


def test_a_sensor_that_is_stuck_has_no_interval_and_says_why():
    data = cameras()
    data[:, 0] = 3.0
    with pytest.warns(NsiWarning, match="effective_n, mean_ci, as all values are the same"):
        found = describe(data, "time", ci=0.95)
    assert found["mean_ci"].isnull().all("bound").values.tolist() == [True, False, False]


def test_one_value_a_place_has_no_interval_and_says_why():
    with pytest.warns(NsiWarning, match="mean_ci, as there are fewer than two values"):
        describe(xr.DataArray([[1.0, 2.0], [np.nan, 3.0]], dims=("sample", "lane")), "sample", ci=0.95)


IMAGE = xr.DataArray(np.random.default_rng(0).random((4, 5, 6)), dims=("time", "y", "x"))


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: describe(IMAGE[0], ci=0.95), DimsError, "pixels and tiles along y, x are not independent"),
        (lambda: describe(IMAGE.rename(y="tile"), "tile", ci=0.95), DimsError, "measure\\(mask, ..., ci=\\)"),
        (lambda: describe(IMAGE.rename(y="lane"), ("time", "lane"), ci=0.9), DimsError, "first the mean along lane"),
        (lambda: describe(np.arange(9.0), ci=0.95), DimsError, "does not say whether its values follow"),
        (lambda: describe(IMAGE, "time", ci=1.5), OptionError, "ci is 1.5"),
        (lambda: describe(IMAGE, "time", ci="auto"), OptionError, "ci is 'auto'"),
        (lambda: describe(IMAGE, "z"), DimsError, "no dim 'z'; there are time, y, x"),
        (lambda: describe(IMAGE, 0), DimsError, "dim is 0"),
        (lambda: describe(IMAGE.rename(y="q"), "x"), DimsError, "'q' is there already"),
        (lambda: describe(IMAGE.assign_coords(mean=1), "x"), DimsError, "'mean' is there already"),
        (lambda: describe(IMAGE, quantiles=(0.5, 50)), OptionError, "numbers from 0 to 1"),
        (lambda: describe(IMAGE, quantiles="median"), OptionError, "numbers from 0 to 1"),
        (lambda: describe(np.empty((0, 3))), SeriesError, "has no values"),
        (lambda: describe(IMAGE.to_dataset(name="a")), SeriesError, "one variable"),
        (lambda: describe(IMAGE[:3], "time", ci=0.9), SeriesError, "3 values along 'time', too few"),
        (lambda: describe(np.array([1.0, np.inf])), SeriesError, "1 of 2 values are infinite"),
        (lambda: describe(da.from_array(np.array([1.0, np.inf]))), SeriesError, "1 of 2 values are infinite"),
    ],
)
def test_what_cannot_be_described_is_told(call, error, said):
    with pytest.raises(error, match=said):
        call()


@pytest.mark.parametrize("chunks", [None, {"sample": 7}])
def test_the_mean_of_a_constant_has_no_interval_and_it_says_why(chunks):
    """As values that are all the same, of a stuck sensor or rounded, do not say how far others may lie."""
    values = np.stack([np.ones(20), np.arange(20.0)], axis=1)
    data = xr.DataArray(values, dims=("sample", "camera"))
    with pytest.warns(NsiWarning, match="mean_ci, as all values are the same"):
        found = describe(data if chunks is None else data.chunk(chunks), "sample", ci=0.95)
    assert np.isnan(found["mean_ci"][0]).all()
    interval = stats.t.interval(0.95, 19, values[:, 1].mean(), stats.sem(values[:, 1]))
    np.testing.assert_allclose(found["mean_ci"][1], interval, rtol=1e-12)
