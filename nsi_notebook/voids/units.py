"""Names of units, and how lengths and angles are told in another."""

from __future__ import annotations

import re

# metres (or degrees) in a unit, so that axes given in different units of one kind can be told in one
METRES = {"pm": 1e-12, "angstrom": 1e-10, "nm": 1e-9, "um": 1e-6, "mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3, "in": 0.0254}
DEGREES = {"deg": 1.0, "arcmin": 1 / 60, "arcsec": 1 / 3600}

_SPELLINGS = {
    "pm": "picometer picometre",
    "angstrom": "\u00e5 ang angstroms \u00e5ngstrom",
    "nm": "nanometer nanometre nanometers nanometres nanom",
    "um": "\u03bcm micron microns micrometer micrometre micrometers micrometres microm",
    "mm": "millimeter millimetre millimeters millimetres",
    "cm": "centimeter centimetre centimeters centimetres",
    "m": "meter metre meters metres",
    "km": "kilometer kilometre kilometers kilometres",
    "in": "inch inches",
    "deg": "degree degrees \u00b0",
    "arcmin": "arcminute arcminutes",
    "arcsec": "arcsecond arcseconds as",
    "pixel": "pixels px pix voxel voxels",
    "s": "sec second seconds",
    "ms": "msec millisecond milliseconds",
    "us": "usec \u03bcs microsecond microseconds",
    "min": "minute minutes",
    "h": "hour hours hr",
}
UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in (unit, *spellings.split())}


def unit_name(text: str) -> str:
    r"""Write a unit in ASCII, as the field does; one that is not known stays as it is.

    >>> unit_name("micrometer"), unit_name("\u00b5m"), unit_name("furlong")
    ('um', 'um', 'furlong')
    """
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m.group(1), 16)), text.strip())
    same = plain.replace("\u00b5", "\u03bc").replace("\u212b", "\u00e5")  # the two code points of one letter
    return UNITS.get(same, UNITS.get(same.lower(), plain))


def factor(unit: str, other: str) -> float | None:
    """Give the number of `other` in one `unit`; None if they are not of one kind.

    >>> factor("um", "nm"), factor("um", "um"), factor("um", "arcsec") is None
    (1000.0, 1.0, True)
    """
    if unit == other:
        return 1.0
    for table in (METRES, DEGREES):
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
