"""Numbers and units as a reader of a report wants them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import SupportsFloat

from ..analytics.core import times
from ..analytics.visualization.theme import printed

TIMES, NOTHING = "\u00d7", "\u2013"  # multiplication sign, en dash
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SAFE = set(" ,.;()/+-%'")  # beside letters and digits: none starts anything inside a line of Markdown
PLAIN = {"1": "", "pixel": "pixels", "pixel^2": "pixels", "pixel^3": "voxels"}


def number(value: SupportsFloat) -> str:
    """Write whole numbers in full and others with four digits; a dash for what is not defined.

    >>> number(24991), number(52003.4), number(0.00238), number(float("nan")) == NOTHING
    ('24,991', '52,000', '0.00238', True)
    """
    exact = float(value)
    if not math.isfinite(exact):
        return NOTHING
    short = exact if exact.is_integer() else float(f"{exact:.4g}")
    if short == 0 or 1e-4 <= abs(short) < 1e15:
        return f"{short:,.0f}" if short.is_integer() else f"{short:.4g}"
    digits, power = f"{exact:.3e}".split("e")
    return f"{digits.rstrip('0').rstrip('.')} {TIMES} 10{str(int(power)).translate(RAISED)}"


def alike(values: Sequence[SupportsFloat], width: SupportsFloat) -> list[str]:
    """Write numbers with as many decimals as show two digits of a width, such as that of their interval.

    >>> alike([5.9041, 5.743, 6.08], 0.33), alike([52003.4, 981.2], 248), alike([0.36, 0.35], float("nan"))
    (['5.90', '5.74', '6.08'], ['52,000', '981'], ['0.36', '0.35'])
    """
    exact, room = [float(v) for v in values], float(width)
    largest = max((abs(v) for v in exact if math.isfinite(v)), default=0.0)
    if not 0 < room < math.inf or largest < 1e-3:
        return [number(v) for v in exact]
    places = max(1 - math.floor(math.log10(room)), 0)
    told = [abs(v) < 1e15 and (places > 0 or abs(v) < 1000) for v in exact]
    return [f"{round(v, places) + 0.0:,.{places}f}" if plain else number(v) for v, plain in zip(exact, told, strict=True)]


def shares(values: Sequence[float], width: float) -> list[str]:
    """Write shares with as many decimals as show two digits of a width, one at least.

    >>> shares([0.36281, 0.35, 0.376], 0.026), shares([0.9, 0.8, 1], 0.2)
    (['36.3%', '35.0%', '37.6%'], ['90.0%', '80.0%', '100%'])
    """
    if not 0 < width < 1:
        return [percent(v) for v in values]
    places = max(1, -1 - math.floor(math.log10(width)))
    said = [f"{100 * v:.{places}f}%" for v in values]
    return [percent(v) if float(text[:-1]) in (0, 100) else text for v, text in zip(values, said, strict=True)]


def safe(text: object) -> str:
    """Write text that others chose so that Markdown and HTML show it, and nothing in it is markup; on one line.

    >>> safe("<b>a_1</b>")
    '&#60;b&#62;a&#95;1&#60;/b&#62;'
    """
    line = " ".join(str(text).split())
    return "".join(c if c.isalnum() or c in SAFE or ord(c) > 127 else f"&#{ord(c)};" for c in line)


def unit(text: str) -> str:
    """Write a unit: "um^2" as "µm²", "1" as "".

    >>> unit("1/um^3"), unit("1")
    ('1/µm³', '')
    """
    return "" if text == "1" else printed(text)


def quantity(value: SupportsFloat, of: str, said: str | None = None) -> str:
    """Write a number, or what is said of it, and its unit; pixels are counted.

    >>> quantity(5.4321, "um"), quantity(1104, "pixel^2"), quantity(1, "pixel^3")
    ('5.432 µm', '1,104 pixels', '1 voxel')
    """
    word = PLAIN.get(of, unit(of))
    said = number(value) if said is None else said
    return f"{said} {word.removesuffix('s') if said == '1' and of in PLAIN else word}".rstrip()


def percent(share: float) -> str:
    """Write a share with three digits; what is not all is never 100%, and what is not nothing never 0%.

    >>> percent(0.36281), percent(0.99996), percent(1 - 1e-9), percent(1e-9), percent(1)
    ('36.3%', '99.996%', 'more than 99.999%', 'less than 0.001%', '100%')
    """
    if 0 < share < 1e-5:
        return "less than 0.001%"
    if 0.99999 < share < 1:
        return "more than 99.999%"
    return f"{100 * share:.3g}%" if share < 0.9995 else f"{100 * share:.5g}%"


def listing(said: Sequence[str], last: str = "and") -> str:
    """Join words as a sentence does.

    >>> listing(["z", "y", "x"]), listing(["y", "x"], "or"), listing(["x"])
    ('z, y and x', 'y or x', 'x')
    """
    return f" {last} ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def lasting(micros: int) -> str:
    """Write how long something lasted, in its two largest units.

    >>> lasting(7_800_000_000), lasting(61_000_000), lasting(1_500_000), lasting(2_000)
    ('2 h 10 min', '1 min 1 s', '1.5 s', '2 ms')
    """
    if micros < 1_000_000:
        return f"{micros / 1000:.3g} ms"
    if micros < 60_000_000:
        return f"{micros / 1e6:.3g} s"
    seconds = round(micros / 1e6)
    for large, small, size, part in (("d", "h", 86400, 3600), ("h", "min", 3600, 60), ("min", "s", 60, 1)):
        if seconds >= size:
            rest = seconds % size // part
            return f"{seconds // size} {large}" + (f" {rest} {small}" if rest else "")
    return f"{seconds} s"


def moment(micros: int, zone: str = " UTC") -> str:
    """Write a moment to the second.

    >>> moment(0)
    '1970-01-01 00:00:00 UTC'
    """
    return f"{times.utc(micros):%Y-%m-%d %H:%M:%S}{zone}"
