"""How often `compare` tells two masks of one kind apart by their tiles, which at a level of 5 % is right 5 times in 100.

`python -m benchmarks.levels [--number 500] [model ...]` prints for each variable the share of p-values of 0.05 or less, of
intervals that do not hold the difference of the means of all, and of those in doubt. `power` compares discs of one radius with
discs of a tenth more.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.voids.doubts import DOUBT
from nsi_notebook.voids.synthetic import bernoulli_noise, boolean_model, gaussian_level_set

Make = Callable[..., xr.DataArray]
SMALL, LARGE, CUBE = (160, 160), (256, 256), (64, 64, 64)


def same(make: Make) -> tuple[Make, Make]:
    return make, make


MODELS = {
    "discs-4-160": same(partial(boolean_model, SMALL, radius=4, fraction=0.6)),
    "discs-8-160": same(partial(boolean_model, SMALL, radius=8, fraction=0.6)),
    "discs-4-256": same(partial(boolean_model, LARGE, radius=4, fraction=0.6)),
    "discs-8-256": same(partial(boolean_model, LARGE, radius=8, fraction=0.6)),
    "discs-12-256": same(partial(boolean_model, LARGE, radius=12, fraction=0.6)),
    "discs-16-1024": same(partial(boolean_model, (1024, 1024), radius=16, fraction=0.5)),
    "field-3-256": same(partial(gaussian_level_set, LARGE, length=3, fraction=0.5)),
    "field-8-256": same(partial(gaussian_level_set, LARGE, length=8, fraction=0.5)),
    "noise-128": same(partial(bernoulli_noise, (128, 128), fraction=0.5)),
    "balls-3-64": same(partial(boolean_model, CUBE, radius=3, fraction=0.5)),
    "power": (partial(boolean_model, LARGE, radius=4, fraction=0.6), partial(boolean_model, LARGE, radius=4.4, fraction=0.6)),
}
NAMES = {
    "void_fraction": {}, "surface": {}, "euler": {}, "chords": {}, "two_point": {"r_max": 8}, "lineal_path": {"r_max": 8},
    "lacunarity": {"boxes": (2, 4, 8)}, "distance": {"r_max": 8}, "thickness": {"r_max": 8},
}  # fmt: skip


def simulate(pair: tuple[Make, Make], number: int, seed: int) -> None:
    """Print the shares, of curves their mean and largest."""
    random = np.random.default_rng(seed)
    found: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray, bool]]] = {}
    for _ in range(number):
        one, other = (make(seed=random) for make in pair)
        for name, options in NAMES.items():
            ds = nsi.compare(one, other, name, replicates=199, **options)
            for key in (str(k)[:-2] for k in ds.data_vars if str(k).endswith("_p")):
                values = ds[f"{key}_p"].values, ds[f"{key}_difference"].values, ds[f"{key}_difference_ci"].values
                if key != "chord_count":
                    found.setdefault(key, []).append((*values, DOUBT in ds[f"{key}_difference_ci"].attrs))
    for key, rows in found.items():
        p, difference, bounds = (np.array([row[i] for row in rows]).reshape(number, -1) for i in range(3))
        bounds = bounds.reshape(*p.shape, 2)
        truth = difference.mean(axis=0) if pair[0] is not pair[1] else 0
        there = np.isfinite(p).mean(axis=0) > 0.5
        alarms = (p <= 0.05).mean(axis=0)[there]
        missed = ((bounds[..., 0] > truth) | (bounds[..., 1] < truth)).mean(axis=0)[there]
        doubted = np.mean([row[3] for row in rows])
        said = [" ".join(f"{100 * share:.0f}" for share in shares[:10]) for shares in (alarms, missed)]
        print(f"{key:24} p <= 0.05: {said[0]:30} interval misses: {said[1]:30} in doubt: {100 * doubted:.0f} %", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.levels", description=__doc__)
    parser.add_argument("models", nargs="*", help=f"of {', '.join(MODELS)}; default: all")
    parser.add_argument("--number", type=int, default=500, help="of pairs")
    parser.add_argument("--seed", type=int, default=1, help="of the pairs")
    given = parser.parse_args()
    warnings.simplefilter("ignore", nsi.errors.NsiWarning)
    for model in given.models or MODELS:
        print(f"{model}, {given.number} pairs", flush=True)
        simulate(MODELS[model], given.number, given.seed)


if __name__ == "__main__":
    main()
