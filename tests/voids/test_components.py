"""The table of components: against scikit-image where it means the same, else formulas and brute force; and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist
from skimage.measure import label, regionprops_table

from nsi_notebook import components, measure
from nsi_notebook.errors import DimsError, PixelError, SpacingError
from nsi_notebook.voids.space import respaced
from tests.strategies import arrays, spacings

RUN = settings(max_examples=25, suppress_health_check=list(HealthCheck))

# no void in the first frame, one component in the second, two in the third
FRAMES = np.zeros((3, 4, 5), dtype=bool)
FRAMES[1:, 0, :2] = True
FRAMES[2, 3, 4] = True


@pytest.mark.parametrize(
    "times",
    [
        np.array(["2020-01-01", "2020-01-02", "2020-01-03"], "datetime64[ns]"),
        np.array([0.0, 0.5, 1.0]),
        np.array([3, 4, 5]),
        np.array(["first", "second", "third"]),
        np.array([1, 2, 3], "timedelta64[s]"),
    ],
    ids=lambda times: times.dtype.name,
)
def test_batch_coords_keep_their_dtype(times):
    table = components(xr.DataArray(FRAMES, dims=("time", "y", "x"), coords={"time": times}))
    expected = pd.Series(times[[1, 2, 2]], name="time")
    pd.testing.assert_series_equal(table["time"], expected)


def test_a_batch_dim_without_a_coord_is_counted_from_zero():
    table = components(xr.DataArray(FRAMES, dims=("time", "y", "x")))
    assert table.time.tolist() == [1, 2, 2]
    assert table["rank"].tolist() == [1, 1, 2]
    assert table.pixels.tolist() == [2, 2, 1]


@pytest.mark.parametrize("shape", [(0, 4, 4), (2, 0, 4)])
def test_a_mask_without_pixels_is_refused(shape):
    with pytest.raises(DimsError, match="the mask has no pixels"):
        components(xr.DataArray(np.zeros(shape, bool), dims=("time", "y", "x")))


@pytest.mark.parametrize("name", ["rank", "pixels", "centroid_y"])
def test_a_batch_dim_with_the_name_of_a_column_is_refused(name):
    with pytest.raises(DimsError, match=f"a dim '{name}', which is the name of a column") as caught:
        components(xr.DataArray(FRAMES, dims=(name, "y", "x")))
    assert f"mask.rename({name}='mask_{name}')" in caught.value.hint


def frame(array, steps=None, falling=False):
    """An array with coords in um."""
    dims = ("z", "y", "x")[-array.ndim :]
    steps = steps or (1.0,) * array.ndim
    coords = {}
    for d, n, step in zip(dims, array.shape, steps, strict=True):
        along = np.arange(n)[::-1] * step if falling else np.arange(n) * step
        coords[d] = (d, along, {"units": "um", "spacing": step})
    return xr.DataArray(array, coords, dims)


def places(mask, connectivity):
    """Index of the pixels of each component, the largest first."""
    reach = {2: 1, 4: 1, 8: 2, 6: 1, 18: 2, 26: 3}[connectivity]
    labels, n = ndimage.label(mask, ndimage.generate_binary_structure(mask.ndim, reach))
    return sorted((np.argwhere(labels == i) for i in range(1, n + 1)), key=lambda p: -len(p))


def corners(pixels, steps):
    around = np.stack(np.meshgrid(*[(0, 1)] * pixels.shape[1], indexing="ij"), axis=-1).reshape(-1, pixels.shape[1])
    return np.unique((pixels[:, None] + around).reshape(-1, pixels.shape[1]), axis=0) * steps


@pytest.mark.parametrize("steps", [(1.0, 1.0), (0.5, 2.0), (1.0, 1.0, 1.0), (3.0, 0.5, 1.25)])
def test_the_table_is_that_of_scikit_image(steps):
    d = len(steps)
    field = ndimage.gaussian_filter(np.random.default_rng(7).random((60, 70) if d == 2 else (20, 24, 28)), 1.5)
    mask = field < np.quantile(field, 0.2)
    image = frame(field, steps).assign_attrs(units="HU")
    got = components(frame(mask, steps), image)
    same = ["area", "bbox", "centroid", "equivalent_diameter_area", "extent"]
    same += ["intensity_mean", "intensity_min", "intensity_max", "intensity_std", "num_pixels"]
    theirs = pd.DataFrame(regionprops_table(label(mask, connectivity=1), field, properties=same, spacing=steps))
    theirs = theirs.sort_values("num_pixels", ascending=False, kind="stable", ignore_index=True)
    names = {"pixels": "num_pixels", "size": "area", "equivalent_diameter": "equivalent_diameter_area", "extent": "extent"}
    names |= {n: n for n in same if n.startswith("intensity")}
    names |= {f"centroid_{dim}": f"centroid-{i}" for i, dim in enumerate(image.dims)}
    assert len(got) == len(theirs) > 10
    for mine, other in names.items():
        np.testing.assert_allclose(got[mine], theirs[other], rtol=1e-9, err_msg=mine)
    for i, (dim, step) in enumerate(zip(image.dims, steps, strict=True)):
        np.testing.assert_allclose(got[f"bbox_min_{dim}"], (theirs[f"bbox-{i}"] - 0.5) * step)
        np.testing.assert_allclose(got[f"bbox_max_{dim}"], (theirs[f"bbox-{d + i}"] - 0.5) * step)
    assert got.attrs["units"]["intensity_mean"] == "HU"
    assert got.attrs["units"].keys() == set(got)


def test_orientation_axes_and_perimeter_of_a_plane_are_those_of_scikit_image():
    field = ndimage.gaussian_filter(np.random.default_rng(7).random((80, 90)), 2)
    mask = field < np.quantile(field, 0.3)
    got = components(frame(mask))
    names = ("area", "axis_major_length", "axis_minor_length", "orientation", "perimeter_crofton", "feret_diameter_max")
    theirs = pd.DataFrame(regionprops_table(label(mask, connectivity=1), properties=names))
    theirs = theirs.sort_values("area", ascending=False, kind="stable", ignore_index=True)
    for axis in ("axis_major_length", "axis_minor_length"):  # it takes pixels for points: we add the variance of a box, 1 / 12
        np.testing.assert_allclose(got[axis] ** 2, theirs[axis] ** 2 + 16 / 12)
    long = theirs.axis_major_length > 1.05 * theirs.axis_minor_length
    apart = np.abs(got.orientation - theirs.orientation)[long]
    np.testing.assert_allclose(np.minimum(apart, np.pi - apart), 0, atol=1e-9)
    inside = ~got.touches_border
    np.testing.assert_allclose(got.perimeter[inside], theirs.perimeter_crofton[inside])
    # it goes between middles of edges of its image of the hull, which may be a pixel larger; we between corners of pixels
    assert (np.abs(got.feret_diameter_max - theirs.feret_diameter_max) <= 1).all()


@RUN
@given(data=st.data())
def test_moments_and_ferets_are_those_of_brute_force(data):
    mask = np.array(data.draw(arrays((2, 3), 7)))
    d = mask.ndim
    steps = data.draw(spacings(d))
    connectivity = data.draw(st.sampled_from([4, 8] if d == 2 else [6, 18, 26]))
    falling = data.draw(st.booleans())
    got = components(frame(mask, steps, falling), connectivity=connectivity)
    found = places(mask, connectivity)
    assert got.pixels.tolist() == [len(p) for p in found]
    for row, pixels in zip(got.to_dict("records"), found, strict=True):
        points = pixels * np.array(steps) * (-1 if falling else 1)
        covariance = np.cov(points.T, bias=True) + np.diag(np.square(steps)) / 12
        variance = np.linalg.eigvalsh(covariance)
        lengths = [row[f"axis_{n}_length"] for n in ("minor", "middle", "major") if f"axis_{n}_length" in row]
        np.testing.assert_allclose(lengths, 2 * np.sqrt((d + 2) * variance), rtol=1e-9)
        for name, value in (("major", variance[-1]), ("minor", variance[0])) if d == 3 else ():
            along = np.array([row[f"axis_{name}_{dim}"] for dim in "zyx"])
            np.testing.assert_allclose(covariance @ along, value * along, atol=1e-9)
            assert np.linalg.norm(along) == pytest.approx(1)
        if d == 2:
            along = np.array([np.cos(row["orientation"]), np.sin(row["orientation"])])
            np.testing.assert_allclose(covariance @ along, variance[-1] * along, atol=1e-9)
            assert -np.pi / 2 < row["orientation"] <= np.pi / 2
        edge = corners(pixels, steps)
        assert row["feret_diameter_max"] == pytest.approx(pdist(edge).max(), rel=1e-12)
        if d == 2:
            hull = ConvexHull(edge)
            assert row["solidity"] == pytest.approx(len(pixels) * np.prod(steps) / hull.volume)
            widths = [np.ptp(edge @ normal) for normal in hull.equations[:, :2]]
            assert row["feret_diameter_min"] == pytest.approx(min(widths))


@RUN
@given(data=st.data())
def test_surfaces_and_neighbours_are_those_of_each_component_alone(data):
    mask = np.array(data.draw(arrays((2, 3), 7)))
    steps = data.draw(spacings(mask.ndim))
    connectivity = {2: 4, 3: 6}[mask.ndim]
    got = components(frame(mask, steps))
    found = places(mask, connectivity)
    near = []
    for pixels in found:
        alone = np.zeros_like(mask)
        alone[tuple(pixels.T)] = True
        near.append(ndimage.binary_dilation(alone, np.ones((3,) * mask.ndim)) & ~mask)
        wanted = measure(frame(alone, steps), "surface")
        ours = got.iloc[len(near) - 1]
        if mask.ndim == 2:
            assert ours.perimeter == pytest.approx(float(wanted.perimeter), abs=1e-9)
        else:
            assert ours.surface_area == pytest.approx(float(wanted.surface_area), abs=1e-9)
    assert got.neighbours.tolist() == [sum((a & b).any() for b in near) - bool(a.any()) for a in near]


@pytest.mark.parametrize("ndim", [2, 3])
def test_a_ball_is_round(ndim):
    grid = np.meshgrid(*[np.arange(-14, 15)] * ndim, indexing="ij")
    ball = sum(g**2 for g in grid) <= 12.3**2
    (row,) = components(frame(ball, (0.5,) * ndim)).to_dict("records")
    assert row["circularity" if ndim == 2 else "sphericity"] == pytest.approx(1, abs=0.02)
    assert row["equivalent_diameter"] == pytest.approx(12.3, rel=0.01)
    assert row["axis_major_length"] == pytest.approx(12.3, rel=0.01)
    assert 12.3 - 0.5 < row["feret_diameter_max"] < 12.3 + 0.5 * np.sqrt(ndim)  # to the corners of pixels


def test_a_mask_that_is_all_void_has_no_surface_and_no_circularity():
    (row,) = components(frame(np.ones((4, 5), bool))).to_dict("records")
    assert row["perimeter"] == 0
    assert np.isnan(row["circularity"])
    assert row["neighbours"] == 0
    assert row["extent"] == row["solidity"] == 1


def test_a_line_has_a_box_and_no_shape():
    table = components(frame(np.array([True, True, False, True]), (0.5,)))
    assert table.bbox_max_x.tolist() == [0.75, 1.75]
    assert not {"perimeter", "orientation", "feret_diameter_max", "neighbours"} & set(table)


def test_intensity_is_nan_where_a_pixel_is():
    values = np.arange(12.0).reshape(3, 4)
    values[0, 1] = np.nan
    mask = np.array([[1, 1, 0, 0], [0, 0, 0, 0], [0, 1, 1, 1]], bool)
    table = components(frame(mask), frame(values))
    assert table.intensity_mean.tolist()[0] == 10
    for column in ("mean", "min", "max", "std"):
        assert np.isnan(table[f"intensity_{column}"][1])


def test_an_image_that_is_not_of_the_mask_is_refused():
    mask = frame(np.eye(4, dtype=bool))
    image = frame(np.zeros((4, 4)))
    with pytest.raises(DimsError, match="the image has"):
        components(mask, image[:3])
    with pytest.raises(DimsError, match="other coords along 'x'"):
        components(mask, image.assign_coords(x=image.x + 1))
    with pytest.raises(PixelError, match="not a DataArray"):
        components(mask, np.zeros((4, 4)))


@pytest.mark.parametrize(
    ("spacing", "unit", "said"),
    [(None, None, "y: 1 pixel, x: 1 pixel"), (0.5, "mm", "y: 0.5 mm, x: 0.5 mm"), (2, "um", "y: 2 um, x: 2 um")],
)
def test_an_image_of_another_spacing_or_unit_is_refused(spacing, unit, said):
    image = xr.DataArray(np.ones((4, 5)), dims=("y", "x"))
    mask = respaced(image > 0, 0.5, "um")
    with pytest.raises(SpacingError, match=f"the image has a spacing of {said}, the mask y: 0.5 um, x: 0.5 um"):
        components(mask, respaced(image, spacing, unit))
    with pytest.raises(SpacingError, match=r"the image has a spacing of y: 0.5 um, x: 0.5 um, the mask y: 1 pixel, x: 1 pixel"):
        components(image > 0, respaced(image, 0.5, "um"))


def test_coords_that_differ_by_rounding_are_the_same():
    mask = frame(np.eye(4, dtype=bool), (0.1, 0.1))
    image = frame(np.arange(16.0).reshape(4, 4), (0.1, 0.1))
    pd.testing.assert_frame_equal(components(mask, image.assign_coords(x=image.x + 1e-12)), components(mask, image))
    with pytest.raises(DimsError, match="other coords along 'y'"):
        components(mask, image.assign_coords(y=image.y + 1e-6))
    with pytest.raises(DimsError, match="other coords along 'time'"):
        components(mask.expand_dims(time=[1.0]), image.expand_dims(time=[1 + 1e-12]))


@pytest.mark.parametrize("chunks", [{}, {"time": 2, "y": 5}])
def test_an_image_without_a_batch_dim_is_that_of_each_frame(chunks):
    values = np.random.default_rng(0).random((3, 2, 12, 13))
    mask = xr.DataArray(values < 0.4, {"time": np.arange(3.0)}, ("time", "channel", "y", "x"))
    each = xr.DataArray(values[:, 0], {"time": np.arange(3.0), "channel": 7}, ("time", "y", "x"), attrs={"units": "HU"})
    both = components(mask, each.drop_vars("channel").expand_dims(channel=2, axis=1))
    pd.testing.assert_frame_equal(components(mask.chunk(chunks), each.chunk(chunks)), both)
    pd.testing.assert_frame_equal(components(mask, each.transpose("y", "x", "time")), both)
    with pytest.raises(DimsError, match="the image has"):
        components(mask[0, 0], each)


def test_perimeters_of_components_that_touch_diagonally_sum_to_more_than_that_of_all():
    mask = frame(np.eye(2, dtype=bool))
    assert components(mask).perimeter.sum() > float(measure(mask, "surface").perimeter) > 0


def test_chunks_are_computed_once_and_do_not_matter():
    values = np.random.default_rng(0).random((5, 12, 13))
    image = xr.DataArray(values, {"time": np.arange(5.0)}, ("time", "y", "x"))
    wanted = components(image < 0.4, image)
    seen = []

    def note(block):
        seen.append(block.size)
        return block

    chunked = image.chunk(time=2, y=5)
    chunked = chunked.copy(data=chunked.data.map_blocks(note, dtype=float, meta=np.empty((0, 0, 0))))
    pd.testing.assert_frame_equal(components(chunked < 0.4, chunked), wanted)
    assert sum(seen) == values.size
