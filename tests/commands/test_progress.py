"""A bar while chunks are read, where somebody looks at the terminal."""

from __future__ import annotations

import io

import numpy as np
import pytest
import xarray as xr

from nsi_notebook.commands import progress
from nsi_notebook.commands.measure import measure


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_a_terminal_sees_how_far_the_chunks_are_and_a_file_sees_nothing(stream, monkeypatch):
    image = xr.DataArray(np.random.default_rng(0).random((40, 40)), dims=("y", "x"))
    monkeypatch.setattr(progress, "DELAY", 0.0)
    seen = stream()
    monkeypatch.setattr("sys.stderr", seen)
    lazy = measure(image.chunk(10), ["euler"], method="otsu")
    assert lazy.identical(measure(image, ["euler"], method="otsu"))
    assert ("measuring" in seen.getvalue()) == seen.isatty()
    assert ("task/s" in seen.getvalue()) == seen.isatty()


def test_a_short_run_shows_no_bar(monkeypatch):
    seen = Terminal()
    monkeypatch.setattr("sys.stderr", seen)
    measure(xr.DataArray(np.eye(8, dtype=bool), dims=("y", "x")).chunk(4), ["void_fraction"])
    assert "task" not in seen.getvalue()
