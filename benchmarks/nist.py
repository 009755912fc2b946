"""How many digits of NIST's certified values are right: ours whole, in blocks and one by one, NumPy's, SciPy's, statsmodels'.

`python -m benchmarks.nist` prints a row for each set and statistic. "floats allow" is what exact fractions give from the same
floats: no program that reads them has more. Then a gamma sample on an offset of 1e8 against exact fractions. Then the sets for
linear least squares: the fewest right digits of all coefficients, and of their standard errors, beside those of other programs.
"""

from __future__ import annotations

import argparse
import warnings
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import scipy.linalg
import statsmodels.api as sm
import xarray as xr
from scipy import stats
from sklearn.linear_model import LinearRegression
from statsmodels.stats.oneway import anova_oneway

from nsi_notebook.analytics import regress
from nsi_notebook.analytics.algorithms.moments import Moments, folded
from nsi_notebook.analytics.algorithms.regression.least_squares import LeastSquares
from nsi_notebook.analytics.algorithms.regression.result import Regression
from nsi_notebook.analytics.algorithms.statistics.variance import f_of
from nsi_notebook.summaries import merge_all
from tests.analytics.algorithms.strd import SETS, UNIVARIATE, VARIANCE, digits, exact, exact_f, f_of_moments, values
from tests.analytics.algorithms.strd_linear import LINEAR, design, given
from tests.analytics.algorithms.strd_linear import exact as exact_line

WHOLE = Moments()
ROW = "{:10} {:9} {:>6} {:>10} {:>9} {:>6} {:>6} {:>12} {:>13}"
TOLD = ("whole", "blocks", "each", "numpy", "scipy", "statsmodels")


def ours(x: np.ndarray, number: int) -> xr.Dataset:
    return WHOLE.finalize(merge_all(WHOLE, [WHOLE.partial(part) for part in np.array_split(x, number)]))


def row(name: str, statistic: str, wanted: Decimal, found: dict[str, float], allowed: Decimal) -> None:
    told = (f"{digits(found[k], wanted):.1f}" if k in found else "-" for k in TOLD)
    print(ROW.format(name, statistic, *told, f"{digits(allowed, wanted):.1f}"))


def linear() -> None:
    """Print the fewest right digits of the coefficients and of the standard errors of each set."""
    names = (
        "ours",
        "16 blocks",
        "high",
        "Chebyshev",
        "both",
        "numpy lstsq",
        "scipy lstsq",
        "pinv",
        "qr",
        "sklearn",
        "floats allow",
    )
    print(f"\n{'coefficients/errors':19}", *(f"{name:>12}" for name in names))
    for name in LINEAR:
        each, X, (y, x) = LINEAR[name], design(name), given(name)
        intercept = each.get("intercept", True)
        columns = X[:, int(intercept) :]
        found = {"ours": _told(regress(y, columns, intercept=intercept))}
        found["high"] = _told(regress(y, columns, intercept=intercept, precision="high"))
        summary = LeastSquares(tuple(map(str, range(columns.shape[1]))), intercept)
        parts = [summary.partial(part) for part in zip(np.array_split(columns, 16), np.array_split(y, 16), strict=True)]
        blocks = summary.finalize(merge_all(summary, parts))
        found["16 blocks"] = blocks["coefficient"].values, blocks["error"].values
        if intercept and "degree" in each:
            for key, precision in (("Chebyshev", "double"), ("both", "high")):
                powers = regress(y, x[:, 0], degree=each["degree"], precision=precision).powers()
                found[key] = powers["value"], powers["error"]
        found["numpy lstsq"] = np.linalg.lstsq(X, y, rcond=None)[0], ()
        found["scipy lstsq"] = scipy.linalg.lstsq(X, y)[0], ()
        for method in ("pinv", "qr"):
            fit = sm.OLS(y, X).fit(method=method)
            found[method] = fit.params, fit.bse
        fit = LinearRegression(fit_intercept=intercept).fit(columns, y)
        found["sklearn"] = [*[fit.intercept_] * intercept, *fit.coef_], ()
        value, errors, _ = exact_line(
            [[Fraction(v) for v in column] for column in X.T.tolist()], [Fraction(v) for v in y.tolist()]
        )
        found["floats allow"] = value, errors
        told = (_fewest(found[key], each) if key in found else "-" for key in names)
        print(f"{name:19}", *(f"{one:>12}" for one in told), flush=True)


def _told(fit: Regression) -> tuple[np.ndarray, list[float]]:
    return fit.values, [term.error for term in fit.terms]


def _fewest(found: tuple, each: dict) -> str:
    both = []
    for one, wanted in zip(found, (each["b"], each["se"]), strict=True):
        pairs = [(a, Decimal(w)) for a, w in zip(one, wanted, strict=False) if Decimal(w)]
        right = [digits(a, w) if a == a else 0.0 for a, w in pairs]  # NaN, of a variance below 0
        both.append(f"{min(right):.1f}" if right else "-")
    return "/".join(both)


def main() -> None:
    argparse.ArgumentParser(prog="python -m benchmarks.nist", description=__doc__).parse_args()
    warnings.simplefilter("ignore")  # SciPy's, of data that is nearly constant
    print(ROW.format("set", "statistic", "ours", "16 blocks", "1 by 1", "numpy", "scipy", "statsmodels", "floats allow"))
    gamma = np.random.default_rng(1).gamma(2, size=2000) + 1e8
    samples = [(name, values(name), SETS[name]["certified"]) for name in UNIVARIATE]
    for name, x, certified in [*samples, ("gamma+1e8", gamma, exact(gamma))]:
        whole, blocks, each, best = ours(x, 1), ours(x, min(16, len(x))), ours(x, len(x)), exact(x)
        numpy = {"mean": np.mean(x), "std": np.std(x, ddof=1)}
        about = stats.describe(x)
        scipy = {"mean": about.mean, "std": np.sqrt(about.variance), "skew": about.skewness, "kurtosis": about.kurtosis}
        for statistic, wanted in certified.items():
            found = {"whole": whole, "blocks": blocks, "each": each, "numpy": numpy, "scipy": scipy}
            row(
                name,
                statistic,
                Decimal(wanted),
                {k: float(v[statistic]) for k, v in found.items() if statistic in v},
                best[statistic],
            )
    for name in VARIANCE:
        columns = values(name)
        data = xr.DataArray(columns, dims=("replicate", "treatment"))
        along = Moments("replicate")
        groups = list(columns.T)
        found = {
            "whole": f_of(groups, equal=True).value,
            "scipy": stats.f_oneway(*groups).statistic,
            "statsmodels": anova_oneway(groups, use_var="equal").statistic,
        }
        for key, number in (("blocks", 16), ("each", min(len(columns), 201))):
            edges = np.linspace(0, len(columns), min(number, len(columns)) + 1).astype(int)
            parts = [along.partial(data[a:b]) for a, b in pairwise(edges)]
            group = merge_all(along, parts).values
            found[key] = f_of_moments(group, folded(group), len(columns))
        row(name, "F", Decimal(SETS[name]["certified"]["F"]), {k: float(v) for k, v in found.items()}, exact_f(columns))
    linear()


if __name__ == "__main__":
    main()
