"""Tab in a shell."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nsi_notebook.commands.table import VERBS
from nsi_notebook.magics import load_ipython_extension, unload_ipython_extension


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("empty"))
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
        load_ipython_extension(shell)
        shell.push({"image": xr.DataArray(np.zeros((2, 2))), "img2": np.zeros((2, 2)), "imagine": 3})
        yield shell


def tab(shell, text):
    """What Tab puts in the place of which piece, and of which kind."""
    with provisionalcompleter():
        found = list(shell.Completer.completions(text, len(text)))
    return [(text[: c.start] + c.text, c.type) for c in found]


def whole(shell, text):
    return [line for line, _ in tab(shell, text)]


def test_verbs(shell):
    assert whole(shell, "%nsi ") == [f"%nsi {verb}" for verb in (*VERBS, "--help")]
    assert tab(shell, "%nsi mea") == [("%nsi measure", "verb")]
    assert whole(shell, "%%nsi mea") == ["%%nsi measure"]
    assert whole(shell, "x = %nsi mea") == ["x = %nsi measure"]
    assert whole(shell, "%nsi r << mea") == ["%nsi r << measure"]
    assert whole(shell, "a = 1\n%nsi mea") == ["a = 1\n%nsi measure"]


def test_the_rest(shell):
    assert tab(shell, "%nsi measure ima") == [("%nsi measure image", "variable")]
    assert whole(shell, "%nsi measure im") == ["%nsi measure image", "%nsi measure img2"]
    assert whole(shell, "%nsi void image --ph") == ["%nsi void image --phase"]
    assert whole(shell, "%nsi void image --phase=b") == ["%nsi void image --phase=bright"]
    assert whole(shell, "%nsi void image --phase ") == ["%nsi void image --phase dark", "%nsi void image --phase bright"]
    assert whole(shell, "%nsi measure image two") == ["%nsi measure image two_point"]


def test_in_the_body_of_a_cell(shell):
    assert tab(shell, "%%nsi measure image\nconn") == [("%%nsi measure image\nconnectivity = ", "option")]
    assert whole(shell, '%%nsi void image\nphase = "b') == ['%%nsi void image\nphase = "bright"']


def test_other_lines_are_left_alone(shell):
    assert "verb" not in {kind for _, kind in tab(shell, "nsi mea")}
    assert "verb" not in {kind for _, kind in tab(shell, "%nsi2 me")}
    assert "imagine" in whole(shell, "imagi")


def test_unloading_takes_it_away_and_reloading_gives_one_set(shell):
    load_ipython_extension(shell)
    assert whole(shell, "%nsi mea") == ["%nsi measure"]
    unload_ipython_extension(shell)
    assert "verb" not in {kind for _, kind in tab(shell, "%nsi mea")}
    load_ipython_extension(shell)
    assert whole(shell, "%nsi mea") == ["%nsi measure"]
