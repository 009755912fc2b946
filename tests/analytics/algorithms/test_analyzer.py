"""The analyzer asks a table by the names of its columns, as it asks a Dataset by those of its variables."""

import numpy as np
import pandas as pd
import pytest

from nsi_notebook.analytics import StatisticalAnalyzer, anova, correlate, regress, test
from nsi_notebook.analytics.core.tables import dataset_of
from nsi_notebook.errors import UnknownNameError

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
