"""Numbers and units as a reader of a report wants them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import SupportsFloat

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


def safe(text: object) -> str:
    """Write text that others chose so that Markdown and HTML show it, and nothing in it is markup; on one line.

    >>> safe("<b>a_1</b>")
    '&#60;b&#62;a&#95;1&#60;/b&#62;'
    """
    line = " ".join(str(text).split())
    return "".join(c if c.isalnum() or c in SAFE or ord(c) > 127 else f"&#{ord(c)};" for c in line)


def unit(text: str) -> str:
    """Write a unit: "um^2" as "um²", "1" as "".

    >>> unit("1/um^3"), unit("1")
    ('1/um³', '')
    """
    return "" if text == "1" else text.replace("^2", "²").replace("^3", "³")


def quantity(value: SupportsFloat, of: str) -> str:
    """Write a number and its unit; pixels are counted.

    >>> quantity(5.4321, "um"), quantity(1104, "pixel^2"), quantity(1, "pixel^3")
    ('5.432 um', '1,104 pixels', '1 voxel')
    """
    word = PLAIN.get(of, unit(of))
    said = number(value)
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
