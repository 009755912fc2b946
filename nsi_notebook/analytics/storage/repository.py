"""Analyses and their results by name: every version, with what it was made from."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import FileError, OptionError, StoreError, UnknownNameError
from ...version import __version__
from ...voids.placing import replacing, writing
from ..core import times
from ..core.code import code_version
from ..core.digest import digest, sha256
from ..core.series import NAME
from . import results

if TYPE_CHECKING:
    from .database import TimeSeriesDatabase

MARK, RECORD, FORMAT = "repository.json", "record.json", 1


@dataclass(frozen=True, slots=True)
class Saved:
    """One version of a result, and what it was made from.

    Parameters
    ----------
    name : str
    version : int
        From 1; a number is never given twice.
    kind : str
        "dataset", "image", "array", "table", "column", "batch" or "json".
    time : datetime
        When it was saved, in UTC.
    parameters : dict
    data, code : str, optional
        Hash of the data, and of the code of the function.
    package : str
        Version of nsi-notebook.
    path : Path
        The file.
    """

    name: str
    version: int
    kind: str
    time: datetime
    parameters: dict[str, Any]
    data: str | None
    code: str | None
    package: str
    path: Path


class Repository:
    """Results in a folder, by name and version, as netCDF, Parquet or JSON, each with a record in JSON.

    A version is there whole or not at all, whenever the process is ended; any number of processes may save at once.

    Parameters
    ----------
    place : str, pathlib.Path or TimeSeriesDatabase
        A folder, which is made if it is not there, or a store in a folder, whose results are kept in it.

    Raises
    ------
    FileError
        If it is a file, or a folder that holds other things.
    OptionError
        If the store is in memory or on a server.
    StoreError
        If it was made by a newer version.

    Examples
    --------
    >>> import tempfile
    >>> repository = Repository(tempfile.mkdtemp())
    >>> repository.save("gravel.pores", {"void_fraction": 0.31}, parameters={"method": "otsu"}, data=[1, 2, 3]).version
    1
    >>> repository.load("gravel.pores")
    {'void_fraction': 0.31}
    >>> repository.same("gravel.pores", [1, 2, 3], {"method": "otsu"}), repository.same("gravel.pores", [1, 2])
    (True, False)
    """

    def __init__(self, place: str | Path | TimeSeriesDatabase) -> None:
        self.folder = _folder(place)
        mark = self.folder / MARK
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            others = sorted(p.name for p in self.folder.iterdir() if not p.name.startswith("."))
        if others and MARK not in others:
            raise FileError(
                f"the folder {self.folder} holds other things ({', '.join(others[:3])}) and no results", "a new folder"
            )
        if MARK in others:
            held = _json(mark, str(self.folder))
            if held.get("format", 0) > FORMAT:
                raise StoreError(f"{self.folder} was made by nsi-notebook {held.get('version')}, which is later", "install that")
        else:
            with replacing(mark) as fresh:
                fresh.write_text(json.dumps({"format": FORMAT, "version": __version__}) + "\n", encoding="utf-8")

    def __repr__(self) -> str:
        return f"Repository({str(self.folder)!r}): {len(self._names())} names"

    def save(
        self,
        name: str,
        result: Any,
        *,
        parameters: Mapping[str, Any] | None = None,
        data: Any = None,
        code: Callable[..., Any] | None = None,
    ) -> Saved:
        """Keep a result as the next version of its name.

        Parameters
        ----------
        name : str
            Words of letters, digits, _ and -, joined by dots.
        result : xarray, pandas or NumPy object, Batch, or what JSON has
            In memory. It is read back at once: one that would not come back as it is, is refused; but for attrs, of which JSON is
            kept, so that a tuple comes back as a list.
        parameters : mapping of str to numbers, texts, lists and dicts, optional
        data : optional
            What it was made from; only the hash is kept, see `core.digest.digest`. A `Path` counts by its content.
        code : callable, optional
            The function that made it: a hash of its code is kept.

        Returns
        -------
        Saved

        Raises
        ------
        OptionError
            If the name, the result, the parameters or the data are none that can be kept: nothing is then.
        FileError
            If it cannot be written.
        """
        named = _name(name)
        made = self._made(named, data, parameters, code)
        kind = results.kind_of(result, named)
        with writing(self.folder):
            version, folder = self._reserved(named)
        try:
            told = results.write(kind, result, folder, named)
            record = {
                "format": FORMAT,
                "name": named,
                "version": version,
                "kind": kind,
                "time": times.now(),
                **made,
                "told": told,
            }
            record["sha256"] = sha256(folder / results.KINDS[kind].file)
            with replacing(folder / RECORD) as fresh:  # with this it is there
                fresh.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        except BaseException:
            _empty(folder)
            raise
        return _saved(record, folder)

    def load(self, name: str, version: int | None = None) -> Any:
        """Give a result; the newest version, if none is said.

        Raises
        ------
        UnknownNameError
            If there is no such name or version.
        StoreError
            If its file is not as it was written.
        """
        record, folder = self._record(name, version)
        path = folder / results.KINDS[record["kind"]].file
        if not path.exists() or sha256(path) != record["sha256"]:
            said = f"version {record['version']} of {name}: {path} is {'gone' if not path.exists() else 'not as it was written'}"
            raise StoreError(said, "another version, from a copy, or delete() it")
        return results.read(record["kind"], record["told"], folder)

    def record(self, name: str, version: int | None = None) -> Saved:
        """Tell what a version was made from; the newest, if none is said."""
        return _saved(*self._record(name, version))

    def list(self, name: str | None = None) -> tuple[Saved, ...]:
        """Tell of all versions of a name, or of all names, by name and version."""
        names = self._names() if name is None else [name]
        return tuple(self.record(each, version) for each in names for version in self._versions(_name(each)))

    def delete(self, name: str, version: int | None = None) -> None:
        """Remove a version, or all of a name.

        Raises
        ------
        UnknownNameError
            If there is no such name or version.
        """
        _, folder = self._record(name, version)
        with writing(self.folder / name):
            if version is not None:
                _empty(folder)  # the folder stays, so that its number is not given again
                return
            for each in self._versions(name):
                (self._at(name, each) / RECORD).unlink(missing_ok=True)
            shutil.rmtree(self.folder / name)

    def same(
        self, name: str, data: Any = None, parameters: Mapping[str, Any] | None = None, code: Callable[..., Any] | None = None
    ) -> bool:
        """Say whether the newest version was made from this: then there is no need to compute it again.

        Parameters
        ----------
        name : str
        data, parameters, code
            As they would be given to `save`; another version of this package is another code.
        """
        asked = self._made(_name(name), data, parameters, code)
        if not self._versions(name):
            return False
        record, _ = self._record(name, None)
        return all(record[key] == value for key, value in asked.items())

    def _made(self, name: str, data: Any, parameters: Any, code: Any) -> dict[str, Any]:
        """Give what tells whether two results are made from the same."""
        if parameters is not None and not isinstance(parameters, Mapping):
            raise OptionError(f"{name}: the parameters are {type(parameters).__name__}", "a dict: parameters={'method': 'otsu'}")
        given = dict(parameters or {})
        try:
            kept = json.loads(json.dumps(given, allow_nan=False, default=_number))
        except (TypeError, ValueError, RecursionError) as error:
            hint = "numbers, texts, lists and dicts; arrays and files belong to data="
            raise OptionError(f"{name}: the parameters cannot be kept: {error}", hint) from None
        if wrong := [key for key in given if not isinstance(key, str)]:
            raise OptionError(f"{name}: the parameter {wrong[0]!r} has no name", "texts as keys")
        if code is not None and not callable(code):
            raise OptionError(f"{name}: code is {code!r}", "the function that made the result")
        return {
            "parameters": kept,
            "data": None if data is None else digest(data),
            "code": None if code is None else code_version(code),
            "package": __version__,
        }

    def _names(self) -> tuple[str, ...]:
        there = [p.name for p in self.folder.iterdir() if p.is_dir() and NAME.fullmatch(p.name)]
        return tuple(sorted(name for name in there if self._versions(name)))

    def _at(self, name: str, version: int) -> Path:
        return self.folder / name / f"{version:06d}"

    def _versions(self, name: str) -> tuple[int, ...]:
        there = (p.parent.name for p in (self.folder / name).glob(f"*/{RECORD}"))
        return tuple(sorted(int(each) for each in there if each.isdecimal()))

    def _reserved(self, name: str) -> tuple[int, Path]:
        """Make the folder of the next version: only one process can."""
        (self.folder / name).mkdir(exist_ok=True)
        version = max((int(p.name) for p in (self.folder / name).iterdir() if p.name.isdecimal()), default=0) + 1
        while True:
            with contextlib.suppress(FileExistsError):
                self._at(name, version).mkdir()
                return version, self._at(name, version)
            version += 1

    def _record(self, name: str, version: int | None) -> tuple[dict[str, Any], Path]:
        versions = self._versions(_name(name))
        if not versions:
            raise UnknownNameError.among("result", name, self._names())
        if version is not None and (isinstance(version, bool) or version not in versions):
            raise UnknownNameError.among(f"version of {name}", version, map(str, versions))
        folder = self._at(name, versions[-1] if version is None else version)
        record = _json(folder / RECORD, f"version {folder.name} of {name}")
        if record.get("kind") not in results.KINDS:
            raise StoreError(f"{folder / RECORD} is not as it was written", "another version, or delete() it")
        return record, folder


def _folder(place: Any) -> Path:
    from .database import TimeSeriesDatabase

    if isinstance(place, TimeSeriesDatabase):
        if place.address == "memory:" or "://" in place.address:
            raise OptionError(f"the store {place.address} has no folder for results", "Repository(folder)")
        return Path(place.address) / "results"
    if not isinstance(place, str | Path) or not str(place):
        raise OptionError(f"{place!r} is no place for results", "a folder, or a store in one")
    path = Path(place).expanduser()
    if path.exists() and not path.is_dir():
        raise FileError(f"{path} is a file; results are kept in a folder", f"for example {path.with_suffix('')}-results")
    return path


def _name(name: Any) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise OptionError(f"{name!r} is no name of a result", "words of letters, digits, _, -, joined by dots: 'gravel.pores'")
    return name


def _json(path: Path, what: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{what}: {path.name} cannot be read: {error}", "was it changed by hand?") from error
    if not isinstance(found, dict):
        raise StoreError(f"{what}: {path.name} is not as it was written", "was it changed by hand?")
    return found


def _saved(record: Mapping[str, Any], folder: Path) -> Saved:
    kept = {key: record[key] for key in ("name", "version", "kind", "parameters", "data", "code", "package")}
    return Saved(**kept, time=times.utc(record["time"]), path=folder / results.KINDS[record["kind"]].file)


def _empty(folder: Path) -> None:
    """Remove what is in the folder of a version, the record first: without it nothing is there."""
    (folder / RECORD).unlink(missing_ok=True)
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _number(value: Any) -> Any:
    import numpy as np

    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is of type {type(value).__name__}")


__all__ = ["Repository", "Saved"]
