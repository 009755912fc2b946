"""One server and one Chromium for the whole session."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .lab import Notebook, Server, chromium, find_chromium, serve


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium; without one the tests are left out, except under CI, where that is a failure."""
    executable = find_chromium()
    if executable is None:
        said = "no Chromium is installed (apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    with chromium(executable) as running:
        yield running


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Server]:
    """A JupyterLab server with settings of its own."""
    with serve(tmp_path_factory.mktemp("lab"), "lab") as server:
        yield server


@pytest.fixture(scope="session")
def notebook7(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Server]:
    """A Notebook 7 server with settings of its own."""
    with serve(tmp_path_factory.mktemp("notebook7"), "notebook") as server:
        yield server


@pytest.fixture
def open_notebook(browser: Any) -> Iterator[Callable[..., Notebook]]:
    """Open cells or a notebook file on a server: open_notebook(server, cells, name="test.ipynb")."""
    opened: list[Notebook] = []

    def open_one(server: Server, cells: list[str] | Path, name: str = "test.ipynb", **context: Any) -> Notebook:
        opened.append(Notebook.open(browser, server, cells, name, **context))
        return opened[-1]

    yield open_one
    for notebook in opened:
        notebook.page.close()
