"""What is public, and what importing costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import nsi_notebook as nsi
from nsi_notebook import analytics

HEAVY = [
    "IPython", "anywidget", "asyncio", "dask", "duckdb", "imageio", "ipywidgets", "nbconvert", "nbformat", "numba", "numpy",
    "pandas", "papermill", "plotly", "prometheus_client", "pyarrow", "scipy", "skimage", "sqlite3", "tifffile", "xarray", "zarr",
]  # fmt: skip


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("package", [nsi, analytics])
def test_all_is_sorted_and_true(package):
    assert package.__all__ == sorted(package.__all__)
    for name in package.__all__:
        assert getattr(package, name) is not None
    assert set(package._HOMES) == set(package.__all__) - {"__version__"}
    assert set(package.__all__) <= set(dir(package))


def test_the_promised_names_of_the_engine_are_there():
    promised = ["AnalyticsEngine", "EventSystem", "MetricsCollector", "StreamingProcessor", "TimeSeriesDatabase"]
    assert set(promised) <= set(analytics.__all__)
    assert all(getattr(analytics, name).__name__ == name for name in analytics.__all__)


@pytest.mark.parametrize("package", [nsi, analytics])
def test_an_unknown_name_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match="no attribute 'mesure'"):
        package.mesure  # noqa: B018


@pytest.mark.parametrize("package", ["nsi_notebook", "nsi_notebook.analytics"])
def test_importing_the_package_imports_nothing_heavy(package):
    assert run(f"import sys, {package}; print([m for m in {HEAVY!r} if m in sys.modules])") == "[]"


def test_importing_it_after_xarray_adds_no_heavy_module():
    heavy = [m for m in HEAVY if m not in ("numpy", "pandas", "xarray", "dask")]
    code = "import xarray, sys; before = set(sys.modules); import nsi_notebook"
    assert run(f"{code}; print([m for m in {heavy!r} if m in set(sys.modules) - before])") == "[]"


@pytest.mark.parametrize(
    "order",
    [
        "import nsi_notebook; import xarray",
        "import xarray; import nsi_notebook",
        "import nsi_notebook, importlib.util; importlib.util.find_spec('xarray'); import xarray",
        "import nsi_notebook; from xarray import Dataset; import xarray",
    ],
)
def test_the_accessor_is_there_in_either_order(order):
    assert run(f"{order}\nprint(hasattr(xarray.DataArray, 'nsi'), hasattr(xarray.Dataset, 'nsi'))") == "True True"


def test_the_hook_is_gone_once_xarray_is_there():
    code = "import sys, nsi_notebook; before = len(sys.meta_path); import xarray"
    assert (
        run(f"{code}; print(before - len(sys.meta_path), any('nsi' in type(f).__module__ for f in sys.meta_path))") == "1 False"
    )


def test_the_accessor_calls_the_functions():
    import numpy as np
    import xarray as xr

    image = xr.DataArray(np.random.default_rng(0).permutation(np.arange(64.0)).reshape(8, 8), dims=("y", "x"))
    void = image.nsi.void(20)
    xr.testing.assert_identical(void, nsi.void(image, 20))
    ds = void.nsi.measure("void_fraction", ci=0.9)
    xr.testing.assert_identical(ds, nsi.measure(void, "void_fraction", ci=0.9))
    xr.testing.assert_identical(image.nsi.curves("euler", ci=0.9), nsi.curves(image, "euler", ci=0.9))
    assert void.nsi.components().equals(nsi.components(void))
    xr.testing.assert_identical(image.nsi.persistence(connectivity=8), nsi.persistence(image, connectivity=8))
    assert void.nsi.plot(image=image).to_json() == nsi.plot(void, image=image).to_json()
    assert ds.nsi.plot("void_fraction").to_json() == nsi.plot(ds, "void_fraction").to_json()
