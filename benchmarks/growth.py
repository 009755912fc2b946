"""How the time of each measure grows with the volume: `python -m benchmarks.growth [words of measures]`, one line a measure.

The volumes are one image of 128^3 mirrored over and over, so that only the size changes. Time is told in seconds per
megavoxel, and as the exponent k of time ~ voxels^k between the last two sizes: 1 is growth as the volume. A size is left out,
and the line says so, where eight times the memory or time of the one before would be more than there is.
"""

from __future__ import annotations

import argparse
import math
import time
import tracemalloc

import numpy as np
import psutil
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.voids.measures.registry import catalogue

from .measures import blobs

SIDES = (128, 256, 512)
MOST = 300.0  # seconds that a measure may take


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("words", nargs="*", help="run only the measures whose name holds one of these")
    parser.add_argument("--seed", type=int, default=1, help="of the image")
    given = parser.parse_args()
    least = blobs(given.seed, *[SIDES[0]] * 3)
    print(f"{'s per megavoxel':<22}" + "".join(f"{f'{side}^3':>10}" for side in SIDES) + f"{'exponent':>10}")
    for name in catalogue():
        if not given.words or any(word in name for word in given.words):
            print(_line(name, least), flush=True)


def _line(name: str, least: xr.DataArray) -> str:
    """Measure one size after the other for as long as it fits."""
    nsi.measure(least[:16, :16, :16], name)  # loads the kernels
    seconds: list[float] = []
    bytes_each, why = 0.0, ""
    for side in SIDES:
        voxels = side**3
        if seconds and 8 * seconds[-1] > MOST:
            why = f"  {side}^3 would take {8 * seconds[-1] / 60:.0f} minutes"
            break
        if bytes_each * voxels > psutil.virtual_memory().available:
            why = f"  {side}^3 needs {bytes_each * voxels / 2**30:.0f} GiB, {bytes_each:.0f} bytes a voxel"
            break
        mask = _mirrored(least, side)
        seconds.append(_seconds(mask, name))
        if side < SIDES[-1]:
            bytes_each = _peak(mask, name) / voxels
    sizes = [side**3 for side in SIDES[: len(seconds)]]
    cells = "".join(f"{1e6 * t / n:>10.4f}" for t, n in zip(seconds, sizes, strict=True)).ljust(10 * len(SIDES))
    exponent = math.log(seconds[-1] / seconds[-2]) / math.log(sizes[-1] / sizes[-2])
    return f"{name:<22}{cells}{exponent:>10.2f}{why}"


def _seconds(mask: xr.DataArray, name: str) -> float:
    """Least of three runs, or of as many as fit into two seconds."""
    each: list[float] = []
    while len(each) < 3 and sum(each) < 2:
        begun = time.perf_counter()
        nsi.measure(mask, name)
        each.append(time.perf_counter() - begun)
    return min(each)


def _mirrored(least: xr.DataArray, side: int) -> xr.DataArray:
    missing = side - least.shape[0]
    return xr.DataArray(np.pad(least.values, (0, missing), mode="symmetric"), dims=least.dims)


def _peak(mask: xr.DataArray, name: str) -> int:
    """Bytes that a measure takes beside the mask, as NumPy asks for them."""
    tracemalloc.start()
    try:
        nsi.measure(mask, name)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    main()
