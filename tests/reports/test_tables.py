"""The tables of a report: what the Dataset holds, as text that can be read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import ndimage

from nsi_notebook import components, measure, sample
from nsi_notebook.errors import NsiWarning
from nsi_notebook.reports.tables import made_table, measures_table, show, voids_table

RNG = np.random.default_rng(0)


def mask(*shape, um=None, dims=("z", "y", "x")):
    dims = dims[-len(shape) :]
    coords = {} if um is None else {d: (d, um * np.arange(n), {"units": "um"}) for d, n in zip(dims, shape, strict=True)}
    return xr.DataArray(RNG.random(shape) < 0.4, coords, dims)


@pytest.fixture(scope="module")
def movie():
    return xr.DataArray(RNG.random((3, 16, 16)) < 0.4, {"time": ("time", [0.0, 2.0, 4.0], {"units": "s"})}, ("time", "y", "x"))


def test_a_number_has_its_interval_and_unit():
    void = mask(32, 32, um=0.5)
    table = measures_table(void, measure(void, ["chords", "void_fraction"], ci=0.9))
    assert list(table) == ["measure", "value", "90% interval", "unit"]
    assert table["measure"].tolist() == [
        "void fraction",
        "mean chord length of the void along y",
        "mean chord length of the void along x",
    ]
    assert table["unit"].tolist() == ["", "µm", "µm"]
    assert table["value"][0] == f"{void.values.mean():.4g}"
    low, high = table["90% interval"][0].split(" to ")
    assert float(low) < void.values.mean() < float(high)


def test_there_are_no_intervals_where_none_were_made():
    void = mask(16, 16)
    table = measures_table(void, measure(void, ["void_fraction", "components"]))
    assert list(table) == ["measure", "value", "unit"]
    assert table["value"][1] == str(ndimage.label(void)[1])


def test_a_series_has_mean_lowest_and_highest(movie):
    table = measures_table(movie, measure(movie, ["void_fraction", "chords"], ci=0.9))
    shares = movie.values.mean(axis=(1, 2))
    assert list(table) == ["measure", "mean", "lowest", "highest", "unit"]
    assert table.iloc[0].tolist() == ["void fraction", *(f"{v:.4g}" for v in (shares.mean(), shares.min(), shares.max())), ""]
    assert len(table) == 3


def test_measures_that_are_curves_give_no_rows():
    void = mask(16, 16)
    assert len(measures_table(void, measure(void, ["two_point", "void_profile", "lacunarity"]))) == 0


def test_what_is_so_or_not_and_what_belongs_to_a_homology_have_lines():
    void = mask(16, 16)
    void[4] = True
    void[:, 3] = False
    table = measures_table(void, measure(void, ["percolation", "persistence"])).set_index("measure")["value"]
    assert [table[f"whether the void spans the window along {axis}"] for axis in "yx"] == ["no", "no"]
    void[:, 5] = True
    ds = measure(void, ["percolation", "persistence"])
    table = measures_table(void, ds).set_index("measure")["value"]
    assert [table[f"whether the void spans the window along {axis}"] for axis in "yx"] == ["yes", "no"]
    pairs = [table[f"number of persistence pairs, dimension {k}"] for k in (0, 1)]
    assert pairs == [str(n) for n in ds.persistence_count.values]


def test_the_largest_voids_come_first_with_units_in_the_heads():
    void = mask(24, 24, um=0.5)
    table = voids_table(void, components(void), rows=5)
    assert list(table) == [
        "rank",
        "pixels",
        "size (µm²)",
        "equivalent diameter (µm)",
        "centroid y (µm)",
        "centroid x (µm)",
        "touches border",
    ]
    labels, _ = ndimage.label(void)
    sizes = np.sort(np.bincount(labels.ravel())[1:])[::-1][:5]
    assert table["pixels"].tolist() == [str(n) for n in sizes]
    assert set(table["touches border"]) <= {"yes", "no"}


def test_a_size_that_only_repeats_the_pixels_is_left_out():
    void = mask(8, 8, 8)
    assert "size" not in " ".join(voids_table(void, components(void)))


def test_the_voids_of_a_series_are_named_by_their_frame(movie):
    table = voids_table(movie, components(movie), rows=4)
    assert list(table)[:2] == ["time (s)", "pixels"]
    largest = max((np.bincount(ndimage.label(frame)[0].ravel())[1:].max(), -i) for i, frame in enumerate(movie.values))
    assert table.iloc[0, :2].tolist() == [str(-2 * largest[1]), str(largest[0])]


def test_no_voids_are_none():
    void = xr.DataArray(np.zeros((4, 4), bool), dims=("y", "x"))
    assert show(voids_table(void, components(void))).data == "<p>none</p>"


def test_a_table_is_shown_without_its_index_and_escaped():
    found = show(pd.DataFrame({"what": ["<b>"], "<i>": ["x"]}), kind="text").data
    assert "&lt;b&gt;" in found
    assert "&lt;i&gt;" in found
    assert found.startswith('<table class="dataframe text">')
    assert found.count("<th>") == 2


def facts(image, void, measures, **more):
    table = made_table(image, void, measures, **more)
    return dict(zip(table["what"], table["how"], strict=True))


def test_how_it_was_made_is_told_from_the_attrs():
    void = sample("cell").nsi.void("otsu", phase="bright")
    with pytest.warns(NsiWarning, match="tiles of 83 x 69 pixels vary together"):
        found = measure(void, "void_fraction", ci=0.95)
    told = facts("cell.png", void, found, channel=None, connectivity=8)
    assert told["image"] == "cell.png"
    assert told["pixels"] == "660 y \u00d7 550 x"
    assert told["spacing"] == "0.107 µm"
    assert (told["method"], told["phase"]) == ("otsu", "bright")
    assert told["threshold"] == f"{void.attrs['nsi_threshold']:.4g}"
    assert told["connectivity"] == "8"
    assert told["intervals"] == "95%, 999 resamplings of 64 tiles, seed 0"
    assert told["intervals in doubt"] == f"void fraction: {found.void_fraction_ci.attrs['nsi_ci_doubt']}"
    assert {"channel", "frames", "over"}.isdisjoint(told)


def test_lengths_in_pixels_are_said_to_be():
    void = mask(8, 8)
    told = facts("a.tif", void, measure(void, "void_fraction"))
    assert told["spacing"] == "not known: lengths are in pixels"
    assert "intervals" not in told


def test_each_axis_is_told_where_the_spacing_differs():
    void = mask(4, 8, 8).assign_coords(
        {d: (d, s * np.arange(n), {"units": "um"}) for d, s, n in (("z", 2.0, 4), ("y", 0.5, 8), ("x", 0.5, 8))}
    )
    assert facts("a", void, measure(void, "void_fraction"))["spacing"] == "2 µm along z, 0.5 µm along y, 0.5 µm along x"


def test_a_series_tells_its_frames_and_their_thresholds():
    image = xr.DataArray(RNG.integers(0, 200, (3, 16, 16)).astype("u1"), dims=("time", "y", "x"))
    void = image.nsi.void("otsu")
    told = facts("frames", void, measure(void, "void_fraction"))
    low, high = float(void.threshold.min()), float(void.threshold.max())
    assert told["frames"] == "3 along time"
    assert told["threshold"] == f"one for each frame, {low:g} to {high:g}"
    second = void.isel(time=1)
    assert facts("second", second, measure(second, "void_fraction"))["threshold"] == f"{float(void.threshold[1]):g}"
    one = image.nsi.void("otsu", over="series")
    assert facts("frames", one, measure(one, "void_fraction"))["over"] == "series"
