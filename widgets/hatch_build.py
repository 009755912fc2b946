"""Builds the browser halves while packaging, but only when one is missing or NSI_BUILD_WIDGETS=1 asks for it."""

import os
import subprocess
from pathlib import Path
from shutil import which

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLES = ("threshold.js", "plotly-cartesian.min.js")


class BuildWidgets(BuildHookInterface):
    def initialize(self, version, build_data):
        static = Path(self.root, "nsi_notebook", "widgets", "static")
        missing = [name for name in BUNDLES if not (static / name).is_file()]
        if not missing and os.environ.get("NSI_BUILD_WIDGETS") != "1":
            return
        npm = which("npm")
        if npm is None:
            raise RuntimeError(f"npm (Node 20 or newer) is needed to build {', '.join(missing or BUNDLES)}")
        for command in (["ci"], ["run", "build"]):
            subprocess.run([npm, *command], cwd=Path(self.root, "widgets"), check=True)
