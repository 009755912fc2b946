"""Results in a notebook."""

import numpy as np
import pandas as pd
import pytest

from nsi_notebook.analytics.core.drawn import Drawn
from nsi_notebook.analytics.visualization import plot
from nsi_notebook.errors import OptionError


class Found(Drawn):
    """A result with times, some of them missing."""

    figure = "descriptions"

    def __repr__(self):
        return "Found <it>"

    def table(self):
        time = pd.DatetimeIndex(["2026-11-26T12:00:00Z", None, "2026-11-26T13:00:00Z"])
        frame = pd.DataFrame({"time": time, "size": [1.5, np.nan, 2.0]})
        frame.attrs["units"] = {"size": "um"}
        return frame


def test_a_notebook_shows_the_table_with_units_and_what_was_found():
    text = Found()._repr_html_()
    assert "size (um)" in text
    assert ">2026-11-26 13:00:00<" in text
    assert "NaT" not in text
    assert text.startswith("<p>Found &lt;it&gt;</p>")


def test_a_result_has_no_measure_to_choose():
    with pytest.raises(OptionError, match="has no measure to choose"):
        plot(Found(), "euler")


def test_a_result_gives_its_table_itself():
    with pytest.raises(NotImplementedError):
        Drawn().table()
