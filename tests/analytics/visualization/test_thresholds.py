"""Figures of curves show the numbers, the automatic thresholds and the histogram."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from nsi_notebook import curves, plot, sample
from nsi_notebook.errors import OptionError, UnknownNameError

IMAGE = sample("gravel").isel(y=slice(100), x=slice(120)).assign_attrs(units="HU")


def drawn(figure, name):
    return [t for t in figure.data if t.name == name]


def test_each_variable_has_a_panel_above_the_histogram():
    ds = curves(IMAGE, ["void_fraction", "euler"], ci=0.9)
    figure = plot(ds, title="gravel")
    for name in ("void_fraction", "euler_number", "euler_density"):
        (line,) = drawn(figure, name)
        np.testing.assert_array_equal(line.x, ds.threshold)
        np.testing.assert_array_equal(line.y, ds[name])
    bands = [t for t in figure.data if t.fill == "toself"]
    assert len(bands) == 3
    assert {t.yaxis for t in figure.data} == {"y", "y2", "y3", "y4"}
    (histogram,) = drawn(figure, "pixels")
    assert histogram.yaxis == "y4"
    assert np.sum(histogram.y) == pytest.approx(1)
    assert figure.layout.xaxis4.title.text == "threshold (HU)"
    assert figure.layout.title.text == "gravel"
    low, high = ds.void_fraction_range.values
    assert figure.layout.annotations[0].text == f"between the automatic thresholds: {low:.3g} to {high:.3g}"


def test_each_chunk_of_lazy_curves_is_read_once():
    read = []

    def note(block):
        if block.size:
            read.append(block.shape)
        return block

    lazy = curves(
        IMAGE.copy(data=IMAGE.chunk(y=50).data.map_blocks(note, meta=np.empty((0, 0), IMAGE.dtype))), ["euler", "surface"]
    )
    read.clear()
    figure = plot(lazy)
    assert len(read) == 2
    assert figure.to_json() == plot(lazy.compute()).to_json()


def test_automatic_thresholds_are_marked_in_every_panel():
    ds = curves(IMAGE, "void_fraction")
    figure = plot(ds)
    found = {m: ds.threshold.attrs[f"nsi_{m}"] for m in ("li", "otsu", "triangle")}
    lines = [s for s in figure.layout.shapes if s.type == "line"]
    assert sorted(s.x0 for s in lines) == sorted([*found.values()] * 2)
    (span, _) = [s for s in figure.layout.shapes if s.type == "rect"]
    assert (span.x0, span.x1) == (min(found.values()), max(found.values()))
    for method, value in zip(("Li", "Otsu", "triangle rule"), found.values(), strict=True):
        assert drawn(figure, f"{method} {value:.4g}")[0].showlegend


def test_frames_are_lines_without_a_range_of_their_own():
    series = xr.concat([IMAGE, IMAGE // 2 + 60], dim="time")
    figure = plot(curves(series, "euler"), "euler")
    lines = drawn(figure, "time 0")
    assert [t.showlegend for t in lines] == [True, False]
    assert len(drawn(figure, "time 1")) == 2
    assert {a.text for a in figure.layout.annotations} == {""}


def test_what_is_not_there_is_not_drawn():
    flat = curves(xr.full_like(IMAGE, 7), "void_fraction", thresholds=[3])
    figure = plot(flat)
    assert not figure.layout.shapes
    assert not drawn(figure, "pixels")
    with pytest.raises(UnknownNameError, match="void_fraction"):
        plot(flat, "euler")
    with pytest.raises(OptionError, match="no measure along the threshold"):
        plot(flat[["pixel_share"]])
