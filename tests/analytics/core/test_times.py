"""Moments and durations against datetime, pandas and numpy."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nsi_notebook.analytics.core.times import FIRST, LAST, LONGEST, instant, instants, now, span, told, utc
from nsi_notebook.errors import TimeError

AWARE = st.datetimes(
    min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.sampled_from([UTC, timezone(timedelta(hours=5))])
)


@given(AWARE)
def test_an_aware_datetime_comes_back_as_the_same_moment(moment):
    assert utc(instant(moment)) == moment
    assert utc(instant(moment.isoformat())) == moment


@given(st.lists(AWARE, min_size=1, max_size=5))
def test_arrays_of_pandas_and_numpy_agree_with_single_moments(moments):
    wanted = [instant(m) for m in moments]
    index = pd.DatetimeIndex([pd.Timestamp(m).tz_convert("UTC") for m in moments])
    assert instants(index).tolist() == wanted
    assert instants(pd.Series(index)).tolist() == wanted
    assert instants(index.tz_localize(None).to_numpy(), tz="UTC").tolist() == wanted
    assert instants(moments).tolist() == wanted


def test_a_zone_given_beside_naive_times_is_used():
    berlin = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    naive = np.array(["2026-07-01T12:00"], dtype="datetime64[us]")
    assert instant("2026-07-01T12:00", tz="Europe/Berlin") == instant(berlin)
    assert instants(naive, tz=ZoneInfo("Europe/Berlin")).tolist() == [instant(berlin)]
    assert instant(naive[0], tz="Europe/Berlin") == instant(berlin)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (datetime(2026, 1, 1), "has no zone"),
        ("2026-01-01", "has no zone"),
        ("soon", "is no time"),
        (1.5, "is no time"),
        (pd.NaT, "is no time"),
        (np.datetime64("2026-01-01"), "have no zone"),
    ],
)
def test_what_is_no_moment_is_refused(value, said):
    with pytest.raises(TimeError, match=said):
        instant(value)


@pytest.mark.parametrize(
    ("values", "tz", "said"),
    [
        (np.array([1.0, 2.0]), "UTC", "of type float64"),
        (np.array(["2026-01-01", "NaT"], dtype="M8[s]"), "UTC", "1 of 2 times are missing"),
        (np.array(["2026-03-29T02:30"], dtype="M8[s]"), "Europe/Berlin", "do not all exist once"),
        (np.array(["2026-01-01"], dtype="M8[s]"), "Europe/Berlim", "unknown time zone 'Europe/Berlim'"),
        (np.array(["2026-01-01"], dtype="M8[s]"), "Europe", "unknown time zone 'Europe'"),
        (np.array(["2026-01-01"], dtype="M8[s]"), 2, "unknown time zone 2"),
    ],
)
def test_arrays_that_are_no_moments_are_refused(values, tz, said):
    with pytest.raises(TimeError, match=said):
        instants(values, tz)


OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=st.one_of(OFFSETS, st.just(UTC))))
@example(datetime.min.replace(tzinfo=timezone(timedelta(hours=5))))
@example(datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))))
@example(datetime.max.replace(tzinfo=UTC))
def test_every_datetime_is_a_moment_or_is_refused_in_words(moment):
    there = -moment.utcoffset() if moment.utcoffset() else timedelta(0)
    micros = (moment.replace(tzinfo=None) - datetime(1970, 1, 1) + there) // timedelta(microseconds=1)
    for one in (moment, moment.isoformat(), pd.Timestamp(moment)):
        for read in (instant, lambda one: instants([one])[0]):
            if FIRST <= micros <= LAST:
                assert read(one) == micros
            else:
                with pytest.raises(TimeError, match="years 1 to 9999"):
                    read(one)
    if FIRST <= micros <= LAST:
        assert utc(micros) == moment


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(["ns", "us", "ms", "s", "m", "h", "D", "W", "M", "Y"]))
@example(FIRST, "us")
@example(FIRST - 1, "us")
@example(LAST, "us")
@example(LAST + 1, "us")
@example(7 * 10**12, "s")
@example(-719_163, "D")
def test_every_datetime64_is_a_moment_or_is_refused_in_words(number, unit):
    time = np.datetime64(number, unit)
    year = int(time.astype("M8[Y]").astype(int)) + 1970
    if 1 <= year <= 9999:
        assert instants(np.array([time]), "UTC").tolist() == [time.astype("M8[us]").astype(int)] == [instant(time, "UTC")]
    else:
        for zone in ("UTC", "Europe/Berlin"):
            with pytest.raises(TimeError, match="years 1 to 9999"):
                instants(np.array([time]), zone)


@given(st.integers(FIRST - 2 * LONGEST, LAST + 2 * LONGEST))
def test_what_is_beyond_all_times_is_told_as_the_end_of_them(micros):
    assert instant(utc(micros)) == min(max(micros, FIRST), LAST)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("0001-01-01T00:30", timezone(timedelta(hours=1))),
        ("0001-01-01T00:30", "Europe/Berlin"),
        ("9999-12-31T23:30", timezone(timedelta(hours=-1))),
        ("9999-12-31T23:30", "America/New_York"),
    ],
)
def test_a_time_whose_zone_takes_it_out_of_the_years_is_refused(text, zone):
    for value in (text, pd.Timestamp(text), datetime.fromisoformat(text)):
        with pytest.raises(TimeError, match="years 1 to 9999"):
            instant(value, zone)
    with pytest.raises(TimeError, match=r"^the time .* is not in the years 1 to 9999"):
        instants(np.array([text], dtype="M8[us]"), zone)


@pytest.mark.parametrize("value", ["2026-10-25T02:30", "2026-03-29T02:30", pd.Timestamp("2026-10-25T02:30")])
def test_an_hour_that_clocks_repeat_or_leave_out_is_not_guessed(value):
    with pytest.raises(TimeError, match="does not exist once in Europe/Berlin"):
        instant(value, "Europe/Berlin")
    with pytest.raises(TimeError, match="does not exist once"):
        instants([value], ZoneInfo("Europe/Berlin"))


def test_who_says_which_of_two_hours_it_is_is_believed():
    second = datetime(2026, 10, 25, 2, 30, fold=1)
    assert instant(second, "Europe/Berlin") == instant("2026-10-25T01:30Z")


@given(st.integers(1, 10**15))
def test_a_duration_is_read_as_it_was_written(micros):
    assert span(told(micros)) == micros
    assert span(timedelta(microseconds=micros)) == micros
    assert span(np.timedelta64(micros, "us")) == micros


@pytest.mark.parametrize("value", ["10", "ten seconds", "-1s", "0s", timedelta(0), 10, "0.1us"])
def test_what_is_no_duration_is_refused(value):
    with pytest.raises(TimeError, match="duration"):
        span(value)


@pytest.mark.parametrize(
    "value", [np.timedelta64(1, "M"), np.timedelta64(1, "Y"), np.timedelta64("NaT"), np.timedelta64("NaT", "s")]
)
def test_durations_of_numpy_without_a_length_are_refused(value):
    with pytest.raises(TimeError, match="duration"):
        span(value)


@pytest.mark.parametrize("value", ["365251d", timedelta.max, np.timedelta64(2**62, "s"), "9" * 400 + "s"])
def test_a_duration_without_end_is_refused(value):
    with pytest.raises(TimeError, match=r"longer than 1,000 years"):
        span(value)


def test_now_is_between_two_looks_at_the_clock():
    before, found, after = datetime.now(UTC), utc(now()), datetime.now(UTC)
    assert before - timedelta(milliseconds=1) <= found <= after + timedelta(milliseconds=1)


@pytest.mark.parametrize(("day", "how", "logged"), [("10-25", "twice", 0), ("10-25", "twice", 1), ("03-29", "never", 0)])
def test_the_change_of_the_clock_says_which_time_and_what_to_do(day, how, logged):
    day = f"2026-{day}"
    local = pd.date_range(f"{day} 00:00", periods=6, freq="h")
    if logged:  # as a logger has them: the hour is there both times
        local = pd.date_range(f"{day} 00:00", periods=6, freq="h", tz="Europe/Berlin").tz_localize(None)
    with pytest.raises(TimeError) as refused:
        instants(local, "Europe/Berlin")
    assert f"{day} 02:00:00 is there {how}" in str(refused.value)
    assert "try using" not in str(refused.value)
    line = refused.value.hint.partition(": ")[2]
    mended = eval(line, {"pandas": pd, "times": local})
    assert len(instants(mended)) == len(local)
    if logged:
        assert mended.equals(pd.date_range(f"{day} 00:00", periods=6, freq="h", tz="Europe/Berlin"))
