"""Bad input to `measure` gets one clear line; and the summary algebra guards itself."""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path

import dask
import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook import components, measure, summary
from nsi_notebook.errors import (
    DimsError,
    NsiError,
    NsiWarning,
    OptionError,
    PixelError,
    SpacingError,
    SummaryError,
    UnknownNameError,
)
from nsi_notebook.voids.block import split
from nsi_notebook.voids.measures import registry
from nsi_notebook.voids.measures.registry import catalogue
from nsi_notebook.voids.space import Space

MASK = xr.DataArray(np.random.default_rng(0).random((12, 14)) < 0.5, dims=("y", "x"))


def unknown():
    """A mask whose chunks know their sizes only when they are computed."""
    array = da.from_array(MASK.values, chunks=5)
    return xr.DataArray(array[array.any(axis=1)], dims=("y", "x"))


def anisotropic():
    return MASK.assign_coords(y=("y", np.arange(12) * 2.0, {"units": "um"}), x=("x", np.arange(14) * 1.0, {"units": "um"}))


@pytest.mark.parametrize(
    ("call", "kind", "word"),
    [
        (lambda: measure(MASK.values), PixelError, "not a DataArray"),
        (lambda: measure(MASK.astype(float)), PixelError, "must be bool, not float64"),
        (lambda: components(MASK.astype(int)), PixelError, "must be bool"),
        (lambda: components(MASK.values), PixelError, "not a DataArray"),
        (lambda: measure(unknown()), DimsError, "the mask has chunks of unknown size along y"),
        (lambda: components(unknown()), DimsError, "the mask has chunks of unknown size along y"),
        (lambda: measure(MASK.isel(x=slice(0))), DimsError, "no pixels .*x: 0"),
        (lambda: measure(xr.DataArray(MASK.values)), DimsError, "none is called z, y or x"),
        (lambda: measure(MASK, "eulr"), UnknownNameError, "did you mean 'euler'"),
        (lambda: measure(MASK, []), DimsError, "no measure was asked for"),
        (lambda: measure(MASK, "euler", conectivity=8), OptionError, "did you mean 'connectivity'"),
        (lambda: measure(MASK, "euler", edge="inner"), OptionError, "unknown option 'edge'"),
        (lambda: measure(MASK, "euler", connectivity=6), OptionError, "does not exist in 2 dims"),
        (lambda: measure(MASK, "chords", edge="iner"), UnknownNameError, "did you mean 'inner'"),
        (lambda: measure(MASK, "euler", ci=95), OptionError, "not a level between 0 and 1"),
        (lambda: measure(MASK, "euler", ci="0.95"), OptionError, "ci='0.95' is not a finite number"),
        (lambda: measure(MASK, "euler", ci=True), OptionError, "ci=True is not a finite number"),
        (lambda: measure(MASK, "euler", ci=0.9, seed=-1), OptionError, "seed=-1 is negative"),
        (lambda: measure(MASK, "euler", ci=0.9, seed=None), OptionError, "seed=None is not a whole number"),
        (lambda: measure(MASK, "euler", ci=0.9, seed=0.5), OptionError, "seed=0.5 is not a whole number"),
        (lambda: measure(MASK, "euler", connectivity=4.0), OptionError, "connectivity=4.0 is not a whole number"),
        (lambda: measure(MASK[:1, :1], "void_fraction", ci=0.95), OptionError, "one tile only"),
        (lambda: measure(anisotropic(), "lacunarity"), SpacingError, "y: 2 um, x: 1 um"),
        (lambda: measure(MASK, "lacunarity", boxes=(4, 2)), OptionError, "not rising"),
        (lambda: measure(MASK, "box_count", boxes=(0, 2)), OptionError, "not rising positive"),
        (lambda: measure(MASK, "lacunarity", boxes=(2, 13)), OptionError, "does not fit"),
        (lambda: measure(MASK, "lacunarity", boxes="12"), OptionError, "boxes='12' is not a finite number"),
        (lambda: measure(MASK, "lacunarity", boxes=np.array([[1, 2]])), OptionError, r"boxes=\[1, 2\] is not a finite number"),
        (lambda: measure(MASK, "lacunarity", boxes=np.array([1.5, 2])), OptionError, "not rising positive"),
        (lambda: measure(MASK, "two_point", r_max=2.5), OptionError, "r_max=2.5 is not a whole number"),
        (lambda: measure(MASK, "distance", r_max=0.1), OptionError, "r_max=0.1 is not a whole number of pixels"),
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


@pytest.mark.parametrize("name", ["distance", "lineal_path", "thickness", "two_point"])
def test_a_length_that_is_no_number_of_pixels_is_told_how_long_a_pixel_is(name):
    with pytest.raises(OptionError) as caught:
        measure(anisotropic(), name, r_max=0.1)
    assert caught.value.hint == "it is in pixels; their spacing is y: 2 um, x: 1 um"
    with pytest.raises(OptionError) as caught:
        summary(name, r_max=0.1)
    assert caught.value.hint == "it is in pixels"


@pytest.mark.parametrize("path", ["grey.tif", Path("grey.tif")])
@pytest.mark.parametrize(
    ("verb", "hint"),
    [
        (nsi.measure, "open it first: nsi.open('grey.tif'), and nsi.void(nsi.open('grey.tif')) if it is grey"),
        (nsi.components, "nsi.void(nsi.open('grey.tif')) if it is grey"),
        (lambda path: nsi.split(path, 64), "nsi.void(nsi.open('grey.tif')) if it is grey"),
        (lambda path: nsi.components(MASK, image=path), "open it first: nsi.open('grey.tif')"),
        (nsi.void, "open it first: nsi.open('grey.tif')"),
        (nsi.curves, "open it first: nsi.open('grey.tif')"),
        (nsi.plot, "open it first: nsi.open('grey.tif')"),
        (nsi.series, "open it first: nsi.open('grey.tif')"),
        (lambda path: nsi.preset("lung_ct", path), "open it first: nsi.open('grey.tif')"),
        (nsi.Stream("euler").update, "open it first: nsi.open('grey.tif')"),
    ],
)
def test_the_name_of_a_file_is_to_be_opened_first(verb, hint, path):
    with pytest.raises(PixelError, match=r"'grey\.tif' is a text or the name of a file, not a DataArray") as caught:
        verb(path)
    assert caught.value.hint.endswith(hint)


@pytest.mark.parametrize(
    ("call", "kind", "says", "hint"),
    [
        (lambda: measure(MASK, "porosity"), UnknownNameError, "unknown measure 'porosity'", "did you mean 'void_fraction'?"),
        (lambda: measure(MASK, "mean_chord"), UnknownNameError, "unknown measure", "did you mean 'chords'?"),
        (lambda: measure(MASK, summary("euler")), OptionError, "a Euler is not the name of a measure", "add-a-measure.md"),
        (lambda: measure(MASK, [type(summary("euler"))]), OptionError, "a Euler is not the name", "add-a-measure.md"),
        (lambda: measure(MASK, "void_fraction", spacing=0.5), OptionError, "'spacing'; there is none", "mask.assign_coords(x="),
        (lambda: summary("euler", connectivity=7), OptionError, "connectivity=7 does not exist", "4 or 8 in 2 dims"),
        (lambda: nsi.split(MASK, 4, halo=-1), OptionError, "halo=-1 is below 0", "summary.halo"),
        (lambda: nsi.split(MASK, 4, halo=0.5), OptionError, "halo=0.5 is not a whole number", "digits"),
    ],
)
def test_what_is_meant_is_said(call, kind, says, hint):
    with pytest.raises(kind) as caught:
        call()
    assert says in caught.value.message
    assert hint in caught.value.hint


def test_the_hint_about_a_spacing_gives_it_to_an_array():
    mask = MASK.assign_coords({d: (d, 0.5 * np.arange(MASK.sizes[d]), {"units": "um"}) for d in MASK.dims})
    assert measure(mask, "euler").attrs["nsi_spacing"] == [0.5] * MASK.ndim
    assert measure(mask, "euler").attrs["nsi_unit"] == "um"


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
    two_point = catalogue()["two_point"](spacing=(1.0, 2.0))
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
    ds = measure(MASK, ["void_fraction", "chords"], dims=("y", "x"), connectivity=4)
    assert "nsi_connectivity" not in ds.void_fraction.attrs
    both = measure(MASK, ["void_fraction", "euler"], connectivity=8)
    assert int(both.euler_number) == int(measure(MASK, "euler", connectivity=8).euler_number)
    assert int(both.euler_number) != int(measure(MASK, "euler").euler_number)


def test_results_can_be_written_and_read_again(tmp_path):
    with pytest.warns(NsiWarning, match="intervals in doubt"):
        ds = measure(MASK, ci=0.9)
    assert any("nsi_ci_doubt" in v.attrs for v in ds.data_vars.values())
    ds.to_netcdf(tmp_path / "ds.nc")
    with xr.open_dataset(tmp_path / "ds.nc") as again:
        xr.testing.assert_allclose(ds, again.load())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("lacunarity", {"boxes": np.array([1, 2])}),
        ("lacunarity", {"boxes": [np.int32(1), np.int32(2)]}),
        ("lacunarity", {"boxes": range(1, 3)}),
        ("lacunarity", {"boxes": xr.DataArray([1, 2])}),
        ("distance", {"q": np.array([0.25, 0.5])}),
        ("distance", {"q": pd.Series([0.25, 0.5])}),
    ],
)
def test_options_of_several_numbers_may_be_any_sequence(name, options, tmp_path):
    ((option, value),) = options.items()
    plain = tuple(np.asarray(value).tolist())
    found = measure(MASK, name, **options)
    xr.testing.assert_identical(found, measure(MASK, name, **{option: plain}))
    for variable in found.data_vars.values():
        assert variable.attrs[f"nsi_{option}"] == list(plain)
        assert {type(v) for v in variable.attrs[f"nsi_{option}"]} == {type(plain[0])}
    found.to_netcdf(tmp_path / "found.nc")


def test_one_number_is_a_sequence_of_one():
    assert measure(MASK, "lacunarity", boxes=4).box.values.tolist() == [4]
    assert measure(MASK, "distance", q=np.float32(0.5)).q.values.tolist() == [0.5]
    assert measure(MASK, "two_point", r_max=np.int64(3)).two_point.attrs["nsi_r_max"] == 3
    assert measure(MASK, "void_fraction", ci=0.9, seed=np.int64(3)).void_fraction_ci.attrs["nsi_seed"] == 3


def test_chunks_of_unknown_size_can_be_measured_as_the_error_says():
    mask = unknown()
    with pytest.raises(DimsError) as caught:
        measure(mask)
    assert "mask.data.compute_chunk_sizes()" in caught.value.hint
    mask.data.compute_chunk_sizes()
    assert int(measure(mask, "euler").euler_number) == int(measure(MASK, "euler").euler_number)


@pytest.mark.parametrize(
    ("name", "taken"),
    [("void_profile", "position"), ("chords", "length"), ("two_point", "r"), ("components", "rank"), ("euler", "euler_number")],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_batch_dim_with_the_name_of_an_output_is_refused_before_counting(name, taken, chunked):
    def refuse(block):
        raise AssertionError("a chunk was computed")

    array = da.from_array(np.stack([MASK.values] * 2), chunks=(1, -1, -1))
    data = array.map_blocks(refuse, dtype=bool, meta=np.empty((0, 0, 0), bool)) if chunked else array.compute()
    mask = xr.DataArray(data, dims=(taken, "y", "x"))
    with pytest.raises(DimsError, match=f"the mask has a dim '{taken}', which is the name of an output of {name}") as caught:
        measure(mask, name)
    assert f"mask.rename({{'{taken}': 'mask_{taken}'}})" in caught.value.hint


def test_a_coord_with_the_name_of_an_output_is_refused_too():
    with pytest.raises(DimsError, match="the mask has a coord 'r', which is the name of an output of two_point"):
        measure(MASK.assign_coords(r=3.0), ["void_fraction", "two_point"])
    assert float(measure(MASK.assign_coords(r=3.0), "void_fraction").r) == 3
    for taken in ("bound", "void_fraction_ci"):
        mask = MASK.expand_dims({taken: 2})
        with pytest.raises(DimsError, match=f"the mask has a dim '{taken}'"):
            measure(mask, "void_fraction", ci=0.9)
        assert measure(mask, "void_fraction").void_fraction.dims == (taken,)


def test_coords_that_do_not_depend_on_space_are_kept():
    one = MASK.assign_coords(time=3.0, specimen="a", depth=("y", np.arange(12.0)))
    assert set(measure(one, "void_fraction").coords) == {"time", "specimen"}
    assert measure(one, "void_fraction").specimen == "a"
    several = MASK.expand_dims(time=3).assign_coords(
        time=[1.0, 2.0, 3.0], frame=("time", [7, 8, 9], {"units": "1"}), specimen="a", at=(("time", "y"), np.zeros((3, 12)))
    )
    ds = measure(several, "void_fraction")
    assert set(ds.coords) == {"time", "frame", "specimen"}
    xr.testing.assert_identical(ds.frame.drop_vars("specimen"), several.frame.drop_vars("specimen"))


def test_batch_dims_may_have_a_multi_index():
    frames = xr.concat([MASK, ~MASK, MASK, ~MASK], "both").values.reshape(2, 2, 12, 14)
    grid = xr.DataArray(frames, dims=("a", "b", "y", "x"), coords={"a": [1, 2], "b": [3, 4]})
    flat = measure(grid.stack(s=("a", "b")), "void_fraction").void_fraction
    np.testing.assert_array_equal(flat.unstack("s"), measure(grid, "void_fraction").void_fraction)


def test_one_frame_of_a_series_is_measured_with_its_own_threshold():
    image = xr.DataArray(np.random.default_rng(1).random((3, 10, 10)), dims=("time", "y", "x"))
    void = image.nsi.void("otsu")
    ds = void.isel(time=1).nsi.measure("void_fraction")
    assert "nsi_threshold" not in ds.attrs
    assert float(ds.threshold) == float(void.threshold[1])
    np.testing.assert_array_equal(void.nsi.measure("void_fraction").threshold, void.threshold)


def peak(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("chunks", [None, {"time": 1}, {"time": 1, "y": 64}])
def test_the_states_of_a_frame_are_dropped_when_it_is_described(chunks):
    mask = xr.DataArray(np.random.default_rng(0).random((12, 128, 128)) < 0.5, dims=("time", "y", "x"))
    frames = mask if chunks is None else mask.chunk(chunks)
    with dask.config.set(scheduler="synchronous"):
        measure(frames[:1], "chords", ci=0.9)
        few, many = (peak(lambda n=n: measure(frames[:n], "chords", ci=0.9)) for n in (2, 12))
    assert many - few < 8 * mask.nbytes  # the states of all frames are 22 times the mask


@pytest.mark.parametrize("chunks", [(5, 64, 64), (1, 64, 64), (5, 32, 20), (20, 16, 64)])
@pytest.mark.parametrize("ci", [None, 0.9])
def test_each_chunk_is_read_once_and_tiles_add_no_tasks(chunks, ci):
    read, done = [], []

    def load(block, block_info):
        read.append(tuple(block_info[0]["chunk-location"]))
        return block

    array = da.from_array(np.random.default_rng(0).random((20, 64, 64)) < 0.5, chunks=chunks)
    mask = xr.DataArray(array.map_blocks(load, dtype=bool, meta=np.empty((0, 0, 0), bool)), dims=("time", "y", "x"))
    with dask.callbacks.Callback(posttask=lambda key, *_: done.append(key)), dask.config.set(scheduler="synchronous"):
        measure(mask, ["void_fraction", "euler"], ci=ci).compute()
    assert sorted(read) == sorted(np.ndindex(array.numblocks))
    tiles_of_a_frame = np.prod(array.numblocks[1:])
    # reading, cutting with halo (from up to four chunks) and gluing, for each chunk; counting and describing, for each frame;
    # lazy: picking, wrapping and stacking, for each of the three variables of a frame
    assert len(done) <= 12 * array.npartitions + (tiles_of_a_frame + 2) * 20 + (3 * 3 * 20 + 3 if ci is None else 0)


LAZY = [n for n, k in catalogue().items() if not (k.in_memory or k.ragged)]


@pytest.mark.parametrize("name", [n for n, k in catalogue().items() if k.in_memory])
def test_a_measure_that_needs_the_whole_refuses_what_the_machine_cannot_hold(name):
    mask = xr.DataArray(da.zeros((10**5, 10**5, 10**3), dtype=bool, chunks=10**4), dims=("z", "y", "x"))
    with pytest.raises(
        DimsError, match=rf"{name} needs a frame in memory: of .* pixels it takes about [\d,.]+ GiB, and this machine"
    ):
        measure(mask, name)
    assert measure(mask, "euler").euler_number.chunks is not None
    assert not catalogue()[name].fits(Space.of(mask))  # so that it is left out where none is named


@pytest.mark.parametrize(
    ("dims", "shape"),
    [(("sample", "time", "y", "x"), (2, 3, 40, 36)), (("time", "z", "y", "x"), (2, 17, 24, 20)), (("y", "x"), (36, 25))],
)
def test_a_chunked_mask_gives_a_lazy_dataset_of_the_same_bits(dims, shape):
    mask = xr.DataArray(np.random.default_rng(1).random(shape) < 0.6, dims=dims, coords={"x": 0.5 + np.arange(shape[-1])})
    read = []

    def load(block):
        read.append(block.shape)
        return block

    chunked = mask.chunk(dict.fromkeys(dims, 13))
    watched = chunked.copy(data=chunked.data.map_blocks(load, dtype=bool, meta=np.empty((0,) * len(shape), bool)))
    lazy = measure(watched, LAZY)
    assert read == []
    assert all(v.chunks is not None for v in lazy.data_vars.values())
    assert lazy.compute().identical(measure(mask, LAZY))
    assert len(read) == chunked.data.npartitions
    for variable in lazy.data_vars.values():  # what is said before is what comes
        found = variable.compute()
        assert (variable.shape, variable.dtype) == (found.shape, found.dtype)


def test_what_cannot_be_lazy_is_computed_and_what_needs_memory_is_asked_for_by_name():
    chunked = MASK.chunk(5)
    assert measure(chunked, ["euler", "components"]).euler_number.chunks is None  # as many ranks as there are components
    assert measure(chunked, "distance").distance_mean.chunks is None
    assert "distance_mean" in measure(MASK)
    assert "distance_mean" not in measure(chunked)


PLUGIN = """
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from nsi_notebook.voids.measures.base import Measure, Variable, ratio

@dataclass(frozen=True)
class SolidFraction(Measure):
    name: ClassVar[str] = "solid_fraction"

    def count(self, block):
        return {"solid": np.array((~block.inner).sum()), "pixels": np.array(block.inner.size)}, {}

    def report(self, counts, space):
        return [Variable("solid_fraction", ratio(counts["solid"], counts["pixels"]), "1", "solid fraction")], []

@dataclass(frozen=True)
class Euler(SolidFraction):
    name: ClassVar[str] = "euler"

@dataclass(frozen=True)
class Longest(SolidFraction):
    name: ClassVar[str] = "longest"

    def report(self, counts, space):
        two = np.stack([counts["solid"], counts["solid"]], axis=-1)
        return [Variable("longest", two, "1", "of either", ("way",), interval=False, extent=np.array([1, 99]))], []

def function():
    pass
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a package with an entry point, as pip leaves it."""

    def install(name):
        (tmp_path / "solid_measures.py").write_text(PLUGIN)
        info = tmp_path / "solid_measures-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: solid-measures\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\nsolid = {name}\n")
        monkeypatch.syspath_prepend(tmp_path)
        registry.catalogue.cache_clear()

    yield install
    registry.catalogue.cache_clear()
    sys.modules.pop("solid_measures", None)


def test_a_measure_of_another_package_is_found(installed):
    assert "solid_fraction" not in catalogue()
    installed("solid_measures:SolidFraction")
    assert "solid_fraction" in catalogue()
    ds = measure(MASK.chunk(y=5), ["solid_fraction", "void_fraction"], ci=0.9)
    assert float(ds.solid_fraction + ds.void_fraction) == pytest.approx(1, rel=1e-15)
    assert "solid_fraction_ci" in ds


def test_a_variable_with_an_extent_need_not_have_an_interval(installed):
    installed("solid_measures:Longest")
    ds = measure(MASK, "longest", ci=0.9)
    assert "longest_ci" not in ds
    assert ds.longest.attrs["nsi_ci"].startswith("none")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("solid_measures:Euler", "gives a measure 'euler', which there is already"),
        ("solid_measures:function", "no Measure with a name"),
        ("solid_measures:Measure", "no Measure with a name"),
    ],
)
def test_entry_points_that_give_no_measure_of_their_own_are_refused(installed, name, word):
    installed(name)
    with pytest.raises(SummaryError, match=word):
        catalogue()


def test_the_same_measure_offered_twice_is_one(installed):
    installed("nsi_notebook.voids.measures.euler:Euler")
    assert catalogue()["euler"].__module__ == "nsi_notebook.voids.measures.euler"
