"""What is asked of the files of a folder: said before the first is seen, kept with the rows, and compared when they go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import OptionError
from .settings import Fallback

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from ..voids.streams import Stream


@dataclass(frozen=True)
class Asked:
    """What is asked of every file.

    Parameters
    ----------
    measures : list of str, optional
        Their names.
    dims : list of str, optional
        The spatial dims; those of the first image.
    method : float, str or Fallback, optional
        How masks are made; a fallback leaves masks as they are.
    phase : str, optional
        With a method.
    how, reading : mapping of str
        Further arguments of `Stream`, and how files are read.
    """

    measures: list[str] | None = None
    dims: list[str] | None = None
    method: float | str | Fallback | None = None
    phase: str | None = None
    how: Mapping[str, Any] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)

    def guessed(self, held: Stream | None = None) -> Stream:
        """Make the stream as it may be before an image is seen, or as the one that is held has it where nothing is asked."""
        marks: dict[str, Any] = {"method": self.method, "phase": self.phase}
        if isinstance(self.method, Fallback):
            marks = {"method": self.method.method, "phase": self.phase or self.method.phase}
            if held is not None and held._recipe.how["method"] is None:
                marks = {}
        plane = self.how.get("connectivity") not in (6, 18, 26)
        dims = held.dims if held is not None else ["y", "x"] if plane else ["z", "y", "x"]
        return self.stream(self.dims or dims, marks)

    def of(self, image: xr.DataArray) -> Stream:
        """Make the stream that an image asks for.

        Raises
        ------
        InputError
            If what is asked does not go with such images, so that none could be measured.
        """
        from ..voids.segmentation.checks import check_pixels
        from ..voids.space import spatial_dims
        from .data import marking

        marks = marking(image, self.method, self.phase)
        if marks and "channel" in image.dims:
            check_pixels(image)
        return self.stream(self.dims or list(spatial_dims(image)), marks)

    def stream(self, dims: list[str], marks: Mapping[str, Any]) -> Stream:
        """Make a stream of images with these dims, of which masks are made so."""
        from ..voids.resuming import noted
        from ..voids.streams import Stream

        told = {name: marks[name] for name in ("method", "phase") if marks.get(name) is not None}
        stream = Stream(self.measures, dims=dims, dim="file", on_error="record", **told, **self.how)
        return noted(stream, self.reading)

    def joined(self, held: Stream, path: Path) -> Stream:
        """Go on from the stream of a file, or refuse.

        Raises
        ------
        OptionError
            If that was asked otherwise.
        """
        from ..voids.resuming import differences

        stream = self.guessed(held)
        for name, asked, before in differences(stream, held):
            raise OptionError(
                f"{path.name} was measured with {_said(name, before)}, and {_said(name, asked)} is asked for now",
                "ask as before, or choose another output",
            )
        return stream.merge(held)


def _said(name: str, value: Any) -> str:
    return f"no {name}" if value is None else f"{name}={value!r}"
