"""Least squares in blocks beside the QR of the whole; how often a slope along time is seen where there is none.

`python -m benchmarks.regression [--number 400] [slopes odds together clusters borders memory ...]` counts false alarms by
simulation, of errors by an autoregressive model, by the slowest cosines and of plain ones; the predictor is time, a series of the
same kind, or white. Of odds the outcome is whether a series is above 0, or 1 by the chance whose log odds are 1.5 times the
series; `together` is the test of all coefficients. Of clusters there are 20 rows to each, or as many in all; the predictor has
one value for each cluster, or rows vary; `borders` has stretches of one series as clusters. Last, the memory that chunks take.
"""

from __future__ import annotations

import argparse
import tracemalloc
import warnings
from collections.abc import Callable

import dask.array as da
import numpy as np
import xarray as xr
from scipy import stats
from statsmodels.api import OLS, Logit

from nsi_notebook.analytics import regress
from nsi_notebook.analytics.algorithms.regression.least_squares import LeastSquares, triangle
from nsi_notebook.analytics.algorithms.regression.refined import refined
from nsi_notebook.errors import NsiError, NsiWarning
from nsi_notebook.summaries import merge_all
from tests.analytics.algorithms.noises import ORDERS, ar1, noise
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


def simulate_together(number: int) -> None:
    print("two and four series of the same kind that tell nothing of the odds, all together, p < 0.05, %, by the default")
    for chance in (False, True):
        for kind in ("white", "AR(1) 0.5", "AR(1) 0.9"):
            for n in (200, 500, 1000):
                alarms = np.zeros(2)
                for seed in range(number):
                    hidden, *x = noise(kind, (5, n), np.random.default_rng(seed))
                    hidden /= hidden.std()
                    y = np.random.default_rng(seed + number).random(n) < 1 / (1 + np.exp(-1.5 * hidden)) if chance else hidden > 0
                    few = {"a": x[0], "b": x[1]}, dict(zip("abcd", x, strict=True))
                    found = [regress(xr.DataArray(y, dims="time"), one, kind="logistic").overall for one in few]
                    alarms += [bool(one) and one[3] < 0.05 for one in found]
                said = f"{'by chance' if chance else 'above 0'}, {kind}"
                print(f"{said:20} {n:5}", *(f"{share:6.1f}" for share in 100 * alarms / number), flush=True)


def simulate_borders(number: int) -> None:
    print("40 stretches of 10 values of one AR(1) series as clusters: p < 0.05 where there is nothing, and the check speaks, %")
    label = np.repeat(range(40), 10)
    for phi in (0.9, 0.7, 0.5, 0.3, 0.0, None):
        told = np.zeros(2)
        for seed in range(number):
            rng = np.random.default_rng(seed)
            y, x = ar1(seed, 400, phi or 0.0), ar1(seed + number, 400, phi or 0.0)
            y = y + rng.normal(size=40)[label] * (phi is None)
            found = regress(xr.DataArray(y, dims="time"), {"x": x}, cluster=label)
            told += [found["x"].p < 0.05, any(c.assumption == "clusters that are independent" for c in found.doubts)]
        what = "independent, with a mean of their own" if phi is None else f"AR(1) {phi}"
        print(f"{what:38}", *(f"{share:6.1f}" for share in 100 * told / number), flush=True)


def simulate_clusters(number: int) -> None:
    print("a slope where there is none, p < 0.05, %: ours | statsmodels' CR1, t of the number of clusters less one; no test, %")
    for sizes in ("of one size", "of any size"):
        for what in ("one of each cluster", "rows vary", "both vary", "both vary, 4 together", "one of each, odds"):
            for many in (3, 4, 6, 8, 10, 20):
                alarms, none = np.zeros(2), 0
                for seed in range(number):
                    rng = np.random.default_rng(seed)
                    size = np.full(many, 20)
                    if sizes == "of any size":
                        size = np.maximum(2, np.round(20 * many * rng.dirichlet(np.ones(many)))).astype(int)
                    label = np.repeat(np.arange(many), size)
                    draw = rng.normal(size=(5, many))[:, label] * (what != "rows vary")
                    rows = rng.normal(size=(5, len(label)))
                    y = rng.normal(size=many)[label] + rows[0]
                    x = (draw + rows * ("vary" in what))[1 : 5 if "together" in what else 2]
                    y, kind = (y > 0, "logistic") if "odds" in what else (y, "ols")
                    try:
                        found = regress(y, x.T, kind=kind, cluster=label)
                    except NsiError:  # outcomes that are parted
                        none += 1
                        continue
                    model = (Logit if kind == "logistic" else OLS)(y.astype(float), np.column_stack([np.ones(len(y)), x.T]))
                    hide = {"disp": 0} if kind == "logistic" else {}
                    peer = model.fit(cov_type="cluster", cov_kwds={"groups": label}, use_t=True, **hide)
                    wald = np.eye(len(x) + 1)[1:]
                    theirs = float(peer.f_test(wald).pvalue) if len(x) < many else np.nan
                    alarms += [(found.overall[3] if found.overall else 1.0) < 0.05, theirs < 0.05]
                    none += not found.overall
                share = 100 * alarms / number
                print(f"{sizes}, {what:22} {many:3} {share[0]:6.1f} {share[1]:6.1f} {100 * none / number:6.1f}", flush=True)


def memory(number: int) -> None:
    print("regress of rows in chunks of 1e6, 5 predictors: peak of what is allocated, in chunks (48 MB)")
    warm = xr.DataArray(np.random.default_rng(0).normal(size=(2, 100)), dims=("what", "image"))
    regress(warm[0], {"x": warm[1]})  # what is imported is none of it
    for n in (1_000_000, 3_000_000, 10_000_000):
        draw = da.random.default_rng(0).normal
        x = {f"x{i}": xr.DataArray(draw(size=n, chunks=1_000_000), dims="image") for i in range(5)}
        y = xr.DataArray(draw(size=n, chunks=1_000_000), dims="image", name="y") + x["x0"]
        for errors in ("classical", "hc3", "cluster"):
            tracemalloc.start()
            regress(y, x, errors=errors, cluster=np.arange(n) % 50 if errors == "cluster" else None)
            print(f"{n:9} {errors:10} {tracemalloc.get_traced_memory()[1] / 48e6:6.2f}", flush=True)
            tracemalloc.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.regression", description=__doc__)
    parts: dict[str, Callable[[int], None]] = {
        "slopes": simulate, "odds": simulate_odds, "together": simulate_together, "clusters": simulate_clusters,
        "borders": simulate_borders, "memory": memory,
    }  # fmt: skip
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(parts)}; default: all")
    parser.add_argument("--number", type=int, default=400, help="of series of each kind")
    given_ = parser.parse_args()
    warnings.simplefilter("ignore", NsiWarning)
    for name in given_.parts or parts:
        parts[name](given_.number)


if __name__ == "__main__":
    main()
