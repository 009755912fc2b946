"""What a store is asked, and what every store answers alike; `check_store` holds each to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from ..core.batch import Batch
from ..core.series import Series

if TYPE_CHECKING:
    import pyarrow as pa

Parameters: TypeAlias = Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ack:
    """What a store says when samples are safe in it.

    Parameters
    ----------
    rows : int
        How many samples it now holds of the batch.
    new : bool
        False where a batch of this key was there before, and nothing was written.
    """

    rows: int
    new: bool = True

    def __str__(self) -> str:
        samples = f"{self.rows:,} sample{'' if self.rows == 1 else 's'}"
        return f"{samples} stored" if self.new else f"{samples} of this key were there"


class Checkpoint(NamedTuple):
    """How far something has come, kept in one step with the samples that brought it there.

    Parameters
    ----------
    name : str
        Of what has come so far.
    data : str
        How far.
    before : str, optional
        What the store must have under this name until now, or else somebody else went on meanwhile; None for nothing.
    """

    name: str
    data: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that cannot be read back as it was written.

    Parameters
    ----------
    where : str
        The file, or the batch inside a file.
    what : str
        What is wrong with it.
    rows : int
        How many samples it held.
    first, last : int
        Their times, microseconds since 1970-01-01 UTC.
    """

    where: str
    what: str
    rows: int = 0
    first: int = 0
    last: int = 0

    def __str__(self) -> str:
        return f"{self.where} {self.what} ({self.rows} samples)" if self.rows else f"{self.where} {self.what}"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question, once its names and times are resolved.

    Parameters
    ----------
    ids : tuple of int, or None
        Of the series; None for all.
    since, until : int or None
        Microseconds: the first inside, the second outside.
    step : int or None
        Microseconds of a group.
    agg : tuple of str
        Names of aggregates; none of them for the samples themselves.
    """

    ids: tuple[int, ...] | None = None
    since: int | None = None
    until: int | None = None
    step: int | None = None
    agg: tuple[str, ...] = ()


class Store(Protocol):
    """A place that keeps samples. Every method may be called from any thread."""

    @property
    def address(self) -> str:
        """What opens it again."""

    def append(self, batch: Batch, key: str | None, checkpoints: Sequence[Checkpoint] = ()) -> Ack:
        """Keep a batch and checkpoints, whole or not at all; when this returns they are safe. Neither if the key is known."""

    def checkpoints(self, prefix: str) -> Mapping[str, str]:
        """Give what the checkpoints hold whose names begin so."""

    def known(self) -> Mapping[int, Series]:
        """Give the series by their ids."""

    def select(self, ask: Ask) -> pa.Table:
        """Give `series` (id), `time` and `value`, or the aggregates, by series and time."""

    def count(self, ask: Ask) -> int:
        """Count samples, missing ones too."""

    def extent(self, ask: Ask) -> tuple[int, int] | None:
        """Give the first and the last time, or None where there are no samples."""

    def sql(self, text: str, parameters: Parameters | None) -> pa.Table:
        """Answer a SELECT on `samples` and `series`."""

    def ibis(self) -> Any:
        """Give `samples` as a table of Ibis."""

    def retain(self, before: int) -> int:
        """Drop the samples before a time, give their space back, and say how many they were."""

    def seal(self) -> int:
        """Bring what is open into its lasting form, and say how many samples that were."""

    def compact(self) -> int:
        """Join small pieces, and say how many there are less."""

    def verify(self) -> tuple[Damage, ...]:
        """Read everything back, and list what is not as it was written."""

    def repair(self) -> tuple[Damage, ...]:
        """Set aside what `verify` lists, so that the rest answers."""

    def status(self) -> Mapping[str, Any]:
        """Give what a person wants to see of it."""

    def close(self) -> None:
        """Finish what goes on, and let everything go."""
