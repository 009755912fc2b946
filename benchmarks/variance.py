"""How often an analysis of variance of series finds a difference: false alarms and power, and how often its interval covers.

`python -m benchmarks.variance [--number 2000] [kind ...]` prints for each kind of noise and length the share of p < 0.05 among
three series without difference: plain (each value counts), by Welch's F and by the classical one with effective numbers, by
Welch's with the smallest of three; then the power where the means lie 0, 2 and 4 standard errors apart (of the true long-run
variance), beside that of chi-squared with the true variance, and how often the interval of omega^2 covers.

`--spreads` prints of independent values how often Brown and Forsythe's test of three groups finds their spreads to differ, and
how often the interval of omega^2 of the distances from the median covers it.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy import stats

from nsi_notebook.analytics.algorithms.effective import METHODS, effective_of
from nsi_notebook.analytics.algorithms.statistics.variance import F, f_of
from tests.analytics.algorithms.noises import ORDERS, inflation, noise

LENGTHS = (50, 200, 1000)
AWAY = np.array([0.0, 2.0, 4.0])  # standard errors
ROW = "{:18} {:>5} {:>7} {:>7} {:>10} {:>13} {:>7} {:>11} {:>7}"


def found(x: np.ndarray, n: np.ndarray, equal: bool = False) -> list[F]:
    worth = np.maximum(n, 1 + 1e-9)
    return [f_of(list(x[:, i]), worth[:, i], equal=equal) for i in range(x.shape[1])]


def share(results: list[F]) -> float:
    return float(np.mean([f.p < 0.05 for f in results]))


VALUES = {
    "normal": lambda rng, size: rng.normal(size=size),
    "Student's t, 5": lambda rng, size: rng.standard_t(5, size=size),
    "exponential": lambda rng, size: rng.exponential(size=size),
}


def spreads(number: int, seed: int) -> None:
    row = "{:15} {:>13} {:>4} {:>7} {:>7} {:>7}"
    print(row.format("values", "spreads", "n", "omega^2", "found", "covers"))
    rng = np.random.default_rng(seed)
    for name, drawn in VALUES.items():
        whole = drawn(rng, 2_000_000)
        away = np.abs(whole - np.median(whole))
        for scales in ((1.0, 1.0, 1.0), (1.0, 1.3, 1.6), (1.0, 2.0, 3.0)):
            scale = np.array(scales)
            between = float((scale * away.mean()).var())
            truth = between / (between + float((scale**2).mean() * away.var()))
            for n in (20, 50):
                results = []
                for _ in range(number):
                    groups = [size * drawn(rng, n) for size in scale]
                    results.append(f_of([np.abs(v - np.median(v)) for v in groups], equal=True))
                bounds = [f.interval(0.95) for f in results]
                covers = np.mean([low <= truth <= high for low, high in bounds])
                told = (f"{truth:.3f}", f"{share(results):.3f}", f"{covers:.3f}")
                print(row.format(name, " : ".join(f"{size:g}" for size in scales), n, *told), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.variance", description=__doc__)
    parser.add_argument("kinds", nargs="*", help=f"of {', '.join(ORDERS)}; default: all")
    parser.add_argument("--number", type=int, default=2000, help="of triples of series")
    parser.add_argument("--seed", type=int, default=1, help="of the series")
    parser.add_argument("--spreads", action="store_true", help="of Brown and Forsythe's test")
    given = parser.parse_args()
    if given.spreads:
        spreads(given.number, given.seed)
        return
    print(ROW.format("noise", "n", "plain", "Welch", "classical", "conservative", "power", "best power", "covers"))
    best = stats.ncx2.sf(stats.chi2.isf(0.05, 2), 2, ((AWAY - AWAY.mean()) ** 2).sum())
    for kind in given.kinds or ORDERS:
        for n in LENGTHS:
            x = noise(kind, (3, given.number, n), np.random.default_rng(given.seed))
            plain = np.full(x.shape[:2], float(n))
            worth = effective_of(x, ("ar",))
            least = effective_of(x, tuple(METHODS))
            error = x.std() * np.sqrt(inflation(kind) / n)
            moved = found(x + (AWAY * error)[:, None, None], worth)
            ratio = ((AWAY - AWAY.mean()) ** 2).mean() * error**2 / x.var()
            truth = ratio / (1 + ratio)
            bounds = [f.interval(0.95) for f in moved[:400]]
            covers = np.mean([low <= truth <= high for low, high in bounds])
            rates = [share(found(x, plain)), share(found(x, worth)), share(found(x, worth, equal=True)), share(found(x, least))]
            print(ROW.format(kind, n, *(f"{rate:.3f}" for rate in [*rates, share(moved), best, covers])), flush=True)


if __name__ == "__main__":
    main()
