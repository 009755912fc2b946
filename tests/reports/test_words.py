"""Numbers in a report can be read, and say the same as the number."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nbconvert.filters import markdown2html

from nsi_notebook.reports.words import number, percent, quantity, safe

from .conftest import Seen

FINITE = st.floats(-1e300, 1e300)
DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def value_of(text):
    """What a reader takes a written number for."""
    digits, _, power = text.replace(",", "").partition(" \u00d7 10")
    return float(f"{digits}e{power.translate(DIGITS) or 0}")


@given(FINITE)
def test_a_number_is_within_four_digits_of_what_it_says(value):
    assert value_of(number(value)) == pytest.approx(value, rel=5.01e-4, abs=5e-324)


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_whole_numbers_are_written_in_full(value):
    assert number(value) == f"{value:,}"


@given(st.one_of(FINITE, st.sampled_from([0.0, 1e-4, 999.96, 24991.0, 5.2e4, 1e15])))
def test_there_is_no_e_and_no_trailing_zero_after_a_point(value):
    text = number(value)
    assert "e" not in text
    assert not re.search(r"\.\d*0\b", text)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_defined_is_a_dash(value):
    assert number(value) == "\u2013"


@given(st.floats(0, 1))
def test_a_share_says_all_and_nothing_only_when_it_is(share):
    text = percent(share)
    assert (text == "100%") == (share == 1)
    assert (text == "0%") == (share == 0)
    if text[0].isdigit():
        assert float(text.rstrip("%")) == pytest.approx(100 * share, rel=5.01e-3)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2, "pixel", "2 pixels"),
        (1, "pixel", "1 pixel"),
        (1, "pixel^2", "1 pixel"),
        (0, "pixel^3", "0 voxels"),
        (1, "um", "1 µm"),
        (2.5, "um^3", "2.5 µm³"),
        (0.25, "1", "0.25"),
    ],
)
def test_a_quantity_has_its_unit(value, unit, text):
    assert quantity(value, unit) == text


SIGNS = st.lists(
    st.one_of(st.sampled_from("<>&`*_~$\\[]()!#|^=:\"'- \n1.a\u00b2"), st.sampled_from(["<img src=x>", "**", "](", "&lt;"]))
)


@given(SIGNS.map("".join))
@example("<img src=x onerror=alert(1)>")
@example("b`<img src=x onerror=alert(3)>`.tif")
@example("[l](javascript:alert(1)) ![i](/etc/passwd) https://example.org $x$ \\(y\\)\n\n<script>")
def test_text_of_others_is_shown_as_it_is_and_is_never_markup(text):
    shown = Seen(markdown2html(f"said <code>{safe(text)}</code> and **{safe('5 ' + text)}**"))
    assert shown.tags == ["p", "code", "strong"]
    line = " ".join(text.split())
    assert shown.text.strip() == f"said {line} and {' '.join(('5 ' + text).split())}"
