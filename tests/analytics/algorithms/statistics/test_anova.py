"""Analyses of variance: what they are given, what they say, and how often they are wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from nsi_notebook.analytics import StatisticalAnalyzer, anova
from nsi_notebook.analytics.algorithms.effective import effective_of
from nsi_notebook.analytics.algorithms.statistics.result import TestResult
from nsi_notebook.analytics.algorithms.statistics.variance import f_of
from nsi_notebook.errors import DimsError, OptionError, SeriesError, UnknownNameError
from tests.analytics.algorithms.noises import noise

short = pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # of series that are short on purpose


def samples(seed=0, n=12):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(10 + away, 1 + away / 2, n) for name, away in (("clay", 0.0), ("loam", 0.5), ("sand", 2.0))}


def frame(given, **more):
    parts = [pd.DataFrame({"soil": name, "size": values, "plot": range(len(values))}) for name, values in given.items()]
    found = pd.concat(parts, ignore_index=True).assign(**more)
    found.attrs["units"] = {"size": "um"}
    return found.sample(frac=1, random_state=1).reset_index(drop=True)


def same(one, other):
    assert (one.statistic, one.p) == pytest.approx((other.statistic, other.p), rel=1e-12)
    assert [g.name for g in one.groups] == [g.name for g in other.groups]
    assert [g.mean for g in one.groups] == pytest.approx([g.mean for g in other.groups])


def test_all_ways_to_give_groups_say_the_same():
    given = samples()
    wanted = stats.f_oneway(*given.values(), equal_var=False)
    found = anova(given)
    assert isinstance(found, TestResult)
    assert (found.statistic, found.p) == pytest.approx((wanted.statistic, wanted.pvalue), rel=1e-12)
    wide = xr.DataArray(list(given.values()), dims=("soil", "sample"), coords={"soil": list(given)}, attrs={"units": "um"})
    flat = xr.DataArray(
        np.concatenate(list(given.values())), dims="image", coords={"soil": ("image", np.repeat(list(given), 12))}
    )
    long = frame(given, other=1.0)
    for other in (
        anova([pd.Series(v, name=k) for k, v in given.items()]),
        anova(wide, "soil"),
        anova(wide.rename("size").to_dataset(), "soil"),
        anova(flat, "soil"),
        anova(flat.drop_vars("soil"), flat["soil"].values),
        anova(long, "soil", values="size"),
        anova(long["size"], long["soil"]),
        anova(dict(wide.to_pandas().T)),
    ):
        same(other, found)
    assert anova(long, "soil", values="size").unit == anova(wide, "soil").unit == "um"
    assert [g.name for g in anova(list(given.values())).groups] == ["1", "2", "3"]


def test_methods_are_those_of_scipy():
    given = samples(1)
    for method, wanted in (
        ("welch", stats.f_oneway(*given.values(), equal_var=False)),
        ("classical", stats.f_oneway(*given.values())),
        ("kruskal", stats.kruskal(*given.values())),
        ("friedman", stats.friedmanchisquare(*given.values())),
    ):
        found = anova(given, kind=method)
        assert (found.statistic, found.p) == pytest.approx((wanted.statistic, wanted.pvalue), rel=1e-12)
        assert len(found.pairs) == 3
        assert found.effect.lower <= found.effect.value <= found.effect.upper


def test_subjects_may_be_a_dim_beside_that_of_the_conditions():
    data = xr.DataArray(np.random.default_rng(3).normal(size=(3, 9)), {"soil": list("abc")}, ("soil", "plot"), name="size")
    wanted = anova(data, "soil", "plot", kind="repeated")
    assert anova(data, "soil", subject="plot").p == anova(data, "soil", "plot", subject="plot").p == wanted.p


def test_subjects_are_laid_side_by_side_and_incomplete_ones_are_counted():
    given = samples(2)
    table = np.stack(list(given.values()), axis=1)
    long = frame(given)
    array = xr.DataArray(table, dims=("plot", "soil"), coords={"soil": list(given), "plot": range(12)}, attrs={"units": "um"})
    found = anova(long, "soil", values="size", subject="plot")
    for other in (anova(array, "soil", kind="repeated"), anova(given, kind="repeated")):
        same(other, found)
    flat = array.stack(image=("plot", "soil"))
    same(anova(flat.reset_index("image"), "soil", subject="plot"), found)
    assert found.effect.name == "partial omega^2"
    assert len(found.df) == 2
    lacking = anova(
        long.drop(index=long.index[(long["plot"] == 3) & (long["soil"] == "loam")]), "soil", values="size", subject="plot"
    )
    same(lacking, anova({k: np.delete(v, 3) for k, v in given.items()}, kind="repeated"))
    assert {g.n for g in lacking.groups} == {11}
    assert [g.missing for g in lacking.groups] == [0, 1, 0]
    assert "1 of 12 subjects lacks a value, and is left out" in [c.found for c in lacking.checks if not c.met]


def test_missing_values_are_left_out_and_counted():
    given = samples(3)
    given["loam"][:3] = np.nan
    found = anova(given)
    same(found, anova({k: v[~np.isnan(v)] for k, v in given.items()}))
    assert [(g.n, g.missing) for g in found.groups] == [(12, 0), (9, 3), (12, 0)]


def test_places_and_measures_are_a_family():
    rng = np.random.default_rng(4)
    data = xr.DataArray(
        rng.normal(size=(3, 20, 4)) + np.arange(3)[:, None, None] * np.arange(4), dims=("soil", "sample", "camera"),
        coords={"soil": ["a", "b", "c"], "camera": list("ABCD")},
    )  # fmt: skip
    found = anova(data, "soil", "sample")
    assert len(found) == 4
    assert [dict(r.places)["camera"] for r in found] == list("ABCD")
    alone = [stats.f_oneway(*data.sel(camera=c).values, equal_var=False).pvalue for c in "ABCD"]
    from statsmodels.stats.multitest import multipletests

    assert [r.p for r in found] == pytest.approx(alone, rel=1e-12)
    assert [r.adjusted for r in found] == pytest.approx(multipletests(alone, method="holm")[1], rel=1e-12)
    assert all(not r.pairs for r in found)
    assert len(anova(data, "soil", "sample", pairs=True)[0].pairs) == 3
    both = xr.Dataset({"size": data.sel(camera="A", drop=True), "count": data.sel(camera="D", drop=True)})
    assert [r.measure for r in anova(both, "soil", "sample")] == ["size", "count"]


def test_an_analyzer_counts_it_among_what_was_asked():
    given = samples(11)
    soils = xr.DataArray(
        np.concatenate(list(given.values())), dims="image", coords={"soil": ("image", np.repeat(list(given), 12))}
    )
    analyzer = StatisticalAnalyzer(soils, dim="image", level=0.9)
    alone = analyzer.anova(by="soil")
    again = analyzer.anova(by="soil", kind="kruskal")
    assert (alone.p, alone.effect.level, len(alone.pairs)) == (anova(given).p, 0.9, 3)
    assert again.family == 2
    assert again.adjusted >= again.p


def test_groups_along_time_count_as_their_effective_numbers():
    x = noise("AR(1) 0.9", (3, 500), np.random.default_rng(5))
    data = xr.DataArray(x, dims=("run", "time"), coords={"run": ["a", "b", "c"]})
    found = anova(data, "run")
    n = effective_of(x, ("ar",))
    assert [g.effective for g in found.groups] == pytest.approx(n)
    assert found.p == pytest.approx(f_of(list(x), n).p, rel=1e-12)
    assert found.p > 5 * stats.f_oneway(*x, equal_var=False).pvalue
    assert "effective number" in found.method
    assert all(check.p is None for check in found.checks)


@short
def test_the_smallest_effective_number_is_more_careful():
    x = noise("white", (3, 150), np.random.default_rng(6))
    data = xr.DataArray(x, dims=("run", "time"))
    plain, careful = ([g.effective for g in anova(data, "run", conservative=c).groups] for c in (False, True))
    assert careful == pytest.approx(effective_of(x, ("ar", "ar1", "geyer")))
    assert all(one <= other for one, other in zip(careful, plain, strict=True))


@pytest.mark.parametrize(("kind", "most"), [("white", 0.08), ("AR(1) 0.9", 0.09), ("AR(2) cyclic", 0.08)])
def test_false_alarms_of_series_without_difference_are_rare(kind, most):
    """Where a plain test of AR(1) noise of 0.9 finds a difference in most; benchmarks/variance.py has more kinds."""
    x = noise(kind, (3, 300, 1000), np.random.default_rng(7))
    n = np.maximum(effective_of(x, ("ar",)), 1 + 1e-9)
    found = np.array([f_of(list(x[:, i]), n[:, i]).p for i in range(300)])
    assert np.mean(found < 0.05) <= most


def test_what_is_said_of_the_assumptions():
    found = anova(samples(8), kind="classical")
    said = {check.assumption: check for check in found.checks}
    assert set(said) == {"enough values", "balance", "no outliers", "independent values", "normal residuals", "equal variances"}
    given = list(samples(8).values())
    wanted = stats.levene(*given, center="median")
    assert (said["equal variances"].statistic, said["equal variances"].p) == pytest.approx(tuple(wanted), rel=1e-12)
    rng = np.random.default_rng(9)
    odd = {"a": rng.exponential(1, 40), "b": rng.exponential(9, 40), "c": rng.exponential(1, 5)}
    doubts, fewer = ({c.assumption for c in anova(odd, kind=m).doubts} - {"no outliers"} for m in ("classical", "welch"))
    assert doubts == {"enough values", "balance", "normal residuals", "equal variances"}
    assert fewer == {"enough values", "normal residuals"}
    turns = anova({k: np.arange(30) % 10 + rng.normal(size=30) for k in "abc"})
    assert "independent values" in {c.assumption for c in turns.doubts}
    walk = {str(i): v for i, v in enumerate(rng.normal(size=(40, 5)).cumsum(axis=1).T)}
    corrected, plain = anova(walk, kind="repeated"), anova(walk, kind="repeated", corrected=False)
    assert [c.met for r in (corrected, plain) for c in r.checks if c.assumption == "sphericity"] == [True, False]
    assert corrected.df[0] < plain.df[0] == 4


def test_sentences_say_what_was_found():
    given = samples(10)
    soils = xr.DataArray(list(given.values()), dims=("soil", "sample"), coords={"soil": list(given)}, name="pore_size")
    found = anova(soils.assign_attrs(units="um"), "soil")
    assert found.sentence.startswith("The means of pore size differ between 3 groups (F(2, ")
    assert "um in sand; omega^2 = " in found.sentence
    assert repr(found) == f"Anova({found.sentence})"
    top = found.pairs[1]
    assert top.sentence.startswith("Pore size is higher in sand than in clay, by ")
    alike = anova({k: np.random.default_rng(i).normal(size=9) for i, k in enumerate("abc")})
    assert "not shown to differ" in alike.sentence
    assert "not shown to differ between a and b" in alike.pairs[0].sentence
    table = found.pair_table()
    assert list(table["one"]) == ["clay", "clay", "loam"]
    assert (table["family"] == 3).all()
    assert found.table()["effect"].tolist() == ["omega^2"]
    assert anova(given, effect="eta^2").effect.value > found.effect.value


@pytest.mark.parametrize(
    ("data", "options", "error", "said"),
    [
        ({"a": [1.0, 2.0]}, {}, SeriesError, "one group, 'a': nothing to compare"),
        ({"a": [1.0, 2.0], "b": [3.0]}, {}, SeriesError, "group 'b' has 1 value"),
        ({"a": [1.0, 2.0], "b": [3.0, np.nan]}, {}, SeriesError, "group 'b' has 1 value, 1 being NaN"),
        ({"a": [np.nan, np.nan], "b": [3.0, 4.0]}, {}, SeriesError, "group 'a' has no values, 2 being NaN"),
        ({"a": [1.0, 1.0], "b": [3.0, 3.0]}, {}, SeriesError, "in each group all values are the same"),
        ({"a": [1.0, 1.0], "b": [3.0, 4.0]}, {}, SeriesError, "all values of 'a' are the same, and Welch's test needs a spread"),
        ({"a": [1.0, 1.0], "b": [1.0, 1.0]}, {"kind": "repeated"}, SeriesError, "all values are 1: nothing to compare"),
        ({"a": [1.0, np.nan], "b": [np.nan, 3.0]}, {"kind": "repeated"}, SeriesError, "0 of 2 subjects have a value in each"),
        ({"a": [1.0, 2.0, 3.0], "b": [2.0, 4.0]}, {"kind": "repeated"}, SeriesError, "pairs of 3 and 2 values"),
        ({"a": [1.0, 2.0], "b": [3.0, 4.0]}, {"kind": "friedman"}, SeriesError, "2 conditions are too few"),
        ({k: [2.0, 1.0, 3.0] for k in "abc"}, {"kind": "friedman"}, SeriesError, "in every subject all values are the same"),
        ({"a": [1.0, np.inf], "b": [3.0, 4.0]}, {}, SeriesError, "infinite"),
        ({"a": [1.0, 2.0], "b": [3.0, 4.0]}, {"kind": "anova"}, UnknownNameError, "unknown kind 'anova'"),
        ({"a": [1.0, 2.0], "b": [3.0, 4.0]}, {"level": 95}, OptionError, "level=95 is not a level"),
        ({"a": [1.0, 2.0], "b": [3.0, 4.0]}, {"adjust": "sidak"}, UnknownNameError, "unknown adjustment 'sidak'"),
        ({"a": [1.0, 2.0], "b": [3.0, 4.0]}, {"effect": "omega"}, OptionError, "effect is 'omega'"),
        ({"a": [1.0, 2.0], "b": [3.0, 4.0]}, {"effect": "eta^2", "kind": "kruskal"}, OptionError, "effect is 'eta^2'"),
        ({"a": [1.0, 2.0], "b": [3.0, 4.0]}, {"subject": "who"}, OptionError, "subject is given, and by is not"),
        ([1.0, 2.0, 3.0], {}, OptionError, "which values are a group is not said"),
        (np.zeros((4, 3)), {}, OptionError, "which values are a group is not said"),
        (frame(samples()), {}, OptionError, "which values are a group is not said"),
        (frame(samples()), {"by": "sort"}, UnknownNameError, "unknown label 'sort'"),
        (frame(samples()), {"by": "soil", "values": "sizes"}, UnknownNameError, "unknown column 'sizes'"),
        (frame(samples()), {"by": "soil", "kind": "repeated"}, OptionError, "which values are of one subject is not said"),
        (frame(samples()), {"by": "soil", "kind": "welch", "subject": "plot"}, OptionError, "takes values as independent"),
        (pd.concat([frame(samples())] * 2), {"by": "soil", "values": "size", "subject": "plot"}, SeriesError, "has 2 values of"),
        (xr.DataArray(np.zeros((3, 8, 8)), dims=("image", "y", "x")), {"by": "image"}, DimsError, "not independent"),
        (xr.DataArray(np.zeros((3, 9)), dims=("run", "time")), {"by": "run", "kind": "kruskal"}, DimsError, "ranks have no"),
        (xr.DataArray(np.zeros((3, 9)), dims=("run", "time")), {"by": "run", "kind": "repeated"}, DimsError, "are no subjects"),
    ],
)  # fmt: skip
@short
def test_what_cannot_be_answered_says_why(data, options, error, said):
    with pytest.raises(error) as caught:
        anova(data, **options)
    assert said in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint or isinstance(caught.value, UnknownNameError)


@short
def test_a_series_worth_one_value_is_refused():
    steady = xr.DataArray(np.stack([np.linspace(i, i + 1, 60) for i in range(3)]), dims=("run", "time"))
    with pytest.raises(SeriesError, match="worth 1 of 60 independent values along 'time', as a walk, a trend or a jump is"):
        anova(steady, "run")


@pytest.mark.parametrize("drawn", ["normal", "exponential", "standard_t"])
def test_spreads_of_groups_are_compared_as_scipy_does_with_the_effect_of_the_distances(drawn):
    rng = np.random.default_rng(12)
    args = (5,) if drawn == "standard_t" else ()
    groups = {name: size * getattr(rng, drawn)(*args, size=n) for name, size, n in (("a", 1, 20), ("b", 1.5, 26), ("c", 3, 31))}
    found = anova(groups, kind="levene")
    peer = stats.levene(*groups.values(), center="median")
    assert (found.statistic, found.p) == pytest.approx((peer.statistic, peer.pvalue), rel=1e-10)
    assert found.df == (2, 74)
    away = {name: np.abs(value - np.median(value)) for name, value in groups.items()}
    plain = anova(away, kind="classical")
    assert found.effect == plain.effect
    tukey = stats.tukey_hsd(*away.values())
    assert [pair.adjusted for pair in found.pairs] == pytest.approx(tukey.pvalue[np.triu_indices(3, 1)].tolist(), abs=1e-9)
    assert found.measure == found.pairs[0].measure == "distance of value from the median of its group"
    assert found.sentence.startswith("The spreads of value ")
    assert {pair.estimate.name for pair in found.pairs} == {"difference of mean distances"}
    assert {check.assumption for check in found.checks}.isdisjoint({"normal residuals", "equal variances"})


def test_words_of_spreads_say_that_spreads_were_compared():
    near, far = [1.0, 2, 3, 4, 5, 6, 7], [-8.0, 2, 5, 10, 15, 18, 28]  # 12 / 7 and 62 / 7 from their medians, in the mean
    found = anova({"near": near, "far": far, "like": [v + 1 for v in near]}, kind="levene")
    assert found.sentence.startswith("The spreads of value differ between 3 groups (F(2, 18) = ")
    assert ": from a mean distance of 1.7 in near to a mean distance of 8.9 in far" in found.sentence
    assert found.pairs[0].sentence.startswith("The spread of value is larger in far than in near, by 7 (95 % CI ")
    assert found.pairs[1].sentence.startswith("The spread of value is not shown to differ between near and like")
    assert found.pairs[0].estimate.value == pytest.approx((12 - 62) / 7)


def test_spreads_are_refused_along_time_and_of_two_values():
    with pytest.raises(DimsError, match="kind='levene' takes them as independent"):
        anova(xr.DataArray(np.random.default_rng(0).normal(size=(3, 60)), dims=("run", "time")), "run", kind="levene")
    with pytest.raises(SeriesError, match="group 'b' has 2 values"):
        anova({"a": [1.0, 2, 4, 3], "b": [1.0, 2]}, kind="levene")
