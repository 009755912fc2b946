"""A result from the cache beside computing it, and beside diskcache's own memoize, whose keys hold the arguments themselves."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diskcache
import numpy as np
import xarray as xr

from nsi_notebook.analytics.storage import Cache
from nsi_notebook.voids.measuring import measure

from .compare import Case


def study(mask: xr.DataArray) -> xr.Dataset:
    return measure(mask, ["void_fraction", "euler", "chords"])


def smooth(image: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return image + np.roll(image, 1, axis=0)


def identical(ours: xr.Dataset, theirs: xr.Dataset) -> str:
    xr.testing.assert_identical(ours, theirs)
    return "identical"


def equal(ours: Any, theirs: Any) -> str:
    np.testing.assert_array_equal(ours, theirs)
    return "equal"


def cases(seed: int) -> Iterator[Case]:
    chance = np.random.default_rng(seed)
    place = Path(tempfile.mkdtemp(prefix="nsi-bench-"))
    coords = {d: (d, np.arange(2048.0), {"units": "um"}) for d in "yx"}
    mask = xr.DataArray(chance.random((2048, 2048)) < 0.5, coords, ("y", "x"))
    memory = Cache(disk=0, memory=10**9, large=10**9)
    name = "cache: measures of 2048 x 2048, a hit"
    yield Case(name, "computing them", lambda: memory.call(study, mask), lambda: study(mask), identical, 10)
    disk, theirs = Cache(place / "ours", large=0), diskcache.Cache(str(place / "theirs"))
    memoized, mean = theirs.memoize()(smooth), theirs.memoize()(np.mean)
    image = chance.random((1024, 1024))
    yield Case(
        "cache: 8 MB from 8 MB on the disk, a hit, checked by SHA-256",
        "diskcache memoize, unchecked",
        lambda: disk.call(smooth, image),
        lambda: memoized(image),
        equal,
        0.5,
    )
    yield Case(
        "cache: one number from 8 MB, a hit",
        "diskcache memoize",
        lambda: memory.call(np.mean, image),
        lambda: mean(image),
        equal,
        1.5,
    )
