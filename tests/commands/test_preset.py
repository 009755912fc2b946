"""The verb `preset` describes a mask or an image in the words of a field, and writes what it finds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.commands import parse, run
from nsi_notebook.commands.completing import complete_line
from nsi_notebook.errors import OptionError, UnknownNameError

pytestmark = pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # most images here are too small for intervals


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def call(line, scope=None):
    return run(parse(line.split()), scope)


def test_a_mask_is_made_and_described():
    found = call("preset surface_inspection coins --method otsu --phase bright --ci 0.9 --set defect_size=20 -o defects.nc")
    mask = nsi.sample("coins").nsi.void("otsu", phase="bright")
    xr.testing.assert_equal(found, nsi.preset("surface_inspection", mask, defect_size=20, ci=0.9))
    with xr.open_dataset("defects.nc") as kept:
        xr.testing.assert_equal(kept.load(), found)
    assert found.nsi.plot().data


def test_a_lung_and_its_mask_come_from_files():
    values = np.random.default_rng(0).normal(-880, 60, (4, 20, 24)).round()
    image = xr.DataArray(values, dims=("z", "y", "x"), name="scan", attrs={"units": "HU"})
    lung = xr.zeros_like(image, dtype="uint8").rename("lung")
    lung[:, 4:16, 3:20] = 2
    image.to_netcdf("scan.nc")
    lung.to_netcdf("lung.nc")
    line = "preset lung_ct scan.nc --mask lung.nc --set threshold=-910 --spacing 0.7 --unit mm"
    found = call(f"{line} -o lung.csv")
    assert float(found.laa_percent) == pytest.approx(100 * (values[:, 4:16, 3:20] < -910).mean())
    table = pd.read_csv("lung.csv").set_index("variable")
    assert table.loc["laa_percent", "units"] == "%"
    assert table.loc["laa_percent", "value"] == pytest.approx(float(found.laa_percent))
    assert table.loc["lung_size", "units"] == "mm^3"
    in_scope = call("preset lung_ct image --mask lung --set threshold=-910", {"image": image, "lung": lung})
    assert float(in_scope.laa_percent) == float(found.laa_percent)


def test_a_table_has_no_maps():
    found = call("preset astronomy moon -o sky.csv")
    assert {"background", "background_rms"} <= set(found)
    told = set(pd.read_csv("sky.csv")["variable"])
    assert "background_level" in told
    assert not {"background", "background_rms"} & told


def test_what_cannot_be_is_said():
    with pytest.raises(UnknownNameError, match="did you mean 'lung_ct'"):
        call("preset lungct coins")
    with pytest.raises(OptionError, match="astronomy takes the image itself"):
        call("preset astronomy moon --method otsu")
    with pytest.raises(OptionError, match="unknown option 'lumen_sise'"):
        call("preset tissue coins --method otsu --set lumen_sise=2")
    with pytest.raises(OptionError, match="tissue: unknown option 'mask'"):
        call("preset tissue coins --method otsu --mask coins")
    assert [text for text, _ in complete_line("preset po")[1]] == ["porous_media"]
