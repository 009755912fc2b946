"""What was left out is said, there and in the last line of `make test`, and under CI it is a failure."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from .postgres import MISSING, programs, serving

settings.register_profile("untimed", deadline=None)  # how long an example takes tells how busy the machine is
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres():
    """A server of our own; without one the tests are left out, except under CI, where that is a failure."""
    if programs() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with serving() as server:
        yield server


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = sorted({str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr) for report in skipped})
    if reasons:
        said = f"left out: {len(skipped)} tests ({', '.join(reasons)})"
        terminalreporter.write_line(said)
        with (Path(config.rootpath) / ".left-out").open("a") as file:
            file.write(said + "\n")


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter is not None and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = 1
