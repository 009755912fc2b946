"""What a store holds at one moment, and the answers that it gives: the same for every store that DuckDB can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from ...errors import StoreError
from ..core.series import Series
from .aggregates import centred, expression
from .duck import Duck, literal
from .rows import Rows, schema, tally, to_arrow
from .segments import Sealed, Segments
from .store import Ask, Parameters
from .summing import summed

if TYPE_CHECKING:
    import pyarrow as pa

Touched: TypeAlias = tuple[Sealed, npt.NDArray[np.int64]]  # a file, and the places in its spans of what is asked for

FEW = 4_000_000  # samples up to which a question is answered from parts in memory; for more, DuckDB streams through the files

SAMPLES = """select s.time, n.name as series, s.value, n.unit, n.tags, s.series as id
from ({source}) s join nsi_series n on n.id = s.series"""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Sealed files and open batches that were there together.

    Parameters
    ----------
    known : mapping of int to Series
        By id.
    sealed : sequence of Sealed
        The files.
    tail : sequence of (first, last, Rows)
        The open batches with their times.
    torn : sequence of (first, last, str)
        Times and names of open batches that are damaged.
    """

    known: Mapping[int, Series]
    sealed: Sequence[Sealed]
    tail: Sequence[tuple[int, int, Rows]]
    torn: Sequence[tuple[int, int, str]] = ()

    def sound(self, ask: Ask) -> None:
        """Refuse a question that may need an open batch that is damaged: whose samples it has, only its times tell.

        Raises
        ------
        StoreError
            Names the first such batch.
        """
        for first, last, where in self.torn:
            if _meets(first, last, ask):
                raise StoreError(f"{where} is not as it was written", "repair() sets it aside, and the rest answers")

    def touched(self, ask: Ask) -> list[Touched]:
        """Give the files that hold what a question asks for, and where."""
        ids = _ids(ask)
        files = (file for file in self.sealed if file.overlaps(ask.since, ask.until))
        found = ((file, file.spans.touched(ids, ask.since, ask.until)) for file in files)
        return [(file, places) for file, places in found if len(places)]

    def cut(self, ask: Ask) -> list[Touched]:
        """Give of these the series that the limits cut: to be counted, they must be read."""
        found = []
        for file, places in self.touched(ask):
            first, last = file.spans.first[places], file.spans.last[places]
            inside = (first >= (first if ask.since is None else ask.since)) & (
                last < (last + 1 if ask.until is None else ask.until)
            )
            if not inside.all():
                found.append((file, places[~inside]))
        return found

    def select(self, duck: Duck, segments: Segments, ask: Ask) -> pa.Table:
        """Answer a question; see `Store.select`."""
        few = self._few(segments, ask)
        if few is not None:
            return summed(few, ask) if ask.agg else to_arrow(few)
        tail, files = Rows.joined(self._tail(ask)), [file for file, _ in self.touched(ask)]
        tables = {"nsi_tail": to_arrow(tail)} if len(tail) else {}
        return duck.run(_question(ask), None, tables, {"nsi_rows": _source(files, bool(tables))})

    def sql(self, duck: Duck, text: str, parameters: Parameters | None) -> pa.Table:
        """Answer SQL; see `Store.sql`."""
        return duck.ask(text, parameters, *self.tables())

    def tables(self) -> tuple[dict[str, pa.Table], dict[str, str]]:
        """Give the tables and views in which `samples` and `series` are."""
        tail = to_arrow(Rows.joined(rows for _, _, rows in self.tail))
        views = {
            "samples": SAMPLES.format(source=_source(self.sealed, True)),
            "series": "select id, name, unit, tags from nsi_series",
        }
        return {"nsi_tail": tail, "nsi_series": _listing(self.known)}, views

    def count(self, segments: Segments, ask: Ask) -> int:
        """Count samples: from the catalogue, but for the series of files that the limits cut."""
        total = sum(len(rows) for rows in self._tail(ask))
        total += sum(int(file.spans.rows[places].sum()) for file, places in self.touched(ask))
        for file, places in self.cut(ask):
            inside = sum(len(_between(rows, ask)) for rows in segments.rows(file, places))
            total += inside - int(file.spans.rows[places].sum())
        return total

    def digest(self, segments: Segments, ask: Ask) -> Mapping[int, tuple[int, int]]:
        """Tell samples apart from others; see `Store.digest`."""
        touched = self.touched(ask)
        sealed = (Rows.joined(_between(rows, ask) for rows in segments.rows(file, places)) for file, places in touched)
        return tally(chain(sealed, self._tail(ask)))

    def extent(self, ask: Ask) -> tuple[int, int] | None:
        """Give the first and last time of the series, whatever `since` and `until` are."""
        ids, ends = _ids(ask), []
        for file in self.sealed:
            places = file.spans.touched(ids, None, None)
            if len(places):
                ends.append((int(file.spans.first[places].min()), int(file.spans.last[places].max())))
        ends += [(int(r.time.min()), int(r.time.max())) for r in self._tail(Ask(ask.ids)) if len(r)]
        return (min(a for a, _ in ends), max(b for _, b in ends)) if ends else None

    def _tail(self, ask: Ask) -> list[Rows]:
        """Give the asked rows of the open batches."""
        ids = _ids(ask)
        return [rows.within(ids, ask.since, ask.until) for first, last, rows in self.tail if _meets(first, last, ask)]

    def _few(self, segments: Segments, ask: Ask) -> Rows | None:
        """Give the asked rows by series and time, or None where they are many."""
        touched = self.touched(ask)
        if sum(int(file.spans.rows[places].sum()) for file, places in touched) > FEW:
            return None
        parts = [rows for file, places in touched for rows in segments.rows(file, places)]
        parts.sort(key=lambda rows: int(rows.series[0]))  # files mostly follow one another in time, so that all is in order then
        return Rows.joined([*(_between(rows, ask) for rows in parts), *self._tail(ask)]).ordered()


def _ids(ask: Ask) -> npt.NDArray[np.int32] | None:
    return None if ask.ids is None else np.array(ask.ids, dtype=np.int32)


def _meets(first: int, last: int, ask: Ask) -> bool:
    return (ask.since is None or last >= ask.since) and (ask.until is None or first < ask.until)


def _between(rows: Rows, ask: Ask) -> Rows:
    """Cut rows of one series, ordered by time."""
    if ask.since is None and ask.until is None:
        return rows
    start = None if ask.since is None else rows.time.searchsorted(ask.since)
    return rows.take(slice(start, None if ask.until is None else rows.time.searchsorted(ask.until)))


def _source(files: Sequence[Sealed], tail: bool) -> str:
    columns = ", ".join(schema().names)
    names = ", ".join(literal(file.path) for file in files)
    sources = [f"read_parquet([{names}])"] if files else []
    return " union all ".join(f"select {columns} from {source}" for source in [*sources, *["nsi_tail"] * tail])  # noqa: S608 - names are quoted


def _conditions(ask: Ask) -> list[str]:
    found = [] if ask.ids is None else [f"series in ({', '.join(map(str, ask.ids))})"]
    found += [] if ask.since is None else [f"time >= make_timestamptz({ask.since})"]
    return found + ([] if ask.until is None else [f"time < make_timestamptz({ask.until})"])


def _question(ask: Ask) -> str:
    where = _conditions(ask)
    given = "from nsi_rows" + (f" where {' and '.join(where)}" if where else "")
    if not ask.agg:
        return f"select series, time, value {given} order by series, time"
    groups = ["series"]
    if ask.step is not None:  # % has the sign of the time
        past = f"(epoch_us(time) % {ask.step} + {ask.step}) % {ask.step}"
        groups.append(f"make_timestamptz(epoch_us(time) - {past}) as step")
    if "slope" in ask.agg:
        rows = f"select {', '.join(groups)}, time, value {given}"
        groups = ["series", "step"][: len(groups)]
        given = f"from ({centred(rows, 'epoch_us(time)', groups)})"
    said = [f'{expression(name)} as "{name}"' for name in ask.agg]
    places = ", ".join(str(n + 1) for n in range(len(groups)))
    asked = f"select {', '.join([*groups, *said])} {given} group by {places} order by {places}"
    return asked if ask.step is None else f"select * rename (step as time) from ({asked}) order by {places}"  # noqa: S608 - all from `expression`


def _listing(known: Mapping[int, Series]) -> pa.Table:
    """Give the table of series."""
    import pyarrow as pa

    return pa.table(
        {
            "id": pa.array(known, pa.int32()),
            "name": pa.array([s.name for s in known.values()], pa.string()),
            "unit": pa.array([s.unit for s in known.values()], pa.string()),
            "tags": pa.array([s.tags for s in known.values()], pa.map_(pa.string(), pa.string())),
        }
    )
