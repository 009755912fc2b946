"""Drive a real JupyterLab or Notebook 7 in a real Chromium: server, page, kernel, cells.

JupyterLab shows "idle" before a kernel is connected, and "run all" then runs nothing; so everything here waits on the
kernel itself, through the application object that the server exposes.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOKEN = "for-tests-on-loopback-only"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
APPS = {"lab": ("jupyterlab", "LabApp", "lab/tree"), "notebook": ("notebook", "JupyterNotebookApp", "notebooks")}
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
KERNEL = """() => {
  const context = window.jupyterapp?.shell?.currentWidget?.context;
  return context?.sessionContext?.session?.kernel;
}"""
READY = f"() => {{ const k = ({KERNEL})(); return !!k && k.connectionStatus === 'connected' && k.status === 'idle'; }}"


def find_chromium() -> str | None:
    """Path of an installed Chromium, None if there is none."""
    return next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


@dataclass
class Server:
    """A running Jupyter server whose files are under `root`."""

    app: str
    port: int
    root: Path
    log: Path

    def url(self, notebook: str) -> str:
        return f"http://127.0.0.1:{self.port}/{APPS[self.app][2]}/{notebook}?token={TOKEN}&reset"


@contextmanager
def serve(root: Path, app: str = "lab", theme: str | None = None) -> Iterator[Server]:
    """Start a server with its own settings, so that nothing of the user's is read or written; stop it at the end."""
    module, options, _ = APPS[app]
    work, home = root / "work", root / "home"
    for folder in (work, home / "config" / "labconfig"):
        folder.mkdir(parents=True, exist_ok=True)
    overrides: dict[str, Any] = dict(OVERRIDES)
    if theme is not None:
        overrides["@jupyterlab/apputils-extension:themes"] = {"theme": theme}
    (home / "config" / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(overrides))
    env = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "IPYTHON")) and k != "PYTHONDONTWRITEBYTECODE"}
    env |= {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "run"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        module,
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
    ]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={work}"]
    command += [f"--{options}.expose_app_in_browser=True"]
    log = root / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=subprocess.STDOUT, cwd=work)
        try:
            _wait_for_server(process, port, log)
            yield Server(app, port, work, log)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def _wait_for_server(process: subprocess.Popen[bytes], port: int, log: Path, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped with {process.returncode}:\n{log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status?token={TOKEN}", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"the server did not answer in {seconds} s:\n{log.read_text()[-2000:]}")


@contextmanager
def chromium(executable: str) -> Iterator[Any]:
    """Start a headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS), headless=True)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Notebook:
    """A notebook that is open in the browser, with its kernel connected."""

    page: Any
    server: Server
    name: str
    outside: list[str] = field(default_factory=list)  # requests to anywhere but our server
    complaints: list[str] = field(default_factory=list)  # errors on the browser's console

    @classmethod
    def open(cls, browser: Any, server: Server, cells: list[str] | Path, name: str = "test.ipynb", **context: Any) -> Notebook:
        """Write cells (or copy a notebook file) under the server's root, open it and wait for its kernel."""
        if isinstance(cells, Path):
            shutil.copy(cells, server.root / name)
        else:
            write(server.root / name, cells)
        page = browser.new_page(viewport=context.pop("viewport", {"width": 1280, "height": 1000}), **context)
        self = cls(page, server, name)
        ours = f"127.0.0.1:{server.port}"
        page.on(
            "request", lambda r: None if ours in r.url or r.url.startswith(("data:", "blob:")) else self.outside.append(r.url)
        )
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.complaints.append(str(e)))
        page.goto(server.url(name))
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        self.wait_idle()
        return self

    def wait_idle(self, seconds: float = 90) -> None:
        """Wait until the kernel is connected and has nothing to do."""
        self.page.wait_for_function(READY, timeout=1000 * seconds)

    def command(self, name: str) -> None:
        """Run a command of the application and wait until it is done."""
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", name)

    def run_all(self) -> None:
        """Run all cells and wait until the last has its number."""
        self.command("notebook:run-all-cells")
        self.wait_idle()

    def run(self, index: int) -> None:
        """Run one cell and wait for it."""
        self.page.evaluate(
            """async index => {
              const { content } = window.jupyterapp.shell.currentWidget;
              content.deselectAll();
              content.activeCellIndex = index;
              await window.jupyterapp.commands.execute('notebook:run-cell');
            }""",
            index,
        )
        self.wait_idle()

    def cell(self, index: int) -> Any:
        """Locate the nth cell."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def output(self, index: int) -> str:
        """Text of the outputs of the nth cell, errors included."""
        return "\n".join(self.cell(index).locator(".jp-OutputArea-output").all_inner_texts()).strip()

    def screenshot(self, path: Path, locator: Any = None) -> Path:
        """Save what is seen: of one element, else of the page."""
        (locator or self.page).screenshot(path=str(path))
        return path


def write(path: Path, cells: list[str]) -> None:
    """Write a notebook of code cells."""
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [
            {"cell_type": "code", "id": f"cell-{i}", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
            for i, source in enumerate(cells)
        ],
    }
    path.write_text(json.dumps(notebook))
