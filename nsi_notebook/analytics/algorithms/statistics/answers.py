"""Questions answered one by one: what has no answer is left out and told, unless nothing else is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ....errors import SeriesError, TimeError, warn
from ..noise import doubt
from .family import Refused
from .samples import Question

T = TypeVar("T")
NAMED = 3  # of what is left out


def asked(questions: Sequence[Question], answer: Callable[[Question], T]) -> tuple[list[T], dict[int, Refused]]:
    """Answer each question, or say why not; series that are too short are told once, and so is what is left out.

    Parameters
    ----------
    questions : sequence of Question
    answer : callable
        Gives a result, or raises an error.

    Returns
    -------
    list of results, and dict of int to Refused
        What has no answer, by its number.

    Raises
    ------
    SeriesError, TimeError
        Of the first question, with where it is, if none has an answer.
    """
    found, there, refused = [], [], dict[int, Refused]()
    for number, question in enumerate(questions):
        try:
            found.append(answer(question))
            there.append(question)
        except (SeriesError, TimeError) as error:  # what else can be wrong is so everywhere
            refused[number] = Refused((question.measure,), question.places, error)
    _tell(refused, len(questions), several=len({question.measure for question in questions}) > 1)
    short = [sample for q in there if q.clock for sample in q.samples if doubt(len(sample.value), sample.effective)]
    if short:
        worst = min(short, key=lambda sample: sample.effective)
        all_of = sum(len(q.samples) for q in there)
        which_ones = f" of {len(short)} of {all_of} series" if all_of > 1 else ""
        said = f"p and intervals{which_ones} are in doubt: {doubt(len(worst.value), worst.effective)}"
        warn(said, "longer series; of images in no order, dim='image' of a table, .rename(time='image') of an array")
    return found, refused


def _tell(refused: dict[int, Refused], asked: int, *, several: bool) -> None:
    """Warn once of what is left out; where nothing else is left, raise the first."""
    if not refused:
        return
    told = []
    for one in list(refused.values())[:NAMED]:
        which = [*one.measures] if several else []
        which += [f"{dim}={at}" for dim, at in one.places]
        told.append(f"{', '.join(which)}: {one.error.message}" if which else one.error.message)
    error = next(iter(refused.values())).error
    if len(refused) == asked:
        raise type(error)(told[0], error.hint) from None
    more = f"; and {len(refused) - NAMED} more" if len(refused) > NAMED else ""
    warn(f"left out {len(refused)} of {asked} tests: {'; '.join(told)}{more}", error.hint or "look at them")


__all__ = ["asked"]
