"""Where a store may live."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.storage import Checkpoint, TimeSeriesDatabase, catalogue
from nsi_notebook.analytics.storage.place import NETWORK, filesystem, prepare
from nsi_notebook.errors import FileError, OptionError, StoreError

MOUNTS = """\
disk / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
server:/lab /mnt/lab nfs4 rw,vers=4.2 0 0
local /mnt/lab/scratch xfs rw 0 0
share /mnt/with\\040space cifs rw 0 0
server:/b /data nfs rw 0 0
disk2 /data ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/x", "ext4"),
        ("/mnt/lab/run/1", "nfs4"),
        ("/mnt/lab", "nfs4"),
        ("/mnt/laboratory", "ext4"),
        ("/mnt/lab/scratch/x", "xfs"),
        ("/mnt/with space/x", "cifs"),
        ("/data/x", "ext4"),
    ],
)
def test_the_file_system_is_that_of_the_deepest_and_latest_mount(path, kind):
    assert filesystem(Path(path), MOUNTS) == kind


def test_a_network_file_system_is_refused_before_anything_is_made(tmp_path):
    table = tmp_path / "mounts"
    table.write_text(f"disk / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n")
    with pytest.raises(StoreError, match=r"network file system \(nfs4\)"):
        prepare(tmp_path / "s", table)
    assert not (tmp_path / "s").exists()
    assert {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "lustre"} <= NETWORK


def test_this_folder_is_on_a_local_disk(tmp_path):
    assert filesystem(tmp_path, Path("/proc/self/mounts").read_text()) not in {"", *NETWORK}


def test_a_file_and_a_folder_of_other_things_are_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(FileError, match=r"notes\.txt is a file; a store is a folder"):
        TimeSeriesDatabase(tmp_path / "notes.txt")
    with pytest.raises(FileError, match=r"holds other things \(notes\.txt\)"):
        TimeSeriesDatabase(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(StoreError, match="cannot be made"):
        TimeSeriesDatabase(tmp_path / "notes.txt" / "s")


@pytest.mark.parametrize("address", [5, None])
def test_what_is_no_text_and_no_path_is_no_address(address):
    with pytest.raises(OptionError, match=f"the address of a store is {address}"):
        TimeSeriesDatabase(address)


@pytest.mark.parametrize("address", ["", "postgre://x/y", "mem:"])
def test_addresses_that_are_none_are_refused(address):
    with pytest.raises(OptionError, match="no address of a store"):
        TimeSeriesDatabase(address)


def test_a_folder_that_may_not_be_written_is_said(tmp_path):
    if os.geteuid() == 0:
        path = Path("/proc/nsi-store")  # root may write everywhere else
    else:
        path = tmp_path / "closed" / "s"
        path.parent.mkdir(mode=0o500)
    with pytest.raises(StoreError, match="cannot be made or read"):
        TimeSeriesDatabase(path)


def test_the_catalogue_of_another_program_and_of_a_newer_version_are_refused(tmp_path):
    for name, setting, said in (("a", "user_version = 3", "another program"), ("b", "user_version = 99", "of form 99")):
        with TimeSeriesDatabase(tmp_path / name):
            pass
        with sqlite3.connect(tmp_path / name / "store.sqlite") as db:
            db.execute(f"pragma {setting}")
            if said == "another program":
                db.execute("pragma application_id = 7")
        with pytest.raises(StoreError, match=said):
            TimeSeriesDatabase(tmp_path / name)


def test_a_store_of_the_first_form_answers_and_takes_checkpoints(tmp_path):
    batch = Batch.of("load", [1.0, 2.0], ["2026-11-26T12:00Z", "2026-11-26T12:01Z"])
    with TimeSeriesDatabase(tmp_path / "s") as store:
        store.append(batch)
    with sqlite3.connect(tmp_path / "s/store.sqlite") as db:
        db.execute("drop table checkpoints")
        db.execute("pragma user_version = 1")
    with TimeSeriesDatabase(tmp_path / "s") as store:
        assert store.query("load").to_pandas()["value"].tolist() == [1.0, 2.0]
        store.append(batch, checkpoints=[Checkpoint("tail/load", "7")])
        assert store.checkpoints() == {"tail/load": "7"}


def test_an_older_catalogue_is_brought_to_the_newest_form_once(tmp_path):
    with TimeSeriesDatabase(tmp_path / "s"):
        pass
    path = tmp_path / "s/store.sqlite"
    db = catalogue.connect(path)
    steps = (*catalogue.STEPS, "alter table series add column note text; create table notes (a integer)")
    for _ in range(2):
        catalogue.upgrade(db, path, steps)
        assert db.execute("pragma user_version").fetchone() == (len(steps),)
        assert "note" in [row[1] for row in db.execute("pragma table_info(series)")]
    with pytest.raises(StoreError, match="cannot be used"):
        catalogue.upgrade(db, path, (*steps, "create table more (a integer); create table more (a integer)"))
    assert db.execute("pragma user_version").fetchone() == (len(steps),)  # all of a step, or nothing
    assert db.execute("select count(*) from sqlite_master where name = 'more'").fetchone() == (0,)
    db.close()
