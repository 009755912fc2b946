"""Moments: NIST's sets, exact fractions, SciPy, and any cut of the data in any order."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nsi_notebook.analytics.algorithms.moments import Moments, folded
from nsi_notebook.errors import DimsError, SeriesError, SummaryError
from nsi_notebook.summaries import check_summary, merge_all
from tests.analytics.algorithms.strd import SETS, UNIVARIATE, VARIANCE, digits, exact, exact_f, f_of_moments, values

WHOLE = Moments()


def blocks(x, number):
    return merge_all(WHOLE, [WHOLE.partial(part) for part in np.array_split(x, number)])


@pytest.mark.parametrize("number", [1, 7, "each"])
@pytest.mark.parametrize("name", UNIVARIATE)
def test_of_a_reference_set_as_many_digits_are_right_as_its_floats_allow(name, number):
    x = values(name)
    found = WHOLE.finalize(blocks(x, len(x) if number == "each" else number))
    best = exact(x)
    for statistic, certified in SETS[name]["certified"].items():
        allowed = digits(best[statistic], Decimal(certified))
        assert digits(found[statistic], Decimal(certified)) >= allowed - 0.3


@pytest.mark.parametrize("name", [name for name in VARIANCE if name[-1] not in "369"])  # those are the same with more values
def test_f_of_moments_of_groups_is_as_right_as_its_floats_allow(name):
    columns = xr.DataArray(values(name), dims=("replicate", "treatment"))
    state = Moments("replicate").partial(columns)
    f = f_of_moments(state.values, folded(state.values), len(columns))
    certified = Decimal(SETS[name]["certified"]["F"])
    assert digits(f, certified) >= digits(exact_f(columns.values), certified) - 0.3


@pytest.mark.parametrize("number", [1, 16, 2000])
def test_an_offset_costs_no_digits(number):
    x = np.random.default_rng(1).gamma(2, size=2000) + 1e8
    found, best = WHOLE.finalize(blocks(x, number)), exact(x)
    for name in ("mean", "std"):
        assert digits(found[name], best[name]) >= 15
    for name in ("skew", "kurtosis"):
        assert digits(found[name], best[name]) >= 14.3


SERIES = st.lists(
    st.one_of(st.floats(-1e3, 1e3), st.sampled_from([0.0, -0.0, 1.0, 1 + 2**-52]), st.just(np.nan)), min_size=1, max_size=60
)


@settings(deadline=None, max_examples=150)
@given(data=st.data(), x=SERIES, offset=st.sampled_from([0.0, 1e8, -3e12, 1 / 3]))
def test_any_split_and_any_order_gives_the_same(data, x, offset):
    array = np.array(x) + offset
    cuts = sorted(data.draw(st.lists(st.integers(0, len(x)), max_size=8)))
    parts = [WHOLE.partial(part) for part in np.split(array, cuts)]
    parts = data.draw(st.permutations(parts))
    while len(parts) > 1:
        i = data.draw(st.integers(0, len(parts) - 2))
        parts[i : i + 2] = [WHOLE.merge(parts[i], parts[i + 1])]
    one, other = WHOLE.partial(array).values, parts[0].values
    for name in ("count", "missing", "min", "max"):
        assert one[name] == other[name]
    if one["count"]:
        size = np.sqrt(one["m2"]) if one["m2"] > 1e-290 else one["max"] - one["min"]  # where squares are no floats
        # the mean has its last bits in `rest`: they are compared too
        assert abs((one["mean"] - other["mean"]) + (one["rest"] - other["rest"])) <= 1e-14 * size / np.sqrt(one["count"])
        for power, name in ((2, "m2"), (3, "m3"), (4, "m4")):
            scale = max(abs(one[name]), size**3 if power == 3 else 0)
            assert abs(one[name] - other[name]) <= 1e-14 * power * scale


def test_it_keeps_the_contract_of_a_summary():
    x = np.random.default_rng(0).gamma(2, size=(300, 2)) + 1e8
    x[5:9, 1] = np.nan
    data = xr.DataArray(x, dims=("time", "lane"), coords={"lane": ["a", "b"]}, attrs={"units": "um"})
    cut = [data[:3], data[3:170], data[170:]]
    found = check_summary(Moments("time"), [[data], cut, cut[::-1], [data[i : i + 1] for i in range(300)]], rtol=2e-14)
    assert found["mean"].attrs == {"units": "um", "long_name": "mean"}
    assert found["lane"].values.tolist() == ["a", "b"]
    assert found["missing"].values.tolist() == [0, 4]


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_scipy_and_numpy_give_the_same(axis):
    x = np.random.default_rng(axis).normal(size=(7, 90, 11)) ** 3
    found = Moments(f"d{axis}").finalize(Moments(f"d{axis}").partial(xr.DataArray(x, dims=("d0", "d1", "d2"))))
    wanted = {
        "mean": x.mean(axis), "std": x.std(axis, ddof=1), "min": x.min(axis), "max": x.max(axis),
        "skew": stats.skew(x, axis), "kurtosis": stats.kurtosis(x, axis),
    }  # fmt: skip
    for name, numbers in wanted.items():
        np.testing.assert_allclose(found[name], numbers, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("chunks", [{"time": 7}, {"time": 100, "y": 2}, {"y": 1, "x": 3}, {"time": (1, 98, 1), "x": 2}])
@pytest.mark.parametrize("dims", ["time", ("y", "x"), ("x", "time"), None])
def test_chunks_give_the_same_and_only_when_asked(chunks, dims):
    x = np.random.default_rng(3).normal(size=(100, 4, 5)) + 1e6
    x[::9, 1] = np.nan
    data = xr.DataArray(x, dims=("time", "y", "x"), coords={"y": [1.0, 2, 3, 4]}, attrs={"units": "K"})
    moments = Moments(dims)
    lazily = moments.finalize(moments.partial(data.chunk(chunks)))
    assert all(variable.chunks is not None for variable in lazily.values())
    wanted = moments.finalize(moments.partial(data))
    xr.testing.assert_allclose(lazily.compute(), wanted, rtol=1e-14, atol=1e-13)
    assert lazily["mean"].attrs["units"] == "K"
    both = moments.merge(moments.partial(data.chunk(chunks)), moments.partial(data))
    assert moments.finalize(both)["count"].sum() == 2 * wanted["count"].sum()


def test_many_rows_are_worked_on_in_slabs():
    x = np.random.default_rng(4).normal(size=200_001)
    found = WHOLE.finalize(WHOLE.partial(x))
    assert float(found["mean"]) == pytest.approx(x.mean(), abs=1e-15)
    assert float(found["std"]) == pytest.approx(x.std(ddof=1), rel=1e-13)


def test_whole_numbers_and_masks_are_numbers():
    assert float(WHOLE.finalize(WHOLE.partial(np.array([True, False, True, True])))["mean"]) == 0.75
    assert float(WHOLE.finalize(WHOLE.partial(np.arange(5, dtype=np.uint8)))["std"]) == pytest.approx(np.sqrt(2.5))


@pytest.mark.parametrize(
    ("x", "variable", "cause"),
    [
        ([np.nan, np.nan], "mean", "there are no values"),
        ([3.0, np.nan], "std", "there is one value"),
        ([0.1, 0.1, 0.1], "skew", "all values are the same"),
        ([1e200, -1e200], "kurtosis", "powers of the values are beyond what a float holds"),
    ],
)
def test_what_is_nan_says_why(x, variable, cause):
    found = WHOLE.finalize(WHOLE.partial(np.array(x)))[variable]
    assert np.isnan(found)
    assert found.attrs["nsi_undefined"] == cause


def test_constant_values_have_no_spread_at_all():
    assert float(WHOLE.finalize(blocks(np.full(1000, 0.1), 13))["std"]) == 0


@pytest.mark.parametrize(
    ("block", "error", "said"),
    [
        (np.array([1.0, np.inf, -np.inf]), SeriesError, "2 of 3 values are infinite"),
        (np.array(["a"]), SeriesError, "real numbers"),
        (np.array([1j]), SeriesError, "complex128"),
        (np.array([2**60, 1]), SeriesError, "whole numbers beyond 2\\*\\*53"),
        (xr.Dataset({"a": 1, "b": 2}), SeriesError, "one variable"),
        (np.array(1.0), DimsError, "the data has none"),
    ],
)
def test_what_has_no_moments_is_told(block, error, said):
    with pytest.raises(error, match=said):
        WHOLE.partial(block)


def test_an_absent_dim_is_told_with_those_that_there_are():
    with pytest.raises(DimsError, match="no dim 'time'; there are y, x"):
        Moments("time").partial(xr.DataArray(np.zeros((2, 2)), dims=("y", "x")))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.assign_attrs(units="mm"), "in 'um' and in 'mm'"),
        (lambda d: d.assign_coords(lane=["a", "c"]), "different places"),
        (lambda d: d.rename(lane="line"), "moments of dims"),
    ],
)
def test_states_that_do_not_fit_are_told(change, said):
    data = xr.DataArray(np.zeros((3, 2)), dims=("time", "lane"), coords={"lane": ["a", "b"]}, attrs={"units": "um"})
    moments = Moments("time")
    with pytest.raises(SummaryError, match=said):
        moments.merge(moments.partial(data), moments.partial(change(data)))
