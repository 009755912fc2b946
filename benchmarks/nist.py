"""How many digits of NIST's certified values are right: ours whole, in blocks and one by one, NumPy's, SciPy's, statsmodels'.

`python -m benchmarks.nist` prints a row for each set and statistic. "floats allow" is what exact fractions give from the same
floats: no program that reads them has more. Then a gamma sample on an offset of 1e8 against exact fractions.
"""

from __future__ import annotations

import argparse
import warnings
from decimal import Decimal
from itertools import pairwise

import numpy as np
import xarray as xr
from scipy import stats
from statsmodels.stats.oneway import anova_oneway

from nsi_notebook.analytics.algorithms.moments import Moments, folded
from nsi_notebook.analytics.algorithms.statistics.variance import f_of
from nsi_notebook.summaries import merge_all
from tests.analytics.algorithms.strd import SETS, UNIVARIATE, VARIANCE, digits, exact, exact_f, f_of_moments, values

WHOLE = Moments()
ROW = "{:10} {:9} {:>6} {:>10} {:>9} {:>6} {:>6} {:>12} {:>13}"
TOLD = ("whole", "blocks", "each", "numpy", "scipy", "statsmodels")


def ours(x: np.ndarray, number: int) -> xr.Dataset:
    return WHOLE.finalize(merge_all(WHOLE, [WHOLE.partial(part) for part in np.array_split(x, number)]))


def row(name: str, statistic: str, wanted: Decimal, found: dict[str, float], allowed: Decimal) -> None:
    told = (f"{digits(found[k], wanted):.1f}" if k in found else "-" for k in TOLD)
    print(ROW.format(name, statistic, *told, f"{digits(allowed, wanted):.1f}"))


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


if __name__ == "__main__":
    main()
