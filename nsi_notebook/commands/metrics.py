"""`metrics`: what the running engine counts and times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from .annotations import Time, names

if TYPE_CHECKING:
    from ..analytics.core.readings import Readings


class Exposition(str):
    """The text that Prometheus reads; a notebook shows it as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def metrics(
    name: Annotated[str, names("metrics")] | None = None,
    *,
    since: Time | None = None,
    until: Time | None = None,
    prometheus: bool = False,
) -> Readings | Exposition:
    """Show what the running engine counts and times.

    Cells record with `e.metrics.counter(...)`, where `%nsi e << engine start`.

    Parameters
    ----------
    name : str, optional
        Only this metric.
    prometheus : bool
        All since the start, as the text that Prometheus reads.

    Returns
    -------
    Readings or str
        A table in a notebook, one row for each metric and its tags: of a counter the total and of a gauge the last value,
        since the start or in the range; of histograms and timers count, mean, median, p95 and p99 of what is kept. It has
        `to_pandas()`.

    Examples
    --------
    >>> from nsi_notebook.commands.engine import engine
    >>> e = engine("start", inline=True)
    >>> e.metrics.counter("frames", "Frames that were read", tags={"line": "3"}).inc()
    >>> metrics("frames")
    metric  kind     tags    total
    frames  counter  line=3      1
    >>> stopped = engine("stop")
    """
    from ..analytics.core.readings import readings
    from ..errors import OptionError
    from .running import current

    held = current().metrics
    if prometheus:
        for flag, value in (("name", name), ("--since", since), ("--until", until)):
            if value is not None:
                raise OptionError(
                    f"{flag} has no meaning with --prometheus, which shows all since the start", f"leave {flag} out"
                )
        return Exposition(held.exposition())
    return readings(held, name, since, until)
