"""Real images that ship with scikit-image: they are read from its folder, never from the network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from ..errors import FileError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Sample:
    """One image of scikit-image's data folder.

    Parameters
    ----------
    file : str
        Its name there.
    field : str
        Where such images come from.
    description : str
        What is seen, and what its empty part is.
    licence : str
        As scikit-image documents it.
    shape : tuple of int
        Of the array.
    spacing : float, optional
        Distance between pixels in um, for those for which scikit-image documents it.
    """

    file: str
    field: str
    description: str
    licence: str
    shape: tuple[int, ...]
    spacing: float | None = None


FREE = "no known copyright restrictions"
SAMPLES = {
    "brick": Sample("brick.png", "materials", "brick pavement; the joints are bright", "CC0", (512, 512)),
    "cell": Sample(
        "cell.png",
        "microscopy",
        "cell in saline, phase image; the medium is dark",
        "CC0",
        (660, 550),
        spacing=0.107,
    ),
    "coins": Sample("coins.png", "inspection", "coins; the uneven ground between them is dark", FREE, (303, 384)),
    "grass": Sample("grass.png", "materials", "grass; the gaps between the blades are dark", "CC0", (512, 512)),
    "gravel": Sample("gravel.png", "materials", "gravel; the gaps between the stones are dark", "CC0", (512, 512)),
    "hubble_deep_field": Sample(
        "hubble_deep_field.jpg",
        "astronomy",
        "galaxies, colour; the sky between them is dark",
        "NASA, public domain",
        (872, 1000, 3),
    ),
    "ihc": Sample(
        "ihc.png",
        "medicine",
        "colon section, colour; the unstained is bright",
        FREE,
        (512, 512, 3),
    ),
    "microaneurysms": Sample(
        "microaneurysms.png",
        "medicine",
        "detail of a retina; microaneurysms are dark",
        "CC0",
        (102, 102),
    ),
    "moon": Sample("moon.png", "astronomy", "surface of the Moon; the shadows are dark", "see scikit-image", (512, 512)),
    "page": Sample(
        "page.png",
        "inspection",
        "page in uneven light; the paper is bright",
        "see scikit-image",
        (191, 384),
    ),
    "retina": Sample(
        "retina.jpg",
        "medicine",
        "fundus of an eye, colour; the vessels are dark",
        "CC0",
        (1411, 1411, 3),
    ),
    "text": Sample("text.png", "inspection", "handwritten text; the paper is bright", "public domain", (172, 448)),
}


def samples() -> pd.DataFrame:
    """List the sample images.

    Returns
    -------
    pandas.DataFrame
        Index `name`; columns field, shape, description.

    Examples
    --------
    >>> samples().loc["gravel", "shape"]
    (512, 512)
    """
    import pandas as pd

    rows = {n: (s.field, s.shape, s.description) for n, s in SAMPLES.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["field", "shape", "description"]).rename_axis("name")


def sample(name: str) -> xr.DataArray:
    """Open a sample image.

    Parameters
    ----------
    name : str
        One of `samples()`.

    Returns
    -------
    xarray.DataArray
        (y, x), or (y, x, channel) for those in colour. Lengths are in pixels, but for "cell", whose spacing is documented.

    Raises
    ------
    UnknownNameError
        If there is no such sample.
    FileError
        If scikit-image was installed without its images.

    Examples
    --------
    >>> sample("gravel").dims
    ('y', 'x')
    """
    if name not in SAMPLES:
        raise UnknownNameError.among("sample", name, SAMPLES)
    from .reading import open

    chosen = SAMPLES[name]
    path = folder() / chosen.file
    if not path.is_file():
        raise FileError(
            f"scikit-image is installed without its image {chosen.file}", "pip install --force-reinstall scikit-image"
        )
    image = open(path, spacing=chosen.spacing, unit="um" if chosen.spacing else None).rename(name)
    image.attrs |= {
        "long_name": name.replace("_", " "),
        "source": f"scikit-image, {chosen.file}",
        "licence": chosen.licence,
        "description": chosen.description,
    }
    return image


@cache
def folder() -> Path:
    """Data folder of scikit-image, found without importing its code, which could fetch from the network."""
    found = find_spec("skimage")
    if found is None or not found.submodule_search_locations:
        raise FileError("scikit-image, which holds the samples, is not installed", "pip install scikit-image")
    return Path(next(iter(found.submodule_search_locations))) / "data"
