"""Chords corrected for the border, and the lineal path."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from nsi_notebook import measure, summary
from nsi_notebook.errors import OptionError
from nsi_notebook.voids.block import Block, split
from nsi_notebook.voids.space import Space
from nsi_notebook.voids.synthetic import boolean_model
from tests.strategies import arrays, chunkings, spacings

RUN = settings(max_examples=40, suppress_health_check=list(HealthCheck))
RADIUS, FRACTION = 16.0, 0.5


def result(name, mask, spacing=1.0, **options):
    space = Space.plain(mask.shape, spacing)
    bound = summary(name, **options).bind(space)
    return bound.finalize(bound.partial(mask), space)


def runs_from_ends(mask, axis):
    """Lengths of runs that are seen to their end, and those that reach the border, from each end inside the window."""
    seen, cut = [], []
    for line in np.moveaxis(mask, axis, -1).reshape(-1, mask.shape[axis]):
        for way in (line, line[::-1]):
            for start in range(1, len(way)):
                if way[start] and not way[start - 1]:
                    solid = np.flatnonzero(~way[start:])
                    if len(solid):
                        seen.append(int(solid[0]))
                    else:
                        cut.append(len(way) - start - 1)  # longer than that, for all that is known
    return seen, cut


@RUN
@given(data=st.data())
def test_corrected_chords_are_the_kaplan_meier_estimate_of_scipy(data):
    mask = np.array(data.draw(arrays((1, 2, 3), 10)))
    spacing = data.draw(spacings(mask.ndim))
    found = result("chords", mask, spacing, edge="corrected")
    for axis, n in enumerate(mask.shape):
        seen, cut = runs_from_ends(mask, axis)
        number = found.chord_count.values[axis]
        share = mask.sum() / mask.size
        places = mask.size / n * (n - 1)
        ends = (len(seen) + len(cut)) / 2
        wanted = share / (ends / places) * spacing[axis] if ends else np.nan
        np.testing.assert_allclose(found.mean_chord.values[axis], wanted)
        if not ends:
            assert np.isnan(number).all() or not mask.any() or not number.any()
            continue
        survival = ecdf(CensoredData(uncensored=seen, right=[c for c in cut if c > 0])).sf if seen else None
        length = np.arange(1, len(number) + 1)
        longer = survival.evaluate(np.arange(len(number) + 1)) if survival else np.ones(len(number) + 1)
        last = max([*seen, *cut], default=0)  # beyond, there is no telling, unless none is left
        told = (length <= last) | (longer[:-1] == 0)
        np.testing.assert_allclose(number[told], (longer[:-1] - longer[1:])[told] * ends, atol=1e-12)
        assert np.isnan(number[~told]).all()


def test_correction_takes_the_bias_of_the_border_away():
    # the mean chord in pixels of overlapping discs: empty pixels over those whose neighbour is solid (two-point correlation)
    area = np.pi * RADIUS**2
    half = 1 / (2 * RADIUS)
    overlap = 2 * RADIUS**2 * (np.arccos(half) - half * np.sqrt(1 - half**2))
    truth = FRACTION / (FRACTION - FRACTION ** (2 - overlap / area))
    masks = [boolean_model((200, 200), RADIUS, FRACTION, seed) for seed in range(80)]
    found = {e: [measure(m, "chords", edge=e) for m in masks] for e in ("all", "inner", "corrected")}
    means = {e: np.array([ds.mean_chord.mean() for ds in each]) for e, each in found.items()}
    noise = means["corrected"].std(ddof=1) / np.sqrt(len(masks))
    assert means["inner"].mean() < 0.85 * truth
    assert means["all"].mean() < 0.9 * truth
    assert abs(means["corrected"].mean() - truth) < 3 * noise < 0.1 * truth
    # the share of chords of at most 32 pixels, beside that of a mask so large that its border does not matter
    large = result("chords", boolean_model((2000, 2000), RADIUS, FRACTION, 1).values).chord_count.values
    wanted = large[:, :32].sum() / large.sum()
    ends = sum(np.abs(np.diff(m.values.astype(int), axis=a)).sum() for m in masks for a in (0, 1))
    short = {e: sum(ds.chord_count[:, :32].values.sum() for ds in each) for e, each in found.items()}
    assert short["corrected"] / (ends / 2) == pytest.approx(wanted, abs=0.015)
    assert short["inner"] / sum(ds.chord_count.values.sum() for ds in found["inner"]) > wanted + 0.05


def test_what_no_run_tells_is_not_a_number():
    line = np.array([0, 1, 1, 0, 0, 1, 1, 1, 1], dtype=bool)
    found = result("chords", line, edge="corrected")
    # from their ends: 2, 2 and one of 4 or more
    np.testing.assert_allclose(found.chord_count.values[0], [0, 1, 0, *[np.nan] * 6])
    assert float(found.mean_chord[0]) == pytest.approx((6 / 9) / (1.5 / 8))
    for empty in (np.ones(9, dtype=bool), np.zeros(9, dtype=bool), np.ones(1, dtype=bool)):
        assert np.isnan(result("chords", empty, edge="corrected").mean_chord).all()
    closed = result("chords", np.array([0, 1, 0, 1, 1, 0], dtype=bool), edge="corrected")
    np.testing.assert_allclose(closed.chord_count.values[0], [1, 1, 0, 0, 0, 0], atol=1e-15)


@RUN
@given(data=st.data())
def test_the_lineal_path_is_that_of_brute_force(data):
    mask = np.array(data.draw(arrays((1, 2, 3), 10)))
    spacing = data.draw(spacings(mask.ndim))
    reach = min(mask.shape) - 1
    if reach < 1:
        return
    found = result("lineal_path", mask, spacing, r_max=reach)
    for axis in range(mask.ndim):
        for lag in range(reach + 1):
            windows = np.lib.stride_tricks.sliding_window_view(mask, lag + 1, axis=axis).all(axis=-1)
            assert float(found.lineal_path[axis, lag]) == windows.mean()
        np.testing.assert_allclose(found.lag_length[axis], np.arange(reach + 1) * spacing[axis])
    fraction = result("void_fraction", mask).void_fraction
    np.testing.assert_array_equal(found.lineal_path.isel(lag=0), np.full(mask.ndim, float(fraction)))


def test_the_lineal_path_shares_its_lags_with_the_two_point_correlation():
    mask = boolean_model((100, 90), 5, 0.5, 1)
    ds = measure(mask, ["lineal_path", "two_point"], r_max=20)
    np.testing.assert_array_equal(ds.lineal_path[:, :2], ds.two_point_axis[:, :2])
    assert (ds.lineal_path <= ds.two_point_axis).all()
    with pytest.raises(OptionError, match="r_max=90 is no lag"):
        measure(mask, "lineal_path", r_max=90)


def test_the_lineal_path_of_a_boolean_model_is_the_formula():
    # no centre within the radius of a segment of length r: a rectangle and two half discs
    radius = 12.0
    found = [measure(boolean_model((256, 256), radius, FRACTION, seed), "lineal_path").lineal_path for seed in range(20)]
    paths = np.array([p.mean("axis").values for p in found])
    r = np.arange(paths.shape[1])
    wanted = FRACTION ** (1 + 2 * r / (np.pi * radius))
    error = np.abs(paths.mean(axis=0) - wanted) / (paths.std(axis=0, ddof=1) / np.sqrt(len(paths)))
    assert error[:60].max() < 3.5, error


def test_runs_are_counted_once():
    block = Block.of(np.random.default_rng(1).random((9, 10)) < 0.5)
    counts = [summary(name).partial(block).counts["inner"] for name in ("chords", "lineal_path")]
    assert counts[0] is counts[1]


def test_corrected_chords_of_frames_are_those_of_each():
    frames = xr.DataArray(np.random.default_rng(6).random((3, 9, 10)) < 0.6, dims=("time", "y", "x"))
    together = measure(frames, "chords", edge="corrected")
    for t in range(3):
        xr.testing.assert_equal(together.isel(time=t), measure(frames[t], "chords", edge="corrected"))


@RUN
@given(data=st.data())
def test_segments_and_their_places_are_booked_where_they_start(data):
    mask = data.draw(arrays(ndims=(1, 2, 3)))
    path = summary("lineal_path")
    pieces = split(mask, data.draw(chunkings(mask.shape)), 0)
    found = path.tally([path.partial(p) for p in pieces], Space.plain(mask.shape))
    runs = found["inner"] + found["border"]
    for piece, mine, places in zip(pieces, runs, found["places"], strict=True):
        for axis in range(mask.ndim):
            for lag in range(places.shape[-1]):
                there = np.moveaxis(np.indices(mask.shape), 0, -1).reshape(-1, mask.ndim)
                lo, hi = np.array(piece.box).T
                starts = there[((there >= lo) & (there < hi)).all(axis=1) & (there[:, axis] + lag < mask.shape[axis])]
                assert places[axis, lag] == len(starts)
                lines = np.moveaxis(mask, axis, -1)
                whole = sum(lines[tuple(np.delete(s, axis))][s[axis] : s[axis] + lag + 1].all() for s in starts)
                assert (mine[axis] * np.clip(np.arange(mine.shape[-1]) - lag, 0, None)).sum() == whole
