"""Carpet and sponge: what our measures count in their pixels is what their formulas say, exactly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import euler_number

from nsi_notebook import measure
from nsi_notebook.errors import OptionError, SpacingError
from nsi_notebook.voids import synthetic
from nsi_notebook.voids.synthetic import menger_sponge, sierpinski_carpet

MADE = [(sierpinski_carpet, 2, n, 8) for n in (1, 2, 3, 5)] + [(menger_sponge, 3, n, 20) for n in (1, 2, 3, 4)]


def kept(ndim, level):
    """The other way to make one: the pattern in each pixel of the pattern."""
    cross = sum(np.ix_(*(np.array([0, 1, 0]),) * ndim)) < 2
    mask = np.ones((1,) * ndim, dtype=bool)
    for _ in range(level):
        mask = np.kron(mask, cross)
    return mask


@pytest.mark.parametrize(("make", "ndim", "level", "left"), MADE)
def test_the_measures_find_the_exact_numbers(make, ndim, level, left):
    mask = make(level, spacing=0.5, unit="mm")
    assert (mask.values == ~kept(ndim, level)).all()
    found = measure(mask, ["void_fraction", "components", "euler", "chords"])
    for name in ("void_fraction", "component_count", "euler_number", "mean_chord"):
        assert found[name].values == pytest.approx(mask.attrs[f"nsi_true_{name}"], rel=1e-12), name
    assert mask.attrs["nsi_true_euler_number"] == euler_number(np.pad(mask.values, 1), 1)


@pytest.mark.parametrize(("make", "ndim", "level", "left"), MADE)
def test_the_box_dimension_is_exact(make, ndim, level, left):
    mask = make(level)
    powers = [3**k for k in range(1, level + 1)]
    found = measure(mask, "box_count", boxes=tuple(powers))
    assert found.box_count.values.tolist() == synthetic.truth(mask).box_count(powers).tolist()
    if level > 1:
        assert found.box_dimension.item() == pytest.approx(mask.attrs["nsi_true_box_dimension"], rel=1e-12)
    assert synthetic.truth(mask).box_count(1) == 0
    # what is left is covered by as many boxes
    assert (
        measure(~mask, "box_count", boxes=tuple(powers), of="void").box_count.values.tolist() == found.box_count.values.tolist()
    )


@pytest.mark.parametrize(("make", "ndim", "level", "left"), MADE)
def test_the_surface_is_that_of_the_pixels_faces(make, ndim, level, left):
    spacing = (0.5, 2.0, 3.0)[:ndim]
    mask = make(level, spacing=spacing)
    faces = [np.count_nonzero(np.diff(mask.values, axis=axis)) * np.prod(spacing) / spacing[axis] for axis in range(ndim)]
    name = "perimeter" if ndim == 2 else "surface_area"
    assert mask.attrs[f"nsi_true_{name}"] == pytest.approx(sum(faces))
    density = mask.attrs["nsi_true_perimeter_density" if ndim == 2 else "nsi_true_surface_density"]
    assert density == pytest.approx(sum(faces) / (mask.size * np.prod(spacing)))


def test_chords_and_segments_of_the_carpet():
    mask = sierpinski_carpet(3, spacing=0.5)
    truth = synthetic.truth(mask)
    found = measure(mask, "chords").chord_count
    assert found.sel(axis="y").values.tolist() == truth.chord_count(found.length.values).tolist()
    for k in range(27):
        run = ndimage.minimum_filter1d(mask.values.astype(int), k + 1, axis=1, origin=-((k + 1) // 2), mode="constant")
        assert truth.lineal_path(0.5 * k) == pytest.approx(run[:, : 27 - k].mean())
    with pytest.raises(OptionError, match="a segment is as long as the window of 27 pixels"):
        truth.lineal_path(13.5)
    with pytest.raises(OptionError, match="spacing that differs"):
        synthetic.truth(sierpinski_carpet(2, spacing=(1, 2))).lineal_path(1)


@pytest.mark.parametrize("make", [sierpinski_carpet, menger_sponge])
def test_what_makes_no_fractal_is_refused(make):
    for level in (0, -1, 2.0, "3", True, None):
        with pytest.raises(OptionError, match="is not a whole number from 1"):
            make(level)
    with pytest.raises(OptionError, match="level=11 makes a mask of 3"):
        make(11)
    with pytest.raises(SpacingError, match="does not fit the shape"):
        make(2, spacing=(1, 1, 1, 1))
    with pytest.raises(OptionError, match="are not all powers of 3 up to 9"):
        synthetic.truth(make(2)).box_count([3, 4])
