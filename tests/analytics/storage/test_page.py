"""What docs/store.md says is so."""

from __future__ import annotations

import re
from pathlib import Path

from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.analytics.storage.aggregates import KNOWN

PAGE = (Path(__file__).parents[3] / "docs" / "store.md").read_text()


def test_the_lines_of_the_page_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(code, scope)
    assert scope["ack"].new
    assert scope["dataset"]["mean"].dims == ("series", "time")
    assert scope["frame"]["count"].tolist() == [2, 1]


def test_the_page_names_the_files_the_columns_and_the_aggregates(tmp_path):
    with TimeSeriesDatabase(tmp_path / "s") as db:
        for name in ("samples", "series"):
            (columns,) = set(re.findall(rf"`{name}\(([a-z, ]+)\)`", PAGE))
            assert db.sql(f"select * from {name}").to_arrow().schema.names == columns.split(", ")
        there = {p.name for p in (tmp_path / "s").iterdir() if not p.name.endswith(("-wal", "-shm"))}
    rows = re.findall(r"^\| `([a-z.]+)(?:/[^`]*)?` \|", PAGE.split("## What is in the folder")[1].split("\n## ")[0], re.MULTILINE)
    assert set(rows) == there | {"quarantine"}
    listed = PAGE.split("The aggregates are ")[1].split(", and percentiles")[0].replace(" (of a sample)", "")
    assert set(listed.split(", ")) == set(KNOWN)
