"""Bad input to `measure` gets one clear line; and the summary algebra guards itself."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from nsi_notebook import components, measure, summary
from nsi_notebook.errors import DimsError, NsiError, OptionError, PixelError, SpacingError, SummaryError, UnknownNameError
from nsi_notebook.voids.block import split
from nsi_notebook.voids.measures import registry

MASK = xr.DataArray(np.random.default_rng(0).random((12, 14)) < 0.5, dims=("y", "x"))


def anisotropic():
    return MASK.assign_coords(y=("y", np.arange(12) * 2.0, {"units": "um"}), x=("x", np.arange(14) * 1.0, {"units": "um"}))


@pytest.mark.parametrize(
    ("call", "kind", "word"),
    [
        (lambda: measure(MASK.values), PixelError, "not a DataArray"),
        (lambda: measure(MASK.astype(float)), PixelError, "must be bool, not float64"),
        (lambda: components(MASK.astype(int)), PixelError, "must be bool"),
        (lambda: measure(MASK.isel(x=slice(0))), DimsError, "no pixels .*x: 0"),
        (lambda: measure(xr.DataArray(MASK.values)), DimsError, "none is called z, y or x"),
        (lambda: measure(MASK, "eulr"), UnknownNameError, "did you mean 'euler'"),
        (lambda: measure(MASK, []), DimsError, "no measure was asked for"),
        (lambda: measure(MASK, "euler", conectivity=8), OptionError, "did you mean 'connectivity'"),
        (lambda: measure(MASK, "euler", edge="inner"), OptionError, "unknown option 'edge'"),
        (lambda: measure(MASK, "euler", connectivity=6), OptionError, "does not exist in 2 dims"),
        (lambda: measure(MASK, "chords", edge="iner"), UnknownNameError, "did you mean 'inner'"),
        (lambda: measure(MASK, "euler", ci=95), OptionError, "not a level between 0 and 1"),
        (lambda: measure(MASK[:1, :1], "void_fraction", ci=0.95), OptionError, "one tile only"),
        (lambda: measure(anisotropic(), "lacunarity"), SpacingError, "y: 2 um, x: 1 um"),
        (lambda: measure(MASK, "lacunarity", boxes=(4, 2)), OptionError, "not rising"),
        (lambda: measure(MASK, "box_count", boxes=(0, 2)), OptionError, "not rising positive"),
        (lambda: measure(MASK, "lacunarity", boxes=(2, 13)), OptionError, "does not fit"),
        (lambda: measure(MASK, "box_count", of="solid"), UnknownNameError, "unknown content"),
        (lambda: measure(MASK, "two_point", r_max=12), OptionError, "choose from 1 to 11"),
        (lambda: measure(MASK, "distance", q=(0.5, 2)), OptionError, "not quantiles"),
        (lambda: measure(MASK, "euler", dims="x"), DimsError, "defined for 2 or 3"),
        (lambda: summary("perimeter"), UnknownNameError, "unknown measure"),
        (lambda: summary("euler").partial(np.ones(3, bool)), DimsError, "defined for 2 or 3"),
        (lambda: summary("euler").partial(np.ones((0, 3), bool)), DimsError, "no pixels"),
    ],
)
def test_bad_input_is_one_clear_line(call, kind, word):
    with pytest.raises(kind, match=word) as caught:
        call()
    assert isinstance(caught.value, NsiError)
    assert "\n" not in caught.value.message


def test_all_measures_that_make_sense_are_the_default():
    assert set(measure(anisotropic()).data_vars) == set(measure(MASK).data_vars) - {"lacunarity", "box_count", "box_dimension"}


def test_states_guard_themselves():
    euler = summary("euler")
    left, right = split(MASK.values, [(6, 6), (14,)], halo=1)
    with pytest.raises(SummaryError, match="covers 84 of the mask's 168 pixels"):
        euler.finalize(euler.partial(left))
    with pytest.raises(SummaryError, match="cover the same pixels"):
        euler.merge(euler.partial(left), euler.partial(left))
    with pytest.raises(SummaryError, match=r"shapes .* cannot merge"):
        euler.merge(euler.partial(left), euler.partial(np.ones((3, 3), bool)))
    with pytest.raises(SummaryError, match="of no data"):
        euler.finalize(euler.identity())
    with pytest.raises(SummaryError, match="a halo of 1 needs"):
        euler.partial(split(MASK.values, [(6, 6), (14,)])[0])
    whole = euler.finalize(euler.merge(euler.partial(right), euler.partial(left)), 0.5)
    assert int(whole.euler_number) == int(measure(MASK, "euler").euler_number)


def test_two_point_is_finalized_with_the_spacing_that_it_was_counted_with():
    two_point = registry.catalogue()["two_point"](spacing=(1.0, 2.0))
    with pytest.raises(OptionError, match="is finalized with"):
        two_point.finalize(two_point.partial(MASK.values), 1.0)


def test_provenance_of_the_mask_is_kept():
    image = xr.DataArray(np.arange(168.0).reshape(12, 14), dims=("y", "x"), attrs={"units": "HU"})
    ds = measure(image.nsi.void(50.0), "void_fraction")
    assert ds.attrs["nsi_threshold"] == 50.0
    assert ds.void_fraction.attrs["units"] == "1"


def test_each_variable_says_how_it_was_made():
    image = xr.DataArray(np.arange(168.0).reshape(12, 14), dims=("y", "x"))
    ds = measure(image.nsi.void("otsu", phase="bright"), ["euler", "chords", "components"], edge="inner")
    for name in ("euler_number", "component_count"):
        assert ds[name].attrs["nsi_connectivity"] == 4
    assert ds.mean_chord.attrs["nsi_edge"] == "inner"
    assert {v.attrs["nsi_method"] for v in ds.data_vars.values()} == {"otsu"}
    assert {v.attrs["nsi_phase"] for v in ds.data_vars.values()} == {"bright"}
    euler = summary("euler")
    assert euler.finalize(euler.partial(MASK)).euler_number.attrs["nsi_connectivity"] == 4


def test_connectivity_belongs_to_the_void_and_reaches_the_measures_that_use_it():
    ds = measure(MASK, ["void_fraction", "chords"], dims=("y", "x"), connectivity=4, ci=0.95)
    assert "nsi_connectivity" not in ds.void_fraction.attrs
    both = measure(MASK, ["void_fraction", "euler"], connectivity=8)
    assert int(both.euler_number) == int(measure(MASK, "euler", connectivity=8).euler_number)
    assert int(both.euler_number) != int(measure(MASK, "euler").euler_number)


def test_results_can_be_written_and_read_again(tmp_path):
    ds = measure(MASK, ci=0.9)
    ds.to_netcdf(tmp_path / "ds.nc")
    with xr.open_dataset(tmp_path / "ds.nc") as again:
        xr.testing.assert_allclose(ds, again.load())


def test_a_measure_of_another_package_is_found(monkeypatch):
    from importlib.metadata import EntryPoint

    entries = [EntryPoint("x", "nsi_notebook.voids.measures.euler:Euler", registry.GROUP)]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries)
    registry.catalogue.cache_clear()
    try:
        assert "euler" in registry.catalogue()
        entries[:] = [EntryPoint("x", "nsi_notebook.voids.measures.euler:euler_table", registry.GROUP)]
        registry.catalogue.cache_clear()
        with pytest.raises(SummaryError, match="no Measure with a name"):
            registry.catalogue()
    finally:
        registry.catalogue.cache_clear()
