"""Tests of two samples by simulation: false alarms, power, and how often their intervals hold the truth.

`python -m benchmarks.tests [--number 400] [kind ...]` draws independent values of several shapes, n = 15 and 25, the second with
twice the spread, without a difference and with one of 1.5.

`python -m benchmarks.tests --series [--number 400] [kind ...]` draws series of every noise, n = 1000, for all tests that know
series: without an effect, and with one of three standard errors by the true long-run variance (of three means 0, 2 and 4), which
a test that knew that variance would find in 0.85 of them (0.82 of "tost", 0.72 of three means). Nothing is timed.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr
from scipy import stats
from scipy.signal import freqz

from nsi_notebook.analytics import anova, correlate, test
from nsi_notebook.errors import NsiWarning
from tests.analytics.algorithms.noises import ORDERS, inflation, noise

SHAPES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "Student's t, 3 degrees": lambda rng, n: rng.standard_t(3, size=n),
    "exponential": lambda rng, n: rng.exponential(size=n) - 1,
}
KINDS = ("welch", "paired", "yuen", "mann-whitney", "wilcoxon", "permutation")
SHIFT, SECOND = 1.5, 2.0
MANY = 1_000_000
ROW = "{:13} {:24} {:>12} {:>7} {:>19} {:>17}"
LENGTH, AWAY = 1000, 3.0  # of a series; standard errors of the effect
VARIANCE, CORRELATIONS = ("anova", "classical"), ("pearson", "spearman")
ALONG = ("t", "welch", "paired", "tost", *VARIANCE, *CORRELATIONS)
ALONG_ROW = "{:10} {:18} {:>12} {:>12} {:>7} {:>6}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tests", description=__doc__)
    parser.add_argument("kinds", nargs="*", help=f"of {', '.join(KINDS)}, or {', '.join(ALONG)}; default: all")
    parser.add_argument("--number", type=int, default=400, help="of pairs of samples")
    parser.add_argument("--seed", type=int, default=1, help="of the samples")
    parser.add_argument("--series", action="store_true", help="of values that follow one another")
    given = parser.parse_args()
    warnings.simplefilter("ignore", NsiWarning)
    if given.series:
        along_time(given.kinds or ALONG, given.number, given.seed)
        return
    print(ROW.format("kind", "values", "false alarms", "power", "interval holds it", "effect's holds it"))
    for kind in given.kinds or KINDS:
        for name, draw in SHAPES.items():
            rng = np.random.default_rng(given.seed)
            found, pairs = [], kind in ("paired", "wilcoxon")
            middle = truth(kind, draw, 0.0)[0]  # what spreads that differ make of values that are skewed
            shifts = -middle, SHIFT - middle
            truths = [truth(kind, draw, shift) for shift in shifts]
            for _ in range(given.number):
                one, other = draw(rng, 15), SECOND * draw(rng, 15 if pairs else 25)
                options = {"resamples": 999} if kind == "permutation" else {}
                for shift, (place, effect) in zip(shifts, truths, strict=True):
                    result = test(one + shift, other, kind=kind, **options)
                    held = result.estimate.lower <= place <= result.estimate.upper
                    held_effect = np.nan if effect is None else result.effect.lower <= effect <= result.effect.upper
                    found.append([result.p <= 0.05, held, held_effect])
            shares = np.array(found, dtype=float).reshape(-1, 2, 3).mean(axis=0)
            effect_said = "" if np.isnan(shares[1, 2]) else f"{shares[1, 2]:.3f}"
            told = f"{shares[0, 0]:.3f}", f"{shares[1, 0]:.2f}", f"{shares[1, 1]:.3f}", effect_said
            print(ROW.format(kind, name, *told), flush=True)


def truth(kind: str, draw: Callable[[np.random.Generator, int], np.ndarray], shift: float) -> tuple[float, float | None]:
    """Give what the estimate and the effect of a test are of, by a million values of each sample."""
    rng = np.random.default_rng(0)
    one, other = draw(rng, MANY) + shift, SECOND * draw(rng, MANY)
    off = one - other
    if kind == "mann-whitney":
        return float(np.median(off)), float((off > 0).mean())
    if kind == "wilcoxon":
        means = (off[: MANY // 2] + off[MANY // 2 :]) / 2
        return float(np.median(means)), float(2 * (means > 0).mean() - 1)
    if kind == "paired":
        return shift, float(shift / off.std())
    if kind == "yuen":
        return float(stats.trim_mean(one, 0.2) - stats.trim_mean(other, 0.2)), None
    return shift, float(shift / np.sqrt((one.var() + other.var()) / 2))


def along_time(kinds: Sequence[str], number: int, seed: int) -> None:
    """Print of each test and noise its false alarms, those of the plain test, its power, and how often its interval holds."""
    print(ALONG_ROW.format("kind", "noise", "plain alarms", "false alarms", "power", "holds"))
    for kind in kinds:
        for name in ORDERS:
            x = noise(name, (number, 3 if kind in VARIANCE else 2, LENGTH), np.random.default_rng(seed))
            x /= x.std()
            worth = LENGTH / (alike(name) if kind in CORRELATIONS else inflation(name))
            ask = variance_of if kind in VARIANCE else correlation_of if kind in CORRELATIONS else means_of
            plain, alarms, power, holds = np.array([ask(kind, one, worth) for one in x], dtype=float).mean(axis=0)
            print(ALONG_ROW.format(kind, name, f"{plain:.3f}", f"{alarms:.3f}", f"{power:.2f}", f"{holds:.3f}"), flush=True)


def means_of(kind: str, x: np.ndarray, worth: float) -> tuple[bool, bool, bool, bool]:
    """Ask a test of means; of equivalence false alarms are those where the difference is all the margin, power where it is 0."""
    size = AWAY / np.sqrt(worth) * (1 if kind == "t" else np.sqrt(2))
    shifts = (size, 0.0) if kind == "tost" else (0.0, size)
    options = {"kind": kind} | ({"margin": size} if kind == "tost" else {})
    others = () if kind == "t" else (xr.DataArray(x[1], dims="time"),)
    none, some = (test(xr.DataArray(x[0] + shift, dims="time"), *others, **options) for shift in shifts)
    plain = test(x[0] + shifts[0], *(() if kind == "t" else (x[1],)), **options)
    held = some.estimate.lower <= shifts[1] <= some.estimate.upper
    return plain.p <= 0.05, none.p <= 0.05, some.p <= 0.05, held


def variance_of(kind: str, x: np.ndarray, worth: float) -> tuple[bool, bool, bool, bool]:
    """Ask an analysis of variance, of means which lie 0, 2 and 4 standard errors apart."""
    away = np.array([[-2.0], [0.0], [2.0]]) / np.sqrt(worth)
    how = {"kind": "welch" if kind == "anova" else kind, "pairs": False}
    none, some = (anova(xr.DataArray(values, dims=("run", "time")), "run", **how) for values in (x, x + away))
    share = (away**2).mean() / (1 + (away**2).mean())
    held = some.effect.lower <= share <= some.effect.upper
    return stats.f_oneway(*x).pvalue <= 0.05, none.p <= 0.05, some.p <= 0.05, held


def correlation_of(kind: str, x: np.ndarray, worth: float) -> tuple[bool, bool, bool, bool]:
    """Ask a correlation, of two series of the same noise."""
    r = AWAY / np.sqrt(worth)
    first, second = (xr.DataArray(values, dims="time") for values in x)
    none, some = (correlate(first, other, method=kind) for other in (second, r * first + np.sqrt(1 - r * r) * second))
    plain = stats.pearsonr(*x) if kind == "pearson" else stats.spearmanr(*x)
    truth = r if kind == "pearson" else 6 / np.pi * np.arcsin(r / 2)
    held = some.estimate.lower <= truth <= some.estimate.upper
    return plain.pvalue <= 0.05, none.p <= 0.05, some.p <= 0.05, held


def alike(name: str) -> float:
    """Give n over the effective n of a correlation of two series of one noise: the sum of their squared autocorrelations."""
    b, a = ORDERS[name]
    power = np.abs(freqz(b, a, 1 << 16, whole=True)[1]) ** 2
    power = power / power.mean() + (1.0 if name.endswith("noise") else 0.0)
    return float((power**2).mean() / power.mean() ** 2)


if __name__ == "__main__":
    main()
