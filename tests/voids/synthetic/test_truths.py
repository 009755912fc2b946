"""A truth stays with its mask: in attrs, through measures and files."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from nsi_notebook import measure
from nsi_notebook.errors import OptionError, UnknownNameError
from nsi_notebook.voids import synthetic

MASKS = {
    "boolean_model": lambda: synthetic.boolean_model((24, 20), 3, 0.5, 1, (0.5, 0.4), "um"),
    "gaussian_level_set": lambda: synthetic.gaussian_level_set((12, 14, 10), 3, 0.5, 1, 0.5, "um"),
    "bernoulli_noise": lambda: synthetic.bernoulli_noise((12, 14), 1, 1),
    "sphere_packing": lambda: synthetic.sphere_packing((12, 12, 12), "bcc", 6, spacing=0.5, unit="mm"),
    "sierpinski_carpet": lambda: synthetic.sierpinski_carpet(2),
    "menger_sponge": lambda: synthetic.menger_sponge(2, 0.1, "nm"),
}
CURVES = {
    "boolean_model": ("two_point", "lineal_path", "lacunarity", "distance_survival"),
    "gaussian_level_set": ("two_point", "lacunarity"),
    "bernoulli_noise": ("two_point", "lineal_path", "lacunarity", "distance_survival"),
    "sphere_packing": ("two_point",),
    "sierpinski_carpet": ("lineal_path", "box_count", "chord_count"),
    "menger_sponge": ("box_count",),
}


def test_every_model_is_here():
    assert set(MASKS) == set(synthetic.MODELS)
    assert synthetic.__all__ == sorted(synthetic.__all__)
    assert set(MASKS) <= set(synthetic.__all__)


@pytest.mark.parametrize("name", MASKS)
def test_the_truth_is_found_again_in_files_and_results(name, tmp_path):
    mask = MASKS[name]()
    truth = synthetic.truth(mask)
    assert truth.model == name
    mask.to_netcdf(tmp_path / "mask.nc", engine="h5netcdf")
    mask.to_dataset().to_zarr(tmp_path / "mask.zarr", consolidated=False)
    result = measure(mask, "void_fraction")
    result.to_netcdf(tmp_path / "result.nc", engine="h5netcdf")
    with (
        xr.open_dataarray(tmp_path / "mask.nc", engine="h5netcdf") as one,
        xr.open_zarr(tmp_path / "mask.zarr", consolidated=False) as two,
        xr.open_dataset(tmp_path / "result.nc", engine="h5netcdf") as three,
    ):
        for made in (one, two["void"], three, result):
            assert synthetic.truth(made) == truth
            for key, value in truth.values().items():
                assert made.attrs[f"nsi_true_{key}"] == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize("name", MASKS)
def test_the_numbers_bear_the_names_of_our_variables(name):
    mask = MASKS[name]()
    found = measure(mask, ["void_fraction", "surface", "euler", "chords", "distance", "components"])
    more = {"box_dimension"}
    for key, value in synthetic.truth(mask).values().items():
        assert key in more or np.shape(value) in ((), found[key].shape), key


@pytest.mark.parametrize("name", MASKS)
def test_curves_without_a_formula_say_which_have_one(name):
    truth = synthetic.truth(MASKS[name]())
    for curve in ("two_point", "lineal_path", "lacunarity", "distance_survival", "box_count", "chord_count"):
        if curve in CURVES[name]:
            value = getattr(truth, curve)([[1], [1]])
            assert value.shape == (2, 1)
            assert getattr(truth, curve)(1) == value[0, 0]
        else:
            with pytest.raises(OptionError, match=f"{name}: no formula for {curve} is known here") as error:
                getattr(truth, curve)(1)
            assert error.value.hint == f"there are: {', '.join(CURVES[name])}"


def test_what_has_no_truth_says_so():
    mask = synthetic.bernoulli_noise((4, 5), 0.5, 1)
    with pytest.raises(OptionError, match="do not say by which model") as error:
        synthetic.truth(mask.drop_attrs())
    assert "sphere_packing" in error.value.hint
    with pytest.raises(UnknownNameError, match="unknown model 'bernouli_noise'") as error:
        synthetic.truth(mask.assign_attrs(nsi_model="bernouli_noise"))
    assert error.value.hint == "did you mean 'bernoulli_noise'?"
    del mask.attrs["nsi_model_fraction"]
    with pytest.raises(OptionError, match="lack nsi_model_fraction"):
        synthetic.truth(mask)


def test_what_is_no_distance_or_box_is_refused():
    truth = synthetic.truth(synthetic.boolean_model((8, 9), 2, 0.5, 1))
    for curve in (truth.two_point, truth.lineal_path, truth.distance_survival):
        with pytest.raises(OptionError, match="holds what is no distance"):
            curve([1, -1])
        with pytest.raises(OptionError, match="holds what is no distance"):
            curve(np.nan)
    for box in (0, 1.5, [2, -1]):
        with pytest.raises(OptionError, match="not positive whole numbers of pixels"):
            truth.lacunarity(box)
