"""How often an analysis of variance of series finds a difference: false alarms and power, and how often its interval covers.

`python -m benchmarks.variance [--number 2000] [kind ...]` prints for each kind of noise and length the share of p < 0.05 among
three series without difference: plain (each value counts), by Welch's F and by the classical one with effective numbers, by
Welch's with the smallest of three; then the power where the means lie 0, 2 and 4 standard errors apart (of the true long-run
variance), beside that of chi-squared with the true variance, and how often the interval of omega^2 covers.
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.variance", description=__doc__)
    parser.add_argument("kinds", nargs="*", help=f"of {', '.join(ORDERS)}; default: all")
    parser.add_argument("--number", type=int, default=2000, help="of triples of series")
    parser.add_argument("--seed", type=int, default=1, help="of the series")
    given = parser.parse_args()
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
