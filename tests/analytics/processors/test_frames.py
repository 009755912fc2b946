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
from nsi_notebook.errors import DimsError, InputError, NsiWarning, OptionError, PixelError, TimeError
from nsi_notebook.voids.synthetic import boolean_model

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


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), SECONDS, KINDS, st.integers(0, 9), st.sampled_from([0, 7]), st.sampled_from([0, 4, 15]))
def test_late_frames_are_those_of_a_stream_that_takes_one_at_a_time(seed, seconds, kind, cut, disorder, lateness):
    plan = window(f"{kind[0]}s", f"{kind[1]}s")
    plan = plan.allow(disorder=f"{disorder}s") if disorder else plan
    plan = (plan.allow(lateness=f"{lateness}s") if lateness else plan).measure("void_fraction")
    masks, (size, every) = series(seed, seconds), kind
    cuts = [places for places in (range(len(seconds))[:cut], range(len(seconds))[cut:]) if places]
    stream, held, late, latest, done = plan.stream(), defaultdict(list), [], None, set()
    values = {}
    for places in cuts:
        wanted, came = set(), []
        for i in places:  # in plain Python, one frame at a time
            watermark = None if latest is None else latest - disorder
            k, took = seconds[i] // every, False
            while k * every + size > seconds[i]:
                if watermark is None or k * every + size + lateness > watermark:
                    held[k * every].append(i)
                    took = True
                    wanted |= {k * every} & done
                k -= 1
            came += [] if took else [i]
            latest = seconds[i] if latest is None or (took and seconds[i] > latest) else latest
            over = {start for start in held if start + size <= latest - disorder} - done
            done |= over
            wanted |= over
        late += came
        found = stream.push(masks.isel(time=places))
        starts = (found.windows.start.values - NOON) // np.timedelta64(1, "s")
        assert starts.tolist() == sorted(wanted)  # once each, whether it is given again or for the first time
        values |= dict(zip(starts.tolist(), found.windows.get("void_fraction", xr.DataArray([])).values, strict=True))
        assert found.late is None if not came else (found.late.values == masks.values[came]).all()
        assert stream.late == len(late)
        assert stream.seen == places[-1] + 1
    rest = stream.close()
    starts = ((rest.start.values - NOON) // np.timedelta64(1, "s")).tolist()
    assert starts == sorted(held.keys() - done)
    values |= dict(zip(starts, rest.get("void_fraction", xr.DataArray([])).values, strict=True))
    assert values.keys() == held.keys()
    for start, places in held.items():
        assert values[start] == pytest.approx(masks.values[places].mean(), rel=1e-12)
    assert stream.pending == 0


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # few frames
@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32), KINDS, st.lists(st.integers(1, 7), max_size=6), st.randoms(use_true_random=False))
def test_with_enough_lateness_a_window_is_in_the_end_what_history_says(seed, kind, cuts, random):
    seconds = random.choices(range(30), k=25)
    plan = window(f"{kind[0]}s", f"{kind[1]}s").allow(lateness="1h").measure(["void_fraction", "chords"], ci=0.9)
    masks, rows, stream, first = series(seed, seconds), {}, plan.stream(), 0
    for last in [*np.cumsum(cuts).tolist(), len(seconds)]:
        if last > first:
            rows |= by_start(stream.push(masks.isel(time=slice(first, last))).windows)
            first = last
    assert stream.late == 0
    rows |= by_start(stream.close())
    history = plan.run(masks)
    assert rows.keys() == by_start(history).keys()
    for start, row in by_start(history).items():
        xr.testing.assert_equal(rows[start], row)


def by_start(windows):
    return {windows.start.values[i]: windows.isel(window=i) for i in range(windows.sizes["window"])}


def test_what_is_to_be_given_outlives_a_bad_frame():
    grey = np.random.default_rng(0).random((6, *SHAPE))
    grey[4] = np.nan  # of which no threshold can be told
    frames = series(0, [1, 4, 12, 2, 13, 25]).copy(data=grey)
    stream = window("10s").measure("void_fraction", method="otsu").stream()
    with pytest.raises(InputError):
        stream.push(frames.drop_isel(time=3))
    assert (stream.seen, stream.late) == (3, 0)
    found = stream.push(frames.isel(time=[3, 5]))
    assert found.windows.frames.values.tolist() == [2, 1]
    assert found.late.time.values.tolist() == frames.time.values[[3]].tolist()


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # a few windows of so many are in doubt by chance
def test_intervals_of_independent_frames_hold_the_truth():
    each, windows = 20, 100
    frames = [boolean_model((32, 32), radius=2, fraction=0.5, seed=i).values for i in range(each * windows)]
    masks = series(0, range(len(frames)), (32, 32)).copy(data=np.stack(frames))
    first = (NOON - np.datetime64(0, "s")) // np.timedelta64(1, "s") % each
    masks = masks.assign_coords(time=("time", masks.time.values - first * np.timedelta64(1, "s"), masks.time.attrs))
    found = window(f"{each}s").measure(["void_fraction", "chords", "euler", "surface"], ci=0.95).run(masks)
    assert found.frames.values.tolist() == [each] * windows
    chords = found.chord_count.sum("length")
    truths = {
        "void_fraction": 0.5,  # of the model; of the others what all frames tell together
        "mean_chord": (found.mean_chord * chords).sum("window") / chords.sum("window"),
        "euler_number": found.euler_number.mean(),
        "perimeter_density": found.perimeter_density.mean(),
    }
    for name, truth in truths.items():
        low, high = found[f"{name}_ci"].transpose("bound", ...)
        inside = float(((low <= truth) & (truth <= high)).mean())
        assert 0.9 <= inside <= 0.98, (name, inside)
    told = found.mean_chord_ci.attrs
    assert (told["nsi_ci"], told["units"]) == (0.95, "um")
    assert "parts that are not adjacent are independent" in told["nsi_ci_assumes"]


def repeated(seed, number, times, seconds):
    """Give independent frames, each of them several times."""
    rng = np.random.default_rng(seed)
    masks = series(seed, seconds)
    return masks.copy(data=np.repeat(rng.random((number, *SHAPE)) < rng.uniform(0.3, 0.7, (number, 1, 1)), times, axis=0))


def test_frames_that_repeat_within_a_part_add_nothing_to_what_is_known():
    # 64 parts of a second; frames that are the same in one of them tell no more than one does
    plan = window("64s").measure(["void_fraction", "euler"], ci=0.95)
    one, three = (repeated(1, 64, n, np.repeat(np.arange(64), n)) for n in (1, 3))
    apart = three.assign_coords(time=("time", three.time.values + np.tile([0, 300, 600], 64).astype("m8[ms]"), three.time.attrs))
    found, again = plan.run(one), plan.run(apart)
    assert again.frames.values.tolist() == [3 * n for n in found.frames.values.tolist()]
    for name in ("void_fraction_ci", "euler_number_ci"):
        np.testing.assert_allclose(again[name], found[name], rtol=1e-12)


def test_frames_that_follow_one_another_slowly_are_in_doubt():
    masks = repeated(2, 16, 4, np.arange(64))  # what is seen changes every four parts
    with pytest.warns(NsiWarning, match="intervals in doubt: void_fraction; the first, as adjacent parts of 1s vary together"):
        slow = window("64s").measure("void_fraction", ci=0.95).run(masks)
    quick = (
        window("64s")
        .measure("void_fraction", ci=0.95)
        .run(masks.isel(time=np.random.default_rng(0).permutation(64)).assign_coords(time=masks.time))
    )

    def width(found):
        return float(np.diff(found.void_fraction_ci.values)[0, 0])

    assert "nsi_ci_doubt" not in quick.void_fraction_ci.attrs
    assert width(slow) > 1.3 * width(quick)
    stream = window("64s").measure("void_fraction", ci=0.95).stream()
    later = masks.assign_coords(time=("time", masks.time.values + np.timedelta64(64, "s"), masks.time.attrs))
    with pytest.warns(NsiWarning, match="in doubt"):
        stream.push(xr.concat([masks, later.isel(time=[0])], "time"))
    again = stream.push(later.isel(time=slice(1, None)))  # it is said once
    assert again.windows.sizes["window"] == 0
    assert "vary together" in stream.close().void_fraction_ci.attrs["nsi_ci_doubt"]


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # few frames
def test_a_window_with_too_few_frames_has_no_interval():
    masks = series(3, [*range(8), *range(10, 17), 20, *[25] * 20])
    found = window("10s").measure(["void_fraction", "chords"], ci=0.95).run(masks)
    assert np.isnan(found.void_fraction_ci.values).all(axis=1).tolist() == [False, True, True]
    assert np.isnan(found.mean_chord_ci.values).all(axis=(1, 2)).tolist() == [False, True, True]
    assert np.isfinite(found.void_fraction.values).all()
    assert "NaN where fewer than 8 have any" in found.void_fraction_ci.attrs["nsi_ci_pieces"]
    assert found.bound.values.tolist() == ["lower", "upper"]
    assert (
        str(window("10s").measure("euler", ci=0.95, seed=3))
        == "window('10s').measure(['euler'], dims=('y', 'x'), ci=0.95, seed=3)"
    )


@pytest.mark.parametrize(
    ("size", "every"), [(64, 64), (60, 1), (7, 7), (1, 1), (86400, 3600), (0.997, 0.997), (3.000001, 3.000001)]
)
def test_a_window_has_a_whole_number_of_parts(size, every):
    plan = window(f"{round(size * 1e6)}us", f"{round(every * 1e6)}us").measure("euler", ci=0.9)
    assert plan.plan.size % plan.pane == plan.plan.every % plan.pane == 0
    assert plan.plan.size // plan.pane >= 64


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
        (lambda: window("5s").budget(9).agg("mean").measure("euler"), OptionError, "cannot measure frames"),
        (lambda: window("5s").measure("euler", ci=1.5), OptionError, "ci=1.5 is not a level"),
        (lambda: window("5s").measure("euler", seed=-1), OptionError, "seed=-1 is negative"),
        (lambda: window("5s").measure("euler", on_error="record"), OptionError, "on_error has no meaning"),
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
    plan = window("1min", every="30s").allow(disorder="5s", lateness="1h").measure("euler")
    assert str(plan) == "window('1min', every='30s').measure(['euler'], dims=('y', 'x')).allow(disorder='5s', lateness='1h')"


def test_a_plan_of_frames_and_its_states_can_be_sent():
    masks = series(3, [1, 2, 13])
    plan = window("10s").measure(["void_fraction", "chords"])
    again, state = pickle.loads(pickle.dumps((plan, plan.partial(masks))))
    xr.testing.assert_identical(again.finalize(state), plan.run(masks))
