"""The figure of an analysis of variance says what its result does."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from nsi_notebook.analytics import anova


@pytest.fixture
def soils():
    rng = np.random.default_rng(2)
    values = [rng.normal(10 + away, 1 + away / 2, 14) for away in (0, 0.4, 2)]
    return xr.DataArray(
        values, dims=("soil", "sample"), coords={"soil": ["clay", "loam", "sand"]}, name="pore_size", attrs={"units": "um"}
    )


def test_groups_and_pairs_are_drawn_with_their_intervals(soils):
    found = anova(soils, "soil", level=0.9)
    drawn = found.plot()
    groups, differ, same = drawn.data
    assert list(groups.y) == ["clay (n = 14)", "loam (n = 14)", "sand (n = 14)"]
    half = stats.t.isf(0.05, 13) * soils.std("sample", ddof=1) / np.sqrt(14)
    assert groups.x == pytest.approx(soils.mean("sample").values)
    assert groups.error_x.array == pytest.approx(half.values)
    shown = [pair for pair in found.pairs if pair.shown]
    assert list(differ.x) == [pair.estimate.value for pair in shown]
    assert list(differ.x + differ.error_x.array) == pytest.approx([pair.estimate.upper for pair in shown])
    assert len(differ.x) + len(same.x) == 3
    assert drawn.layout.xaxis.title.text == "pore size: mean, with its 90 % interval (\u00b5m)"
    assert "(\u00b5m)" in drawn.layout.xaxis2.title.text
    assert drawn.layout.title.text.startswith("The means of pore size differ")
    assert found.plot(title="Soils").layout.title.text == "Soils"


def test_ranks_are_drawn_as_medians(soils):
    drawn = anova(soils, "soil", kind="kruskal").plot()
    assert drawn.data[0].x == pytest.approx(soils.median("sample").values)
    assert np.isnan(drawn.data[0].error_x.array).all()
    assert drawn.layout.xaxis2.title.text.startswith("difference of mean ranks")


def test_without_pairs_there_is_one_panel(soils):
    assert len(anova(soils, "soil", pairs=False).plot().data) == 1


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # of a constant series beside another
def test_a_constant_series_is_drawn_without_an_interval():
    rows = xr.DataArray(np.stack([np.full(300, 2.0), np.random.default_rng(0).normal(size=300)]), dims=("run", "time"))
    groups = anova(rows, "run", kind="classical").plot().data[0]
    assert groups.error_x.array[0] == 0
    assert 0.05 < groups.error_x.array[1] < 0.3
