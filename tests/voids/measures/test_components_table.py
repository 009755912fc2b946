"""The table of components: what stands beside a component, and what cannot be listed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nsi_notebook import components
from nsi_notebook.errors import DimsError

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
