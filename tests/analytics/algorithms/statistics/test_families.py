"""Families of tests: what has no data is left out and said, and units stand where they are those of all."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from nsi_notebook.analytics import anova, correlate, detect, regress, test
from nsi_notebook.analytics.algorithms.statistics.descriptions import descriptions
from nsi_notebook.errors import DimsError, NsiWarning, OptionError, SeriesError

RNG = np.random.default_rng(8)
TABLE = pd.DataFrame({"kind": ["a", "b", "c"] * 8, "core": np.repeat(list("pqrstuvw"), 3)})
TABLE["area"], TABLE["bad"], TABLE["chord"] = RNG.normal(size=24), np.nan, RNG.normal(size=24)
TABLE.attrs["units"] = {"chord": "um"}


@pytest.mark.parametrize(
    "ask",
    [
        lambda data: anova(data, by="kind"),
        lambda data: anova(data, by="kind", subject="core"),
        lambda data: test(data, by="kind", names=["a", "b"]),
    ],
)
def test_a_measure_without_data_is_left_out_and_said(ask):
    with pytest.warns(NsiWarning, match="left out 1 of 3 tests: bad: "):
        found = ask(TABLE)
    whole = ask(TABLE.drop(columns="bad"))
    assert [one.sentence for one in found] == [one.sentence for one in whole]  # adjusted for two
    table = found.table()
    assert table["measure"].tolist() == ["area", "bad", "chord"]
    assert [bool(why) for why in table["refused"]] == [False, True, False]
    assert found.to_xarray()["p"].isnull().values.tolist() == [False, True, False]


def test_a_place_without_data_is_left_out_and_said():
    values = xr.DataArray(RNG.normal(size=(3, 10)), {"camera": [1, 2, 3]}, ("camera", "image"))
    with pytest.warns(NsiWarning, match="left out 1 of 3 tests: camera=2: "):
        found = test(values.where(values["camera"] != 2), dim="image")
    assert len(found) == 2
    assert found.to_xarray()["p"].sel(camera=2).isnull()
    assert found.to_xarray()["p"].sel(camera=3) == test(values.sel(camera=3), dim="image").p


def test_where_nothing_has_data_it_is_an_error():
    with pytest.raises(SeriesError, match="bad: "):
        anova(TABLE.assign(area=np.nan, chord=np.nan)[["kind", "bad", "area", "chord"]], by="kind")


def test_a_unit_in_the_head_of_a_column_is_that_of_all_rows():
    mixed = test(TABLE[["kind", "area", "chord"]], by="kind", names=["a", "b"]).table()
    assert "estimate_value" not in mixed.attrs["units"]
    assert mixed["estimate_unit"].tolist() == ["1", "um"]
    assert mixed.attrs["units"]["effect_value"] == "1"
    alike = test(TABLE[["kind", "chord"]].assign(width=TABLE["area"]).pipe(_in_um), by="kind", names=["a", "b"]).table()
    assert alike.attrs["units"]["estimate_value"] == "um"


def _in_um(frame):
    frame.attrs["units"] = {"chord": "um", "width": "um"}
    return frame


def test_the_hint_for_several_values_of_a_subject_works_beside_other_texts():
    frame = pd.concat([TABLE[["kind", "core", "area"]]] * 2).assign(note="text")
    with pytest.raises(SeriesError, match="2 values") as caught:
        anova(frame, by="kind", subject="core")
    line = caught.value.hint.partition("e.g. ")[2]
    assert anova(eval(line, {"frame": frame, "subject": "core", "by": "kind"}), by="kind", subject="core").family == 1


@pytest.mark.parametrize("kind", ["yuen", "mann-whitney", "wilcoxon", "levene", "permutation"])
def test_along_time_a_hint_names_kinds_that_there_are(kind):
    first, other = (xr.DataArray(RNG.normal(size=250), dims="time") for _ in range(2))
    with pytest.raises(DimsError, match="follow one another") as caught:
        test(first, other, kind=kind)
    named = caught.value.hint.partition("kind='")[2].partition("'")[0]
    assert test(first, other, kind=named).p > 0


def test_a_name_in_place_of_the_other_sample_is_said_to_be_one():
    values = xr.DataArray(RNG.normal(size=4), {"kind": ("image", list("abab"))}, ("image",))
    with pytest.raises(OptionError, match="'image', a name") as caught:
        test(values, "image", by="kind")
    assert caught.value.hint == "dim='image'"


def test_one_group_is_no_plural():
    with pytest.raises(SeriesError, match="1 group: a; "):
        test([1.0, 2.0, 3.0], by=["a"] * 3)


def test_what_has_no_label_is_said_with_the_column_it_lacks_one_in():
    one = TABLE.assign(kind=TABLE["kind"].where(TABLE.index != 3))[["kind", "core", "area"]]
    said = "1 value has no label in 'kind', and is left out"
    for found in (anova(one, by="kind"), test(one, by="kind", names=["a", "b"]), descriptions(one, by="kind")):
        assert said in found.doubted()
    two = one.assign(core=one["core"].where(one.index != 7))
    assert "2 values have no label in 'kind' or 'core', and are left out" in anova(two, by="kind", subject="core").doubted()
    assert not descriptions(TABLE[["kind", "area"]], by="kind").doubts


@pytest.mark.filterwarnings("ignore:NaN")  # that a group has no values is what is looked at
def test_a_group_without_values_has_no_box():
    figure = descriptions(TABLE[["kind", "area"]].assign(area=TABLE["area"].where(TABLE["kind"] != "b")), by="kind").plot()
    (box,) = [trace for trace in figure.data if trace.type == "box"]
    assert list(box.y) == [0, 2]
    assert list(figure.layout.yaxis.ticktext) == ["a (n = 8)", "b (n = 0)", "c (n = 8)"]
    assert np.isfinite(list(box.median)).all()


def test_ranks_of_two_samples_that_are_constant_and_apart_have_the_p_of_scipy():
    one, other = [1.0] * 4, [2.0] * 4
    found = test(one, other, kind="mann-whitney")
    assert found.p == stats.mannwhitneyu(one, other).pvalue
    assert "all values are 1 in first and 2 in other" in found.doubted()
    with pytest.raises(SeriesError, match="all values of first and other are the same"):
        test(one, one, kind="mann-whitney")


def test_an_interval_without_width_is_said_to_show_nothing():
    values = [[1.0, 2, 3, 4, 5, 6], [1.1, 2, 3, 4, 5, 5.9], [1.0, 2, 3.1, 3.9, 5, 6]]
    found = anova(values)
    assert found.effect.lower == found.effect.upper == 0
    assert "does not show that there is no effect" in found.doubted()
    assert "no effect" not in anova([values[0], [v + 3 for v in values[1]], values[2]]).doubted()


def test_equivalence_between_bounds_that_differ_is_said_so():
    one = RNG.normal(size=40)
    assert "by between -0.5 and 2.5 (" in test(one, one + RNG.normal(0, 0.1, 40), kind="tost", margin=(-0.5, 2.5)).sentence


def test_signed_ranks_of_differences_that_are_the_same_have_the_p_of_scipy_and_say_so():
    one = np.arange(8.0)
    found = test(one + 3, one, kind="wilcoxon")
    assert found.p == stats.wilcoxon(np.full(8, 3.0)).pvalue == 2 / 2**8
    assert (found.estimate.lower, found.estimate.upper, found.effect.value) == (3, 3, 1)
    assert "all 8 differences are 3" in found.doubted()


@pytest.mark.parametrize("kind", ["paired", "paired-permutation", "tost"])
def test_pairs_that_differ_by_the_same_are_refused_for_that_not_as_a_frozen_sensor(kind):
    one = np.linspace(0.1, 0.7, 6)
    frame = pd.DataFrame({"v": [*one, *(one + 0.1)], "by": ["a"] * 6 + ["b"] * 6, "who": [*range(6)] * 2})
    how = {"margin": 1.0} if kind == "tost" else {}
    with pytest.raises(SeriesError, match=r"all 6 differences between a and b are -0.1: there is no noise"):
        test(frame.astype({"who": str}), by="by", subject="who", kind=kind, **how)


def test_spreads_of_constant_samples_are_refused_without_a_hint_to_another_test_that_asks_something_else():
    with pytest.raises(SeriesError, match="all values are 1 in first and 2 in other") as refusal:
        test([1.0] * 4, [2.0] * 4, kind="levene")
    assert "mann-whitney" not in refusal.value.hint


def test_ranks_of_groups_that_are_constant_and_apart_have_the_p_of_scipy():
    groups = {"a": [1.0] * 4, "b": [2.0] * 4, "c": [3.0] * 4}
    assert anova(groups, kind="kruskal").p == stats.kruskal(*groups.values()).pvalue
    with pytest.raises(SeriesError, match="all values are the same"):
        anova({"a": [1.0] * 4, "b": [1.0] * 4}, kind="kruskal")


INFINITE = pd.DataFrame(
    {
        "gap": RNG.normal(size=30),
        "stuck": [np.inf, np.inf, -np.inf, *RNG.normal(size=27)],
        "huge": 1e200 * RNG.normal(size=30),
        "pore": RNG.normal(size=30),
        "kind": ["a", "b", "c"] * 10,
    }
)


@pytest.mark.parametrize("way", ["one sample", "two groups", "subjects", "anova", "correlate", "describe"])
def test_a_measure_with_infinite_values_is_left_out_and_the_others_are_as_without_it(way):
    two = INFINITE[INFINITE["kind"] != "c"].reset_index(drop=True)
    ask = {
        "one sample": lambda table: test(table.drop(columns="kind")),
        "two groups": lambda table: test(table, by="kind"),
        "subjects": lambda table: test(table, by="kind", subject=np.repeat(np.arange(10), 2)),
        "anova": lambda table: anova(table, by="kind"),
        "correlate": lambda table: correlate(table.drop(columns="kind")),
        "describe": lambda table: descriptions(table, by="kind"),
    }[way]
    given = INFINITE if way in ("anova", "correlate") else two
    if way == "describe":  # numbers of 1e200 have a mean
        given = INFINITE.drop(columns="huge")
    with pytest.warns(NsiWarning, match="of .* values are infinite"):
        found = ask(given)
    plain = ask(given.drop(columns=["stuck", "huge"], errors="ignore")).table()
    table = found.table()
    told = table[table["refused"] != ""]
    assert told["refused"].str.contains("values are infinite").any()
    shared = [name for name in plain if name not in ("unit", "doubts")]
    there = table[table["refused"] == ""]
    pd.testing.assert_frame_equal(there[shared].reset_index(drop=True), plain[shared], check_dtype=False)
    assert len(found.plot().data) > 0


@pytest.mark.parametrize(
    ("one", "other"), [("\u00b5m", "um"), ("\u03bcm", "\u00b5m"), ("micrometer", "um"), ("\u00b5m\u00b2", "um^2")]
)
def test_two_spellings_of_a_unit_are_one(one, other):
    first, then = (xr.DataArray(RNG.normal(size=8), dims="image", attrs={"units": unit}) for unit in (one, other))
    found = test(first, then, "image")
    assert found.unit == other.replace("\u00b5", "u")
    assert correlate(first, then).unit == found.unit
    assert not any(check.assumption == "every sample has a unit" for check in found.checks)
    assert list(regress(first, then, "image").table()["unit"])[1] == "1"  # um for each um
    learned = xr.DataArray(RNG.normal(size=(60, 2)), dims=("image", "measure"), attrs={"units": one})
    assert len(detect(learned.assign_attrs(units=other)[:5], learned, method="knn").p) == 5


@pytest.mark.parametrize(("one", "other"), [("mM", "mm"), ("Nm", "nm"), ("S", "s")])
def test_units_whose_capitals_differ_are_two(one, other):
    first, then = (xr.DataArray(RNG.normal(size=8), dims="image", attrs={"units": unit}) for unit in (one, other))
    with pytest.raises(SeriesError, match=f"the samples are in '{one}' and '{other}'"):
        test(first, then, "image")
    assert correlate(first, then).unit == f"{one} and {other}"


def test_a_sample_without_a_unit_is_taken_to_be_in_that_of_the_other_and_that_is_said():
    first = xr.DataArray(RNG.normal(size=8), dims="image", attrs={"units": "um"})
    found = test(first, RNG.normal(size=9).tolist(), names=["cast", "core"])
    assert (found.unit, found.doubted()) == ("um", "core has no unit, and um is taken for it")
    assert "unit" not in test(first, first[:5] + 0.3, names=["cast", "core"]).doubted()


def test_temperatures_in_another_unit_are_refused_and_that_is_said():
    learned = xr.Dataset({"stage": ("image", RNG.normal(293, 1, 60), {"units": "K"}), "gap": ("image", RNG.normal(size=60))})
    cold = learned[["stage", "gap"]].assign(stage=(learned["stage"] - 273.15).assign_attrs(units="degC"))
    with pytest.raises(SeriesError, match="'stage' is in 'degC', and was learned in 'K'") as refusal:
        detect(cold[["stage", "gap"]], learned, method="knn")
    assert "temperatures" in refusal.value.hint


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: test([1.0, 2, 3], by=["a"] * 3), "1 group: a; this test takes 2"),
        (lambda: test([1.0, 2, 3], by=["a"]), "1 label for 3 values"),
        (lambda: test([1.0], by=["a", "b"]), "2 labels for 1 value along"),
        (lambda: test([1.0, 0], [1.0, 1], kind="wilcoxon"), "1 difference, too few to rank"),
        (lambda: test([1.0, 1], [1.0, 1], kind="wilcoxon"), "no differences, too few to rank"),
        (lambda: test([3.0, 0, 0], kind="wilcoxon"), "1 value other than 0, too few to rank"),
        (
            lambda: anova({"a": [1.0, 2], "b": [np.nan, 3]}, kind="repeated"),
            "1 of 2 subjects has a value in each of 2 conditions",
        ),
        (lambda: anova({"a": [1.0, 2], "b": [1.0]}), "group 'b' has 1 value"),
        (lambda: correlate([1.0], [2.0]), "1 pair of first and other: too few"),
    ],
)
def test_one_of_a_thing_is_counted_as_one(ask, says):
    with pytest.raises(SeriesError, match=says):
        ask()
