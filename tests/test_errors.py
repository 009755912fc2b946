"""Errors say what was wrong, what was there and what to try."""

from __future__ import annotations

import pickle

import pytest

from nsi_notebook import errors
from nsi_notebook.errors import MissingExtraError, NsiError, OptionError, UnknownNameError


def test_the_docstring_draws_every_error():
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, NsiError)]
    assert len(kinds) == 19
    assert all(k.__name__ in errors.__doc__ for k in kinds)


def test_a_near_name_is_suggested_and_a_far_one_is_not():
    assert UnknownNameError.among("measure", "eulr", ["euler", "chords"]).hint == "did you mean 'euler'?"
    far = UnknownNameError.among("measure", "zzzz", [])
    assert far.hint is None
    assert str(far) == "unknown measure 'zzzz'; there is none"


def test_errors_are_also_those_of_python():
    assert issubclass(UnknownNameError, KeyError)
    assert issubclass(OptionError, ValueError)
    assert issubclass(MissingExtraError, ImportError)


@pytest.mark.parametrize(
    "error",
    [
        OptionError("what", "try"),
        NsiError("what"),
        MissingExtraError("reading FITS", "astropy", "fits"),
        UnknownNameError.among("x", "a", ["ab"]),
    ],
)
def test_errors_survive_a_process_boundary(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.hint == error.hint


def test_a_missing_extra_gives_the_install_line():
    assert "pip install 'nsi-notebook[fits]'" in str(MissingExtraError("reading FITS", "astropy", "fits"))
