"""The paths of samples through the trees of a forest."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def add_paths(rows, feature, threshold, child, length, roots, out):
    """Add to `out` the length of the path of each row through each tree, tree by tree as scikit-learn does.

    The nodes of all trees lie in one array, those of each from its root on. `child` (nodes, 2) holds where a value up to the
    threshold goes, and where others do; a leaf has -1. Rows are float32, which scikit-learn compares with thresholds of float64.
    """
    for root in roots:
        for row in range(len(rows)):
            node = root
            while child[node, 0] >= 0:
                node = child[node, 0] if rows[row, feature[node]] <= threshold[node] else child[node, 1]
            out[row] += length[node]
