"""Attributes of results in files: what a format cannot hold is written as text, never refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nsi_notebook.commands.writing import write

VALUES = {
    "truth": np.bool_(True),
    "truths": [True, False],
    "gaps": [None, 1],
    "table": {"x": np.float32(2), "t": (1, 2), "a": np.arange(2)},
    "tables": [{"x": 1}],
    "ragged": [[1], [2, 3]],
    "moment": np.datetime64("2020-01-01"),
    "single": np.float32(1.5),
    "numbers": [1, 2],
    "array": np.arange(3),
    "texts": ["p", "q"],
    "mixed": [1, "a"],
    "empty": [],
    "large": 2**80,
    "complex": 1j,
    "wide": np.longdouble(0.5),
    "odd keys": {(1, 2): np.longdouble(0.5)},
    "none": None,
}


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_attributes_of_every_kind_are_written(tmp_path, suffix):
    image = xr.DataArray(np.eye(4), dims=("y", "x"), coords={"y": ("y", np.arange(4.0), {"even": np.bool_(False)})}, attrs=VALUES)
    write(image, tmp_path / f"out{suffix}")
    with xr.open_dataarray(tmp_path / f"out{suffix}") as back:
        attrs = {key: np.asarray(item).tolist() for key, item in back.attrs.items()}
        assert back.y.attrs == {"even": 0}
    assert {key: attrs[key] for key in ("truth", "single", "numbers", "array", "texts", "wide", "moment")} == {
        "truth": 1,
        "single": 1.5,
        "numbers": [1, 2],
        "array": [0, 1, 2],
        "texts": ["p", "q"],
        "wide": 0.5,
        "moment": "2020-01-01",
    }
    for key in ("truths", "gaps", "tables", "ragged", "mixed", "empty", "large"):
        assert json.loads(attrs[key]) == VALUES[key]
    assert json.loads(attrs["table"]) == {"x": 2, "t": [1, 2], "a": [0, 1]}
    assert "none" not in attrs
    assert image.attrs == VALUES, "the image itself is not changed"


PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]))
)


@settings(max_examples=25)
@given(st.recursive(PLAIN, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text("ab"), inside, max_size=3)))
def test_any_attribute_can_be_written(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("out") / "out.nc"
    write(xr.DataArray(np.eye(2), dims=("y", "x"), attrs={"said": value}), path)
    with xr.open_dataarray(path) as back:
        assert ("said" in back.attrs) == (value is not None)
