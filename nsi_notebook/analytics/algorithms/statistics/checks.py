"""What a test assumes, and what the samples say of it.

None of it chooses the test: to choose one by another test beforehand raises false alarms.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import numpy.typing as npt

from .result import Check
from .samples import Sample
from .words import number, several, with_unit

Floats = npt.NDArray[np.float64]

MOST_SHAPIRO = 5000  # values, above which its p is not known to be right
MOVED = 0.01  # by which skewness may move the chance beyond one end of a 95 % interval
FAR = 3.0  # interquartile ranges beyond the quartiles: "far out" (Tukey 1977)
FEW = 5
FEWEST = 10  # values whose neighbours tell something
ALPHA = 0.05  # of the tests of assumptions
ALIKE = 2.58  # standard errors of the autocorrelation of neighbours: one chance in 200


def normality(value: Floats) -> tuple[str, float, float]:
    """Give the name, the statistic and p of a test of normality: Shapiro & Wilk's, above 5,000 values D'Agostino & Pearson's."""
    from scipy import stats

    if len(value) > MOST_SHAPIRO:
        found = stats.normaltest(value)
        return "D'Agostino-Pearson K2", float(found.statistic), float(found.pvalue)
    most = float(np.abs(value).max())
    w, p = stats.shapiro(value / 2.0 ** math.floor(math.log2(most)) if most else value)  # which takes small values for none
    return "Shapiro-Wilk W", float(w), float(p)


def normal(samples: tuple[Sample, ...]) -> Check:
    """Check whether means are near enough to normal for Student's t: by their skewness, which is what harms.

    To first order skewness k of a standardised mean moves the chance beyond z by k (2 z^2 + 1) phi(z) / 6 (Hall 1992, 2.6).
    """
    told, worst = [], (1.0, math.nan)
    third = error = 0.0
    for sign, sample in zip((1, -1), samples, strict=False):
        value = sample.value
        n, away = len(value), value - value.mean()
        variance = float((away**2).mean())
        if n < 3 or not variance > 0:
            continue
        name, statistic, p = normality(value)
        told.append(f"{name} = {statistic:.3g}, p = {p:.2g} in {sample.name}")
        worst = min(worst, (p, statistic))
        third += sign * float((away**3).mean()) / n**2
        error += variance / n
    if not told:
        return Check("normal values", "too few values to tell", False)
    moved = abs(third) / error**1.5 * (2 * 1.96**2 + 1) * math.exp(-(1.96**2) / 2) / math.sqrt(2 * math.pi) / 6
    met = worst[0] >= 0.05 or moved <= MOVED
    said = "; ".join(told)
    if worst[0] < 0.05:
        said += f"; skewness moves a tail of 0.025 by about {moved:.2g}"
        said += ", which is little" if met else ": kind='yuen' or 'mann-whitney' asks less"
    return Check("normal values", said, met, worst[1], worst[0])


def normal_residuals(residual: Floats, *, dependent: bool = False) -> Check:
    """Check whether residuals are normal; of dependent ones, whose p would be none, by their shape alone."""
    from scipy.stats import kurtosis, skew

    third, fourth = float(skew(residual)), float(kurtosis(residual))
    shape = f"skewness {third:.2f}, excess kurtosis {fourth:.2f}"
    if dependent or len(residual) < 3:
        return Check("normal residuals", f"residuals have {shape}", abs(third) < 1 and abs(fourth) < 3)
    name, value, p = normality(residual)
    return Check("normal residuals", f"{name} = {value:.3f}, p = {p:.2g}; {shape}", p >= ALPHA, value, p)


def outliers(samples: tuple[Sample, ...], unit: str) -> Check:
    """Check whether single values lie far out."""
    told = []
    for sample in samples:
        value = sample.value
        low, high = np.quantile(value, [0.25, 0.75])
        far = value[(value < low - FAR * (high - low)) | (value > high + FAR * (high - low))]
        if far.size and high > low:
            most = far[np.abs(far - np.median(value)).argmax()]
            told.append(f"{far.size} of {sample.name}, up to {with_unit(f'{most:.4g}', unit)}")
    said = f"far out: {'; '.join(told)}" if told else f"no value is more than {FAR:g} interquartile ranges beyond the quartiles"
    return Check("no outliers", said, not told)


def neighbours(rows: Floats) -> Floats:
    """Give the correlation of neighbours along the first axis; NaN where it tells nothing: of few, or in rising or falling order.

    Examples
    --------
    >>> [round(float(neighbours(rows)), 2) for rows in (np.array([1.0, 1, 1, 1, 2, 2, 2, 2, 1, 1]), np.arange(10.0))]
    [0.52, nan]
    """
    n = (~np.isnan(rows)).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.diff(rows, axis=0)
        in_order = ~(steps < 0).any(axis=0) | ~(steps > 0).any(axis=0)
        away = rows - np.nansum(rows, axis=0) / n
        found = np.nansum(away[1:] * away[:-1], axis=0) / np.nansum(away**2, axis=0)
    return np.asarray(np.where((n < FEWEST) | in_order, np.nan, found), dtype=np.float64)


def alike(r: Floats | float, n: Floats | float, errors: float = ALIKE) -> npt.NDArray[np.bool_]:
    """Tell whether neighbours among n are more alike than independent values are, by so many standard errors."""
    return np.asarray((r + 1 / np.maximum(n, 1)) * np.sqrt(n) > errors)


def of_neighbours(r: Floats, n: Floats, dim: str) -> str:
    """Say that neighbours are alike at some of many places, as chance has them in one of 200 such arrays; "" if they are not.

    Parameters
    ----------
    r : numpy array of float64, any shape
        Of `neighbours`, at each place.
    n : numpy array of float64, of the same shape
        Values there.
    dim : str
        Along which they lie.
    """
    from scipy.special import ndtr, ndtri

    told = ~np.isnan(r)
    many = int(told.sum())
    found = told & alike(np.nan_to_num(r), n, -float(ndtri(ndtr(-ALIKE) / max(many, 1))))
    if not found.any():
        return ""
    number_of = int(found.sum())
    where = f" at {number_of:,} of {many:,} places" if many > 1 else ""
    most = "up to " if number_of > 1 else ""
    return f"neighbours along {dim!r} are alike{where}: their correlation is {most}{r[found].max():.2g}"


def independent(samples: tuple[Sample, ...]) -> Check:
    """Check whether neighbours, in the order given, are alike; samples in rising or falling order tell nothing."""
    told, worst = [], 0.0
    for sample in samples:
        value = sample.value
        r = float(neighbours(value))
        if math.isnan(r):
            continue
        worst = max(worst, r, key=abs)
        if alike(r, len(value)):
            told.append(f"{r:.2g} in {sample.name}")
    if told:
        said = f"neighbours are alike: their correlation is {several(told)}; of one subject or specimen: test the means of each"
        said += "; one after another in time: dim='time'"
        return Check("independent values", said, False, worst)
    return Check("independent values", "neighbours, in the order given, are not alike", True, worst)


def enough(samples: tuple[Sample, ...]) -> Check:
    """Check whether there are more than a few values."""
    n = [len(sample.value) for sample in samples]
    few = min(n) < FEW
    said = f"n = {several(n)}" + (": too few to see whether they are as the test assumes" if few else "")
    return Check("enough values", said, not few)


def moving(samples: tuple[Sample, ...], unit: str) -> Check:
    """Check whether every sample varies."""
    fixed = [sample for sample in samples if len(sample.value) > 1 and sample.value.min() == sample.value.max()]
    if not fixed:
        return Check("values that vary", "every sample varies", True)
    told = several(f"{with_unit(f'{sample.value[0]:g}', unit)} in {sample.name}" for sample in fixed)
    return Check("values that vary", f"all values are {told}: is the sensor frozen?", False)


def alike_spread(samples: tuple[Sample, ...]) -> Check:
    """Check whether two samples spread alike, by Brown & Forsythe's test."""
    from scipy import stats

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of samples that do not vary
        found = stats.levene(*(sample.value for sample in samples), center="median")
    p = float(found.pvalue)
    if math.isnan(p):
        return Check("equal variances", "no sample varies", False)
    spread = several(f"{number(float(sample.value.std(ddof=1)), 3)}" for sample in samples if len(sample.value) > 1)
    said = f"standard deviations are {spread} (Brown-Forsythe p = {p:.2g})"
    said += "" if p >= 0.05 else ": the samples differ in more than their place"
    return Check("equal variances", said, p >= 0.05, float(found.statistic), p)


__all__ = [
    "alike",
    "alike_spread",
    "enough",
    "independent",
    "moving",
    "neighbours",
    "normal",
    "normal_residuals",
    "normality",
    "of_neighbours",
    "outliers",
]
