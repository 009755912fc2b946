"""Figures of correlations."""

import numpy as np
import pandas as pd
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.analytics import correlate, cross_correlation
from tests.analytics.algorithms.noises import ar1


def frame(n=40, k=3):
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    return pd.DataFrame({f"measure_{i}": x + i * rng.normal(size=n) for i in range(k)})


def test_a_matrix_has_a_square_for_each_pair_and_none_on_the_diagonal():
    found = correlate(frame())
    drawn = found.plot(title="lanes")
    squares = drawn.data[0]
    value = np.array(squares.z, dtype=float)
    assert np.isnan(value.diagonal()).all()
    assert value[0, 1] == found[0].estimate.value == value[1, 0]
    assert (squares.zmin, squares.zmax) == (-1, 1)
    assert squares.x[0] == "measure 0"
    assert squares.text[0][1] == f"<b>{value[0, 1]:.2f}</b>"
    assert drawn.layout.title.text == "lanes"
    assert "3 pairs, p adjusted" in drawn.layout.annotations[0].text
    assert nsi.plot(found).data[0].z.shape == (3, 3)


def test_distances_have_no_sign_and_many_measures_no_numbers():
    assert correlate(frame(), method="distance", resamples=19).plot().data[0].zmin == 0
    assert correlate(frame(k=16)).plot().data[0].text is None


def test_a_place_is_chosen():
    rng = np.random.default_rng(0)
    data = xr.Dataset({name: (("lane", "sample"), rng.normal(size=(2, 30))) for name in "abc"}, {"lane": ["l", "r"]})
    found = correlate(data, dim="sample")
    drawn = found.plot(lane=1)
    assert drawn.layout.title.text == "lane r"
    assert drawn.data[0].z[0][1] == found.to_xarray()["value"].sel(lane="r", first="a", other="b")


def test_two_measures_at_places_have_an_interval_each():
    rng = np.random.default_rng(0)
    one = xr.DataArray(rng.normal(size=(2, 40)), {"lane": ["l", "r"]}, ("lane", "sample"), name="a")
    other = (one * xr.DataArray([1.0, 0.0], dims="lane") + rng.normal(size=(2, 40))).rename("b")
    found = correlate(one, other, "sample")
    shown, hidden = found.plot().data
    assert (list(shown.y), list(hidden.y)) == ([0], [1])
    assert shown.x[0] + shown.error_x.array[0] == found[0].estimate.upper
    assert found.plot().layout.yaxis.ticktext == ("a and b, lane l", "a and b, lane r")


def test_lags_have_a_band_and_the_best_one_its_interval():
    x = ar1(0, 310)
    minutes = np.datetime64("2026-11-26T12:00", "us") + np.arange(300) * np.timedelta64(1, "m")
    at = {"time": ("time", minutes, {"timezone": "UTC"})}
    load, heat = (
        xr.DataArray(x[10:], at, ("time",), name="load"),
        xr.DataArray(x[3:303] + ar1(1, 300), at, ("time",), name="heat"),
    )
    found = cross_correlation(load, heat)
    drawn = found.plot(title="which first")
    band, best = drawn.data[0], drawn.data[-1]
    assert max(band.y) == found.bound.max()
    assert best.name == "best lag 7 (6.5 to 7.5) min"
    assert best.x == (7.0,)
    assert [(shape.x0, shape.x1) for shape in drawn.layout.shapes if shape.type == "rect"] == [(6.5, 7.5)]
    assert drawn.layout.xaxis.title.text == "lag by which heat follows load (min)"
    alone = cross_correlation(load, xr.DataArray(ar1(78, 300), at, ("time",), name="heat"), lags=80).plot()
    assert not any("best" in (trace.name or "") for trace in alone.data)
    assert alone.data[-1].mode == "lines"
