"""Rules that watch nothing say so: in what alarms and engines show, at the start of an engine, and on history."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest

from nsi_notebook.analytics import AnalyticsEngine, TimeSeriesDatabase
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.processors.alarms import Alarms, Rules
from nsi_notebook.analytics.processors.alarms.backtest import backtest
from nsi_notebook.errors import NsiWarning, UnknownNameError

START = np.datetime64("2026-11-01T00:00:00", "s")
HOT = {"name": "hot", "series": "oven.heat", "unit": "degC", "above": 90}
COLD = {"name": "cold", "series": "oven.heta", "below": 10}
GONE = {"name": "gone", "kind": "absence", "series": "oven.heta", "after": "1h"}


def heat(unit="degC", hours=48):
    return Batch.of("oven.heat", np.full(hours, 60.0), START + np.arange(hours) * np.timedelta64(1, "h"), unit=unit, tz="UTC")


def test_alarms_say_which_rules_watch_nothing_and_why():
    alarms = Alarms({"rule": [HOT, COLD]})
    assert repr(alarms) == "Alarms, 2 rules at no series: none is active; nothing is watched by hot, cold"
    alarms.push(heat("K"))
    assert alarms.idle == {"hot": "it is in 'degC', and oven.heat in 'K'", "cold": "no series 'oven.heta' came so far"}
    alarms.push(heat())
    assert repr(alarms) == "Alarms, 2 rules at 1 series: none is active; nothing is watched by cold"
    assert repr(Alarms({"rule": [HOT]})).startswith("Alarms, 1 rule at no series")


def test_alarms_can_be_looked_at_while_another_thread_pushes():
    alarms, done, wrong = Alarms({"rule": [HOT, COLD]}), threading.Event(), []

    def look():
        try:
            while not done.is_set():
                assert list(alarms.idle) == ["hot", "cold"]
                assert repr(alarms).endswith("nothing is watched by hot, cold")
        except (RuntimeError, AssertionError) as error:
            wrong.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    looking = threading.Thread(target=look)
    looking.start()
    try:
        for number in range(2000):  # each is another series, and in another unit than the rule
            alarms.push(Batch.of("oven.heat", [60.0], [START + number], unit="K", tz="UTC", tags={"line": str(number)}))
    finally:
        done.set()
        looking.join()
        sys.setswitchinterval(before)
    assert wrong == []


def test_a_rule_on_absence_waits_for_what_never_came_and_says_so():
    alarms = Alarms({"rule": [GONE]})
    (step,) = alarms.push(heat())
    assert (step.rule, step.after) == ("gone", "firing")
    assert alarms.idle == {"gone": "no series 'oven.heta' came so far, and fires 1h after the first sample of any"}


def test_alarms_are_a_table_in_a_notebook():
    alarms = Alarms({"rule": [{**HOT, "above": 50, "labels": {"part": "<b>"}}, COLD]})
    alarms.push(heat())
    page = alarms._repr_html_()
    assert page.count("<tr>") == 3
    assert "firing" in page
    assert "no series &#x27;oven.heta&#x27; came so far" in page


@pytest.mark.filterwarnings("error::nsi_notebook.errors.NsiWarning")
def test_an_engine_warns_of_a_rule_that_takes_none_of_what_is_stored():
    with TimeSeriesDatabase("memory:") as db:
        with AnalyticsEngine(db, alarms={"rule": [COLD]}, inline=True):  # nothing is stored: it may come
            pass
        db.append(heat())
        windows = {**COLD, "series": "oven.heat.mean", "tags": {"windows": "*"}}  # those of a plan are yet to be computed
        with AnalyticsEngine(db, alarms={"rule": [HOT, windows]}, inline=True):
            pass
        with pytest.warns(NsiWarning, match=r"(?s)the rule 'cold': unknown series 'oven.heta'.*did you mean 'oven.heat'"):
            engine = AnalyticsEngine(db, alarms={"rule": [HOT, COLD]}, inline=True).start()
        assert ("rule cold", "watches nothing: no series 'oven.heta' came so far") in engine.status().rows()
        engine.stop()


def test_absence_of_a_series_that_never_came_is_a_firing_on_history():
    with TimeSeriesDatabase("memory:") as db:
        with pytest.raises(UnknownNameError):  # nothing is stored at all
            backtest({"rule": [GONE]}, db)
        db.append(heat())
        for rules in ({"rule": [HOT, GONE]}, {"rule": [GONE]}):
            with pytest.warns(NsiWarning, match="it fires, as none ever came"):
                found = backtest(rules, db)
            assert found.rates[-1].firings == 1
            assert np.isnan(found.table()["value"].item())
        for rule in (COLD, {**GONE, "series": "ofen.*"}):  # the absence of which one?
            with pytest.raises(UnknownNameError, match="unknown series"):
                backtest({"rule": [rule]}, db)


def test_rules_that_are_checked_without_leave_refuse_it():
    with pytest.raises(UnknownNameError, match=r"'gone': unknown series 'oven.heta'"):
        Rules.of({"rule": [GONE]}).check(heat().series)
