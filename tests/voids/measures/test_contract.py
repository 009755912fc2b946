"""Every measure: any split, any chunking, any merge order gives the whole-array answer, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsi_notebook import check_summary, measure, summary
from nsi_notebook.voids.block import even, split
from nsi_notebook.voids.intervals import tiles
from nsi_notebook.voids.measures.registry import catalogue
from nsi_notebook.voids.space import Space
from tests.strategies import arrays, chunkings, masks, spacings

MEASURES = sorted(catalogue())
SLOW = settings(max_examples=15, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", MEASURES)
@SLOW
@given(data=st.data())
def test_any_split_merged_in_any_tree_gives_the_same_bits(name, data):
    kind = catalogue()[name]
    mask = data.draw(arrays(kind.ndims))
    space = Space.plain(mask.shape, data.draw(spacings(mask.ndim, kind.isotropic_only)))
    bound = summary(name).bind(space)
    halo = bound.halo(mask.shape)
    splits = [[bound_block] for bound_block in split(mask, [(n,) for n in mask.shape], halo)]
    splits += [split(mask, data.draw(chunkings(mask.shape)), halo) for _ in range(2)]
    splits.append(split(mask, [(1,) * n if n < 4 else even(n, 2) for n in mask.shape], halo))
    check_summary(bound, splits, space)


def silent(found):
    """Leave out why numbers are NaN: what is lazy cannot say it."""
    for variable in found.variables.values():
        if variable.attrs.pop("nsi_undefined", None) is not None:
            assert np.isnan(variable).any()
    return found


@pytest.mark.parametrize("name", MEASURES)
@SLOW
@given(data=st.data())
def test_chunked_equals_whole(name, data):
    kind = catalogue()[name]
    mask = data.draw(masks([n for n in kind.ndims if n > 1], batch=True, isotropic=kind.isotropic_only))
    spatial = [d for d in mask.dims if d != "time"]
    chunks = dict(zip(spatial, data.draw(chunkings([mask.sizes[d] for d in spatial])), strict=True))
    xr.testing.assert_identical(silent(measure(mask.chunk(chunks), name)), silent(measure(mask, name)))


# options that are not the default, on masks of at least 4 pixels a side
OPTIONS = [
    ("bottleneck", 2, {"connectivity": 8}), ("bottleneck", 3, {"connectivity": 18}), ("bottleneck", 3, {"connectivity": 26}),
    ("box_count", 2, {"of": "void"}), ("box_count", 2, {"boxes": (1, 3, 4)}), ("box_count", 3, {"of": "void", "boxes": (2, 3)}),
    ("chords", 1, {"edge": "inner"}), ("chords", 2, {"edge": "inner"}), ("chords", 3, {"edge": "inner"}),
    ("chords", 1, {"edge": "corrected"}), ("chords", 2, {"edge": "corrected"}), ("chords", 3, {"edge": "corrected"}),
    ("components", 2, {"connectivity": 8}), ("components", 3, {"connectivity": 18}), ("components", 3, {"connectivity": 26}),
    ("distance", 2, {"q": (0, 0.3, 1), "r_max": 1}), ("distance", 3, {"r_max": 3}),
    ("thickness", 2, {"q": (0, 0.3, 1), "r_max": 1}), ("thickness", 3, {"r_max": 3}),
    ("euler", 2, {"connectivity": 8}), ("euler", 3, {"connectivity": 18}), ("euler", 3, {"connectivity": 26}),
    ("lacunarity", 2, {"boxes": (3, 4)}), ("lacunarity", 3, {"boxes": 2}),
    ("lineal_path", 1, {"r_max": 3}), ("lineal_path", 2, {"r_max": 1}), ("lineal_path", 3, {"r_max": 3}),
    ("minkowski", 2, {"connectivity": 8}), ("minkowski", 3, {"connectivity": 18}), ("minkowski", 3, {"connectivity": 26}),
    ("persistence", 2, {"connectivity": 8}), ("persistence", 3, {"connectivity": 18}), ("persistence", 3, {"connectivity": 26}),
    ("percolation", 2, {"connectivity": 8}), ("percolation", 3, {"connectivity": 18}), ("percolation", 3, {"connectivity": 26}),
    ("two_point", 1, {"r_max": 3}), ("two_point", 2, {"r_max": 1}), ("two_point", 3, {"r_max": 3}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "ndim", "options"), OPTIONS)
@settings(SLOW, max_examples=6)  # each measure has several
@given(data=st.data())
def test_no_option_depends_on_the_split(name, ndim, options, data):
    shape = data.draw(st.tuples(*[st.integers(4, 8)] * ndim))
    fraction = data.draw(st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]))
    mask = np.random.default_rng(data.draw(st.integers(0, 2**16))).random(shape) < fraction
    space = Space.plain(shape, data.draw(spacings(ndim, catalogue()[name].isotropic_only)))
    bound = summary(name, **options).bind(space)
    chunks = data.draw(chunkings(shape))
    check_summary(bound, [split(mask, sizes, bound.halo(shape)) for sizes in ([(n,) for n in shape], chunks)], space)
    array = xr.DataArray(mask, dims=space.dims)
    chunked = array.chunk(dict(zip(space.dims, chunks, strict=True)))
    xr.testing.assert_identical(silent(measure(chunked, name, **options)), silent(measure(array, name, **options)))


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("chunks", [{"time": 1}, {"time": 2, "y": (11, 29), "x": (7, 30, 13)}, {"time": 3, "y": 5}])
@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # windows and tiles are small
def test_intervals_do_not_depend_on_chunks(name, chunks):
    mask = xr.DataArray(np.random.default_rng(3).random((3, 40, 50)) < 0.5, dims=("time", "y", "x"))
    xr.testing.assert_identical(silent(measure(mask.chunk(chunks), name, ci=0.9)), silent(measure(mask, name, ci=0.9)))


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # windows and tiles are small
def test_intervals_of_a_volume_do_not_depend_on_chunks(name):
    mask = xr.DataArray(np.random.default_rng(3).random((9, 10, 11)) < 0.5, dims=("z", "y", "x"))
    xr.testing.assert_identical(measure(mask.chunk(z=4, y=(1, 6, 3), x=5), name, ci=0.9), measure(mask, name, ci=0.9))


def test_measures_that_share_a_coordinate_in_part_are_given_together():
    mask = xr.DataArray(np.random.default_rng(3).random((40, 50)) < 0.5, dims=("y", "x"))
    together = measure(mask, ["box_count", "lacunarity"])
    for name in ("box_count", "lacunarity"):
        alone = measure(mask, name)
        np.testing.assert_array_equal(together[name].sel(box=alone.box), alone[name])
        np.testing.assert_array_equal(together.box_length.sel(box=alone.box), alone.box_length)


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # windows and tiles are small
def test_resampling_does_not_change_the_point_estimate(name):
    mask = xr.DataArray(np.random.default_rng(3).random((40, 50)) < 0.5, dims=("y", "x"))
    plain, resampled = measure(mask, name), measure(mask, name, ci=0.9)
    for key, variable in plain.data_vars.items():
        np.testing.assert_array_equal(variable.values, resampled[key].values)
        if f"{key}_ci" in resampled:
            low, high = resampled[f"{key}_ci"].transpose("bound", ...).values
            there = np.isfinite(low)
            assert (low[there] <= high[there]).all()
            assert resampled[f"{key}_ci"].attrs["nsi_ci"] == 0.9
            if not there.all() and name in ("chords", "lacunarity", "two_point"):
                assert "half a tile" in resampled[f"{key}_ci"].attrs["nsi_ci_largest"]
        else:
            assert resampled[key].attrs["nsi_ci"].startswith("none")


@pytest.mark.parametrize("name", [n for n in MEASURES if n != "components"])
@pytest.mark.parametrize("shape", [(19, 23), (7, 8, 9)])
def test_tallies_of_tiles_add_up(name, shape):
    mask = np.random.default_rng(5).random(shape) < 0.6
    space = Space.plain(shape)
    bound = summary(name).bind(space)
    halo = bound.halo(shape)
    blocks = split(mask, [even(n, 3) for n in shape], halo)
    by_tile = bound.tally([bound.partial(b) for b in blocks], space)
    whole = bound.tally([bound.partial(mask)], space)
    for key, counts in whole.items():
        if key not in bound.shared:
            np.testing.assert_array_equal(by_tile[key].sum(axis=0), counts[0], err_msg=key)


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_every_variable_says_what_it_is(name, ndim):
    kind = catalogue()[name]
    if ndim not in kind.ndims:
        return
    dims = ("z", "y", "x")[-ndim:]
    coords = {d: (d, np.arange(8) * 0.5, {"units": "um"}) for d in dims}
    mask = xr.DataArray(np.random.default_rng(1).random((8,) * ndim) < 0.5, dims=dims, coords=coords, attrs={"units": "HU"})
    result = measure(mask, name)
    for variable in result.data_vars.values():
        assert isinstance(variable.attrs["units"], str)
        assert variable.attrs["units"] != "HU"
        assert variable.attrs["long_name"]
        assert variable.attrs["nsi_measure"] == name
        assert variable.attrs["nsi_version"]
    assert result.attrs["nsi_unit"] == "um"


# power of the length unit that each variable scales with
POWERS = {
    "void_fraction": 0, "void_profile": 0, "component_count": 0, "component_size": "d",
    "component_size_mean": "d", "largest_component_fraction": 0,
    "chord_count": 0, "mean_chord": 1, "euler_number": 0, "euler_density": "-d", "surface_area": 2, "surface_density": -1,
    "perimeter": 1,
    "perimeter_density": -1, "lacunarity": 0, "box_count": 0, "box_dimension": 0, "two_point": 0, "two_point_axis": 0,
    "void_area": 2, "void_volume": 3, "mean_curvature_integral": 1, "mean_curvature_density": -2, "mean_breadth": 1,
    "distance_mean": 1, "distance_quantile": 1, "distance_survival": 0, "lineal_path": 0,
    "thickness_mean": 1, "thickness_quantile": 1, "opening_fraction": 0, "pattern_spectrum": 0,
    "persistence_birth": 1, "persistence_death": 1, "persistence_count": 0, "persistence_total": 1, "persistence_entropy": 0,
    "percolates": 0, "connected_fraction": 0, "open_fraction": 0, "bottleneck": 1,
}  # fmt: skip


@pytest.mark.parametrize("shape", [(11, 13), (6, 7, 8)])
def test_lengths_scale_with_the_spacing(shape):
    array = np.random.default_rng(2).random(shape) < 0.5
    dims = ("z", "y", "x")[-len(shape) :]

    def at(step):
        coords = {d: (d, np.arange(n) * step, {"units": "um"}) for d, n in zip(dims, shape, strict=True)}
        return measure(xr.DataArray(array, dims=dims, coords=coords))

    one, two = at(1.0), at(2.0)
    assert set(one.data_vars) <= set(POWERS)
    for key, variable in one.data_vars.items():
        power = {"d": len(shape), "-d": -len(shape)}.get(POWERS[key], POWERS[key])
        np.testing.assert_allclose(two[key].values, variable.values * 2.0**power, rtol=1e-12, err_msg=key)


@pytest.mark.parametrize("shape", [(11, 13), (6, 7, 8)])
def test_flipping_changes_nothing_and_transposing_permutes_the_axes(shape):
    array = np.random.default_rng(4).random(shape) < 0.5
    dims = ("z", "y", "x")[-len(shape) :]
    names = [n for n in MEASURES if n not in ("void_profile", "box_count")]  # a profile and a grid have a direction
    base = measure(xr.DataArray(array, dims=dims), names)
    flipped = measure(xr.DataArray(np.flip(array), dims=dims), names)
    turned = measure(xr.DataArray(array.T, dims=dims[::-1]), names)
    for key, variable in base.data_vars.items():
        np.testing.assert_allclose(flipped[key].values, variable.values, rtol=1e-12, err_msg=f"{key} flipped")
        back = turned[key].sel(axis=variable["axis"]) if "axis" in variable.dims else turned[key]
        np.testing.assert_allclose(back.values, variable.values, rtol=1e-12, err_msg=f"{key} transposed")


def test_batch_dims_equal_each_frame_alone():
    frames = xr.DataArray(np.random.default_rng(6).random((2, 3, 9, 10)) < 0.5, dims=("time", "channel", "y", "x"))
    together = measure(frames)
    for t in range(2):
        for c in range(3):
            alone = measure(frames.isel(time=t, channel=c))
            for key, variable in alone.data_vars.items():
                cut = together[key].isel(time=t, channel=c)
                cut = cut.isel({d: slice(variable.sizes[d]) for d in ("rank", "pair") if d in variable.dims})
                np.testing.assert_array_equal(cut.values, variable.values, err_msg=key)


def test_dims_are_put_in_the_order_of_the_image():
    mask = xr.DataArray(np.random.default_rng(6).random((9, 3, 10)) < 0.5, dims=("y", "time", "x"))
    xr.testing.assert_identical(measure(mask, "chords"), measure(mask.transpose("time", "y", "x"), "chords"))


def test_tiles_cover_the_window_once():
    seen = np.zeros((37, 5), int)
    for box in tiles((37, 5)):
        seen[tuple(slice(lo, hi) for lo, hi in box)] += 1
    assert (seen == 1).all()
