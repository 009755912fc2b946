"""Changes of the mean beside ruptures: its Pelt in Python, and its KernelCPD in C.

`python -m benchmarks.changes [--number 400]` counts by simulation how often a change is seen where there is none, one is
found where it is, sets and intervals hold the truth, and a trend is seen where there is none; and how often each check of a
trend and of changes speaks up where all is as it should be.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable

import numpy as np
import ruptures
from scipy.signal import lfilter

from nsi_notebook.analytics.algorithms.series.changepoints import breaks, changes
from nsi_notebook.analytics.algorithms.series.trend import trend
from nsi_notebook.errors import NsiWarning

from .compare import Case

NOISES = {
    "white": ((), ()),
    "AR(1) .3": ((0.3,), ()),
    "AR(1) .6": ((0.6,), ()),
    "AR(1) .9": ((0.9,), ()),
    "AR(2) .5 .4": ((0.5, 0.4), ()),
    "AR(2) 1.3 -.7": ((1.3, -0.7), ()),
    "MA(5)": ((), (1.0,) * 5),
    "AR(1) .9 and as much white": ((0.9,), ()),
    "Student's t, 3 degrees": ((), ()),
}
LENGTHS = (100, 200, 500, 1000)


def cases(seed: int) -> list[Case]:
    """Samples with few and with many changes; penalties are equal."""
    few, many = _samples(seed, 2000, 4), _samples(seed, 10_000, 40)
    none = np.random.default_rng(seed).normal(size=5000)
    short = _samples(seed, 500, 1)
    return [
        *(
            Case(
                f"changes(..., noise={kind!r}) of 500 samples, the whole call, which tells the noise too",
                "ruptures KernelCPD, in C",
                lambda kind=kind: changes(short, noise=kind).place.tolist(),
                _kernel(short),
                _same,
                target,
            )
            for kind, target in (("white", 1), ("ar", 0.8))
        ),
        Case("changes of the mean of 2000 samples, 4 changes", "ruptures Pelt(jump=1)", _ours(few), _pelt(few), _same, 500),
        *(
            Case(
                f"changes of the mean of {len(values)} samples, {what}",
                "ruptures KernelCPD, in C",
                _ours(values),
                _kernel(values),
                _same,
                1,
            )
            for values, what in ((few, "4 changes"), (none, "none"), (many, "40 changes"))
        ),
    ]


def _samples(seed: int, n: int, steps: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    means = np.cumsum(rng.choice([-2.0, 2.0], size=steps + 1))
    return means[np.arange(n) * (steps + 1) // n] + rng.normal(size=n)


def _ours(values: np.ndarray) -> Callable[[], list[int]]:
    return lambda: breaks(values, 3 * np.log(len(values))).tolist()


def _kernel(values: np.ndarray) -> Callable[[], list[int]]:
    peer = ruptures.KernelCPD(kernel="linear", min_size=2)
    return lambda: list(map(int, peer.fit(values[:, None]).predict(pen=3 * np.log(len(values)))[:-1]))


def _pelt(values: np.ndarray) -> Callable[[], list[int]]:
    peer = ruptures.Pelt(model="l2", min_size=2, jump=1)
    return lambda: list(map(int, peer.fit(values).predict(pen=3 * np.log(len(values)))[:-1]))


def _same(one: list[int], other: list[int]) -> str:
    assert one == other
    return f"the same {len(one)}"


def noise(name: str, seed: int, n: int) -> np.ndarray:
    """Noise of variance 1."""
    rng = np.random.default_rng(seed)
    if name.startswith("Student"):
        return rng.standard_t(3, size=n) / np.sqrt(3)
    auto, moving = NOISES[name]
    both = [1.0, *moving], [1.0, *(-c for c in auto)]
    impulse = lfilter(*both, np.eye(1, 2000)[0])
    found = lfilter(*both, rng.normal(size=n + 500))[500:] / np.sqrt(impulse @ impulse)
    return (found + rng.normal(size=n)) / np.sqrt(2) if name.endswith("white") and auto else found


def simulate(number: int) -> None:
    for title, seen in (("change", lambda x: len(changes(x)) > 0), ("trend, p < 0.05", lambda x: trend(x).p < 0.05)):
        print(f"{title} where there is none, %, of {', '.join(map(str, LENGTHS))} samples")
        for name in NOISES:
            shares = [100 * np.mean([seen(noise(name, seed, n)) for seed in range(number)]) for n in LENGTHS]
            print(f"  {name:28}", *(f"{share:6.1f}" for share in shares), flush=True)
    print("one change of 500 samples: found once within 10 %, set holds it %, places in the set, interval of the jump holds it %")
    for name in ("white", "AR(1) .3", "AR(1) .6"):
        for height in (1, 2, 4):
            all_of = [changes(noise(name, seed, 500) + height * (np.arange(500) >= 200)) for seed in range(number)]
            ones = [found for found in all_of if len(found) == 1]
            hits = 100 * sum(abs(found.place[0] - 200) <= 10 for found in ones) / number
            held = 100 * np.mean([200 in found.sets[0] for found in ones])
            jump = 100 * np.mean([found.jump_interval[0, 0] <= height <= found.jump_interval[0, 1] for found in ones])
            size = np.mean([len(found.sets[0]) for found in ones])
            print(f"  {name:10} {height} sd {hits:7.1f} {held:7.1f} {size:7.1f} {jump:7.1f}", flush=True)


def doubted(number: int) -> None:
    for find in (trend, changes):
        told: dict[str, dict[str, list[float]]] = {}
        for name in NOISES:
            for n in LENGTHS[:3]:
                met = [{c.assumption: c.met for c in find(noise(name, seed, n)).checks} for seed in range(number)]
                for check in met[0]:
                    told.setdefault(check, {}).setdefault(name, []).append(100 * np.mean([not one[check] for one in met]))
        for check, shares in told.items():
            print(f"{find.__name__}: {check!r} is doubted, %, of {', '.join(map(str, LENGTHS[:3]))} samples")
            for name, share in shares.items():
                print(f"  {name:28}", *(f"{one:6.1f}" for one in share), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.changes", description=__doc__)
    parser.add_argument("--number", type=int, default=400, help="of series of each kind")
    given = parser.parse_args()
    warnings.simplefilter("ignore", NsiWarning)
    simulate(given.number)
    doubted(given.number)


if __name__ == "__main__":
    main()
