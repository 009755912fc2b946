"""Where a folder store may live: a folder of its own, on a disk of this computer."""

from __future__ import annotations

import re
from pathlib import Path

from ...errors import FileError, StoreError

CATALOGUE, GUARD, SEALED, ASIDE = "store.sqlite", "guard.sqlite", "sealed", "quarantine"

# Locks or shared memory, on which SQLite's WAL rests, do not work between the clients of these: https://sqlite.org/wal.html
NETWORK = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.ceph",
        "fuse.gcsfuse",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "orangefs",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
    }
)


def filesystem(path: Path, mounts: str) -> str:
    r"""Give the type of the file system that holds an absolute path.

    Parameters
    ----------
    mounts : str
        Lines of /proc/self/mounts.

    Examples
    --------
    >>> filesystem(Path("/mnt/lab/run"), "disk / ext4 rw 0 0\nserver:/x /mnt/lab nfs4 rw 0 0")
    'nfs4'
    """
    found, depth = "", -1
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        at = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), point))
        if path.is_relative_to(at) and len(at.parts) >= depth:  # the later of two at one point hides the other
            found, depth = kind, len(at.parts)
    return found


def local(path: Path, what: str, hint: str, mounts: Path = Path("/proc/self/mounts")) -> None:
    """Refuse a place where the locks of SQLite do not hold.

    Raises
    ------
    StoreError
        If it is on a network file system.
    """
    kind = filesystem(path, mounts.read_text()) if mounts.exists() else ""
    if kind in NETWORK:
        raise StoreError(f"{path} is on a network file system ({kind}), where the locks of {what} do not hold", hint)


def prepare(path: Path, mounts: Path = Path("/proc/self/mounts")) -> None:
    """Make the folder of a store if need be.

    Raises
    ------
    FileError
        If the path is a file, or a folder with other things in it.
    StoreError
        If it is on a network file system, or cannot be written.
    """
    local(path, "a store", "a folder on a local disk, or a postgresql:// address", mounts)
    if path.exists() and not path.is_dir():
        raise FileError(f"{path} is a file; a store is a folder", f"for example {path.with_suffix('')}-store")
    try:
        if path.is_dir():
            others = sorted(p.name for p in path.iterdir())
            begun = others == [SEALED] and not any((path / SEALED).iterdir())  # by another process, or by one that was killed
            if others and CATALOGUE not in others and GUARD not in others and not begun:
                raise FileError(f"the folder {path} holds other things ({', '.join(others[:3])}) and no store", "a new folder")
        (path / SEALED).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path} cannot be made or read: {error.strerror}", "a folder that you may write") from None
