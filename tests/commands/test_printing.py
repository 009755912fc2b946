"""Results as plain text: every number with its unit, nothing too long."""

from __future__ import annotations

import io
import sys

import numpy as np
import pandas as pd
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.commands.printing import FEW, LONG, WIDE, text_of


def um(n, step=0.5):
    return np.arange(n) * step, {"units": "um"}


MASK = xr.DataArray(
    np.random.default_rng(0).random((20, 24)) < 0.5, dims=("y", "x"), coords={"y": ("y", *um(20)), "x": ("x", *um(24))}
)


def lines(value):
    return dict(line.split(maxsplit=1) for line in text_of(value).splitlines())


def test_numbers_have_units_and_intervals():
    ds = nsi.measure(MASK, ["void_fraction", "chords"], ci=0.9)
    found = lines(ds)
    low, high = ds.void_fraction_ci.values
    assert found["void_fraction"] == f"{float(ds.void_fraction):.6g} [{low:.6g}, {high:.6g}]"
    assert found["mean_chord[y]"].startswith(f"{float(ds.mean_chord[0]):.6g} [")
    assert found["mean_chord[y]"].endswith("] um")
    assert found["chord_count"] == f"{ds.chord_count.size} values (axis: 2, length: 24)"


def test_up_to_some_values_are_listed_by_their_coordinates():
    ds = nsi.measure(MASK, ["distance", "lacunarity"])
    found = lines(ds)
    assert ds.distance_quantile.size <= FEW
    assert found["distance_quantile[q=0.5]"] == f"{float(ds.distance_quantile.sel(q=0.5)):.6g} um"
    assert f"lacunarity[box={int(ds.box[1])}]" in found


def test_no_measures_are_no_measures():
    assert text_of(xr.Dataset()) == "no measures"


def test_an_image_is_told_by_size_spacing_and_values():
    image = MASK.astype(float).assign_attrs(units="HU", source="a.tif")
    found = lines(image)
    assert found["size"] == "20 y x 24 x, float64"
    assert found["spacing"] == "y 0.5, x 0.5 um"
    assert found["values"] == "0 to 1 HU"
    assert found["source"] == "a.tif"
    assert lines(MASK)["empty"] == f"{float(MASK.mean()):.6g} of it"
    assert lines(image.chunk())["values"] == "not read yet, 0.00384 MB in chunks"
    assert "disagree on their unit" in lines(image.drop_vars("y"))["spacing"]


def test_a_mask_is_told_by_method_phase_and_threshold():
    series = xr.DataArray(np.arange(24, dtype="uint8").reshape(2, 3, 4) ** 2, dims=("time", "y", "x"))
    void = series.nsi.void("otsu")
    low, high = void.threshold.values
    found = lines(void)
    assert (found["method"], found["phase"]) == ("otsu", "dark")
    assert found["threshold"] == f"one for each frame, {min(low, high):g} to {max(low, high):g}"
    assert lines(void.isel(time=1))["threshold"] == f"{high}"
    assert lines(series.nsi.void(100))["threshold"] == "100.0"
    assert "threshold" not in lines(series.nsi.void("hysteresis", low=9, high=99))


def test_a_table_has_units_in_its_head_and_is_cut_in_the_middle():
    table = nsi.components(MASK)
    text = text_of(table)
    assert "size (um^2)" in text
    assert "centroid_y (um)" in text
    long = pd.DataFrame({"n": range(3 * LONG), "said": ["x" * 2 * WIDE] * (3 * LONG)})
    assert len(text_of(long).splitlines()) <= LONG + 5
    assert text_of(pd.DataFrame()) == "none"


def test_texts_are_cut_on_a_terminal_and_whole_in_a_pipe(monkeypatch):
    table = pd.DataFrame({"n": [1, 2], "said": ["x" * 2 * WIDE, "y"]})
    assert "x" * 2 * WIDE in text_of(table)
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert max(map(len, text_of(table).splitlines())) < WIDE + 20
    assert "x" * (WIDE - 3) + "..." in text_of(table)


class Terminal(io.StringIO):
    """A terminal, as far as printing asks."""

    def isatty(self):
        return True


def test_anything_else_is_its_own_text():
    assert text_of("wrote it") == "wrote it"
