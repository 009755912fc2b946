"""Spacing and unit of TIFF files: from OME metadata, ImageJ's, or the resolution tags."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from ..units import METRES, unit_name

Spacing = tuple[dict[str, float], dict[str, str]]
DEFAULTS = (1, 72, 96)  # dots per inch that say nothing of the object


def spacing(file: Any, index: int) -> Spacing:
    """Spacing and unit of each dim that an open TIFF file tells, for its series of that index."""
    if file.is_ome:
        return _ome(file, index)
    return _imagej(file) if file.is_imagej else _tags(file.series[index].keyframe)


def declared(file: Any) -> list[ElementTree.Element]:
    """OME's elements Pixels, one for each image; none if the file is no OME-TIFF."""
    if not file.is_ome:
        return []
    root = ElementTree.fromstring(file.ome_metadata)  # noqa: S314 - expat limits the expansion of entities
    return [e for e in root.iter() if e.tag.rpartition("}")[2] == "Pixels"]


def pixels(file: Any, index: int) -> ElementTree.Element | None:
    """OME's element Pixels of a series; none if some of the images declared are not there."""
    found = declared(file)
    return found[index] if len(found) == len(file.series) else None


def _ome(file: Any, index: int) -> Spacing:
    told = pixels(file, index)
    steps: dict[str, float] = {}
    units: dict[str, str] = {}
    # the schema's default units are the micrometre and the second
    for dim, key, default in (
        ("x", "PhysicalSizeX", "um"),
        ("y", "PhysicalSizeY", "um"),
        ("z", "PhysicalSizeZ", "um"),
        ("time", "TimeIncrement", "s"),
    ):
        if told is not None and key in told.attrib:
            unit = unit_name(told.attrib.get(f"{key}Unit", default))
            if unit not in ("pixel", "reference frame"):
                steps[dim], units[dim] = float(told.attrib[key]), unit
    return steps, units


def _imagej(file: Any) -> Spacing:
    meta = file.imagej_metadata or {}
    page = file.pages[0]
    unit = unit_name(str(meta.get("unit", "pixel")))
    steps: dict[str, float] = {}
    units: dict[str, str] = {}
    if unit == "in" and int(page.tags["ResolutionUnit"].value if "ResolutionUnit" in page.tags else 1) == 2:
        steps, units = _tags(page)
    elif unit != "pixel":
        steps = {d: 1 / p for d, p in _per_unit(page).items()}
        units = dict.fromkeys(steps, unit)
    if "spacing" in meta and units:
        steps["z"] = abs(float(meta["spacing"]))  # ImageJ writes it negative for stacks from above
        units["z"] = unit_name(str(meta.get("zunit", unit)))
    if float(meta.get("finterval", 0) or 0) > 0:
        steps["time"] = float(meta["finterval"])
        units["time"] = unit_name(str(meta.get("tunit", "s")))
    return steps, units


def _tags(page: Any) -> Spacing:
    kind = int(page.tags["ResolutionUnit"].value) if "ResolutionUnit" in page.tags else 2
    per = _per_unit(page)
    length = {2: METRES["in"], 3: METRES["cm"]}.get(kind)
    if length is None or len(per) < 2 or any(round(p * METRES["in"] / length, 1) in DEFAULTS for p in per.values()):
        return {}, {}
    return {d: length / METRES["um"] / p for d, p in per.items()}, dict.fromkeys(per, "um")


def _per_unit(page: Any) -> dict[str, float]:
    """Pixels per unit along x and y, where the tags hold a positive fraction."""
    found = {}
    for dim, tag in (("x", "XResolution"), ("y", "YResolution")):
        top, bottom = page.tags[tag].value if tag in page.tags else (0, 1)
        if top > 0 and bottom > 0:
            found[dim] = top / bottom
    return found
