"""How warnings of the package are shown: as errors are, in one line and a hint, without the line of code."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from ..errors import NsiWarning


@contextmanager
def plainly(prefix: str) -> Iterator[None]:
    """Write the warnings of the package to stderr, each once, the prefix first; others as ever.

    Examples
    --------
    >>> from contextlib import redirect_stderr
    >>> from nsi_notebook.errors import warn
    >>> with redirect_stderr(sys.stdout), plainly("nsi: warning: "):
    ...     warnings.simplefilter("always", NsiWarning)
    ...     warn("intervals in doubt: euler", "measure a larger window")
    nsi: warning: intervals in doubt: euler
    hint: measure a larger window
    """
    with warnings.catch_warnings():
        others, seen = warnings.showwarning, set[str]()

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if isinstance(message, NsiWarning):
                if str(message) not in seen:
                    sys.stderr.write(f"{prefix}{message}\n")
                seen.add(str(message))
            else:
                others(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        yield
