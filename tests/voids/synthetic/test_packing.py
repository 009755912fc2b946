"""Sphere packings have the void, the surface and the correlation of their lattices."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import ndimage

from nsi_notebook import measure
from nsi_notebook.errors import DimsError, OptionError, SpacingError, UnknownNameError
from nsi_notebook.voids import synthetic
from nsi_notebook.voids.synthetic import SpherePacking, sphere_packing

# Torquato 2002, chapter 3: pi / 6, pi sqrt(3) / 8, pi sqrt(2) / 6
DENSITY = {"sc": np.pi / 6, "bcc": np.pi * np.sqrt(3) / 8, "fcc": np.pi * np.sqrt(2) / 6}
BALLS = {"sc": 1, "bcc": 2, "fcc": 4}


@pytest.mark.parametrize("lattice", DENSITY)
def test_balls_that_touch_leave_the_void_that_the_books_say(lattice):
    errors = []
    for cell in (20, 100):
        mask = sphere_packing((cell,) * 3, lattice, cell)
        assert mask.attrs["nsi_true_void_fraction"] == pytest.approx(1 - DENSITY[lattice])
        # a period: its opposite faces are neighbours
        found = measure(mask.pad(z=(0, 1), y=(0, 1), x=(0, 1), mode="wrap"), "surface")
        fraction, surface = (mask.attrs[f"nsi_true_{n}"] for n in ("void_fraction", "surface_density"))
        errors.append([abs(float(mask.mean()) - fraction), abs(found.surface_density.item() / surface - 1)])
    assert (np.array(errors[0]) < (0.025, 0.15)).all()
    assert (np.array(errors[1]) < (0.002, 0.03)).all()


@pytest.mark.parametrize("lattice", DENSITY)
def test_balls_apart_are_counted_by_the_euler_number(lattice):
    mask = sphere_packing((30, 45, 30), lattice, 15, radius=4)
    density = mask.attrs["nsi_true_euler_density"]
    assert density == pytest.approx(BALLS[lattice] / 15**3)
    found = measure(mask.pad(z=(0, 1), y=(0, 1), x=(0, 1), mode="wrap"), "euler").euler_density.item()
    assert found == pytest.approx(density, rel=1e-9)
    assert "nsi_true_euler_density" not in sphere_packing((30,) * 3, lattice, 15).attrs


@pytest.mark.parametrize("lattice", DENSITY)
def test_chords_end_where_lines_meet_balls(lattice):
    cell = 40
    mask = (
        sphere_packing((2 * cell,) * 3, lattice, cell, radius=0.34 * cell, spacing=1)
        if lattice != "fcc"
        else sphere_packing((2 * cell,) * 3, lattice, cell)
    )
    found = measure(mask, "chords").mean_chord.sel(axis="x").item()
    # lines that meet no ball are one chord, from border to border
    free = mask.all("x").mean().item()
    fraction, chord = mask.attrs["nsi_true_void_fraction"], mask.attrs["nsi_true_mean_chord"]
    number = fraction / chord * 2 * cell
    # and a chord cut by the border is two
    cut = mask.isel(x=0).mean().item() - free
    assert found == pytest.approx(fraction * 2 * cell / (number + free + cut), rel=0.12)


@pytest.mark.parametrize("lattice", DENSITY)
def test_two_points_are_those_thrown_at_random(lattice):
    rng = np.random.default_rng(5)
    truth = SpherePacking(lattice=lattice, cell=2.0, radius=0.6, spacing=(0.1,) * 3)
    centres = np.array([[0, 0, 0], [1, 1, 1]] if lattice == "bcc" else [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]], dtype=float)
    centres = centres[: BALLS[lattice]]

    def void(points):
        away = points[:, None] - centres
        away -= 2 * np.round(away / 2)
        return (np.linalg.norm(away, axis=-1) > 0.6).all(axis=1)

    n = 200_000
    for r in (0.0, 0.3, 0.9, 1.5, 2.2, 4.0):
        start, turn = rng.random((n, 3)) * 2, rng.standard_normal((n, 3))
        both = void(start) & void(start + r * turn / np.linalg.norm(turn, axis=1, keepdims=True))
        expected = truth.two_point(r)
        assert abs(both.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / n)
    assert truth.two_point(np.array([[0.0], [60.0]])).shape == (2, 1)
    assert truth.two_point(60.0) == pytest.approx(truth.fraction**2, abs=0.002)
    # Debye, Anderson & Brumberger 1957
    assert 4 * (truth.fraction - truth.two_point(1e-5)) / 1e-5 == pytest.approx(truth.values()["surface_density"], rel=1e-3)


def test_our_two_point_correlation_is_that_of_the_lattice():
    mask = sphere_packing((96,) * 3, "bcc", 1.0, spacing=1 / 24, unit="mm")
    found = measure(mask, "two_point", r_max=20).two_point
    assert found.values == pytest.approx(synthetic.truth(mask).two_point(found.r.values), abs=0.03)
    assert found.r.attrs["units"] == "mm"


def test_pixels_need_not_be_cubes():
    mask = sphere_packing((20, 40, 80), "fcc", 20.0, spacing=(1, 0.5, 0.25), unit="um")
    assert float(mask.mean()) == pytest.approx(mask.attrs["nsi_true_void_fraction"], abs=0.01)
    # the ball in the corner, put together from its eight pieces
    rolled = np.roll(~sphere_packing((20, 40, 80), "sc", 20.0, 6, (1, 0.5, 0.25)).values, (10, 20, 40), (0, 1, 2))
    (found,) = ndimage.find_objects(rolled.astype(int))
    assert [s.stop - s.start for s in found] == [12, 24, 48]


@pytest.mark.parametrize(
    ("given", "kind", "words", "hint"),
    [
        ({"lattice": "fc"}, UnknownNameError, "unknown lattice 'fc'; there are: bcc, fcc, sc", "did you mean 'fcc'"),
        ({"shape": (32, 32)}, DimsError, "balls need three dims", "shape="),
        ({"shape": (32, 32, 40)}, DimsError, "holds 2 x 2 x 2.5 cells of 16: not whole ones", r"shape=\(32, 32, 32\)"),
        ({"shape": (8, 16, 16)}, DimsError, "holds 0.5 x 1 x 1 cells", r"shape=\(16, 16, 16\)"),
        ({"cell": 16.3}, DimsError, "not whole ones", "a cell of whole pixels"),
        ({"cell": 0}, OptionError, "cell=0 is not a positive number", "cell=32"),
        ({"radius": 0.5}, OptionError, "radius=0.5 is below a pixel", "smaller pixels"),
        ({"radius": 9}, OptionError, "sc with a cell of 16 overlap beyond 8", "leave radius out"),
        ({"spacing": -1}, SpacingError, "spacing=-1 does not fit", "positive"),
    ],
)
def test_what_makes_no_packing_is_refused(given, kind, words, hint):
    with pytest.raises(kind, match=words) as error:
        sphere_packing(**{"shape": (32, 32, 32), "lattice": "sc", "cell": 16, **given})
    assert re.search(hint, error.value.hint)
