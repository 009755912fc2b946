"""`metrics`: what the running engine counts and times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from .annotations import Time, names

if TYPE_CHECKING:
    import pandas as pd


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
) -> pd.DataFrame | Exposition:
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
    DataFrame or str
        One row for each metric and its tags; of a counter, of what was added each time.

    Examples
    --------
    >>> from nsi_notebook.commands.engine import engine
    >>> e = engine("start", inline=True)
    >>> e.metrics.counter("frames", "Frames that were read", tags={"line": "3"}).inc()
    >>> metrics("frames")[["metric", "tags", "count"]].to_dict("list")
    {'metric': ['frames'], 'tags': ['line=3'], 'count': [1]}
    >>> stopped = engine("stop")
    """
    import pandas as pd

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
    rows: list[dict[str, Any]] = []
    for each in held.names if name is None else [name]:
        found = held.query(each, since=since, until=until)
        unit = str(found["mean"].attrs["units"])
        tags = [str(c) for c in found.coords]
        for i in range(found.sizes.get("series", 1)):
            one = found.isel(series=i) if "series" in found.dims else found
            told = ", ".join(f"{tag}={one[tag].item()}" for tag in tags)
            numbers = {str(n): one[n].item() for n in found.data_vars if n != "exact"}
            rows.append({"metric": each, "kind": found.attrs["kind"], "tags": told, "unit": unit, **numbers})
    return pd.DataFrame(rows)
