"""How often a 5 % test finds a difference between two series that have none, by how many values it takes them to be worth.

`python -m benchmarks.effective [--number 2000] [kind ...]` prints for each kind of noise and length the share of Welch tests with
p < 0.05: plain (each value counts), by the three effective numbers, by the smallest of them, and by "ar" with a tenth missing.
Last, how many random walks are worth fewer than two values, so that their mean is refused an interval.
"""

from __future__ import annotations

import argparse

import numpy as np

from nsi_notebook.analytics.algorithms.effective import LEAST, METHODS, effective_of
from tests.analytics.algorithms.noises import ORDERS, noise, p_values

LENGTHS = (50, 200, 1000)
ROW = "{:18} {:>5} {:>7} {:>7} {:>7} {:>7} {:>12} {:>15}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.effective", description=__doc__)
    parser.add_argument("kinds", nargs="*", help=f"of {', '.join(ORDERS)}; default: all")
    parser.add_argument("--number", type=int, default=2000, help="of pairs of series")
    parser.add_argument("--seed", type=int, default=1, help="of the series")
    given = parser.parse_args()
    print(ROW.format("noise", "n", "plain", *METHODS, "conservative", "ar, 10 % gone"))
    for kind in given.kinds or ORDERS:
        for n in LENGTHS:
            rng = np.random.default_rng(given.seed)
            x = noise(kind, (2, given.number, n), rng)
            worth = [np.full(x.shape[:-1], float(n)), *(effective_of(x, (m,)) for m in METHODS)]
            shares = [np.mean(p_values(x, each) < 0.05) for each in [*worth, np.min(worth[1:], axis=0)]]
            gaps = np.where(rng.random(x.shape) < 0.1, np.nan, x)
            shares.append(np.mean(p_values(gaps, effective_of(gaps, ("ar",))) < 0.05))
            print(ROW.format(kind, n, *(f"{share:.3f}" for share in shares)), flush=True)
    for n in (60, 200, 600, 2000):
        walks = np.random.default_rng(given.seed).normal(size=(given.number // 2, n)).cumsum(axis=1)
        few = np.mean(effective_of(walks, ("ar",)) < LEAST)
        print(f"walks of {n:4} that are worth fewer than {LEAST:g}: {few:.3f}", flush=True)


if __name__ == "__main__":
    main()
