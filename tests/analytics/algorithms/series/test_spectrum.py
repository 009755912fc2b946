"""Spectra against scipy, theory, and simulations without a peak."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.signal import lfilter, lombscargle, welch
from scipy.stats import binom

from nsi_notebook.analytics import seasonal, spectrum
from nsi_notebook.analytics.algorithms.series.lomb import expected
from nsi_notebook.errors import OptionError, SeriesError, TimeError
from tests.analytics.algorithms.noises import ar1, noise


def uneven(seed, n, tau):
    """Noise of order 1 in continuous time, at random times."""
    rng = np.random.default_rng(seed)
    at = np.cumsum(rng.exponential(size=n))
    e, y, kept = rng.normal(size=n), np.zeros(n), np.exp(-np.diff(at) / tau)
    y[0] = e[0]
    for i in range(1, n):
        y[i] = kept[i - 1] * y[i - 1] + np.sqrt(1 - kept[i - 1] ** 2) * e[i]
    return at, y


def test_it_is_that_of_scipy():
    values = ar1(0, 1000, 0.6)
    seconds = xr.DataArray(values, {"t": ("t", np.arange(1000) * 0.5, {"units": "s"})}, ("t",), attrs={"units": "um"})
    found = spectrum(seconds, length=200)
    frequency, density = welch(values, 2.0, "hann", 200, 100, detrend="linear")
    np.testing.assert_allclose(found.frequency, frequency[1:100])
    np.testing.assert_allclose(found.density, density[1:100], rtol=1e-10)
    assert (found.unit, found.density_unit) == ("Hz", "um^2/Hz")
    at, y = uneven(0, 300, 1.0)
    other = spectrum(xr.DataArray(y, {"x": ("x", at, {"units": "mm"})}, ("x",), attrs={"units": "um"}))
    away = y - np.polyval(np.polyfit(at, y, 1), at)
    step = (at[-1] - at[0]) / 299
    wanted = 2 * step * lombscargle(at - at[0], away, 2 * np.pi * other.frequency)
    np.testing.assert_allclose(other.density, wanted, rtol=1e-8)
    assert (other.unit, other.density_unit) == ("1/mm", "um^2 mm")


@pytest.mark.parametrize("n", [64, 201])  # of 64 the last frequency is 1/2, where sines are 0 at all samples
def test_in_equal_steps_lomb_is_that_of_scipy_too(n):
    at = np.arange(n)
    away = np.random.default_rng(1).normal(size=n) + 0.01 * at
    found = spectrum(away, method="lomb")
    wanted = 2 * lombscargle(at * 1.0, away - np.polyval(np.polyfit(at, away, 1), at), 2 * np.pi * found.frequency)
    np.testing.assert_allclose(found.density, wanted, rtol=1e-9)


def test_values_that_alternate_are_told_as_no_frequency_of_welch_has_them():
    turns = np.tile([0.0, 1.0], 100)
    for values in (turns, turns + 0.3 * ar1(2, 200), 5 * turns + ar1(3, 200, 0.8) + 0.1 * np.arange(200)):
        assert "no alternation" in {check.assumption for check in spectrum(values).doubts}
    assert "values alternate by 1 " in next(one.found for one in spectrum(turns).doubts if one.assumption == "no alternation")
    rows = np.concatenate([noise(name, (100, 200), np.random.default_rng(4)) for name in ("white", "AR(1) 0.9")])
    jagged = lfilter([1], [1, 0.7], np.random.default_rng(5).normal(size=(100, 300)))[:, 100:]
    told = sum(any(c.assumption == "no alternation" for c in spectrum(row).checks) for row in (*rows, *jagged))
    assert told <= 10  # of 300, at 1 in 100


@pytest.mark.parametrize("method", ["welch", "lomb"])
def test_the_integral_is_the_variance(method):
    values = 3 * ar1(1, 2000, 0.3)
    found = spectrum(xr.DataArray(values, {"x": np.arange(2000) * 0.25}, ("x",)), method=method)
    assert float(np.trapezoid(found.density, found.frequency)) == pytest.approx(values.var(), rel=0.1)


def test_intervals_hold_the_density():
    rows = noise("AR(1) 0.5", (100, 800), np.random.default_rng(0))
    held = []
    for row in rows:
        found = spectrum(row, level=0.9)
        truth = 2 / np.abs(1 - 0.5 * np.exp(-2j * np.pi * found.frequency)) ** 2
        held.append(((found.lower < truth) & (truth < found.upper)).mean())
    assert 0.88 < np.mean(held) < 0.92


@pytest.mark.parametrize("kind", ["white", "AR(1) 0.9", "MA(5)", "AR(2) cyclic", "AR(2) slow", "AR(1) 0.9 + noise"])
def test_false_alarms_are_few(kind):
    many = 60
    alarms = sum(len(spectrum(row, alarm=0.05).peaks()) > 0 for row in noise(kind, (many, 400), np.random.default_rng(3)))
    assert alarms <= binom.ppf(0.9999, many, 0.05)


@pytest.mark.parametrize("tau", [0.3, 5.0])
def test_false_alarms_are_few_in_uneven_steps(tau):
    many, alarms = 25, 0
    for seed in range(many):
        at, y = uneven(seed, 150, tau)
        alarms += len(spectrum(xr.DataArray(y, {"x": at}, ("x",)), alarm=0.05).peaks()) > 0
    assert alarms <= binom.ppf(0.9999, many, 0.05)


def test_what_is_expected_of_uneven_noise_is_the_double_sum():
    at = np.cumsum(np.random.default_rng(0).exponential(size=60))
    turns = 2 * np.pi * np.linspace(0.01, 0.5, 20)
    covariance = np.exp(-np.abs(at[:, None] - at) / 3.0)
    waves = np.exp(-1j * np.outer(turns, at))
    wanted = np.einsum("fi,ij,fj->f", waves, covariance, waves.conj()).real / 60
    np.testing.assert_allclose(expected(at, turns, 3.0), wanted, rtol=1e-9)


def test_peaks_are_found_in_red_noise():
    found = spectrum(ar1(0, 2000, 0.7) + np.sin(2 * np.pi * np.arange(2000) / 20)).peaks()
    assert found["period"][0] == pytest.approx(20, rel=0.05)
    assert found["p"][0] < 1e-4
    at, y = uneven(1, 400, 1.0)
    peaks = spectrum(xr.DataArray(y + 1.2 * np.sin(2 * np.pi * at / 7), {"x": at}, ("x",))).peaks()
    assert peaks["period"][0] == pytest.approx(7, rel=0.01)


@pytest.mark.parametrize("n", [50, 100, 200])
@pytest.mark.parametrize("phi", [0.0, 0.9])
def test_a_clear_line_of_a_short_series_is_found(n, phi):
    """The stronger it is, the surer: it must not be taken for noise, whatever its frequency is between those of the grid."""
    missed = {3: 0, 10: 0}
    for seed in range(20):
        period = np.random.default_rng(seed).uniform(4, n / 6)
        wave = np.sin(2 * np.pi * np.arange(n) / period + seed)
        values = ar1(seed, n, phi)
        for height in missed:
            found = spectrum(values + height * wave).waves
            missed[height] += not any(abs(one.frequency - 1 / period) < 1 / n for one in found)
    assert missed[3] <= 2
    assert missed[10] == 0


def test_noise_with_a_broad_peak_has_no_line_in_a_short_series():
    rows = noise("AR(2) cyclic", (60, 100), np.random.default_rng(5))
    alarms = sum(len(spectrum(row, alarm=0.05).waves) > 0 for row in rows)
    assert alarms <= binom.ppf(0.9999, 60, 0.05)


@pytest.mark.parametrize(
    ("kind", "most"), [("white", 0.02), ("AR(1) 0.5", 0.02), ("AR(1) 0.9", 0.02), ("AR(1) 0.9 + noise", 0.02)]
)
def test_noise_that_does_not_swing_has_no_cycle(kind, most):
    rows = noise(kind, (100, 200), np.random.default_rng(6))
    swings = sum(not np.isnan(spectrum(row).cycle) for row in rows)
    assert swings <= binom.ppf(0.9999, 100, most)


def test_noise_that_swings_says_near_which_period():
    """The density of AR(2) is highest at the angle whose cosine is a1 (a2 - 1) / (4 a2) (Box, Jenkins & Reinsel 2008, 3.2.4)."""
    for seed, period in enumerate(range(5, 14)):  # of which the peak is 20 times the density at frequency 0, or more
        a1, a2 = 2 * 0.95 * np.cos(2 * np.pi / period), -(0.95**2)
        values = lfilter([1], [1, -a1, -a2], np.random.default_rng(seed).normal(size=800))[200:]
        found = spectrum(values)
        assert found.cycle == pytest.approx(2 * np.pi / np.arccos(a1 * (a2 - 1) / (4 * a2)), rel=0.15)
        assert found.to_xarray()["cycle"] == found.cycle


def test_spots_of_the_sun_swing_in_about_eleven_years():
    """10.5 to 11 years is what the literature has (Hathaway 2015, Living Rev Sol Phys 12:4)."""
    data = (
        pytest.importorskip("statsmodels.datasets", reason="the extra statsmodels ships the series").sunspots.load_pandas().data
    )
    years = pd.to_datetime(data["YEAR"].astype(int).astype(str)).dt.tz_localize("UTC")
    spots = pd.Series(data["SUNACTIVITY"].to_numpy(), pd.DatetimeIndex(years, name="time"), name="spots")
    found = spectrum(spots)
    assert 10 < found.cycle < 11.5
    assert "no peak beyond noise, which swings by itself with periods near 10.6 years" in found.sentence
    assert "swing with periods near 10.6 years" in seasonal(spots).doubted()


@pytest.mark.parametrize("kept", [300, 600])
def test_one_line_is_one_peak_with_its_period(kept):
    """Through a sampling window a line raises others; the interval of its period is that of least squares."""
    many, held, alone, hours = 40, 0, 0, np.arange(600)
    for seed in range(many):
        rng = np.random.default_rng(seed)
        at = np.sort(rng.choice(600, kept, replace=False))
        values = 3 * np.sin(2 * np.pi * hours / 24) + rng.normal(size=600)
        peaks = spectrum(xr.DataArray(values[at], {"x": at}, ("x",))).peaks()
        assert peaks["period"][0] == pytest.approx(24, rel=0.005)
        alone += len(peaks) == 1
        held += bool(peaks["period_lower"][0] < 24 < peaks["period_upper"][0])
        assert peaks["amplitude"][0] == pytest.approx(3, abs=0.4)
    assert many - alone <= binom.ppf(0.9999, many, 0.01)
    assert binom.ppf(0.0001, many, 0.95) <= held


@pytest.mark.parametrize("method", ["welch", "lomb"])
def test_lines_of_one_series_are_told_apart(method):
    at = np.arange(1000)
    values = np.random.default_rng(0).normal(size=1000)
    for period, size in ((50, 4), (12.5, 2), (4.7, 1)):
        values += size * np.sin(2 * np.pi * at / period)
    peaks = spectrum(xr.DataArray(values, {"x": at}, ("x",)), method=method).peaks().sort_values("amplitude")
    assert peaks["period"].to_numpy() == pytest.approx([4.7, 12.5, 50], rel=0.01)
    assert peaks["amplitude"].to_numpy() == pytest.approx([1, 2, 4], abs=0.2)


def test_irregular_steps_are_used_or_refused():
    times = pd.date_range("2026-11-01", periods=400, freq="s", tz="UTC")
    values = pd.Series(ar1(0, 400) + np.sin(2 * np.pi * np.arange(400) / 10), times)
    assert spectrum(values).method == "welch"
    gappy = values.drop(times[100:160])
    assert spectrum(gappy).method == "lomb"
    assert spectrum(gappy).peaks()["period"][0] == pytest.approx(10, rel=0.02)
    with pytest.raises(TimeError, match=r"1 gaps along 'time', which Welch's spectrum does not take"):
        spectrum(gappy, method="welch")
    at, y = uneven(0, 100, 1.0)
    with pytest.raises(TimeError, match="the steps along 'x' differ"):
        spectrum(xr.DataArray(y, {"x": at}, ("x",)), method="welch")
    with pytest.raises(OptionError, match="has no parts"):
        spectrum(gappy, length=64)


def test_tables_and_batches():
    rows = xr.DataArray(np.stack([ar1(s, 300) for s in range(3)]), {"line": list("abc")}, ("line", "time"), attrs={"units": "um"})
    each = spectrum(rows)
    told = each.to_xarray()
    assert told["density_ci"].dims == ("line", "frequency", "bound")
    assert told["density"].attrs["units"] == "um^2 sample"
    assert each.table().attrs["units"]["frequency"] == "1/sample"
    assert list(each.results[0].peaks().columns)[:4] == ["frequency", "frequency_lower", "frequency_upper", "period"]


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"method": "fft"}, OptionError, "method is 'fft'"),
        ({"length": 2}, OptionError, "length is 2 samples"),
        ({"length": 500}, OptionError, "from 8 to 100"),
        ({"alarm": 0}, OptionError, "alarm=0"),
        ({"level": 1.5}, OptionError, "level=1.5"),
    ],
)
def test_options_outside_their_range_are_refused(options, error, said):
    with pytest.raises(error, match=said):
        spectrum(ar1(0, 100), **options)


def test_too_short_constant_and_missing_series_are_refused():
    for values, said in (
        (np.arange(10.0), "at least 16"),
        (np.ones(40), "all 40 values are 1"),
        (np.full(40, np.nan), "0 values"),
    ):
        with pytest.raises(SeriesError, match=said):
            spectrum(values)


@pytest.mark.parametrize("jump", [2.0, 5.0])
def test_a_period_that_a_jump_makes_is_in_doubt(jump):
    hours, at = pd.date_range("2026-11-01", periods=1000, freq="h", tz="UTC"), np.arange(1000)
    for seed in range(3):
        wave = 20 + 3 * np.sin(2 * np.pi * at / 24) + np.random.default_rng(seed).normal(size=1000)
        level, broken = (pd.Series(wave + size * (at >= 600), hours) for size in (0.0, jump))
        level[200:260] = broken[200:260] = np.nan
        assert spectrum(level).doubts == ()
        (doubt,) = spectrum(broken).doubts
        assert (doubt.assumption, "a jump or a bend looks like it" in doubt.found) == ("enough periods", True)
