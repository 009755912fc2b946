from __future__ import annotations

import json
import subprocess
import sys
import threading

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage
from skimage import data, filters
from skimage.measure import euler_number

from nsi_notebook.errors import NsiError, OptionError, PixelError, UnknownNameError
from nsi_notebook.voids.measuring import measure
from nsi_notebook.voids.segmentation import void
from nsi_notebook.widgets import ThresholdWidget


def grey(name: str = "coins") -> xr.DataArray:
    y, x = (np.arange(n) * 0.5 for n in (303, 384))
    coords = {"y": ("y", y, {"units": "um"}), "x": ("x", x, {"units": "um"})}
    return xr.DataArray(data.coins(), dims=("y", "x"), coords=coords, name=name, attrs={"units": "counts"})


@pytest.fixture
def stack() -> xr.DataArray:
    frames = [grey() // k for k in (1, 2, 3)]
    return xr.concat(frames, "time").assign_coords(time=("time", [0.0, 1.5, 3.0], {"units": "s"}))


def send(widget: ThresholdWidget, **content: object) -> None:
    widget._on_message(widget, {"kind": "move", "seq": 1, "from": "a", "phase": "dark", "frame": {}, **content}, [])


def reference(mask: np.ndarray) -> dict[str, float]:
    """The same numbers by scipy and scikit-image."""
    return {"void_fraction": mask.mean(), "component_count": ndimage.label(mask)[1], "euler_number": euler_number(mask, 1)}


@pytest.mark.parametrize("phase", ["dark", "bright"])
@pytest.mark.parametrize("threshold", [-5.0, 1.0, 60.5, 107.0, 200.0, 252.0, 900.0])
def test_a_move_gives_the_numbers_of_void_and_measure_and_of_scipy(threshold, phase):
    image = grey()
    widget = ThresholdWidget(image)
    send(widget, threshold=threshold, phase=phase, seq=7)
    mask = void(image, threshold, phase=phase)
    measured = measure(mask, ["void_fraction", "components", "euler"])
    assert widget.numbers == {name: measured[name].item() for name in widget.numbers}
    assert widget.numbers == pytest.approx(reference(mask.to_numpy()))
    assert (widget._numbers["seq"], widget._numbers["from"]) == (7, "a")
    assert (widget.threshold, widget.phase) == (threshold, phase)
    assert widget._problem == ""


def test_it_starts_at_otsu_and_the_choice_can_be_used_before_the_button():
    image = grey()
    widget = ThresholdWidget(image)
    assert widget.choice == {"method": float(filters.threshold_otsu(image.to_numpy())), "phase": "dark"}
    xr.testing.assert_equal(widget.void(), void(image, "otsu"))
    assert {m["name"]: m["value"] for m in widget._view["marks"]} == pytest.approx(
        {name: getattr(filters, f"threshold_{name}")(image.to_numpy()) for name in ("otsu", "li", "triangle")}
    )


def test_the_button_writes_what_is_shown_and_the_line_makes_the_mask_again():
    image = grey()
    widget = ThresholdWidget(image, phase="bright", method=90)
    before = widget.choice
    send(widget, threshold=127.0)
    assert widget.choice == before
    assert widget._code == ""
    send(widget, kind="choose", threshold=130.0)
    assert widget.choice == {"method": 130.0, "phase": "dark"}
    assert widget._code == widget.code == 'void = image.nsi.void(130.0, phase="dark")'
    np.testing.assert_array_equal(widget.void(), ~(image.to_numpy() > 130))
    xr.testing.assert_identical(widget.void(), void(image, **widget.choice))


def test_frames_are_measured_one_at_a_time_and_the_mask_covers_all(stack):
    widget = ThresholdWidget(stack, method=60)
    first = widget._pixels
    for i in (2, 0, 1):
        send(widget, threshold=60.0, frame={"time": i})
        assert widget.numbers == pytest.approx(reference(stack[i].to_numpy() <= 60))
    assert widget._pixels != first
    assert widget.void().sizes == stack.sizes
    (chooser,) = widget._view["frames"]
    assert chooser == {"dim": "time", "size": 3, "labels": ["0 s", "1.5 s", "3 s"]}
    assert "frame shown" in widget._view["note"]


def test_traits_set_from_python_are_followed_and_bad_ones_are_put_back(stack):
    widget = ThresholdWidget(stack, method=60)
    widget.threshold = 100
    widget.phase = "bright"
    widget.frame = {"time": 1}
    assert widget.numbers == pytest.approx(reference(stack[1].to_numpy() > 100))
    assert widget._numbers["from"] == ""
    with pytest.raises(OptionError, match="finite"):
        widget.threshold = float("nan")
    with pytest.raises(OptionError, match="no frame 3 along time"):
        widget.frame = {"time": 3}
    assert (widget.threshold, widget.frame) == (100, {"time": 1})


@pytest.mark.parametrize(
    "bad",
    [
        {"threshold": None},
        {"threshold": "12"},
        {"threshold": float("inf")},
        {"threshold": True},
        {"threshold": 5, "phase": "drak"},
        {"threshold": 5, "phase": None},
        {"threshold": 5, "frame": {"z": 1}},
        {"threshold": 5, "frame": None},
    ],
)
def test_a_bad_message_is_shown_and_answered_and_changes_nothing(bad):
    widget = ThresholdWidget(grey(), method=90)
    before = widget.numbers
    send(widget, seq=4, **bad)
    assert widget._problem
    assert widget._numbers["seq"] == 4
    assert (widget.numbers, widget.threshold, widget.phase) == (before, 90.0, "dark")
    send(widget, seq=5, threshold=91)
    assert widget._problem == ""


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.float32, np.float64])
def test_numbers_of_numpy_are_numbers(stack, kind):
    widget = ThresholdWidget(stack, method=kind(60))
    assert widget.choice["method"] == 60.0
    widget.threshold = kind(5)
    widget.frame = {"time": np.int64(1)}
    assert (widget.threshold, type(widget.threshold)) == (5.0, float)
    assert widget.numbers == pytest.approx(reference(stack[1].to_numpy() <= 5))
    with pytest.raises(OptionError, match="no single threshold"):
        ThresholdWidget(stack, method=np.bool_(True))


def test_a_series_with_times_can_be_shown(stack):
    for times in (np.array([0, 1, 2], "timedelta64[s]"), np.array(["2020-01-01", "2020-01-02", "2020-01-03"], "datetime64[ns]")):
        widget = ThresholdWidget(stack.assign_coords(time=times), method=60)
        assert len(json.loads(json.dumps(widget._view))["frames"][0]["labels"]) == 3


def test_the_browser_is_sent_what_it_reads_only():
    assert {"_view", "_pixels", "_numbers", "_code", "_problem"} <= set(ThresholdWidget(grey()).keys)
    assert "choice" not in ThresholdWidget(grey()).keys


def test_units_and_spacing_are_shown_and_the_record_is_plain_json():
    widget = ThresholdWidget(grey())
    view = json.loads(json.dumps(widget._view))
    assert (view["units"], view["unit"], view["sample"], view["aspect"]) == ("counts", "um", 0.5, 1.0)
    assert "0.5 \N{MICRO SIGN}m a pixel" in view["caption"]
    assert repr(widget) == "ThresholdWidget(threshold=107.0, phase='dark')"


def test_a_stack_with_anisotropic_pixels_is_shown_with_their_shape():
    values = np.random.default_rng(1).random((6, 8, 9)).astype(np.float32)
    coords = {d: (d, np.arange(n) * s, {"units": "mm"}) for d, n, s in zip("zyx", values.shape, (3.0, 2.0, 0.5), strict=True)}
    widget = ThresholdWidget(xr.DataArray(values, dims=("z", "y", "x"), coords=coords), method=0.5)
    assert widget._view["aspect"] == 4.0
    assert [f["dim"] for f in widget._view["frames"]] == ["z"]
    assert widget.numbers == pytest.approx(reference(values[0] <= 0.5))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"fase": "dark"}, OptionError, "did you mean 'phase'"),
        ({"phase": "drak"}, UnknownNameError, "did you mean 'dark'"),
        ({"method": "ots"}, UnknownNameError, "did you mean 'otsu'"),
        ({"method": float("nan")}, NsiError, "nan"),
        ({"method": None}, NsiError, "None"),
        ({"image": data.astronaut()}, PixelError, "average or choose"),
        ({"image": np.zeros((5, 5))}, PixelError, "nothing to separate"),
    ],
)
def test_bad_arguments_are_refused_with_a_hint(options, error, words):
    with pytest.raises(error, match=words):
        ThresholdWidget(**{"image": grey(), **options})


def test_moves_on_several_threads_leave_one_consistent_state():
    image = grey()
    widget = ThresholdWidget(image)
    moves = [threading.Thread(target=send, args=(widget,), kwargs={"threshold": float(t), "seq": t}) for t in range(40, 200, 20)]
    for thread in moves:
        thread.start()
    for thread in moves:
        thread.join()
    assert widget._numbers["threshold"] == widget.threshold == widget._numbers["seq"]
    assert widget.numbers == pytest.approx(reference(image.to_numpy() <= widget.threshold))


def test_the_package_of_widgets_imports_nothing_heavy():
    code = "import sys, nsi_notebook.widgets; print([m for m in ('anywidget', 'ipywidgets', 'xarray') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
