import importlib.util
import pathlib

import numpy as np
import pytest

SPEC = importlib.util.spec_from_file_location("reading_writers", pathlib.Path(__file__).with_name("writers.py"))
writers_module = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(writers_module)


@pytest.fixture(scope="session")
def write():
    """The module that writes images in every format."""
    return writers_module


@pytest.fixture(params=sorted(writers_module.FILES))
def written(request, tmp_path):
    """A whole file of each format, and what it holds."""
    writer, values = writers_module.FILES[request.param]
    path = tmp_path / request.param
    writer(path)
    return path, values


@pytest.fixture(scope="session")
def steps():
    """What the coords of an image say: the step (checked to be even) and the units of each dim that has float coords."""

    def read(image):
        told = {}
        for dim in image.dims:
            if dim in image.coords and image[dim].dtype.kind == "f":
                coord = image[dim]
                even = coord.values[0] + np.arange(coord.size) * coord.attrs["spacing"]
                np.testing.assert_allclose(coord.values, even, rtol=1e-12)
                assert coord.attrs["long_name"] == dim
                told[dim] = (pytest.approx(coord.attrs["spacing"], rel=1e-6), coord.attrs["units"])
        return told

    return read
