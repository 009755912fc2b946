"""Porous media, tissue and surface inspection against formulas and scikit-image."""

from __future__ import annotations

import numpy as np
import porespy
import pytest
import skimage.measure
import xarray as xr

from nsi_notebook import measure, preset
from nsi_notebook.errors import DimsError, OptionError

pytestmark = pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # most images here are too small for intervals

STEP = 0.25


def placed(array, step=STEP):
    dims = ("z", "y", "x")[-array.ndim :]
    coords = {d: (d, np.arange(n) * step, {"units": "mm"}) for d, n in zip(dims, array.shape, strict=True)}
    return xr.DataArray(array, coords, dims)


def discs(shape, centres, radii):
    y, x = np.ogrid[: shape[0], : shape[1]]
    return np.any([(y - cy) ** 2 + (x - cx) ** 2 <= r**2 for (cy, cx), r in zip(centres, radii, strict=True)], axis=0)


def test_a_bundle_of_tubes_is_what_it_is():
    wall = np.zeros((24, 40, 40), dtype=bool)
    tube = discs((40, 40), [(10, 10), (28, 28)], [4, 8])
    wall[:] = tube
    found = preset("porous_media", placed(wall))
    assert float(found.porosity) == pytest.approx(tube.mean())
    assert found.percolates.values.tolist() == [1, 0, 0]
    np.testing.assert_allclose(found.connected_porosity, [tube.mean(), 0, 0])
    assert float(found.open_porosity) == pytest.approx(float(found.porosity))
    assert float(found.closed_porosity) == 0
    assert float(found.breakthrough_diameter.sel(axis="z")) == pytest.approx(2 * 8 * STEP, rel=0.15)
    assert found.breakthrough_diameter.sel(axis="y") == 0
    around = 2 * np.pi * (4 + 8) / (40 * 40 * STEP)
    assert float(found.specific_surface) == pytest.approx(around, rel=0.1)
    assert found.specific_surface.attrs["units"] == "1/mm"
    share = 64 / 80  # of the pores in the wide tube
    wide = found.pore_size_distribution.sel(pore_diameter=slice(12 * STEP, None)).sum()
    assert float(wide) == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize("shape", [(60, 70), (24, 26, 28)])
def test_porosities_are_those_of_porespy_and_add_up(shape):
    pores = porespy.generators.blobs(shape, porosity=0.6, blobiness=2, seed=3)
    found = preset("porous_media", placed(pores), r_max=5, q=(0.5,))
    assert float(found.porosity) == pytest.approx(porespy.metrics.porosity(pores))
    assert float(found.open_porosity + found.closed_porosity) == pytest.approx(float(found.porosity))
    closed = porespy.filters.find_closed_pores(pores, conn="min")
    assert float(found.closed_porosity) == pytest.approx(closed.mean())
    for axis, dim in enumerate(found.axis.values):
        trimmed = porespy.filters.trim_nonpercolating_paths(pores, axis=axis, conn="min")
        assert float(found.connected_porosity.sel(axis=dim)) == pytest.approx(trimmed.mean())
    assert found.pore_diameter.values.tolist() == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    assert found.pore_diameter_quantile.q.values.tolist() == [0.5]


def test_words_are_the_measures():
    pores = placed(np.random.default_rng(4).random((50, 60)) < 0.6)
    found = preset("porous_media", pores, connectivity=8, ci=0.9, seed=7)
    same = measure(pores, ["surface", "euler", "thickness"], connectivity=8, ci=0.9, seed=7)
    chord = measure(pores, "chords", edge="corrected", ci=0.9, seed=7)
    for word, of in (("specific_surface", "perimeter_density"), ("euler_density",) * 2, ("pore_diameter_mean", "thickness_mean")):
        for end in ("", "_ci"):
            np.testing.assert_array_equal(found[word + end], same[of + end])
    np.testing.assert_array_equal(found.mean_chord_ci, chord.mean_chord_ci)
    assert found.euler_density.attrs["nsi_connectivity"] == 8


SECTION = discs((80, 90), [(20, 20), (20, 60), (60, 45), (60, 89), (40, 3)], [8, 5, 11, 6, 2])


def test_lumina_are_enclosed_and_large_enough():
    found = preset("tissue", placed(SECTION))
    regions = skimage.measure.regionprops(skimage.measure.label(SECTION, connectivity=1))
    inside = [r for r in regions if min(r.bbox[:2]) > 0 and r.bbox[2] < 80 and r.bbox[3] < 90]
    area = sorted((r.area * STEP**2 for r in inside), reverse=True)
    assert int(found.lumen_count) == len(inside) == 4
    np.testing.assert_allclose(found.lumen_size, area)
    assert float(found.lumen_fraction) == pytest.approx(sum(r.area for r in inside) / SECTION.size)
    assert float(found.lumen_density) == pytest.approx(4 / (SECTION.size * STEP**2))
    total = found.lumen_fraction + found.gap_fraction + found.tissue_fraction
    assert float(total) == pytest.approx(1)
    assert float(found.tissue_fraction) == pytest.approx(1 - SECTION.mean())
    large = preset("tissue", placed(SECTION), lumen_size=30 * STEP**2)
    assert int(large.lumen_count) == 3
    assert float(large.gap_fraction) == pytest.approx(float(found.gap_fraction) + area[-1] / (SECTION.size * STEP**2))
    assert [float(found.lumen_y[0]), float(found.lumen_x[0])] == [60 * STEP, 45 * STEP]


def test_the_intercept_between_parallel_walls_is_their_distance():
    walls = np.ones((30, 65), dtype=bool)
    walls[:, ::8] = False
    found = preset("tissue", placed(walls))
    assert float(found.mean_linear_intercept.sel(axis="x")) == pytest.approx(7 * STEP, rel=0.06)  # 8 walls
    assert found.mean_linear_intercept.attrs["units"] == "mm"


def test_the_intercept_of_random_discs_is_that_of_theory():
    from nsi_notebook.voids import synthetic

    mask = synthetic.boolean_model((512, 512), radius=10, fraction=0.6, seed=2)
    truth = mask.attrs["nsi_true_mean_chord"]
    found = preset("tissue", mask, ci=0.95)
    np.testing.assert_allclose(found.mean_linear_intercept, truth, rtol=0.1)


def test_a_volume_of_tissue():
    block = np.zeros((12, 13, 14), dtype=bool)
    block[3:8, 3:8, 3:8] = True
    found = preset("tissue", placed(block))
    assert int(found.lumen_count) == 1
    assert found.lumen_size.item() == pytest.approx(125 * STEP**3)
    assert found.lumen_density.attrs["units"] == "1/mm^3"
    assert "lumen_sphericity" in found


def test_defects_are_those_of_scikit_image():
    found = preset("surface_inspection", placed(SECTION))
    regions = sorted(skimage.measure.regionprops(skimage.measure.label(SECTION, connectivity=1)), key=lambda r: -r.area)
    assert int(found.defect_count) == len(regions) == 5
    assert float(found.coverage) == pytest.approx(SECTION.mean())
    assert float(found.defect_density) == pytest.approx(5 / (SECTION.size * STEP**2))
    np.testing.assert_allclose(found.defect_area, [r.area * STEP**2 for r in regions])
    np.testing.assert_allclose(found.defect_y, [r.centroid[0] * STEP for r in regions])
    np.testing.assert_allclose(found.defect_x, [r.centroid[1] * STEP for r in regions])
    assert float(found.largest_defect_area) == pytest.approx(regions[0].area * STEP**2)
    assert float(found.largest_defect_length) == pytest.approx(22 * STEP, rel=0.1)
    assert found.defect_touches_border.values.tolist() == [0, 0, 0, 1, 0]
    centres = np.array([r.centroid for r in regions]) * STEP
    apart = np.linalg.norm(centres[:, None] - centres, axis=-1)
    np.fill_diagonal(apart, np.inf)
    np.testing.assert_allclose(found.nearest_neighbour, apart.min(axis=1))
    assert float(found.nearest_neighbour_mean) == pytest.approx(apart.min(axis=1).mean())


def test_small_specks_are_no_defects():
    found = preset("surface_inspection", placed(SECTION), defect_size=50 * STEP**2, ci=0.9)
    assert int(found.defect_count) == 4
    low, high = found.defect_density_ci.values
    np.testing.assert_allclose([low, high], found.defect_count_ci / (SECTION.size * STEP**2))


def test_random_points_have_a_clark_evans_of_one_and_others_not():
    def index(rows, columns):
        mask = np.zeros((400, 300), dtype=bool)
        mask[rows, columns] = True
        return float(preset("surface_inspection", placed(mask), connectivity=8).clark_evans)

    rng = np.random.default_rng(8)
    # few points, so that two seldom touch; without the correction for the border the mean would be 1.09
    random = [index(rng.integers(0, 400, 60), rng.integers(0, 300, 60)) for _ in range(40)]
    assert np.mean(random) == pytest.approx(1, abs=3 * np.std(random) / np.sqrt(40))
    grid = np.mgrid[10:400:40, 10:300:40].reshape(2, -1)
    assert index(*grid) > 1.5
    assert index(*(rng.integers(0, 60, (2, 60)))) < 0.5


def test_no_defect_and_one():
    none = preset("surface_inspection", placed(np.zeros((20, 20), dtype=bool)), ci=0.9)
    assert int(none.defect_count) == 0
    assert none.sizes["defect"] == 0
    assert np.isnan([none.largest_defect_area, none.nearest_neighbour_mean, none.clark_evans]).all()
    one = np.zeros((20, 20), dtype=bool)
    one[4, 5] = True
    single = preset("surface_inspection", placed(one))
    assert int(single.defect_count) == 1
    assert np.isnan(single.nearest_neighbour.values).all()


def test_what_has_no_meaning_is_said():
    volume = placed(np.ones((4, 5, 6), dtype=bool))
    with pytest.raises(DimsError, match="a surface has 2 spatial dims"):
        preset("surface_inspection", volume)
    for name, option in (("tissue", "lumen_size"), ("surface_inspection", "defect_size")):
        with pytest.raises(OptionError, match=f"{option}=-1 is negative"):
            preset(name, placed(SECTION), **{option: -1})
    with pytest.raises(OptionError, match="connectivity=6"):
        preset("porous_media", placed(SECTION), connectivity=6)
