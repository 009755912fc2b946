"""`sql`: a question to a store, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from .annotations import Output, Role, Store

if TYPE_CHECKING:
    from ..analytics.storage import Answer

SUFFIXES = (".csv", ".json")


def sql(
    query: Annotated[str, Role("text", of="sql", within="store")],
    *,
    parameters: Annotated[dict[str, Any], Role("bound", short="-p")] | None = None,
    store: Store | None = None,
    output: Output | None = None,
    force: bool = False,
) -> Answer:
    """Ask a store in SQL, which only reads.

    It sees samples(time, series, value, unit, tags, id), where series is the name and tags a map, as in tags['line'], and
    series(id, name, unit, tags). In a notebook the cell under `%%nsi sql` is the question.

    Parameters
    ----------
    query : str
        One SELECT, in the SQL of DuckDB.
    parameters : key=value, optional
        Values for $key in it: numbers, true, false and times as they are; anything else is text.
    output : path, optional
        Write the answer: .csv or .json, one row a row.

    Returns
    -------
    Answer
        A table in a notebook; it has `to_pandas()`, `to_xarray()`, `to_polars()` and `to_arrow()`.

    Examples
    --------
    >>> from nsi_notebook.analytics import TimeSeriesDatabase
    >>> from nsi_notebook.commands.emit import emit
    >>> db = TimeSeriesDatabase("memory:")
    >>> kept = emit("load", 2.5, time="2026-11-26T12:00:00Z", store=db)
    >>> sql("select count(*) as n from samples where value > $least", parameters={"least": "2"}, store=db).to_pandas()["n"].item()
    1
    """
    from .arguments import toml_value
    from .running import stored
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    values = {name: toml_value(value) if isinstance(value, str) else value for name, value in (parameters or {}).items()}
    with stored(store) as db:
        answer = db.sql(query, values or None)
    if target is not None:
        write(answer.to_pandas(), target)
    return answer
