"""How far a computation on chunks is, on a terminal."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from typing import Any

DELAY = 1.0  # seconds before a bar is shown


def progress(what: str) -> AbstractContextManager[Any]:
    """Show a bar of the tasks that Dask does inside, where somebody looks at the terminal.

    Parameters
    ----------
    what : str
        Said beside the bar.
    """
    from tqdm import tqdm
    from tqdm.dask import TqdmCallback

    seen = sys.stderr.isatty()
    bar: AbstractContextManager[Any] = TqdmCallback(
        tqdm_class=tqdm, desc=what, unit="task", delay=DELAY, leave=False, disable=not seen, file=sys.stderr
    )
    return bar
