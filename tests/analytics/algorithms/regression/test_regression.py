import builtins

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr
from scipy import stats
from scipy.fft import dct
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from statsmodels.stats.diagnostic import het_breuschpagan, linear_reset
from statsmodels.stats.stattools import durbin_watson

from nsi_notebook.analytics import regress, trend
from nsi_notebook.errors import (
    DimsError,
    MissingExtraError,
    NsiError,
    NsiWarning,
    OptionError,
    SeriesError,
    TimeError,
    UnknownNameError,
)  # fmt: skip
from tests.analytics.algorithms.noises import noise

SHORT = pytest.mark.filterwarnings("ignore:p and intervals:nsi_notebook.errors.NsiWarning")  # whether a series is long enough


def images(n=120, seed=0):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"width": rng.normal(10, 2, n), "depth": rng.normal(size=n)})
    table.attrs["units"] = {"width": "um", "depth": "um"}
    area = pd.Series(3 * table.width - table.depth + rng.normal(size=n) * table.width / 5, name="area")
    area.attrs["units"] = "um^2"
    return area, table


AREA, TABLE = images()
X = sm.add_constant(TABLE)
SUBJECT = np.random.default_rng(5).integers(0, 15, len(AREA))


def same(found, wanted, rtol=1e-8):
    table = found.table()
    np.testing.assert_allclose(table["value"], wanted.params, rtol=rtol)
    np.testing.assert_allclose(table["error"], wanted.bse, rtol=rtol)
    np.testing.assert_allclose(table["p"], wanted.pvalues, rtol=1e-6, atol=1e-300)
    np.testing.assert_allclose(table[["lower", "upper"]], wanted.conf_int(), rtol=1e-7)


def test_least_squares_are_those_of_statsmodels():
    found, wanted = regress(AREA, TABLE), sm.OLS(AREA, X).fit()
    same(found, wanted)
    assert found.r2 == pytest.approx(wanted.rsquared, rel=1e-12)
    assert found.adjusted_r2 == pytest.approx(wanted.rsquared_adj, rel=1e-12)
    assert found.overall[0] == pytest.approx(wanted.fvalue, rel=1e-9)
    assert found.overall[3] == pytest.approx(wanted.f_pvalue, rel=1e-6)
    assert [term.unit for term in found.terms] == ["um^2", "um", "um"]
    by_name = {check.assumption: check for check in found.checks}
    assert by_name["residuals of one variance"].p == pytest.approx(het_breuschpagan(wanted.resid, X)[1], rel=1e-8)
    assert by_name["linear"].p == pytest.approx(float(linear_reset(wanted, power=3, use_f=True).pvalue), rel=1e-6)
    assert by_name["independent residuals"].statistic == pytest.approx(durbin_watson(wanted.resid), rel=1e-9)
    assert by_name["normal residuals"].p == pytest.approx(stats.shapiro(wanted.resid).pvalue, rel=1e-6)


def test_without_an_intercept():
    found, wanted = regress(AREA, TABLE, intercept=False), sm.OLS(AREA, TABLE).fit()
    same(found, wanted)
    assert found.r2 == pytest.approx(wanted.rsquared, rel=1e-12)


def test_predictions_and_their_bounds_are_those_of_statsmodels():
    new = pd.DataFrame({"width": [8.0, 11.0], "depth": [0.0, 1.0]})
    found = regress(AREA, TABLE).predict(new, level=0.9)
    wanted = sm.OLS(AREA, X).fit().get_prediction(sm.add_constant(new)).summary_frame(alpha=0.1)
    names = ["value", "lower", "upper", "new_lower", "new_upper"]
    np.testing.assert_allclose(found[names], wanted[["mean", "mean_ci_lower", "mean_ci_upper", "obs_ci_lower", "obs_ci_upper"]])
    with pytest.raises(SeriesError, match="x lacks depth, by which it was fitted; it has width"):
        regress(AREA, TABLE).predict({"width": [1.0]})


@pytest.mark.parametrize("errors", ["hc0", "hc1", "hc2", "hc3"])
def test_robust_errors_are_those_of_statsmodels(errors):
    same(regress(AREA, TABLE, errors=errors), sm.OLS(AREA, X).fit(cov_type=errors.upper(), use_t=True))


@pytest.mark.parametrize("kind", ["ols", "logistic"])
def test_all_coefficients_of_few_clusters_together_raise_hardly_more_alarms_than_one(kind):
    label, together, alone = np.repeat(np.arange(10), 20), 0, 0.0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        x, y = (rng.normal(size=(10, 5))[label] + rng.normal(size=(200, 5)) for _ in range(2))
        found = regress(y[:, 0] if kind == "ols" else y[:, 0] > 0, x[:, 1:], kind=kind, cluster=label)
        together += found.overall[3] < 0.05
        alone += np.mean([term.p < 0.05 for term in found.terms[1:]])
    assert together <= 1.2 * alone + 3  # Wald's F had 33 and, of odds, 46
    assert alone < 13  # z of odds had 14.5; 6 are expected


@pytest.mark.parametrize("lags", [0, 4])
def test_newey_and_west_are_those_of_statsmodels(lags):
    y, x = xr.DataArray(AREA.to_numpy(), dims="time"), {k: TABLE[k].to_numpy() for k in TABLE}
    found = regress(y, x, errors="hac", lags=lags)
    wanted = sm.OLS(AREA, X).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True)
    same(found, wanted)


def test_without_lags_errors_along_time_are_those_of_the_slowest_cosines():
    y, x = series(5), series(6)
    found = regress(xr.DataArray(y, dims="time"), {"x": x}, errors="hac")
    wanted = sm.OLS(y, sm.add_constant(x)).fit()
    number = int(0.41 * 300 ** (2 / 3))
    score = sm.add_constant(x) * wanted.resid[:, None]
    slow = dct(score, axis=0, norm="ortho")[1 : number + 1]
    bread = np.linalg.inv(sm.add_constant(x).T @ sm.add_constant(x))
    np.testing.assert_allclose(found.covariance, bread @ (slow.T @ slow / number * 300) @ bread * 300 / 298, rtol=1e-9)
    assert found["x"].df == number


def test_missing_rows_are_left_out_and_counted():
    table, area = TABLE.copy(), AREA.copy()
    table.loc[3, "width"] = np.nan
    area[7] = np.nan
    found = regress(area, table)
    same(found, sm.OLS(area, sm.add_constant(table), missing="drop").fit())
    assert (found.n, found.missing) == (118, 2)


def test_each_place_has_its_own():
    rng = np.random.default_rng(2)
    y = xr.DataArray(rng.normal(size=(3, 40)), {"lane": list("abc")}, ("lane", "image"), name="area")
    x = xr.DataArray(rng.normal(size=(40, 3)), dims=("image", "lane"), name="width")
    found = regress(y, x, "image")
    assert len(found) == 3
    for lane, one in zip(range(3), found, strict=True):
        wanted = stats.linregress(x[:, lane], y[lane])
        assert one["width"].value == pytest.approx(wanted.slope)
        assert one["width"].error == pytest.approx(wanted.stderr)
    assert found.table()["lane"].tolist() == ["a", "a", "b", "b", "c", "c"]
    assert found.to_xarray()["coefficient"].sizes == {"lane": 3, "term": 2}


@pytest.mark.parametrize("penalty", [0.0, 1.0, 50.0])
def test_ridge_is_that_of_scikit_learn(penalty):
    found = regress(AREA, TABLE, kind="ridge", penalty=penalty)
    peer = make_pipeline(StandardScaler(), Ridge(alpha=penalty)).fit(TABLE, AREA)
    np.testing.assert_allclose(found.points.fitted, peer.predict(TABLE), rtol=1e-10)
    assert np.isnan([term.p for term in found.terms]).all()
    assert "no p" in found.errors


def test_theil_and_sen_are_those_of_scipy():
    found = regress(AREA, TABLE["width"], kind="theil-sen")
    wanted = stats.theilslopes(AREA, TABLE["width"], alpha=0.95)
    term = found["width"]
    assert (term.value, term.lower, term.upper) == pytest.approx((wanted.slope, wanted.low_slope, wanted.high_slope))
    with pytest.raises(DimsError, match="follow one another"):
        regress(xr.DataArray(AREA.to_numpy(), dims="time"), kind="theil-sen")


@pytest.mark.parametrize("errors", [None, "hc0"])
def test_logistic_is_that_of_statsmodels(errors):
    rng = np.random.default_rng(3)
    wide = xr.DataArray(1 / (1 + np.exp(3 - 0.3 * TABLE["width"].to_numpy())) > rng.random(len(AREA)), dims="image", name="wide")
    wanted = sm.Logit(wide.to_numpy().astype(float), X).fit(disp=0, tol=1e-12, cov_type="nonrobust" if errors is None else "HC0")
    found = regress(wide, TABLE, kind="logistic", errors=errors)
    same(found, wanted, rtol=1e-7)
    assert found.r2 == pytest.approx(wanted.prsquared, rel=1e-8)
    np.testing.assert_allclose(found.predict()["value"], wanted.predict(), rtol=1e-8)
    np.testing.assert_allclose(found.table()["odds_ratio"], np.exp(wanted.params), rtol=1e-7)


def test_a_mixed_model_of_balanced_subjects_is_a_regression_of_their_means():
    rng = np.random.default_rng(4)
    dose = np.repeat(rng.normal(size=20), 6)
    area = 2 * dose + np.repeat(rng.normal(size=20), 6) + 0.5 * rng.normal(size=120)
    subject = np.repeat(np.arange(20), 6)
    found = regress(area, {"dose": dose}, kind="mixed", cluster=subject)
    means = sm.OLS(area.reshape(20, 6).mean(axis=1), sm.add_constant(dose[::6])).fit()
    np.testing.assert_allclose(found.values, means.params, rtol=1e-6)
    np.testing.assert_allclose([t.error for t in found.terms], means.bse, rtol=1e-3)
    assert dict(found.more)["intraclass_correlation"] > 0.5


def test_a_mixed_model_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def gone(name, *args, **kwargs):
        if name.startswith("statsmodels"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", gone)
    with pytest.raises(MissingExtraError, match=r"pip install 'nsi-notebook\[statsmodels\]'"):
        regress(AREA, TABLE, kind="mixed", cluster=SUBJECT)


def series(seed, n=300, kind="AR(1) 0.9"):
    return noise(kind, (n,), np.random.default_rng(seed))


def test_along_time_the_slope_is_that_of_trend():
    y = xr.DataArray(series(1), dims="time", attrs={"units": "um"})
    found, wanted = regress(y), trend(y)
    assert found.terms[1].value == pytest.approx(wanted.slope, rel=1e-10)
    assert found.terms[1].error == pytest.approx(
        (wanted.upper - wanted.lower) / 2 / stats.t.ppf(0.975, wanted.noise.effective - 2), rel=0.2
    )
    assert found.effective < 60


@SHORT
def test_odds_along_time_have_newey_and_wests_errors():
    y, x = series(5) > 0, series(6)
    found = regress(xr.DataArray(y, dims="time"), {"x": x}, kind="logistic", errors="hac", lags=5)
    wanted = sm.Logit(y.astype(float), sm.add_constant(x)).fit(
        disp=0, tol=1e-12, cov_type="HAC", cov_kwds={"maxlags": 5, "use_correction": True}, use_t=True
    )
    same(found, wanted, rtol=1e-7)


@SHORT
@pytest.mark.parametrize("chance", [False, True], ids=["above 0", "by chance"])
def test_odds_along_time_raise_few_false_alarms(chance):
    alarms = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        hidden = noise("AR(1) 0.9", (500,), rng)
        y = rng.random(500) < 1 / (1 + np.exp(-hidden)) if chance else hidden > 0
        alarms += regress(xr.DataArray(y, dims="time"), kind="logistic").terms[1].p < 0.05
    assert alarms <= 8  # 3 are expected; Newey and West's window of 5 lags finds 17


@SHORT
@pytest.mark.parametrize("seed", [5, 6, 7])
def test_all_odds_along_time_together_are_tested_by_the_more_careful_of_two_ways(seed):
    y = xr.DataArray(series(seed) > 0, dims="time")
    one = regress(y, {"x": series(seed + 20)}, kind="logistic")
    assert one.overall[3] == pytest.approx(one["x"].p, rel=1e-6)
    x = {"x": series(seed + 20), "z": series(seed + 40)}
    both = regress(y, x, kind="logistic")
    design = np.column_stack([np.ones(300), *x.values()])
    chance = 1 / (1 + np.exp(-design @ both.values))
    slow = dct(design * (y.to_numpy() - chance)[:, None], axis=0, norm="ortho")[1:9]
    bread = np.linalg.inv((design * (chance * (1 - chance))[:, None]).T @ design)
    matrix = bread @ (slow.T @ slow * 300 / 8) @ bread
    square = both.values[1:] @ np.linalg.solve(matrix[1:, 1:], both.values[1:])
    p = stats.f.sf(square * 7 / (2 * 8), 2, 7)  # Hotelling's, of eight cosines
    assert both.overall[3] >= p * (1 - 1e-6)
    assert both.overall[2] != 7 or both.overall[3] == pytest.approx(p, rel=1e-6)


def test_odds_of_a_short_series_are_in_doubt():
    y = xr.DataArray(series(5, 400, "white") > 0, dims="time")
    with pytest.warns(NsiWarning, match="fewer than 500 rows"):
        found = regress(y, kind="logistic")
    assert not {check.assumption: check.met for check in found.checks}["long enough a series"]


def test_along_time_a_predictor_without_memory_keeps_its_rows():
    rng = np.random.default_rng(2)
    y, x = series(2, 500), rng.normal(size=500)
    found = regress(xr.DataArray(y, dims="time"), {"x": x})
    assert found["x"].effective > 400
    assert found["intercept"].effective < 60


@SHORT
@pytest.mark.parametrize("kind", ["white", "AR(1) 0.9"])
def test_false_alarms_along_time_are_few(kind):
    rng = np.random.default_rng(7)
    alarms = {"series": 0, "white": 0}
    for seed in range(60):
        y = xr.DataArray(series(seed, 200, kind), dims="time")
        alarms["series"] += regress(y, {"x": noise(kind, (200,), rng)})["x"].p < 0.05
        alarms["white"] += regress(y, {"x": rng.normal(size=200)})["x"].p < 0.05
    assert alarms["series"] <= 9  # 3 are expected; plain errors of the AR(1) find about 30
    assert alarms["white"] <= 9


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_after_a_jump_the_band_of_the_mean_holds_it(share):
    step = (np.arange(500) >= share * 500).astype(float)
    held, half, mean = np.zeros(2), [], []
    for seed in range(150):
        found = regress(xr.DataArray(series(seed, 500, "AR(1) 0.5") + 2 * step, dims="time"), {"step": step})
        band = found.predict({"step": [0.0, 1.0]})
        held += (band["lower"] <= [0, 2]) & (band["upper"] >= [0, 2])
        half.append((band["upper"] - band["lower"]) / 2)
        mean.append(band["value"])
    assert held.min() >= 135  # 142.5 are expected
    assert np.max(np.mean(half, axis=0) / (1.96 * np.std(mean, axis=0))) < 1.25


@pytest.mark.parametrize("amplitude", [0.0, 1.5])
def test_a_season_that_is_left_is_told(amplitude):
    minutes = np.datetime64("2026-11-26", "us") + np.arange(600) * np.timedelta64(1, "m")
    y = series(3, 600, "AR(1) 0.5") + amplitude * np.sin(np.arange(600) * 2 * np.pi / 12)
    y[40:60] = np.nan
    found = regress(xr.DataArray(y, {"time": ("time", minutes, {"timezone": "UTC"})}, ("time",)))
    told = {check.assumption: check for check in found.checks}["no season"]
    assert told.met == (not amplitude)
    assert told.found.startswith("a season of 12 samples (12 min) is left" if amplitude else ("no frequency", "of the season"))


@pytest.mark.parametrize(("step", "unit", "many"), [("s", "min", 60), ("m", "h", 3600), ("h", "d", 86400), ("ms", "ms", 1e-3)])
def test_words_take_a_unit_of_time_that_reads_well(step, unit, many):
    at = np.datetime64("2026-11-26", "us") + np.arange(300) * np.timedelta64(1, step)
    y = xr.DataArray(series(1), {"time": ("time", at, {"timezone": "UTC"})}, ("time",), attrs={"units": "um"})
    found, asked = regress(y), regress(y, per=unit)
    assert found.terms[1].unit == "um/s"
    assert asked.terms[1].value == pytest.approx(many * found.terms[1].value)
    assert found.sentence == asked.sentence
    assert f"for each {unit} of time" in found.sentence
    assert trend(y).estimate.unit == f"um per {unit}"
    dots = [np.asarray(one.plot().data[0].x) for one in (found, asked)]
    assert dots[0][-1] == at[-1]
    assert (dots[0] == dots[1]).all()


def test_one_broken_place_of_many_is_left_out_and_told():
    rng = np.random.default_rng(2)
    x = xr.DataArray(rng.normal(size=(4, 60)), {"lane": list("abcd")}, ("lane", "image"), name="x")
    y = (2 * x + rng.normal(size=(4, 60))).rename("area")
    y[0], y[2] = np.nan, 3.0
    with pytest.warns(NsiWarning, match="left out 2 of 4 regressions: lane=a: all 60 rows hold a NaN; lane=c: all 60 values"):
        found = regress(y, x, "image")
    assert found.places == [(1,), (3,)]
    assert found.results[1]["x"].value == pytest.approx(regress(y[3], x[3])["x"].value)
    coefficient = found.to_xarray()["coefficient"]
    np.testing.assert_array_equal(np.isnan(coefficient.sel(term="x")), [True, False, True, False])
    assert found.table().loc[0, "refused"] == "all 60 rows hold a NaN"
    outcome = xr.where(y.lane == "d", x + rng.normal(size=(4, 60)) > 0, x > 0)
    with pytest.warns(NsiWarning, match="left out 3 of 4 regressions: lane=a: x parts the two outcomes perfectly"):
        assert regress(outcome, x, "image", kind="logistic").places == [(3,)]
    with pytest.raises(SeriesError, match="lane=a: all 60 rows"):
        regress(y[[0, 2]], x[[0, 2]], "image")


@SHORT
def test_an_exact_fit_is_told():
    found = regress(xr.DataArray(2.0 * np.arange(50), dims="time", name="load"))
    assert found.sentence == "Load rises by 2 for each sample of time, exactly; 50 rows"
    assert found.checks[0].found == "the fit is exact: there are no residuals to check"


def test_gaps_along_time_are_gaps():
    y, x = series(3, 400), series(4, 400)
    kept = np.r_[0:150, 180:400]
    whole = np.where(np.isin(np.arange(400), kept), y, np.nan)
    one = regress(xr.DataArray(whole, {"time": np.arange(400.0)}, ("time",)), {"x": x})
    other = regress(xr.DataArray(y[kept], {"time": kept.astype(float)}, ("time",)), {"x": x[kept]})
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-9)


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # a short series is told, but not asked for here
@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: regress(AREA, TABLE.assign(both=TABLE.sum(axis=1))), SeriesError, "width, depth, both depend on each other"),
        (lambda: regress(AREA, TABLE.assign(one=1.0)), SeriesError, ".one. has one value throughout"),
        (lambda: regress(AREA, TABLE.assign(zero=0.0)), SeriesError, "'zero' is 0 throughout"),
        (lambda: regress(AREA[:3], TABLE[:3]), SeriesError, "3 rows cannot tell 3 coefficients"),
        (lambda: regress(AREA * 0 + 2, TABLE), SeriesError, "all 120 values of area are 2: there is nothing to explain"),
        (lambda: regress(AREA * np.nan, TABLE), SeriesError, "all 120 rows hold a NaN"),
        (lambda: regress(AREA.replace(AREA[4], np.inf), TABLE), SeriesError, "area: 1 of 120 values are infinite"),
        (lambda: regress(AREA, TABLE.assign(depth=np.inf)), SeriesError, "depth: 120 of 120 values are infinite"),
        (lambda: regress(AREA, TABLE.assign(kind="a")), SeriesError, "kind: no numbers"),
        (lambda: regress(AREA, TABLE[:50]), SeriesError, "width has 50 values, y has 120"),
        (lambda: regress(AREA), SeriesError, "there is no predictor, and 'sample' has no coordinate"),
        (lambda: regress(TABLE, AREA), SeriesError, "y is a DataFrame"),
        (lambda: regress(AREA, {}), SeriesError, "there is no predictor"),
        (lambda: regress(AREA > 30, {"area": AREA}, kind="logistic"), SeriesError, "area parts the two outcomes perfectly"),
        (lambda: regress(AREA, TABLE, kind="logistic"), SeriesError, "area has 120 values"),
        (lambda: regress(AREA, TABLE, kind="lasso"), NsiError, "unknown kind 'lasso'"),
        (lambda: regress(AREA, TABLE, errors="robust"), NsiError, "unknown errors 'robust'"),
        (lambda: regress(AREA, TABLE, errors="hac"), OptionError, "which is no time"),
        (lambda: regress(AREA, TABLE, errors="cluster"), OptionError, "without cluster="),
        (lambda: regress(AREA, TABLE, kind="mixed"), OptionError, "without cluster="),
        (lambda: regress(AREA, TABLE, cluster=SUBJECT[:5]), SeriesError, "cluster has the shape"),
        (lambda: regress(AREA, TABLE, degree=2), OptionError, "degree is 2, with 2 predictors"),
        (lambda: regress(AREA, TABLE, degree=0), OptionError, "degree is 0"),
        (lambda: regress(AREA, TABLE, precision="quad"), NsiError, "unknown precision"),
        (lambda: regress(AREA, TABLE, kind="ridge", penalty=-1), OptionError, "penalty is -1"),
        (lambda: regress(AREA, TABLE, kind="ridge", errors="hc3"), OptionError, "of kind='ridge'"),
        (lambda: regress(AREA, TABLE, kind="ridge", cluster=SUBJECT), OptionError, "cluster= of kind='ridge'"),
        (lambda: regress(AREA, TABLE["width"], kind="theil-sen", cluster=SUBJECT), OptionError, "cluster= of kind='theil-sen'"),
        (lambda: regress(AREA, TABLE, cluster=SUBJECT, errors="hc3"), OptionError, "cluster= beside errors='hc3'"),
        (lambda: regress(AREA, TABLE, lags=4), OptionError, "lags=4 of errors=None"),
        (lambda: regress(AREA, TABLE, kind="theil-sen", lags=4), OptionError, "lags=4 of errors=None"),
        (lambda: regress(AREA, TABLE, penalty=50.0), OptionError, "penalty=50.0 of kind='ols'"),
        (lambda: regress(AREA, TABLE, level=95), OptionError, "level"),
        (lambda: regress(xr.DataArray(np.ones((9, 9)), dims=("y", "x")), {"a": np.arange(9)}), DimsError, "pixels"),
        (lambda: regress(xr.DataArray(np.arange(50.0), dims="time"), errors="classical"), OptionError, "false alarms"),
        (lambda: regress(AREA, TABLE["width"]).powers(), OptionError, "powers are those of a polynomial"),
    ],
)  # fmt: skip
def test_bad_input_is_told_in_one_line(call, error, said):
    with pytest.raises(error, match=said) as raised:
        call()
    assert "\n" not in raised.value.message


def test_whole_numbers_of_numpy_are_whole_numbers():
    one, same_one = regress(AREA, TABLE["width"], degree=np.int64(2)), regress(AREA, TABLE["width"], degree=2)
    np.testing.assert_array_equal(one.covariance, same_one.covariance)
    series_ = xr.DataArray(AREA.to_numpy(), dims="time")
    one, same_one = (regress(series_, TABLE["width"].to_numpy(), errors="hac", lags=lags) for lags in (np.int64(4), 4))
    np.testing.assert_array_equal(one.covariance, same_one.covariance)
    one, same_one = (regress(AREA, TABLE, kind="ridge", penalty=penalty) for penalty in (np.int64(1), None))
    assert [term.value for term in one.terms] == [term.value for term in same_one.terms]


def test_coords_must_be_those_of_y():
    y = xr.DataArray(np.arange(5.0), {"image": list("abcde")}, ("image",))
    x = xr.DataArray(np.arange(5.0) ** 2, {"image": list("bcdef")}, ("image",), name="x")
    with pytest.raises(DimsError, match="x has other coords along 'image' than y: 4 of 5 are shared") as raised:
        regress(y, x)
    assert "align" in raised.value.hint


def test_steps_that_differ_are_refused():
    at = np.cumsum(np.random.default_rng(0).uniform(1, 3, 50))
    with pytest.raises(TimeError, match="steps"):
        regress(xr.DataArray(np.sin(at), {"time": at}, ("time",)))


def test_outcomes_that_are_parted_but_for_a_tie_are_refused():
    x = np.arange(20.0)
    with pytest.raises(SeriesError, match="x parts the two outcomes in 18 of 20 rows"):
        regress(x >= 10, {"x": np.where(x == 10, 9, x)}, kind="logistic")


def test_columns_that_nearly_depend_are_told():
    near = TABLE["width"] + 1e-9 * np.random.default_rng(1).normal(size=len(AREA))
    with pytest.warns(NsiWarning, match="condition number"):
        regress(AREA, TABLE.assign(near=near))


def test_a_result_tells_itself():
    found = regress(AREA, TABLE["width"].rename("width"))
    assert repr(found).startswith("Regression(Area rises by ")
    assert "\n" not in repr(found)
    ds = found.to_xarray()
    assert ds["coefficient"].sel(term="width") == found["width"].value
    assert ds["unit"].values.tolist() == ["um^2", "um"]
    with pytest.raises(NsiError, match="unknown term 'widht'"):
        found["widht"]


@pytest.mark.parametrize("kind", ["ridge", "theil-sen"])
def test_what_has_no_covariance_has_no_column_of_nan(kind):
    x = np.arange(20.0)
    found = regress(2 * x + np.sin(x), x, kind=kind)
    assert found.predict([1.0, 2.0]).columns.tolist() == ["x", "value"]
    assert not found.table().isna().all().any()
    assert found.plot().data


def test_odds_are_written_by_their_ratio():
    x = np.r_[np.linspace(-3, 1, 30), np.linspace(-1, 3, 30)]
    assert regress(np.repeat([0, 1], 30), x, kind="logistic").sentence.count(" to 0)") == 0
    low = float(np.exp(regress(np.repeat([0, 1], 30), x, kind="logistic")["x"].lower))
    assert f"CI {low:.3g} to" in regress(np.repeat([0, 1], 30), x, kind="logistic").sentence


@pytest.mark.parametrize("none", ["", " ", None, np.nan])
@pytest.mark.parametrize("kind", ["ols", "mixed"])
def test_a_label_that_is_missing_is_no_cluster(none, kind):
    labels = [none if i == 3 else f"s{label}" for i, label in enumerate(SUBJECT)]
    wanted = regress(AREA.drop(3), TABLE.drop(3), kind=kind, cluster=SUBJECT[np.arange(len(AREA)) != 3])
    found = [regress(AREA, TABLE, kind=kind, cluster=given) for given in (labels, pd.Series(labels), np.array(labels, object))]
    for one in found:
        np.testing.assert_allclose(one.values, wanted.values, rtol=1e-6)
        assert (one.n, one.missing, one.terms[0].df) == (119, 1, wanted.terms[0].df)
        assert [c.found for c in one.doubts if c.assumption == "every row has a label"] == ["1 row has no label, and is left out"]


@pytest.mark.parametrize("kind", ["ols", "logistic"])
def test_few_clusters_are_in_doubt(kind):
    y = AREA if kind == "ols" else AREA.gt(AREA.median())
    few = next(c for c in regress(y, TABLE, kind=kind, cluster=SUBJECT % 2).checks if c.assumption == "enough clusters")
    assert not few.met
    assert few.found.startswith("they leave all 2 coefficients together 0.0")
    assert few.found.endswith("of freedom; below 4 its p is in doubt")
    assert next(c.met for c in regress(y, TABLE, kind=kind, cluster=SUBJECT).checks if c.assumption == "enough clusters")


def test_rows_of_a_subject_are_worth_fewer():
    rng = np.random.default_rng(8)
    subject = np.repeat(np.arange(12), 4)
    dose, depth = np.repeat(rng.normal(size=12), 4), np.tile(np.arange(4.0), 12)
    y = dose + np.repeat(rng.normal(size=12), 4) + 0.5 * rng.normal(size=48)
    found = regress(y, {"dose": dose, "depth": depth}, kind="mixed", cluster=subject)
    share = dict(found.more)["intraclass_correlation"]
    assert found["dose"].effective == pytest.approx(48 / (1 + 3 * share), rel=0.1)  # Kish's design effect
    assert found["depth"].effective == 48
    assert "worth" in found.sentence


def test_the_axis_of_time_has_the_zone_in_which_it_came():
    zone = "Europe/Berlin"
    times = pd.date_range("2026-11-26 12:00", periods=240, freq="h", tz=zone)
    load = pd.Series(np.random.default_rng(9).normal(size=240), times)
    naive = xr.DataArray(load.to_numpy(), {"time": times.tz_localize(None)}, ("time",))
    for found in (regress(load), regress(naive, tz=zone)):
        drawn = found.plot()
        assert drawn.layout.xaxis2.title.text == "time (Europe/Berlin)"
        assert str(drawn.data[0].x[0]).startswith("2026-11-26T12:00")
        assert found.origin == np.datetime64("2026-11-26T11:00")
    assert regress(naive, tz="UTC").plot().layout.xaxis2.title.text == "time (UTC)"


def test_odds_where_a_unit_is_more_than_the_data_has_are_those_of_a_standard_deviation():
    x = np.r_[np.linspace(0.30, 0.34, 30), np.linspace(0.32, 0.36, 30)]
    sick = np.repeat([0, 1], 30)
    found = regress(pd.Series(sick, name="sick"), pd.Series(x, name="vf"), kind="logistic")
    size = float(f"{x.std(ddof=1):.3g}")
    assert f"are {np.exp(found['vf'].value * size):.3g} times" in found.sentence
    assert f"for each {size:g} (a standard deviation) of vf" in found.sentence
    assert found.sentence.endswith("it is so in 30 of 60 rows")


def test_odds_of_a_unit_beyond_the_range_of_a_float_are_infinite_without_a_warning_of_numpy():
    x = np.r_[np.linspace(0.30, 0.34, 30), np.linspace(0.32, 0.36, 30)]
    found = regress(np.repeat([0, 1], 30), 1e-6 * x, kind="logistic")
    assert found.terms[1].value > np.log(np.finfo(float).max)
    assert np.isposinf(found.table()["odds_ratio"].iloc[1])


def test_outcomes_of_one_value_and_of_texts():
    with pytest.raises(SeriesError, match="has 1 value: 1\n"):
        regress(np.ones(30), AREA[:30].to_numpy(), kind="logistic")
    with pytest.raises(SeriesError, match="the outcomes are texts: sick, well\nhint: y == 'sick', which is True or False"):
        regress(pd.Series(["sick", "well"] * 60), AREA, kind="logistic")


def test_ridge_says_what_its_penalty_leaves():
    said = regress(AREA, TABLE, kind="ridge", penalty=50.0).sentence
    left = 2 * dict(regress(AREA, TABLE["width"], kind="ridge", penalty=50.0).more)["effective_terms"]
    assert left == pytest.approx(2 * 120 / 170)  # of columns at right angles, n / (n + penalty) each
    assert f"a penalty of 50 leaves {left:.2g}" in said
    assert "of 2 degrees of freedom" in said


def test_a_misspelt_coordinate_of_clusters_is_told():
    y = xr.DataArray(AREA.to_numpy(), {"animal": ("image", SUBJECT)}, ("image",))
    with pytest.raises(UnknownNameError, match="did you mean 'animal'"):
        regress(y, TABLE, cluster="anmal")


def test_of_many_places_it_is_said_what_each_shows():
    rng = np.random.default_rng(3)
    a, b = (xr.DataArray(rng.normal(size=60), dims="image", name=name) for name in "ab")
    noise = xr.DataArray(rng.normal(size=(3, 60)), {"site": ["p", "q", "r"]}, ("site", "image"))
    y = noise + xr.DataArray([2.0, -2.0, 0.0], dims="site") * a - xr.DataArray([3.0, 0.0, 0.0], dims="site") * b
    found = regress(y, {"a": a, "b": b}, "image")
    assert [one.finding for one in found] == ["rising with a and falling with b", "falling with a", "no term seen"]
    assert found.sentence.startswith("Of 3 series along site: rising with a and falling with b in 1 (site=p)")


@pytest.mark.parametrize(
    ("rows", "level", "few"), [(3, 0.95, True), (4, 0.95, True), (4, 0.9, False), (5, 0.95, False), (5, 0.99, True)]
)
def test_sens_interval_is_refused_where_no_order_of_the_rows_is_rare_enough(rows, level, few):
    x, rng = np.arange(float(rows)), np.random.default_rng(0)
    assert bool(stats.kendalltau(x, x, method="exact").pvalue > 1 - level) is few
    if few:
        with pytest.raises(SeriesError, match=f"{rows} rows: even where all rise p is"):
            regress(x + rng.normal(size=rows), {"x": x}, kind="theil-sen", level=level)
        return
    missed = 0
    for _ in range(300):
        term = regress(rng.normal(size=rows), {"x": x}, kind="theil-sen", level=level)["x"]
        out = not term.lower <= 0 <= term.upper
        assert out == (term.p <= 1 - level)  # they never contradict each other
        missed += out
    assert missed / 300 <= 1 - level + 0.03


def test_what_is_empty_has_no_rows():
    with pytest.raises(SeriesError, match="there are no rows along 'sample'"):
        regress([], {"x": []})


def test_a_median_slope_tells_no_share_of_the_variance():
    x = np.arange(12.0)
    y = np.where(x == 11, 400.0, -x)  # a line that fits all but one, and the variance worse than a constant
    found = regress(y, {"x": x}, kind="theil-sen")
    assert found.r2 < 0
    assert "variance" not in found.sentence
    assert found.sentence.endswith("; 12 rows")
    assert "of its variance is explained" in regress(y, {"x": x}).sentence
