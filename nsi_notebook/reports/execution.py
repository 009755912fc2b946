"""Run a notebook in a kernel of its own, and find out how it ended."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from .record import began

LONGEST_SOCKET = 80  # letters of a folder: a socket's path may have 107


@dataclass(frozen=True)
class Problem:
    """Why a run failed: "failed", "dead kernel", "timeout" or "stopped"; what was said; in which cell, None if in none."""

    status: str
    message: str
    cell: int | None = None


def execute(
    notebook: Any, values: Mapping[str, Any], *, timeout: float | None = None, progress: str | None = None
) -> tuple[Any, Problem | None]:
    """Run a notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With a cell tagged `parameters`; it stays as it is.
    values : mapping
        Of the parameters.
    timeout : float, optional
        Longest time for a cell, in seconds.
    progress : str, optional
        Label of a progress bar on stderr; none without.

    Returns
    -------
    NotebookNode, Problem or None
        The notebook as far as it came, and what went wrong.
    """
    import nbformat
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill import execute_notebook
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import remove_error_markers

    problem: Problem | None = None
    with tempfile.TemporaryDirectory(prefix="nsi-") as folder, _quiet():
        out = Path(folder) / "executed.ipynb"
        try:
            execute_notebook(
                deepcopy(notebook), out, parameters=dict(values), kernel_name="python3", language="python", cwd=Path.cwd(),
                progress_bar={"desc": progress, "file": sys.stderr} if progress else False,
                kernel_manager_class=_kernel(folder), store_widget_state=False, log_output=False, timeout_func=lambda _: timeout,
            )  # fmt: skip
        except PapermillExecutionError as error:
            problem = Problem("failed", _one_line(error.ename, error.evalue), error.cell_index)
        except CellTimeoutError:
            problem = Problem("timeout", f"it took longer than {timeout:g} s")
        except DeadKernelError:
            problem = Problem("dead kernel", "the kernel died (out of memory, or it was ended)")
        except RuntimeError as error:  # so says nbclient that the kernel did not start
            problem = Problem("dead kernel", str(error))
        except KeyboardInterrupt:
            problem = Problem("stopped", "it was stopped")
        executed = remove_error_markers(nbformat.read(out, as_version=4)) if out.exists() else deepcopy(notebook)
    return executed, _placed(problem, executed)


def _placed(problem: Problem | None, executed: Any) -> Problem | None:
    """Name the cell, and say more where the exception said nothing."""
    begun = [index for index, cell in enumerate(executed.cells) if began(cell)]
    if problem is None:
        # papermill takes sys.exit() for a good end
        left = [o for i in begun for o in executed.cells[i].outputs if o.output_type == "error"]
        return Problem("failed", f"{left[0].ename} ended it early", begun[-1]) if left else None
    cell = problem.cell if problem.cell is not None else begun[-1] if begun else None
    message = problem.message
    if cell is not None and message == "CellExecutionError":  # IPython's UsageError is not among the outputs, only on stderr
        streams = [o.text.strip() for o in executed.cells[cell].outputs if o.output_type == "stream" and o.name == "stderr"]
        message = streams[-1].splitlines()[-1] if streams else message
    return Problem(problem.status, message, cell)


def _one_line(name: str, value: str) -> str:
    """Say what an exception says in one line, the hint of ours with it."""
    said = "; ".join(line.strip() for line in value.replace("\nhint: ", "\n").splitlines() if line.strip())
    return f"{name}: {said}".removesuffix(": ")


def _kernel(folder: str) -> type:
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class LocalKernel(AsyncKernelManager):
        """Runs this interpreter, and not one that happens to be called python3; over sockets in a folder of the user's."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.connection_file = str(Path(folder) / "kernel.json")
            self.transport = "ipc" if len(folder) <= LONGEST_SOCKET else "tcp"

        @property
        def kernel_spec(self) -> KernelSpec:
            command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=command, display_name="Python 3", language="python")

        async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
            # elsewhere than in Jupyter plotly chooses renderers that leave no figure in the notebook
            environment = os.environ | {"PLOTLY_RENDERER": "plotly_mimetype"}
            # what cells print comes through the sockets; what is left is chatter
            await super().start_kernel(**options, env=environment, stdout=DEVNULL, stderr=DEVNULL)

    return LocalKernel


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence papermill, which says to the log what we say in one line."""
    logger = logging.getLogger("papermill")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
