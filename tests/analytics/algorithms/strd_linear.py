"""NIST's sets for linear least squares, with the values that it certifies and those that exact arithmetic gives."""

from __future__ import annotations

import json
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import numpy as np

LINEAR = {k: v for k, v in json.loads((Path(__file__).parent / "strd_linear.json").read_text()).items() if isinstance(v, dict)}


def given(name):
    """Give y and the predictors as floats."""
    each = LINEAR[name]
    return np.array(each["y"].split(), dtype=float), np.array([line.split() for line in each["x"]], dtype=float).T


def powers(name, number=float):
    """Give the columns of the set, of floats or of fractions: powers of a predictor, or predictors."""
    each = LINEAR[name]
    x = [[number(v) for v in line.split()] for line in each["x"]]
    first = 0 if each.get("intercept", True) else 1
    if "degree" in each:
        return [[v**k for v in x[0]] for k in range(first, each["degree"] + 1)]
    return [[number(1)] * len(x[0]), *x]


def design(name):
    """Give X of floats, with the column of ones if there is one."""
    return np.array(powers(name)).T


def exact(columns, y):
    """Give coefficients, their standard errors and the standard deviation of the residuals from fractions, as decimals."""
    k, n = len(columns), len(y)
    rows = [[sum(a * b for a, b in zip(p, q, strict=True)) for q in columns] for p in columns]
    for i, row in enumerate(rows):
        row += [sum(a * b for a, b in zip(columns[i], y, strict=True)), *(Fraction(int(i == j)) for j in range(k))]
    for i in range(k):
        rows[i] = [v / rows[i][i] for v in rows[i]]
        for j in range(k):
            if j != i:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], rows[i], strict=True)]
    value = [row[k] for row in rows]
    left = [v - sum(b * c[i] for b, c in zip(value, columns, strict=True)) for i, v in enumerate(y)]
    variance = sum(r * r for r in left) / (n - k)
    with localcontext() as context:
        context.prec = 60
        plain = [Decimal(v.numerator) / Decimal(v.denominator) for v in value]
        squares = [variance * rows[j][k + 1 + j] for j in range(k)]
        errors = [(Decimal(v.numerator) / Decimal(v.denominator)).sqrt() for v in squares]
        return plain, errors, (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
