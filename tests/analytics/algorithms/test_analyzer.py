"""The analyzer asks a table by the names of its columns, as it asks a Dataset by those of its variables."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nsi_notebook.analytics import StatisticalAnalyzer, anova, correlate, regress, test
from nsi_notebook.analytics.core.tables import dataset_of
from nsi_notebook.errors import SeriesError, UnknownNameError

RNG = np.random.default_rng(2)
TABLE = pd.DataFrame(
    {
        "sex": ["f", "m"] * 12,
        "dose": np.repeat([0, 1, 2], 8),
        "animal": [f"a{i}" for i in range(8)] * 3,
        "area": RNG.normal(size=24),
        "depth": RNG.normal(size=24),
        "age": RNG.normal(size=24),
    }
)
TABLE.attrs["units"] = {"area": "um^2", "depth": "um", "age": "d"}
SHORT = TABLE[TABLE["dose"] < 2]


@pytest.mark.parametrize("form", [lambda table: table, dataset_of], ids=["table", "dataset"])
def test_each_question_by_names_is_that_of_the_columns(form):
    an, short = (StatisticalAnalyzer(form(table), adjust="none") for table in (TABLE, SHORT))
    pairs = [
        (an.test("area", by="sex"), test(TABLE[["area", "sex"]], by="sex")),
        (an.anova("area", by="dose"), anova(TABLE[["area", "dose"]], by="dose")),
        (an.anova("area", by="dose", subject="animal"), anova(TABLE[["area", "dose", "animal"]], by="dose", subject="animal")),
        (an.correlate("area", "depth", given="age"), correlate(TABLE["area"], TABLE["depth"], given=TABLE["age"])),
        (an.correlate("area", "depth", given=["age"]), correlate(TABLE["area"], TABLE["depth"], given=TABLE["age"])),
        (an.regress("area", "depth", cluster="animal"), regress(TABLE["area"], TABLE[["depth"]], cluster=TABLE["animal"])),
        (
            short.test("area", by="dose", subject="animal"),
            test(SHORT[["area", "dose", "animal"]], by="dose", subject="animal"),
        ),
    ]
    for found, expected in pairs:
        assert found.sentence == expected.sentence
    assert int(an.describe("area")["count"]) == 24


def test_a_label_that_is_not_there_is_said_with_those_that_are():
    with pytest.raises(UnknownNameError, match="unknown label 'sec'") as caught:
        StatisticalAnalyzer(TABLE).test("area", by="sec")
    assert "sex" in str(caught.value)


def test_a_table_is_read_when_it_is_given():
    analyzer = StatisticalAnalyzer(TABLE, "animal_day")
    held = analyzer.data
    assert dict(held.sizes) == {"animal_day": 24}
    analyzer.test("area", by="sex")
    assert analyzer.data is held


@pytest.mark.parametrize("index", [list("abcdefgh"), list(range(8)), list(range(10, 18))])
def test_labels_that_are_a_series_go_by_the_index_of_the_table(index):
    table = pd.DataFrame({"v": [1, 2, 1.5, 1.2, 11, 12, 11.5, 10.7], "w": np.arange(8.0) ** 2}, index=index)
    label = pd.Series(["x"] * 4 + ["y"] * 4, index=index)
    shuffled, analyzer = label.sample(frac=1, random_state=1), StatisticalAnalyzer(table)
    assert analyzer.test("v", by=shuffled).p == test(table["v"], by=label).p
    assert analyzer.anova("v", by=shuffled).p == anova(table["v"], by=label).p
    subject = pd.Series(list("ppqqrrss"), index=index)
    one, other = (analyzer.regress("v", "w", cluster=each) for each in (subject, subject.sample(frac=1, random_state=2)))
    assert one["w"].p == other["w"].p
    with pytest.raises(SeriesError, match="another index"):
        analyzer.test("v", by=label.iloc[:6])


def test_a_conservative_regression_along_time_has_the_errors_with_fewest_false_alarms():
    rng = np.random.default_rng(0)
    series = xr.Dataset({name: ("time", rng.normal(size=300)) for name in "ab"})
    analyzer = StatisticalAnalyzer(series, conservative=True)
    assert analyzer.regress("a", "b")["b"].p == regress(series["a"], {"b": series["b"]}, errors="ar")["b"].p
    assert analyzer.regress("a", "b", errors="hac")["b"].p == regress(series["a"], {"b": series["b"]}, errors="hac")["b"].p
    images = series.rename(time="image")
    assert StatisticalAnalyzer(images, conservative=True).regress("a", "b")["b"].p < 1
