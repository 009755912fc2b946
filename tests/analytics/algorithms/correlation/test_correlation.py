"""Coefficients against scipy, pingouin and formulas; intervals and alarms against simulation."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pingouin
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nsi_notebook.analytics import StatisticalAnalyzer, correlate
from nsi_notebook.errors import DimsError, NsiWarning, OptionError, SeriesError, TimeError, UnknownNameError
from tests.analytics.algorithms.noises import ar1, noise

SCIPY = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}
SMALL = pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # that few are in doubt is asked elsewhere


def pair(seed, n=50, rho=0.5):
    x, e = np.random.default_rng(seed).normal(size=(2, n))
    return x, rho * x + np.sqrt(1 - rho**2) * e


@settings(max_examples=60)
@given(
    st.integers(0, 2**16), st.integers(5, 80), st.sampled_from(list(SCIPY)), st.booleans(),
    st.sampled_from(["two-sided", "less", "greater"]), st.sampled_from([1e-6, 1.0, 1e6]),
)  # fmt: skip
def test_p_is_that_of_scipy(seed, n, method, tied, alternative, scale):
    x, y = pair(seed, n)
    if tied:
        x, y = x.round(1) + 10, y.round(1)
    found = correlate(scale * x, y - 3, method=method, alternative=alternative)
    wanted = SCIPY[method](scale * x, y - 3, alternative=alternative)
    assert found.estimate.value == pytest.approx(wanted.statistic, abs=1e-12)
    assert found.p == pytest.approx(wanted.pvalue, rel=1e-12, abs=1e-300)
    assert found.estimate.lower <= found.estimate.value <= found.estimate.upper
    if method == "pearson":
        ci = wanted.confidence_interval(0.95)
        assert (found.estimate.lower, found.estimate.upper) == pytest.approx((ci.low, ci.high), rel=1e-9)


@settings(max_examples=15)
@given(st.integers(0, 2**16), st.integers(1, 3), st.sampled_from(["pearson", "spearman"]))
def test_partial_is_that_of_pingouin(seed, k, method):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(40, k))
    x, y = z.sum(axis=1) + rng.normal(size=40), z @ rng.normal(size=k) + rng.normal(size=40)
    data = pd.DataFrame({"x": x, "y": y, **{f"z{i}": z[:, i] for i in range(k)}})
    wanted = pingouin.partial_corr(data, "x", "y", [f"z{i}" for i in range(k)], method=method)
    found = correlate(x, y, given=[z[:, i] for i in range(k)], method=method)
    assert found.estimate.value == pytest.approx(float(wanted["r"].iloc[0]), abs=1e-10)
    assert found.p == pytest.approx(float(wanted["p_val"].iloc[0]), rel=1e-7)
    if method == "pearson":
        assert (found.estimate.lower, found.estimate.upper) == pytest.approx(tuple(wanted["CI95"].iloc[0]), abs=0.006)
    assert found.df == (38 - k,)


def test_what_both_follow_is_taken_out():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(3, 200))
    heat = xr.DataArray(z[0], dims="sample", name="heat")
    one, other = heat + 0.3 * z[1], heat + 0.3 * z[2]
    assert correlate(one, other).estimate.value > 0.8
    left = correlate(one, other, given=heat)
    assert left.p > 0.01
    assert "with heat held fixed" in left.sentence
    data = xr.Dataset({"one": one, "other": other, "heat": heat})
    assert correlate(data, given="heat")[0].estimate.value == pytest.approx(left.estimate.value, abs=1e-12)
    with_array = correlate(data[["one", "other"]], given=heat)
    assert with_array[0].estimate.value == pytest.approx(left.estimate.value, abs=1e-12)


def test_intervals_of_ranks_are_those_of_their_sources():
    x, y = pair(3, 40)
    q = stats.norm.ppf(0.975)
    r = correlate(x, y, method="spearman").estimate
    half = q * np.sqrt((1 + r.value**2 / 2) / 37)
    assert (r.lower, r.upper) == pytest.approx((np.tanh(np.arctanh(r.value) - half), np.tanh(np.arctanh(r.value) + half)))
    tau = correlate(x, y, method="kendall").estimate
    half = q * np.sqrt(0.437 / 36)
    assert (tau.lower, tau.upper) == pytest.approx((np.tanh(np.arctanh(tau.value) - half), np.tanh(np.arctanh(tau.value) + half)))


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall", "distance"])
@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_intervals_hold_the_truth(method, rho):
    truth = {"pearson": rho, "spearman": 6 / np.pi * np.arcsin(rho / 2), "kendall": 2 / np.pi * np.arcsin(rho)}
    part = rho * np.arcsin(rho) + np.sqrt(1 - rho**2) - rho * np.arcsin(rho / 2) - np.sqrt(4 - rho**2) + 1
    truth["distance"] = np.sqrt(part / (1 + np.pi / 3 - np.sqrt(3)))  # theorem 7 of Szekely, Rizzo & Bakirov 2007
    found = [correlate(*pair(seed, 60, rho), method=method, resamples=19).estimate for seed in range(80)]
    held = sum(one.lower <= truth[method] <= one.upper for one in found)
    assert held >= stats.binom.ppf(0.0001, 80, 0.93)


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall", "distance"])
def test_series_without_relation_are_seldom_related(method):
    x, y = noise("AR(1) 0.9", (2, 50, 250), np.random.default_rng(5))
    p = [correlate(a, b, "time", method=method, resamples=249).p for a, b in zip(x, y, strict=True)]
    assert sum(one < 0.05 for one in p) <= stats.binom.ppf(0.999, 50, 0.07)


def test_along_time_the_effective_number_counts():
    x = ar1(0, 500, 0.9)
    data = xr.DataArray(x + 0.2 * ar1(1, 500, 0.9), dims="time", name="load")
    found = correlate(data, xr.DataArray(x, dims="time", name="heat"))
    assert found.p < 0.05
    assert found.groups[0].n == 500
    assert 20 < found.groups[0].effective < 150
    assert found.df == pytest.approx((found.groups[0].effective - 2,))
    r, worth = found.estimate.value, found.groups[0].effective
    assert found.p == pytest.approx(2 * stats.t.sf(r * np.sqrt((worth - 2) / (1 - r * r)), worth - 2))
    assert "that are worth" in found.sentence
    wide = correlate(data, xr.DataArray(x, dims="time", name="heat"), conservative=True)
    assert wide.groups[0].effective <= worth
    assert wide.estimate.lower <= found.estimate.lower


def test_few_pairs_along_time_are_in_doubt():
    with pytest.warns(NsiWarning, match=r"p and intervals are in doubt: no method is safe with fewer than 200 values \(60\)"):
        found = correlate(ar1(0, 60, 0.5), ar1(1, 60, 0.5), "time")
    assert [check.assumption for check in found.doubts] == ["long enough a series"]


def test_pairs_go_by_their_coordinate():
    x, y = pair(0, 30)
    one = xr.DataArray(x, {"image": np.arange(30)}, ("image",), name="area", attrs={"units": "um^2"})
    other = xr.DataArray(y, {"image": np.arange(30)}, ("image",), name="mass", attrs={"units": "g"})
    other[4] = np.nan
    found = correlate(one, other.isel(image=slice(None, 3, -1)))
    wanted = stats.pearsonr(x[5:], y[5:])
    assert found.p == pytest.approx(wanted.pvalue, rel=1e-9)
    assert [(group.name, group.n, group.missing) for group in found.groups] == [("area", 25, 4), ("mass", 25, 1)]
    assert "4 of area have none" in found.doubts[0].found
    assert found.unit == "um^2 and g"
    named = pd.Series(x, name="a", index=pd.Index(range(30), name="image"))
    assert correlate(named, named.iloc[::-1] ** 3, method="spearman").estimate.value == pytest.approx(1)


def test_each_place_has_its_test_and_all_are_adjusted():
    rng = np.random.default_rng(0)
    one = xr.DataArray(rng.normal(size=(3, 40)), {"camera": list("abc")}, ("camera", "sample"), name="area")
    other = (one * xr.DataArray([1.0, 0.0, -1.0], dims="camera") + rng.normal(size=(3, 40))).rename("mass")
    found = correlate(one, other, "sample", adjust="fdr")
    for i in range(3):
        assert found[i].p == pytest.approx(stats.pearsonr(one[i], other[i]).pvalue)
    assert [test.adjusted for test in found] == pytest.approx(stats.false_discovery_control([test.p for test in found]))
    assert found.to_xarray()["estimate"].sel(camera="c") < -0.4
    assert found.table()["camera"].tolist() == ["a", "b", "c"]
    assert found.table()["n"].tolist() == [40] * 3


def test_a_frame_gives_a_matrix():
    rng = np.random.default_rng(0)
    x = rng.normal(size=40)
    frame = pd.DataFrame({"a": x, "b": x + rng.normal(size=40), "kind": "s", "c": rng.normal(size=40)})
    frame.loc[3, "c"] = np.nan
    found = correlate(frame)
    assert len(found) == 3
    matrix = found.to_xarray()
    assert matrix["first"].values.tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(matrix["value"], frame[["a", "b", "c"]].corr(), atol=1e-12)
    assert matrix["n"].sel(first="a", other="c") == 39
    assert np.isnan(matrix["p"].values.diagonal()).all()
    assert (matrix["value_ci"].sel(bound="lower") <= matrix["value"]).all()
    p = np.sort(found.table()["p"])
    assert np.sort(found.table()["p_adjusted"]) == pytest.approx(np.minimum(np.maximum.accumulate(p * [3, 2, 1]), 1))
    assert repr(found) == "Correlations(1 of 3 pairs of 3 measures go together; the strongest: a and b 0.56)"
    assert matrix.attrs == {"test": "Pearson's r", "level": 0.95, "family": 3, "adjustment": "holm"}


def test_a_dataset_at_places_gives_matrices():
    rng = np.random.default_rng(0)
    data = xr.Dataset({name: (("lane", "sample"), rng.normal(size=(2, 30))) for name in "abc"}, {"lane": ["l", "r"]})
    matrix = correlate(data, dim="sample", method="spearman").to_xarray()
    assert matrix["value"].dims == ("lane", "first", "other")
    wanted = stats.spearmanr(data["a"].sel(lane="r"), data["c"].sel(lane="r"))
    assert matrix["value"].sel(lane="r", first="c", other="a") == pytest.approx(wanted.statistic)
    assert matrix["p"].sel(lane="r", first="a", other="c") == pytest.approx(wanted.pvalue)


def test_a_pair_without_a_dim_of_others_is_the_same_along_it():
    rng = np.random.default_rng(4)
    chord = xr.DataArray(rng.normal(size=(20, 2)), {"axis": ["y", "x"]}, ("image", "axis"))
    one, two = (xr.DataArray(rng.normal(size=20), dims="image") for _ in range(2))
    found = correlate(xr.Dataset({"one": one, "chord": chord, "two": two}), dim="image", adjust="none")
    assert len(found) == 5
    assert "of 5 tests of 3 measures" in repr(found)
    value = found.to_xarray()["value"].transpose("axis", "first", "other")
    assert value.notnull().all()
    for here in value:
        np.testing.assert_allclose(here, np.corrcoef([one, chord.sel(axis=here["axis"]), two]), rtol=1e-12)
    assert found.plot().layout.title.text == "axis y (the first of 2)"


def test_checks_say_what_the_interval_rests_on():
    rng = np.random.default_rng(0)
    x = rng.normal(size=40)
    x[7], y = 30.0, rng.normal(size=40)
    y[7] = 30.0
    found = correlate(x, y)
    assert found.estimate.value > 0.8
    assert {check.assumption for check in found.doubts} == {"normal values", "no pair decides alone"}
    without = stats.pearsonr(np.delete(x, 7), np.delete(y, 7)).statistic
    assert f"without pair 8 of 40 it is {without:.2g}, not" in found.doubts[1].found
    assert not correlate(*pair(0)).doubts
    perfect = correlate(x, np.exp(x / 10), method="spearman")
    assert perfect.doubts[0].found == "the interval has no width, which 40 pairs cannot tell"


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall", "distance"])
def test_a_line_is_found_whole(method):
    x = np.random.default_rng(0).normal(size=30)
    found = correlate(x, 3 - 2 * x, method=method)
    assert abs(found.estimate.value) == pytest.approx(1)
    assert found.p <= 0.001
    assert np.isfinite([found.estimate.lower, found.estimate.upper]).all()


IMAGE = xr.DataArray(np.random.default_rng(0).normal(size=(8, 8)), dims=("y", "x"))


@pytest.mark.parametrize(
    ("first", "other", "options", "kind", "said"),
    [
        ([1.0, 2, 3, 4], [2.0, 1, 3, 4], {}, SeriesError, "4 pairs of first and other: too few\nhint: at least 5"),
        ([1.0, 2, 3, 4, 5, 6], [2.0, 1, 3, 4, 9, 7], {"given": [1, 4, 2, 3, 5, 5]}, None, ""),
        ([1.0, 2, 3, 4, 5], [2.0, 1, 3, 4, 9], {"given": [1, 4, 2, 3, 5]}, SeriesError, "5 pairs .* at least 6"),
        (np.ones(9), np.arange(9), {}, SeriesError, "all 9 values of first that have a partner are 1"),
        (np.full(9, np.nan), np.arange(9), {}, SeriesError, "no pairs of first and other, of 9 places: too few"),
        (np.arange(9), np.arange(8), {}, SeriesError, "9 and 8 values along 'sample'"),
        ([1.0, np.inf, 3, 4, 5], np.arange(5), {}, SeriesError, "1 of 5 values are infinite"),
        (np.arange(9) + 0j, np.arange(9), {}, SeriesError, "type complex128"),
        (np.arange(9), np.arange(9)[::-1], {"method": "persaon"}, UnknownNameError, "did you mean 'pearson'"),
        (np.arange(9), np.arange(9)[::-1], {"adjust": "bonf"}, UnknownNameError, "unknown adjustment"),
        (np.arange(9), np.arange(9)[::-1], {"alternative": "more"}, UnknownNameError, "unknown alternative"),
        (np.arange(9), np.arange(9), {"method": "distance", "alternative": "less"}, OptionError, "has no sign"),
        (
            np.arange(9),
            np.arange(9),
            {"method": "kendall", "given": np.arange(9)},
            OptionError,
            "held fixed.*\nhint.* no p is known",
        ),
        (np.arange(9), np.arange(9) ** 2, {"given": np.arange(9)}, SeriesError, "what is given explains all of the first"),
        (np.arange(9), np.arange(9), {"given": "heat"}, OptionError, "given is 'heat', a name"),
        (np.arange(9), np.arange(9), {"level": 1.0}, OptionError, "level=1.0"),
        (np.arange(9), np.arange(9), {"resamples": 3}, OptionError, "resamples is 3"),
        (IMAGE, IMAGE, {}, DimsError, "pixels and tiles along y, x are not independent.*\nhint: means of images"),
        (IMAGE.values, IMAGE.values, {}, DimsError, "may be pixels"),
        (np.arange(9), None, {}, SeriesError, "and nothing beside it"),
        (pd.DataFrame({"a": range(9)}), np.arange(9), {}, SeriesError, "DataFrame is several things.*\nhint: one of its columns"),
        (pd.DataFrame({"a": range(9), "b": range(9)}), None, {"given": "c"}, UnknownNameError, "unknown variable 'c'"),
    ],
)
def test_what_cannot_be_correlated_is_refused(first, other, options, kind, said):
    if kind is None:
        assert correlate(first, other, **options).df == (3,)
        return
    with pytest.raises(kind, match=f"(?s){said}"):
        correlate(first, other, **options)


def test_one_broken_pair_of_many_is_left_out_and_told():
    rng = np.random.default_rng(0)
    data = xr.Dataset({name: (("lane", "sample"), rng.normal(size=(2, 9))) for name in "abc"})
    data["b"][1] = 4.0
    with pytest.warns(NsiWarning, match="left out 2 of 6 pairs: a and b, lane=1: all 9 values of b .* are 4: .*; b and c"):
        found = correlate(data, dim="sample")
    matrix = found.to_xarray()
    assert matrix["value"].sel(lane=1, first="a", other="c") == pytest.approx(np.corrcoef(data["a"][1], data["c"][1])[0, 1])
    assert np.isnan(matrix["value"].sel(lane=1, first="b", other=["a", "c"])).all()
    assert [test.family for test in found] == [4] * 4
    assert found.table()["refused"].astype(bool).tolist() == [False, True, False, False, False, True]
    assert found.plot(lane=1).data
    data["a"], data["c"] = data["a"] * np.nan, data["c"] * 0
    with pytest.raises(SeriesError, match="a and b, lane=0: no pairs"):
        correlate(data, dim="sample")


def test_one_broken_place_of_many_is_left_out_and_told():
    rng = np.random.default_rng(1)
    one = xr.DataArray(rng.normal(size=(2, 3, 20)), {"camera": list("ab")}, ("camera", "lane", "sample"), name="area")
    other = xr.DataArray(rng.normal(size=(2, 3, 20)), one.coords, one.dims, "mass")
    one[0, 0], other[1, 1] = np.nan, 2.0
    with pytest.warns(NsiWarning, match="left out 2 of 6 pairs: camera=a, lane=0: no pairs .*; camera=b, lane=1: all 20 values"):
        found = correlate(one, other, "sample")
    p = found.to_xarray()["p"].transpose("camera", "lane")
    assert np.isnan(p.values).tolist() == [[True, False, False], [False, True, False]]
    assert p.sel(camera="b", lane=2) == pytest.approx(stats.pearsonr(one[1, 2], other[1, 2]).pvalue)
    assert found.table().loc[0, ["camera", "lane"]].tolist() == ["a", 0]


@SMALL
def test_irregular_times_and_gaps():
    at = np.cumsum(np.random.default_rng(0).exponential(size=60))
    one = xr.DataArray(ar1(0, 60), {"time": at}, ("time",))
    with pytest.raises(TimeError, match="the steps along 'time' differ"):
        correlate(one, one + ar1(1, 60))
    x, y = xr.DataArray(ar1(0, 60, 0.5), dims="time"), xr.DataArray(ar1(1, 60, 0.5), dims="time")
    x[5:9] = np.nan
    assert correlate(x, y).groups[0].n == 56
    with pytest.raises(TimeError, match="1 gaps, or values that are missing"):
        correlate(x, y, method="distance")


def test_an_analyzer_of_an_array_knows_its_name_and_its_coords():
    rng = np.random.default_rng(0)
    temp = rng.normal(size=40)
    kind = ("image", ["a", "b"] * 20)
    por = xr.DataArray(rng.normal(size=40) + temp, {"temp": ("image", temp), "kind": kind}, ("image",), name="por")
    analyzer = StatisticalAnalyzer(por)
    assert analyzer.correlate("por", "temp").estimate.value == pytest.approx(stats.pearsonr(por, temp).statistic)
    assert analyzer.test("por", by="kind").p == analyzer.test(by="kind").p
    with pytest.raises(UnknownNameError, match="unknown variable 'pore'") as raised:
        analyzer.test("pore", by="kind")
    assert "por" in raised.value.hint
    series = pd.Series(temp, name="temp")
    assert StatisticalAnalyzer(series).describe("temp").equals(StatisticalAnalyzer(series).describe())


@pytest.mark.parametrize("spread", [1e-3, 1e-4])
def test_far_from_0_the_coefficient_is_that_of_exact_numbers(spread):
    rng = np.random.default_rng(0)
    z = rng.normal(size=60)
    x, y = 1e8 + spread * z, z + rng.normal(size=60)
    exact = [np.array([Fraction(v) for v in values.tolist()]) for values in (x, y)]
    one, other = (v - v.sum() / 60 for v in exact)
    wanted = float(one @ other) / np.sqrt(float(one @ one) * float(other @ other))
    found = correlate(x, y)  # scipy's warning of such a column would be an error here
    assert found.estimate.value == pytest.approx(wanted, rel=1e-12)


def test_an_analyzer_adjusts_for_all_that_was_asked():
    rng = np.random.default_rng(0)
    data = xr.Dataset({name: ("sample", rng.normal(size=40)) for name in "abc"})
    analyzer = StatisticalAnalyzer(data, dim="sample")
    analyzer.correlate("a", "b")
    every = analyzer.correlate(method="spearman")
    assert len(analyzer.tests) == 4
    assert {test.family for test in every} == {4}
    assert every.to_xarray()["value"].sizes == {"first": 3, "other": 3}


@pytest.mark.parametrize("n", [10, 20, 50, 200])
def test_of_noise_hardly_any_pair_decides(n):
    found = [correlate(*pair(seed, n, rho=0.0)) for seed in range(200)]
    decides = sum("no pair decides alone" in {check.assumption for check in one.doubts} for one in found)
    assert decides <= 0.05 * len(found)


@pytest.mark.parametrize("n", [10, 20, 50, 200])
def test_a_pair_far_from_all_others_decides(n):
    x, y = (np.append(v, 60.0) for v in pair(1, n - 1, rho=0.0))
    assert f"without pair {n} of {n} it is" in correlate(x, y).doubted()


def test_the_check_of_normal_values_names_its_test_and_a_column_of_two_values():
    x, y = pair(2, 60)
    p = float(stats.normaltest(np.exp(2 * x)).pvalue)
    doubt = correlate(np.exp(2 * x), y).doubts[0].found
    assert doubt.startswith("D'Agostino and Pearson's test, p < 0.001: not normal")
    assert p < 0.001
    two = correlate(xr.DataArray(x > 0, dims="image", name="sick").astype(float), xr.DataArray(y, dims="image", name="area"))
    assert two.doubted().startswith("sick is 0 or 1, and the interval rests on normal values: compare the two groups")


def test_a_one_sided_interval_has_the_digits_of_its_bound():
    x, y = pair(3, 200)
    less, both = correlate(x, y, alternative="less"), correlate(x, y)
    r, upper = less.estimate.value, less.estimate.upper
    assert f"Pearson's r {r:.2f} (95 % CI {upper:.2f} or less)" in less.sentence
    assert "or" not in both.sentence.split("CI")[1].split(")")[0]


def test_sentences_say_which_place_and_what_is_measured():
    x, y = (np.stack([v, v[::-1]]) for v in pair(4, 30))
    dims, coords = ("camera", "image"), {"camera": ["a", "b"]}
    first = xr.DataArray(x, coords, dims, "vf", {"long_name": "void fraction"})
    found = correlate(first, xr.DataArray(y, coords, dims, "chord"), "image")
    for camera, one in zip("ab", found.results, strict=True):
        assert one.sentence.startswith(f"void fraction and chord (camera = {camera}) rise and fall together:")


def test_what_is_held_fixed_without_a_name():
    x, y = pair(5, 40)
    z = np.random.default_rng(6).normal(size=(2, 40))
    assert " with what is given held fixed:" in correlate(x, y, given=z[0]).sentence
    assert " with 2 things held fixed:" in correlate(x, y, given=list(z)).sentence
    depth = xr.DataArray(z[1], dims="sample", name="depth")
    assert " with depth and 1 other held fixed:" in correlate(x, y, given=[z[0], depth]).sentence


def test_each_reason_has_its_hint():
    x, y = (np.stack([v, v, v]) for v in pair(7, 30))
    x[0], y[1, 4:] = 3.0, np.nan
    dims = ("camera", "image")
    with pytest.warns(NsiWarning, match="is the sensor frozen.; at least 5"):
        correlate(xr.DataArray(x, dims=dims), xr.DataArray(y, dims=dims), "image")


def test_two_spellings_of_a_unit_are_one():
    x, y = (xr.DataArray(v, dims="image", attrs={"units": unit}) for v, unit in zip(pair(8), ("um", "\u00b5m"), strict=True))
    assert correlate(x, y).unit == "um"


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_images_of_one_specimen_are_no_independent_pairs_and_it_is_said(method):
    noise = np.random.default_rng(6)
    low = 0
    for _ in range(40):
        one, other = np.repeat(noise.normal(size=(2, 8)), 12, axis=1) + 0.3 * noise.normal(size=(2, 96))
        found = correlate(one, other, method=method)
        low += found.p < 0.05
        (doubt,) = (check for check in found.doubts if check.assumption == "independent values")
        assert "correlate the means of each, or regress(..., cluster=subject)" in doubt.found
    assert low > 10  # of 2, were they independent


def test_pairs_of_which_one_alone_has_neighbours_alike_are_not_doubted():
    noise = np.random.default_rng(7)
    for _ in range(100):
        level, own = np.repeat(noise.normal(size=8), 12), noise.normal(size=96)
        found = correlate(own, noise.normal(size=96)), correlate(np.sort(level), level + own)
        assert not [check for one in found for check in one.doubts if check.assumption == "independent values"]


def test_a_partial_tau_of_what_is_independent_given_a_third_is_not_0():
    rng = np.random.default_rng(3)
    third = rng.normal(size=20_000)
    first, other = (0.7 * third + np.sqrt(0.51) * rng.normal(size=20_000) for _ in range(2))
    both, one, two = (stats.kendalltau(*pair).statistic for pair in ((first, other), (first, third), (other, third)))
    partial = (both - one * two) / np.sqrt((1 - one**2) * (1 - two**2))  # Kendall 1942
    assert partial == pytest.approx(0.109, abs=0.02)  # which is why `given=` of Kendall's is refused
    assert abs(correlate(first, other, given=third).estimate.value) < 0.02
