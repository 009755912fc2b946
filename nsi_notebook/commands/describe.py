"""`describe`: what samples are like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .annotations import Column, Duration, Output, Store, Tags, Texts, Time, Values, Zone

if TYPE_CHECKING:
    from ..analytics.algorithms.statistics.descriptions import Descriptions

SUFFIXES = (".csv", ".json", ".html")


def describe(
    data: Values,
    columns: list[Column] | None = None,
    *,
    dim: str | None = None,
    by: Texts | None = None,
    ci: float | None = None,
    conservative: bool = False,
    tz: Zone | None = None,
    store: Store | None = None,
    since: Time | None = None,
    until: Time | None = None,
    tags: Tags | None = None,
    every: Duration | None = None,
    output: Output | None = None,
    force: bool = False,
) -> Descriptions:
    """Describe samples: count, mean, spread, quantiles, effective number.

    Parameters
    ----------
    by : str, optional
        A column of names: each group by itself.
    output : path, optional
        Write it: .csv and .json its table, .html its figure.

    Returns
    -------
    Descriptions
        One row for each column, and group.

    Examples
    --------
    >>> import pandas as pd
    >>> rocks = pd.DataFrame({"kind": ["sand", "sand", "chalk", "chalk"], "porosity": [0.25, 0.75, 0.5, 1.0]})
    >>> describe(rocks, by="kind").table()["mean"].tolist()
    [0.75, 0.5]
    """
    from .values import table_of
    from .writing import check_output, write_result

    target = check_output(output, SUFFIXES, force)
    from ..analytics.algorithms.statistics.descriptions import descriptions

    held = table_of(data, columns, by=by, store=store, since=since, until=until, tags=tags, every=every, dim=dim)
    found = descriptions(held, dim, by=by, ci=ci, conservative=conservative, tz=tz)
    write_result(found, target)
    return found
