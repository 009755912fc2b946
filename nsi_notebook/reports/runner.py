"""Run a template, and write what came out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import OptionError, ReportError
from . import record as records
from .execution import Problem, execute
from .html import export
from .inputs import find_inputs
from .parameters import check, parameters_of
from .pdf import find_chromium, print_pdf
from .templates import find, load
from .writing import Outputs, as_json


@dataclass(frozen=True)
class ReportResult:
    """What a report wrote.

    Parameters
    ----------
    status : str
        "ok"; a run that fails raises instead.
    notebook, html, record : Path
        The executed notebook, the page, the run record (JSON).
    pdf : Path or None
        The PDF, if it was asked for.
    duration : float
        Seconds.
    """

    status: str
    notebook: Path
    html: Path
    record: Path
    pdf: Path | None
    duration: float

    def _paths(self) -> list[Path]:
        return [p for p in (self.html, self.pdf, self.notebook, self.record) if p is not None]

    def _repr_html_(self) -> str:
        return "report: " + ", ".join(f'<a href="{quote(str(p))}">{escape(p.name)}</a>' for p in self._paths())

    def __str__(self) -> str:
        return "\n".join(map(str, self._paths()))


def report(
    template: str | Path = "void-study",
    parameters: Mapping[str, Any] | None = None,
    output: str | Path | None = None,
    *,
    pdf: bool = False,
    timeout: float | None = None,
    progress: bool = True,
    force: bool = False,
) -> ReportResult:
    """Run a report template.

    Writes the executed notebook, a single HTML file that needs no network, and a record of the run (status, parameters, hash
    of the data, versions, durations).

    Parameters
    ----------
    template : str or Path
        Name of a template, or the path of a notebook with a cell tagged `parameters`. Its cells run in the current folder.
    parameters : mapping, optional
        Values for the template's parameters; checked against their types before anything runs.
    output : str or Path, optional
        Of the page (.html); the notebook and the record go beside it. Default: the template's name, here.
    pdf : bool
        Print the page to PDF as well, through a Chromium that is installed.
    timeout : float, optional
        Longest time for a cell, in seconds.
    progress : bool
        Show a progress bar on stderr.
    force : bool
        Replace the output if it is there, once the run has succeeded; one that fails leaves it as it was.

    Returns
    -------
    ReportResult
        Paths and duration.

    Raises
    ------
    UnknownNameError, OptionError, SpacingError, FileError
        If the template, a parameter or its data does not exist, a value does not fit, or the output cannot be written: before
        anything runs.
    ReportError
        If a cell fails or the kernel dies. The notebook as far as it came is kept as `<name>.partial.ipynb`, its record as
        `<name>.partial.json`, until a run succeeds.

    Examples
    --------
    >>> report("void-study", {"imag": "coins"})
    Traceback (most recent call last):
    ...
    nsi_notebook.errors.UnknownNameError: unknown parameter 'imag'; ...
    """
    source = find(template)
    notebook = load(source)
    wanted = parameters_of(notebook, source.name)
    values = check(wanted, parameters or {})
    data = find_inputs(wanted, values)
    if timeout is not None and not timeout > 0:
        raise OptionError(f"timeout={timeout:g} leaves a cell no time", "give it seconds, or leave it out")
    chromium = find_chromium() if pdf else None
    paths = Outputs.check(output if output is not None else f"{source.stem}.html", source, force=force, pdf=pdf)
    record = records.start(source, values, data)
    begun = time.perf_counter()
    executed, problem = execute(notebook, values, timeout=timeout, progress=paths.html.stem if progress else None)
    record["duration"] = round(time.perf_counter() - begun, 3)
    # papermill names its own temporary files here
    executed.metadata.papermill = executed.metadata.get("papermill", {}) | {
        "input_path": source.name,
        "output_path": (paths.partial if problem else paths.notebook).name,
    }
    record["cells"] = records.cells(executed, problem.cell if problem else None)
    if problem is not None:
        raise _failure(paths, record, executed, problem)
    written = [paths.html, paths.notebook, paths.record, *([paths.pdf] if pdf else [])]
    record |= {"status": "ok", "outputs": [path.name for path in written]}
    try:
        page = export(executed, str(values.get("title") or source.stem), record)
        printed = {} if chromium is None else {paths.pdf: print_pdf(page, chromium)}
    except ReportError as error:
        raise _failure(paths, record, executed, Problem("failed", error.message)) from error
    except KeyboardInterrupt:
        raise _failure(paths, record, executed, Problem("stopped", "it was stopped")) from None
    texts: dict[Path, str | bytes] = {paths.html: page, paths.notebook: _text(executed), **printed, paths.record: as_json(record)}
    paths.put(texts, instead_of=paths.left())
    return ReportResult("ok", paths.notebook, paths.html, paths.record, paths.pdf if pdf else None, record["duration"])


def _failure(paths: Outputs, record: Mapping[str, Any], executed: Any, problem: Problem) -> BaseException:
    """Keep what there is, and make the error that says where it is."""
    source = executed.cells[problem.cell].source if problem.cell is not None else ""
    failing = {"cell": problem.cell, "source": source, "error": problem.message}
    outputs = [paths.partial.name, paths.partial_record.name]
    failed = {**record, "status": problem.status, "outputs": outputs, "failing_cell": failing}
    paths.put({paths.partial: _text(executed), paths.partial_record: as_json(failed)})
    if problem.status == "stopped":
        return KeyboardInterrupt()
    where = f" in cell {problem.cell}" if problem.cell is not None else ""
    return ReportError(f"the report failed{where}: {problem.message}", f"the notebook as far as it came: {paths.partial}")


def _text(notebook: Any) -> str:
    import nbformat

    return str(nbformat.writes(notebook))
