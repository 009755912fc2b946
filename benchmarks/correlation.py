"""Correlations beside pingouin's, and how often they are wrong.

`python -m benchmarks.correlation [--number 40] [alarms coverage distance lags specimens ...]` counts by simulation how often a 5
% test sees two series that have nothing to do with each other go together, intervals hold the truth, lags are found, and images
of one specimen are told. The 40 of each kind take minutes and show what is far off; docs/correlation.md has more of them, and
says how many.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import pingouin

from nsi_notebook.analytics import correlate, cross_correlation
from nsi_notebook.analytics.algorithms.correlation.distances import distances
from nsi_notebook.errors import NsiWarning
from tests.analytics.algorithms.noises import noise

from .compare import Case

LENGTHS = (50, 200, 1000)
METHODS = ("pearson", "spearman", "kendall")
ALIKE = ("white", "AR(1) 0.5", "AR(1) 0.9", "AR(2) cyclic", "AR(2) slow", "MA(5)", "AR(1) 0.9 + noise")
SERIES = [*((kind, kind) for kind in ALIKE), ("AR(1) 0.9", "white"), ("white", "AR(1) 0.9"), ("AR(1) 0.9", "AR(1) 0.9 + noise")]


def cases(seed: int) -> list[Case]:
    """Distance correlation of 2000 pairs."""
    x, y = _pairs(np.random.default_rng(seed), 2000, 0.3)
    return [
        Case(
            "distance correlation of 2000 pairs",
            "pingouin distance_corr",
            lambda: distances(x, y).correlation,
            lambda: pingouin.distance_corr(x, y, n_boot=None),
            _close,
            10,
        ),
        Case(
            "correlate(method='distance') of 500 pairs, 199 reorderings",
            "pingouin distance_corr",
            lambda: correlate(x[:500], y[:500], method="distance", resamples=199).statistic,
            lambda: pingouin.distance_corr(x[:500], y[:500], n_boot=199, seed=0)[0],
            _close,
            10,
        ),
    ]


def _close(one: float, other: float) -> str:
    assert abs(one - other) < 1e-9
    return f"differ by {abs(one - other):.0e}"


def _pairs(rng: np.random.Generator, n: int, rho: float) -> np.ndarray:
    x, e = rng.normal(size=(2, n))
    return np.stack([x, rho * x + np.sqrt(1 - rho**2) * e])


def _series(rng: np.random.Generator, kinds: tuple[str, str], number: int, n: int) -> list[np.ndarray]:
    return [noise(kind, (number, n), rng) for kind in kinds]


def alarms(number: int) -> None:
    """Two series without relation."""
    ways: dict[str, Callable[..., float]] = {"plain": lambda x, y: correlate(x, y).p}
    for method in METHODS:
        ways[method] = lambda x, y, method=method: correlate(x, y, "time", method=method).p
    ways["conservative"] = lambda x, y: correlate(x, y, "time", conservative=True).p
    ways["lags"] = lambda x, y: cross_correlation(x, y).p
    ways["lags, raw"] = lambda x, y: cross_correlation(x, y, prewhiten=False).p
    print("share of p < 0.05 of series without relation")
    print(f"{'first | other':38} {'n':>5}", *(f"{way:>12}" for way in ways))
    for kinds in SERIES:
        for n in LENGTHS:
            x, y = _series(np.random.default_rng(1), kinds, number, n)
            shares = (np.mean([way(a, b) < 0.05 for a, b in zip(x, y, strict=True)]) for way in ways.values())
            print(f"{' | '.join(dict.fromkeys(kinds)):38} {n:>5}", *(f"{share:>12.3f}" for share in shares), flush=True)


def distance(number: int) -> None:
    """The test of distances along time: shifts round the end."""
    print("share of p < 0.05 of distance correlation along time")
    for kinds in SERIES:
        for n in (50, 200):
            x, y = _series(np.random.default_rng(1), kinds, number, n)
            share = np.mean([correlate(a, b, "time", method="distance").p < 0.05 for a, b in zip(x, y, strict=True)])
            print(f"{' | '.join(dict.fromkeys(kinds)):38} {n:>5} {share:>12.3f}", flush=True)


def truth(method: str, rho: float) -> float:
    """Give what a method estimates of a normal pair with this correlation."""
    if method == "spearman":
        return 6 / np.pi * np.arcsin(rho / 2)
    if method == "kendall":
        return 2 / np.pi * np.arcsin(rho)
    if method == "distance":  # theorem 7 of Szekely, Rizzo & Bakirov 2007
        part = rho * np.arcsin(rho) + np.sqrt(1 - rho**2) - rho * np.arcsin(rho / 2) - np.sqrt(4 - rho**2) + 1
        return np.sqrt(part / (1 + np.pi / 3 - np.sqrt(3)))
    return rho


def coverage(number: int) -> None:
    """Intervals of 95 %."""
    print("coverage of 95 % intervals, normal pairs")
    print(f"{'method':10} {'n':>5}", *(f"{rho:>7}" for rho in (0, 0.3, 0.6, 0.9)))
    for method in (*METHODS, "partial", "distance"):
        for n in (10, 20, 50, 200):
            held = []
            for rho in (0.0, 0.3, 0.6, 0.9):
                rng = np.random.default_rng(2)
                held.append(np.mean([_held(rng, method, n, rho) for _ in range(number)]))
            print(f"{method:10} {n:>5}", *(f"{share:>7.3f}" for share in held), flush=True)
    print("along time: series that share a part, each AR(1) of the same coefficient; the second with white noise instead")
    for phi in ("AR(1) 0.5", "AR(1) 0.9"):
        for second in (phi, "white"):
            for n in (200, 1000):
                told = []
                for method in METHODS:
                    for rho in (0.3, 0.7):
                        rng = np.random.default_rng(3)
                        x, e = noise(phi, (number, n), rng), noise(second, (number, n), rng)
                        y = rho * x / x.std() + np.sqrt(1 - rho**2) * e / e.std()
                        found = [correlate(a, b, "time", method=method).estimate for a, b in zip(x, y, strict=True)]
                        told.append(np.mean([one.lower <= truth(method, rho) <= one.upper for one in found]))
                print(f"{phi} and {second:10} {n:>5}", *(f"{share:>7.3f}" for share in told), flush=True)


def _held(rng: np.random.Generator, method: str, n: int, rho: float) -> bool:
    x, y = _pairs(rng, n, rho)
    if method == "partial":
        z = rng.normal(size=n)
        found = correlate(x + z, y - 2 * z, given=z).estimate
    else:
        found = correlate(x, y, method=method, resamples=19).estimate
    return found.lower <= truth(method, rho) <= found.upper


def lags(number: int) -> None:
    """One series that follows another."""
    print("the second follows by 7 or 7.5 samples of 300: found, best within half a sample, interval holds it, its width")
    for kind in ("white", "AR(1) 0.5", "AR(1) 0.9", "MA(5)", "AR(1) 0.9 + noise"):
        for rest in ("white", "AR(1) 0.9"):
            for strength in (0.3, 0.6, 1.5):
                for delay in (14, 15):
                    rng = np.random.default_rng(4)
                    twice = noise(kind, (number, 600 + delay), rng)  # at half steps
                    e = noise(rest, (number, 300), rng)
                    follow = partial(_follow, delay=delay, strength=strength)
                    found = [one for one in map(follow, twice / twice.std(), e / e.std()) if one.found]
                    right = np.mean([abs(one.lag - delay / 2) <= 0.5 for one in found])
                    held = np.mean([one.interval[0] <= delay / 2 <= one.interval[1] for one in found])
                    width = np.median([one.interval[1] - one.interval[0] for one in found])
                    told = f"{len(found) / number:>7.3f} {right:>7.3f} {held:>7.3f} {width:>7.1f}"
                    print(f"{kind:18} {rest:10} {strength:>4} {delay / 2:>4} {told}", flush=True)


def _follow(twice: np.ndarray, rest: np.ndarray, delay: int, strength: float) -> object:
    return cross_correlation(twice[delay:][::2], strength * twice[:600:2] + rest)


def specimens(number: int) -> None:
    """Two measures without relation, of several images of each specimen."""
    print("p < 0.05 of two measures without relation, doubted, and p < 0.05 without a doubt; images vary by a share of specimens")
    for many, images, within in ((8, 12, 0.3), (8, 12, 1.5), (12, 4, 0.3), (20, 4, 1.0), (96, 1, 1.0)):
        told, of = np.zeros(3), np.repeat(np.arange(many), images)
        for seed in range(number):
            rng = np.random.default_rng(seed)
            x, y = (rng.normal(size=many)[of] + within * rng.normal(size=len(of)) for _ in range(2))
            found = correlate(x, y)
            shown, doubted = found.p < 0.05, any(check.assumption == "independent values" for check in found.doubts)
            told += [shown, doubted, shown and not doubted]
        print(f"{many:3} of {images:2}, {within}", *(f"{share:8.3f}" for share in told / number), flush=True)


def main() -> None:
    parts = {"alarms": alarms, "coverage": coverage, "distance": distance, "lags": lags, "specimens": specimens}
    parser = argparse.ArgumentParser(prog="python -m benchmarks.correlation", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(parts)}; default: all")
    parser.add_argument("--number", type=int, default=40, help="of pairs of each kind")
    given = parser.parse_args()
    warnings.simplefilter("ignore", NsiWarning)
    for name in given.parts or parts:
        parts[name](given.number)


if __name__ == "__main__":
    main()
