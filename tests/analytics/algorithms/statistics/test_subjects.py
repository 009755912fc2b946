"""Values of the same subjects lie side by side as pandas lays them in a pivot table."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nsi_notebook.analytics.algorithms.statistics.subjects import of_subjects
from nsi_notebook.errors import SeriesError, UnknownNameError


def table(seed, *, subjects=9, kinds="abc", gone=0.3, categories=False):
    """Rows in no order; some subjects lack some conditions, some values are missing, some rows have no label."""
    rng = np.random.default_rng(seed)
    rows = [(who, kind) for who in range(subjects) for kind in kinds if rng.random() > gone]
    found = pd.DataFrame(rows, columns=["who", "kind"]).sample(frac=1, random_state=seed, ignore_index=True)
    found["who"] = "s" + found["who"].astype(str)
    found["gap"] = np.where(rng.random(len(found)) < 0.1, np.nan, rng.normal(size=len(found)))
    found["pore"] = rng.normal(size=len(found))
    found.loc[found.index[rng.random(len(found)) < 0.1], "kind"] = None
    found.loc[found.index[rng.random(len(found)) < 0.1], "who"] = None
    if categories:
        found["kind"] = pd.Categorical(found["kind"], list(reversed(kinds)))
    return found


def same(question, wide):
    """Whether the rows of samples are the columns of a pivot table, whatever the order of subjects."""
    mine = np.stack([sample.row for sample in question.samples], axis=1)
    theirs = wide.to_numpy()
    assert [sample.name for sample in question.samples] == list(map(str, wide.columns))
    assert mine.shape == theirs.shape

    def ordered(rows):
        return rows[np.lexsort(np.nan_to_num(rows, nan=99).T)]

    np.testing.assert_array_equal(ordered(mine), ordered(theirs))


@pytest.mark.parametrize("categories", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_samples_are_the_columns_of_a_pivot_table(seed, categories):
    frame = table(seed, categories=categories)
    whole = frame.dropna(subset=["who", "kind"])
    found = of_subjects(frame, "kind", "who", None)
    assert [question.variable for question in found] == ["gap", "pore"]
    for question in found:
        wide = whole.groupby(["who", "kind"], observed=True)[question.variable].first().unstack()
        same(question, wide)
        assert [sample.missing for sample in question.samples] == wide.isna().sum().tolist()
        assert (question.dim, question.clock) == ("who", False)
        lost = len(frame) - len(whole)
        assert question.unlabelled.startswith(f"{lost} value") if lost else question.unlabelled == ""


@pytest.mark.parametrize("seed", range(3))
def test_conditions_that_are_named_come_alone_and_in_that_order(seed):
    frame = table(seed, gone=0.1)
    found = of_subjects(frame, "kind", "who", None, names=["c", "a"])
    some = frame.dropna(subset=["who", "kind"])
    wide = some[some["kind"].isin(["c", "a"])].pivot(index="who", columns="kind", values="pore")[["c", "a"]]
    same(found[1], wide)
    with pytest.raises(UnknownNameError, match="'d'"):
        of_subjects(frame, "kind", "who", None, names=["d", "a"])


def test_other_dims_have_a_question_at_each_place():
    frame = table(1, gone=0).dropna()
    values = xr.DataArray(
        frame[["gap", "pore"]].to_numpy(),
        {"part": ["gap", "pore"], "who": ("image", frame["who"]), "kind": ("image", frame["kind"])},
        ("image", "part"),
        attrs={"units": "um"},
    )
    found = of_subjects(values, "kind", "who", "image")
    assert [question.places for question in found] == [(("part", "gap"),), (("part", "pore"),)]
    for question in found:
        same(question, frame.pivot(index="who", columns="kind", values=question.places[0][1]))
        assert question.unit == "um"


def test_labels_may_be_given_beside_the_values():
    frame = table(4)
    by_name = of_subjects(frame[["gap", "kind", "who"]], "kind", "who", None)[0]
    beside = of_subjects(frame["gap"].to_numpy(), frame["kind"].tolist(), frame["who"].tolist(), None)[0]
    for one, other in zip(by_name.samples, beside.samples, strict=True):
        np.testing.assert_array_equal(one.row, other.row)
    assert "no label" in beside.unlabelled


def test_a_subject_with_two_values_of_a_condition_is_refused_and_the_hint_mends_it():
    frame = pd.concat([table(2, gone=0).dropna()] * 2, ignore_index=True)
    first = frame[frame["kind"] == "a"]["who"].nunique() - 1
    with pytest.raises(SeriesError, match=rf"has 2 values of 'a', and {first} others have several") as refusal:
        of_subjects(frame, "kind", "who", None)
    assert "frame.groupby([subject, by]).mean(numeric_only=True).reset_index()" in refusal.value.hint
    subject, by = "who", "kind"
    mended = frame.groupby([subject, by]).mean(numeric_only=True).reset_index()
    same(of_subjects(mended, by, subject, None)[0], mended.pivot(index="who", columns="kind", values="gap"))


def test_labels_that_are_not_as_many_as_the_values_are_refused():
    with pytest.raises(SeriesError, match="3 labels for 4 values"):
        of_subjects([1.0, 2, 3, 4], ["a", "b", "a"], ["x", "x", "y"], None)
