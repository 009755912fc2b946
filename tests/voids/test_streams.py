"""A stream, a series and a stack give the same bits; bad frames and restarts change nothing."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nsi_notebook as nsi
from nsi_notebook import Stream, measure, series
from nsi_notebook.errors import (
    DimsError,
    FileError,
    InputError,
    OptionError,
    PixelError,
    SpacingError,
    SummaryError,
    UnknownNameError,
)
from nsi_notebook.voids.measures.registry import catalogue
from nsi_notebook.voids.rows import FAN
from nsi_notebook.voids.stores import read_store, write_store

DATES = [pd.Timestamp(text) for text in ("2026-01-01", "2025-01-01T00:00:00.000000001", "2026-03-01")]
FEW = ["void_fraction", "components", "chords", "void_profile"]
PLANE = sorted(n for n, kind in catalogue().items() if 2 in kind.ndims)
identical = xr.testing.assert_identical


def stack(number=5, seed=0, step=0.5):
    """Masks of very different numbers of voids, one without any, in micrometers."""
    rng = np.random.default_rng(seed)
    levels = np.resize([0.5, 0.05, 0.0, 0.9, 0.3], number)[:, None, None]
    coords = {
        "time": ("time", np.arange(number) * 2.0, {"units": "s"}),
        "y": ("y", 3 + np.arange(12) * step, {"units": "um"}),
        "x": ("x", np.arange(13) * step, {"units": "um"}),
        "stage": ("time", np.arange(number) ** 2, {"units": "mm"}),
    }
    return xr.DataArray(rng.random((number, 12, 13)) < levels, dims=("time", "y", "x"), coords=coords)


def grey(number=4):
    rng = np.random.default_rng(1)
    return xr.DataArray(rng.integers(0, 255, (number, 12, 13)).astype(np.uint8), dims=("time", "y", "x"))


def streamed(frames, stream):
    for frame in frames:
        stream.update(frame)
    return stream


def same_dtypes(one, other):
    assert {n: v.dtype for n, v in one.variables.items()} == {n: v.dtype for n, v in other.variables.items()}


@pytest.mark.parametrize("name", PLANE)
def test_stream_series_and_measure_give_the_same_bits(name):
    masks = stack()
    expected = measure(masks, name)
    identical(streamed(masks, Stream(name)).result(), expected)
    identical(series(masks, name), expected)
    identical(masks.nsi.series(name), expected)
    identical(series(masks.chunk(time=2, y=5), name), expected)
    same_dtypes(streamed(masks, Stream(name)).result(), expected)


@pytest.mark.parametrize(("chunks", "reads"), [((2, 12), 3), ((5, 12), 1), ((1, 12), 5), ((2, 7), 10)])
def test_a_chunk_of_whole_frames_is_read_once(chunks, reads):
    masks, seen = stack(5), []

    def read(block):
        seen.append(block.shape)
        return block

    data = da.from_array(masks.values, chunks=(chunks[0], chunks[1], 13)).map_blocks(
        read, dtype=bool, meta=np.empty((0, 0, 0), bool)
    )
    seen.clear()
    identical(series(masks.copy(data=data), FEW), measure(masks, FEW))
    assert len(seen) == reads


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # of small frames
def test_all_measures_with_intervals_and_options_are_the_same():
    masks = stack(3)
    how = {"ci": 0.9, "seed": 3, "connectivity": 8, "edge": "inner"}
    identical(streamed(masks, Stream(**how)).result(), measure(masks, **how))
    identical(series(masks, **how), measure(masks, **how))


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_parts_merged_in_any_tree_give_the_same_bits(data):
    masks = stack(6, seed=data.draw(st.integers(0, 99)))
    order = data.draw(st.permutations(range(6)))
    parts = [Stream(FEW) for _ in range(3)]
    for i in order:
        data.draw(st.sampled_from(parts)).update(masks.isel(time=i))
    expected = measure(masks, FEW)
    one, two, three = data.draw(st.permutations(parts))
    identical(one.merge(two).merge(three).result(), expected)
    identical(one.merge(two.merge(three)).result(), expected)
    assert len(one) + len(two) + len(three) == 6


def test_many_rows_are_kept_in_order():
    masks = xr.concat([stack(5)] * 16, "time").drop_vars(["time", "stage"])[: 2 * FAN + 3]
    stream = Stream(["void_fraction", "components"])
    for i, frame in enumerate(masks):
        stream.update(frame)
        if i == FAN + 1:
            stream.result()
    identical(stream.result(), measure(masks, ["void_fraction", "components"]))
    assert str(stream) == "<Stream of void_fraction, components: 67 frames along time>"


def test_a_volume_with_channels_and_another_dim():
    rng = np.random.default_rng(0)
    masks = xr.DataArray(rng.random((2, 3, 4, 5, 6)) < 0.5, dims=("channel", "scan", "z", "y", "x"))
    masks = masks.assign_coords(channel=["a", "b"], place="here")
    expected = measure(masks, FEW)
    identical(series(masks, FEW, dim="scan"), expected)
    stream = streamed(masks.transpose("scan", ...), Stream(FEW, dims=("z", "y", "x"), dim="scan"))
    told = stream.result()
    assert told.place.values.tolist() == ["here"] * 3  # each frame has its own
    identical(told.drop_vars("place"), measure(masks.transpose("scan", ...), FEW).drop_vars("place"))


def test_bare_arrays_take_the_spacing_of_the_stream():
    masks = stack(3).drop_vars(["time", "stage", "y", "x"])
    expected = measure(nsi.voids.space.respaced(masks, (2, 0.5), "um"), FEW)
    identical(streamed(masks.values, Stream(FEW, spacing=(2, 0.5), unit="um")).result(), expected)
    identical(series(masks, FEW, spacing=(2, 0.5), unit="um"), expected)
    rows = streamed(
        masks.rename(y="row", x="col").values, Stream("chords", dims=("row", "col"), spacing=2, unit="pixel")
    ).result()
    assert rows.axis.values.tolist() == ["row", "col"]
    assert rows.nsi_dims == ["row", "col"]
    assert rows.nsi_spacing == [2.0, 2.0]


def test_frames_of_the_same_spacing_are_told_in_the_coords_of_the_first():
    one, two = stack(2)
    moved = two.assign_coords(y=two.y + 1e3 / 3, x=two.x * (1 + 1e-9))
    expected = streamed([one, two], Stream(FEW)).result()
    identical(streamed([one, moved.assign_coords(y=("y", moved.y.values, two.y.attrs), x=("x", moved.x.values, two.x.attrs))],
                       Stream(FEW)).result(), expected)  # fmt: skip
    fall = stack(2).isel(y=slice(None, None, -1))
    identical(streamed(fall, Stream(FEW, spacing=0.5, unit="um")).result(), measure(fall, FEW))
    identical(streamed(stack(2), Stream(FEW, unit="nm")).result(), measure(nsi.voids.space.respaced(stack(2), None, "nm"), FEW))


@pytest.mark.parametrize("method", ["otsu", 100, "hysteresis"])
def test_grey_frames_are_marked_first(method):
    more = {"low": 90, "high": 150} if method == "hysteresis" else {}
    expected = measure(nsi.void(grey(), method, phase="bright", **more), FEW)
    identical(streamed(grey(), Stream(FEW, method=method, phase="bright", **more)).result(), expected)
    identical(series(grey(), FEW, method=method, phase="bright", **more), expected)


def test_masks_marked_one_by_one_keep_their_thresholds():
    stream = Stream("void_fraction")
    for frame in grey():
        stream.update(nsi.void(frame, "otsu"))
    xr.testing.assert_equal(stream.result(), measure(nsi.void(grey(), "otsu"), "void_fraction"))
    assert "nsi_threshold" not in stream.result().attrs
    with pytest.raises(PixelError, match="nsi_method='li', those before it with 'otsu'"):
        stream.update(nsi.void(grey()[0], "li"))


@pytest.mark.parametrize("at", [[3, 1, 2], [0.5, -1.0, 7.0], ["b", "a", "ccc"], DATES])
def test_rows_come_in_the_order_of_their_coordinates_and_survive_files(at, tmp_path):
    masks = stack(3).drop_vars(["time", "stage"])
    stream = Stream(FEW)
    for frame, place in zip(masks, at, strict=True):
        row = stream.update(frame, at=place)
        assert row.sizes["time"] == 1
    expected = measure(masks.assign_coords(time=at), FEW).sortby("time")
    identical(stream.result(), expected)
    for name in ("rows.nc", "rows.zarr"):
        stream.save(tmp_path / name)
        again = Stream.load(tmp_path / name)
        identical(again.result(), expected)
        same_dtypes(again.result(), stream.result())
        with pytest.raises(OptionError, match="there was a frame at time="):
            again.update(masks[0], at=at[1])


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
@pytest.mark.parametrize("first", [0, 1, 3])
def test_a_stream_goes_on_after_a_restart(suffix, first, tmp_path):
    path = tmp_path / f"rows{suffix}"
    images = grey(5).assign_coords(stage=("time", [0.1, 0.2, 0.3, 0.4, 0.5], {"units": "mm"}))

    def new():
        return Stream(FEW, method="otsu", spacing=0.1, unit="um", ci=0.9, on_error="record", edge="inner")

    def some(stream, which):
        for i in which:
            stream.update(images[i] if i != 1 else images[i].astype(float) * np.nan)

    whole = new()
    some(whole, range(5))
    part = new()
    some(part, range(first))
    for _ in range(2):  # what is there is replaced
        part.save(path)
    resumed = new().merge(Stream.load(path))
    some(resumed, range(first, 5))
    identical(resumed.result(), whole.result())
    same_dtypes(resumed.result(), whole.result())
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    resumed.save(path)
    if first == 3:
        opened = xr.open_dataset(path, engine="zarr" if suffix == ".zarr" else "h5netcdf")
        np.testing.assert_array_equal(opened.void_fraction, whole.result().void_fraction)


def test_a_bad_frame_is_a_row_of_nan_where_that_is_asked_for():
    masks = stack(4)
    stream = Stream(FEW, on_error="record")
    bad = stream.update(np.zeros((3, 3)), at=-1.0)
    assert list(bad.data_vars) == []
    assert "bool, not float64" in bad.error.item()
    assert stream.result().time.values.tolist() == [-1.0]
    stream = Stream(FEW, on_error="record")
    empty = stream.update(masks[0].astype(float) * np.nan)
    assert empty.error.item() == "a mask of the empty part must be bool, not float64"
    assert empty.stage.item() == 0
    for frame in masks[1:]:
        stream.update(frame)
    row = stream.update(masks[0, :5], at=99.0)
    assert "the shape (5, 13), those before it (12, 13)" in row.error.item()
    assert np.isnan(row.void_fraction.item())
    stream.miss("the shutter was closed", {"time": 100.0, "stage": 5})
    result = stream.result()
    expected = measure(masks[1:], FEW)
    assert result.error.values.tolist()[-1] == "the shutter was closed"
    assert result.time.values.tolist() == [0.0, 2.0, 4.0, 6.0, 99.0, 100.0]
    good = result.isel(time=slice(1, 4)).drop_vars("error")
    xr.testing.assert_equal(good, expected)
    assert good.attrs == expected.attrs
    assert all(good[n].attrs == expected[n].attrs for n in expected.variables)
    assert bool(result.isel(time=[0, 4, 5]).to_array().isnull().all())
    assert "3 of them bad" in repr(stream)


@pytest.mark.parametrize(
    ("how", "small", "word"),
    [
        ({"measures": "void_fraction", "ci": 0.95}, (1, 1), "one tile only"),
        ({"measures": "lacunarity", "boxes": [2, 30]}, (8, 8), "a box of 30 pixels does not fit"),
        ({"measures": "two_point", "r_max": 20}, (8, 8), "r_max=20 is no lag"),
    ],
)
def test_an_option_that_does_not_fit_the_size_of_the_first_frame_is_a_bad_frame(how, small, word):
    large = np.random.default_rng(0).random((64, 64)) < 0.5
    stream = Stream(**how, on_error="record")
    assert word in stream.update(np.ones(small, dtype=bool)).error.item()
    assert stream.update(large).error.item() == ""
    alone = Stream(**how)
    with pytest.raises(OptionError, match=word):
        alone.update(np.ones(small, dtype=bool))
    xr.testing.assert_equal(stream.result().isel(time=[1]).drop_vars("error"), alone.update(large))


def test_a_stream_that_raises_can_miss_frames_too():
    stream = streamed(stack(2), Stream("void_fraction"))
    assert "error" not in stream.result().coords
    stream.miss("dropped", {"time": 1.0})
    assert stream.result().error.values.tolist() == ["", "dropped", ""]
    assert stream.result().stage.values.tolist()[::2] == [0, 1]
    assert np.isnan(stream.result().stage.values[1])
    with pytest.raises(OptionError, match="no reason"):
        stream.miss("", {"time": 9.0})


PLAIN = stack(1)[0].drop_vars(["time", "stage"])


@pytest.mark.parametrize(
    ("frame", "kind", "word"),
    [
        (PLAIN[:6], DimsError, r"the shape \(6, 13\), those before it \(12, 13\)"),
        (PLAIN.T, DimsError, r"the dims \('x', 'y'\), those before it \('y', 'x'\)"),
        (PLAIN.rename(y="z"), DimsError, "cannot be used"),
        (PLAIN.astype(np.uint8), PixelError, "pixels of uint8, those before it bool"),
        (PLAIN.astype(float) * np.nan, PixelError, "pixels of float64"),
        (
            stack(1, step=0.6)[0].drop_vars(["time", "stage"]),
            SpacingError,
            "y: 0.6 um, x: 0.6 um, those before",
        ),
        (PLAIN.isel(y=slice(None, None, -1)), SpacingError, "y: -0.5 um"),
        (PLAIN.drop_vars(["y", "x"]), SpacingError, "y: 1 pixel"),
        (PLAIN.values, SpacingError, "y: 1 pixel"),
        (nsi.voids.space.respaced(PLAIN, None, "nm"), SpacingError, "y: 500 nm"),
        (PLAIN.values[0], DimsError, r"shape \(13,\)"),
        (None, DimsError, r"shape \(\)"),
        (stack(2), DimsError, "2 frames along time were given at once"),
        (PLAIN.assign_coords(error=1), OptionError, "coord 'error'"),
        (PLAIN.assign_coords(void_fraction=1.0), DimsError, "the name of an output"),
        (PLAIN.assign_attrs(nsi_method="li"), PixelError, "nsi_method='li', those before it with None"),
    ],
)
def test_a_frame_that_differs_is_refused_and_the_stream_stays(frame, kind, word):
    masks = stack(2).drop_vars(["time", "stage"])
    stream = Stream(FEW)
    stream.update(masks[0])
    before = stream.result()
    with pytest.raises(kind, match=word):
        stream.update(frame)
    identical(stream.result(), before)
    stream.update(masks[1])
    identical(stream.result(), measure(masks, FEW))


def test_grey_frames_with_nan_are_refused():
    stream = Stream("void_fraction", method=0.5)
    stream.update(np.eye(4))
    with pytest.raises(PixelError, match="NaN"):
        stream.update(np.full((4, 4), np.nan))
    with pytest.raises(SpacingError, match=r"y: 0.5 um, x: 0.5 um, the stream y: 2 um"):
        Stream(FEW, spacing=2, unit="um").update(PLAIN)
    assert len(stream) == 1


@pytest.mark.parametrize(
    ("at", "word"),
    [(None, "has no coordinate along time, those before it have one"), (0.0, "there was a frame at time=0.0"),
     ("a", "cannot be ordered"), (np.nan, "cannot be a coordinate"),
     (np.datetime64("NaT", "ns"), "cannot be a coordinate"), (True, "cannot be a coordinate"),
     (np.datetime64("2026-01-01", "ns"), "cannot be ordered with 0"), ([1], r"time=\[1\] is not one value"),
     ([[1], [1, 2]], "is not one value"), (xr.Variable("time", [1]), "is not one value")],
)  # fmt: skip
def test_coordinates_that_do_not_fit_are_always_raised(at, word):
    stream = Stream("void_fraction", on_error="record")
    stream.update(PLAIN, at=0)
    with pytest.raises(OptionError, match=word):
        stream.update(PLAIN, at=at)
    assert len(stream) == 1
    assert stream.result().time.values.tolist() == [0]


@pytest.mark.parametrize("name", ["rows.nc", "rows.zarr"])
def test_aware_dates_become_utc_and_say_so(name, tmp_path):
    stream, masks = Stream("void_fraction", on_error="record"), stack(3).drop_vars(["time", "stage"])
    berlin = [datetime(2026, 11, 26, hour, tzinfo=ZoneInfo("Europe/Berlin")) for hour in (1, 2, 3)]
    stream.update(masks[0], at=berlin[0])
    stream.update(masks[1, :3], at=berlin[1])  # a bad one
    stream.update(masks[2], at=pd.Timestamp(berlin[2]).tz_convert("UTC"))
    stream.save(tmp_path / name)
    for each in (stream, Stream.load(tmp_path / name)):
        time = each.result().time
        assert time.attrs == {"timezone": "UTC"}
        assert time.values.astype("M8[h]").astype(str).tolist() == ["2026-11-26T00", "2026-11-26T01", "2026-11-26T02"]
        with pytest.raises(OptionError, match=r"04:00:00.* has no zone, those before it UTC"):
            each.update(masks[0], at=np.datetime64("2026-11-26T04:00"))
        with pytest.raises(OptionError, match="there was a frame at time=2026-11-26T00:00"):
            each.update(masks[0], at=datetime(2026, 11, 26, tzinfo=UTC))
    naive = Stream("void_fraction")
    naive.update(masks[0], at=DATES[0])
    with pytest.raises(OptionError, match="has the zone UTC, those before it no zone"):
        naive.update(masks[1], at=berlin[0])


@pytest.mark.parametrize("values", [("a", DATES[0], 5), (DATES[0], 1.5), (np.timedelta64(1, "s"), 2), ("a", True)])
def test_labels_that_have_no_dtype_in_common_are_told_as_text(values, tmp_path):
    stream, parts = Stream("void_fraction"), Stream("void_fraction")
    for value in values:
        one = Stream("void_fraction")
        for each in (stream, one):
            each.update(PLAIN.assign_coords(stage=value))
        parts = parts.merge(one)
    stream.miss("no light")
    told = stream.result()
    assert told.stage.values.tolist() == [str(PLAIN.assign_coords(stage=v).stage.values[()]) for v in values] + [""]
    identical(parts.result().stage, told.drop_vars("error").stage[: len(values)])
    stream.save(tmp_path / "rows.nc")
    identical(Stream.load(tmp_path / "rows.nc").result(), told)


def test_labels_of_a_missing_frame_are_one_value_each():
    with pytest.raises(OptionError, match=r"stage=\[1, 2\] is not one value"):
        Stream("void_fraction").miss("no light", {"stage": [1, 2]})


@pytest.mark.parametrize("window", [(3, 3), np.array([3, 3]), [3, 3], {"y": 3}, np.float32(0.1), np.nan, [1.0, np.nan]])
def test_masks_made_alike_are_alike_after_a_restart(window, tmp_path):
    masks = [m.assign_attrs(nsi_window=window) for m in stack(3)]
    stream = streamed(masks[:2], Stream("void_fraction"))
    stream.save(tmp_path / "rows.nc")
    again = Stream.load(tmp_path / "rows.nc")
    again.update(masks[2])
    assert len(stream.merge(streamed(masks[2:], Stream("void_fraction")))) == len(again) == 3
    with pytest.raises(PixelError, match="the mask was made with nsi_window="):
        again.update(stack(4)[3].assign_attrs(nsi_window=np.array([3, 4])))


@pytest.mark.parametrize(
    ("make", "kind", "word"),
    [
        (lambda: Stream("eulr"), UnknownNameError, "did you mean 'euler'"),
        (lambda: Stream([]), DimsError, "no measure"),
        (lambda: Stream("euler", conectivity=8), OptionError, "did you mean 'connectivity'"),
        (lambda: Stream("euler", connectivity=6), OptionError, "does not exist in 2 dims"),
        (lambda: Stream(ci=95), OptionError, "not a level"),
        (lambda: Stream(ci="0.95"), OptionError, "ci='0.95' is not a finite number"),
        (lambda: Stream(seed=-1), OptionError, "seed=-1 is negative"),
        (lambda: Stream(seed=1.5), OptionError, "seed=1.5 is not a whole number"),
        (lambda: Stream(spacing=-1, on_error="record"), SpacingError, "spacing=-1 does not fit"),
        (lambda: Stream(spacing=(1, 2, 3)), SpacingError, "does not fit"),
        (lambda: Stream(on_error="ignore"), UnknownNameError, "raise, record"),
        (lambda: Stream(method="otsi"), UnknownNameError, "otsu"),
        (lambda: Stream(method="sauvola", window=2.5), OptionError, "window=2.5"),
        (lambda: Stream(method="otsu", phase="grey"), UnknownNameError, "dark"),
        (lambda: Stream(dims=("time", "x")), DimsError, "cannot arrive along 'time'"),
        (lambda: Stream(dims=tuple("abcd")), DimsError, "1 to 3"),
        (lambda: Stream().result(), SummaryError, "no frame yet"),
        (lambda: series(PLAIN), DimsError, "no frames along 'time'"),
        (lambda: series(stack(2)[:0]), DimsError, "no frames along 'time'"),
        (lambda: series(stack(2).values), PixelError, "not a DataArray"),
        (lambda: series(grey(2)), PixelError, "the frame time=0: a mask of the empty part must be bool"),
        (lambda: series(stack(2), dim="y", dims="y"), DimsError, "dims="),
    ],
)
def test_what_no_frame_could_be_measured_with_is_said_at_once(make, kind, word):
    with pytest.raises(kind, match=word):
        make()


@pytest.mark.parametrize(
    ("other", "word"),
    [
        (lambda: streamed(stack(2), Stream(FEW)), "a frame at time=0.0 is in both"),
        (lambda: Stream(FEW, ci=0.9), "ci=None and ci=0.9"),
        (lambda: Stream("euler"), "measures="),
        (lambda: streamed(stack(2)[:, :6], Stream(FEW)), "the streams are of different frames: the frame has the shape"),
        (lambda: streamed(stack(2).drop_vars("time"), Stream(FEW)), "cannot be one: this frame has no coordinate along time"),
        (lambda: streamed(stack(2).assign_coords(time=DATES[:2]), Stream(FEW)), "cannot be one: .* cannot be ordered"),
    ],
)
def test_streams_that_do_not_fit_do_not_merge(other, word):
    stream = streamed(stack(2), Stream(FEW))
    late = other()
    if "different" in word:
        late._keys = {99.0}
    with pytest.raises(SummaryError, match=word):
        stream.merge(late)


def placed(frames, start, step):
    x = ("x", start + np.arange(frames.sizes["x"]) * step, {"units": "um"})
    return frames.assign_coords(x=x, y=("y", np.arange(frames.sizes["y"]) * step, {"units": "um"}))


@pytest.mark.parametrize(("start", "step"), [(10.0, 0.1), (5.3, 0.1), (0.0, 0.1 * (1 + 1e-9))])
@pytest.mark.parametrize("name", [PLANE, "void_profile", "two_point"])
def test_streams_of_frames_at_different_places_merge_in_the_coords_of_the_first(name, start, step, tmp_path):
    masks = stack(4)
    one, two = placed(masks[:2], 0.0, 0.1), placed(masks[2:], start, step)
    expected = streamed([*one, *two], Stream(name)).result()
    streams = streamed(one, Stream(name)), streamed(two, Stream(name))
    both = streams[0].merge(streams[1])
    same = both.result()
    for coord in expected.coords:
        xr.testing.assert_identical(same[coord].variable, expected[coord].variable)
    xr.testing.assert_allclose(same, expected, rtol=1e-8)
    assert bool(streams[1].merge(streams[0]).result().time.equals(expected.time))
    both.save(tmp_path / "rows.nc")
    identical(Stream.load(tmp_path / "rows.nc").result(), same)


def coloured(**coords):
    masks = xr.DataArray(np.random.default_rng(0).random((2, 3, 4, 5)) < 0.5, dims=("time", "channel", "y", "x"))
    return masks.assign_coords(coords)


@pytest.mark.parametrize(
    ("coords", "word"),
    [
        ({"channel": ["a", "b", "d"]}, r'coord \'channel\' \["a", "b", "d"\].*those before it \["a", "b", "c"\]'),
        ({}, "coord 'channel' none"),
        ({"channel": ["a", "b", "c"], "wave": ("channel", [1.0, 2.0, 3.0])}, "coord 'wave' .* those before it none"),
    ],
)
def test_frames_of_other_channels_are_refused(coords, word, tmp_path):
    known, other = coloured(channel=["a", "b", "c"]), coloured(**coords)
    stream = Stream(FEW)
    stream.update(known[0])
    stream.save(tmp_path / "rows.nc")
    for each in (stream, Stream.load(tmp_path / "rows.nc")):
        with pytest.raises(DimsError, match=word):
            each.update(other[1])
    late = Stream(FEW)
    late.update(other[1])
    with pytest.raises(SummaryError, match=word):
        stream.merge(late)
    stream.update(known[1])
    identical(stream.result(), measure(known, FEW))


def test_frames_of_other_values_along_channels_are_refused():
    waves = coloured(wave=("channel", [1.0, np.nan, 3.0], {"units": "nm"}))
    stream = streamed(waves, Stream(FEW))
    identical(stream.result(), measure(waves, FEW))
    for other in (waves.wave + 1, waves.wave.assign_attrs(units="um")):
        with pytest.raises(DimsError, match="coord 'wave'"):
            stream.update(waves[0].assign_coords(wave=("channel", other.values, other.attrs)))
    gains = coloured(gain=(("time", "channel"), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))  # each frame has its own
    identical(series(gains, FEW), measure(gains, FEW))
    stream = Stream(FEW)
    stream.update(gains.isel(time=[0]))
    with pytest.raises(DimsError, match="coord 'gain' none, those before it of its own"):
        stream.update(gains.isel(time=[1]).drop_vars("gain"))


def test_merging_with_a_stream_of_no_frames_changes_nothing():
    stream = streamed(stack(2), Stream(FEW))
    for both in (stream.merge(Stream(FEW)), Stream(FEW).merge(stream)):
        identical(both.result(), stream.result())
        both.update(stack(3)[2])
        identical(both.result(), measure(stack(3), FEW))
    assert len(stream) == 2


def edited(path, **changes):
    """Write a saved stream as another version would have."""
    held = read_store(path)
    told = json.loads(held.attrs["nsi_stream"])
    for key, value in changes.items():
        (told["how"] if key in told["how"] else told)[key] = value
    write_store(held.assign_attrs(nsi_stream=json.dumps(told)), path)


def test_files_that_cannot_be_gone_on_with(tmp_path):
    path = tmp_path / "rows.nc"
    with pytest.raises(FileError, match="no file"):
        Stream.load(path)
    with pytest.raises(UnknownNameError, match=r"\.nc, \.zarr"):
        Stream(FEW).save(tmp_path / "rows.txt")
    measure(stack(2), FEW).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(FileError, match=r"rows.nc holds no stream"):
        Stream.load(path)
    stream = streamed(stack(2), Stream(FEW))
    stream.save(path)
    edited(path, measures=["void_fraction", "frobnicate"])
    with pytest.raises(UnknownNameError, match=r"rows.nc: unknown measure 'frobnicate'"):
        Stream.load(path)
    stream.save(path)
    edited(path, version="0.0.9")
    with pytest.warns(UserWarning, match="measured by nsi-notebook 0.0.9"):
        identical(Stream.load(path).result(), stream.result())
    edited(path, format=2)
    with pytest.raises(FileError, match="later"):
        Stream.load(path)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(FileError, match=r"rows.nc cannot be read"):
        Stream.load(path)
    with pytest.raises(FileError, match="cannot write"):
        stream.save(tmp_path / "nowhere" / "rows.nc")


def test_a_store_that_was_moved_aside_when_the_process_ended_is_put_back(tmp_path):
    path = tmp_path / "rows.zarr"
    stream = streamed(stack(2), Stream(FEW))
    stream.save(path)
    os.rename(path, tmp_path / ".rows.zarr.old")
    identical(Stream.load(path).result(), stream.result())
    (tmp_path / ".rows.zarr.part").mkdir()  # half of a new one
    stream.save(path)
    assert [p.name for p in tmp_path.iterdir()] == ["rows.zarr"]


@pytest.mark.parametrize(("at", "name"), [(5, "the frame time=5"), (None, "the image")])
def test_an_error_names_the_frame_as_the_caller_does(at, name):
    image = grey(1)[0].astype(float).drop_vars("time", errors="ignore")
    image[2, 3] = np.nan
    with pytest.raises(InputError, match=f"^{name} has 1 NaN"):
        Stream(FEW, method="otsu").update(image, at=at)


def test_an_input_error_of_a_series_names_the_frame():
    images = grey(3).astype(float)
    images[1, 2, 3] = np.nan
    with pytest.raises(InputError, match=r"the frame time=1: .*NaN"):
        series(images, method=100)


@pytest.mark.parametrize("edge", ["all", "inner"])
def test_rows_tell_what_all_frames_are_as_one(edge):
    from itertools import groupby

    from scipy import ndimage

    masks = np.random.default_rng(3).random((4, 20, 24)) < np.array([0.3, 0.5, 0.6, 0.7])[:, None, None]
    frames = xr.DataArray(masks, dims=("time", "y", "x"))
    rows = series(frames, ["void_fraction", "chords", "components", "distance", "two_point", "lineal_path"], edge=edge)
    assert float(rows.void_fraction.mean()) == pytest.approx(masks.mean())
    for lag in (1, 5):
        pairs = (masks[..., lag:] & masks[..., :-lag]).mean()
        assert float(rows.two_point_axis.sel(axis="x", lag=lag).mean()) == pytest.approx(pairs)
        path = np.all([masks[..., i : masks.shape[-1] - lag + i] for i in range(lag + 1)], axis=0).mean()
        assert float(rows.lineal_path.sel(axis="x", lag=lag).mean()) == pytest.approx(path)
    runs = []
    for line in masks.reshape(-1, masks.shape[-1]):
        found = [(empty, len(list(same))) for empty, same in groupby(line)]
        runs += [n for empty, n in (found[1:-1] if edge == "inner" else found) if empty]
    chords = rows.sel(axis="x")
    number = chords.chord_count.sum("length")
    assert int(number.sum()) == len(runs)
    assert float((chords.mean_chord * number).sum() / number.sum()) == pytest.approx(np.mean(runs))
    labels, count = ndimage.label(masks, [np.zeros((3, 3)), [[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.zeros((3, 3))])
    assert int(rows.component_count.sum()) == count
    mean = (rows.component_size_mean * rows.component_count).sum() / rows.component_count.sum()
    assert float(mean) == pytest.approx((labels > 0).sum() / count)
    away = np.concatenate([ndimage.distance_transform_edt(mask)[mask] for mask in masks])
    weighted = (rows.distance_mean * rows.void_fraction).sum() / rows.void_fraction.sum()
    assert float(weighted) == pytest.approx(away.mean())
