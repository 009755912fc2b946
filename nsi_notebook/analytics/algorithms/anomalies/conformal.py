"""How surely a score is stranger than those of a calibration sample: conformal p-values.

The p-value of a score is (1 + how many of the n calibration scores are as strange or stranger) / (n + 1). If the calibration
samples and a new one are exchangeable, p <= alpha has a chance of alpha at most, whatever the detector (Vovk, Gammerman &
Shafer 2005, Algorithmic Learning in a Random World; Bates, Candes, Lei, Romano & Sesia 2023, Ann Stat 51:149). That holds on
average over calibration samples: with one of them the share of false alarms has the Beta distribution that `interval` gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from ....errors import OptionError
from ....voids.intervals import check_level

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

FOLDS = 5  # of CV+
ENOUGH = 1000  # samples from which on half of them calibrate


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Scores of samples that the detector had not learned, higher being stranger.

    Parameters
    ----------
    folds : tuple of numpy array of float64
        The scores by each model on what it had not learned, each sorted: one of a split, several of CV+.

    Examples
    --------
    >>> half = Calibration.of(np.arange(99.0))
    >>> half.p(np.array([200.0, 94.5, 0.0]))
    array([0.01, 0.05, 1.  ])
    >>> half.threshold(0.05)
    94.0
    >>> half.require(0.001)
    Traceback (most recent call last):
    ...
    nsi_notebook.errors.OptionError: alpha=0.001 cannot be reached: 99 calibration samples allow no p below 1/100
    hint: 999 calibration samples, or alpha=0.01 or more
    """

    folds: tuple[Floats, ...]

    def __repr__(self) -> str:
        return f"Calibration({len(self)} scores, smallest p 1/{len(self) + 1})"

    @classmethod
    def of(cls, *scores: npt.ArrayLike) -> Calibration:
        """Make it of scores in any order; NaN is left out."""
        held = (np.asarray(s, dtype=np.float64) for s in scores)
        return cls(tuple(np.sort(s[~np.isnan(s)]) for s in held))

    def pooled(self) -> Calibration:
        """Give it with all folds as one, for scores of one model."""
        return Calibration.of(np.concatenate(self.folds))

    def __len__(self) -> int:
        return sum(len(fold) for fold in self.folds)

    @property
    def smallest(self) -> float:
        """The smallest p that there can be."""
        return 1 / (len(self) + 1)

    def p(self, *scores: Floats) -> Floats:
        """Give the p-values of samples; NaN of a score that is NaN.

        Parameters
        ----------
        *scores : numpy array of float64, shape (m,)
            By each of the models, in the order of the folds.
        """
        pairs = list(zip(self.folds, scores, strict=True))
        above = sum(len(fold) - np.searchsorted(fold, score, side="left") for fold, score in pairs)
        p: Floats = (1 + np.asarray(above)) / (len(self) + 1)
        return np.where(np.isnan(scores).any(axis=0), np.nan, p)

    def threshold(self, alpha: float) -> float:
        """Give the score above which p <= alpha, of all folds in one; infinite where alpha cannot be reached."""
        count = rank(len(self), alpha)
        return float(np.sort(np.concatenate(self.folds))[-count]) if count else np.inf

    def interval(self, alpha: float, level: float = 0.95) -> tuple[float, float]:
        """Give bounds of the share of false alarms at alpha, given this calibration sample.

        It has the Beta distribution with k and n + 1 - k degrees, k being the whole part of alpha (n + 1) (Vovk 2012, ACML), if
        scores have no ties; of CV+ that is approximate.
        """
        from scipy.stats import beta

        count = rank(len(self), check_level(alpha, "alpha"))
        if not count:
            return 0.0, 0.0
        low, high = beta.interval(level, count, len(self) + 1 - count)
        return float(low), float(high)

    def require(self, alpha: float, more: str = "") -> None:
        """Refuse an alpha that no score can reach.

        Parameters
        ----------
        alpha : float
        more : str
            How to have more of them.

        Raises
        ------
        OptionError
            It says how many calibration samples it would take.
        """
        if not rank(len(self), check_level(alpha, "alpha")):
            raise OptionError(
                f"alpha={alpha:g} cannot be reached: {len(self)} calibration samples allow no p below 1/{len(self) + 1}",
                f"{more or f'{needed(alpha)} calibration samples'}, or alpha={_up(self.smallest):g} or more",
            )


def rank(n: int, alpha: float) -> int:
    """How many of n calibration scores and one more are the strangest alpha of them: the largest k with k / (n + 1) <= alpha."""
    count = int(alpha * (n + 1)) + 1
    while count / (n + 1) > alpha:
        count -= 1
    return count


def needed(alpha: float) -> int:
    """How many calibration samples allow p <= alpha.

    >>> needed(0.05), needed(0.01)
    (19, 99)
    """
    count = ceil(1 / alpha * (1 - 1e-12))
    return count - 1 if 1 / count <= alpha else count


def parts(n: int, seed: int, folds: int | None = None, *, contiguous: bool = False) -> tuple[Places, ...]:
    """Give the places of the samples that calibrate, for each of the models; those learn of the others.

    Parameters
    ----------
    n : int
        Samples.
    seed : int
        Of the choice.
    folds : int, optional
        1 leaves half for one model; more make CV+ of as many models. Default: 5 below 1,000 samples, else 1.
    contiguous : bool
        Whether each part is in one piece: of samples that follow one another, neighbours are alike, and a model that learned of
        both neighbours of a sample finds it less strange than it will find new ones.

    Examples
    --------
    >>> [part.tolist() for part in parts(7, 0, 3, contiguous=True)]
    [[0, 1, 2], [3, 4], [5, 6]]
    """
    number = folds or (FOLDS if n < ENOUGH else 1)
    order = np.arange(n) if contiguous else np.random.default_rng(seed).permutation(n)
    if number == 1:
        return (np.sort(order[n // 2 :]),)
    return tuple(np.sort(part) for part in np.array_split(order, number))


def others(n: int, part: Places) -> Places:
    """Give the places that are not in a part."""
    return np.setdiff1d(np.arange(n), part, assume_unique=True)


def _up(value: float) -> float:
    """Round up to three digits."""
    size = 10.0 ** (np.floor(np.log10(value)) - 2)
    return float(np.ceil(value / size * (1 - 1e-12)) * size)
