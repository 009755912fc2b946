"""Columns of a regression from its predictors: themselves, or the Chebyshev polynomials of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ....voids.units import multiplied

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Basis:
    """How columns come of predictors.

    Powers of a coordinate are nearly the same column: of degree 10 a float holds 8 digits of their coefficients. Chebyshev
    polynomials on its range are nearly at right angles, and lose nothing (Trefethen 2013, Approximation Theory, chapter 3).

    Parameters
    ----------
    predictors, units : tuple of str
    unit : str
        Of y.
    intercept : bool
    degree : int or None
        Of the Chebyshev polynomials of the one predictor.
    low, high : float
        Its range, which is -1 to 1 of the polynomials.
    """

    predictors: tuple[str, ...]
    units: tuple[str, ...]
    unit: str
    intercept: bool = True
    degree: int | None = None
    low: float = -1.0
    high: float = 1.0

    @property
    def terms(self) -> list[str]:
        """Names of the columns."""
        if self.degree is not None:
            return ["intercept", *(f"T{k}({self.predictors[0]})" for k in range(1, self.degree + 1))]
        return [*["intercept"] * self.intercept, *self.predictors]

    @property
    def term_units(self) -> list[str]:
        """Units of the coefficients."""
        if self.degree is not None:
            return [self.unit] * (self.degree + 1)
        return [*[self.unit] * self.intercept, *(multiplied((self.unit, 1), (unit, -1)) for unit in self.units)]

    def columns(self, raw: Floats) -> Floats:
        """Give X, of shape (n, terms), from predictors of shape (n, predictors)."""
        if self.degree is not None:
            at = (raw[:, 0] - self.low - (self.high - raw[:, 0])) / (self.high - self.low)
            return np.asarray(np.polynomial.chebyshev.chebvander(at, self.degree))
        return np.column_stack([*[np.ones(len(raw))] * self.intercept, raw])

    def powers(self) -> tuple[list[str], list[str], list[list[Fraction]]]:
        """Give names and units of the powers of the predictor, and the matrix that makes their coefficients, without rounding."""
        degree = self.degree or 0
        middle = (Fraction(self.low) + Fraction(self.high)) / 2
        half = (Fraction(self.high) - Fraction(self.low)) / 2
        step = [-middle / half, 1 / half]
        polynomials = [[Fraction(1)], step]
        while len(polynomials) <= degree:
            twice = _product([2 * c for c in step], polynomials[-1])
            polynomials.append([a - b for a, b in zip(twice, _padded(polynomials[-2], len(twice)), strict=True)])
        columns = [_padded(p, degree + 1) for p in polynomials[: degree + 1]]
        names = ["1", self.predictors[0], *(f"{self.predictors[0]}^{k}" for k in range(2, degree + 1))]
        units = [self.unit, *(multiplied((self.unit, 1), *[(self.units[0], -1)] * k) for k in range(1, degree + 1))]
        return names[: degree + 1], units[: degree + 1], [list(row) for row in zip(*columns, strict=True)]

    def in_powers(self, value: Floats, lost: Floats) -> Floats:
        """Give the coefficients of powers, rounded once, from coefficients and what rounding took from them."""
        exact = [Fraction(float(v)) + Fraction(float(w)) for v, w in zip(value, lost, strict=True)]
        return np.array([float(sum((m * v for m, v in zip(row, exact, strict=True)), Fraction(0))) for row in self.powers()[2]])


def _product(one: list[Fraction], other: list[Fraction]) -> list[Fraction]:
    found = [Fraction(0)] * (len(one) + len(other) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            found[i + j] += a * b
    return found


def _padded(one: list[Fraction], length: int) -> list[Fraction]:
    return one + [Fraction(0)] * (length - len(one))
