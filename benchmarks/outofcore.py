"""What `nsi measure` needs of memory on volumes that do not fit: `python -m benchmarks.outofcore [--gib 2 8] [--seed N]`.

A grey volume is written to Zarr chunk by chunk; the command then measures it in a process of its own, whose peak of resident
memory is printed. With `--workers` the first volume is measured by a Dask cluster of two processes, too, one of which is killed
on the way, and the answers are compared.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import zarr
from scipy import ndimage

import nsi_notebook as nsi

CHUNK = 256
LOCAL = ("void_fraction", "euler", "surface")  # of what crosses a face nothing is kept
MEASURES = (*LOCAL, "chords")  # runs are kept as far as the cross section that was read last


def make(path: Path, gib: float, seed: int) -> tuple[int, ...]:
    """Write a volume of bytes, chunk by chunk: a smooth field, periodic in a chunk, shifted at random in each."""
    number = round(gib * 2**30 / CHUNK**3)
    grid = (number // 64, 8, 8) if number >= 64 else (number, 1, 1)
    shape = tuple(CHUNK * n for n in grid)
    rng = np.random.default_rng(seed)
    field = ndimage.gaussian_filter(rng.standard_normal((CHUNK,) * 3).astype(np.float32), 4, mode="wrap")
    field = np.clip(128 + 40 * field / field.std(), 0, 255).astype(np.uint8)
    volume = zarr.create_array(path, shape=shape, chunks=(CHUNK,) * 3, dtype="uint8", dimension_names=("z", "y", "x"))
    for at in np.ndindex(*grid):
        shift = tuple(int(n) for n in rng.integers(0, CHUNK, 3))
        volume[tuple(slice(CHUNK * i, CHUNK * (i + 1)) for i in at)] = np.roll(field, shift, axis=(0, 1, 2))
    return shape


def by_command(path: Path, measures: tuple[str, ...]) -> tuple[float, float]:
    """Measure by the command: peak of resident memory (MiB), and seconds."""
    line = [sys.executable, "-m", "nsi_notebook.cli", "measure", path, *measures, "--method", "128"]
    begun = time.perf_counter()
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"nsi measure gave {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss / 1024, time.perf_counter() - begun


def by_workers(path: Path) -> bool:
    """Measure with two processes, kill one on the way, and say whether the answer is that of threads."""
    from dask.distributed import Client, LocalCluster

    lazy = nsi.open(path).nsi.void(128).nsi.measure(MEASURES)
    wanted = lazy.compute()
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        pid = next(iter(client.run(os.getpid).values()))
        future = client.compute(lazy)
        threading.Timer(2.0, os.kill, (pid, signal.SIGKILL)).start()
        got = future.result()
        lost = pid not in client.run(os.getpid).values()
    if not lost:
        raise SystemExit("the work was done before the worker was killed: take a larger volume")
    return bool(got.identical(wanted))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outofcore", description=__doc__)
    parser.add_argument("--gib", type=float, nargs="+", default=[2, 8], help="sizes of the volumes")
    parser.add_argument("--seed", type=int, default=1, help="of the volumes")
    parser.add_argument("--workers", action="store_true", help="measure the first by two processes, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        peaks: dict[tuple[str, ...], list[float]] = {LOCAL: [], MEASURES: []}
        for gib in given.gib:
            path = Path(folder) / f"{gib:g}.zarr"
            shape = make(path, gib, given.seed)
            for measures, found in peaks.items():
                peak, seconds = by_command(path, measures)
                found.append(peak)
                told = f"{gib:g} GiB {shape} in chunks of {CHUNK}^3"
                print(f"{told}, {' '.join(measures)}: peak {peak:.0f} MiB, {seconds:.0f} s", flush=True)
            if given.workers and gib == given.gib[0]:
                print(f"two workers, one killed: {'the same answer' if by_workers(path) else 'ANOTHER ANSWER'}", flush=True)
        for measures, found in peaks.items():
            print(f"{' '.join(measures)}: the largest peak is {max(found) / min(found):.2f} times the smallest")


if __name__ == "__main__":
    main()
