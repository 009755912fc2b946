"""`test`: p is SciPy's, intervals hold the truth, series are worth their effective numbers, and what is refused."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pandas as pd
import pingouin
import pytest
import xarray as xr
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import integrate, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_ind

from nsi_notebook.analytics import StatisticalAnalyzer, describe, regress, test
from nsi_notebook.analytics.algorithms.effective import effective_of
from nsi_notebook.analytics.algorithms.statistics import effects, hodges_lehmann
from nsi_notebook.analytics.algorithms.statistics.family import Tests, adjusted
from nsi_notebook.errors import DimsError, NsiError, NsiWarning, OptionError, SeriesError, UnknownNameError
from tests.analytics.algorithms.noises import ar1, noise, p_values

VALUES = arrays(float, st.integers(5, 30), elements=st.integers(-1000, 1000).map(lambda i: i / 16))
SIDES = st.sampled_from(["two-sided", "less", "greater"])
rng = np.random.default_rng(7)
SIZE = 0.8 / np.sqrt(5)  # of a difference of 0.8 of two values of variance 1 and 4
A, B = rng.normal(5, 1, 20), rng.normal(4, 2, 26)


def same(one, other):
    np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-300)


@settings(deadline=None, max_examples=40)
@given(a=VALUES, b=VALUES, side=SIDES, level=st.sampled_from([0.9, 0.95, 0.99]))
def test_tests_of_two_samples_are_those_of_scipy(a, b, side, level):
    assume(np.ptp(a) > 0 and np.ptp(b) > 0)
    found = test(a, b, alternative=side, level=level)
    wanted = stats.ttest_ind(a, b, equal_var=False, alternative=side)
    same([found.statistic, found.p, *found.df], [wanted.statistic, wanted.pvalue, wanted.df])
    np.testing.assert_allclose([found.estimate.lower, found.estimate.upper], wanted.confidence_interval(level), rtol=1e-10)
    found = test(a, b, kind="mann-whitney", alternative=side)
    wanted = stats.mannwhitneyu(a, b, alternative=side)
    same([found.statistic, found.p], [wanted.statistic, wanted.pvalue])
    same(found.effect.value, wanted.statistic / len(a) / len(b))
    found, wanted = test(a, b, kind="levene"), stats.levene(a, b, center="median")
    same([found.statistic, found.p], [wanted.statistic, wanted.pvalue])


@settings(deadline=None, max_examples=40)
@given(a=VALUES, b=VALUES, side=SIDES, trim=st.sampled_from([0.0, 0.1, 0.2, 0.3]))
def test_yuen_is_that_of_scipy(a, b, side, trim):
    cut = [np.sort(v)[int(trim * len(v)) : len(v) - int(trim * len(v))] for v in (a, b)]
    assume(all(len(np.unique(v)) > 2 for v in cut))
    found = test(a, b, kind="yuen", trim=trim, alternative=side)
    wanted = stats.ttest_ind(a, b, equal_var=False, trim=trim, alternative=side)
    same([found.statistic, found.p, *found.df], [wanted.statistic, wanted.pvalue, wanted.df])
    same([found.estimate.lower, found.estimate.upper], wanted.confidence_interval(0.95))


@settings(deadline=None, max_examples=40)
@given(a=VALUES, seed=st.integers(0, 99), side=SIDES, middle=st.sampled_from([0.0, 3.0]))
def test_tests_of_one_sample_and_of_pairs_are_those_of_scipy(a, seed, side, middle):
    b = a + np.random.default_rng(seed).integers(-40, 50, len(a)) / 8
    assume(np.ptp(a) > 0 and np.ptp(a - b) > 0)
    found, wanted = test(a, popmean=middle, alternative=side), stats.ttest_1samp(a, middle, alternative=side)
    np.testing.assert_allclose([found.statistic, found.p], [wanted.statistic, wanted.pvalue], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose([found.estimate.lower, found.estimate.upper], wanted.confidence_interval(0.95), rtol=1e-10)
    found, wanted = test(a, b, kind="paired", alternative=side), stats.ttest_rel(a, b, alternative=side)
    np.testing.assert_allclose([found.statistic, found.p], [wanted.statistic, wanted.pvalue], rtol=1e-12, atol=1e-12)
    off = (a - b)[a != b]
    assume(len(np.unique(off)) > 1)
    found, wanted = test(a, b, kind="wilcoxon", alternative=side), stats.wilcoxon(off, alternative=side)
    same([found.statistic, found.p], [wanted.statistic, wanted.pvalue])
    found, wanted = test(a, kind="normality"), stats.shapiro(a)
    same([found.statistic, found.p], [wanted.statistic, wanted.pvalue])


def test_equivalence_is_that_of_statsmodels():
    found = test(A, B, kind="tost", margin=(-0.5, 2.5))
    p, above, below = ttost_ind(A, B, -0.5, 2.5, usevar="unequal")
    same(found.p, p)
    assert found.statistic in (pytest.approx(above[0]), pytest.approx(below[0]))
    assert (found.estimate.level, found.alternative) == (pytest.approx(0.9), "equivalent")
    inside = found.estimate.lower > -0.5 and found.estimate.upper < 2.5
    assert found.shown == inside == (p <= 0.05)
    assert test(A, kind="tost", popmean=5.0, margin=0.8).shown


def test_effects_are_those_of_pingouin():
    same(test(A).effect.value, pingouin.ttest(A, 0)["cohen_d"].iloc[0])
    equal = pingouin.compute_effsize(A, B[:20], eftype="hedges")  # of as many values both standard deviations are one
    assert test(A, B[:20]).effect.value == pytest.approx(equal, rel=0.01)
    wanted = pingouin.wilcoxon(A, B[:20])
    found = test(A, B[:20], kind="wilcoxon")
    same([found.p, found.effect.value], [wanted["p_val"].iloc[0], wanted["RBC"].iloc[0]])
    assert test(A, B, kind="mann-whitney").effect.value == pytest.approx(pingouin.mwu(A, B)["CLES"].iloc[0])


def test_of_counts_with_many_ties_the_sentence_tells_the_chance_and_no_shift_of_nothing():
    few, more = np.repeat([2, 3], [90, 10]), np.repeat([1, 2, 3], [20, 30, 50])
    found = test(few, more, names=["few", "more"], kind="mann-whitney")
    chance = (few[:, None] > more).mean() + (few[:, None] == more).mean() / 2
    assert found.estimate.value == 0
    assert f"tends to be {'higher' if chance > 0.5 else 'lower'} in few than in more" in found.sentence
    assert f"a chance of {chance:.2f} (95 % CI" in found.sentence
    assert "half of those that are the same counted" in found.sentence
    same = test(few, few[::-1], names=["few", "more"], kind="mann-whitney").sentence
    assert "is not shown to differ between few and more: a value of few is above one of more with a chance of 0.50" in same


def test_samples_are_called_by_where_they_were_chosen():
    kinds = {"kind": ["sand", "clay"]}
    images = xr.DataArray(np.stack([A, B[:20]]), kinds, ("kind", "image"), name="gap").assign_coords(site="here")
    for data in (images, images.to_dataset()):
        assert "in sand than in clay" in test(data.sel(kind="sand"), data.sel(kind="clay"), "image").sentence
    both = images.sel(kind="clay").assign_coords(site="there")  # which of the two says what it is?
    assert "in first than in other" in test(images.sel(kind="sand"), both, "image").sentence


def test_hodges_and_lehmanns_estimates_are_medians_of_all_pairs_and_their_intervals_what_is_not_refused():
    a, b = np.round(A[:9], 2), np.round(B[:8], 3)
    value, lower, upper = hodges_lehmann.shift(a, b, 0.95, "two-sided")
    differences = np.sort(np.subtract.outer(a, b).ravel())
    assert value == np.median(differences)
    p = [stats.mannwhitneyu(a - d, b, method="exact").pvalue for d in (lower - 1e-6, lower + 1e-6, upper - 1e-6, upper + 1e-6)]
    assert [one < 0.05 for one in p] == [True, False, False, True]
    value, lower, upper = hodges_lehmann.middle(a, 0.9, "two-sided")
    means = np.sort([(x + y) / 2 for x, y in itertools.combinations_with_replacement(a, 2)])
    assert value == np.median(means)
    p = [stats.wilcoxon(a - d, method="exact").pvalue for d in (lower - 1e-6, lower + 1e-6, upper - 1e-6, upper + 1e-6)]
    assert [one < 0.1 for one in p] == [True, False, False, True]


def test_permutations_are_those_of_scipy_and_the_interval_is_what_they_do_not_refuse():
    found = test(A[:5], B[:6], kind="permutation")
    wanted = stats.permutation_test(
        (A[:5], B[:6]), lambda x, y: stats.ttest_ind(x, y, equal_var=False).statistic, vectorized=False
    )
    same(found.p, wanted.pvalue)
    assert "462 permutations" in found.sentence
    for seed in range(12):
        values = np.random.default_rng(seed)
        found = test(values.normal(0.9, size=12), values.normal(size=9), kind="permutation", resamples=999)
        assert (found.p <= 0.05) == (not found.estimate.lower <= 0 <= found.estimate.upper)
    tiny = test(A[:3], B[:3], kind="permutation")
    assert np.isinf(tiny.estimate.lower)
    assert "the least p is 0.1" in tiny.doubts[0].found


@pytest.mark.parametrize(("t", "df"), [(-4.2, 7.3), (0.0, 12), (2.5, 3), (25.0, 40)])
def test_the_noncentral_interval_is_where_its_distribution_says(t, df):
    lower, upper = effects.noncentral(t, df, 0.9)
    np.testing.assert_allclose([stats.nct.cdf(t, df, lower), stats.nct.cdf(t, df, upper)], [0.95, 0.05], atol=1e-7)
    assert effects.noncentral(t, df, 0.9, "greater")[1] == np.inf


@pytest.mark.parametrize(
    ("t", "df"), [(4.1700534777, 463.5735979), (4.1258123395, 240.17073810), (-5.1215757789, 675.2741868823)]
)
def test_where_scipy_has_no_noncentral_t_its_integral_has(t, df):
    """On the way to these bounds SciPy 1.17 gives NaN."""
    lower, upper = effects.noncentral(t, df, 0.95)

    def below(nc):
        about = np.sqrt(df) + np.linspace(-9, 9, 100_001)
        return integrate.trapezoid(stats.chi(df).pdf(about) * stats.norm.cdf(t * about / np.sqrt(df) - nc), about)

    np.testing.assert_allclose([below(lower), below(upper)], [0.975, 0.025], atol=1e-9)
    assert np.isfinite(effects.chance_below(-4.11193159, 83.57596217, 4.63047233))


@pytest.mark.parametrize(
    ("kind", "true_effect", "pairs"),
    [
        ("welch", SIZE * np.sqrt(2), False),
        ("paired", SIZE, True),
        ("mann-whitney", stats.norm.cdf(SIZE), False),
        ("wilcoxon", 2 * stats.norm.cdf(SIZE * np.sqrt(2)) - 1, True),
        ("yuen", None, False),
    ],
)  # fmt: skip
def test_intervals_hold_the_truth(kind, true_effect, pairs):
    """Of 150 pairs of samples 95 % should; 19 misses are one chance in 10,000. `benchmarks.tests` has more of them."""
    draws = np.random.default_rng(11)
    missed = missed_effect = 0
    for _ in range(150):
        found = test(draws.normal(0.8, 1, 18), draws.normal(0, 2, 18 if pairs else 24), kind=kind)
        missed += not found.estimate.lower <= 0.8 <= found.estimate.upper
        missed_effect += true_effect is not None and not found.effect.lower <= true_effect <= found.effect.upper
    assert missed <= 19
    assert missed_effect <= 19


def test_along_time_p_is_that_of_effective_numbers():
    x = noise("AR(1) 0.9 + noise", (2, 1, 800), np.random.default_rng(3))
    series = [xr.DataArray(one[0], dims="time") for one in x]
    for careful in (False, True):
        found = test(*series, conservative=careful)
        worth = effective_of(x, ("ar", "ar1", "geyer") if careful else ("ar",))
        same(found.p, p_values(x, worth)[0])
        same([g.effective for g in found.groups], worth[:, 0])
    assert "800 and 800 that follow one another, worth" in found.sentence
    plain = test(x[0, 0], x[1, 0])
    assert plain.p < found.p
    assert [check.assumption for check in plain.doubts] == ["independent values"]
    alone = test(series[0], level=0.9)
    np.testing.assert_allclose([alone.estimate.lower, alone.estimate.upper], describe(series[0], ci=0.9)["mean_ci"], rtol=1e-10)


def test_pairs_along_time_are_a_series_of_differences():
    load = ar1(4, 1000, 0.95)
    one, other = (xr.DataArray(load + rng.normal(size=1000) + d, dims="time") for d in (0.2, 0.0))
    found = test(one, other, kind="paired")
    assert found.groups[0].effective > 500  # what both have in common is gone
    assert found.shown
    assert found.p == test(one - other).p
    assert not test(one, other).shown


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # that they are short is not asked here
def test_false_alarms_of_series_are_few():
    alarms = 0
    for seed in range(60):
        series = [xr.DataArray(ar1(1000 + 2 * seed + i, 400, 0.9), dims="time") for i in (0, 1)]
        alarms += test(*series).p < 0.05
    assert alarms <= 9  # one chance in 1,000 if each has 5 %; plain tests have 40


@pytest.mark.parametrize("kind", ["yuen", "mann-whitney", "permutation", "levene", "wilcoxon"])
def test_what_does_not_know_series_refuses_them(kind):
    series = [xr.DataArray(ar1(seed, 300), dims="frame") for seed in (1, 2)]
    with pytest.raises(DimsError, match="follow one another") as caught:
        test(*series, kind=kind)
    assert "kind=" in caught.value.hint
    with pytest.raises(DimsError, match="follow one another"):
        test(series[0], kind="normality")


def images(n=12):
    draws = np.random.default_rng(5)
    kind = np.repeat(["sand", "clay"], n // 2)
    data = {
        "porosity": (("image", "camera"), draws.normal(0.3, 0.02, (n, 2)) + 0.08 * (kind == "sand")[:, None], {"units": "1"}),
        "mean_chord": ("image", draws.normal(9, 1, n), {"units": "um"}),
    }
    return xr.Dataset(data, {"kind": ("image", kind), "camera": ["left", "right"]})


def test_a_dataset_is_a_family_of_tests():
    found = test(images(), by="kind")
    assert isinstance(found, Tests)
    assert [(r.measure, r.places, r.family) for r in found] == [
        ("porosity", (("camera", "left"),), 3), ("porosity", (("camera", "right"),), 3), ("mean chord", (), 3)
    ]  # fmt: skip
    same([r.adjusted for r in found], adjusted([r.p for r in found]))
    assert found.table()["p_adjusted"].tolist() == [r.adjusted for r in found]
    assert "estimate_value" not in found.table().attrs["units"]  # which differ
    assert repr(found) == "Tests(2 of 3 show something, p adjusted by Holm; the least p < 0.001)"
    assert found["mean_chord"].unit == "um"
    assert found.to_xarray().sizes["test"] == 3
    places = test(images()["porosity"], by="kind")
    ds = places.to_xarray()
    assert ds["p"].dims == ("camera",)
    assert ds["estimate_ci"].sizes == {"camera": 2, "bound": 2}
    assert ds["camera"].values.tolist() == ["left", "right"]
    assert ds["estimate"].sel(camera="right").item() == places[1].estimate.value
    many = test(images().isel(camera=0, drop=True), by="kind").to_xarray()
    assert many["measure"].values.tolist() == ["porosity", "mean chord"]
    assert many["unit"].values.tolist() == ["1", "um"]


@pytest.mark.parametrize("kind", ["paired", "wilcoxon", "paired-permutation"])
def test_a_label_says_which_values_are_of_one_subject(kind):
    """In whatever order the rows of a long table lie."""
    frame = pd.DataFrame({"value": np.r_[A, B[:20]], "kind": ["new"] * 20 + ["old"] * 20, "core": [*range(20), *range(20)]})
    wanted = test(A, B[:20], kind=kind, names=["new", "old"], alternative="greater")
    found = test(frame.sample(frac=1, random_state=3), by="kind", subject="core", kind=kind, alternative="greater")
    same([found.p, found.estimate.value, found.effect.lower], [wanted.p, wanted.estimate.value, wanted.effect.lower])
    assert found.sentence.replace("value ", "") == wanted.sentence.replace("value ", "")
    other = test(frame, by="kind", subject="core", kind=kind, alternative="less", names=["old", "new"])
    np.testing.assert_allclose(other.p, wanted.p, rtol=1e-12)
    assert test(frame.iloc[3:], by="kind", subject="core", kind=kind).matched == 17


def test_equivalence_of_pairs_is_that_of_their_differences():
    off = A - B[:20]
    found = test(np.r_[A, B[:20]], by=["new"] * 20 + ["old"] * 20, subject=[*range(20)] * 2, kind="tost", margin=2.5)
    alone = test(off, kind="tost", margin=2.5)
    assert (found.p, found.estimate.lower, found.effect.upper) == (alone.p, alone.estimate.lower, alone.effect.upper)
    p = [stats.ttest_1samp(off, end, alternative=side).pvalue for end, side in ((-2.5, "greater"), (2.5, "less"))]
    same(found.p, max(p))
    assert (found.matched, found.effect.name) == (20, "Cohen d_z")
    assert "between new and old by less than 2.5 (mean difference" in found.sentence
    assert "n = 20 pairs" in found.sentence


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 1000).map(lambda i: i / 1000), min_size=2, max_size=30))
def test_adjusted_p_are_those_of_peers(p):
    np.testing.assert_allclose(adjusted(p), multipletests(p, method="holm")[1], rtol=1e-12)
    np.testing.assert_allclose(adjusted(p, "fdr"), multipletests(p, method="fdr_bh")[1], rtol=1e-12)


def test_a_test_of_many_is_found_by_what_its_measure_is_called_in_the_data_too():
    data = images()
    data["mean_chord"].attrs["long_name"] = "mean gap"
    found = test(data, by="kind")
    assert found["mean_chord"] is found["mean gap"] is found["mean_gap"]
    assert (found["mean_chord"].measure, found["mean_chord"].variable) == ("mean gap", "mean_chord")


def test_figures_have_a_row_for_each_test_a_panel_for_each_unit_and_say_p():
    found = test(images(), by="kind")
    drawn = found.plot()
    assert [axis.title.text for axis in (drawn.layout.xaxis, drawn.layout.xaxis2)] == [
        "difference of means, 95 % interval", "difference of means, 95 % interval (\u00b5m)"
    ]  # fmt: skip
    assert sorted(x for trace in drawn.data for x in trace.x) == sorted(r.estimate.value for r in found)
    assert [note.text for note in drawn.layout.annotations][:2] == ["adj. p &lt; 0.001"] * 2
    assert [line.x0 for line in drawn.layout.shapes] == [0, 0]
    alone = test(A, popmean=3.0).plot()
    assert alone.layout.shapes[0].x0 == 3.0
    assert "Mean value is" in alone.layout.title.text
    open_ended = test(A[:3], B[:3], kind="permutation").plot()
    assert np.isfinite(open_ended.data[0].error_x.array[0])


def test_an_analyzer_adjusts_for_all_that_it_was_asked():
    analyzer = StatisticalAnalyzer(images(), "image", level=0.9)
    first = analyzer.test("mean_chord", by="kind")
    assert (first.adjusted, first.estimate.level) == (None, 0.9)
    both = analyzer.test("porosity", by="kind")
    assert [r.family for r in both] == [3, 3]
    assert [r.adjusted for r in analyzer.tests] == adjusted([first.p, *(r.p for r in both)]).tolist()
    assert analyzer.test([1.0, 2, 3, 4], popmean=2).family == 4
    assert analyzer.describe("mean_chord")["count"].item() == 12
    with pytest.raises(OptionError, match="no data"):
        StatisticalAnalyzer().test()


@pytest.mark.parametrize(
    ("args", "options", "says"),
    [
        (
            (A, B),
            {"names": ["A", "B"]},
            r"^Mean value is \d\.\d+ \(95 % CI .* higher in A than in B \(Welch t\(.*n = 20 and 26\)",
        ),
        ((B, A), {"names": ["B", "A"]}, "lower in B than in A"),
        ((A, A[::-1] + 0.01), {}, r"no difference is shown\.$"),
        ((A,), {"popmean": 3.0}, r"above 3 \(t\(19\)"),
        ((A,), {"popmean": 5.0, "alternative": "greater"}, "or more"),
        ((A, B), {"kind": "tost", "margin": 3}, "differs between first and other by less than 3"),
        ((A, B), {"kind": "tost", "margin": 0.1}, "is not shown to differ between first and other by less than 0.1"),
        ((A, B), {"kind": "levene"}, "times as large in first as in other"),
        ((A, B), {"kind": "mann-whitney"}, "a value of first is above one of other with a chance of"),
        ((np.exp(A),), {"kind": "normality"}, "is not normal"),
        ((A, B[:20]), {"kind": "wilcoxon"}, "20 pairs that differ"),
    ],
)
def test_the_sentence_says_what_was_found(args, options, says):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = test(*args, **options)
    assert pd.Series([found.sentence]).str.contains(says).all(), found.sentence
    assert repr(found) == f"TestResult({found.sentence})"
    assert found.table()["test"].item() == found.test
    assert found.to_xarray()["p"].item() == found.p


def test_checks_say_what_speaks_against_it():
    def doubts(*args, **options):
        return {check.assumption for check in test(*args, **options).doubts}

    assert doubts(A, B) == set()
    assert "normal values" in doubts(np.exp(2 * A[:12]), B)
    assert doubts(rng.gamma(4, size=2000), rng.gamma(4, size=2000) + 1) <= {"no outliers"}  # skewed, but so many
    assert "no outliers" in doubts(np.r_[A, 60.0], B)
    assert "enough values" in doubts(A[:4], B)
    assert doubts(np.full(6, 3.0), B) == {"values that vary"}
    assert doubts(np.full(6, 3.0), B, kind="yuen") == {"values that vary"}
    assert "equal variances" in doubts(A, np.r_[B * 9, B * 9], kind="mann-whitney")
    assert "few ties" in doubts(np.round(A), np.round(B), kind="mann-whitney")
    assert "no zeros" in doubts(np.r_[A, 1, 2], np.r_[B[:20], 1, 2], kind="wilcoxon")
    with pytest.warns(NsiWarning, match="fewer than 200 values"):
        assert "long enough a series" in doubts(xr.DataArray(ar1(1, 60), dims="time"))


@pytest.mark.parametrize(
    ("args", "options", "error", "says"),
    [
        (([1.0], [2.0, 3]), {}, SeriesError, "first has 1 value, too few"),
        (([np.nan, np.nan], [2.0, 3]), {}, SeriesError, r"first has no values \(2 missing\)"),
        (([3.0, 3, 3], [5.0, 5]), {}, SeriesError, "each sample is constant, 3 in first and 5 in other"),
        (([0.1 + 0.2, 0.3, 0.3],), {}, SeriesError, "are the same"),
        (([1.0, np.inf], [2.0, 3]), {}, SeriesError, "infinite"),
        (([1.0, 2, 3], [2.0, 3, 4]), {"kind": "paired"}, SeriesError, "all 3 differences between first and other are -1"),
        (([1.0, 2], [1.0, 2]), {"kind": "wilcoxon"}, SeriesError, "no differences"),
        ((np.eye(4), np.eye(4)), {}, DimsError, "may be pixels"),
        ((xr.DataArray(np.eye(4), dims=("y", "x")), [1.0]), {"dim": ("y", "x")}, DimsError, "pixels and tiles along y, x"),
        (([1.0, 2, 3],), {"by": ["a", "a", "a"]}, SeriesError, "1 group: a; this test takes 2"),
        (([1.0, 2, 3],), {"by": ["a", "b", "c"]}, SeriesError, "the label names each row: 3 groups of 1"),
        (([1.0, 2, 3, 4],), {"by": ["a", "b", "c", "c"]}, SeriesError, "3 groups: a, b, c"),
        (([1.0, 2], [3.0, 4]), {"by": ["a", "b"]}, OptionError, "both another sample and by="),
        (([1.0, 2],), {"by": ["a", "b"], "kind": "paired"}, OptionError, "which values make a pair"),
        (([1.0, 2],), {"by": ["a", "b"], "subject": [1, 1], "kind": "welch"}, OptionError, "subject says which are not"),
        (([1.0, 2],), {"subject": [1, 1], "kind": "tost", "margin": 1}, OptionError, "by is not"),
        (([1.0, 2, 3],), {"by": ["a", "b", "a"], "subject": [7, 7, 7]}, SeriesError, "subject 7 has 2 values of 'a'"),
        (([1.0, 2],), {"kind": "welch"}, OptionError, "of one sample"),
        (([1.0, 2], [3.0, 4]), {"kind": "t"}, OptionError, "of two samples"),
        (([1.0, 2], [3.0, 4]), {"kind": "welsh"}, UnknownNameError, "unknown kind 'welsh'"),
        (([1.0, 2], [3.0, 4]), {"alternative": "both"}, UnknownNameError, "unknown alternative"),
        (([1.0, 2], [3.0, 4]), {"kind": "tost"}, OptionError, "margin"),
        (([1.0, 2], [3.0, 4]), {"margin": 1}, OptionError, "margin"),
        (([1.0, 2], [3.0, 4]), {"kind": "tost", "margin": -1}, OptionError, "margin=-1"),
        (([1.0, 2], [3.0, 4]), {"popmean": 1}, OptionError, "popmean"),
        (([1.0, 2], [3.0, 4]), {"trim": 0.2}, OptionError, "trim"),
        (([1.0, 2], [3.0, 4]), {"level": 95}, OptionError, "level"),
        (([1.0, 2], [3.0, 4]), {"adjust": "sidak"}, UnknownNameError, "unknown adjustment"),
        (([1.0, 2], [3.0, 4]), {"kind": "permutation", "resamples": 3}, OptionError, "resamples"),
        (([1.0, 2, 3, 4], [3.0, 4, 5, 6]), {"kind": "levene", "alternative": "less"}, OptionError, "no side"),
        (([1.0, 2, 3, 4], [3.0, 4, 5, 6]), {"kind": "yuen", "trim": 0.49}, NsiError, ""),
    ],
)
def test_refusals(args, options, error, says):
    if options.get("trim") == 0.49:
        assert test(*args, **options).p > 0  # of four values none is cut
        return
    with pytest.raises(error, match=says) as caught:
        test(*args, **options)
    assert caught.value.hint or error is UnknownNameError


@pytest.mark.parametrize(("m", "n", "level"), [(3, 3, 0.95), (8, 5, 0.95), (20, 30, 0.9)])
def test_of_samples_that_are_apart_the_chance_has_the_interval_of_newcombes_formula(m, n, level):
    found = effects.superiority(np.arange(m) + 100.0, np.arange(n) * 1.0, level)
    other = effects.superiority(np.arange(m) * 1.0, np.arange(n) + 100.0, level)
    theta = np.linspace(1e-6, 1 - 1e-6, 2_000_001)
    spread = theta * (1 - theta) * (1 + ((m + n) / 2 - 1) * ((1 - theta) / (2 - theta) + theta / (1 + theta))) / m / n
    wanted = theta[np.flatnonzero(1 - theta <= stats.norm.isf((1 - level) / 2) * np.sqrt(spread))[0]]
    assert (found.value, found.upper, other.value, other.lower) == (1, 1, 0, 0)
    np.testing.assert_allclose([found.lower, 1 - other.upper], wanted, atol=2e-6)


@pytest.mark.parametrize("side", ["two-sided", "less", "greater"])
def test_permutations_of_pairs_are_all_flips_of_signs(side):
    one, other = A[:9], B[:9]
    found = test(one, other, kind="paired-permutation", alternative=side)
    off = one - other
    flips = np.array(list(itertools.product([1, -1], repeat=9))) * off
    t = flips.mean(axis=1) / flips.std(axis=1, ddof=1) * 3
    seen = stats.ttest_1samp(off, 0).statistic
    above, below = (t >= seen - 1e-9).mean(), (t <= seen + 1e-9).mean()
    assert found.p == pytest.approx({"two-sided": min(1, 2 * min(above, below)), "less": below, "greater": above}[side])
    assert found.statistic == pytest.approx(seen)
    assert found.table()["n"].item() == found.matched == 9
    assert "9 pairs" in found.sentence


@pytest.mark.parametrize("scale", [1e-70, 1e-12, 1e12, 1e70])
@pytest.mark.parametrize("kind", ["welch", "paired", "yuen", "levene", "wilcoxon", "permutation", "paired-permutation"])
def test_a_scale_changes_no_p(scale, kind):
    plain, scaled = (test(A * s, B[:20] * s, kind=kind) for s in (1.0, scale))
    np.testing.assert_allclose(scaled.p, plain.p, rtol=1e-9)


@pytest.mark.parametrize("scale", [1e-100, 1e100])
def test_values_whose_powers_are_no_floats_are_refused(scale):
    with pytest.raises(SeriesError, match="have powers that no float can hold"):
        test(A * scale, B * scale)


@pytest.mark.parametrize("side", ["less", "greater"])
def test_trimmed_means_that_do_not_differ_have_an_effect_with_an_interval(side):
    found = test([1.0, 2, 3, 4, 5], [1.0, 2, 3, 4, 5], kind="yuen", alternative=side)
    assert found.effect.value == 0
    assert np.isfinite(found.effect.lower if side == "greater" else found.effect.upper)


def test_pairs_are_counted_once():
    gone = A.copy()
    gone[3] = np.nan
    for kind in ("paired", "wilcoxon", "paired-permutation"):
        row = test(gone, B[:20], kind=kind).table()
        assert (row["n"].item(), row["effective"].item()) == (19, 19)
    assert test(gone, B[:20]).table()["n"].item() == 39


def test_the_sentence_says_what_the_family_makes_of_it():
    data = xr.Dataset({"a": ("image", np.r_[A, B[:20]]), **{f"m{i}": ("image", rng.normal(size=40)) for i in range(4)}})
    found = test(data, by=["s"] * 20 + ["c"] * 20, dim="image")
    for one in found:
        assert f"; adjusted for 5 tests p {'' if one.adjusted < 0.001 or one.adjusted > 0.99 else '= '}" in one.sentence
        assert one.sentence.count("adjusted") == 1
        assert ("which shows nothing" in one.sentence) == (one.p <= 0.05 < one.adjusted)
    analyzer = StatisticalAnalyzer(data.assign_coords(kind=("image", ["s"] * 20 + ["c"] * 20)), "image")
    analyzer.test(by="kind")
    assert [one.sentence.count("adjusted for 6 tests") for one in (analyzer.test("a", by="kind"), *analyzer.tests)] == [1] * 7
    assert "adjusted" not in test(A, B).sentence


@pytest.mark.parametrize("kind", ["frame", "series"])
def test_levels_of_an_index_are_labels(kind):
    frame = pd.DataFrame({"v": np.r_[A, B]}, pd.MultiIndex.from_arrays([[1] * 20 + [2] * 26, range(46)], names=["g", None]))
    found = test(frame if kind == "frame" else frame["v"], by="g")
    assert found.p == pytest.approx(test(A, B).p)


def test_a_label_that_is_empty_is_none():
    found = test(np.r_[A, B, 7.0], by=["a"] * 20 + ["b"] * 26 + [""])
    assert found.p == pytest.approx(test(A, B).p)
    assert any("1 value has no label" in check.found for check in found.doubts)


@pytest.mark.parametrize("index", ["periods", "column"])
def test_times_of_pandas_are_times(index):
    series = ar1(1, 300, 0.8)
    times = pd.date_range("2026-01-01", periods=300, freq="h")
    given = pd.Series(series, times.to_period("h")) if index == "periods" else pd.DataFrame({"time": times, "v": series})
    assert test(given, tz="UTC").groups[0].effective < 100


def test_groups_that_take_turns_in_one_series_are_refused_and_regress_knows_them():
    series = xr.DataArray(ar1(1, 720, 0.8), dims="time")
    shift = xr.DataArray(np.where(np.arange(720) // 12 % 2, "night", "day"), dims="time")
    with pytest.raises(SeriesError, match="labels change 59 times along 'time'") as refused:
        test(series.assign_coords(shift=shift), by="shift")
    assert refused.value.hint.startswith("regress(values, values['shift'] == 'day')")
    assert regress(series, (shift == "day").rename("day")).errors.startswith("noise by an autoregressive model")
    whole = xr.DataArray(np.where(np.arange(720) // 240 == 1, "during", "else"), dims="time")
    assert test(series.assign_coords(part=whole), by="part").p > 0


def test_an_analyzer_describes_and_explains():
    data = xr.Dataset({"a": ("image", A), "b": ("image", B[:20]), "who": ("image", np.arange(20) // 4)})
    analyzer = StatisticalAnalyzer(data, "image")
    assert analyzer.regress("a", "b")["b"].value == pytest.approx(stats.linregress(B[:20], A).slope)
    assert analyzer.regress("a", ["b"], cluster="who").errors.startswith("clusters: 5")
    assert list(analyzer.describe().table()["measure"]) == ["a", "b", "who"]
    assert len(analyzer.tests) == 0
    with pytest.raises(UnknownNameError, match="unknown variable 'c'"):
        analyzer.test("c")


def test_a_series_is_described_and_a_table_is_not_one_measure():
    assert describe(pd.Series(A), ci=0.95)["mean_ci"].values == pytest.approx(stats.t.interval(0.95, 19, A.mean(), stats.sem(A)))
    with pytest.raises(SeriesError, match="a table with the columns a, b"):
        describe(pd.DataFrame({"a": A, "b": B[:20]}))


TINY = {
    "normal": lambda rng, n: rng.normal(size=n),
    "ties": lambda rng, n: rng.integers(0, 3, n).astype(float),
    "wild": lambda rng, n: rng.standard_cauchy(n),
    "offset": lambda rng, n: 1e8 + 1e-7 * rng.normal(size=n),
    "apart": lambda rng, n: rng.normal(size=n) + rng.choice([0, 1e6]),
}


@pytest.mark.parametrize("values", TINY)
def test_two_to_five_values_have_an_answer_without_nan_or_a_refusal_of_ours(values):
    """Of all tests; NaN without a warning is no answer, and no error of SciPy's comes out."""
    rng, answered = np.random.default_rng(5), set()
    for m, n in list(itertools.product((2, 3, 4, 5), (2, 3, 5))) * 2:
        one, other, partner = (TINY[values](rng, size) for size in (m, n, m))
        asked = [((one,), kind) for kind in ("t", "wilcoxon", "normality", "tost")]
        asked += [((one, other), k) for k in ("welch", "yuen", "mann-whitney", "permutation", "levene", "tost")]
        asked += [((one, partner), kind) for kind in ("paired", "wilcoxon", "paired-permutation")]
        for samples, kind in asked:
            side = "two-sided" if kind in ("tost", "levene", "normality") else rng.choice(["two-sided", "less", "greater"])
            options = {"margin": 0.5} if kind == "tost" else {"resamples": 99} if "permutation" in kind else {}
            try:
                found = test(*samples, kind=kind, alternative=side, **options)
            except NsiError:
                continue
            answered.add(kind)
            ends = [end for one in (found.estimate, found.effect) if one for end in (one.value, one.lower, one.upper)]
            assert not np.isnan([found.statistic, found.p, *found.df, *ends]).any(), (kind, samples)
            assert all(one.lower <= one.upper for one in (found.estimate, found.effect) if one), (kind, samples)
            assert "nan" not in found.sentence.lower(), (kind, samples)
    assert len(answered) == 11


def test_hedges_g_of_one_degree_of_freedom_has_no_unbiased_value_and_is_left_out():
    found = test([1.0, 2.0], [2.0, 2.0])
    assert found.df == (1.0,)
    assert found.effect is None
    assert "effect" not in found.table().columns
    assert test([1.0, 2.0], [2.0, 2.0, 2.0, 2.1]).effect is not None


@pytest.mark.parametrize("value", ["3 mm", "three", [3.0], np.nan, None])
def test_a_number_to_test_against_is_one_number_in_the_unit_of_the_values(value):
    x = xr.DataArray([3.1, 2.9, 3.3, 3.0], dims="image", attrs={"units": "mm"})
    with pytest.raises(OptionError, match="margin="):
        test(x, popmean=3.0, kind="tost", margin=value)
    if value is not None:
        with pytest.raises(OptionError, match="popmean=") as told:
            test(x, popmean=value)
        assert "in the unit of the values" in str(told.value)
    assert test(x, popmean=np.int64(3)).null == 3.0
