"""From words to a call."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsi_notebook.commands import Call, Help, parse, split
from nsi_notebook.errors import NsiError, OptionError, UnknownNameError

TOGETHER = "say it once; several values go together: --set boxes=2,4,8"


def values(line, body=None):
    return parse(split(line), "%nsi", body).values


def test_positionals_options_and_lists():
    assert values("measure mask void_fraction chords --ci 0.95 --dims y x") == {
        "mask": "mask",
        "measures": ["void_fraction", "chords"],
        "ci": 0.95,
        "dims": ["y", "x"],
    }


def test_options_may_stand_anywhere():
    assert values("measure mask --ci 0.9 chords --connectivity 8") == {
        "mask": "mask",
        "measures": ["chords"],
        "ci": 0.9,
        "connectivity": 8,
    }


def test_a_threshold_is_a_number_and_may_be_negative():
    assert values("void image --method -12.5")["method"] == -12.5
    assert values("void image --method=1e3")["method"] == 1000.0
    assert values("void image --method -1e5")["method"] == -1e5
    assert values("void image --method -.5e-3")["method"] == -0.0005
    assert values("open image --spacing -1e-3 2")["spacing"] == [-1e-3, 2]
    assert values("void image --method li")["method"] == "li"


def test_behind_two_dashes_nothing_is_an_option():
    assert values("open -- -x.tif") == {"path": "-x.tif"}
    assert values("measure --dims y x -- -x.tif -q --ci") == {"mask": "-x.tif", "measures": ["-q", "--ci"], "dims": ["y", "x"]}
    assert values("measure --ci 0.9 mask -- chords") == {"mask": "mask", "measures": ["chords"], "ci": 0.9}
    assert values("open -- --help") == {"path": "--help"}
    with pytest.raises(OptionError, match="nothing takes '-b'"):
        values("open a -- -b")
    with pytest.raises(OptionError, match="expected one argument"):
        values("measure mask --ci -- 0.9")


def test_key_value_pairs():
    found = values("report void-study -p image='my stack.tif' -p title=a=b --pdf -o out.html")
    assert found == {
        "template": "void-study",
        "parameters": {"image": "my stack.tif", "title": "a=b"},
        "pdf": True,
        "output": "out.html",
    }
    assert values("void image --method sauvola --set window=31 --set k=0.2 --set axes=[1,2] --set name=inner")["set"] == {
        "window": 31,
        "k": 0.2,
        "axes": [1, 2],
        "name": "inner",
    }


@pytest.mark.parametrize("written", ["boxes=2,4,8", "boxes=[2,4,8]", "'boxes=(2, 4, 8)'", "boxes=2,4,8,"])
def test_a_list_is_written_with_commas(written):
    assert values(f"measure mask lacunarity --set {written} --set q=0.1,0.5 --set name=a,b") == {
        "mask": "mask",
        "measures": ["lacunarity"],
        "set": {"boxes": [2, 4, 8], "q": [0.1, 0.5], "name": "a,b"},
    }


def test_a_body_is_options():
    body = 'dims = ["y", "x"]\nci = 0.9\nmeasures = "chords"\nedge = "inner"\n'
    assert values("measure mask", body) == {
        "mask": "mask",
        "dims": ["y", "x"],
        "ci": 0.9,
        "measures": ["chords"],
        "set": {"edge": "inner"},
    }


def test_a_body_may_hold_the_data():
    assert values("measure", 'mask = "mask"') == {"mask": "mask"}


def test_the_body_of_a_report_is_its_parameters():
    assert values("report void-study -p ci=0.9", 'image = "gravel"\nlevels = [1, 2]') == {
        "template": "void-study",
        "parameters": {"image": "gravel", "levels": [1, 2], "ci": "0.9"},
    }


def test_an_empty_body_is_none():
    assert values("measure mask", "\n  \n") == {"mask": "mask"}


@pytest.mark.parametrize(
    ("line", "kind", "says", "hint"),
    [
        ("mesure mask", UnknownNameError, "unknown verb 'mesure'", "did you mean 'measure'?"),
        ("measure", OptionError, "required: MASK", "%nsi measure --help"),
        ("measure mask --cii 0.9", UnknownNameError, "unknown option of measure '--cii'", "did you mean '--ci'?"),
        ("measure mask --conn 4", UnknownNameError, "'--conn'", "did you mean '--connectivity'?"),
        ("measure mask --ci", OptionError, "expected one argument", "%nsi measure --help"),
        ("measure mask --ci nan", OptionError, "--ci must be a number, not 'nan'", None),
        ("measure mask --ci high", OptionError, "--ci must be a number, not 'high'", None),
        ("measure mask --connectivity 4.5", OptionError, "--connectivity must be a whole number, not '4.5'", None),
        ("void image --phase drak", UnknownNameError, "unknown phase 'drak'", "did you mean 'dark'?"),
        ("void image otsu", OptionError, "nothing takes 'otsu'", "%nsi void --help"),
        ("void image --set window", OptionError, "takes key=value, not 'window'", "--set boxes=2,4,8"),
        ("report void-study -p image", OptionError, "takes key=value, not 'image'", "-p image=gravel"),
        ("measure mask --set boxes=2 --set boxes=4", OptionError, "boxes is given twice", TOGETHER),
        ("report void-study -p ci=0.9 -p ci=0.8", OptionError, "ci is given twice", "say it once"),
        ("void 'image", OptionError, "a quotation is not closed", "close it, or leave the quote out"),
        ("--ci 0.9", OptionError, "a verb comes first, not '--ci'", None),
        ("samples gravel", OptionError, "nothing takes 'gravel'", "%nsi samples --help"),
    ],
)
def test_a_wrong_line_says_what_and_what_to_try(line, kind, says, hint):
    with pytest.raises(kind) as caught:
        values(line)
    assert says in caught.value.message
    assert "\n" not in caught.value.message
    assert hint is None or caught.value.hint == hint


@pytest.mark.parametrize(
    ("body", "says", "hint"),
    [
        ("method = li", "the body is not `key = value` lines", 'text is quoted: method = "li"'),
        ('phase = "drak"', "unknown phase 'drak'", "did you mean 'dark'?"),
        ("ci = true", "--ci must be a number, not True", None),
        ("conectivity = 4", "unknown option of open 'conectivity'", None),
        ("dims = [1]", "--dims must be text, not 1", None),
    ],
)
def test_a_wrong_body(body, says, hint):
    with pytest.raises(NsiError) as caught:
        values("open mask" if "con" in body else "measure mask", body)
    assert says in caught.value.message
    assert hint is None or caught.value.hint == hint


def test_an_option_is_said_once():
    with pytest.raises(OptionError, match="both on the line and in the body"):
        values("measure mask --ci 0.9", "ci = 0.8")


def test_help_is_asked_for_anywhere():
    assert isinstance(parse([]), Help)
    assert isinstance(parse(["measure", "--ci", "0.9", "--help"]), Help)
    assert "--connectivity" in parse(["measure", "-h"]).text


def test_a_backslash_is_a_letter():
    assert split(r"open C:\data\a.tif") == ["open", r"C:\data\a.tif"]
    assert split("open café.tif # 1") == ["open", "café.tif", "#", "1"]


@given(st.lists(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1), max_size=5))
def test_quoted_words_come_back(words):
    plain = [word for word in words if "'" not in word and "\\" not in word]
    assert split(" ".join(shlex.quote(word) for word in plain)) == plain


def attempt(words, body=None):
    """Parse: a call, help, or one of our errors, which says something."""
    try:
        found = parse(split(words), "%nsi", body)
    except NsiError as error:
        found = error
    assert isinstance(found, Call | Help) or found.message.strip()


@given(st.text(max_size=60))
def test_any_line_makes_a_call_or_one_of_our_errors(line):
    attempt(line)


@given(st.sampled_from(["measure", "void", "report", "plot", "open", "samples"]), st.text("-=ab y'\"0.%\n", max_size=30))
def test_any_words_after_a_verb(verb, rest):
    attempt(f"{verb} {rest}")


@given(st.text(max_size=60))
def test_any_body(body):
    attempt("measure mask", body)


def test_the_body_of_a_verb_with_a_mapping_holds_its_options():
    call = parse(["representative", "mask"], "%nsi", 'width = 0.1\nat = {axis = "x"}')
    assert call.values == {"mask": "mask", "width": 0.1, "at": {"axis": "x"}}


def test_the_body_that_is_text_is_taken_as_it_is():
    text = "select *\nfrom samples -- where = 1"
    assert parse(["sql", "--store", "runs"], "%nsi", f"\n{text}\n").values == {"query": text, "store": "runs"}
