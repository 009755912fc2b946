"""Intervals hold the truth as often as they say."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import pytest
import xarray as xr
from scipy import stats
from skimage.measure import euler_number

from nsi_notebook import measure
from nsi_notebook.errors import NsiWarning
from nsi_notebook.voids import intervals as module
from nsi_notebook.voids.intervals import intervals, largest
from nsi_notebook.voids.measures.base import Measure, Variable
from nsi_notebook.voids.measures.euler import Euler
from nsi_notebook.voids.space import Space
from nsi_notebook.voids.synthetic import boolean_model, gaussian_level_set
from nsi_notebook.voids.synthetic import truth as synthetic_truth

RADIUS, FRACTION = 3.0, 0.5
MODELS = {
    "boolean": partial(boolean_model, radius=RADIUS, fraction=FRACTION),
    "gaussian": partial(gaussian_level_set, length=3.0, fraction=0.4),
}
NUMBER = 50
# hits are binomial: an interval that holds the truth 92 times in 100 (64 tiles give no more) has fewer only 1 time in 1000
FEWEST = stats.binom.ppf(0.001, NUMBER, 0.92)
LAGS, BOXES = [0, 1, 2, 4, 6, 8], [1, 2, 3, 4, 8]
NAMES = ["void_fraction", "surface", "euler", "chords", "two_point", "lacunarity"]


def models(make, shape, number, seed):
    rng = np.random.default_rng(seed)
    for _ in range(number):
        yield make(shape, seed=rng)


def mask_of(values) -> xr.DataArray:
    return xr.DataArray(np.asarray(values, dtype=bool), dims=("y", "x"))


@pytest.fixture(scope="module", params=list(MODELS))
def kind(request):
    return request.param


def estimated(make, names, number, **options):
    """What is measured of many models; a few of their intervals are in doubt."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NsiWarning)
        return [measure(mask, names, ci=0.95, **options) for mask in models(make, (128, 128), number, 2026)]


@pytest.fixture(scope="module")
def measured(kind):
    return estimated(MODELS[kind], NAMES, NUMBER, r_max=10, boxes=tuple(BOXES))


@pytest.fixture(scope="module")
def truth(kind):
    """The mean of large models where the pixels matter; their own error is a tenth of that of one 128 x 128 window."""
    names = ["surface", "euler", "chords", "lacunarity"]
    large = [measure(mask, names, boxes=tuple(BOXES)) for mask in models(MODELS[kind], (512, 512), 12, 7)]
    return {
        k: sum(ds[k] for ds in large) / len(large) for k in ("perimeter_density", "euler_density", "mean_chord", "lacunarity")
    }


def hits(measured, name, truth, **where):
    """How many intervals hold the truth, for each value; checks that their width is that of the spread of the estimates."""
    bounds = np.stack([ds[f"{name}_ci"].sel(**where).transpose(..., "bound").values for ds in measured])
    spread = np.std([ds[name].sel(**where).values for ds in measured], axis=0, ddof=1)
    width = (bounds[..., 1] - bounds[..., 0]).mean(axis=0) / (2 * stats.norm.ppf(0.975) * spread)
    allowed = 3 / np.sqrt(2 * len(measured))  # three times the standard error of the spread: 21 % of 100
    assert (np.abs(width - 1) < allowed).all(), width
    return ((bounds[..., 0] <= truth) & (truth <= bounds[..., 1])).sum(axis=0)


def test_the_interval_of_the_void_fraction_covers_the_truth(measured, kind):
    fraction = MODELS[kind].keywords["fraction"]
    found = hits(measured, "void_fraction", fraction)
    assert FEWEST <= found <= 0.98 * NUMBER
    # the usual interval, which takes the pixels for independent
    means = np.array([ds.void_fraction.item() for ds in measured])
    usual = np.abs(means - fraction) <= 1.96 * np.sqrt(means * (1 - means)) / 128
    assert usual.mean() < 0.5


def test_the_intervals_of_the_two_point_correlation_cover_the_formula(measured, kind):
    formula = synthetic_truth(MODELS[kind]((8, 8), seed=1)).two_point(LAGS)
    found = hits(measured, "two_point_axis", np.asarray(formula), lag=LAGS)
    assert (found >= FEWEST).all(), found


@pytest.mark.parametrize(
    ("name", "where"), [("perimeter_density", {}), ("euler_density", {}), ("mean_chord", {}), ("lacunarity", {"box": BOXES})]
)
def test_intervals_cover_the_mean_of_many_models(measured, truth, name, where):
    found = hits(measured, name, truth[name].values, **where)
    assert (found >= FEWEST).all(), found


def test_intervals_cover_the_mean_of_windows_of_their_size():
    """Boxes that do not divide a tile, runs and components that go on in the next one: the mean of all is the truth."""
    number = 40
    some = estimated(MODELS["boolean"], ["lineal_path", "box_count", "components"], number, r_max=10, boxes=(2, 3, 4, 8))
    for name, where in (("lineal_path", {"lag": LAGS}), ("box_count", {}), ("box_dimension", {}), ("component_size_mean", {})):
        found = hits(some, name, np.mean([ds[name].sel(**where) for ds in some], axis=0), **where)
        assert (found >= stats.binom.ppf(0.001, number, 0.92)).all(), (name, found)


@pytest.mark.parametrize("kind", ["boolean"], indirect=True)
def test_there_is_no_interval_beyond_half_a_tile(measured):
    ds = measured[0]
    assert largest((128, 128)) == 8
    for name, dim in (("two_point", "r"), ("two_point_axis", "lag"), ("chord_count", "length"), ("lacunarity", "box")):
        there = np.isfinite(ds[f"{name}_ci"]).all([d for d in ds[f"{name}_ci"].dims if d != dim])
        np.testing.assert_array_equal(there, ds[dim] <= 8)
    # the ball that fits has the diameter 2 r
    survival = measure(
        boolean_model((128, 128), radius=RADIUS, fraction=FRACTION, seed=1), "distance", ci=0.95
    ).distance_survival_ci
    np.testing.assert_array_equal(np.isfinite(survival).all("bound"), survival.r <= 4)


def test_the_shortest_side_of_a_tile_counts():
    assert largest((100, 200)) == 6.25
    assert largest((64, 64, 16)) == 2
    assert largest((320,)) == 5
    assert largest((3, 128)) == 0.5


def test_no_interval_is_given_for_what_tiles_do_not_tell():
    with pytest.warns(NsiWarning, match="do not differ"):
        full = measure(mask_of(np.ones((100, 100))), ["chords", "box_count", "components"], of="void", ci=0.95)
    assert np.isnan(full.chord_count_ci.sel(length=100)).all()
    np.testing.assert_array_equal(np.isnan(full.box_count_ci).all("bound"), full.box > 6)
    assert np.isnan(full.box_dimension_ci).all()  # it uses larger boxes
    for name in ("component_size", "largest_component_fraction"):
        assert f"{name}_ci" not in full
        assert full[name].attrs["nsi_ci"].startswith("none: ")


def test_intervals_stay_in_the_possible_range():
    values = np.zeros((128, 128))
    values[20:60, 30:70] = 1
    names = ["void_fraction", "void_profile", "two_point", "components", "surface", "chords", "distance", "lacunarity"]
    with pytest.warns(NsiWarning, match="component_count"):
        ds = measure(mask_of(values), names, ci=0.95)
    assert ds.void_fraction_ci.values[0] == 0
    fractions = [ds[f"{n}_ci"] for n in ("void_fraction", "void_profile", "two_point", "two_point_axis", "distance_survival")]
    for bounds in fractions:
        assert bounds.min() >= 0
        assert bounds.max() <= 1
    for name in ("component_count", "perimeter", "perimeter_density", "chord_count"):
        assert ds[f"{name}_ci"].min() >= 0
    for name in ("lacunarity", "mean_chord", "distance_mean", "distance_quantile"):
        assert ds[f"{name}_ci"].min() >= 1
    with pytest.warns(NsiWarning, match="vary together"):
        rest = measure(~mask_of(values), "void_fraction", ci=0.95)
    assert rest.void_fraction_ci.values[1] == 1


class Rows(Measure):
    """The mean of numbers given as counts, and the same with a replicate that is not a number."""

    def report(self, counts, space):
        mean = counts["value"] / counts["pixels"]
        hole = np.array(mean)
        if hole.ndim:
            hole[0] = np.nan
        return [Variable(n, v, "1", n) for n, v in (("mean", mean), ("hole", hole), ("none", mean * np.nan))], []


def test_a_replicate_that_is_not_a_number_hardly_changes_the_interval():
    value = np.repeat(np.arange(8), 8)  # neighbours vary together, so the interval is widened
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = intervals(Rows(), {"value": value, "pixels": np.full(64, 1)}, Space.plain((64, 64)), 0.95, 0)
    np.testing.assert_allclose(found["hole"].bounds, found["mean"].bounds, rtol=0.01)
    assert np.isnan(found["none"].bounds).all()


def test_the_replicates_of_the_euler_number_are_not_rounded():
    mask = np.random.default_rng(1).random((64, 64)) < 0.5
    counts = Euler(connectivity=4).partial(mask).counts
    third = {k: v / 3 for k, v in counts.items()}
    (number, _), _ = Euler(connectivity=4).report(third, Space.plain(mask.shape))
    assert number.values == pytest.approx(euler_number(mask, connectivity=1) / 3)


def test_intervals_are_the_same_again_and_follow_the_level():
    mask = boolean_model((128, 128), radius=4, fraction=0.6, seed=1)
    one, two = (measure(mask, "void_fraction", ci=0.9).void_fraction_ci.values for _ in range(2))
    np.testing.assert_array_equal(one, two)
    wider = measure(mask, "void_fraction", ci=0.99).void_fraction_ci.values
    assert wider[0] < one[0]
    assert one[1] < wider[1]
    other = measure(mask, "void_fraction", ci=0.9, seed=7).void_fraction_ci.values
    assert not np.array_equal(one, other)


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")
def test_draws_that_are_made_a_few_at_a_time_give_the_same(monkeypatch):
    mask = xr.DataArray(np.random.default_rng(0).random((48, 40)) < 0.5, dims=("y", "x"))
    names = ["void_fraction", "chords", "distance"]
    whole = measure(mask, names, ci=0.9)
    monkeypatch.setattr(module, "TOGETHER", 1000)
    xr.testing.assert_allclose(measure(mask, names, ci=0.9), whole, rtol=1e-12)
