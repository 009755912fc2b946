"""Least squares in blocks beside the QR of the whole; how often a slope along time is seen where there is none.

`python -m benchmarks.regression [--number 400]` counts false alarms by simulation, of errors by an autoregressive model, by the
slowest cosines and of plain ones; the predictor is time, a series of the same kind, or white. Then those of odds: the outcome is
whether a series is above 0, or 1 by the chance whose log odds are 1.5 times the series.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable

import numpy as np
import xarray as xr
from scipy import stats

from nsi_notebook.analytics import regress
from nsi_notebook.analytics.algorithms.regression.least_squares import LeastSquares, triangle
from nsi_notebook.analytics.algorithms.regression.refined import refined
from nsi_notebook.errors import NsiWarning
from nsi_notebook.summaries import merge_all
from tests.analytics.algorithms.noises import ORDERS, noise
from tests.analytics.algorithms.strd_linear import design, given

from .compare import Case

SIZES = ((20_000, 8), (200_000, 8), (200_000, 30))


def cases(seed: int) -> list[Case]:
    """The triangle of all rows, of 64 blocks that are merged, and coefficients to nearly all digits."""
    rng = np.random.default_rng(seed)
    found = []
    for n, k in SIZES:
        rows = rng.normal(size=(n, k + 1))
        found += [
            Case(f"least squares of {n} rows of {k}", "NumPy's QR of the whole", _whole(rows), _qr(rows), _alike, 1),
            Case(
                f"least squares of {n} rows of {k}, 64 blocks merged",
                "NumPy's QR of the whole",
                _merged(rows),
                _qr(rows),
                _alike,
                1,
            ),
        ]
    for name in ("Longley", "Wampler5"):
        X, (y, _) = design(name), given(name)
        found.append(
            Case(f"high precision of {name}", "NumPy's QR", lambda X=X, y=y: refined(X, y)[0].high, _solved(X, y), _near, 1 / 40)
        )
    X = rng.normal(size=(20_000, 8))
    y = X.sum(axis=1) + rng.normal(size=len(X))
    found.append(
        Case("high precision of 20000 rows of 8", "NumPy's QR", lambda: refined(X, y)[0].high, _solved(X, y), _near, 1 / 40)
    )
    return found


def _whole(rows: np.ndarray) -> Callable[[], np.ndarray]:
    return lambda: triangle(rows).factor


def _merged(rows: np.ndarray) -> Callable[[], np.ndarray]:
    summary = LeastSquares(tuple(map(str, range(rows.shape[1] - 1))), intercept=False)
    return lambda: merge_all(summary, [triangle(part) for part in np.array_split(rows, 64)]).factor


def _qr(rows: np.ndarray) -> Callable[[], np.ndarray]:
    return lambda: np.linalg.qr(rows, mode="r")


def _solved(X: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    def solve() -> np.ndarray:
        Q, R = np.linalg.qr(X)
        return np.linalg.solve(R, Q.T @ y)

    return solve


def _alike(one: np.ndarray, other: np.ndarray) -> str:
    off = float(np.abs(np.abs(one) - np.abs(other)).max() / np.abs(other).max())
    assert off < 1e-11
    return f"within {off:.0e}"


def _near(one: np.ndarray, other: np.ndarray) -> str:
    off = float(np.abs(one - other).max() / np.abs(one).max())
    return f"they differ by {off:.0e}, as the QR lacks digits"


def simulate(number: int) -> None:
    print("a slope where there is none, p < 0.05, %; predictor: time | a series of the same kind | white noise")
    print(f"{'noise':20} {'n':>5}  {'ar':^20} {'hac':^20} {'plain':^20}")
    for kind in ORDERS:
        for n in (100, 300, 1000):
            alarms = np.zeros((3, 3))
            for seed in range(number):
                rng = np.random.default_rng(seed)
                y = xr.DataArray(noise(kind, (n,), rng), dims="time")
                for i, x in enumerate((np.arange(float(n)), noise(kind, (n,), rng), rng.normal(size=n))):
                    for j, errors in enumerate(("ar", "hac")):
                        alarms[j, i] += regress(y, {"x": x}, errors=errors)["x"].p < 0.05
                    alarms[2, i] += stats.linregress(x, y).pvalue < 0.05
            shares = ["".join(f"{v:6.1f}" for v in row) for row in 100 * alarms / number]
            print(f"{kind:20} {n:5}  {shares[0]:^20} {shares[1]:^20} {shares[2]:^20}", flush=True)


def simulate_odds(number: int) -> None:
    print("odds that change where they do not, p < 0.05, %; predictor: time | a series of the same kind | white noise")
    print(f"{'outcome':20} {'n':>5}  {'ar':^20} {'hac':^20} {'plain':^20}")
    for chance in (False, True):
        for kind in ("white", "AR(1) 0.5", "AR(1) 0.9"):
            for n in (200, 500, 1000):
                alarms = np.zeros((3, 3))
                for seed in range(number):
                    rng = np.random.default_rng(seed)
                    hidden = noise(kind, (n,), rng)
                    hidden /= np.sqrt(1 / (1 - ORDERS[kind][1][-1] ** 2)) if kind != "white" else 1
                    y = rng.random(n) < 1 / (1 + np.exp(-1.5 * hidden)) if chance else hidden > 0
                    for i, x in enumerate((np.arange(float(n)), noise(kind, (n,), rng), rng.normal(size=n))):
                        for j, (dim, errors) in enumerate((("time", "ar"), ("time", "hac"), ("image", "classical"))):
                            found = regress(xr.DataArray(y, dims=dim), {"x": x}, kind="logistic", errors=errors)
                            alarms[j, i] += found["x"].p < 0.05
                shares = ["".join(f"{v:6.1f}" for v in row) for row in 100 * alarms / number]
                said = f"{'by chance' if chance else 'above 0'}, {kind}"
                print(f"{said:20} {n:5}  {shares[0]:^20} {shares[1]:^20} {shares[2]:^20}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.regression", description=__doc__)
    parser.add_argument("--number", type=int, default=400, help="of series of each kind")
    given_ = parser.parse_args()
    warnings.simplefilter("ignore", NsiWarning)
    simulate(given_.number)
    simulate_odds(given_.number)


if __name__ == "__main__":
    main()
