"""Small templates, and a folder to run them in."""

from __future__ import annotations

from html.parser import HTMLParser

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


def notebook(parameters="", *cells):
    """A template as someone might write it: no kernel spec, no language."""
    tagged = new_code_cell(parameters, metadata={"tags": ["parameters"]})
    return new_notebook(cells=[new_markdown_cell("# Title\n\nWhat it is for."), tagged, *map(new_code_cell, cells)])


class Seen(HTMLParser):
    """What a browser makes of a page: its tags, and its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def template(folder):
    """Write a template: template("name", parameters, cell, cell, ...)."""

    def write(name, parameters="", *cells):
        path = folder / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook(parameters, *cells), path)
        return path

    return write
