"""The level sets of Gaussian fields have the correlations and densities that their formulas give."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import stats
from scipy.integrate import quad

from nsi_notebook.errors import DimsError, OptionError, SpacingError
from nsi_notebook.voids.synthetic import GaussianLevelSet, gaussian_level_set


@pytest.mark.parametrize("fraction", [0.02, 0.3, 0.5, 0.9])
def test_two_points_are_those_of_a_normal_pair(fraction):
    truth = GaussianLevelSet(length=4, fraction=fraction, spacing=(1, 1))
    for r in (0.5, 2, 6, 15):
        rho = np.exp(-((r / 4) ** 2) / 2)
        pair = stats.multivariate_normal(cov=[[1, rho], [rho, 1]]).cdf([truth.level] * 2)
        assert truth.two_point(r) == pytest.approx(pair, abs=1e-7)
    assert truth.two_point([0, 80]) == pytest.approx([fraction, fraction**2], rel=1e-9)


@pytest.mark.parametrize(("ndim", "name", "factor"), [(2, "perimeter_density", np.pi), (3, "surface_density", 4)])
def test_the_surface_is_the_slope_of_two_points(ndim, name, factor):
    # Debye, Anderson & Brumberger 1957; S2'(0) = -S / 4, or -P / pi
    truth = GaussianLevelSet(length=3, fraction=0.2, spacing=(0.5,) * ndim)
    slope = (truth.two_point(0) - truth.two_point(1e-4)) / 1e-4
    numbers = truth.values()
    assert factor * slope == pytest.approx(numbers[name], rel=1e-4)
    assert numbers["mean_chord"] == pytest.approx(0.2 / slope, rel=1e-4)


def test_the_euler_density_is_that_of_critical_points():
    # in the plane, minima and maxima less saddles below the level: the mean of det H over points where the gradient is 0
    # (Kac-Rice), the value conditioned: det H of the field with <g g_xx> = -1 / length^2 integrates to a closed expression
    length, fraction = 3.0, 0.8
    t = stats.norm.ppf(fraction)
    mu = 1 / length**2

    def below(g):  # E[det H | g] = mu^2 (g^2 - 1), gradient density 1 / (2 pi mu)
        return mu * (g**2 - 1) / (2 * np.pi) * stats.norm.pdf(g)

    expected = quad(below, -np.inf, t)[0]
    assert GaussianLevelSet(length=length, fraction=fraction, spacing=(1, 1)).values()["euler_density"] == pytest.approx(expected)

    def below_in_space(g):  # E[det H | g] = -mu^3 (g^3 - 3 g), gradient density (2 pi mu)^(-3/2)
        return -(mu**1.5) * (g**3 - 3 * g) / (2 * np.pi) ** 1.5 * stats.norm.pdf(g)

    expected = quad(below_in_space, -np.inf, t)[0]
    numbers = GaussianLevelSet(length=length, fraction=fraction, spacing=(1, 1, 1)).values()
    assert numbers["euler_density"] == pytest.approx(expected)


def test_the_field_has_its_correlation_along_each_axis_in_units_of_length():
    spacing = (1.0, 0.4)
    stack = np.stack([gaussian_level_set((12, 30), 2.5, 0.4, seed, spacing).values for seed in range(1000)])
    truth = GaussianLevelSet(length=2.5, fraction=0.4, spacing=spacing)
    corner = stack[:, 0, 0]
    for other, r in ((stack[:, 3, 0], 3.0), (stack[:, 0, 4], 1.6), (stack[:, 2, 3], np.hypot(2, 1.2)), (stack[:, -1, -1], 16.0)):
        expected = truth.two_point(r)
        assert abs((corner & other).mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / 1000)


def test_the_same_seed_gives_the_same_mask():
    one = gaussian_level_set((20, 30), 3, 0.5, 7)
    xr.testing.assert_identical(one, gaussian_level_set((20, 30), 3, 0.5, np.random.default_rng(7)))
    assert not one.equals(gaussian_level_set((20, 30), 3, 0.5, 8))


def test_the_length_unit_does_not_matter():
    micro = gaussian_level_set((16, 20, 12), 3, 0.5, 7, spacing=(1, 0.5, 0.5), unit="um")
    nano = gaussian_level_set((16, 20, 12), 3000, 0.5, 7, spacing=(1000, 500, 500), unit="nm")
    assert (micro.values == nano.values).all()
    assert micro.z.attrs["units"] == "um"
    assert micro.attrs["nsi_true_surface_density"] == pytest.approx(1000 * nano.attrs["nsi_true_surface_density"])
    assert micro.attrs["nsi_true_euler_density"] == pytest.approx(1000**3 * nano.attrs["nsi_true_euler_density"])


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"shape": (8,)}, DimsError, "two or three dims"),
        ({"shape": (8, 2.5)}, DimsError, r"shape=\(8, 2.5\)"),
        ({"fraction": 1}, OptionError, "fraction=1 is not above 0 and below 1"),
        ({"fraction": np.nan}, OptionError, "fraction=nan is not"),
        ({"length": 0.9}, OptionError, "length=0.9 is below a pixel, which is 1 wide"),
        ({"length": -1}, OptionError, "length=-1 is not a positive number"),
        ({"spacing": (1, 0)}, SpacingError, "does not fit"),
    ],
)
def test_what_makes_no_field_is_refused(given, kind, words):
    with pytest.raises(kind, match=words) as error:
        gaussian_level_set(**{"shape": (8, 8), "length": 2, "fraction": 0.5, "seed": 0, **given})
    assert error.value.hint
