"""Our measures of random models find what their truths say of the pixels' centres, and that nears what they say of the model."""

from __future__ import annotations

import numpy as np
import pytest

from nsi_notebook import measure
from nsi_notebook.voids import synthetic

# 13 directions of a cubic grid, both ways: shares of the sphere along axes, face diagonals, body diagonals (Legland 2007)
SHARES = {2: [(1, 2, 0.25), (2, 2, 0.25)], 3: [(1, 3, 2 * 0.0457778912), (2, 6, 2 * 0.0369806277), (3, 4, 2 * 0.0351956398)]}
SURFACE = {2: ("perimeter_density", np.pi / 2), 3: ("surface_density", 2)}

MODELS = {
    "boolean, 2-D": lambda size, seed, side: synthetic.boolean_model((side,) * 2, size, 0.6, seed, 0.5, "um"),
    "boolean, 3-D": lambda size, seed, side: synthetic.boolean_model((side,) * 3, size, 0.4, seed, 0.5, "um"),
    "gaussian, 2-D": lambda size, seed, side: synthetic.gaussian_level_set((side,) * 2, size, 0.3, seed, 0.5, "um"),
    "gaussian, 3-D": lambda size, seed, side: synthetic.gaussian_level_set((side,) * 3, size, 0.6, seed, 0.5, "um"),
    "noise, 2-D": lambda size, seed, side: synthetic.bernoulli_noise((side,) * 2, 0.4, seed, 0.5, "um"),
    "noise, 3-D": lambda size, seed, side: synthetic.bernoulli_noise((side,) * 3, 0.7, seed, 0.5, "um"),
}
SMOOTH = {
    "boolean": lambda size, spacing: synthetic.BooleanModel(radius=size, fraction=0.6, spacing=spacing),
    "gaussian": lambda size, spacing: synthetic.GaussianLevelSet(length=size, fraction=0.3, spacing=spacing),
}


def crossed(truth, step):
    """Share of the pairs of pixels `step` apart of which the one is void and the other not, in each order."""
    return truth.two_point(0) - truth.two_point(step)


def crofton(truth):
    """What Crofton's formula sees of the pixels' centres."""
    step = truth.spacing[0]
    seen = sum(
        number * share * 2 * crossed(truth, step * np.sqrt(n)) / (step * np.sqrt(n)) for n, number, share in SHARES[truth.ndim]
    )
    return SURFACE[truth.ndim][1] * seen


def near(found, expected):
    """Whether the mean over seeds (the first axis) is the expected one, but for chance."""
    found = np.asarray(found, dtype=float)
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    return (np.abs(found.mean(axis=0) - expected) <= 4.5 * error + 1e-12).all()


@pytest.mark.parametrize("name", MODELS)
def test_the_measures_find_on_average_what_is_in_the_centres_of_pixels(name):
    side = 80 if "2-D" in name else 28
    masks = [MODELS[name](2.0, seed, side) for seed in range(24)]
    truth = synthetic.truth(masks[0])
    found = [measure(m, ["void_fraction", "surface", "chords", "two_point", "lacunarity"], r_max=12) for m in masks]
    assert near([ds.void_fraction for ds in found], masks[0].attrs["nsi_true_void_fraction"])
    lags = np.arange(13) * 0.5
    assert near([ds.two_point_axis for ds in found], truth.two_point(lags))
    assert near([ds[SURFACE[truth.ndim][0]] for ds in found], crofton(truth))
    # of a line: it begins with a chord or not, then at each step one may begin
    chords = side ** (truth.ndim - 1) * (truth.two_point(0) + (side - 1) * crossed(truth, 0.5))
    assert near([ds.chord_count.sum("length") for ds in found], chords)
    boxes = found[0].box.values
    lacunarity = np.mean([ds.lacunarity.values for ds in found], axis=0)
    assert lacunarity == pytest.approx(truth.lacunarity(boxes), rel=0.06)
    for b in (2, 5):
        windows = [np.lib.stride_tricks.sliding_window_view(m.values, (b,) * truth.ndim) for m in masks]
        mass = [w.sum(axis=tuple(range(truth.ndim, 2 * truth.ndim))) for w in windows]
        square = [(m.astype(float) ** 2).mean() for m in mass]
        assert near(square, truth.lacunarity(b) * (truth.two_point(0) * b**truth.ndim) ** 2)


@pytest.mark.parametrize("ndim", [2, 3])
@pytest.mark.parametrize("name", SMOOTH)
def test_the_more_pixels_the_nearer_is_what_they_hold_to_the_model(name, ndim):
    errors = []
    for size in (2.0, 8.0, 32.0):
        truth = SMOOTH[name](size, (0.5,) * ndim)
        numbers = truth.values()
        chord = 0.5 * truth.two_point(0) / crossed(truth, 0.5)
        seen = np.array([crofton(truth) / numbers[SURFACE[truth.ndim][0]], chord / numbers["mean_chord"]])
        errors.append(np.abs(seen - 1))
    assert (errors[0] < 0.15).all()
    assert (errors[1] < errors[0] / 3.5).all()
    assert (errors[2] < errors[1] / 3.5).all()


@pytest.mark.parametrize(
    ("name", "bounds"), [("gaussian, 2-D", (0.06, 0.015)), ("gaussian, 3-D", (0.25, 0.07)), ("boolean, 2-D", (0.45, 0.33))]
)
def test_the_euler_number_nears_that_of_the_model(name, bounds):
    for size, bound in zip((1.5, 3.0), bounds, strict=True):
        side = int(64 * size) if "2-D" in name else int(20 * size)
        masks = [MODELS[name](size, seed, side) for seed in range(40 if "2-D" in name else 10)]
        # pixels that touch by a corner are joined in the one and not in the other; the gaps of a Boolean model end in cusps that
        # no pixel shows, so that its number comes nearer slowly (Ohser, Nagel & Schladitz 2009, Image Anal Stereol 28:77)
        four, eight = (
            np.array([measure(m, "euler", connectivity=c).euler_density.item() for m in masks])
            for c in ((4, 8) if "2-D" in name else (6, 26))
        )
        middle = (four + eight) / 2
        expected = masks[0].attrs["nsi_true_euler_density"]
        error = middle.std(ddof=1) / np.sqrt(len(middle))
        assert abs(middle.mean() - expected) < bound * abs(expected) + 4 * error
