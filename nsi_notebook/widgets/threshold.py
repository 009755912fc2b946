"""Choose a threshold over the image; the browser half is widgets/src/threshold.ts."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import traitlets
import xarray as xr

from ..analytics.visualization.theme import printed
from ..errors import NsiError, OptionError, UnknownNameError
from ..voids.measuring import measure
from ..voids.segmentation import void
from .base import Widget, bundle, refuse_unknown
from .frames import Frames, Histogram, step

PHASES = ("dark", "bright")
MARKS = ("otsu", "li", "triangle")
MEASURES = ("void_fraction", "components", "euler")
NUMBERS = ("void_fraction", "component_count", "euler_number")
TIMES = " \N{MULTIPLICATION SIGN} "


class ThresholdWidget(Widget):
    """An image with its void tinted, and a slider on the histogram that moves the threshold.

    Void fraction, component count and Euler number are those of `measure` on the frame that is shown, at full
    resolution. "Use this threshold" writes the choice back.

    Parameters
    ----------
    image : xarray.DataArray or ndarray
        Grey image. The last two of the dims z, y, x are shown; all other dims get a frame chooser.
    phase : {"dark", "bright"}
        Which part is void: at or below the threshold, or above it.
    method : float or {"otsu", "li", "triangle", ...}
        Where to start: a threshold in the image's units, or a method that finds one for the whole series.

    Attributes
    ----------
    choice : dict
        `method` (the threshold) and `phase` as last used by the button; where the widget started, until then.
        `image.nsi.void(**widget.choice)` gives the mask.
    threshold, phase, frame
        What the widget shows now; may be set from Python, too.

    Raises
    ------
    PixelError
        If the image is RGB, a mask, constant, or has NaN.
    OptionError
        For a keyword argument that does not exist, or a threshold that is not a finite number.
    UnknownNameError
        For an unknown phase or method.

    Examples
    --------
    >>> import numpy as np
    >>> widget = ThresholdWidget(np.arange(20, dtype="uint8").reshape(4, 5), method=9)
    >>> widget.choice
    {'method': 9.0, 'phase': 'dark'}
    >>> widget.numbers["void_fraction"]
    0.5
    """

    _esm = bundle("threshold")
    _view = traitlets.Dict(help="the image and its histogram, as the browser half draws them").tag(sync=True)
    _pixels = traitlets.Bytes(help="levels of the frame that is shown").tag(sync=True)
    _numbers = traitlets.Dict(help="the measures, and what they were measured at").tag(sync=True)
    _code = traitlets.Unicode("", help="the line that makes the chosen mask again").tag(sync=True)
    choice = traitlets.Dict(help="the threshold (as `method`) and phase that were chosen")
    threshold = traitlets.CFloat(help="the threshold that is shown, in the image's units")
    phase = traitlets.Enum(PHASES, "dark", help="which part is void")
    frame = traitlets.Dict(help="index along every dim that is not shown")

    def __init__(self, image: xr.DataArray | Any, phase: str = "dark", method: str | float = "otsu", **unknown: Any) -> None:
        refuse_unknown(type(self), unknown, ["image", "phase", "method"])
        if phase not in PHASES:
            raise UnknownNameError.among("phase", phase, PHASES)
        frames = Frames.of(image)
        histogram = frames.histogram()
        start = _threshold(frames.image, method)
        self._frames = frames
        self._range = (histogram.lo, histogram.hi)
        self._busy = True  # traits are being set from here: observers stay quiet
        self._shown: xr.DataArray | None = None
        super().__init__()
        self._view = self._describe(histogram)
        self._apply(start, phase, dict.fromkeys(frames.dims, 0))
        self.choice = {"method": self.threshold, "phase": self.phase}
        self.observe(self._changed, names=["threshold", "phase", "frame"])

    def __repr__(self) -> str:
        return f"ThresholdWidget(threshold={self.threshold!r}, phase={self.phase!r})"

    @property
    def image(self) -> xr.DataArray:
        """The image that is shown."""
        return self._frames.image

    @property
    def numbers(self) -> dict[str, float]:
        """Void fraction, component count and Euler number of the frame that is shown."""
        with self._lock:
            return {name: self._numbers[name] for name in NUMBERS}

    @property
    def code(self) -> str:
        """The line of Python that makes the mask of `choice` again."""
        return f'void = image.nsi.void({self.choice["method"]!r}, phase="{self.choice["phase"]}")'

    def void(self) -> xr.DataArray:
        """Mask of the whole image at the chosen threshold, True = empty."""
        with self._lock:
            choice = dict(self.choice)
        mask: xr.DataArray = void(self._frames.image, choice["method"], phase=choice["phase"])
        return mask

    def use(self) -> None:
        """Write what is shown to `choice`, as the button does."""
        with self._lock:
            self.choice = {"method": self.threshold, "phase": self.phase}
            self._code = self.code

    def _handle(self, content: dict[str, Any]) -> None:
        kind = content.get("kind")
        if kind not in ("move", "choose"):
            super()._handle(content)
        answer = {"seq": content.get("seq", 0), "from": content.get("from", "")}
        try:
            self._apply(content.get("threshold"), content.get("phase"), content.get("frame"), answer)
        finally:
            # the browser waits for an answer to each move: after an error, what still holds
            self._numbers = {**self._numbers, **answer}
        if kind == "choose":
            self.use()

    def _changed(self, _change: object) -> None:
        """Follow a trait that was set from Python."""
        with self._lock:
            if self._busy:
                return
            try:
                self._apply(self.threshold, self.phase, self.frame)
            except NsiError:
                self._set(*(self._numbers[name] for name in ("threshold", "phase", "frame")))
                raise

    def _apply(self, threshold: Any, phase: Any, frame: Any, answer: dict[str, Any] | None = None) -> None:
        """Show a threshold, phase and frame: check them, measure, and tell the browser half."""
        threshold, phase, frame = self._check(threshold, phase, frame)
        shown = self._frames.at(frame) if self._shown is None or frame != self._numbers["frame"] else self._shown
        measured = measure(void(shown, threshold, phase=phase), list(MEASURES))
        numbers = {name: measured[name].item() for name in NUMBERS}
        where = {"threshold": threshold, "phase": phase, "frame": frame}
        with self.hold_sync():
            self._set(threshold, phase, frame)
            if shown is not self._shown:
                self._shown = shown
                self._pixels = self._frames.levels(shown, *self._range)
            self._numbers = {"seq": 0, "from": "", **(answer or {}), **where, **numbers}

    def _set(self, threshold: float, phase: str, frame: dict[str, int]) -> None:
        """Set the traits without acting on them."""
        self._busy = True
        try:
            self.threshold, self.phase, self.frame = threshold, phase, dict(frame)
        finally:
            self._busy = False

    def _check(self, threshold: Any, phase: Any, frame: Any) -> tuple[float, str, dict[str, int]]:
        if isinstance(threshold, bool) or not isinstance(threshold, Real) or not math.isfinite(threshold):
            raise OptionError(f"threshold={threshold!r} is not a finite number", "give a value in the image's units")
        if phase not in PHASES:
            raise UnknownNameError.among("phase", phase, PHASES)
        sizes = {d: self._frames.image.sizes[d] for d in self._frames.dims}
        if not isinstance(frame, dict) or set(frame) != set(sizes):
            raise OptionError(
                f"frame={frame!r} does not name the dims {sorted(sizes)}", f"for instance frame={dict.fromkeys(sizes, 0)}"
            )
        for dim, i in frame.items():
            if isinstance(i, bool) or not isinstance(i, Integral) or not 0 <= int(i) < sizes[dim]:
                raise OptionError(
                    f"there is no frame {i!r} along {dim}: it has {sizes[dim]}", f"give an index from 0 to {sizes[dim] - 1}"
                )
        return float(threshold), str(phase), {d: int(frame[d]) for d in sizes}

    def _describe(self, histogram: Histogram) -> dict[str, Any]:
        frames, space = self._frames, self._frames.space
        lo, hi = self._range
        bits, zero, scale = frames.coding(lo, hi)
        increment, digits = step(lo, hi, integer=frames.image.dtype.kind in "iu")
        rows, cols = (-(-n // frames.stride) for n in space.shape)
        size = f"{space.shape[0]}{TIMES}{space.shape[1]} px"
        dims = TIMES.join(space.dims)
        thinned = f" · shown at 1:{frames.stride}" if frames.stride > 1 else ""
        of_all = " The histogram is of all frames." if frames.dims else ""
        scope = f"the whole {dims} frame shown" if frames.dims else "the whole image"
        return {
            "title": str(frames.image.name or "image"),
            "caption": f"· {size}{_spacing(space.spacing, space.unit)}{thinned}",
            "note": f"Measured on {scope}, {size}, 4-connected void.{of_all}",
            "rows": rows,
            "cols": cols,
            "aspect": space.spacing[0] / space.spacing[1],
            "bits": bits,
            "zero": zero,
            "scale": scale,
            "black": histogram.window[0],
            "white": histogram.window[1],
            "lo": lo,
            "hi": hi,
            "increment": increment,
            "digits": digits,
            "units": str(frames.image.attrs.get("units", "")),
            "counts": histogram.counts,
            "span": list(histogram.span),
            "marks": _marks(frames.image),
            "frames": [{"dim": d, "size": frames.image.sizes[d], "labels": frames.labels(d)} for d in frames.dims],
            "unit": space.unit,
            "sample": space.spacing[1] * frames.stride,
        }


def _threshold(image: xr.DataArray, method: str | float) -> float:
    """Threshold of the whole series by a method, or the number itself."""
    found = void(image, method, over="series").attrs["nsi_threshold"] if isinstance(method, str) else method
    if isinstance(found, bool) or not isinstance(found, Real):
        raise OptionError(f"method={method!r} gives no single threshold to move", "start from a number, otsu, li or triangle")
    return float(found)


def _marks(image: xr.DataArray) -> list[dict[str, Any]]:
    """Thresholds of the automatic methods, without those that find none in this image."""
    marks = []
    for name in MARKS:
        try:
            marks.append({"name": name, "value": _threshold(image, name)})
        except NsiError:
            continue
    return marks


def _spacing(spacing: tuple[float, ...], unit: str) -> str:
    if unit == "pixel":
        return ""
    steps = TIMES.join(f"{s:g}" for s in dict.fromkeys(spacing))
    return f" · {steps} {printed(unit)} a pixel"
