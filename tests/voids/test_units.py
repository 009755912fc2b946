"""Units that are asked for are ones that exist, and what they are worth is what astropy says."""

from __future__ import annotations

import astropy.units as peer
import numpy as np
import pytest
import xarray as xr
from astropy.units import imperial

from nsi_notebook import Stream
from nsi_notebook.errors import SpacingError, UnknownNameError
from nsi_notebook.voids.space import Space, respaced
from nsi_notebook.voids.units import DEGREES, METRES, SECONDS, check_unit, factor

ELSEWHERE = {
    "mil": imperial.mil,
    "in": imperial.inch,
    "ft": imperial.foot,
    "yd": imperial.yard,
    "mi": imperial.mile,
    "ly": peer.lyr,
}
IMAGE = xr.DataArray(np.zeros((3, 4)), dims=("y", "x"))


@pytest.mark.parametrize(("table", "base"), [(METRES, "m"), (DEGREES, "deg"), (SECONDS, "s")])
def test_what_units_are_worth(table, base):
    for name in table:
        worth = peer.Quantity(1, ELSEWHERE.get(name, name)).to_value(base)
        assert factor(name, base) == pytest.approx(worth, rel=1e-12), name


@pytest.mark.parametrize(
    ("said", "unit"),
    [
        *[
            ("um", "um"),
            ("\u00b5m", "um"),
            ("\u03bcm", "um"),
            ("Microns", "um"),
            ("angstrom", "angstrom"),
            ("\u212b", "angstrom"),
        ],
        *[("inch", "in"), ("arcsec", "arcsec"), ("pc", "pc"), ("kpc", "kpc"), ("Mpc", "Mpc"), ("AU", "au"), ("ly", "ly")],
        *[("pixel", "pixel"), ("voxels", "pixel"), ("s", "s"), ("1/nm", "1/nm"), ("nm^-1", "1/nm"), ("1/Angstrom", "1/angstrom")],
    ],
)
def test_units_that_exist(said, unit):
    assert check_unit(said) == unit
    assert Space.of(respaced(IMAGE, 0.5, said)).unit == unit


@pytest.mark.parametrize(
    ("unit", "hint"),
    [
        ("quark", None),
        ("mircon", "did you mean 'micron'?"),
        ("milimetre", "did you mean 'millimetre'?"),
        ("1/quux", None),
        ("", None),
    ],
)
def test_units_that_do_not(unit, hint):
    for ask in (lambda: respaced(IMAGE, 0.5, unit), lambda: Stream("chords", spacing=0.5, unit=unit)):
        with pytest.raises(UnknownNameError, match=f"unknown unit '{unit}'; there are: .*um") as caught:
            ask()
        assert caught.value.hint == (hint or "coords in another are measured as they are: attrs['units']")


def test_a_unit_that_an_image_tells_is_kept_whatever_it_is():
    coords = {d: (d, np.arange(n) * 2.0, {"units": "furlong"}) for d, n in IMAGE.sizes.items()}
    assert Space.of(IMAGE.assign_coords(coords)).unit == "furlong"


@pytest.mark.parametrize("spacing", [0.65, (1, 2)])
def test_a_spacing_needs_its_unit(spacing):
    for ask in (lambda: respaced(IMAGE, spacing, None), lambda: Stream("chords", spacing=spacing)):
        with pytest.raises(SpacingError, match="has no unit") as caught:
            ask()
        assert caught.value.hint == "give it: unit='um', or unit='pixel'"
    assert Space.of(respaced(IMAGE, spacing, "pixel")).unit == "pixel"


def test_powers_of_a_unit_of_reciprocal_space():
    space = Space.plain((3, 4), 0.5, "1/nm")
    assert [space.power(n) for n in (2, 1, 0, -1, -3)] == ["1/nm^2", "1/nm", "1", "nm", "nm^3"]
