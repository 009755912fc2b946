"""The version of code: another one where what runs is another."""

from __future__ import annotations

import functools
import sys
import textwrap
import types
from statistics import mean

import numpy as np
import pytest

from nsi_notebook.analytics.core.code import code_version
from nsi_notebook.analytics.storage.cache import Cache
from nsi_notebook.errors import OptionError


def made(text, name="f", module="lab", **known):
    """A function of a module of that source."""
    scope = {"__name__": module, **known}
    exec(compile(textwrap.dedent(text), "<lab>", "exec"), scope)
    return scope[name]


BASE = """
    LEVEL = 0.5
    def helper(x):
        return x + 1
    class Tool:
        def use(self, x):
            return x
    def f(x, y=2):
        return helper(x) * y + LEVEL + Tool().use(x)
"""


@pytest.mark.parametrize(("before", "after"), [
    ("* y", "- y"), ("y=2", "y=3"), ("y=2", "*, y=2"), ("LEVEL = 0.5", "LEVEL = 0.6"), ("x + 1", "x + 2"),
    ("return x\n    def f", "return -x\n    def f"),
])  # fmt: skip
def test_a_change_of_what_runs_is_seen(before, after):
    assert before in BASE
    assert code_version(made(BASE)) == code_version(made(BASE))
    assert code_version(made(BASE)) != code_version(made(BASE.replace(before, after)))


@pytest.mark.parametrize(("before", "after"), [
    ("LEVEL = 0.5", "LEVEL = 0.5  # comment"), ("LEVEL = 0.5", "\n\n    LEVEL = 0.5\n    OTHER = 3"),
    ("helper(x) * y", "(helper(x) * y)"),
])  # fmt: skip
def test_comments_places_and_what_it_does_not_use_do_not_count(before, after):
    assert code_version(made(BASE)) == code_version(made(BASE.replace(before, after)))


def test_what_it_encloses_counts():
    def outer(level):
        def inner(x):
            return x + level

        return inner

    assert code_version(outer(1)) == code_version(outer(1))
    assert code_version(outer(1)) != code_version(outer(2))
    assert code_version(functools.partial(made(BASE), y=1)) != code_version(functools.partial(made(BASE), y=2))


def test_functions_that_need_each_other_end():
    text = "def f(n):\n    return n and g(n - 1)\ndef g(n):\n    return f(n)\n"
    assert code_version(made(text)) == code_version(made(text))
    assert code_version(made(text)) != code_version(made(text.replace("f(n)\n", "f(n) + 1\n")))


def test_packages_count_by_their_version_and_modules_without_one_by_what_is_used(monkeypatch):
    package = types.ModuleType("instrument")
    package.__version__, package.read = "1", made("def read(x):\n    return x", "read", "instrument")
    monkeypatch.setitem(sys.modules, "instrument", package)
    text = "def f(x):\n    return instrument.read(x)"
    first = code_version(made(text, instrument=package))
    package.read = made("def read(x):\n    return -x", "read", "instrument")
    assert code_version(made(text, instrument=package)) == first
    package.__version__ = "2"
    assert code_version(made(text, instrument=package)) != first
    del package.__version__
    loose = code_version(made(text, instrument=package))
    package.read = made("def read(x):\n    return x", "read", "instrument")
    assert code_version(made(text, instrument=package)) != loose
    package.files = types.ModuleType("instrument.files")
    text = "def f(x):\n    return instrument.files.read(x)"
    package.files.read = made("def read(x):\n    return x", "read", "instrument.files")
    loose = code_version(made(text, instrument=package))
    package.files.read = made("def read(x):\n    return -x", "read", "instrument.files")
    assert code_version(made(text, instrument=package)) != loose


@pytest.mark.parametrize("function", [len, np.mean, np.add, mean, str.upper, "a".upper, np.random.Generator, sorted])
def test_functions_of_packages_and_of_python_have_a_version(function):
    assert code_version(function) == code_version(function)


def test_a_value_that_cannot_be_hashed_is_named_and_can_be_left_out():
    text = "def f(x):\n    log(x)\n    return x"
    log = type("Log", (), {"__call__": print})()
    with pytest.raises(OptionError, match=r"^log, which f\(\) uses from outside, is a .*Log, which cannot be hashed\nhint: "):
        code_version(made(text, log=log))
    assert code_version(made(text, log=log), ("log",)) == code_version(made(text, log=log), ("log",))


def test_what_wraps_a_cached_function_counts():
    def twice(function, times=2):
        @functools.wraps(function)
        def many(x):
            return times * function(x)

        return many

    cached = Cache(disk=0)(lambda x: x + 1)
    plain = cached.__wrapped__
    assert code_version(cached) == code_version(plain)
    assert len({code_version(f) for f in (cached, twice(cached), twice(cached, 3))}) == 3
