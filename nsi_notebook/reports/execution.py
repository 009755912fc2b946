"""Run a notebook in a kernel of its own, and find out how it ended."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL
from typing import Any, ClassVar

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
        out, kernel = Path(folder) / "executed.ipynb", _kernel(folder)

        def run() -> None:
            execute_notebook(
                deepcopy(notebook), out, parameters=dict(values), kernel_name="python3", language="python", cwd=Path.cwd(),
                progress_bar={"desc": progress, "file": sys.stderr} if progress else False,
                kernel_manager_class=kernel, store_widget_state=False, log_output=False, timeout_func=lambda _: timeout,
            )  # fmt: skip

        done, is_stopped = _interruptible(run, kernel.end)
        try:
            done.result()
        except PapermillExecutionError as error:
            problem = Problem("failed", _one_line(error.ename, error.evalue), error.cell_index)
        except CellTimeoutError:
            problem = Problem("timeout", f"it took longer than {timeout:g} s")
        except DeadKernelError:
            problem = Problem("dead kernel", "the kernel died (out of memory, or it was ended)")
        except RuntimeError as error:  # so says nbclient that the kernel did not start
            problem = Problem("dead kernel", str(error))
        except asyncio.CancelledError:
            is_stopped = True
        if is_stopped:  # whatever came of it
            problem = Problem("stopped", "it was stopped")
        executed = remove_error_markers(nbformat.read(out, as_version=4)) if out.exists() else deepcopy(notebook)
    return executed, _placed(problem, executed)


def _interruptible(run: Callable[[], None], end: Callable[[], Coroutine[Any, Any, None]]) -> tuple[Future[None], bool]:
    """Run what uses nbclient, and then the coroutine `end`; an interrupt cancels the run, and is told.

    An interrupt that is raised inside an event loop leaves the tasks of nbclient behind: they go on while the kernel is shut
    down, and fail with nobody to hear it. So the loop is in a thread, where none is raised.
    """
    from jupyter_core.utils import ensure_event_loop

    with ThreadPoolExecutor(1, "nsi-report") as thread:
        loop = thread.submit(ensure_event_loop).result()  # the one that nbclient takes in this thread
        done = thread.submit(run)

        def cancel() -> None:
            for task in () if done.done() else asyncio.all_tasks(loop):
                task.cancel()

        is_stopped = _wait(done, lambda: loop.call_soon_threadsafe(cancel))
        ended = thread.submit(lambda: loop.run_until_complete(end()))
        is_stopped |= _wait(ended)
        loop.close()
        ended.result()
    return done, is_stopped


def _wait(done: Future[None], stop: Callable[[], object] = lambda: None) -> bool:
    """Wait, and at the first interrupt ask it to stop; others change nothing, as the end takes a few seconds at most."""
    is_stopped = False
    while True:
        try:
            wait([done])
            return is_stopped
        except KeyboardInterrupt:
            if not is_stopped:
                stop()
            is_stopped = True


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


def _kernel(folder: str) -> Any:
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class LocalKernel(AsyncKernelManager):
        """Runs this interpreter, and not one that happens to be called python3; over sockets in a folder of the user's."""

        made: ClassVar[list[LocalKernel]] = []

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.made.append(self)
            self.connection_file = str(Path(folder) / "kernel.json")
            self.transport = "ipc" if len(folder) <= LONGEST_SOCKET else "tcp"

        @classmethod
        async def end(cls) -> None:
            """End what nbclient leaves: a kernel whose start, or end, was cancelled."""
            for kernel in cls.made:
                if kernel.has_kernel:
                    await kernel.shutdown_kernel(now=True)

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
