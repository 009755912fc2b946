"""Windows of frames: against measuring each frame, against all frames together by brute force, and against themselves."""

import pickle
from collections import defaultdict

import dask
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import nsi_notebook as nsi
from nsi_notebook import check_summary
from nsi_notebook.analytics.processors.plans import counts, sessions, window
from nsi_notebook.errors import DimsError, InputError, OptionError, PixelError, TimeError

NOON = np.datetime64("2026-11-26T12:00", "us")
NAMES = [
    "void_fraction",
    "void_profile",
    "chords",
    "euler",
    "surface",
    "lacunarity",
    "box_count",
    "two_point",
    "lineal_path",
    "minkowski",
]
MEANS = ("euler_number", "euler_density", "perimeter", "perimeter_density", "void_area", "box_count", "two_point", "lineal_path")
SHAPE = (12, 17)


def series(seed, seconds, shape=SHAPE):
    rng = np.random.default_rng(seed)
    level = rng.uniform(0.2, 0.8, len(seconds)).reshape(-1, *(1,) * len(shape))
    coords = {d: (d, np.arange(n) * 0.5, {"units": "um"}) for d, n in zip(("z", "y", "x")[-len(shape) :], shape, strict=True)}
    times = NOON + np.array(seconds, dtype="m8[s]")
    masks = rng.random((len(seconds), *shape)) < level
    return xr.DataArray(masks, {"time": ("time", times, {"timezone": "UTC"}), **coords}, ("time", *coords))


def by_window(seconds, size, every):
    """Give {start: places of the frames} in plain Python."""
    found = defaultdict(list)
    for i, second in enumerate(seconds):
        k = second // every
        while k * every + size > second:
            found[k * every].append(i)
            k -= 1
    return {start: found[start] for start in sorted(found)}


SECONDS = st.lists(st.integers(0, 60), min_size=1, max_size=9)
KINDS = st.sampled_from([(10, 10), (20, 10), (9, 6)])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), SECONDS, KINDS)
def test_a_window_tells_of_all_its_frames_together(seed, seconds, kind):
    masks = series(seed, seconds)
    found = window(f"{kind[0]}s", f"{kind[1]}s").measure(NAMES).run(masks)
    wanted = by_window(seconds, *kind)
    assert found.start.values.tolist() == (NOON + np.array(list(wanted), dtype="m8[s]")).tolist()
    assert found.end.values.tolist() == (found.start.values + np.timedelta64(kind[0], "s")).tolist()
    rows = nsi.measure(masks, NAMES)
    for i, places in enumerate(wanted.values()):
        mine, each, frames = found.isel(window=i), rows.isel(time=places), masks.values[places]
        assert mine.frames == len(places)
        # brute force over the pixels of all frames
        assert mine.void_fraction == pytest.approx(frames.mean(), rel=1e-12)
        np.testing.assert_allclose(mine.void_profile[0, : SHAPE[0]], frames.mean(axis=(0, 2)), rtol=1e-12)
        for lag in range(mine.two_point_axis.sizes["lag"]):
            both = frames[:, :, : SHAPE[1] - lag] & frames[:, :, lag:]
            assert mine.two_point_axis.sel(axis="x")[lag] == pytest.approx(both.mean(), rel=1e-12)
        lengths = {"y": [], "x": []}
        for frame in frames:
            for axis, lines in (("y", frame.T), ("x", frame)):
                for line in lines:
                    edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(int), [0]])))
                    lengths[axis] += (edges[1::2] - edges[::2]).tolist()
        for axis, found_lengths in lengths.items():
            number = np.bincount(found_lengths, minlength=max(SHAPE) + 1)[1:] / len(places)
            np.testing.assert_allclose(mine.chord_count.sel(axis=axis), number, rtol=1e-12)
            assert mine.mean_chord.sel(axis=axis) == pytest.approx(np.mean(found_lengths) * 0.5, rel=1e-12)
        for at, box in enumerate(mine.box.values[: mine.lacunarity.sizes["box"]]):
            mass = np.lib.stride_tricks.sliding_window_view(frames, (box, box), (1, 2)).sum(axis=(-1, -2))
            assert mine.lacunarity[at] == pytest.approx((mass**2.0).mean() / mass.mean() ** 2, rel=1e-12)
        # numbers and areas are means of a frame, and so are densities of frames of one size
        for name in (
            "euler_number",
            "euler_density",
            "perimeter",
            "perimeter_density",
            "void_area",
            "box_count",
            "two_point",
            "lineal_path",
        ):
            np.testing.assert_allclose(mine[name], each[name].mean("time"), rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32), SECONDS, KINDS, st.integers(0, 9), st.randoms(use_true_random=False))
def test_streams_partitions_and_splits_give_the_same_bits(seed, seconds, kind, cut, random):
    plan = window(f"{kind[0]}s", f"{kind[1]}s").allow(disorder="1h").measure(["void_fraction", "chords", "euler"])
    masks = series(seed, seconds)
    order = random.sample(range(len(seconds)), len(seconds))
    mixed = masks.isel(time=order)
    parts = [part for part in (mixed.isel(time=slice(cut)), mixed.isel(time=slice(cut, None))) if part.sizes["time"]]
    whole = check_summary(plan, [[masks], parts, [mixed.isel(time=[i]) for i in range(len(seconds))]], rtol=0)
    stream = plan.stream()
    for part in parts:
        given_out = stream.push(part)
        assert given_out.windows.sizes["window"] == 0
        assert given_out.late is None
    assert stream.pending == len(seconds)
    xr.testing.assert_identical(stream.close(), whole)
    assert stream.pending == 0
    with dask.config.set(scheduler="threads"):
        xr.testing.assert_identical(plan.run([dask.delayed(part) for part in parts]), whole)
    xr.testing.assert_identical(plan.run(masks), whole)
    xr.testing.assert_identical(plan.run(parts), whole)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), SECONDS, KINDS, st.integers(0, 9), st.sampled_from([0, 7]))
def test_late_frames_are_those_of_a_stream_that_takes_one_at_a_time(seed, seconds, kind, cut, disorder):
    plan = window(f"{kind[0]}s", f"{kind[1]}s")
    plan = (plan.allow(disorder=f"{disorder}s") if disorder else plan).measure("void_fraction")
    masks, (size, every) = series(seed, seconds), kind
    held, late, latest, done = defaultdict(list), [], None, set()
    for i, second in enumerate(seconds):
        watermark = None if latest is None else latest - disorder
        k, took = second // every, False
        while k * every + size > second:
            if watermark is None or k * every + size > watermark:
                held[k * every].append(i)
                took = True
            k -= 1
        late += [] if took else [i]
        latest = second if latest is None else max(latest, second)
        done |= {start for start in held if start + size <= latest - disorder}
    stream = plan.stream()
    given_out = [
        stream.push(part) for part in (masks.isel(time=slice(cut)), masks.isel(time=slice(cut, None))) if part.sizes["time"]
    ]
    found = [each.windows for each in given_out]
    assert sum(each.sizes["window"] for each in found) == len(done)
    found.append(stream.close())
    values = {
        (start - NOON) // np.timedelta64(1, "s"): value
        for each in found
        if each.sizes["window"]
        for start, value in zip(each.start.values, each.void_fraction.values, strict=True)
    }
    assert values.keys() == held.keys()
    for start, places in held.items():
        assert values[start] == pytest.approx(masks.values[places].mean(), rel=1e-12)
    assert stream.late == len(late)
    assert stream.seen == len(seconds)
    came_late = [each.late for each in given_out if each.late is not None]
    assert sum(each.sizes["time"] for each in came_late) == len(late)


def test_one_frame_in_a_window_is_measured_as_by_itself():
    masks = series(0, [1, 13, 25])
    found = window("10s").measure(NAMES).run(masks)
    rows = nsi.measure(masks, NAMES)
    for name in rows.data_vars:
        np.testing.assert_array_equal(found[name].values, rows[name].values)
        assert found[name].attrs["units"] == rows[name].attrs["units"]
        assert found[name].attrs["nsi_measure"] == rows[name].attrs["nsi_measure"]
    assert found.start.attrs == {"timezone": "UTC"}


def test_volumes_and_all_measures_that_add():
    masks = series(1, [1, 2, 13], (5, 6, 7))
    found = window("10s").measure(dims=("z", "y", "x")).run(masks)
    assert found.frames.values.tolist() == [2, 1]
    rows = nsi.measure(masks, "surface")
    np.testing.assert_allclose(found.surface_area[0], rows.surface_area[:2].mean(), rtol=1e-12)


def test_grey_frames_are_marked_one_by_one():
    rng = np.random.default_rng(0)
    grey = series(2, [1, 2, 13]).copy(data=rng.random((3, *SHAPE)))
    found = window("10s").measure("void_fraction", method="otsu", phase="dark").run(grey)
    each = [
        float(nsi.measure(nsi.void(grey.isel(time=i), "otsu", phase="dark"), "void_fraction").void_fraction) for i in range(3)
    ]
    np.testing.assert_allclose(found.void_fraction, [np.mean(each[:2]), each[2]], rtol=1e-12)
    assert found.void_fraction.attrs["nsi_method"] == "otsu"
    bare = grey.drop_vars(["y", "x"])
    spaced = window("10s").measure("chords", method=0.5, spacing=2.0, unit="mm").run(bare)
    assert spaced.mean_chord.attrs["units"] == "mm"


@pytest.mark.parametrize("name", ["components", "distance", "thickness", "percolation", "persistence", "bottleneck"])
def test_measures_that_do_not_add_are_refused(name):
    with pytest.raises(OptionError, match=f"what {name} counts does not add over frames"):
        window("10s").measure(["void_fraction", name])


@pytest.mark.parametrize(
    ("make", "kind", "said"),
    [
        (lambda: sessions("5s").measure("euler"), OptionError, "cannot measure frames"),
        (lambda: counts(5).measure("euler"), OptionError, "cannot measure frames"),
        (lambda: window("5s").by("a").measure("euler"), OptionError, "cannot measure frames"),
        (lambda: window("5s").allow(lateness="1s").measure("euler"), OptionError, "cannot measure frames"),
        (lambda: window("5s").measure("euler", ci=0.9), OptionError, "ci has no meaning"),
        (lambda: window("5s").measure("euler", colour=1), InputError, "colour"),
        (lambda: window("5s").measure("eulr"), InputError, "unknown measure 'eulr'"),
        (lambda: window("5s").measure("euler").run(series(0, [1]).drop_vars("time")), TimeError, "no times along 'time'"),
        (lambda: window("5s").measure("euler").run(3), DimsError, "frames are a int"),
        (lambda: window("5s").measure("euler").run(series(0, [1]).astype(float)), InputError, "not masks"),
        (lambda: window("5s").measure("euler").run(series(0, [1]).expand_dims(channel=2)), DimsError, "the dim 'channel'"),
        (lambda: window("5s").measure("euler").run([series(0, [1]), series(0, [2], (9, 9))]), DimsError, "those before it"),
        (
            lambda: window("5s").measure("euler").run([series(0, [1]).assign_attrs(nsi_method=m) for m in ("otsu", "li")]),
            PixelError,
            "nsi_method",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, kind, said):
    with pytest.raises(kind, match=said):
        make()


def test_a_plan_of_frames_is_written_as_it_was_made():
    plan = window("1min", every="30s").allow(disorder="5s").measure("euler")
    assert str(plan) == "window('1min', every='30s').measure(['euler'], dims=('y', 'x')).allow(disorder='5s')"


def test_a_plan_of_frames_and_its_states_can_be_sent():
    masks = series(3, [1, 2, 13])
    plan = window("10s").measure(["void_fraction", "chords"])
    again, state = pickle.loads(pickle.dumps((plan, plan.partial(masks))))
    xr.testing.assert_identical(again.finalize(state), plan.run(masks))
