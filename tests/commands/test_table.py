"""The table, and the faces that are grown from it: they list the same verbs and options."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import pytest

from nsi_notebook.commands import VERBS, Call, Help, help_text, parse
from nsi_notebook.commands.completing import complete_body, complete_line
from nsi_notebook.commands.names import NAMES
from nsi_notebook.commands.settings import names as setting_names
from nsi_notebook.commands.shared import SHARED

PROMISED = [
    "open", "void", "measure", "curves", "components", "map", "persistence", "compare", "representative", "preset", "plot",
    "report", "watch", "samples", "engine", "emit", "window", "sql", "metrics",
    "describe", "test", "correlate", "regress", "detect", "trend", "changes", "forecast", "alarms",
]  # fmt: skip


def test_the_promised_verbs_are_there():
    assert list(VERBS) == PROMISED


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_every_argument_is_described_once(verb):
    described = re.findall(r"^(\S[^:\n]*?)(?: : .*)?$", _parameters(verb.function), flags=re.MULTILINE)
    own = [name.lstrip("*") for name in described]
    there = list(inspect.signature(verb.function).parameters)
    assert own == [name for name in there if name in own]
    assert {*there} <= {*own, *SHARED}
    for argument in verb.arguments:
        assert (argument.help != SHARED.get(argument.name)) == (argument.name in own or argument.rest), argument.name
    assert verb.summary.endswith(".")
    for argument in verb.arguments:
        assert argument.help, f"{verb.name} {argument.name} has no help"
        assert argument.role.kind != "names" or argument.role.of in NAMES


def test_what_is_shared_is_said_by_several_verbs():
    for name, help in SHARED.items():
        told = [verb.name for verb in VERBS.values() if (argument := verb.argument(name)) and argument.help == help]
        assert len(told) > 1, f"{name}: only {told}"


def _parameters(function):
    doc = inspect.getdoc(function)
    return "" if "Parameters\n" not in doc else doc.split("Parameters\n----------\n")[1].split("\n\nReturns")[0]


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
@pytest.mark.parametrize("prog", ["nsi", "%nsi"])
def test_help_parsing_and_completion_know_the_same_options(verb, prog):
    flags = {a.flag for a in verb.options}
    assert set(re.findall(r"^ +(?:-\w[ \w|=]*, )?(--[\w-]+)", help_text(prog, verb), flags=re.MULTILINE)) == flags | {"--help"}
    assert {text for text, _ in complete_line(f"{verb.name} --")[1]} == flags | {"--help"}
    if verb.of_role("pairs") is None and verb.of_role("text") is None:  # whose body holds no options
        assert {text.removesuffix(" = ") for text, _ in complete_body(verb.name, "")[1]} == {
            a.name for a in verb.arguments if not a.rest
        }
    for argument in verb.options:
        words = [argument.flag] if argument.switch else [argument.flag, _example(argument)]
        data = [a.choices[0] if a.choices else "x" if str in a.types else "1" for a in verb.positionals if a.required]
        call = parse([verb.name, *data, *words], prog)
        assert isinstance(call, Call)
        assert argument.name in call.values


def test_help_shows_percent_signs_as_they_are_typed():
    assert "the cell under `%%nsi sql` is" in help_text("%nsi", VERBS["sql"])
    for verb in VERBS.values():
        assert "%%%" not in help_text("%nsi", verb)
        assert "%%nsi e <<" not in help_text("%nsi", verb)


def test_help_calls_durations_and_times_by_name():
    said = "".join(help_text("nsi", VERBS[verb]) for verb in ("engine", "window", "metrics", "emit"))
    found = dict(re.findall(r"^  (--[\w-]+) ([A-Z]+)", said, flags=re.MULTILINE))
    told = {flag: found[flag] for flag in ("--flush-every", "--ahead", "--every", "--since", "--until", "--time")}
    assert told == dict.fromkeys(("--flush-every", "--ahead", "--every"), "DURATION") | dict.fromkeys(
        ("--since", "--until", "--time"), "TIME"
    )


def _example(argument):
    return argument.choices[0] if argument.choices else "a=1" if argument.mapping else "1"


def test_the_verbs_of_help_and_completion():
    listed = re.findall(r"^    (\w+)(?=\s|$)", help_text("nsi"), flags=re.MULTILINE)
    assert [name for name in listed if name != "VERB"] == PROMISED
    assert [text for text, kind in complete_line("")[1] if kind == "verb"] == PROMISED


def test_every_setting_is_an_option_of_a_verb():
    for name in setting_names():
        assert any(verb.argument(name) for verb in VERBS.values()), name


def test_percent_signs_survive_argparse():
    assert isinstance(parse(["--help"], "%nsi"), Help)
    assert "usage: %nsi [" in help_text("%nsi")
    assert "usage: %nsi measure" in help_text("%nsi", VERBS["measure"])


def test_the_commands_import_nothing_heavy():
    code = "import sys, nsi_notebook.commands.table as t, nsi_notebook.cli; t.VERBS; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pandas", "xarray", "IPython", "plotly", "scipy", "numba", "traitlets"} & set(loaded)
