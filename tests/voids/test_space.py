"""Dims, spacing and units are read, or refused."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from nsi_notebook.errors import DimsError, SpacingError
from nsi_notebook.voids.space import Space, spatial_dims


def image(**coords):
    dims = ("time", "z", "y", "x")
    return xr.DataArray(np.zeros((2, 3, 4, 5)), dims=dims, coords=coords)


def um(values, unit="um"):
    return np.asarray(values, dtype=float), {"units": unit}


def test_spacing_and_unit_come_from_the_coords():
    found = Space.of(image(z=("z", *um([0, 2, 4])), y=("y", *um([0, 1, 2, 3])), x=("x", *um([1, 1.5, 2, 2.5, 3]))))
    assert found.dims == ("z", "y", "x")
    assert found.spacing == (2.0, 1.0, 0.5)
    assert found.unit == "um"
    assert found.pixel == 1.0
    assert found.size == 60.0
    assert not found.isotropic
    assert found.power(-3) == "1/um^3"
    assert found.power(0) == "1"
    assert found.coord("x").tolist() == [1, 1.5, 2, 2.5, 3]


def test_the_exact_spacing_is_taken_where_it_is_told_and_fits():
    values = np.arange(660) * 0.107
    assert (values[-1] - values[0]) / 659 != 0.107
    line = xr.DataArray(np.zeros(660), dims="x", coords={"x": ("x", values, {"units": "um", "spacing": 0.107})})
    assert Space.of(line).spacing == (0.107,)
    assert Space.of(line[::-1]).spacing == (0.107,)
    assert Space.of(line[::-1]).signs == (-1,)
    assert Space.of(line[::2]).spacing == pytest.approx((0.214,))  # the attribute is that of the uncut image


def test_no_coords_means_pixels():
    found = Space.of(image(), dims=("y", "x"))
    assert found.spacing == (1.0, 1.0)
    assert found.unit == "pixel"
    assert found.coord("y").tolist() == [0, 1, 2, 3]


def test_one_pixel_has_the_spacing_that_its_coord_says():
    one = xr.DataArray(
        np.zeros((1, 2)), dims=("y", "x"), coords={"y": ("y", [0.0], {"units": "um", "spacing": 0.5}), "x": ("x", *um([0, 0.5]))}
    )
    assert Space.of(one).spacing == (0.5, 0.5)


def test_one_unit_may_be_spelled_in_several_ways():
    square = xr.DataArray(
        np.zeros((3, 3)), dims=("y", "x"), coords={"y": ("y", *um(range(3), "\u00b5m")), "x": ("x", *um(range(3), "micrometer"))}
    )
    assert Space.of(square).unit == "um"


def test_one_slice_does_not_tell_its_spacing():
    stack = image(z=("z", *um([0, 2, 4])), y=("y", *um([0, 1, 2, 3])), x=("x", *um([0, 1, 2, 3, 4])))
    with pytest.raises(SpacingError, match="coord 'z' has one pixel, from which no spacing in um follows"):
        Space.of(stack.isel(z=slice(2, 3)))
    assert Space.of(stack.isel(z=0)).dims == ("y", "x")


def test_isotropic_does_not_depend_on_the_unit():
    assert not Space.plain((3, 4), (5e-9, 1e-9), "m").isotropic
    assert Space.plain((3, 4), (1e-9, 1e-9 * (1 + 1e-9)), "m").isotropic
    assert Space.plain((3, 4), np.int64(2)).spacing == (2.0, 2.0)


@pytest.mark.parametrize(
    ("coords", "word"),
    [
        ({"x": ("x", *um([0, 1, 2, 3, 5])), "y": ("y", *um(range(4))), "z": ("z", *um(range(3)))}, "not uniform"),
        ({"x": ("x", *um([0, 1, 2, 3, np.nan])), "y": ("y", *um(range(4))), "z": ("z", *um(range(3)))}, "not uniform"),
        ({"x": ("x", *um([1, 1, 1, 1, 1])), "y": ("y", *um(range(4))), "z": ("z", *um(range(3)))}, "not uniform"),
        ({"x": ("x", *um(range(5))), "y": ("y", *um(range(4), "mm")), "z": ("z", *um(range(3)))}, "disagree"),
        ({"x": ("x", *um(range(5)))}, "disagree"),
        ({"x": ("x", list("abcde"))}, "not numeric"),
    ],
)
def test_what_cannot_be_a_spacing_is_refused(coords, word):
    with pytest.raises(SpacingError, match=word):
        Space.of(image(**coords))


@pytest.mark.parametrize("dims", [("row",), (), ("y", "y"), "row"])
def test_dims_that_are_not_there_are_refused(dims):
    with pytest.raises(DimsError, match="cannot be used"):
        spatial_dims(image(), dims)


def test_dims_without_a_usual_name_must_be_said():
    plain = xr.DataArray(np.zeros((3, 4)))
    with pytest.raises(DimsError, match="none is called z, y or x"):
        Space.of(plain)
    assert Space.of(plain, ("dim_0", "dim_1")).shape == (3, 4)
    with pytest.raises(DimsError, match="4 spatial dims"):
        spatial_dims(image(), ("time", "z", "y", "x"))


def test_plain_frames():
    assert Space.plain((3, 4), (1, 2.0), "um").spacing == (1.0, 2.0)
    with pytest.raises(SpacingError, match="3 spacings for 2 dims"):
        Space.plain((3, 4), (1, 1, 1))
    with pytest.raises(DimsError, match="4 dims"):
        Space.plain((1, 2, 3, 4))
