import numpy as np
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.analytics import regress

RNG = np.random.default_rng(0)
WIDTH = xr.DataArray(RNG.normal(10, 2, 60), dims="image", name="width", attrs={"units": "um"})
DEPTH = xr.DataArray(RNG.normal(size=60), dims="image", name="depth")
AREA = (3 * WIDTH + DEPTH + RNG.normal(size=60)).rename("void_area").assign_attrs(units="um^2")


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def test_a_line_has_its_rows_bands_and_residuals():
    found = regress(AREA, WIDTH)
    figure = nsi.plot(found)
    drawn = traces(figure)
    np.testing.assert_array_equal(drawn["rows"].y, AREA)
    line = drawn["ordinary least squares"]
    np.testing.assert_allclose(line.y, found["intercept"].value + found["width"].value * np.asarray(line.x))
    inner, outer = drawn["95 % interval of the mean"], drawn["95 % of new values"]
    assert np.ptp(outer.y) > np.ptp(inner.y)
    np.testing.assert_allclose(figure.data[-1].y, AREA - found.predict()["value"], atol=1e-9)
    assert figure.layout.yaxis.title.text == "void area (µm²)"
    assert figure.layout.xaxis2.title.text == "width (µm)"
    assert figure.layout.title.text.replace("<br>", " ").startswith("Void area rises by")


def test_of_several_predictors_rows_are_drawn_against_what_was_fitted():
    found = regress(AREA, {"width": WIDTH, "depth": DEPTH})
    figure = found.plot(title="areas")
    np.testing.assert_array_equal(figure.data[0].x, found.points.fitted)
    assert figure.layout.xaxis2.title.text == "fitted void area (µm²)"
    assert figure.layout.title.text == "areas"


@pytest.mark.parametrize("kind", ["ridge", "theil-sen", "logistic"])
def test_other_kinds_have_a_curve(kind):
    y = AREA > 30 if kind == "logistic" else AREA
    found = regress(y.rename("area"), WIDTH, kind=kind)
    figure = found.plot()
    names = set(traces(figure))
    assert ("95 % interval of the mean" in names) == (kind == "logistic")
    assert figure.layout.yaxis.title.text == ("probability of area" if kind == "logistic" else "area (µm²)")
