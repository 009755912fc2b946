"""Synthetic masks whose measures are known: a file for each kind.

    from nsi_notebook.voids import synthetic
    mask = synthetic.boolean_model((512, 512), radius=6, fraction=0.6, seed=1)
    mask.attrs["nsi_true_mean_chord"]                   # what `measure` should find, in the unit of the coords
    synthetic.truth(mask).two_point([0, 3, 6])          # and the curves

| mask | void | curves of its truth |
|---|---|---|
| `boolean_model` | outside overlapping discs or balls | `two_point`, `lineal_path`, `lacunarity`, `distance_survival` |
| `gaussian_level_set` | where a Gaussian random field is low | `two_point`, `lacunarity` |
| `bernoulli_noise` | each pixel by a toss | `two_point`, `lineal_path`, `lacunarity`, `distance_survival` |
| `sphere_packing` | between the balls of a crystal: sc, bcc, fcc | `two_point` |
| `sierpinski_carpet` | the squares cut out of a square | `box_count`, `chord_count`, `lineal_path` |
| `menger_sponge` | the cubes cut out of a cube | `box_count` |

The numbers in the attrs bear the names of the variables that `measure` gives, after `nsi_true_`. They are of the model itself,
not of one mask nor of its pixels: a random mask scatters around them, less the larger it is; and what pixels make of a
smooth surface comes nearer the more pixels a radius has. The exceptions are Bernoulli noise, the carpet and the sponge, which
are made of pixels. xarray keeps attrs through what is done to a mask: those of a slice or of `~mask` are still of the whole
mask. `measure` hands them on to its Dataset, and netCDF and Zarr keep them, so that `truth` works on all of these.
"""

from __future__ import annotations

import xarray as xr

from ...errors import OptionError, UnknownNameError
from .bernoulli import BernoulliNoise, bernoulli_noise
from .boolean import BooleanModel, boolean_model
from .carpet import SierpinskiCarpet, sierpinski_carpet
from .gaussian import GaussianLevelSet, gaussian_level_set
from .packing import SpherePacking, sphere_packing
from .sponge import MengerSponge, menger_sponge
from .truths import Truth

__all__ = [
    "BernoulliNoise",
    "BooleanModel",
    "GaussianLevelSet",
    "MengerSponge",
    "SierpinskiCarpet",
    "SpherePacking",
    "Truth",
    "bernoulli_noise",
    "boolean_model",
    "gaussian_level_set",
    "menger_sponge",
    "sierpinski_carpet",
    "sphere_packing",
    "truth",
]

MODELS: dict[str, type[Truth]] = {
    kind.model: kind for kind in (BernoulliNoise, BooleanModel, GaussianLevelSet, MengerSponge, SierpinskiCarpet, SpherePacking)
}


def truth(made: xr.DataArray | xr.Dataset) -> Truth:
    """Give what is known of the model that a mask was made by.

    Parameters
    ----------
    made : xarray.DataArray or xarray.Dataset
        A mask of this package, or what `measure` found on it; read from a file, too.

    Returns
    -------
    Truth
        With `values()`, the numbers by the names of our variables, and the curves that have a formula as methods.

    Raises
    ------
    OptionError
        If the attrs do not tell a model.
    UnknownNameError
        If they tell one that does not exist.

    Examples
    --------
    >>> truth(bernoulli_noise((8, 8), fraction=0.5, seed=0)).two_point([0, 1, 2]).tolist()
    [0.5, 0.25, 0.25]
    """
    name = made.attrs.get("nsi_model")
    if name is None:
        raise OptionError("the attrs do not say by which model this was made", f"make it by one of {', '.join(sorted(MODELS))}")
    if name not in MODELS:
        raise UnknownNameError.among("model", name, MODELS)
    return MODELS[name].of(made.attrs)
