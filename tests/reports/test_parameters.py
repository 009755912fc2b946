"""Parameters are checked against their types before anything runs."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsi_notebook.errors import OptionError, ReportError, SpacingError, UnknownNameError
from nsi_notebook.reports.parameters import check, describe, parameters_of

from .conftest import notebook


def read(annotation, value, default="..."):
    return check(parameters_of(notebook(f"p: {annotation} = {default}"), "t"), {"p": value})["p"]


def refused(annotation, value):
    with pytest.raises(OptionError) as error:
        read(annotation, value)
    assert error.value.message == f"p={value!r} is not of type {annotation}"


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        ("int", "3", 3),
        ("float", "1e-3", 0.001),
        ("float", "2", 2.0),
        ("str", "2", "2"),
        ("bool", "true", True),
        ("bool", "0", False),
        ("Path", "a/b.tif", "a/b.tif"),
        ("list[int]", "1, 2", [1, 2]),
        ("list[float]", "[1, 2.5]", [1.0, 2.5]),
        ("list[str]", "['a, b', 'c']", ["a, b", "c"]),
        ("list[str]", "", []),
        ("Literal['dark', 'bright']", "bright", "bright"),
        ("Literal[1, 2]", "2", 2),
        ("Literal['one']", "one", "one"),
        ("int | None", "None", None),
        ("int | None", "7", 7),
        ("list[str] | None", "None", None),
        ("list[str] | None", "null", None),
        ("str | None", "none", None),
        ("str", "None", "None"),
        ("list[str] | float", "2", 2.0),
        ("str | list[float]", "2,3", [2.0, 3.0]),
        ("float | str", "100", 100.0),
        ("str | float", "100", 100.0),
        ("str | float", "otsu", "otsu"),
        ("float | list[float] | None", "2,0.5,0.5", [2.0, 0.5, 0.5]),
    ],
)
def test_text_becomes_its_type(annotation, text, value):
    got = read(annotation, text)
    assert (got, type(got)) == (value, type(value))


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("int", 3.0),
        ("int", np.int64(3)),
        ("float", np.float32(3)),
        ("float", 3),
        ("str", Path("3")),
        ("list[float]", (3, 3)),
        ("bool", False),
    ],
)
def test_a_value_from_python_becomes_the_plain_type(annotation, value):
    got = read(annotation, value)
    assert type(got).__name__ == annotation.partition("[")[0]
    assert got == (str(value) if annotation == "str" else list(value) if isinstance(value, tuple) else value)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("int", "3.5"),
        ("int", 3.5),
        ("int", True),
        ("int", math.inf),
        ("int", [1]),
        ("float", "high"),
        ("float", "nan"),
        ("float", math.inf),
        ("float", 10**400),
        ("float", None),
        ("float", False),
        ("str", 3),
        ("bool", "yes"),
        ("bool", 1),
        ("list[int]", "1,a"),
        ("list[int]", "[1"),
        ("list[int]", "[1, x]"),
        ("list[int]", 1),
        ("Literal['dark', 'bright']", "drak"),
        ("Literal[1, 2]", True),
        ("int | None", "none at all"),
        ("int | float", "x"),
    ],
)
def test_what_does_not_fit_is_named_with_its_type(annotation, value):
    refused(annotation, value)


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"spacing": "0.5"}, SpacingError, r"spacing=0\.5 has no unit"),
        ({"spacing": "0.5,1"}, SpacingError, r"spacing=\[0\.5, 1\.0\] has no unit"),
        ({"spacing": "-1", "unit": "um"}, SpacingError, r"spacing=-1\.0 is no distance between pixels"),
        ({"spacing": [], "unit": "um"}, SpacingError, r"spacing=\[\] is no distance between pixels"),
        ({"unit": "furlong"}, UnknownNameError, "unknown unit 'furlong'"),
    ],
)
def test_a_spacing_needs_its_unit(given, error, said):
    wanted = parameters_of(notebook("spacing: float | list[float] | None = None\nunit: str | None = None"), "t")
    with pytest.raises(error, match=said):
        check(wanted, given)
    for fits in ({}, {"unit": "um"}, {"spacing": "0.5", "unit": "um"}, {"spacing": "1,2,3", "unit": "pixel"}):
        check(wanted, fits)


def test_a_spacing_in_a_template_without_units_is_its_own():
    assert read("float", "0.5") == check(parameters_of(notebook("spacing: float = 1"), "t"), {"spacing": "0.5"})["spacing"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_survives_the_way_through_text(value):
    assert read("float", repr(value)) == read("float", value) == value


@given(st.lists(st.integers()))
def test_a_list_survives_the_way_through_text(value):
    assert read("list[int]", repr(value)) == read("list[int]", ",".join(map(str, value))) == value


def test_defaults_stay_where_nothing_is_given():
    wanted = parameters_of(notebook("from typing import Literal\na: int = 1  # one\nb: float | None = None\nc: float = 2"), "t")
    assert check(wanted, {"a": "5"}) == {"a": 5, "b": None, "c": 2.0}


def test_an_unknown_parameter_is_told_its_neighbour():
    with pytest.raises(UnknownNameError, match="did you mean 'image'"):
        check(parameters_of(notebook("image: str = 'x'"), "t"), {"imag": "y"})


def test_a_parameter_without_a_default_must_be_given():
    wanted = parameters_of(notebook("image: str = ...\nci: float = 0.9"), "t")
    with pytest.raises(OptionError, match=r"'image' \(str\) is required\nhint: -p image=\.\.\."):
        check(wanted, {})
    assert check(wanted, {"image": "a.tif"}) == {"image": "a.tif", "ci": 0.9}


def test_a_mistyped_value_is_told_the_default():
    with pytest.raises(OptionError, match=r"ci='high' is not of type float\nhint: the default is 0.9"):
        check(parameters_of(notebook("ci: float = 0.9"), "t"), {"ci": "high"})


@pytest.mark.parametrize(
    ("annotation", "value", "hint"),
    [
        ("Literal['dark', 'bright']", "drak", "did you mean 'dark'?"),
        ("float | Literal['otsu', 'li']", "ostu", "did you mean 'otsu'?"),
        ("list[Literal['euler', 'chords']]", "euler, chord", "did you mean 'chords'?"),
        ("list[Literal['euler', 'chords']]", ["euler", "eulr"], "did you mean 'euler'?"),
        ("list[Literal['euler', 'chords']]", "x", "write a list with commas: -p p=euler,chords"),
        ("list[str] | None", 3, "write a list with commas: -p p=a,b"),
        ("list[str]", "[void_fraction", "write a list with commas: -p p=a,b"),
        ("float | list[float]", "1;2", "write a list with commas: -p p=0.5,0.5"),
        ("Literal[4, 8]", "six", None),
    ],
)
def test_what_does_not_fit_is_told_what_does(annotation, value, hint):
    with pytest.raises(OptionError) as error:
        read(annotation, value)
    assert error.value.hint == hint


def test_a_name_that_no_notebook_can_hold_is_refused():
    name = b"a\xff.tif".decode("utf-8", "surrogateescape")
    with pytest.raises(OptionError, match=r"p='a\\udcff\.tif' is not UTF-8, and cannot be written in a notebook"):
        read("str", name)


def test_parameters_are_described_with_the_comment_at_the_end_of_their_line():
    table = describe(parameters_of(notebook("a: int = ...  # how many\nb: list[str] = [\n  'x',\n]  # which"), "t"))
    assert table.loc["a"].tolist() == ["int", "required", "how many"]
    assert table.loc["b"].tolist() == ["list[str]", "['x']", "which"]


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("a: int = ", "not Python"),
        ("%matplotlib inline", "not Python"),
        ("a: int = 1\0", "not Python"),
        ("a = 1", "is not `name: type = default`"),
        ("a: int", "is not `name: type = default`"),
        ("a.b: int = 1", "is not `name: type = default`"),
        ("def f():\n    return 1", "'def f():' in the parameters cell is not"),
        ("a: dict = {}", "has a type that cannot be checked"),
        ("a: list = []", "has a type that cannot be checked"),
        ("a: list[dict] = []", "has a type that cannot be checked"),
        ("a: int & str = 1", "has a type that cannot be checked"),
        ("a: Literal[x] = 1", "has a type that cannot be checked"),
        ("a: 'int' = 1", "has a type that cannot be checked"),
        ("a: float = 2 * 3", "has a default that is no literal"),
        ("a: str = f()", "has a default that is no literal"),
        ("a: int = 'x'", "has a default that is not of its type"),
        ("a: float = None", "has a default that is not of its type"),
        ("a: list[int] = ['x']", "has a default that is not of its type"),
    ],
)
def test_a_bad_template_is_one_line(cell, says):
    with pytest.raises(ReportError) as error:
        parameters_of(notebook(cell), "mine.ipynb")
    assert error.value.message.startswith("mine.ipynb")
    assert says in error.value.message
    assert "\n" not in error.value.message
    assert error.value.hint


def test_a_template_needs_a_code_cell_with_the_tag():
    bare = notebook("a: int = 1")
    bare.cells[1].metadata.tags = []
    bare.cells[0].metadata.tags = ["parameters"]
    with pytest.raises(ReportError, match="no code cell tagged 'parameters'"):
        parameters_of(bare, "t")


def test_nothing_in_the_cell_is_run(tmp_path):
    touch = f"__import__('pathlib').Path({str(tmp_path / 'ran')!r}).touch()"
    for cell in (f"a: int = {touch}", f"a: {touch} = 1", f"a: list[{touch}] = []", touch):
        with pytest.raises(ReportError):
            parameters_of(notebook(cell), "t")
    assert list(tmp_path.iterdir()) == []
