"""Comparing two masks by their tiles, and two groups by their images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy import fft, ndimage, stats

from nsi_notebook import compare, measure, plot, split
from nsi_notebook.errors import DimsError, NsiWarning, OptionError, PixelError, SpacingError, UnknownNameError
from nsi_notebook.voids.comparing import pseudo_values
from nsi_notebook.voids.doubts import DOUBT
from nsi_notebook.voids.measures.registry import catalogue, summary
from nsi_notebook.voids.permuting import exchanged, permuted, variance, welch_interval
from nsi_notebook.voids.space import Space
from nsi_notebook.voids.synthetic import boolean_model

SIDE, TILE = 128, 16


def model(fraction, seed, radius=3.0, side=SIDE, **options):
    return boolean_model((side, side), radius=radius, fraction=fraction, seed=seed, **options)


@pytest.fixture(scope="module")
def pair():
    return model(0.5, 1), model(0.62, 2)


@pytest.fixture(scope="module")
def groups():
    first = xr.concat([model(0.5, seed, side=48) for seed in range(5)], "time")
    return first, [model(0.6, seed, side=48) for seed in range(10, 16)]


def grains(fraction, rng, radius):
    """A Boolean model with grains centred on pixels, which is quick to draw."""
    reach = np.arange(-int(radius), int(radius) + 1)
    covered = np.count_nonzero(np.add.outer(reach**2, reach**2) <= radius**2)
    side = SIDE + 2 * int(radius)
    centres = rng.random((side, side)) >= fraction ** (1 / covered)
    inner = (slice(int(radius), -int(radius)),) * 2
    far = ndimage.distance_transform_edt(~centres) if centres.any() else np.full((side, side), np.inf)
    return xr.DataArray((far > radius)[inner], dims=("y", "x"))


NUMBER = 150
# 2 to 8 % of many; of these few the count may leave that range by chance, 1 time in 100
LEAST, MOST = stats.binom.ppf(0.005, NUMBER, 0.02), stats.binom.ppf(0.995, NUMBER, 0.08)


def told_apart(pairs, name, variable):
    """How often p is 0.05 or less, how often the interval leaves out 0, and its width beside the spread of differences."""
    found = [compare(*pair, name, replicates=199) for pair in pairs]
    p, difference = (np.array([float(ds[f"{variable}_{kind}"]) for ds in found]) for kind in ("p", "difference"))
    bounds = np.array([ds[f"{variable}_difference_ci"].values for ds in found])
    width = np.ptp(bounds, axis=1).mean() / (2 * stats.t.ppf(0.975, 12) * difference.std(ddof=1))
    return np.sum(p <= 0.05), np.sum((bounds[:, 0] > 0) | (bounds[:, 1] < 0)), width


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # a few of so many are in doubt
@pytest.mark.parametrize("radius", [TILE / 16, TILE / 4, TILE / 2])
def test_the_level_of_the_test_is_what_it_says_and_it_has_power(radius):
    rng, shift = np.random.default_rng(11), 0.03 * radius
    alarms, misses, width = told_apart(
        [[grains(0.5, rng, radius) for _ in range(2)] for _ in range(NUMBER)], "void_fraction", "void_fraction"
    )
    assert LEAST <= alarms <= MOST
    assert LEAST <= misses <= MOST
    assert abs(width - 1) < 0.2  # three standard errors of the spread of 150
    far = [[grains(f, rng, radius) for f in (0.5, 0.5 + shift)] for _ in range(25)]
    power, *_ = told_apart(far, "void_fraction", "void_fraction")
    assert power > 12


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # a few of so many are in doubt
@pytest.mark.parametrize(("name", "variable"), [("distance", "distance_mean"), ("chords", "mean_chord")])
def test_lengths_have_the_level_too_though_they_reach_far_and_the_border_is_not_like_the_rest(name, variable):
    rng = np.random.default_rng(12)
    pairs = [[grains(0.6, rng, TILE / 4) for _ in range(2)] for _ in range(NUMBER)]
    if name == "chords":  # along one axis
        found = [compare(*pair, name, replicates=199).isel(axis=0) for pair in pairs]
        alarms = sum(float(ds.mean_chord_p) <= 0.05 for ds in found)
    else:
        alarms, misses, _ = told_apart(pairs, name, variable)
        assert LEAST <= misses <= MOST
    assert LEAST <= alarms <= MOST


@pytest.mark.parametrize("name", ["void_fraction", "surface", "chords", "euler", "distance", "two_point", "lacunarity"])
def test_values_are_those_of_measure(pair, name):
    ds = compare(*pair, name, replicates=19)
    one, two = (measure(mask, name) for mask in pair)
    for variable in one.data_vars:
        np.testing.assert_array_equal(ds[f"{variable}_first"], one[variable])
        np.testing.assert_array_equal(ds[f"{variable}_other"], two[variable])
        np.testing.assert_allclose(ds[f"{variable}_difference"], two[variable].astype(float) - one[variable])
        for kind in ("first", "other", "difference", "difference_ci"):
            assert ds[f"{variable}_{kind}"].attrs["units"] == one[variable].attrs["units"]
        bounds = ds[f"{variable}_difference_ci"]
        assert bounds.dims == (*one[variable].dims, "bound")
        there = np.isfinite(bounds).all("bound") & np.isfinite(ds[f"{variable}_difference"])
        assert (bounds.sel(bound="lower") <= bounds.sel(bound="upper")).where(there, True).all()
        p = ds[f"{variable}_p"].values
        assert ((p[np.isfinite(p)] > 0) & (p[np.isfinite(p)] <= 1)).all()
    assert ds.attrs["nsi_units"] == "tiles"
    assert ds.attrs["nsi_units_first"] == 64


def test_pseudo_values_of_counts_are_the_tiles_and_their_mean_is_the_whole():
    rng = np.random.default_rng(0)
    void, space = rng.integers(0, 100, 64), Space.plain((80, 80))
    found = pseudo_values(summary("void_fraction"), {"void": void, "pixels": np.full(64, 100)}, space)
    np.testing.assert_allclose(found["void_fraction"][:, 0], void / 100, atol=1e-12)


def test_sides_change_places_with_the_sign(pair):
    one, two = compare(*pair, "void_fraction"), compare(*pair[::-1], "void_fraction")
    assert one.void_fraction_difference == -two.void_fraction_difference
    assert float(one.void_fraction_p) == pytest.approx(float(two.void_fraction_p), abs=0.01)


def test_lengths_follow_the_spacing_and_p_does_not(pair):
    wide = [model(f, s, 3.0 * 0.5, spacing=0.5, unit="um") for f, s in ((0.5, 1), (0.62, 2))]
    one, two = compare(*pair, "chords", replicates=99), compare(*wide, "chords", replicates=99)
    np.testing.assert_allclose(two.mean_chord_difference_ci, 0.5 * one.mean_chord_difference_ci)
    np.testing.assert_array_equal(two.mean_chord_p, one.mean_chord_p)
    assert two.mean_chord_difference.attrs["units"] == "um"


@pytest.mark.parametrize("chunks", [128, 50, (1, 128)])
def test_chunked_masks_give_the_same_bits(pair, chunks):
    whole = compare(*pair, "void_fraction", replicates=99)
    xr.testing.assert_identical(compare(pair[0].chunk(dict(zip("yx", np.broadcast_to(chunks, 2), strict=True))), pair[1],
                                        "void_fraction", replicates=99), whole)  # fmt: skip


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # the tiles of a mask without solid do not differ
def test_equal_masks_do_not_differ(pair):
    for mask in (pair[0], xr.ones_like(pair[0]), xr.zeros_like(pair[0])):
        ds = compare(mask, mask, "void_fraction", replicates=99)
        assert float(ds.void_fraction_difference) == 0
        assert float(ds.void_fraction_p) == 1
    full = compare(xr.zeros_like(pair[0]), xr.ones_like(pair[0]), "void_fraction", replicates=99)
    assert float(full.void_fraction_p) == 0.01
    nothing = compare(xr.zeros_like(pair[0]), pair[1], "chords", replicates=99)
    assert np.isnan(nothing.mean_chord_p).all()


def test_beyond_half_a_tile_there_is_no_answer(pair):
    ds = compare(*pair, "lacunarity", replicates=99)
    for name in ("lacunarity_difference_ci", "lacunarity_p"):
        there = np.isfinite(ds[name])
        np.testing.assert_array_equal(there if name.endswith("p") else there.all("bound"), ds.box <= 8)
    other = compare(*pair, "components", replicates=99)
    assert "component_count_p" in other
    assert "largest_component_fraction_p" not in other
    assert other.largest_component_fraction_difference.attrs["nsi_ci"].startswith("none")


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # the thickest of so small a mask are in doubt
@pytest.mark.parametrize("name", ["distance", "thickness"])
def test_a_quantile_has_a_p_from_tiles_by_its_share_and_one_from_images(pair, groups, name):
    ds = compare(*pair, name, replicates=99)
    assert np.isfinite(ds[f"{name}_quantile_difference_ci"]).all()
    p, equal = ds[f"{name}_quantile_p"], ds[f"{name}_quantile_difference"] == 0
    assert (p.where(equal, 1) == 1).all()
    assert p.sel(q=0.5) <= 0.05  # a void of 50 and one of 62 %
    assert p.attrs["nsi_p"].startswith("of the share of the void up to the quantile of both masks")
    assert "nsi_p" not in ds[f"{name}_mean_p"].attrs
    by_images = compare(*groups, name, replicates=99)[f"{name}_quantile_p"]
    assert np.isfinite(by_images).all()
    assert "nsi_p" not in by_images.attrs


def test_the_share_that_stands_in_for_a_quantile_is_that_of_the_lengths_of_both_masks(pair):
    each, space = summary("distance"), Space.plain((SIDE, SIDE))
    cut = [split(mask, TILE) for mask in pair]
    found = each.stand_ins([each.tally([each.partial(block) for block in blocks], space) for blocks in cut])["distance_quantile"]
    lengths = [ndimage.distance_transform_edt(mask)[mask.values] for mask in pair]
    middle = np.quantile(np.concatenate(lengths), each.q, method="inverted_cdf")
    for rows, length in zip(found, lengths, strict=True):
        below = [(np.mean(length < m) + np.mean(length <= m)) / 2 for m in middle]
        np.testing.assert_allclose(rows.mean(axis=0), below)
    assert found[0].shape == (64, len(each.q))
    empty = {"value": np.array([np.nan]), "number": np.zeros((64, 1), dtype=int)}
    assert np.isnan(each.stand_ins([empty, empty])["distance_quantile"]).all()


def test_the_variance_of_tiles_is_that_of_the_longest_waves():
    values = np.random.default_rng(4).normal(size=(8, 8, 3))
    spectrum = fft.dctn(values, axes=(0, 1), norm="ortho")
    low = [spectrum[turn] for turn in np.ndindex(8, 8) if 0 < turn[0] ** 2 + turn[1] ** 2 <= 10]
    np.testing.assert_allclose(variance(values.reshape(64, 3), (8, 8)), np.mean(np.square(low), axis=0) / 64)


def test_exchanged_tiles_that_are_independent_give_student_s_p():
    one, other = np.random.default_rng(5).normal(size=(2, 64, 40))
    difference = other - one
    known = 2 * stats.t.sf(np.abs(difference.mean(axis=0)) / np.sqrt(variance(difference, (8, 8))), 12)
    found = exchanged(one, other, (8, 8), 1999, 0)
    np.testing.assert_allclose(found, known, atol=0.05)  # of 1999 draws, and of 64 tiles that are nearly normal
    np.testing.assert_array_equal(exchanged(other, one, (8, 8), 1999, 0), found)
    one[3, 1] = np.nan
    other[:, 2] = one[:, 2]
    few = exchanged(one, other, (8, 8), 1999, 0)
    assert np.isnan(few[1])
    assert few[2] == 1
    np.testing.assert_array_equal(np.delete(few, [1, 2]), np.delete(found, [1, 2]))


def test_tiles_that_vary_together_are_not_taken_for_many():
    """Smooth fields over the tiles: single tiles would tell them apart in more than a third of the pairs."""
    fields = ndimage.gaussian_filter(np.random.default_rng(6).normal(size=(2, 24, 24, 400)), (0, 0.6, 0.6, 0))[:, 8:16, 8:16]
    one, other = fields.reshape(2, 64, 400)
    assert np.mean(exchanged(one, other, (8, 8), 199, 0) <= 0.05) < 0.15
    assert np.mean(stats.ttest_ind(one, other).pvalue <= 0.05) > 0.3


def test_a_comparison_is_in_doubt_where_either_side_is():
    rng = np.random.default_rng(1)
    noise = [xr.DataArray(rng.random((64, 64)) < 0.5, dims=("y", "x")) for _ in range(2)]
    block = xr.DataArray(np.kron(rng.random((4, 4)) < 0.5, np.ones((16, 16))) > 0, dims=("y", "x"))
    assert DOUBT not in compare(*noise, "void_fraction", replicates=9).void_fraction_difference_ci.attrs
    for pair, side in [((noise[0], block), "other"), ((block, noise[0]), "first")]:
        with pytest.warns(NsiWarning, match="intervals in doubt: void_fraction_difference; the first, as adjacent tiles") as told:
            ds = compare(*pair, "void_fraction", replicates=9)
        assert len(told) == 1
        assert told[0].filename == __file__
        assert ds.void_fraction_difference_ci.attrs[DOUBT].endswith(f"as long as a tile ({side})")
    with pytest.warns(NsiWarning, match=r"there are 16 tiles, fewer than 20 \(both\)"):
        compare(noise[0][:4, :4], noise[1][:4, :4], "void_fraction", replicates=9)
    groups = [xr.concat([block, noise[0]], "time"), xr.concat([block, noise[1]], "time")]
    assert DOUBT not in compare(*groups, "void_fraction", replicates=9).void_fraction_difference_ci.attrs


def test_the_euler_number_is_in_doubt_as_its_density_as_measured():
    place = np.indices((128, 128))
    one, two = (
        xr.DataArray(np.any([np.square(place.T - at).sum(axis=-1) <= 256 for at in each], axis=0), dims=("y", "x"))
        for each in ([(40, 40), (90, 90)], [(40, 90), (90, 40)])
    )
    with pytest.warns(NsiWarning, match="euler_number"):
        doubt = measure(one, "euler", ci=0.95).euler_number_ci.attrs[DOUBT]
    with pytest.warns(NsiWarning, match="euler_number_difference"):
        ds = compare(one, two, "euler", replicates=9)
    assert doubt == "it counts 2.0 things, fewer than 4"
    assert ds.euler_number_difference_ci.attrs[DOUBT] == ds.euler_density_difference_ci.attrs[DOUBT] == f"{doubt} (both)"


def test_groups_are_compared_by_images(groups):
    first, second = groups
    ds = compare(first, second, "box_count")
    one, two = measure(first, "box_count"), [measure(mask, "box_count") for mask in second]
    sides = one.box_dimension.values, np.array([m.box_dimension.item() for m in two])
    assert ds.box_dimension_first == pytest.approx(sides[0].mean())
    known = stats.ttest_ind(sides[1], sides[0], equal_var=False)
    np.testing.assert_allclose(ds.box_dimension_difference_ci, known.confidence_interval(0.95))
    test = stats.permutation_test(sides[::-1], lambda a, b: stats.ttest_ind(a, b, equal_var=False).statistic, n_resamples=np.inf)
    assert float(ds.box_dimension_p) == pytest.approx(test.pvalue, abs=0.015)
    assert ds.attrs["nsi_units"] == "images"
    assert (ds.attrs["nsi_units_first"], ds.attrs["nsi_units_other"]) == (5, 6)


def test_every_batch_dim_makes_images_and_its_coords_do_not_matter(groups):
    first, second = groups
    named = first.isel(time=slice(4)).assign_coords(time=np.arange(4), chord_count=("time", list("abcd")))
    square = xr.DataArray(named.values.reshape(2, 2, 48, 48), dims=("time", "channel", "y", "x"))
    kept = [compare(masks, second, "chords", replicates=99) for masks in (named, square, list(named), square.chunk(20))]
    for other in kept[1:]:
        np.testing.assert_allclose(other.mean_chord_difference_ci, kept[0].mean_chord_difference_ci)
        np.testing.assert_array_equal(other.mean_chord_p, kept[0].mean_chord_p)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["two_point", "void_profile", "chords"])
def test_images_of_a_group_may_lie_anywhere_and_their_spacings_differ_by_rounding(groups, name):
    starts = np.array([0, 5.3, 17.7, 1.1])
    images = groups[1][:4]
    placed = [
        mask.assign_coords({d: (d, start + 0.1 * np.arange(48), {"units": "um"}) for d in "yx"})
        for mask, start in zip(images, starts, strict=True)
    ]
    wanted = [placed[0].copy(data=mask) for mask in images]
    xr.testing.assert_identical(
        compare(placed[:2], placed[2:], name, replicates=9), compare(wanted[:2], wanted[2:], name, replicates=9)
    )
    assert compare(images[:2], images[2:], name, replicates=9).attrs["nsi_unit"] == "pixel"


def test_an_image_without_a_value_is_left_out():
    rng = np.random.default_rng(3)
    one, other = rng.normal(size=(6, 3)), rng.normal(1, 2, size=(5, 3))
    one[0, 1], one[1:, 2] = np.nan, np.nan
    known = stats.ttest_ind(other, one, equal_var=False, nan_policy="omit").confidence_interval(0.9)
    found = welch_interval(one, other, 0.9)
    np.testing.assert_allclose(found[:2, 0], known.low[:2])
    np.testing.assert_allclose(found[:2, 1], known.high[:2])
    assert np.isnan(found[2]).all()
    p = permuted(one, other, 999, 0)
    assert np.isfinite(p[:2]).all()
    assert np.isnan(p[2])
    assert permuted(np.ones((3, 1)) / 3, np.ones((3, 1)) / 3, 99, 0)[0] == 1
    np.testing.assert_array_equal(welch_interval(np.ones((3, 1)), np.full((3, 1), 2.0), 0.9), [[1, 1]])


def test_the_figure_shows_differences_with_their_p(pair, groups):
    drawn = compare(*pair, "surface", replicates=99).nsi.plot()
    assert all("p\u00a0=\u00a00" in title.text for title in drawn.layout.annotations)
    assert all(trace.error_x.array is not None for trace in drawn.data)
    assert drawn.layout.xaxis.rangemode == "tozero"
    curve = plot(compare(*groups, "two_point", replicates=99))
    assert curve.layout.title.text == "other minus first"
    assert curve.layout.yaxis.title.text == "two-point correlation"
    assert curve.layout.yaxis.zeroline
    with pytest.raises(UnknownNameError):
        compare(*pair, "surface", replicates=99).nsi.plot("euler")


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_comparison_can_be_drawn(groups, name):
    ds = compare(groups[0][:2, :24, :24], [mask[:24, :24] for mask in groups[1][:2]], name, replicates=9)
    drawn = plot(ds)
    assert drawn.data
    assert drawn.layout.title.text == "other minus first"
    assert not any("minus first" in (axis.title.text or "") for axis in drawn.select_yaxes())
    assert not any("pair" in (trace.name or "") for trace in drawn.data)  # a pair of one mask is none of the other


def test_components_of_two_masks_can_be_drawn(pair):
    titles = [title.text for title in compare(*pair, "components", replicates=9).nsi.plot().layout.annotations]
    assert any("number of components" in title for title in titles)


def test_the_accessor_and_the_verb_do_the_same(pair, tmp_path, capsys):
    from nsi_notebook.cli import main

    whole = pair[0].nsi.compare(pair[1], "surface", replicates=99)
    xr.testing.assert_identical(whole, compare(*pair, "surface", replicates=99))
    for name, mask in zip("ab", pair, strict=True):
        mask.to_netcdf(tmp_path / f"{name}.nc", engine="h5netcdf")
    paths = [str(tmp_path / name) for name in ("a.nc", "b.nc", "c.nc")]
    assert main(["compare", *paths[:2], "surface", "--replicates", "99", "-o", paths[2]]) == 0
    with xr.open_dataset(paths[2], engine="h5netcdf") as written:
        assert float(written.perimeter_p) == float(whole.perimeter_p)
    assert main(["compare", *paths[:2], "surfac"]) != 0
    assert "did you mean 'surface'" in capsys.readouterr().err


def test_what_cannot_be_compared_is_refused(pair, groups):
    one, two = pair
    group, many = groups
    placed = model(0.5, 1, spacing=1.0, unit="um")
    for error, sides, said in [
        (PixelError, (one, two.astype(int)), "must be bool"),
        (SpacingError, (one, placed), "in pixel and in um"),
        (SpacingError, (model(0.5, 1, spacing=0.5, unit="um"), placed), "spacings"),
        (DimsError, (one, two.isel(x=slice(100))), r"isel\(y=slice\(128\), x=slice\(100\)\)"),
        (DimsError, (one, two.T), "differ"),
        (DimsError, (one, group), "other is a group of images, first a single mask"),
        (DimsError, (many, two), "first is a group of images"),
        (DimsError, (group, many[:1]), "groups of 5 and 1 images"),
        (DimsError, (group, []), "no images"),
    ]:
        with pytest.raises(error, match=said):
            compare(*sides, "void_fraction")
    with pytest.raises(UnknownNameError, match="void_fraction"):
        compare(one, two, "void_fractoin")
    for name in ("bottleneck", "percolation"):
        with pytest.raises(OptionError, match=f"no variable of {name} follows from tiles"):
            compare(one, two, name)
    with pytest.raises(OptionError, match="one tile only"):
        compare(one[:1, :1], two[:1, :1], "void_fraction")
    for sides in (("a.tif", two), (one, Path("a.tif")), (["a.tif"], [two])):
        with pytest.raises(PixelError, match=r"'a\.tif' is a text or the name of a file"):
            compare(*sides, "void_fraction")
    with pytest.raises(OptionError, match="one measure"):
        compare(one, two, ["void_fraction", "euler"])
    with pytest.raises(OptionError, match=r"level=2.0 is not a level.*\n?.*level=0.95"):
        compare(one, two, "void_fraction", level=2)
    for options in ({"replicates": 0}, {"seed": -1}, {"replicates": 2.5}):
        with pytest.raises(OptionError):
            compare(one, two, "void_fraction", **options)
