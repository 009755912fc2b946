"""Names of units, and how lengths and angles are told in another."""

from __future__ import annotations

import math
import re
from difflib import get_close_matches

from ..errors import UnknownNameError

# metres (or degrees, or seconds) in a unit, so that axes given in different units of one kind can be told in one
METRES = {
    "fm": 1e-15, "pm": 1e-12, "angstrom": 1e-10, "nm": 1e-9, "um": 1e-6, "mm": 1e-3, "cm": 1e-2, "dm": 0.1, "m": 1.0, "km": 1e3,
    "mil": 2.54e-5, "in": 0.0254, "ft": 0.3048, "yd": 0.9144, "mi": 1609.344,
    "au": 149597870700.0, "ly": 9460730472580800.0, "pc": 3.0856775814913673e16, "kpc": 3.0856775814913673e19,
    "Mpc": 3.0856775814913673e22, "Gpc": 3.0856775814913673e25,
}  # fmt: skip
DEGREES = {"deg": 1.0, "arcmin": 1 / 60, "arcsec": 1 / 3600, "mas": 1 / 3.6e6, "rad": 180 / math.pi, "mrad": 0.18 / math.pi}
SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
INVERSE = re.compile(r"1/(?P<over>.+)|(?P<power>.+?)(?:\^|\*\*)?-1")  # of reciprocal space: 1/nm, nm^-1

_SPELLINGS = {
    "fm": "femtometer femtometre femtometers femtometres",
    "pm": "picometer picometre picometers picometres",
    "angstrom": "\u00e5 ang angstroms \u00e5ngstrom",
    "nm": "nanometer nanometre nanometers nanometres nanom",
    "um": "\u03bcm micron microns micrometer micrometre micrometers micrometres microm",
    "mm": "millimeter millimetre millimeters millimetres",
    "cm": "centimeter centimetre centimeters centimetres",
    "dm": "decimeter decimetre decimeters decimetres",
    "m": "meter metre meters metres",
    "km": "kilometer kilometre kilometers kilometres",
    "mil": "mils thou",
    "in": "inch inches",
    "ft": "foot feet",
    "yd": "yard yards",
    "mi": "mile miles",
    "au": "astronomical-unit astronomical-units",
    "ly": "lyr light-year light-years lightyear lightyears",
    "pc": "parsec parsecs",
    "kpc": "kiloparsec kiloparsecs",
    "Mpc": "megaparsec megaparsecs",
    "Gpc": "gigaparsec gigaparsecs",
    "deg": "degree degrees \u00b0",
    "arcmin": "arcminute arcminutes",
    "arcsec": "arcsecond arcseconds as",
    "mas": "milliarcsec milliarcsecond milliarcseconds",
    "rad": "radian radians",
    "mrad": "milliradian milliradians",
    "pixel": "pixels px pix voxel voxels",
    "ns": "nsec nanosecond nanoseconds",
    "s": "sec second seconds",
    "ms": "msec millisecond milliseconds",
    "us": "usec \u03bcs microsecond microseconds",
    "min": "minute minutes",
    "h": "hour hours hr",
    "d": "day days",
}
UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in (unit, *spellings.split())}


def unit_name(text: str) -> str:
    r"""Write a unit that an image tells in ASCII, as the field does; one that is not known stays as it is.

    >>> unit_name("micrometer"), unit_name("\u00b5m"), unit_name("1/\u00b5m\u00b2"), unit_name("MM"), unit_name("furlong")
    ('um', 'um', '1/um^2', 'mm', 'furlong')
    """
    return UNITS.get(_letters(text).lower(), spelled(text)) if _letters(text) not in UNITS else spelled(text)


def spelled(text: str) -> str:
    r"""Write the unit of any measure as the field does, its capitals as they are: mM is no mm, Nm no nm, and S no s.

    >>> spelled("micrometer"), spelled("\u00b5m"), spelled("\u03bcm^2"), spelled("mM"), spelled("Nm")
    ('um', 'um', 'um^2', 'mM', 'Nm')
    """
    same = _letters(text)
    powers = same.replace("\u00b2", "^2").replace("\u00b3", "^3")
    return UNITS.get(same, re.sub(r"\u03bcm\b", "um", powers))  # in powers and quotients


def _letters(text: str) -> str:
    """Give what is written, with one code point for each letter that has two."""
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m.group(1), 16)), text.strip())
    return plain.replace("\u00b5", "\u03bc").replace("\u212b", "\u00e5")


def check_unit(unit: str) -> str:
    """Write a unit that was asked for as the field does.

    Raises
    ------
    UnknownNameError
        If it is none of a length, an angle or a time, nor 1 over one, nor the pixel.

    Examples
    --------
    >>> check_unit("Inch"), check_unit("nm^-1"), check_unit("parsec")
    ('in', '1/nm', 'pc')
    """
    found = unit_name(unit)
    inverse = INVERSE.fullmatch(found)
    if inverse is not None and (base := unit_name((inverse["over"] or inverse["power"]).strip())) in _SPELLINGS:
        return f"1/{base}"
    if found in _SPELLINGS:
        return found
    error = UnknownNameError.among("unit", unit, _SPELLINGS)
    near = get_close_matches(found.lower(), UNITS, n=1, cutoff=0.7)
    hint = f"did you mean '{near[0]}'?" if near else "coords in another are measured as they are: attrs['units']"
    raise UnknownNameError(error.message, hint)


def factor(unit: str, other: str) -> float | None:
    """Give the number of `other` in one `unit`; None if they are not of one kind.

    >>> factor("um", "nm"), factor("um", "um"), factor("um", "arcsec") is None
    (1000.0, 1.0, True)
    """
    if unit == other:
        return 1.0
    for table in (METRES, DEGREES, SECONDS):
        if unit in table and other in table:
            return float(f"{table[unit] / table[other]:.15g}")
    return None


def multiplied(*factors: tuple[str, int]) -> str:
    """Multiply powers of units as results write them: "um^2", "1/um", "um^3 HU^2", "HU/um^2", "1".

    Parameters
    ----------
    *factors : tuple of str and int
        A unit, itself with a power or not, and the power it is taken to.

    Examples
    --------
    >>> multiplied(("um", 2), ("um", 2)), multiplied(("1/um^2", 2), ("um", 2)), multiplied(("1/um", 2), ("um", 2))
    ('um^4', '1/um^2', '1')
    >>> multiplied(("1", 2), ("um", 3)), multiplied(("HU", 2), ("um", 3)), multiplied(("um/s", 2))
    ('um^3', 'HU^2 um^3', '(um/s)^2')
    """
    powers: dict[str, int] = {}
    for unit, exponent in factors:
        simple = re.fullmatch(r"(1/)?([^\s/*^]+)(?:\^(\d+))?", unit)  # what is put together otherwise stays as it is
        under, body, power = simple.groups() if simple else (None, f"({unit})", None)
        if body != "1":
            powers[body] = powers.get(body, 0) + (-exponent if under else exponent) * int(power or 1)
    above, below = (
        [name if n == 1 else f"{name}^{n}" for name, power in powers.items() if (n := sign * power) > 0] for sign in (1, -1)
    )
    return f"{' '.join(above) or '1'}{''.join(f'/{u}' for u in below)}"
