"""Templates are found by name or path, and what is none is said."""

from __future__ import annotations

import json

import nbformat
import pytest

from nsi_notebook.errors import FileError, ReportError, UnknownNameError
from nsi_notebook.reports import describe, list_templates
from nsi_notebook.reports.templates import find, load


def test_the_list_has_a_line_about_each():
    table = list_templates()
    assert table.loc["void-study", "description"].startswith("Marks the empty part")


def test_our_templates_hold_no_outputs_and_have_a_meaning_for_every_parameter():
    for name in list_templates().index:
        assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in load(find(name)).cells)
        assert (describe(name)["meaning"].str.len() > 5).all()


def test_a_template_is_found_by_its_path(template):
    path = template("mine", "n: int = 3  # how many")
    assert find("mine.ipynb").resolve() == path
    assert describe("mine.ipynb").loc["n"].tolist() == ["int", "3", "how many"]


def test_an_unknown_name_is_told_its_neighbour():
    with pytest.raises(UnknownNameError, match="did you mean 'void-study'"):
        find("void-stdy")


def test_a_missing_path_is_named(folder):
    with pytest.raises(FileError, match=r"there is no notebook 'nothing\.ipynb'"):
        find("nothing.ipynb")


CELL = {"cell_type": "code", "source": "n: int = 1", "metadata": {"tags": ["parameters"]}, "outputs": [], "execution_count": None}


@pytest.mark.parametrize(
    "text",
    ["", "hello", "3", "null", "[]", "{}", '{"nbformat": 4}', '{"nbformat": "4"}', '{"nbformat": 9, "nbformat_minor": 0}']
    + [
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}) for cells in (3, [{"cell_type": "code"}])
    ],
)
def test_what_is_no_notebook_is_one_line(folder, text):
    (folder / "bad.ipynb").write_text(text)
    with pytest.raises(ReportError, match=r"bad\.ipynb is no notebook") as error:
        load(folder / "bad.ipynb")
    assert "\n" not in error.value.message


def test_a_notebook_in_another_encoding_is_one_line(folder):
    (folder / "bad.ipynb").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReportError, match="is no notebook"):
        load(folder / "bad.ipynb")


def test_a_notebook_that_cannot_be_read_is_named(folder):
    (folder / "loop.ipynb").symlink_to("loop.ipynb")
    with pytest.raises(FileError, match=r"cannot read .*loop\.ipynb"):
        load(folder / "loop.ipynb")


@pytest.mark.filterwarnings("error")
def test_cells_without_an_id_are_no_trouble(folder):
    (folder / "old.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [CELL]}))
    assert len(load(folder / "old.ipynb").cells) == 1


def test_a_notebook_of_an_older_format_is_read(folder):
    worksheet = {"cells": [{"cell_type": "code", "input": "a = 1", "language": "python", "outputs": []}]}
    (folder / "v3.ipynb").write_text(json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [worksheet]}))
    assert load(folder / "v3.ipynb").cells[0].source == "a = 1"
    assert load(folder / "v3.ipynb").nbformat == nbformat.current_nbformat
