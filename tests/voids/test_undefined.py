"""What a mask of one phase does not have is NaN, and says why, once."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.errors import NsiWarning

SOLID, VOID = (xr.DataArray(np.full((32, 32), value), dims=("y", "x")) for value in (False, True))
HALF = xr.DataArray(np.indices((32, 32)).sum(axis=0) % 8 < 4, dims=("y", "x"))


@pytest.mark.parametrize(("mask", "lacking"), [(SOLID, "the mask has no empty pixel"), (VOID, "the mask has no solid pixel")])
def test_all_that_is_nan_of_a_mask_of_one_phase_says_why_in_one_warning(mask, lacking):
    with pytest.warns(NsiWarning, match=lacking) as caught:
        ds = nsi.measure(mask)
    assert len(caught) == 1
    nothing = {name for name, v in ds.items() if v.size and v.isnull().all()}
    assert {"thickness_mean", "distance_quantile", "box_dimension"} <= nothing
    assert {name for name, v in ds.items() if v.attrs.get("nsi_undefined") == lacking} == nothing
    assert all(name in str(caught[0].message) for name in nothing)
    assert "void_fraction" not in nothing


def test_one_frame_of_several_is_enough_and_a_stream_says_the_same():
    masks = xr.concat([HALF, SOLID, VOID], "time")
    with pytest.warns(NsiWarning, match="NaN, as the mask has no empty pixel: distance_mean"):
        ds = nsi.measure(masks, "distance")
    assert ds.distance_mean.isnull().values.tolist() == [False, True, True]
    stream = nsi.Stream("distance")
    stream.update(HALF)
    with pytest.warns(NsiWarning, match="NaN, as the mask has no empty pixel: distance_mean"):
        stream.update(SOLID)
    stream.update(VOID)
    xr.testing.assert_identical(stream.result().drop_vars("error", errors="ignore"), ds)
    assert "nsi_undefined" not in nsi.measure(masks[:1], "distance").distance_mean.attrs


def test_a_mask_of_both_phases_and_a_lazy_result_say_nothing():
    hole = VOID.copy()
    hole[3, 3] = False
    assert all("nsi_undefined" not in v.attrs for v in nsi.measure(hole, ["distance", "chords"], edge="inner").values())
    lazy = nsi.measure(SOLID.chunk(16), "lacunarity")
    assert lazy.lacunarity.isnull().all()
    with pytest.warns(NsiWarning, match="no empty pixel: distance_mean"):
        assert nsi.measure(SOLID.chunk(16), "distance").distance_mean.isnull()


@pytest.mark.parametrize("name", ["porous_media", "tissue"])
def test_a_preset_says_it_in_its_own_words(name):
    with pytest.warns(NsiWarning, match="NaN, as the mask has no empty pixel: .*mean_") as caught:
        nsi.preset(name, SOLID)
    assert len(caught) == 1


def test_windows_of_nothing():
    with pytest.warns(NsiWarning) as caught:
        ds = nsi.representative(SOLID, "void_fraction", width=0.1, relative=True)
    said = [str(w.message) for w in caught]
    assert len(said) == 2
    assert "no empty pixel: void_fraction_cv" in said[0]
    assert said[1].startswith("fields_needed is infinite: void_fraction of the whole is 0")
    assert ds.fields_needed.attrs["nsi_undefined"] == "void_fraction of the whole is 0, and no width is a share of that"
