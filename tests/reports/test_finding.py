"""The finding is good English for whatever was found, and its numbers are those of the mask."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from skimage.filters import threshold_li, threshold_otsu, threshold_triangle

from nsi_notebook import components, measure, sample
from nsi_notebook.errors import NsiWarning
from nsi_notebook.reports import sentences
from nsi_notebook.reports.finding import finding, seen
from tests.strategies import arrays

MEASURES = ["void_fraction", "chords"]


def say(mask, measures=MEASURES, ci=None):
    return finding(mask, measure(mask, measures, ci=ci), components(mask))


def plane(shape, *boxes, um=None):
    """A mask with these boxes empty: (y slice, x slice)."""
    mask = np.zeros(shape, dtype=bool)
    for box in boxes:
        mask[box] = True
    dims = ("z", "y", "x")[-len(shape) :]
    coords = {} if um is None else {d: (d, um * np.arange(n), {"units": "um"}) for d, n in zip(dims, shape, strict=True)}
    return xr.DataArray(mask, coords, dims)


def series(*frames, **coord):
    stack = xr.concat(frames, "time")
    return stack.assign_coords(time=("time", coord["time"], {"units": coord["units"]})) if coord else stack


A, B = np.s_[2:4, 2:7], np.s_[6:8, 0:2]  # 10 and 4 pixels


def test_no_void():
    assert say(plane((10, 10))) == "**Nothing** is empty: none of the 100 pixels counts as void."


def test_nothing_but_void():
    assert say(plane((10, 10), np.s_[:])) == "**Everything** is empty: each of the 100 pixels counts as void."


def test_one_void():
    assert say(plane((10, 10), A)) == (
        "**10%** of the image is empty, all of it one void of 10 pixels. The mean chord is 2 pixels along y and 5 pixels along x."
    )


def test_several_voids():
    assert say(plane((10, 10), A, B)) == (
        "**14%** of the image is empty, in 2 separate voids. The largest measures 10 pixels, 71.4% of all void."
        " The mean chord is 2 pixels along y and 3.5 pixels along x."
    )


def test_units():
    assert say(plane((10, 10), A, um=0.5)) == (
        "**10%** of the image is empty, all of it one void of 2.5 µm². The mean chord is 1 µm along y and 2.5 µm along x."
    )


def test_a_volume():
    assert say(plane((4, 5, 5), np.s_[0:1, 0:2, 0:2])) == (
        "**4%** of the volume is empty, all of it one void of 4 voxels."
        " The mean chord is 1 pixel along z, 2 pixels along y and 2 pixels along x."
    )
    assert say(plane((4, 5, 5))) == "**Nothing** is empty: none of the 100 voxels counts as void."


def test_the_interval_is_that_of_the_dataset():
    mask = xr.DataArray(np.random.default_rng(0).random((64, 64)) < 0.3, dims=("y", "x"))
    low, high = measure(mask, "void_fraction", ci=0.9).void_fraction_ci.values
    assert f" of the image is empty (90% interval: {100 * low:.3g}% to {100 * high:.3g}%), in " in say(mask, ci=0.9)


def test_an_interval_in_doubt_is_said_to_be():
    with pytest.warns(NsiWarning, match="fewer than 20"):
        assert "% to 100%, in doubt)" in say(plane((4, 4), np.s_[0:4, 0:3]), ci=0.9)


def test_measures_that_were_not_made_are_not_missed():
    assert say(plane((10, 10), A), ["euler"]) == "**10%** of the image is empty, all of it one void of 10 pixels."


def test_a_series():
    frames = plane((10, 10), A), plane((10, 10)), plane((10, 10), A, B)
    assert say(series(*frames)) == (
        "Over 3 frames **8%** is empty on average, from 0% (frame 1) to 14% (frame 2)."
        " A frame holds 0 to 2 separate voids; the largest of all (frame 0) measures 10 pixels."
    )


def test_a_series_with_times_names_them():
    frames = plane((10, 10), B), plane((10, 10), A)
    assert say(series(*frames, time=[0.0, 2.5], units="s")) == (
        "Over 2 frames **7%** is empty on average, from 4% (time 0 s) to 10% (time 2.5 s)."
        " A frame holds 1 void; the largest of all (time 2.5 s) measures 10 pixels."
    )


def test_a_series_in_which_nothing_changes():
    assert say(series(plane((10, 10), A, B), plane((10, 10), A, B))) == (
        "**14%** is empty in each of the 2 frames."
        " A frame holds 2 separate voids; the largest of all (frame 0) measures 10 pixels."
    )
    assert say(series(plane((9, 9)), plane((9, 9)))) == "**Nothing** is empty in any of the 2 frames."
    full = plane((9, 9), np.s_[:])
    assert say(series(full, full)) == "**Everything** is empty in each of the 2 frames."


def test_frames_along_two_dims_are_named_by_both():
    mask = xr.concat([series(plane((9, 9)), plane((9, 9), A))], xr.Variable("position", ["left"]))
    assert "to 12.3% (position left and frame 1)" in say(mask)


def test_what_is_seen_of_a_stack_is_said():
    volume = plane((4, 9, 9))
    movie = series(volume, volume)
    assert seen(movie, measure(movie, "void_fraction")) == "Shown is the first of 2 along time, the middle one of 4 along z."
    assert seen(plane((9, 9)), measure(plane((9, 9)), "void_fraction")) == ""


WIDTHS = ["percolation", "bottleneck", "thickness"]
SLIT = np.s_[4:7, :]  # three pixels between walls: the centre is 2 pixels from both


def test_where_it_spans_and_how_wide():
    assert say(plane((10, 10), SLIT, um=0.5), WIDTHS).endswith(
        " The void spans the image along x, and not along y; the largest disc that can pass has a radius of 1 µm along x."
        " Its typical width (mean local thickness) is 2 µm."
    )
    assert " The void spans the image along neither y nor x. Its " in say(plane((10, 10), A), WIDTHS)
    assert say(plane((10, 10), SLIT), ["percolation"]).endswith(" The void spans the image along x, and not along y.")


def test_a_volume_that_spans_along_some_axes():
    said = say(plane((6, 6, 6), np.s_[:, 2:5, :]), ["percolation", "bottleneck"])
    assert said.endswith(
        "spans the volume along z and x, and not along y;"
        " the largest ball that can pass has a radius of 2 pixels along z and 2 pixels along x."
    )
    assert "spans the volume along neither z, y nor x." in say(plane((6, 6, 6), np.s_[2:4, 2:4, 2:4]), ["percolation"])


def test_a_line():
    said = sentences.spanning(measure(xr.DataArray([True, False], dims="x"), "percolation"))
    assert said == "The void spans the image not along x."


def test_the_width_has_its_interval():
    mask = xr.DataArray(np.random.default_rng(0).random((256, 256)) < 0.3, dims=("y", "x"))
    ds = measure(mask, "thickness", ci=0.9)
    low, high = ds.thickness_mean_ci.values
    assert f"is {float(ds.thickness_mean):.4f} pixels (90% interval: {low:.4f} to {high:.4f})." in say(mask, "thickness", ci=0.9)


def test_a_series_counts_the_frames_that_span():
    some = series(plane((10, 10), SLIT), plane((10, 10), A), plane((10, 10), SLIT, A))
    assert " Of 3 frames the void spans the image along y in none and along x in 2. Its typical width" in say(some, WIDTHS)
    none = series(plane((10, 10), A), plane((10, 10), B))
    assert " The void spans the image along y or x in no frame. " in say(none, WIDTHS)
    assert say(none, WIDTHS).endswith(" goes from 2 to 2 pixels.") is False
    every = series(plane((10, 10), SLIT, np.s_[:, 4:7]), plane((10, 10), SLIT, np.s_[:, 4:7]))
    assert " along y and x in every frame." in say(every, WIDTHS)
    assert " width (mean local thickness) is " in say(every, WIDTHS)


def test_between_the_automatic_thresholds_the_void_fraction_ranges():
    image = sample("coins")
    levels = [f(image.values) for f in (threshold_li, threshold_otsu, threshold_triangle)]
    shares = [100 * (image.values > t).mean() for t in (max(levels), min(levels))]
    said = finding(void := image.nsi.void(phase="bright"), measure(void), components(void), image.nsi.curves(phase="bright"))
    assert said.endswith(f" the void fraction ranges from {shares[0]:.3g}% to {shares[1]:.3g}%.")
    assert f" ({min(levels):.4g} to {max(levels):.4g}) " in said


def test_thresholds_have_the_unit_of_the_image():
    image = sample("coins").assign_attrs(units="<HU>")
    assert " to 107 &#60;HU&#62;) the void" in sentences.sensitivity(image.nsi.curves("void_fraction"), measure(image.nsi.void()))


def test_one_threshold_has_no_range():
    two = xr.DataArray(np.array([[0, 9]], dtype="u1"), dims=("y", "x"))
    curves, ds = two.nsi.curves("void_fraction"), measure(two.nsi.void())
    assert sentences.sensitivity(curves, ds).endswith(") the void fraction stays 50%.")
    curves["threshold"].attrs = {"nsi_otsu": 3.0}
    assert sentences.sensitivity(curves, ds) == ""
    assert sentences.sensitivity(None, ds) == ""


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # most are too small for intervals
@given(arrays(ndims=(2, 3)))
def test_every_mask_has_a_finding_of_whole_sentences(array):
    text = say(
        xr.DataArray(array, dims=("z", "y", "x")[-array.ndim :]), [*MEASURES, *WIDTHS], ci=0.95 if array.size > 1 else None
    )
    assert text.startswith("**")
    assert text.endswith(".")
    assert "nan" not in text
    assert "\u2013" not in text
    assert "  " not in text


def test_units_and_coordinates_of_others_are_no_markup():
    bad = "<img src=x onerror=alert(1)>`_*"
    mask = plane((10, 10), A, um=1.0)
    for dim in mask.dims:
        mask[dim].attrs["units"] = bad
    frames = xr.concat([mask, plane((10, 10)).assign_coords(mask.coords)], xr.Variable("time", [bad, "b"], {"units": bad}))
    named = xr.concat([plane((10, 10)), plane((10, 10), A)], bad)
    for image in (mask, frames, named):
        said = say(image) + seen(image, measure(image, "void_fraction"))
        assert "&#60;img src&#61;x onerror&#61;alert(1)&#62;" in said
        assert not set("<>`_") & set(said)
