"""Changes of the mean against ruptures, brute force, and simulations whose truth is known."""

import numpy as np
import pandas as pd
import pytest
import ruptures
import xarray as xr
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from nsi_notebook.analytics.algorithms.series.changepoints import breaks, changes
from nsi_notebook.errors import DimsError, NsiWarning, OptionError, SeriesError, TimeError
from tests.analytics.algorithms.noises import ar1

NOON = np.datetime64("2026-11-26T12:00", "us")


def stepped(seed, n, at, height, phi=0.0):
    return ar1(seed, n, phi) + height * (np.arange(n) >= at)


def cost(values, cuts, penalty):
    parts = np.split(values, cuts)
    return sum(float(((part - part.mean()) ** 2).sum()) for part in parts) + penalty * len(cuts)


def best(values, penalty, least):
    """Optimal partitioning without pruning: the cost of the best cut of the first t samples, for each t."""
    n = len(values)
    found = [-penalty] + [np.inf] * n
    for t in range(least, n + 1):
        for s in range(t - least + 1):
            part = values[s:t]
            found[t] = min(found[t], found[s] + float(((part - part.mean()) ** 2).sum()) + penalty)
    return found[n]


@given(
    st.lists(st.floats(-100, 100) | st.integers(-2, 2).map(float), min_size=4, max_size=40),
    st.floats(0.01, 1000),
    st.integers(1, 5),
)
def test_no_cut_is_better(values, penalty, least):
    values = np.array(values)
    assume(len(values) >= least)
    found = breaks(values, penalty, least)
    assert (np.diff(found, prepend=0, append=len(values)) >= least).all()
    assert cost(values, found, penalty) == pytest.approx(best(values, penalty, least), rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("n", [60, 500, 3000])
def test_breaks_are_those_of_ruptures(seed, n):
    rng = np.random.default_rng(seed)
    steps = np.repeat(rng.normal(scale=2, size=12), -(-n // 12))[:n]
    values = 1e3 + steps + rng.normal(size=n)
    for penalty in (2.0, 3 * np.log(n), 100.0):
        wanted = ruptures.KernelCPD(kernel="linear", min_size=1).fit(values[:, None]).predict(pen=penalty)
        assert breaks(values, penalty, 1).tolist() == wanted[:-1]
    # with longer segments and small penalties it prunes what may still win: test_no_cut_is_better has these
    for least in (2, 10):
        wanted = ruptures.KernelCPD(kernel="linear", min_size=least).fit(values[:, None]).predict(pen=3 * np.log(n))
        assert breaks(values, 3 * np.log(n), least).tolist() == wanted[:-1]


def test_breaks_are_those_of_ruptures_without_pruning():
    values = stepped(3, 150, 60, 2.0)
    wanted = ruptures.Pelt(model="l2", jump=1, min_size=4).fit(values).predict(pen=5.0)
    assert breaks(values, 5.0, 4).tolist() == wanted[:-1]


def test_an_offset_and_a_scale_change_nothing():
    values = stepped(0, 400, 150, 2.0)
    found = changes(values)
    for scale, offset in ((1e-100, 0.0), (1e100, 0.0), (-3.0, 1e6)):
        other = changes(scale * values + offset)
        assert other.place.tolist() == found.place.tolist()
        assert other.noise.order == found.noise.order
        np.testing.assert_allclose(other.mean, scale * found.mean + offset, rtol=1e-9)
        np.testing.assert_allclose(other.jump, scale * found.jump, rtol=1e-8)


@pytest.mark.parametrize("phi", [0.0, 0.3, 0.6])
def test_false_alarms_are_few(phi):
    many = 150
    alarms = sum(len(changes(ar1(seed, 500, phi))) > 0 for seed in range(many))
    assert alarms <= binom.ppf(0.9999, many, 0.02)


def test_that_the_noise_is_white_has_to_be_true():
    """What the long-run variance is for: the same series, its dependence ignored."""
    assert sum(len(changes(ar1(seed, 500, 0.6), noise="white")) > 0 for seed in range(20)) >= 8


def test_outliers_are_no_changes():
    many = 100
    alarms = [sum(len(changes(np.random.default_rng(s).standard_t(3, 300), least=n)) > 0 for s in range(many)) for n in (2, 10)]
    assert alarms[1] <= binom.ppf(0.9999, many, 0.03) < alarms[0]


def test_chunks_give_the_same():
    rows = xr.DataArray(np.stack([stepped(s, 300, 120, 3.0) for s in range(3)]), dims=("line", "time"))
    xr.testing.assert_identical(changes(rows.chunk(line=1, time=70)).to_xarray(), changes(rows).to_xarray())


@pytest.mark.parametrize(("phi", "height", "rate"), [(0.0, 1, 0.9), (0.0, 4, 0.98), (0.5, 2, 0.95), (0.5, 4, 0.97)])
def test_a_change_is_found_once_where_it_is(phi, height, rate):
    many = 60
    found = [changes(stepped(seed, 500, 200, height, phi)).place for seed in range(many)]
    hits = sum(len(place) == 1 and abs(place[0] - 200) <= 10 for place in found)
    assert hits >= binom.ppf(0.0001, many, rate)


@pytest.mark.parametrize("number", [2, 5])
def test_several_changes_do_not_hide_each_other(number):
    """A preliminary cut in one place alone takes what comes back for noise, and finds nothing."""
    many, n = 40, 500
    edges = np.linspace(0, n, number + 2).astype(int)[1:-1]
    moved = 2.5 * (np.searchsorted(edges, np.arange(n), side="right") % 2)
    hits = 0
    for seed in range(many):
        place = changes(moved + ar1(seed, n, 0.3)).place
        hits += len(place) == number and int(abs(place - edges).max()) <= 10
    assert hits >= binom.ppf(0.0001, many, 0.93)


@pytest.mark.parametrize(("phi", "height"), [(0.0, 1.0), (0.0, 2.0), (0.5, 2.0)])
def test_sets_and_intervals_hold_the_truth(phi, height):
    held, jumps, many = 0, 0, 0
    for seed in range(80):
        found = changes(stepped(seed, 400, 160, height, phi))
        if len(found) == 1:
            many += 1
            held += 160 in found.sets[0]
            jumps += found.jump_interval[0, 0] <= height <= found.jump_interval[0, 1]
    assert many >= 50
    assert held >= binom.ppf(0.0001, many, 0.95)
    assert jumps >= binom.ppf(0.0001, many, 0.93)  # of places that the data chose


def test_a_set_is_that_of_the_posterior():
    """Both means integrated over by brute force, white noise of known variance."""
    values = stepped(8, 60, 25, 1.6)
    found = changes(values, least=2, noise="white", level=0.8)
    assert len(found) == 1
    grid = np.linspace(values.min() - 3, values.max() + 3, 2001)
    spread = np.sqrt(found.noise.long_run)
    evidence = []
    for place in range(2, 59):
        both = [norm.logpdf(part[:, None], grid, spread).sum(axis=0) for part in (values[:place], values[place:])]
        evidence.append(sum(np.log(np.exp(each - each.max()).sum()) + each.max() for each in both))
    posterior = np.exp(np.array(evidence) - max(evidence))
    order = np.argsort(-posterior)
    enough = np.searchsorted(np.cumsum(posterior[order]) / posterior.sum(), 0.8) + 1
    assert found.sets[0].tolist() == sorted((order[:enough] + 2).tolist())


def test_steps_without_noise_are_found_exactly():
    found = changes(np.repeat([3.0, 7.0, 5.0], [100, 80, 60]))
    assert found.place.tolist() == [100, 180]
    assert [s.tolist() for s in found.sets] == [[100], [180]]
    np.testing.assert_allclose(found.mean, [3, 7, 5], rtol=1e-12)
    np.testing.assert_allclose(found.interval, np.array([[3, 3], [7, 7], [5, 5]]), rtol=1e-6)


def series(values, **coord):
    return xr.DataArray(values, {"time": ("time", NOON + np.arange(len(values)) * np.timedelta64(1, "m"), coord)}, ("time",))


def test_times_and_units_are_kept():
    load = series(stepped(1, 300, 120, 3.0)).assign_attrs(units="um")
    found = changes(load, tz="UTC")
    at = NOON + 120 * np.timedelta64(1, "m")
    assert found.at.tolist() == [at.item()]
    assert found.at.dtype == "datetime64[us]"
    table = found.table()
    assert table["time"].tolist() == [pd.Timestamp(at, tz="UTC")]
    assert table["first"][0] <= table["time"][0] <= table["last"][0]
    assert table["places"][0] == len(found.sets[0])
    assert table.attrs["units"]["jump"] == "um"
    np.testing.assert_allclose(table["after"] - table["before"], table["jump"])
    rows = found.segments()
    assert rows["count"].tolist() == [120, 180]
    assert rows["first"].tolist() == [pd.Timestamp(NOON, tz="UTC"), pd.Timestamp(at, tz="UTC")]
    np.testing.assert_allclose(rows["mean"], [load[:120].mean(), load[120:].mean()])
    told = found.to_xarray()
    assert told["at"].values.tolist() == found.at.tolist()
    assert told["at"].attrs["timezone"] == "UTC"
    assert told["mean_ci"].dims == ("segment", "bound")
    assert (told["mean"].attrs["units"], told["long_run_variance"].attrs["units"]) == ("um", "um^2")


def test_a_zone_in_the_attrs_is_that_of_the_times():
    values = stepped(1, 300, 120, 3.0)
    told = changes(series(values, timezone="UTC"))
    index = pd.date_range(NOON, periods=300, freq="min", tz="UTC")
    for other in (pd.Series(values, index), pd.Series(values, index.tz_convert("Asia/Tokyo"))):
        assert changes(other).at.tolist() == told.at.tolist()


def test_each_series_of_an_array_is_looked_at():
    rows = np.stack([stepped(0, 300, 100, 3.0), ar1(1, 300), stepped(2, 300, 200, -4.0), ar1(3, 300)]).reshape(2, 2, 300)
    data = xr.DataArray(rows, {"line": ["a", "b"]}, ("line", "side", "frame"), attrs={"units": "um"})
    found = changes(data, "frame")
    assert [one.place.tolist() for one in found] == [changes(row).place.tolist() for row in rows.reshape(4, 300)]
    assert [len(one) for one in found] == [1, 0, 1, 0]
    table = found.table()
    assert table["line"].tolist() == ["a", "b"]
    assert table["side"].tolist() == [0, 0]
    assert table["frame"].tolist() == [100, 200]
    assert table.attrs["units"]["jump"] == "um"
    told = found.to_xarray()
    assert told["mean"].sizes == {"line": 2, "side": 2, "segment": 2}
    assert told["at"].sel(line="b", side=0).item() == 200
    assert told["at"].isnull().sel(side=1).all()
    np.testing.assert_allclose(told["mean"].sel(line="a", side=1)[0], rows[0, 1].mean())
    assert told["jump"].attrs["units"] == "um"
    transposed = changes(data.transpose("frame", "side", "line").rename(frame="time"))
    assert [len(one) for one in transposed] == [1, 1, 0, 0]


def test_missing_values_are_left_out_and_counted():
    load = series(stepped(1, 400, 150, 3.0, 0.3), timezone="UTC")
    gone = np.random.default_rng(0).random(400) < 0.1
    found = changes(load.where(~gone))
    assert found.missing == gone.sum()
    assert found.gaps > 20
    assert found.at[0] == changes(load).at[0] or abs(found.at[0] - changes(load).at[0]) <= np.timedelta64(5, "m")
    # a row that is not there is a gap like any other
    left_out = changes(load[~gone])
    assert (left_out.missing, left_out.gaps) == (0, found.gaps)
    assert left_out.at.tolist() == found.at.tolist()
    assert left_out.noise == found.noise


def test_irregular_steps_are_used_or_refused():
    rng = np.random.default_rng(0)
    values, place = stepped(1, 300, 120, 3.0), np.cumsum(rng.exponential(size=300))
    load = xr.DataArray(values, {"x": ("x", place, {"units": "mm"})}, ("x",))
    with pytest.raises(
        TimeError, match=r"the steps along 'x' differ: from .* to .*\nhint: means of equal windows; .* noise='white'"
    ):
        changes(load)
    assert changes(load, noise="white").at.tolist() == [place[120]]
    # the clock of a camera is not exact
    jittered = xr.DataArray(values, {"x": np.arange(300) + rng.uniform(-0.05, 0.05, 300)}, ("x",))
    assert changes(jittered).place.tolist() == [120]
    with pytest.raises(TimeError, match=r"the steps along 'x' differ: from 1 to 1\.3"):
        changes(xr.DataArray(values, {"x": np.cumsum(np.tile([1.0, 1.3], 150))}, ("x",)))
    with pytest.raises(TimeError, match="only 0 of 300 samples have one a step later"):
        changes(xr.DataArray(ar1(0, 600), {"x": np.arange(600.0)}, ("x",)).where(np.arange(600) % 2 == 0))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.zeros(19) + np.arange(19), "19 values are too few\nhint: at least 20"),
        (np.append(np.arange(19.0), np.full(5, np.nan)), "19 values of 24, the others being NaN, are too few"),
        (np.full(30, np.nan), "0 values of 30, the others being NaN, are too few"),
        (np.full(30, 2.5), "all 30 values are 2.5: there is no noise"),
        (np.append(np.arange(30.0), [np.inf, -np.inf]), "2 of 32 values are infinite"),
        (np.array(["a"] * 30), "the values are of type <U1: 'a' is no number"),
        (np.array([7.1, None] * 15, dtype=object), r"the values are of type object\n.*pandas.to_numeric\(data\)"),
        (np.array([7.1, "7,2"] * 15, dtype=object), "of type object: '7,2' is no number\n.*errors='coerce'"),
        (np.arange(30) * 1j, "the values are of type complex128"),
        (np.zeros((30, 2)), r"the values have shape \(30, 2\)"),
        ([[1, 2], [3]], "the values are no array"),
        (np.arange(30.0) * 1e160, "values of 2.9e\\+161 have powers that no float can hold"),
        ([], "there are no values"),
        (xr.Dataset({"a": ("x", np.arange(30))}), r"a Dataset with \['a'\]"),
        (pd.DataFrame({"a": np.arange(30)}), r"a DataFrame with \['a'\]"),
        (np.random.default_rng(0).normal(size=100_001), "100001 values are more than 100,000"),
    ],
)
def test_what_is_no_series_is_refused(values, said):
    with pytest.raises(SeriesError, match=said):
        changes(values)


def test_series_of_many_in_which_nothing_can_be_found_are_left_out_and_named():
    moved = np.r_[ar1(0, 150), ar1(1, 150) + 9]
    rows = xr.DataArray(np.stack([np.ones(300), moved, np.full(300, np.nan)]), {"line": ["a", "b", "c"]}, ("line", "time"))
    with pytest.warns(NsiWarning, match="left out 2 of 3 series: line=a: all 300 values are 1.*; line=c: 0 values") as told:
        found = changes(rows)
    assert len(told) == 1
    alone = changes(moved)
    assert found.results[0].at.tolist() == alone.at.tolist()
    assert (found.places, set(found.refused)) == ([(1,)], {(0,), (2,)})
    ds = found.to_xarray()
    assert ds["line"].to_numpy().tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(ds["at"].sel(line="b"), alone.to_xarray()["at"])
    assert ds["at"].sel(line=["a", "c"]).isnull().all()
    table = found.table()
    assert table.groupby("line")["refused"].first().str[:5].to_dict() == {"a": "all 3", "b": "", "c": "0 val"}
    with pytest.raises(SeriesError, match="line=a: all 300 values are 1: there is no noise"):
        changes(rows.isel(line=[0, 2]))


def timed(moments, dim="time"):
    return xr.DataArray(np.arange(30.0), {dim: moments}, (dim,))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (timed(NOON + np.arange(30)), r"times of type datetime64\[us\] have no zone"),
        (pd.Series(np.arange(30.0), pd.date_range("2026", periods=30)), "have no zone"),
        (timed(np.arange(30.0)[::-1]), "the coordinate 'time' goes back 29 times, first after 29\nhint: data.sortby"),
        (timed(np.repeat(np.arange(15.0), 2)), "the coordinate 'time' holds 15 values twice, first 0\nhint"),
        (timed(np.where(np.arange(30) == 3, np.nan, np.arange(30.0))), "1 of 30 positions along 'time' are NaN or infinite"),
        (timed([f"n{i}" for i in range(30)]), "the coordinate 'time' is of type <U3"),
        (timed(np.array([*range(29), "NaT"], "m8[s]")), r"1 of 30 positions .* are missing \(NaT\)"),
        (pd.Series(np.arange(30.0), pd.DatetimeIndex([NOON] * 29 + ["NaT"], tz="UTC")), "1 of 30 times are missing"),
    ],
)
def test_a_coordinate_that_does_not_rise_is_refused(data, said):
    with pytest.raises(TimeError, match=said):
        changes(data)


def test_durations_are_positions():
    load = xr.DataArray(stepped(1, 300, 120, 3.0), {"time": np.arange(300).astype("m8[s]").astype("m8[ns]")}, ("time",))
    assert changes(load).at.tolist() == [np.timedelta64(120, "s").astype("m8[ns]").item()]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"noise": "pink"}, "noise is 'pink'\nhint: 'ar' or 'white'"),
        ({"penalty": 0}, "penalty is 0"),
        ({"penalty": np.nan}, "penalty is nan"),
        ({"penalty": "bic"}, "penalty is 'bic'"),
        ({"least": 0}, "least is 0"),
        ({"least": 2.5}, "least is 2.5"),
        ({"level": 1.0}, "level=1.0 is not a level"),
    ],
)
def test_options_outside_their_range_are_refused(options, said):
    with pytest.raises(OptionError, match=said):
        changes(ar1(0, 300), **options)


def test_the_dim_has_to_be_clear():
    data = xr.DataArray(np.random.default_rng(0).normal(size=(4, 300)), dims=("line", "frame"))
    with pytest.raises(DimsError, match="no dim is said; there are line, frame"):
        changes(data)
    with pytest.raises(DimsError, match="no dim 'time'; there are line, frame"):
        changes(data, "time")


def test_short_series_are_in_doubt_once():
    with pytest.warns(NsiWarning, match=r"intervals are in doubt: no method is safe with fewer than 200 values \(100\)"):
        changes(ar1(0, 100))
    rows = xr.DataArray(np.stack([ar1(s, 100) for s in range(3)]), dims=("line", "time"))
    with pytest.warns(NsiWarning, match="intervals of 3 of 3 series are in doubt") as said:
        changes(rows)
    assert len(said) == 1
    with pytest.warns(NsiWarning, match=r"fewer than 10 effective ones \([0-9.]+\)"):
        changes(np.cumsum(ar1(0, 300)))


def test_what_is_said_of_a_result_names_the_first_changes():
    assert repr(changes(stepped(1, 300, 120, 5.0))).startswith("Changes(The series changed once: at 120")
    assert repr(changes(ar1(0, 300))) == "Changes(The series is not seen to change; 300 samples.)"
    empty = changes(ar1(0, 300))
    assert len(empty.table()) == 0
    assert empty.to_xarray().sizes["change"] == 0


def test_an_error_says_times_by_the_clocks_of_their_zone():
    hours = pd.DatetimeIndex(["2026-10-22 01:00", "2026-10-22 00:00", *pd.date_range("2026-10-23", periods=30).astype(str)])
    backwards = pd.Series(np.arange(32.0), hours.tz_localize("Europe/Berlin"))
    with pytest.raises(TimeError, match=r"first after 2026-10-22 01:00:00 Europe/Berlin\nhint: .*sort_index\(\)"):
        changes(backwards)
    with pytest.raises(SeriesError, match=r"hint: one of its columns, e.g. data\['flow'\]"):
        changes(pd.DataFrame({"flow": [1.0, 2.0], "heat": [1.0, 2.0]}))
