"""NIST's reference sets, with the values that it certifies and those that exact arithmetic gives from the same floats."""

from __future__ import annotations

import json
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import numpy as np

SETS = {k: v for k, v in json.loads((Path(__file__).parent / "strd.json").read_text()).items() if isinstance(v, dict)}
UNIVARIATE = [name for name, each in SETS.items() if "F" not in each["certified"]]
VARIANCE = [name for name, each in SETS.items() if "F" in each["certified"]]
TENTH = Decimal("0.1")


def pairs(first, number):
    """One value, then pairs of a tenth less and a tenth more: the construction of Simon and Lesage (1989)."""
    return [first, *[first - TENTH, first + TENTH] * number]


def values(name):
    """Give the values as floats; of a set for the analysis of variance a column for each treatment."""
    each = SETS[name]
    if "offset" in each:
        starts = [Decimal("0.4"), *[Decimal("0.3"), Decimal("0.5")] * 4]
        return np.array([pairs(Decimal(each["offset"]) + start, each["pairs"]) for start in starts], dtype=float).T
    if "first" in each:
        return np.array(pairs(Decimal(each["first"]), each["pairs"]), dtype=float)
    found = np.array([float(x) for line in each["values"] for x in line.split()])
    return found.reshape(each["treatments"], -1).T if "treatments" in each else found


def digits(found, wanted):
    """Give the number of right digits, at most 15: NIST's log relative error."""
    with localcontext() as context:
        context.prec = 60
        off = abs(Decimal(float(found)) - wanted) / abs(wanted)
        return 15.0 if off < Decimal("1e-15") else max(0.0, -float(off.log10()))


def exact(x):
    """Give mean, std, skewness and excess kurtosis of floats, from fractions."""
    given = [Fraction(float(v)) for v in x]
    n = len(given)
    mean = sum(given) / n
    m2, m3, m4 = (sum((v - mean) ** p for v in given) for p in (2, 3, 4))
    with localcontext() as context:
        context.prec = 60
        plain, a, b, c = (Decimal(v.numerator) / Decimal(v.denominator) for v in (mean, m2, m3, m4))
        return {
            "mean": plain, "std": (a / (n - 1)).sqrt(), "skew": b / n / (a / n) ** Decimal("1.5"), "kurtosis": c * n / a**2 - 3
        }  # fmt: skip


def exact_f(columns):
    """Give the F of an analysis of variance of columns of one length, from fractions."""
    groups = [[Fraction(float(v)) for v in column] for column in columns.T]
    n, k = len(columns), len(groups)
    means = [sum(g) / n for g in groups]
    grand = sum(means) / k
    between = n * sum((m - grand) ** 2 for m in means) / (k - 1)
    within = sum((v - m) ** 2 for g, m in zip(groups, means, strict=True) for v in g) / (k * (n - 1))
    f = between / within
    return Decimal(f.numerator) / Decimal(f.denominator)


def f_of_moments(group, whole, n):
    """Give the F of an analysis of variance from the records of each group and of all."""
    within = group["m2"].sum()
    k = len(group)
    return (whole["m2"] - within) / (k - 1) / (within / (k * (n - 1)))
