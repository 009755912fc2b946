"""Measure the empty part of images: voids, pores, gaps, background.

    import nsi_notebook as nsi
    image = nsi.sample("gravel")
    void = image.nsi.void("otsu", phase="dark")
    void.nsi.measure(["void_fraction", "chords"], ci=0.95)

`%load_ext nsi_notebook` adds the same verbs as `%nsi` magics; `nsi` is the command. Names are loaded when first used, and
the accessors `.nsi` are registered as soon as xarray is there, so that importing this package costs next to nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from typing import TYPE_CHECKING, Any

from .lazy import lazily
from .version import __version__

if TYPE_CHECKING:
    from .analytics.visualization import plot
    from .errors import NsiError, NsiWarning
    from .reports import report
    from .summaries import check_summary
    from .voids.block import split
    from .voids.comparing import compare
    from .voids.components import components
    from .voids.curves import curves
    from .voids.maps import distance_map, thickness_map
    from .voids.measures.registry import summary
    from .voids.measuring import measure
    from .voids.percolation import percolation_threshold
    from .voids.persistence import persistence
    from .voids.presets import preset
    from .voids.reading import open
    from .voids.representative import representative
    from .voids.samples import sample, samples
    from .voids.segmentation import void
    from .voids.series import series
    from .voids.streams import Stream

_HOMES = {
    "NsiError": ".errors:NsiError",
    "NsiWarning": ".errors:NsiWarning",
    "Stream": ".voids.streams:Stream",
    "check_summary": ".summaries:check_summary",
    "compare": ".voids.comparing:compare",
    "components": ".voids.components:components",
    "curves": ".voids.curves:curves",
    "distance_map": ".voids.maps:distance_map",
    "measure": ".voids.measuring:measure",
    "open": ".voids.reading:open",
    "percolation_threshold": ".voids.percolation:percolation_threshold",
    "persistence": ".voids.persistence:persistence",
    "plot": ".analytics.visualization:plot",
    "preset": ".voids.presets:preset",
    "report": ".reports:report",
    "representative": ".voids.representative:representative",
    "sample": ".voids.samples:sample",
    "samples": ".voids.samples:samples",
    "series": ".voids.series:series",
    "split": ".voids.block:split",
    "summary": ".voids.measures.registry:summary",
    "thickness_map": ".voids.maps:thickness_map",
    "void": ".voids.segmentation:void",
}

__all__ = [
    "NsiError",
    "NsiWarning",
    "Stream",
    "__version__",
    "check_summary",
    "compare",
    "components",
    "curves",
    "distance_map",
    "measure",
    "open",
    "percolation_threshold",
    "persistence",
    "plot",
    "preset",
    "report",
    "representative",
    "sample",
    "samples",
    "series",
    "split",
    "summary",
    "thickness_map",
    "void",
]


__getattr__, __dir__ = lazily(__name__, _HOMES)


def load_ipython_extension(ipython: Any) -> None:
    """Add the `%nsi` magics: `%load_ext nsi_notebook`."""
    from .magics import load_ipython_extension as load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Remove the `%nsi` magics: `%unload_ext nsi_notebook`."""
    from .magics import unload_ipython_extension as unload

    unload(ipython)


class _AfterXarray(MetaPathFinder):
    """Registers the accessors right after xarray is imported, whoever imports it."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if fullname != "xarray":
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            sys.meta_path.remove(self)  # only now: a look at the spec is no import
            run(module)
            import_module(".accessor", __name__)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


if "xarray" in sys.modules:
    import_module(".accessor", __name__)
else:
    sys.meta_path.insert(0, _AfterXarray())
