"""Persistence pairs beside gudhi and cripser, of a smoothed noise of 8 bits, 8-connected (pixels are squares)."""

from __future__ import annotations

from typing import Any

import cripser
import gudhi
import numpy as np
import xarray as xr
from scipy import ndimage

import nsi_notebook as nsi

from .compare import Case


def cases(seed: int) -> list[Case]:
    """H0 and H1 of a plane; gudhi finds both in any case, cripser can stop after H0."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((2048, 2048)), 2)
    grey = (255 * (noise - noise.min()) / np.ptp(noise)).astype(np.uint8)
    image = xr.DataArray(grey, dims=("y", "x"))
    values = grey.astype(float)

    def of_gudhi() -> Any:
        found = gudhi.CubicalComplex(top_dimensional_cells=values)
        found.compute_persistence(min_persistence=0)
        return [found.persistence_intervals_in_dimension(k) for k in (0, 1)]

    def of_cripser(most: int) -> Any:
        found = cripser.compute_ph(values, maxdim=most, filtration="T")
        ends = np.where(found[:, 1:3] > 1e300, np.inf, found[:, 1:3])
        return [ends[(found[:, 0] == k) & (ends[:, 0] < ends[:, 1])] for k in range(most + 1)]

    peers = (
        ("gudhi CubicalComplex(top_dimensional_cells=), which computes all dimensions too", of_gudhi, 15),
        ("cripser compute_ph, both", lambda: of_cripser(1), 3),
        ("cripser compute_ph, which stops after H0", lambda: of_cripser(0), 2),
    )
    return [
        Case("persistence pairs H0 and H1, 2048^2", name, lambda: nsi.persistence(image, connectivity=8), theirs, _same, target)
        for name, theirs, target in peers
    ]


def _same(ours: Any, theirs: Any) -> str:
    """Compare the pairs of each dimension that the peer has."""
    for k, wanted in enumerate(theirs):
        mine = ours.isel(homology=k)
        found = np.stack([mine.persistence_birth.values, mine.persistence_death.values], axis=1)
        found = found[~np.isnan(found[:, 0])]
        np.testing.assert_array_equal(found[np.lexsort(found.T)], wanted[np.lexsort(wanted.T)])
    return f"{' and '.join(str(len(w)) for w in theirs)} pairs equal"
