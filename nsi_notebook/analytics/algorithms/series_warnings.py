"""What is left out of many series, and what is in doubt of them, said once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy.typing as npt

from ...errors import NsiError, NsiWarning, warn
from .noise import Noise, doubt

NAMED = 5  # of what is left out


def warn_refused(
    refused: dict[tuple[int, ...], NsiError], others: dict[str, npt.NDArray[Any]], there: int, what: str = "series"
) -> dict[tuple[int, ...], str]:
    """Warn once of the series in which nothing can be found, and give the reasons; where there is no other, raise the first."""
    names = {place: ", ".join(f"{d}={others[d][i]}" for d, i in zip(others, place, strict=True)) for place in refused}
    left_out([(names[place], error) for place, error in refused.items()], there, what)
    return {place: error.message for place, error in refused.items()}


def left_out(refused: Sequence[tuple[str, NsiError]], there: int, what: str) -> None:
    """Warn once of what has no answer, each with its name if it has one; where nothing has an answer, raise the first error."""
    if not refused:
        return
    told = [f"{name}: {error.message}" if name else error.message for name, error in refused[:NAMED]]
    first = refused[0][1]
    if not there:
        raise (type(first)(told[0], first.hint) if refused[0][0] else first) from None
    hints = "; ".join(dict.fromkeys(error.hint for _, error in refused[:NAMED] if error.hint))
    more = f"; and {len(refused) - NAMED} more" if len(refused) > NAMED else ""
    warn(f"left out {len(refused)} of {len(refused) + there} {what}: {'; '.join(told)}{more}", hints or "look at them")


@contextmanager
def named_warnings(of: dict[NsiWarning, list[str]], name: str) -> Iterator[None]:
    """Keep the warnings of the package beside the name of what they are of, for `warn_named`; others are as ever."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", NsiWarning)
        yield
    for one in told:
        if isinstance(one.message, NsiWarning):
            alike = next((kept for kept in of if str(kept) == str(one.message)), one.message)
            of.setdefault(alike, []).append(name)
        else:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)


def warn_named(of: dict[NsiWarning, list[str]]) -> None:
    """Warn once of what is alike, with the names of what it is of."""
    for one, names in of.items():
        some = ", ".join(filter(None, dict.fromkeys(names[:NAMED]))) + (
            f" and {len(names) - NAMED} more" if names[NAMED:] else ""
        )
        warn(f"{one.message}: of {some}" if some else one.message, one.hint)


def warn_short(results: list[Any]) -> None:
    """Warn once where few samples tell how the noise depends."""
    told = [getattr(result, "noise", None) for result in results]
    noises = [noise for noise in told if isinstance(noise, Noise) and noise.order is not None]
    poor = [noise for noise in noises if doubt(noise.samples, noise.effective)]
    if poor:
        worst = min(poor, key=lambda noise: noise.effective)
        which = f" of {len(poor)} of {len(results)} series" if len(results) > 1 else ""
        warn(f"intervals{which} are in doubt: {doubt(worst.samples, worst.effective)}", "a longer series")
