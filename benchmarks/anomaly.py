"""Detectors beside PyOD's, on real sets that ship in wheels; one row of an isolation forest beside scikit-learn.

`python -m benchmarks.anomaly [--repeats 5]` prints, of each detector, ROC-AUC, average precision, time to learn and score, and
the share of normal samples with p <= 0.1. In each set one class is normal, half of it is learned, and the others are
thinned to a tenth of the normal ones that are asked.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn import datasets, ensemble
from sklearn.metrics import average_precision_score, roc_auc_score

from nsi_notebook.analytics import AnomalyDetector
from nsi_notebook.analytics.algorithms.anomalies.isolation_forest import IsolationForest

from .compare import Case

ALPHA = 0.1
OURS = ("ensemble", "isolation_forest", "knn", "lof", "ecod", "hbos", "pca", "mahalanobis")
Set = tuple[str, np.ndarray, np.ndarray]


def cases(seed: int) -> list[Case]:
    """Rows one by one, by what a user calls, and many; the face learns half of the rows, and calibrates with the other half."""
    rng = np.random.default_rng(seed)
    rows, few, many = rng.normal(size=(2000, 8)), rng.normal(size=(10, 8)), rng.normal(size=(5000, 8))
    ours = IsolationForest(seed=seed).learn(rows)
    theirs = ensemble.IsolationForest(n_estimators=100, max_samples=256, random_state=seed).fit(rows)
    face, folds = (AnomalyDetector("isolation_forest", seed=seed).fit(part) for part in (rows, rows[:900]))
    named = [{f"x{at}": value for at, value in enumerate(row)} for row in few.tolist()]
    tuples = list(map(tuple, few.tolist()))

    def told(what: str, call: Callable[[Any], Any], given: Any, agree: Callable[[Any, Any], str], ratio: float) -> Case:
        return Case(
            f"isolation forest, 10 rows one by one, {what}", "scikit-learn",
            lambda: np.array([call(row) for row in given]).ravel(),
            lambda: np.array([theirs.score_samples(row[None]) for row in few]).ravel(), agree, ratio,
        )  # fmt: skip

    return [
        told("IsolationForest.score_samples", lambda row: ours.score_samples(row[None]), few, _same, 100),
        told("IsolationForest.score_one", lambda row: -ours.score_one(row), few, _same, 100),
        told("AnomalyDetector.score_one", lambda row: -face.score_one(row), tuples, _other, 100),
        told("AnomalyDetector.score_one by name", lambda row: -face.score_one(row), named, _other, 80),
        told("AnomalyDetector.score_one of CV+, 5 forests", lambda row: -folds.score_one(row), tuples, _other, 20),
        told("AnomalyDetector.detect", lambda row: -face.detect(row[None]).score, few, _other, 20),
        Case(
            "isolation forest, scores of 5000 rows",
            "scikit-learn",
            lambda: ours.score_samples(many),
            lambda: theirs.score_samples(many),
            _same,
            0.6,
        ),
    ]


def _other(one: Any, other: Any) -> str:
    """Compare scores of forests of other rows."""
    off = float(np.abs(one - other).max())
    assert off < 0.1
    return f"other trees, within {off:.1g}"


def _same(one: Any, other: Any) -> str:
    off = float(np.abs(one - other).max())
    assert off <= 1e-15
    return f"within {off:.1g}"


def sets() -> Iterator[Set]:
    """Give name, normal rows and others of each set."""
    cancer, wine, digits = datasets.load_breast_cancer(), datasets.load_wine(), datasets.load_digits()
    yield "breast cancer: benign", cancer.data[cancer.target == 1], cancer.data[cancer.target == 0]
    for cultivar in (0, 1, 2):
        yield f"wine {cultivar}", wine.data[wine.target == cultivar], wine.data[wine.target != cultivar]
    for digit in (0, 1, 8):
        yield f"digits {digit}", digits.data[digits.target == digit], digits.data[digits.target != digit]
    yield "digits 0-4", digits.data[digits.target < 5], digits.data[digits.target >= 5]
    iris = datasets.load_iris()
    yield "iris versicolor", iris.data[iris.target == 1], iris.data[iris.target != 1]
    yield from _of_statsmodels()


def _of_statsmodels() -> Iterator[Set]:
    from statsmodels.datasets import anes96, fair, randhie

    vote = anes96.load_pandas().data
    features = vote.drop(columns=["vote", "PID"]).to_numpy(dtype=float)
    yield "election 1996: Clinton", features[vote["vote"] == 0], features[vote["vote"] == 1]
    affairs = fair.load_pandas().data
    features = affairs.drop(columns=["affairs"]).to_numpy(dtype=float)
    yield "marriages without affairs", features[affairs["affairs"] == 0], features[affairs["affairs"] > 3]
    health = randhie.load_pandas().data
    features = health.drop(columns=["mdvis"]).to_numpy(dtype=float)
    yield "health insurance: few visits", features[health["mdvis"] <= 2], features[health["mdvis"] > 15]


def drawn(normal: np.ndarray, other: np.ndarray, seed: int, most: int = 4000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give rows to learn, rows to ask, and whether these are anomalies."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(normal)[:most]
    learned, asked = np.array_split(rows, 2)
    rare = rng.permutation(other)[: max(3, len(asked) // 10)]
    return learned, np.concatenate([asked, rare]), np.repeat([0, 1], [len(asked), len(rare)])


def peers() -> dict[str, Callable[[], Any]]:
    from pyod.models.ecod import ECOD
    from pyod.models.hbos import HBOS
    from pyod.models.iforest import IForest
    from pyod.models.knn import KNN
    from pyod.models.lof import LOF
    from pyod.models.mcd import MCD
    from pyod.models.pca import PCA

    return {
        "PyOD IForest": lambda: IForest(random_state=0),
        "PyOD KNN, 20 mean": lambda: KNN(n_neighbors=20, method="mean"),
        "PyOD LOF, 50": lambda: LOF(n_neighbors=50),
        "PyOD ECOD": ECOD,
        "PyOD HBOS": HBOS,
        "PyOD PCA": PCA,
        "PyOD MCD": lambda: MCD(random_state=0),
    }


def ours(name: str, learned: np.ndarray, asked: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Give scores, and whether p <= 0.1."""
    found = AnomalyDetector(name, alpha=ALPHA, seed=seed).fit(learned).detect(asked)
    return found.score, found.flag


def theirs(make: Callable[[], Any], learned: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give scores, and whether they are above the threshold of contamination=0.1, PyOD's default."""
    middle, size = learned.mean(axis=0), learned.std(axis=0)
    size = np.where(size > 0, size, 1)
    model = make().fit((learned - middle) / size)
    scores = model.decision_function((asked - middle) / size)
    return scores, scores > model.threshold_


def compare(repeats: int, only: list[str]) -> None:
    """Print a line for each set, of the first detector, and one for each detector."""
    ways: dict[str, Callable[[np.ndarray, np.ndarray, int], tuple[np.ndarray, np.ndarray]]] = {
        name: (lambda a, b, seed, name=name: ours(name, a, b, seed)) for name in OURS
    }
    ways |= {name: (lambda a, b, seed, make=make: theirs(make, a, b)) for name, make in peers().items()}
    ways = {name: way for name, way in ways.items() if not only or name in only}
    found: dict[str, list[tuple[float, float, float, float, float]]] = {name: [] for name in ways}
    per_set: dict[str, dict[str, float]] = {}
    for title, normal, other in sets():
        for seed in range(repeats):
            learned, asked, truth = drawn(normal, other, seed)
            for name, way in ways.items():
                begun = time.perf_counter()
                scores, flags = way(learned, asked, seed)
                spent = time.perf_counter() - begun
                auc, ap = roc_auc_score(truth, scores), average_precision_score(truth, scores)
                found[name].append((auc, ap, 1000 * spent, flags[truth == 0].mean(), flags[truth == 1].mean()))
        rows = {name: np.mean(values[-repeats:], axis=0) for name, values in found.items()}
        per_set[title] = {name: float(row[0]) for name, row in rows.items()}
        lead = next(iter(ways))
        first = np.mean(found[lead][-repeats:], axis=0)
        sizes = f"{len(learned)} learned, {len(asked)} asked, {learned.shape[1]} measures"
        print(f"{title:30} {sizes:45} {lead} AUC {first[0]:.3f}, false alarms {first[3]:.3f}", flush=True)
    print(f"\n{'detector':20} {'AUC':>6} {'AP':>6} {'worst':>6} {'ms':>7} {'false alarms (least-most set)':>30} {'found':>6}")
    for name, values in found.items():
        auc, ap, spent, alarms, hits = np.mean(values, axis=0)
        by_set = np.array(values)[:, 3].reshape(-1, repeats).mean(axis=1)
        span = f"{alarms:.3f} ({by_set.min():.3f}-{by_set.max():.3f})"
        worst = min(per_set[title][name] for title in per_set)
        print(f"{name:20} {auc:6.3f} {ap:6.3f} {worst:6.3f} {spent:7.0f} {span:>30} {hits:6.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.anomaly", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="draws of each set")
    parser.add_argument("--only", nargs="*", default=[], help="detectors, by the names that the table has")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of constant measures, and the peers' own
    compare(given.repeats, given.only)


if __name__ == "__main__":
    main()
