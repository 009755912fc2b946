"""What is read of what a test is given: samples, groups, pairs, places, and what may not be tested."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook import analytics
from nsi_notebook.analytics import effective_n
from nsi_notebook.analytics.algorithms.statistics.answers import asked
from nsi_notebook.analytics.algorithms.statistics.samples import groups, samples
from nsi_notebook.errors import DimsError, NsiWarning, SeriesError, TimeError, UnknownNameError
from tests.analytics.algorithms.noises import ar1

IMAGES = xr.Dataset(
    {
        "porosity": (("image", "camera"), np.arange(12.0).reshape(6, 2), {"units": "1"}),
        "chord": ("image", [3.0, 4, 5, np.nan, 7, 9], {"units": "um", "long_name": "mean chord"}),
    },
    {"image": list("abcdef"), "kind": ("image", ["sand", "sand", "clay", "clay", "clay", "sand"]), "camera": ["left", "right"]},
)


def told(question):
    return [(g.name, g.n, g.missing, g.mean) for g in question.groups]


def test_groups_by_a_coordinate_are_those_of_pandas_at_each_place():
    found = groups(IMAGES, "kind")
    assert [(q.measure, q.unit, q.dim, q.places) for q in found] == [
        ("porosity", "1", "image", (("camera", "left"),)),
        ("porosity", "1", "image", (("camera", "right"),)),
        ("mean chord", "um", "image", ()),
    ]
    for question, values in zip(found, (*IMAGES["porosity"].values.T, IMAGES["chord"].values), strict=True):
        wanted = pd.Series(values).groupby(IMAGES["kind"].values).agg(["count", "mean", "std", "median"])
        got = {g.name: [g.n, g.mean, g.std, g.median] for g in question.groups}
        assert list(got) == ["clay", "sand"]
        np.testing.assert_allclose([got[k] for k in wanted.index], wanted)
    assert [g.missing for g in found[2].groups] == [1, 0]


@pytest.mark.parametrize("by", ["kind", IMAGES["kind"].values, IMAGES["kind"], list(IMAGES["kind"].values)])
def test_labels_come_in_many_shapes(by):
    data = IMAGES["chord"]
    assert told(groups(data, by)[0]) == told(groups(data, "kind")[0])
    assert [g.name for g in groups(data, by, names=["sand", "clay"])[0].groups] == ["sand", "clay"]


def test_a_frame_of_pandas_is_a_dataset_whose_columns_of_words_are_labels():
    frame = IMAGES[["chord"]].to_dataframe().reset_index(drop=True)
    assert told(groups(frame, "kind")[0]) == told(groups(IMAGES["chord"], "kind")[0])
    ordered = frame.assign(kind=pd.Categorical(frame["kind"], ["sand", "clay", "peat"]))
    assert [g.name for g in groups(ordered, "kind")[0].groups] == ["sand", "clay"]
    numbered = frame.assign(kind=[0, 0, 1, 1, 1, 0])
    assert [(q.measure, [g.name for g in q.groups]) for q in groups(numbered, "kind")] == [("chord", ["0", "1"])]
    assert told(samples([frame["chord"], frame["chord"] + 1])[0])[1][3] == pytest.approx(6.6)


def test_what_has_no_label_is_left_out_and_told():
    (question,) = groups([1.0, 2, 3, 4, 5], ["a", None, "b", "b", "a"])
    assert told(question) == [("a", 2, 0, 3.0), ("b", 2, 0, 3.5)]
    assert "1 value has no label" in question.checks()[0].found


def test_names_are_those_of_the_samples_where_they_differ():
    one, other = pd.Series([1.0, 2], name="before"), pd.Series([1.0, 2], name="after")
    assert [g.name for g in samples([one, other])[0].groups] == ["before", "after"]
    assert samples([one, other])[0].measure == "value"
    assert [g.name for g in samples([[1.0], [2.0]])[0].groups] == ["first", "other"]
    assert [g.name for g in samples([one, other], names=["A", "B"])[0].groups] == ["A", "B"]


def test_pairs_go_by_coordinate_and_what_has_no_partner_is_missing():
    one = xr.DataArray([1.0, 2, 3], {"mouse": ["a", "b", "c"]}, ("mouse",))
    other = xr.DataArray([30.0, 10, 40], {"mouse": ["c", "a", "d"]}, ("mouse",))
    (question,) = samples([one, other], pairs=True)
    both = ~np.isnan(question.samples[0].row) & ~np.isnan(question.samples[1].row)
    assert (question.samples[1].row - question.samples[0].row)[both].tolist() == [9.0, 27.0]
    assert [g.missing for g in question.groups] == [1, 1]
    with pytest.raises(SeriesError, match="no value of one sample has a partner"):
        samples([one, other.assign_coords(mouse=["x", "y", "z"])], pairs=True)
    with pytest.raises(SeriesError, match="pairs of 2 and 3"):
        samples([[1.0, 2], [1.0, 2, 3]], pairs=True)


def test_along_time_a_sample_is_worth_its_effective_number():
    series = [xr.DataArray(ar1(seed, 2000, 0.9), dims="time") for seed in (1, 2)]
    (question,) = samples(series)
    assert question.clock
    assert [g.effective for g in question.groups] == [float(effective_n(one)) for one in series]
    (careful,) = samples(series, conservative=True)
    assert [g.effective for g in careful.groups] == [float(effective_n(one, conservative=True)) for one in series]
    assert question.checks()[0].met
    (plain,) = samples([one.rename(time="image") for one in series])
    assert [g.effective for g in plain.groups] == [2000, 2000]


def test_groups_along_time_are_series_with_gaps():
    x = xr.DataArray(ar1(3, 4000, 0.8), dims="time")
    half = np.arange(4000) < 2000
    (question,) = groups(x, half)
    whole = [float(effective_n(part)) for part in (x[2000:], x[:2000])]
    np.testing.assert_allclose([g.effective for g in question.groups], whole, rtol=1e-9)


def test_short_series_are_told_once():
    short = xr.DataArray(ar1(3, 300, 0.9).reshape(3, 100), dims=("lane", "time"))
    questions = samples([short, short + 1])
    with pytest.warns(NsiWarning, match="of 6 of 6 series are in doubt: no method is safe with fewer than 200") as caught:
        asked(questions, lambda q: q.unit)
    assert len(caught) == 1


def test_an_error_says_where():
    with pytest.raises(SeriesError, match="porosity, camera=left: bad"):
        asked(groups(IMAGES, "kind"), lambda q: (_ for _ in ()).throw(SeriesError("bad")))


@pytest.mark.parametrize(
    ("given", "options", "error", "says"),
    [
        ([xr.DataArray(np.eye(4) > 0, dims=("y", "x"))] * 2, {}, DimsError, "pixels and tiles along y, x are not independent"),
        ([xr.DataArray(np.eye(4), dims=("y", "x"))] * 2, {"dim": "x"}, DimsError, "are not independent"),
        ([xr.DataArray(np.eye(4), dims=("y", "x"))] * 2, {"dim": ("y", "x")}, DimsError, "along y, x are not independent"),
        ([xr.DataArray(np.eye(4), dims=("a", "b"))] * 2, {"dim": ("a", "b")}, DimsError, "the one dim"),
        ([np.eye(4)] * 2, {}, DimsError, "may be pixels"),
        ([xr.DataArray(np.eye(4), dims=("a", "b"))] * 2, {}, DimsError, "no dim is said; there are a, b"),
        ([["a", "b"], [1.0]], {}, SeriesError, "real numbers"),
        ([1.0, [1.0]], {}, SeriesError, "is no sample"),
        ([IMAGES["chord"], IMAGES["chord"].assign_attrs(units="nm")], {}, SeriesError, "in 'um' and 'nm'"),
        ([IMAGES["porosity"], IMAGES["chord"].drop_attrs()], {"dim": "image"}, DimsError, "one sample has the dims"),
        ([IMAGES["porosity"]] * 2, {"dim": "frog"}, DimsError, "no dim 'frog'"),
        ([xr.DataArray([1.0, 2], dims="time"), [1.0, 2]], {}, DimsError, "along time, another along 'sample'"),
        ([xr.DataArray([1.0, 2], {"time": [2, 1]}, ("time",))] * 2, {}, TimeError, "goes back"),
        ([[1.0], [2.0]], {"names": ["a", "a"]}, SeriesError, "names are"),
        ([xr.DataArray(np.zeros((2, 20_000)), dims=("s", "n"))] * 2, {"dim": "s"}, DimsError, "20000 places"),
    ],
)
def test_refusals(given, options, error, says):
    with pytest.raises(error, match=says) as caught:
        samples(given, **options)
    assert caught.value.hint


@pytest.mark.parametrize(("value", "says"), [(np.inf, "1 of 2 values are infinite"), (1e200, "powers that no float can hold")])
def test_a_sample_of_which_nothing_can_be_asked_says_so_and_the_other_does_not(value, says):
    (question,) = samples([[1.0, value], [1.0, 2.0]])
    assert says in question.samples[0].refusal.message
    assert question.samples[1].refusal is None


@pytest.mark.parametrize(
    ("data", "by", "options", "error", "says"),
    [
        (IMAGES, "frog", {}, UnknownNameError, "unknown label 'frog'"),
        (IMAGES["chord"], ["a", "b"], {}, SeriesError, "2 labels for 6 values"),
        (IMAGES["chord"], "kind", {"names": ["sand", "peat"]}, UnknownNameError, "unknown label 'peat'"),
        (IMAGES["porosity"], "kind", {"dim": "camera"}, DimsError, "the labels lie along 'image'"),
    ],
)
def test_refusals_of_labels(data, by, options, error, says):
    with pytest.raises(error, match=says):
        groups(data, by, **options)


@pytest.mark.parametrize("dims", [("y", "x"), ("tile",)])
def test_each_line_of_the_hint_works_as_it_is_printed(dims):
    rng = np.random.default_rng(4)
    images = xr.DataArray(rng.random((12, *[16] * len(dims))), dims=("image", *dims), name="grey")
    with pytest.raises(DimsError, match="not independent") as caught:
        analytics.test(images[0], images[1], dims if len(dims) > 1 else None)
    names = {"images": images, "group": np.repeat(["old", "new"], 6), "subject": np.repeat(list("abcdef"), 2), "nsi": nsi}
    names |= {"mask": xr.DataArray(rng.random((64, 64)) < 0.3, dims=("y", "x"))}
    names |= {"other": xr.DataArray(rng.random((64, 64)) < 0.4, dims=("y", "x")), "test": analytics.test}
    names |= {"regress": analytics.regress}
    lines = [part.partition(": ")[2] for part in caught.value.hint.split("; ")]
    means, mixed, blocks = (eval(line, names) for line in lines)  # our own
    assert [group.n for group in means.groups] == [6, 6]
    assert "6 subjects" in mixed.sentence
    assert blocks["void_fraction_difference_ci"].sizes["bound"] == 2
