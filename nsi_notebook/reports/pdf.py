"""PDF through a Chromium that is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..errors import ReportError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=8000",
    "--no-pdf-header-footer",
)
ROOT = 0  # its id; as root Chromium refuses to start with its sandbox
PATIENCE = 120  # seconds


def find_chromium() -> str:
    """Find a Chromium.

    Raises
    ------
    ReportError
        If there is none.
    """
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise ReportError("PDF needs Chromium, which is not installed", "install it (apt-get install chromium), or leave out pdf")
    return found


def print_pdf(page: str, chromium: str) -> bytes:
    """Print a page of HTML.

    Raises
    ------
    ReportError
        If Chromium fails.
    """
    with tempfile.TemporaryDirectory(prefix="nsi-pdf-", ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        html, pdf = work / "page.html", work / "page.pdf"
        html.write_text(page, encoding="utf-8")
        flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == ROOT else FLAGS
        command = [chromium, *flags, f"--user-data-dir={work}/profile", f"--print-to-pdf={pdf}", html.as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise ReportError(
                f"Chromium did not print the page in {PATIENCE} s", "open the HTML in a browser, print it"
            ) from None
        if done.returncode or not pdf.exists():
            said = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ReportError(f"Chromium could not print the page: {said}", "leave out pdf, and print the HTML from a browser")
        return pdf.read_bytes()
