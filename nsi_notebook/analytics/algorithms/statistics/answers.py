"""Questions answered one by one: what has no answer is left out and told, unless nothing else is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ....errors import SeriesError, TimeError, warn
from ..noise import doubt
from ..series_warnings import left_out
from .family import Refused
from .samples import Question

T = TypeVar("T")


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
            if refusal := next((sample.refusal for sample in question.samples if sample.refusal), None):
                raise refusal
            found.append(answer(question))
            there.append(question)
        except (SeriesError, TimeError) as error:  # what else can be wrong is so everywhere
            refused[number] = Refused((question.measure,), question.places, error)
    several = len({question.measure for question in questions}) > 1
    left_out([(one.named(several), one.error) for one in refused.values()], len(found), "tests")
    short = [sample for q in there if q.clock for sample in q.samples if doubt(len(sample.value), sample.effective)]
    if short:
        worst = min(short, key=lambda sample: sample.effective)
        all_of = sum(len(q.samples) for q in there)
        which_ones = f" of {len(short)} of {all_of} series" if all_of > 1 else ""
        said = f"p and intervals{which_ones} are in doubt: {doubt(len(worst.value), worst.effective)}"
        warn(said, "longer series; dim='image', if the values are in no order")
    return found, refused


__all__ = ["asked"]
