"""How sure coefficients are of rows that come in clusters, few of them too.

The sum of squares of the scores of clusters is too small, as a fit draws residuals to itself: CR2 divides what each cluster has
by the root of what the fit left it, and t has as many degrees of freedom as its variance tells (Bell & McCaffrey 2002, Survey
Methodology 28:169; Imbens & Kolesar 2016, Rev Econ Stat 98:701). Several coefficients together have Hotelling's T squared, whose
degrees of freedom are those of Pustejovsky & Tipton (2018, J Bus Econ Stat 36:672). All comes of two sums over the rows of each
cluster, S = Q'Q and the scores, so that it merges over blocks: what CR2 makes of Q of a cluster is Q (1 - S)^-1/2.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ....errors import SeriesError, warn
from .covariance import Spread, spread_of

Floats = npt.NDArray[np.float64]

WHOLE = 1e-9  # what is left of a direction that the fit takes whole from a cluster: rounding
ALONE = 0.1  # of the variance of a coefficient: what one cluster may give that tells nothing of its own error


def of_clusters(added: Floats, Q: Floats, residual: Floats, label: npt.NDArray[np.int64]) -> None:
    """Add what rows bring to Q'Q and, in the last column, Q'e of each cluster, of shape (clusters, terms, terms + 1)."""
    order = np.argsort(label, kind="stable")
    label, rows = label[order], np.column_stack([Q, residual])[order]
    edges = np.concatenate([[0], np.flatnonzero(np.diff(label)) + 1, [len(label)]])
    for start, stop in pairwise(edges.tolist()):
        if stop > start:
            part = rows[start:stop]
            added[label[start]] += part[:, :-1].T @ part


def clustered(parts: Floats, inverse: Floats, plain: Spread, names: list[str]) -> tuple[Spread, str]:
    """Give the spread of coefficients, and say what it rests on.

    Parameters
    ----------
    parts : numpy array of float64
        As `of_clusters` gives them, of all rows; of none where a label has none.
    inverse : numpy array of float64, shape (terms, terms)
        R^-1.
    plain : Spread
        Of independent rows.
    names : list of str
        Of the terms.
    """
    parts = parts[parts[:, range(len(inverse)), range(len(inverse))].any(axis=1)]
    if len(parts) < 2:
        raise SeriesError(f"{len(parts)} cluster{'' if len(parts) == 1 else 's'}", "at least two")
    power, scores = parts[:, :, :-1], parts[:, :, -1]
    left, turn = np.linalg.eigh(np.eye(len(inverse)) - power)
    there = left > WHOLE
    root = np.where(there, 1 / np.sqrt(np.where(there, left, 1.0)), 0.0)
    half = np.einsum("gij,gj,gkj->gik", turn, root, turn)
    freed = np.einsum("gij,gj->gi", half, scores) @ inverse.T
    matrix = freed.T @ freed
    lost = np.einsum("ij,gjk->gik", inverse, turn * ~there[:, None, :])  # of which the residuals of a cluster know nothing
    alone = (lost**2).sum(axis=(0, 2)) > ALONE * (inverse**2).sum(axis=1)
    slopes = np.array([name != "intercept" for name in names])
    _tell_alone(alone, slopes, names)
    matrix[alone], matrix[:, alone] = np.nan, np.nan
    freedom = np.array([freedom_of(row[None], half, power) for row in inverse])
    together = freedom_of(inverse[slopes], half, power) if slopes.any() and not alone[slopes].any() else np.nan
    spread = spread_of(matrix, freedom, plain, together)
    return spread, f"clusters: {len(parts)}, which may vary in any way within; CR2, with degrees of freedom of Bell and McCaffrey"


def freedom_of(rows: Floats, half: Floats, power: Floats) -> float:
    """Give how many squares the variance of some combinations of scores is worth, if rows are independent.

    Parameters
    ----------
    rows : numpy array of float64, shape (coefficients, terms)
        Of R^-1: some coefficients.
    half, power : numpy array of float64, shape (clusters, terms, terms)
        (1 - S)^-1/2 and S.
    """
    many, terms = rows.shape
    u, _, v = np.linalg.svd(rows, full_matrices=False)
    unit = np.einsum("ij,gjk->gik", u @ v, half)
    cross = unit @ power  # covariances of clusters g and h are -cross_g cross_h', and own - cross_g cross_g' where g is h
    own, taken = cross @ unit.transpose(0, 2, 1), cross @ cross.transpose(0, 2, 1)
    flat = cross.reshape(len(cross), -1)
    all_pairs = (flat.T @ flat).reshape(many, terms, many, terms)
    variance = (all_pairs**2).sum() + np.einsum("aibj,biaj->", all_pairs, all_pairs)
    variance += (_traces(own - taken) ** 2 - _traces(taken) ** 2).sum()
    variance += ((own - taken) ** 2).sum() - (taken**2).sum()
    return float(many * (many + 1) / variance)


def _traces(matrices: Floats) -> Floats:
    return np.asarray(np.trace(matrices, axis1=1, axis2=2))


def _tell_alone(alone: npt.NDArray[np.bool_], slopes: npt.NDArray[np.bool_], names: list[str]) -> None:
    """Refuse, or tell, what rests on single clusters, of which no error can be told."""
    who = [name for name, one, slope in zip(names, alone, slopes, strict=True) if one and slope]
    if not alone.any():
        return
    said = (
        f"{', '.join(who) or 'the intercept'} rest{'s' if len(who) < 2 else ''} on single clusters: what varies between clusters"
    )
    said += " cannot be told from it, and it has no error"
    hint = "two clusters at least of each kind"
    if slopes.any() and alone[slopes].all():
        raise SeriesError(said, hint)
    warn(said, hint)


__all__ = ["clustered", "of_clusters"]
