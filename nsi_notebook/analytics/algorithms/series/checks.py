"""What speaks against a trend, or against changes: looked for in what they leave of a series.

A curve is the part of a square of time that a line leaves, in standard errors by the long-run variance of what both leave; a
jump is found where a step explains most beside the line, and counts from 4 log n long-run variances on. Of the two, the one that
is farther beyond its threshold is told, as each looks like the other. The season is that of
`periods`; the rest is looked for beside it. Spread is compared by ranks (Spearman) of what is new in each sample, as an
autoregressive model leaves it. The slope of Theil and Sen differs by less than a third of half an interval in 99 of 100 series of
normal noise; half of that half counts. Of a change the segments on either side are compared by ranks (Mann & Whitney), which few
samples of a segment do not move. Alarms are meant to be 1 in 100; docs/changes.md has what they were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ....errors import NsiError
from ....voids.units import SECONDS
from ...core.shown import p_said, worth_said
from ..along import Line
from ..noise import Floats, Noise, apart, doubt, fit, noise_of
from ..statistics.checks import ALIKE
from ..statistics.result import Check
from ..statistics.words import digits, number, with_unit
from ..zones import by_clock
from .lines import errors, fitted, refined
from .peaks import calendar
from .periods import CYCLES, WIDTH, noise_spectra, straightened, strongest
from .regular import Grid, grid
from .spectrum import spectrum_of
from .welch import LEAST
from .words import about, listed, period_said, when

if TYPE_CHECKING:
    from .changepoints import Changes
    from .trend import Trend

ALARM = 0.01
PENALTY = 4.0  # log n times the long-run variance, of a jump: with 3 noise of an order that is missed jumps twice as often
SHORTEST = 10  # samples on either side of a jump
FEWEST = 40  # samples in which a jump, or a change of spread, is looked for
EXACT = 1e-12  # of the values: what is left of an exact line is rounding
MOST = 20_000  # samples in which a season is looked for: it takes seconds then
UNEVEN = 2_000  # of which some are missing, in which waves are looked for: the time of their spectrum grows with the square
APART = 0.5  # of half an interval: by how much two slopes may differ
SURELY = 4.0  # standard errors of a frequency
CLEAR = 20.0  # times the power of noise has a wave whose standard error holds
NEAR_DAYS = 0.05  # of a day: by which a period may differ from whole ones, as clocks that were changed have it
CLEARER = 10.0  # of Akaike's criterion
DRIFT = 0.05  # of a wave, along the series, that does no harm: it leaves a tenth of its height


def of_trend(trend: Trend) -> tuple[Check, ...]:
    """Check the line of a trend."""
    line = trend.line
    residual = line.value - trend.fitted
    if exact(residual, line):
        return (Check("noise", "the line is exact: there are no residuals to check", False),)
    season, residual = _season(line, residual)
    found = [long_enough(trend.noise), *_dependence(line, residual, trend.noise), *season]
    found += [*_straight(line, residual, trend.noise), *_spread(line, residual, trend.noise)]
    if (pairs := trend.theil_sen) is not None:
        near = abs(pairs - trend.slope) <= APART * (trend.upper - trend.lower) / 2
        slope = trend.estimate
        median = pairs * (slope.value / trend.slope if trend.slope else 1.0)
        decimals = digits(slope.lower, slope.upper, slope.value)
        said = f"the median slope of all pairs is {number(median, decimals)} {slope.unit}"
        end = "" if near else f", beside {number(slope.value, decimals)}: a few samples decide the slope, or heavy tails do"
        found.append(Check("no few samples decide", said + end, near))
    return tuple(found)


def of_changes(changes: Changes) -> tuple[Check, ...]:
    """Check the segments between changes."""
    line = changes.line
    edges = [0, *changes.place.tolist(), len(line)]
    residual = line.value - np.repeat(changes.mean, changes.count)
    if exact(residual, line):
        return (Check("noise", "the means are exact: there are no residuals to check", False),)
    season, residual = _season(line, residual)
    found = [long_enough(changes.noise), *_dependence(line, residual, changes.noise), *season]
    few = _few(line, edges)
    return (*found, *few, _flat(changes, residual, edges), *_spread(line, residual, changes.noise))


def exact(residual: Floats, line: Line) -> bool:
    """Tell whether nothing but rounding is left of a series."""
    return float(np.abs(residual).max()) <= EXACT * float(np.abs(line.value).max())


def long_enough(noise: Noise) -> Check:
    """Look at whether there are enough samples, and effective ones, to tell how the noise depends."""
    why = doubt(noise.samples, noise.effective)
    said = f"{noise.samples:,} samples are worth {worth_said(noise.effective)}"
    return Check("long enough a series", f"{said}; {why}" if why else said, not why)


def _dependence(line: Line, residual: Floats, noise: Noise) -> list[Check]:
    """Look at whether neighbours are alike where the noise was said to be white."""
    if noise.order is not None or line.joined is None or line.joined.sum() < SHORTEST:
        return []
    x = residual / np.abs(residual).max()
    r = float((x[1:] * x[:-1])[line.joined].mean() / (x @ x / len(x)))
    met = abs(r) * np.sqrt(line.joined.sum()) < ALIKE
    said = f"the correlation of neighbours is {r:.2f}"
    return [Check("independent samples", said if met else f"{said}: noise='ar' allows for it", bool(met))]


@dataclass(frozen=True, slots=True)
class _Beside:
    """Something beside the line.

    Parameters
    ----------
    reach : float
        Its statistic, in thresholds.
    p : float
        Of a curve.
    place : int
        Of a jump, the first sample after it.
    size : float
        Of a jump.
    """

    reach: float
    p: float = 1.0
    place: int = 0
    size: float = 0.0


def _straight(line: Line, residual: Floats, noise: Noise) -> list[Check]:
    joined = None if noise.order is None else line.joined
    size = float(np.abs(residual).max())
    value = residual / size
    at = line.position - line.position.mean()
    basis, _ = np.linalg.qr(np.stack([np.ones(len(at)), at / np.abs(at).max(), (at / np.abs(at).max()) ** 2], axis=1))
    curve = _curve(value, basis, joined)
    jump = _jump(value, basis[:, :2], joined) if len(value) >= FEWEST else _Beside(0.0)
    bent, broken = curve.reach > 1 and curve.reach >= jump.reach, jump.reach > 1 and jump.reach > curve.reach
    said = "the slope changes on the way, " if bent else "of a bend "
    way = ": regress(..., degree=2) has the curve, parts of the series have slopes of their own" if bent else ""
    found = [Check("straight", f"{said}{p_said(curve.p)}{way}", not bent, None, curve.p)]
    if len(value) >= FEWEST:
        told = "no jump beside the line is beyond what noise does"
        if broken:
            (place,), unit = when(line, line.coord[[jump.place]])
            told = f"a jump of {with_unit(f'{jump.size * size:.3g}', line.unit)} at {place} {unit}".rstrip()
            told += ": changes(...) has it, a slope only the parts before and after"
        found.append(Check("no jump", told, not broken))
    return found


def _curve(value: Floats, basis: Floats, joined: npt.NDArray[np.bool_] | None) -> _Beside:
    from scipy.special import stdtr, stdtrit

    size = float(basis[:, 2] @ value)
    noise = noise_of(value - size * basis[:, 2], joined, 3, (3, 5))
    freedom = max(noise.effective - 3, 1)
    t = abs(size) / np.sqrt(noise.long_run)
    return _Beside(float(t / stdtrit(freedom, 1 - ALARM / 2)), float(2 * stdtr(freedom, -t)))


def _jump(value: Floats, basis: Floats, joined: npt.NDArray[np.bool_] | None) -> _Beside:
    n = len(value)
    place = np.arange(SHORTEST, n - SHORTEST + 1)
    after = np.cumsum(np.column_stack([value, basis])[::-1], axis=0)[::-1][place]
    power = (n - place) - (after[:, 1:] ** 2).sum(axis=1)  # of a step of 1, less what the line takes of it
    gain = after[:, 0] ** 2 / power
    best = int(np.argmax(gain))
    height = float(after[best, 0] / power[best])
    step = (np.arange(n) >= place[best]) * 1.0
    left = value - height * (step - basis @ (basis.T @ step))
    noise = noise_of(left, joined, 6, (4, 8))  # as where the data would have it, a step takes about 4 degrees of freedom
    return _Beside(float(gain[best] / (PENALTY * np.log(n) * noise.long_run)), place=int(place[best]), size=height)


def _flat(changes: Changes, residual: Floats, edges: list[int]) -> Check:
    """Look at whether a slope is cut into steps: one explains as much as the changes, or the segments have one in common."""
    from scipy.special import stdtr

    line, noise, many = changes.line, changes.noise, len(edges) - 1
    way = "trend(...) tells the slope, which is cut into steps here"
    if many > 1:
        away, value = line.position - line.position.mean(), line.value - line.value.mean()
        straight = value - away * (float(away @ value) / float(away @ away))
        if float(straight @ straight) <= float(residual @ residual) + (many - 2) * changes.penalty:
            return Check("level segments", f"a line explains as much as the changes: {way}", False)
    at = np.concatenate([line.position[a:b] - line.position[a:b].mean() for a, b in pairwise(edges)])
    power = float(at @ at)
    if not power > 0:  # all segments are of one sample
        return Check("level segments", "segments of one sample have no slope", True)
    slope = float(at @ residual) / power
    joined, size = None if noise.order is None else line.joined, float(np.abs(residual).max())
    after = noise_of((residual - slope * at) / size, joined, 1 + 4 * many, (1 + many, 4 * many))
    t = abs(slope) * np.sqrt(power / after.long_run) / size
    p = float(2 * stdtr(max(after.effective - 2 * many, 1), -t))
    told = (
        f"segments rise or fall, {p_said(p)}: {way}"
        if many > 1
        else f"it rises or falls, {p_said(p)}: trend(...) tells the slope"
    )
    said = told if p < ALARM else f"of a slope {p_said(p)}"
    return Check("level segments", said, p >= ALARM, None, p)


def _few(line: Line, edges: list[int]) -> list[Check]:
    """Look at whether most samples of the segments beside each change differ; of few samples ranks cannot tell it."""
    from scipy.stats import mannwhitneyu

    p = {}
    for first, place, end in zip(edges, edges[1:], edges[2:], strict=False):
        if min(place - first, end - place) >= SHORTEST:
            p[place] = float(mannwhitneyu(line.value[first:place], line.value[place:end]).pvalue)
    if not p:
        return []
    worst = max(p.values())
    if worst < ALARM:
        return [Check("no few samples decide", f"of segments with the same ranks {p_said(worst)}", True, None, worst)]
    at, unit = when(line, line.coord[[place for place, one in p.items() if one >= ALARM]])
    said = f"most samples before and after {f'{listed(at)} {unit}'.rstrip()} are alike, {p_said(worst)} by ranks"
    way = "a few that are far out decide: detect_series(...) finds them"
    return [Check("no few samples decide", f"{said}; {way}", False, None, worst)]


def enough_periods(laid: Grid, period: int) -> Check:
    """Look at whether there are three periods at least."""
    many = len(laid.value) / period
    return Check("enough periods", f"{len(laid.value):,} steps are {many:.3g} periods of {period}", many >= CYCLES)


def in_step(line: Line, values: Floats, period: int) -> Check:
    """Look at whether a season keeps step with a whole number of samples, by the frequency of its strongest wave.

    Parameters
    ----------
    line : Line
    values : numpy array of float64, shape (n,)
        Its samples less every other season.
    period : int
    """
    laid = grid(replace(line, value=values))
    there, n = ~np.isnan(laid.value), len(laid.value)
    at, rest = np.flatnonzero(there).astype(np.float64), straightened(laid.value, there)
    power = np.abs(np.fft.rfft(np.bincount(np.arange(n) % period, rest))[1 : (period + 1) // 2])  # less 1/2, of one phase only
    if not len(power):
        return Check("in step", f"a season of {period} samples has no wave whose frequency could be told", True)
    waves = 1 + int(np.argmax(power))
    frequency = refined(at, rest[there], waves / period, WIDTH / n)
    left, weights = fitted(at, rest[there], [frequency])
    other = np.full(n, np.nan)
    other[there] = left
    noise = float(noise_spectra(other[None], there)[0].at(np.array([frequency]))[0])
    error = float(errors(at, [frequency], weights)[0]) * np.sqrt(noise)
    away = abs(frequency - waves / period)
    weak = len(at) * float((weights**2).sum()) / 4 <= CLEAR * noise  # its power, beside that of noise there
    met = weak or away <= SURELY * error or away * n <= DRIFT
    said = f"the strongest wave of the season of {period} samples has a period of {1 / frequency:.5g}"
    lost = f", and runs {away * n * period / waves:.2g} samples out of step: longer steps may have a whole one, as months"
    return Check("in step", said if met else f"{said}{lost}", bool(met))


def keeps_time(line: Line, values: Floats, periods: tuple[int, ...]) -> list[Check]:
    """Look at whether a season of days goes by time, as it is taken to, where the clocks of the zone were changed meanwhile.

    Parameters
    ----------
    line : Line
    values : numpy array of float64, shape (n,)
        Its samples with all seasons.
    periods : tuple of int
    """
    clock = by_clock(line.coord, line.zone)
    if line.coord.dtype.kind != "M" or not len(changed := np.flatnonzero(np.diff(clock - line.coord)) + 1):
        return []
    laid = grid(replace(line, value=values / np.abs(values).max()))
    day = SECONDS["d"] / laid.step
    of_days = [one for one in periods if round(one / day) and abs(one / day - round(one / day)) <= NEAR_DAYS]
    if day < 2 or not of_days:
        return []
    there, days = ~np.isnan(laid.value), round(of_days[-1] / day)
    left = by_time = straightened(laid.value, there)[there]
    for period in periods:
        by_time = _without(by_time, laid.place % period)
    cycle, place = round(days * day), np.rint((clock - clock[0]) / np.timedelta64(1, "s") / laid.step)
    left = _without(left, place.astype(np.int64) % cycle)
    less = max(float(by_time @ by_time), EXACT) / max(float(left @ left), EXACT)
    met = bool(len(left) * np.log(less) + 2 * (sum(periods) - cycle) < CLEARER)
    at, zone = when(line, line.coord[changed])
    said = f"the clocks of {zone} were changed meanwhile, by {listed(at)}"
    more = f"{'a day' if days == 1 else f'{days} days'} by the clock explains more: the parts before and after have it"
    return [Check("by time, not by the clock", f"{said}; the season did not go with them" if met else f"{said}, and {more}", met)]


def _without(value: Floats, phase: npt.NDArray[np.int64]) -> Floats:
    """Take the mean of each phase out."""
    return np.asarray(value - (np.bincount(phase, value) / np.maximum(np.bincount(phase), 1))[phase])


def no_season(line: Line, residual: Floats, known: tuple[int, ...] = ()) -> list[Check]:
    """Look for a season in what is left beside those that are known."""
    return _season(line, residual, known)[0]


def out_of_step(line: Line) -> tuple[Check, ...]:
    """Tell of values without a season that they swing nonetheless: in no whole number of samples, or early or late."""
    laid = grid(line)
    most = UNEVEN if np.isnan(laid.value).any() else MOST
    if not LEAST <= len(line) <= most or exact(line.value - line.value.mean(), line):
        return ()
    found = spectrum_of(line)
    periods = [1 / (wave.frequency * laid.step) for wave in found.waves]
    lines = [one for one in periods if one * CYCLES <= len(laid.value)]
    if lines:
        said = f"no season of whole samples is seen, but a wave of {about(lines[0], laid.step, line)}"
        return (Check("in step", f"{said}: spectrum(...) has it; means of a whole part of it have a season", False),)
    if np.isnan(found.cycle):
        return ()
    said = f"values swing with periods near {about(found.cycle, laid.step, line)}, early or late, which is no season"
    return (Check("in step", f"{said}: spectrum(...) shows it", False),)


def _season(line: Line, residual: Floats, known: tuple[int, ...] = ()) -> tuple[list[Check], Floats]:
    """Look for a season, and take it out; none can be looked for in steps that differ, or in very long series."""
    if line.joined is None or not 2 * CYCLES <= len(line) <= MOST or exact(residual, line):
        return [], residual
    try:
        laid = grid(replace(line, value=residual / np.abs(residual).max()))
    except NsiError:  # more gaps than samples
        return [], residual
    found = strongest(laid.value, calendar(laid.step, line.per))
    if found.p >= ALARM:
        return [Check("no season", f"of the season that is likeliest {p_said(found.p)}", True, None, found.p)], residual
    said = f"a season of {period_said(found.samples, laid.step, line)} is left, {p_said(found.p)}"
    how = f"{sorted({*known, found.samples})}" if known else f"{found.samples}"
    check = Check("no season", f"{said}: seasonal(data, period={how}).adjusted is without it", False, None, found.p)
    place = laid.place % found.samples
    season = np.bincount(place, residual) / np.maximum(np.bincount(place), 1)
    rest = residual - season[place]
    return [check], rest if rest.any() else residual


def _spread(line: Line, residual: Floats, noise: Noise) -> list[Check]:
    """Look at whether what is new in each sample grows or shrinks along the series."""
    from scipy.stats import spearmanr

    if len(residual) < FEWEST:
        return []
    rows = apart(residual / np.abs(residual).max(), None if noise.order is None else line.joined)
    new = rows
    if noise.order:
        model = fit(rows[None]).coefficients()
        new = np.convolve(rows, np.concatenate([[1.0], -model]))[len(model) : len(rows)]
    size = np.abs(new[~np.isnan(new)])
    if len(size) < FEWEST or not np.ptp(size) > 0:
        return []
    found = spearmanr(size, np.arange(len(size)))
    third = len(residual) // 3
    first, last = (float(residual[part].std()) for part in (slice(third), slice(-third, None)))
    said = f"standard deviation {first:.3g} in the first third, {with_unit(f'{last:.3g}', line.unit)} in the last"
    met = bool(found.pvalue >= ALARM)
    more = "" if met else ": intervals are those of the mean spread; logarithms help where it grows with the level"
    told = f"{said}, {p_said(float(found.pvalue))}{more}"
    return [Check("the same spread", told, met, float(found.statistic), float(found.pvalue))]
