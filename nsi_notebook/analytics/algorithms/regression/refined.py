"""Least squares to nearly all digits of a float: residuals in twice the precision, and as many corrections as they need.

The corrections are those of Bjorck (1967, BIT 7:257) of the coefficients and the residuals together, so that large residuals cost
no digits; sums and products of floats are exact with what rounding took from them beside them (Dekker 1971, Numer Math 18:224).
Columns are scaled by powers of two, which rounds nothing: dividing by their lengths would change the question.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SPLIT = 2.0**27 + 1
MOST = 12  # corrections
SLAB = 1 << 14  # numbers that are worked on at a time: they stay in a cache
ENOUGH = 2.0**-58  # of a coefficient: its last correction


class Twice(NamedTuple):
    """A number as a float, and what it lacks as another."""

    high: Floats
    low: Floats

    def at(self, rows: slice) -> Twice:
        """Give some of them."""
        return Twice(self.high[rows], self.low[rows])


def refined(X: Floats, y: Floats, lost: Floats | None = None) -> tuple[Twice, Floats]:
    """Give coefficients and residuals.

    Parameters
    ----------
    X : numpy array of float64, shape (n, terms)
    y : numpy array of float64, shape (n,)
    lost : numpy array of float64, shape (n, terms), optional
        What rounding took from X.

    Examples
    --------
    >>> x = np.arange(21.0)
    >>> X = x[:, None] ** np.arange(6)
    >>> refined(X, X.sum(axis=1) + 0.0)[0].high.tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    scale = 2.0 ** np.round(np.log2(np.linalg.norm(X, axis=0)))
    size = 2.0 ** np.round(np.log2(np.abs(y).max())) if np.any(y) else 1.0
    A, b = X / scale, y / size
    more = None if lost is None else lost / scale
    Q, R = np.linalg.qr(A)
    back = np.linalg.inv(R)
    value = Twice(np.zeros(A.shape[1]), np.zeros(A.shape[1]))
    rest = Twice(b.copy(), np.zeros(len(b)))
    size_of = max(1, SLAB // A.shape[1])
    slabs = [slice(i, i + size_of) for i in range(0, len(b), size_of)]
    before = np.inf
    for number in range(MOST):
        if number:
            parts = [
                (A[at], None if more is None else more[at], b[at], value, Twice(rest.high[at], rest.low[at])) for at in slabs
            ]
            found = [_away(*part) for part in parts]
            f = np.concatenate([one for one, _ in found])
            g = -_total(np.array([part for _, slant in found for part in slant]))
        else:
            f, g = rest.high, np.zeros(A.shape[1])
        turned = Q.T @ f - back.T @ g
        change = back @ turned
        step = float(np.max(np.abs(change) / np.maximum(np.abs(value.high + change), 1e-300)))
        if step >= before and number > 2:  # as near as it comes
            break
        value, before = _plus(value, change), step
        # the first residual is made anew from the coefficients, as all of b is in it
        rest = _plus(rest, (f - Q @ turned) - (rest.high if not number else 0.0))
        if step < ENOUGH:
            break
    return Twice(value.high / scale * size, value.low / scale * size), rest.high * size


def _halves(values: Floats) -> tuple[Floats, Floats]:
    """Split into two halves of the digits each."""
    far = SPLIT * values
    high = far - (far - values)
    return high, values - high


def _times(one: Floats, halves: tuple[Floats, Floats], other: Floats) -> Twice:
    """Multiply without loss."""
    found = one * other
    (a, b), (c, d) = halves, _halves(other)
    return Twice(found, ((a * c - found) + a * d + b * c) + b * d)


def _sum(one: Floats, other: Floats) -> Twice:
    """Add without loss."""
    found = one + other
    back = found - one
    return Twice(found, (one - (found - back)) + (other - back))


def _plus(one: Twice, more: Floats) -> Twice:
    high, low = _sum(one.high, more)
    return Twice(*_sum(high, low + one.low))


def _added(terms: Floats) -> Twice:
    """Sum along the first axis in twice the precision, by halves."""
    low = np.zeros_like(terms)
    while len(terms) > 1:
        half, odd = divmod(len(terms), 2)
        high, lost = _sum(terms[:half], terms[half : 2 * half])
        lost += low[:half] + low[half : 2 * half]
        terms = np.concatenate([high, terms[-1:]]) if odd else high
        low = np.concatenate([lost, low[-1:]]) if odd else lost
    return Twice(*_sum(terms[0], low[0]))


def _total(terms: Floats) -> Floats:
    return _added(terms).high


def chebyshev(x: Floats, low: float, high: float, degree: int) -> Twice:
    """Give Chebyshev's polynomials on a range in twice the precision, of shape (n, degree + 1)."""
    middle = _sum(np.asarray(low), np.asarray(high))
    width = _sum(np.asarray(high), np.asarray(-low))
    above = _plus(_sum(2 * x, -middle.high), -middle.low)
    share = above.high / width.high
    exact = _times(share, _halves(share), width.high)
    rest = (above.high - exact.high) - exact.low + above.low - share * width.low
    at = Twice(*_sum(share, rest / width.high))
    twice = Twice(2 * at.high, 2 * at.low)
    found = [Twice(np.ones_like(x), np.zeros_like(x)), at]
    for _ in range(degree - 1):
        one, before = found[-1], found[-2]
        exact = _times(twice.high, _halves(twice.high), one.high)
        small = exact.low + twice.high * one.low + twice.low * one.high
        found.append(_plus(_plus(Twice(*_sum(exact.high, small)), -before.high), -before.low))
    parts = found[: degree + 1]
    return Twice(np.column_stack([p.high for p in parts]), np.column_stack([p.low for p in parts]))


def _away(A: Floats, more: Floats | None, b: Floats, value: Twice, rest: Twice) -> tuple[Floats, Twice]:
    """Give b - residual - A coefficients, and A' residual, of some rows."""
    halves = _halves(A)
    high, low = _times(A, halves, value.high)
    low += A * value.low
    if more is not None:
        low += more * value.high
    lacking = _total(np.concatenate([b[None], -rest.high[None], -rest.low[None], -high.T, -low.T]))
    high, low = _times(A, halves, rest.high[:, None])
    low += A * rest.low[:, None]
    if more is not None:
        low += more * rest.high[:, None]
    return lacking, _added(np.concatenate([high, low]))
