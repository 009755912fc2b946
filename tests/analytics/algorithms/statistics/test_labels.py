"""Labels and pairs of pandas lie beside values by their index, what is masked is missing, and levels of pixels are pixels."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from nsi_notebook.analytics import anova, correlate, describe, regress, test
from nsi_notebook.analytics.algorithms.statistics.descriptions import descriptions
from nsi_notebook.errors import DimsError, NsiWarning, SeriesError

RNG = np.random.default_rng(11)
VALUE = pd.Series(RNG.normal(size=30), name="gap")
OTHER = pd.Series(VALUE + RNG.normal(0.3, 0.5, 30), name="pore")
KIND = pd.Series(["sand", "clay", "loam"] * 10)
MIXED = np.random.default_rng(2).permutation(30)


def two(frame):
    return frame[frame["kind"] != "loam"]


@pytest.mark.parametrize("some", [slice(None), slice(3, None), slice(None, None, 2)])
def test_pairs_of_series_are_those_of_pandas_however_they_are_ordered(some):
    one, other = VALUE.iloc[MIXED], OTHER.iloc[some]
    laid = pd.concat([VALUE, OTHER.iloc[some]], axis=1, join="inner")
    assert test(one, other, kind="paired").p == pytest.approx(stats.ttest_rel(laid["gap"], laid["pore"]).pvalue, rel=1e-9)
    assert test(other, one, kind="wilcoxon").p == pytest.approx(stats.wilcoxon(laid["pore"], laid["gap"]).pvalue, rel=1e-9)
    assert correlate(one, other).estimate.value == pytest.approx(laid.corr().iloc[0, 1], abs=1e-12)
    within = anova({"gap": one, "pore": other}, kind="repeated")
    assert within.p == pytest.approx(stats.ttest_rel(laid["gap"], laid["pore"]).pvalue, rel=1e-9)


def test_parts_of_two_series_that_only_look_alike_are_no_pairs_by_order():
    early, late = VALUE[:10], OTHER[10:20]
    with pytest.raises(SeriesError, match="no value of one sample has a partner") as refusal:
        test(early, late, kind="paired")
    assert ".reset_index(drop=True)" in refusal.value.hint
    with pytest.raises(SeriesError, match="they have no 'sample' in common"):
        correlate(early, late)
    with pytest.raises(DimsError, match="24 of 27 are shared"):
        regress(OTHER[3:], VALUE[:-3])
    by_order = [part.reset_index(drop=True) for part in (early, late)]
    assert test(*by_order, kind="paired").p == pytest.approx(stats.ttest_rel(*by_order).pvalue, rel=1e-9)
    assert test(early, late.to_numpy(), kind="paired").p == test(*by_order, kind="paired").p  # an array goes by order


def test_labels_with_an_index_belong_to_the_values_that_have_the_same():
    frame = pd.DataFrame({"gap": VALUE, "kind": KIND})
    groups = [part["gap"] for _, part in frame.groupby("kind")]
    assert anova(VALUE, KIND.iloc[MIXED]).p == pytest.approx(stats.f_oneway(*groups, equal_var=False).pvalue, rel=1e-9)
    assert anova(VALUE.iloc[MIXED], KIND).p == anova(VALUE.iloc[MIXED], KIND.iloc[MIXED].to_numpy()).p
    apart = regress(OTHER, VALUE, cluster=KIND.iloc[MIXED]).table()
    pd.testing.assert_frame_equal(apart, regress(OTHER, VALUE, cluster=KIND).table())
    who = pd.Series(np.repeat(np.arange(10), 3).astype(str))
    pairs = two(frame.assign(who=who))
    inside = test(pairs["gap"], by=pairs["kind"], subject=who.iloc[MIXED])
    assert test(pairs[["gap", "kind"]], by="kind", subject=who.iloc[MIXED]).p == inside.p
    sand, clay = (pairs[pairs["kind"] == kind]["gap"].to_numpy() for kind in ("sand", "clay"))
    assert inside.p == pytest.approx(stats.ttest_rel(clay, sand).pvalue, rel=1e-9)


@pytest.mark.parametrize("labels", [KIND[:-3], pd.Series(KIND.to_numpy(), range(100, 130)), pd.Series(KIND.to_numpy(), [0] * 30)])
def test_labels_whose_index_lacks_values_or_repeats_are_refused(labels):
    for asked in (lambda: anova(VALUE, labels), lambda: regress(OTHER, VALUE, cluster=labels)):
        with pytest.raises(SeriesError, match=r"the labels have another index|cluster has the shape") as refusal:
            asked()
        assert refusal.value.hint
    assert anova(VALUE, KIND.to_numpy()).groups[0].n == 10


@pytest.mark.parametrize("kind", [["a", "b"], [1, 2], [1.0, 2.0], [True, False]])
def test_masked_labels_are_missing_and_that_is_said(kind):
    labels = np.ma.masked_array(np.repeat(kind, 15), np.arange(30) % 10 == 4)
    there = ~np.ma.getmaskarray(labels)
    found = test(VALUE.to_numpy(), by=labels)
    parts = [VALUE[there & (labels.data == one)] for one in sorted(kind)]
    assert found.p == pytest.approx(stats.ttest_ind(*parts, equal_var=False).pvalue, rel=1e-9)
    assert [group.name for group in found.groups] == [str(one) for one in sorted(kind)]
    assert "3 values have no label, and are left out" in found.doubted()
    clusters = np.ma.masked_array(np.repeat(np.arange(10), 3), np.arange(30) >= 27)
    told = regress(OTHER.to_numpy(), VALUE.to_numpy(), cluster=clusters)
    same = regress(OTHER[:27].to_numpy(), VALUE[:27].to_numpy(), cluster=clusters[:27])
    assert told.table()["lower"].tolist() == same.table()["lower"].tolist()
    assert "no label" in told.doubted()


def test_masked_subjects_are_missing():
    by, who = ["a"] * 5 + ["b"] * 5, np.ma.masked_array(list("vwxyz" * 2), [False] * 9 + [True])
    found = test(VALUE[:10].to_numpy(), by=by, subject=who)
    assert found.matched == 4
    assert found.p == pytest.approx(stats.ttest_rel(VALUE[:4], VALUE[5:9].to_numpy()).pvalue, rel=1e-9)


def test_levels_of_pixels_are_pixels_in_pandas_too():
    image = xr.DataArray(RNG.normal(size=(12, 12)), dims=("y", "x"), name="gap").to_series()
    table = image.to_frame().assign(other=lambda t: t["gap"] ** 2)
    for asked in (
        lambda: test(image), lambda: test(image, by=np.arange(144) % 2), lambda: correlate(image, image**2), lambda: test(table),
        lambda: regress(image, RNG.normal(size=144)), lambda: describe(image, ci=0.95), lambda: anova(table, np.arange(144) % 3),
    ):  # fmt: skip
        with pytest.raises(DimsError, match="pixels and tiles along y, x"):
            asked()
    assert describe(image)["count"] == 144
    levels = pd.MultiIndex.from_product([range(4), ["dry", "wet"]], names=["core", "state"])
    cores = pd.Series([1.0, 2, 3, 5, 2, 6, 4, 5], levels)
    assert test(cores, by="state", subject="core").matched == 4


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        (["2026-03-02", "2026-03-03"], ["2026-03-02", "2026-03-03"]),
        (["2026-03-02T10:00", "2026-03-03"], ["2026-03-02 10:00", "2026-03-03 00:00"]),
        (["2026-03-02T10:00:00", "2026-03-02T10:00:30"], ["2026-03-02 10:00:00", "2026-03-02 10:00:30"]),
    ],
)
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_groups_that_are_times_are_named_as_one_writes_them(times, shown, zone):
    moments = pd.Series(pd.to_datetime(np.repeat(times, 8), format="ISO8601")).dt.tz_localize(zone)
    clock = "" if zone is None or len(shown[0]) == 10 else "+0100"
    wanted = [name + clock for name in sorted(shown)]
    frame = pd.DataFrame({"batch": moments, "porosity": np.random.default_rng(1).normal(size=16)})
    found = test(frame, by="batch")
    assert [group.name for group in found.groups] == wanted
    assert f"in {wanted[0]} than in {wanted[1]}" in found.sentence
    assert [group.name for group in anova(frame, by="batch").groups] == wanted
    turned = test(frame, by="batch", names=[moments.max(), wanted[0]])
    assert [group.name for group in turned.groups] == wanted[::-1]


def test_labels_that_differ_in_blanks_alone_are_refused_wherever_they_part_values():
    y, kind = np.random.default_rng(2).normal(size=24), np.array([" b", "b", "a"] * 8)
    for call in (
        lambda: anova(y, by=kind),
        lambda: test(y, by=kind),
        lambda: regress(y, np.arange(24.0), cluster=kind),
        lambda: descriptions(xr.Dataset({"y": ("sample", y)}, {"kind": ("sample", kind)}), by="kind"),
    ):
        with pytest.raises(SeriesError, match="the labels ' b' and 'b' differ in blanks alone"):
            call()
    assert [group.name for group in test(y, by=np.array(["a b", "ab"] * 12)).groups] == ["a b", "ab"]


def test_numbers_that_nearly_all_differ_are_no_groups():
    frame = pd.DataFrame({"anna": np.arange(10) + 0.5, "bert": np.arange(10) / 7})
    for ask in (test, anova):
        with pytest.raises(SeriesError, match="'bert' holds numbers, 10 different ones in 10 rows") as told:
            ask(frame, by="bert")
        assert "pandas melt" in told.value.hint
    lots = pd.DataFrame({"lot": np.repeat([1, 2, 3], 3), "v": np.arange(9.0) % 4})
    assert [group.name for group in anova(lots, by="lot").groups] == ["1", "2", "3"]


def test_the_order_of_categories_decides_which_is_the_first():
    values = np.r_[np.arange(8.0), np.arange(8.0) + 2]
    kind = np.repeat(["new", "old"], 8)
    by_name = test(values, by=kind, alternative="less")
    ordered = test(values, by=pd.Categorical(kind, ["old", "new"], ordered=True), alternative="less")
    peer = stats.ttest_ind(values[8:], values[:8], equal_var=False, alternative="less")
    assert [group.name for group in ordered.groups] == ["old", "new"]
    assert ordered.p == pytest.approx(peer.pvalue, rel=1e-12)
    assert by_name.p == pytest.approx(1 - peer.pvalue, rel=1e-12)


def test_labels_that_differ_in_case_alone_are_told_once():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"kind": ["sand", "Sand", "clay"] * 8, "a": rng.normal(size=24), "b": rng.normal(size=24)})
    said = "labels that differ in case alone are groups of their own: 'Sand' and 'sand'"
    for ask in (anova, descriptions):
        with pytest.warns(NsiWarning, match=said) as told:
            ask(frame, by="kind")
        assert len(told) == 1
    descriptions(frame.assign(kind=frame["kind"].str.lower()), by="kind")  # without, as the hint has it


@pytest.mark.parametrize("ask", [anova, test])
def test_a_name_for_each_row_parts_nothing(ask):
    frame = pd.DataFrame({"specimen": [f"s{i}" for i in range(12)], "a": np.arange(12.0)})
    with pytest.raises(SeriesError, match="'specimen' names each row: 12 groups of 1"):
        ask(frame, by="specimen")
