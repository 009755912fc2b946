"""What is hidden or stacked is read as what it is: masked values are missing, stacked pixels are pixels."""

from functools import partial

import numpy as np
import pytest
import xarray as xr

from nsi_notebook.analytics import anova, correlate, describe, detect, regress, test, trend
from nsi_notebook.analytics.algorithms.anomalies.registry import detector
from nsi_notebook.commands.describe import describe as verbs_describe
from nsi_notebook.errors import DimsError, TimeError

RNG = np.random.default_rng(3)
HIDDEN = RNG.random(40) < 0.2
ONE = np.ma.masked_array(np.where(HIDDEN, 1e9, RNG.normal(5.0, 1.0, 40)), HIDDEN)
OTHER = RNG.normal(5.5, 1.0, 40)
PLAIN = np.where(HIDDEN, np.nan, ONE.data)


def test_what_is_masked_is_missing():
    found = describe(np.ma.masked_array([1, 2, 9], [False, False, True]))
    assert (int(found["count"]), int(found["missing"]), float(found["max"])) == (2, 1, 2.0)


@pytest.mark.parametrize(
    "ask",
    [
        lambda one: test(one, OTHER),
        lambda one: anova({"one": one, "other": OTHER, "third": OTHER + 1}),
        lambda one: correlate(one, OTHER),
        lambda one: regress(one, OTHER),
        lambda one: regress(OTHER, one),
        lambda one: regress(OTHER, {"one": one}),
        lambda one: trend(np.ma.hstack([one] * 9)),
        lambda one: verbs_describe(one).table().to_dict(),
    ],
)
def test_what_is_masked_is_found_as_what_is_nan(ask):
    assert repr(ask(ONE)) == repr(ask(PLAIN))


@pytest.mark.filterwarnings(
    "ignore::nsi_notebook.errors.NsiWarning"
)  # of samples that miss a measure, which is what is asked for
@pytest.mark.parametrize("method", ["mahalanobis", "robust_z"])
def test_detectors_learn_what_is_masked_as_what_is_nan(method):
    x = RNG.normal(size=(300, 2) if method == "mahalanobis" else 300)
    gone = RNG.random(x.shape) < 0.1
    hidden, plain = np.ma.masked_array(np.where(gone, 1e6, x), gone), np.where(gone, np.nan, x)
    how = {"method": method} | ({"window": 30} if method == "robust_z" else {})
    masked, nan = (detect(data, 200, **how) for data in (hidden, plain))
    np.testing.assert_array_equal(masked.p, nan.p)
    if method == "robust_z":
        streams = [detector(method, window=30).fit(data[:200]).score_samples(data[200:]) for data in (hidden, plain)]
        np.testing.assert_array_equal(*streams)


def test_a_label_that_is_masked_is_none():
    labels = np.ma.masked_array(["a", "b"] * 20, [True] + [False] * 39)
    assert [group.n for group in test(OTHER, by=labels).groups] == [19, 20]


@pytest.mark.parametrize("dims", [("y", "x"), ("image", "x")])
@pytest.mark.parametrize(
    "ask",
    [
        lambda x: test(x, popmean=0),
        lambda x: regress(x, x + 1),
        lambda x: describe(x, ci=0.95),
        lambda x: correlate(x, x + 1),
    ],
)
def test_pixels_that_are_stacked_are_pixels(ask, dims):
    stacked = xr.DataArray(RNG.random((20, 20)), dims=dims).stack(p=dims)
    with pytest.raises(DimsError, match="are not independent"):
        ask(stacked)


@pytest.mark.parametrize("find", [correlate, partial(test, kind="paired"), partial(test, kind="wilcoxon"), regress])
def test_places_in_two_units_say_not_what_belongs_together(find):
    """2 mM and 2 uM are two doses: pairs by their numbers would be none."""
    values = np.random.default_rng(0).normal(size=(2, 30))
    dose = np.arange(30.0)
    one, other = (
        xr.DataArray(row, {"dose": ("dose", dose, {"units": unit})}, ("dose",), name=name)
        for row, unit, name in zip(values, ("mM", "uM"), ("one", "other"), strict=True)
    )
    with pytest.raises(TimeError, match="places along 'dose' are in mM and in uM: which belong together"):
        find(one, other)
    same = other.assign_coords(dose=("dose", dose, {"units": "mM"}))
    bare = other.assign_coords(dose=dose)
    assert repr(find(one, same)) == repr(find(one, bare))
