"""Stationary series with a mean of 0, and Welch's test of two of them by their effective numbers."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.signal import lfilter

ORDERS = {
    "white": ([1], [1]),
    "AR(1) 0.5": ([1], [1, -0.5]),
    "AR(1) 0.9": ([1], [1, -0.9]),
    "MA(5)": ([1] * 6, [1]),
    "AR(2) cyclic": ([1], [1, -1.3, 0.7]),
    "AR(2) slow": ([1], [1, -0.5, -0.4]),
    "AR(1) 0.9 + noise": ([1], [1, -0.9]),
    "seasonal 12": ([1], [1, *[0] * 11, -0.7]),
}


def noise(kind, shape, rng):
    """Give series along the last axis; the measurement noise is as strong as the signal."""
    x = lfilter(*ORDERS[kind], rng.standard_normal((*shape[:-1], shape[-1] + 500)))[..., 500:]
    return x + x.std() * rng.standard_normal(shape) if kind.endswith("noise") else x


def ar1(seed, n, phi=0.0):
    """Give a series of AR(1) noise of variance 1."""
    e = np.random.default_rng(seed).normal(size=n + 200)
    return np.sqrt(1 - phi**2) * lfilter([1], [1, -phi], e)[200:]


def inflation(kind):
    """Give n / n_eff as n grows: the spectrum at 0 over the variance."""
    b, a = (np.array(c, dtype=float) for c in ORDERS[kind])
    response = lfilter(b, a, np.eye(1, 5000)[0])
    spectrum, variance = (b.sum() / a.sum()) ** 2, (response**2).sum()
    return (spectrum + variance) / (2 * variance) if kind.endswith("noise") else spectrum / variance


def p_values(x, n):
    """Give Welch's p of x[0] against x[1] along the last axis, each worth n values."""
    count = np.isfinite(x).sum(axis=-1)
    n = np.maximum(n, 1 + 1e-9)
    error = np.nansum((x - np.nanmean(x, axis=-1, keepdims=True)) ** 2, axis=-1) / count / (n - 1)
    t = (np.nanmean(x[0], axis=-1) - np.nanmean(x[1], axis=-1)) / np.sqrt(error.sum(axis=0))
    return 2 * stats.t.sf(abs(t), error.sum(axis=0) ** 2 / (error**2 / (n - 1)).sum(axis=0))
