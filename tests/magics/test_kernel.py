"""`%nsi` in a real kernel, and in notebooks run by nbclient, papermill and nbval."""

from __future__ import annotations

import os
import subprocess
import sys
from queue import Empty

import nbformat
import papermill
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

LOAD = """%load_ext nsi_notebook.magics
import numpy as np, xarray as xr
mask = xr.DataArray(np.eye(6, dtype=bool), dims=("y", "x"))"""
SPEC = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kernel")
    home = {**os.environ, "IPYTHONDIR": str(folder / "ipython")}
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder), env=home)
    assert execute(client, LOAD)["status"] == "ok"
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def execute(client, code):
    """Run a cell: the reply, with the outputs beside it."""
    message = client.execute(code)
    outputs = []
    while True:
        try:
            found = client.get_iopub_msg(timeout=60)
        except Empty:
            raise AssertionError("the kernel says nothing") from None
        if found["parent_header"].get("msg_id") != message:
            continue
        if found["msg_type"] == "status" and found["content"]["execution_state"] == "idle":
            break
        outputs.append((found["msg_type"], found["content"]))
    return {**answer(client, message), "outputs": outputs}


def answer(client, message):
    """The reply to a message: replies to others, that came late, are passed over."""
    while True:
        found = client.get_shell_msg(timeout=60)
        if found["parent_header"].get("msg_id") == message:
            return found["content"]


def complete(client, code):
    return answer(client, client.complete(code))


def test_a_result_is_shown(client):
    reply = execute(client, "%nsi measure mask void_fraction euler")
    shown = dict(reply["outputs"])["execute_result"]["data"]
    assert reply["status"] == "ok"
    assert "euler_number" in shown["text/plain"]
    assert "text/html" in shown


def test_an_error_is_an_error_output_of_two_lines(client):
    reply = execute(client, "%nsi measure mask eulr")
    shown = dict(reply["outputs"])["error"]
    assert reply["status"] == "error"
    assert shown["ename"] == "UnknownNameError"
    assert len(shown["traceback"]) == 2
    assert shown["traceback"][0].startswith("UnknownNameError: unknown measure 'eulr'; there are: ")
    assert shown["traceback"][1] == "hint: did you mean 'euler'?"


def test_a_bare_cell_magic_runs(client):
    assert execute(client, "%%nsi r << measure mask void_fraction")["status"] == "ok"
    assert execute(client, "%%nsi mesure mask")["status"] == "error"


def test_documentation(client):
    found = answer(client, client.inspect("%nsi", 4))
    assert "%nsi [name <<] VERB" in found["data"]["text/plain"]


def test_tab(client):
    reply = complete(client, "%nsi ")
    assert reply["matches"] == ["open", "void", "measure", "components", "plot", "report", "watch", "samples", "--help"]
    assert {m["type"] for m in reply["metadata"]["_jupyter_types_experimental"]} == {"verb", "option"}
    reply = complete(client, "%nsi measure mask --conn")
    assert (reply["matches"], reply["cursor_start"], reply["cursor_end"]) == (["--connectivity"], 18, 24)
    assert complete(client, "%nsi measure ma")["matches"] == ["mask"]
    assert complete(client, "%nsi measure mask eul")["matches"] == ["euler"]


def notebook(*cells):
    made = nbformat.v4.new_notebook(metadata=SPEC)
    made.cells = [nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(cells)]
    return made


def test_a_failing_line_fails_under_nbclient_and_papermill(tmp_path):
    failing = notebook(LOAD, "%nsi measure mask eulr")
    with pytest.raises(CellExecutionError, match="did you mean 'euler'"):
        NotebookClient(failing, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    nbformat.write(notebook(LOAD, "%%nsi mesure mask"), tmp_path / "failing.ipynb")
    with pytest.raises(papermill.PapermillExecutionError, match="did you mean 'measure'"):
        papermill.execute_notebook(tmp_path / "failing.ipynb", None, progress_bar=False, cwd=tmp_path)


def test_a_failing_line_fails_under_nbval(tmp_path):
    nbformat.write(notebook(LOAD, "%nsi measure mask eulr"), tmp_path / "failing.ipynb")
    nbformat.write(notebook(LOAD, "%nsi r << measure mask euler"), tmp_path / "passing.ipynb")
    words = f"{sys.executable} -m pytest --nbval-lax -q -p no:cacheprovider -c {os.devnull} --rootdir . .".split()
    run = subprocess.run(words, capture_output=True, text=True, timeout=240, cwd=tmp_path, check=False)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "1 failed, 3 passed" in run.stdout
    assert "failing.ipynb::Cell 1" in run.stdout
