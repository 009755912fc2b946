"""Where a report goes: checked before the run, and put there whole or not at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ..errors import FileError, OptionError
from ..voids.placing import replacing, writing


@dataclass(frozen=True)
class Outputs:
    """The files of a report; they share the name of the page."""

    html: Path

    @property
    def notebook(self) -> Path:
        """The executed notebook."""
        return self.html.with_suffix(".ipynb")

    @property
    def record(self) -> Path:
        """The record of the run."""
        return self.html.with_suffix(".json")

    @property
    def pdf(self) -> Path:
        """The page as PDF."""
        return self.html.with_suffix(".pdf")

    @property
    def partial(self) -> Path:
        """The notebook of a run that failed, as far as it came."""
        return self.html.with_suffix(".partial.ipynb")

    @property
    def partial_record(self) -> Path:
        """The record of a run that failed."""
        return self.html.with_suffix(".partial.json")

    @classmethod
    def check(cls, page: str | Path, template: Path, *, force: bool, pdf: bool = False) -> Outputs:
        """Find out before the run whether it may and can be written there; make the folder.

        Raises
        ------
        OptionError
            If the name is not that of a page, or the notebook would replace the template.
        FileError
            If something is there and `force` is not set, or the folder cannot be written to.
        """
        self = cls(Path(page).expanduser())
        if self.html.suffix != ".html":
            raise OptionError(
                f"output {self.html.name!r} is no page", "give it the suffix .html; the notebook is written beside it"
            )
        if template.resolve() in (self.notebook.resolve(), self.partial.resolve()):
            raise OptionError(f"the output would replace the template {template.name}", "choose another output")
        written = [self.html, self.notebook, self.record, *([self.pdf] if pdf else [])]
        folders = [p.name for p in (*written, self.partial, self.partial_record) if p.is_dir()]
        if folders:
            raise FileError(f"{folders[0]!r} is a folder", "choose another output")
        there = [p.name for p in written if p.exists()]
        if there and not force:
            raise FileError(f"{there[0]} exists already", "choose another output, or replace it: force=True")
        make_folder(self.html.parent)
        return self

    def left(self) -> set[Path]:
        """Name what earlier runs left: the rest of one that failed, and the PDF if the record says that it is theirs."""
        return {self.partial, self.partial_record, *([self.pdf] if self.pdf.name in _outputs(self.record) else [])}

    def put(self, texts: Mapping[Path, str | bytes], instead_of: Collection[Path] = ()) -> None:
        """Write these files, and then take away those that they stand instead of."""
        with ExitStack() as each:  # all are written before the first takes its place; the last that is opened is the first
            for path, text in reversed(list(texts.items())):
                each.enter_context(replacing(path)).write_bytes(text.encode() if isinstance(text, str) else text)
        with writing(self.html.parent):
            for path in set(instead_of) - set(texts):
                path.unlink(missing_ok=True)


def _outputs(record: Path) -> Collection[str]:
    """Names of the files that a record says were written; none if it is no record of ours."""
    try:
        told = json.loads(record.read_bytes())
    except (OSError, ValueError):
        return ()
    named = told.get("outputs") if isinstance(told, dict) else None
    return named if isinstance(named, list) else ()


def make_folder(folder: Path) -> None:
    """Make a folder that can be written to.

    Raises
    ------
    FileError
        If it cannot be.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()


def as_json(value: object) -> str:
    """Write JSON for people to read."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"
