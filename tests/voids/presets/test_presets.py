"""What holds for every preset."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.errors import DimsError, NsiError, OptionError, PixelError, UnknownNameError
from nsi_notebook.voids.presets import PRESETS, options_of

pytestmark = pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # most images here are too small for intervals


def data_of(name, shape=(40, 44), step=0.5, seed=0):
    """A mask or an image that the preset takes."""
    from scipy.ndimage import gaussian_filter

    noise = gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1.2)
    noise /= noise.std()
    dims = ("time", "z", "y", "x")[-len(shape) :]
    coords = {d: (d, np.arange(n) * step, {"units": "um"}) for d, n in zip(dims, shape, strict=True)}
    if PRESETS[name].TAKES == "mask":
        return xr.DataArray(noise > 0.3, coords, dims)
    values, units = (-880 + 60 * noise, "HU") if name == "lung_ct" else (100 + noise, "adu")
    return xr.DataArray(values, coords, dims, attrs={"units": units})


@pytest.mark.parametrize("name", PRESETS)
def test_every_variable_has_units_name_source_and_is_documented(name):
    found = nsi.preset(name, data_of(name), ci=0.9)
    page = PRESETS[name].__doc__
    for key, variable in found.variables.items():
        assert variable.attrs.get("long_name") or key in ("y", "x", "bound"), key
        assert isinstance(variable.attrs.get("units"), str) or key == "bound", key
    for key, variable in found.data_vars.items():
        assert variable.attrs["nsi_source"]
        assert variable.attrs["nsi_measure"]
        bare = re.sub(r"_[yx]$", "_", str(key).removesuffix("_ci"))
        assert re.search(rf"\b{bare}", page), key
    assert found.attrs["nsi_preset"] == name
    assert found.attrs["nsi_unit"] == "um"


@pytest.mark.parametrize("name", PRESETS)
def test_intervals_are_passed_through_and_hold_the_estimate(name):
    with_ci, without = nsi.preset(name, data_of(name), ci=0.9), nsi.preset(name, data_of(name))
    bounded = [str(k).removesuffix("_ci") for k in with_ci if str(k).endswith("_ci")]
    assert bounded
    assert set(without) == {k for k in with_ci if not str(k).endswith("_ci")}
    for key in bounded:
        low, high = with_ci[f"{key}_ci"].transpose("bound", ...).values
        point = with_ci[key].values
        there = np.isfinite(low) & np.isfinite(point)
        assert ((low <= point) & (point <= high))[there].all(), key
    for key in without:
        np.testing.assert_array_equal(without[key], with_ci[key])


# power of the length unit, by the unit of the variable
@pytest.mark.parametrize("name", PRESETS)
def test_lengths_scale_with_the_spacing(name):
    one, two = (nsi.preset(name, data_of(name, step=step)) for step in (0.5, 1.0))
    for key, variable in one.data_vars.items():
        power = {"um": 1, "um^2": 2, "1/um": -1, "1/um^2": -2}.get(variable.attrs["units"], 0)
        np.testing.assert_allclose(two[key].values, variable.values * 2.0**power, rtol=1e-9, err_msg=key)


@pytest.mark.parametrize("name", PRESETS)
def test_axes_may_be_swapped_and_have_their_own_spacing(name):
    data = data_of(name)
    data = data.assign_coords(x=("x", np.arange(data.sizes["x"]) * 0.8, {"units": "um"}))
    here, turned = nsi.preset(name, data), nsi.preset(name, data.transpose())
    for key, variable in here.data_vars.items():
        if re.search("sky_void_[yx]$", key):  # of several points that are as far from any source, the first
            continue
        other = turned[key].transpose(*variable.dims)
        if "axis" in variable.dims:
            other = other.sel(axis=variable.axis)
        elif variable.ndim == 1 and key != "laa_exponent_range":  # of one size, the order is that of the pixels
            np.testing.assert_allclose(np.sort(other), np.sort(variable), rtol=1e-9, err_msg=key)
            continue
        np.testing.assert_allclose(other.values, variable.values, rtol=1e-9, err_msg=key)


@pytest.mark.parametrize("name", PRESETS)
def test_frames_equal_each_alone_in_any_order_of_dims_and_chunks(name):
    frames = data_of(name, (2, 24, 27))
    frames = frames.rename(z="time") if "z" in frames.dims else frames
    both = nsi.preset(name, frames.transpose("y", "time", "x").chunk(y=5, time=1), ci=0.9)
    for i in range(2):
        alone = nsi.preset(name, frames.isel(time=i, drop=True), ci=0.9)
        for key, variable in alone.data_vars.items():
            mine = both[key].isel(time=i)
            mine = mine.isel({d: slice(n) for d, n in variable.sizes.items() if d in ("lumen", "defect", "sky_void", "cluster")})
            np.testing.assert_array_equal(mine.transpose(*variable.dims).values, variable.values, err_msg=key)


@pytest.mark.parametrize("name", PRESETS)
def test_other_names_of_dims_give_the_same(name):
    data = data_of(name)
    renamed = nsi.preset(name, data.rename(y="row", x="col"), dims=("row", "col"))
    here = nsi.preset(name, data)
    for key in here:
        other = re.sub("_y$", "_row", re.sub("_x$", "_col", str(key)))
        np.testing.assert_array_equal(renamed[other].values, here[key].values)


@pytest.mark.parametrize("name", PRESETS)
def test_the_accessor_and_the_figure(name):
    data = data_of(name)
    found = data.nsi.preset(name, ci=0.9)
    xr.testing.assert_identical(found, nsi.preset(name, data, ci=0.9))
    figure = found.nsi.plot()
    titles = {a.text.split("<")[0] for a in figure.layout.annotations}
    assert titles
    assert len(figure.data) < 60


@pytest.mark.parametrize("name", PRESETS)
def test_a_batch_of_frames_has_a_figure(name):
    frames = data_of(name, (3, 20, 20)).rename(z="time")
    assert nsi.preset(name, frames, ci=0.9).nsi.plot().data


@pytest.mark.parametrize("name", [n for n in PRESETS if PRESETS[n].TAKES == "mask"])
@pytest.mark.parametrize("value", [True, False])
def test_a_mask_of_one_value(name, value):
    mask = xr.full_like(data_of(name), value)
    found = nsi.preset(name, mask, ci=0.9)
    share = {"porous_media": "porosity", "tissue": "gap_fraction", "surface_inspection": "coverage"}[name]
    assert float(found[share]) == value
    np.testing.assert_array_equal(found[f"{share}_ci"], value)


def test_names_and_options_that_do_not_exist_are_said():
    mask = data_of("tissue")
    with pytest.raises(UnknownNameError, match="did you mean 'porous_media'"):
        nsi.preset("porous_medium", mask)
    with pytest.raises(OptionError, match="tissue: unknown option 'lumen_sise'") as caught:
        nsi.preset("tissue", mask, lumen_sise=3)
    assert "lumen_size" in str(caught.value.hint)
    with pytest.raises(PixelError, match="a list is not a DataArray"):
        nsi.preset("tissue", [[True]])
    with pytest.raises(PixelError, match="must be bool"):
        nsi.preset("tissue", mask.astype(int))
    with pytest.raises(DimsError, match="'lumen', which is the name of an output"):
        nsi.preset("tissue", mask.expand_dims(lumen=2))
    with pytest.raises(OptionError, match="seed=-1"):
        nsi.preset("lung_ct", data_of("lung_ct"), ci=0.9, seed=-1)
    with pytest.raises(OptionError, match="ci=95"):
        nsi.preset("tissue", mask, ci=95)
    for name in PRESETS:
        with pytest.raises(NsiError):
            nsi.preset(name, data_of(name).isel(y=0))


def test_the_docstring_lists_the_options():
    said = " ".join(nsi.preset.__doc__.split())
    for name in PRESETS:
        for option in options_of(name):
            assert re.search(rf"{name}: [^;]*\b{option}\b", said), (name, option)
