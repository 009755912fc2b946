"""The Minkowski functionals of shapes that are known."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from nsi_notebook import measure, plot, summary
from nsi_notebook.voids.block import Block
from nsi_notebook.voids.space import Space
from tests.strategies import arrays, spacings

RUN = settings(max_examples=25, suppress_health_check=list(HealthCheck))
SPACINGS = [(1.0, 1.0, 1.0), (2.0, 1.0, 0.7)]


def minkowski(mask, spacing=None, **options):
    space = Space.plain(mask.shape, 1.0 if spacing is None else spacing)
    bound = summary("minkowski", **options).bind(space)
    return bound.finalize(bound.partial(mask), space)


def turned(inside, side, spacing, rng):
    """A shape in a box, turned and shifted at random."""
    axes = [(np.arange(int(side / s)) - side / s / 2 + rng.random()) * s for s in spacing]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1) @ Rotation.random(random_state=rng).as_matrix()
    return inside(*np.moveaxis(points, -1, 0))


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize(("radius", "within"), [(6, 0.015), (12, 0.008), (24, 0.004)])
def test_balls_of_void(radius, within, spacing):
    rng = np.random.default_rng(radius)
    ball = lambda z, y, x: z**2 + y**2 + x**2 <= radius**2  # noqa: E731
    found = [minkowski(turned(ball, 2 * radius + 8, spacing, rng), spacing) for _ in range(6)]
    wanted = {
        "void_volume": 4 / 3 * np.pi * radius**3, "surface_area": 4 * np.pi * radius**2,
        "mean_curvature_integral": 4 * np.pi * radius, "mean_breadth": 2 * radius,
    }  # fmt: skip
    for name, value in wanted.items():
        scale = 1.5 if name == "surface_area" and spacing != SPACINGS[0] else 1  # 13 directions are fewer there
        assert np.mean([ds[name] for ds in found]) == pytest.approx(value, rel=max(within, 0.008 * scale)), name
    assert {int(ds.euler_number) for ds in found} == {1}


@pytest.mark.parametrize("connectivity", [6, 18, 26])
def test_tori_shells_and_rods_with_round_ends(connectivity):
    rng = np.random.default_rng(1)
    pi = np.pi
    shapes = [  # integral of mean curvature, Euler number: the hollow of a shell curves the other way
        (lambda z, y, x: (np.hypot(y, x) - 14) ** 2 + z**2 <= 6**2, 2 * pi**2 * 14, 0),
        (lambda z, y, x: abs(np.sqrt(z**2 + y**2 + x**2) - 15) <= 5, 4 * pi * (20 - 10), 2),
        (lambda z, y, x: y**2 + x**2 + np.maximum(abs(z) - 12, 0) ** 2 <= 8**2, 4 * pi * 8 + pi * 24, 1),
    ]
    for inside, curvature, number in shapes:
        found = [minkowski(turned(inside, 52, (1.0,) * 3, rng), connectivity=connectivity) for _ in range(6)]
        assert np.mean([ds.mean_curvature_integral for ds in found]) == pytest.approx(curvature, rel=0.015)
        assert {int(ds.euler_number) for ds in found} == {number}


def test_boxes_along_the_axes_follow_the_weights_of_the_literature():
    # Ohser & Muecklich 2000 for one of the two ends of each direction; a box of a pixels is crossed by a axial planes, by
    # a + b - 1 across a face diagonal, a gap of 1/sqrt(2) apart, and by a + b + c - 2 across a space diagonal
    a, b, c = 8, 13, 20
    mask = np.zeros((12, 17, 24), dtype=bool)
    mask[2 : 2 + a, 2 : 2 + b, 2 : 2 + c] = True
    face, space = 2 * (2 * (a + b + c) - 3) / np.sqrt(2), 4 * (a + b + c - 2) / np.sqrt(3)
    wanted = 2 * (0.045778 * (a + b + c) + 0.036981 * face + 0.035196 * space)
    for connectivity in (6, 26):
        assert float(minkowski(mask, connectivity=connectivity).mean_breadth) == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize(("mine", "of_the_solid"), [(6, 26), (26, 6)])
@RUN
@given(data=st.data())
def test_the_curvature_of_the_void_is_minus_that_of_the_solid(mine, of_the_solid, data):
    mask = data.draw(arrays((3,), 9))
    spacing = data.draw(spacings(3))
    void, solid = minkowski(mask, spacing, connectivity=mine), minkowski(~mask, spacing, connectivity=of_the_solid)
    np.testing.assert_allclose(void.mean_curvature_integral, -solid.mean_curvature_integral, atol=1e-9)
    np.testing.assert_allclose(void.mean_curvature_density, -solid.mean_curvature_density, atol=1e-9)
    np.testing.assert_allclose(void.mean_curvature_integral, 2 * np.pi * void.mean_breadth)


@pytest.mark.parametrize("ndim", [2, 3])
@RUN
@given(data=st.data())
def test_the_others_are_those_of_surface_and_euler_and_the_size_is_counted(ndim, data):
    mask = data.draw(arrays((ndim,), 9))
    spacing = data.draw(spacings(ndim))
    found = minkowski(mask, spacing)
    space = Space.plain(mask.shape, spacing)
    for name in ("surface", "euler"):
        bound = summary(name).bind(space)
        for key, variable in bound.finalize(bound.partial(mask), space).items():
            np.testing.assert_array_equal(found[key], variable)
    size = found["void_area" if ndim == 2 else "void_volume"]
    assert float(size) == mask.sum() * space.pixel


@pytest.mark.parametrize("asked", [["minkowski", "surface", "euler"], ["euler", "minkowski", "surface"]])
def test_asked_for_together_each_measure_keeps_its_own(asked):
    mask = xr.DataArray(np.random.default_rng(1).random((30, 40)) < 0.5, dims=("y", "x"))
    together = measure(mask, asked, connectivity=8, ci=0.9)
    owner = {n: v.attrs["nsi_measure"] for n, v in together.data_vars.items() if not n.endswith("_ci")}
    assert owner == {
        "void_area": "minkowski", "perimeter": "surface", "perimeter_density": "surface",
        "euler_number": "euler", "euler_density": "euler",
    }  # fmt: skip
    for name in asked:
        alone = measure(mask, name, connectivity=8, ci=0.9) if name != "surface" else measure(mask, name, ci=0.9)
        for key, variable in alone.data_vars.items():
            np.testing.assert_array_equal(together[key], variable)
        assert plot(together, name).data


def test_the_configurations_are_counted_once():
    block = Block.of(np.random.default_rng(1).random((9, 10, 11)) < 0.5)
    counted = []
    for name in ("euler", "surface", "minkowski"):
        summary(name).partial(block)
        counted.append(block.memo["configurations"])
    assert counted[0] is counted[1] is counted[2]
