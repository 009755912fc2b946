"""What the hash takes of functions and classes: the code that runs, and what it uses of its module."""

from __future__ import annotations

import dis
import functools
import inspect
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import OptionError
from .digest import Hasher

if TYPE_CHECKING:
    from collections.abc import Callable

_GLOBAL, _ATTRIBUTE = ("LOAD_GLOBAL", "LOAD_NAME"), ("LOAD_ATTR", "LOAD_METHOD")


def code_version(function: Callable[..., Any], without: tuple[str, ...] = ()) -> str:
    """Hash the code of a function, with the versions of Python and of this package.

    Comments and the place of the function do not count. What it uses of its module does: functions and classes of packages that
    have a version by that, others by their code, values by what they hold.

    Parameters
    ----------
    function : callable
    without : tuple of str
        Names of its module that do not count.

    Returns
    -------
    str
        64 hex digits.

    Raises
    ------
    OptionError
        If it uses a value that cannot be hashed.

    Examples
    --------
    >>> code_version(lambda x: x + 1) == code_version(lambda x: x + 2)
    False
    """
    from ...version import __version__

    hasher = Hasher(without)
    hasher.put(f"{__version__} {sys.version_info} {sys.implementation.cache_tag}")
    if isinstance(function, types.FunctionType):
        _function(hasher, function)
    else:
        hasher.take(function, f"the function {getattr(function, '__name__', function)!r}")
    return hasher.hex()


def code_alone(function: Any) -> str:
    """Hash the code of a function, without what it uses from outside; "" for what has no code of its own.

    Examples
    --------
    >>> code_alone(lambda x: x + 1) == code_alone(lambda x: x + 2), code_alone(len)
    (False, '')
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    return _fixed(code)[0] if isinstance(code, types.CodeType) else ""


def plain(function: Any) -> Any:
    """Give the function that a cache has wrapped."""
    while (mark := getattr(function, "nsi_cached", None)) is not None and mark is function:  # wraps() hands the mark on
        function = mark.__wrapped__
    return function


def take(hasher: Hasher, value: Any, where: str) -> bool:
    """Take a value, if it is a function, a class or a module."""
    if isinstance(value, types.ModuleType):
        hasher.put(f"module {value.__name__} {_version(value.__name__)}")
        return True
    if isinstance(value, types.MethodType):
        hasher.take(value.__func__, where)
        hasher.take(value.__self__, f"the object of {where}")
        return True
    if isinstance(value, functools.partial):
        hasher.put("partial")
        hasher.take((value.func, value.args, value.keywords), where)
        return True
    if isinstance(value, types.CodeType):
        hasher.put("code", _fixed(value)[0].encode())
        return True
    inner = getattr(value, "py_func", None) or getattr(value, "__wrapped__", None)
    if not callable(value) or not isinstance(getattr(value, "__qualname__", None), str):
        return isinstance(inner, types.FunctionType) and take(hasher, inner, where)
    module = str(getattr(value, "__module__", None) or getattr(getattr(value, "__objclass__", None), "__module__", "builtins"))
    hasher.put(f"{module}.{value.__qualname__}")
    if id(value) in hasher.seen:
        return True
    hasher.seen.add(id(value))
    if (version := _version(module)) is not None and "<" not in value.__qualname__:
        hasher.put(f"version {version}")  # the name and the version say all
    elif isinstance(value, types.FunctionType):
        _function(hasher, value)
    elif isinstance(value, type):
        for base in value.__bases__:
            take(hasher, base, where)
        for name, part in vars(value).items():
            part = part.fget if isinstance(part, property) else getattr(part, "__func__", part)
            if isinstance(part, types.FunctionType):
                hasher.put(f"method {name}")
                take(hasher, part, where)
    elif isinstance(inner, types.FunctionType):
        return take(hasher, inner, where)
    return True


def _function(hasher: Hasher, function: types.FunctionType) -> None:
    function = plain(function)
    hasher.seen.add(id(function))
    named = f"{function.__qualname__}()"
    fixed, names = _fixed(function.__code__)
    hasher.put("code", fixed.encode())
    defaults = [*enumerate(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items()]
    for name, default in defaults:
        part = Hasher(tuple(hasher.without))
        try:
            part.take(default, f"a default of {named}")
        except OptionError:  # a mark of its own for what was not given
            part.put(type(default).__qualname__)
        hasher.put(f"default {name}", part.hex().encode())
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if name not in hasher.without and _filled(cell):
            hasher.put(f"outer {name}")
            hasher.take(cell.cell_contents, f"{name}, which {named} uses from outside,")
    known = function.__globals__
    for name, *attributes in names:
        if name not in known or name in hasher.without:
            continue
        value, path = known[name], name
        hasher.put(f"global {name}")
        hasher.take(value, f"{path}, which {named} uses from outside,")
        for attribute in attributes:  # of modules that have no version
            if not isinstance(value, types.ModuleType) or _version(value.__name__) is not None or not hasattr(value, attribute):
                break
            value, path = getattr(value, attribute), f"{path}.{attribute}"
            hasher.put(f"attribute {attribute}")
            hasher.take(value, f"{path}, which {named} uses from outside,")


@functools.lru_cache(maxsize=4096)
def _fixed(code: types.CodeType) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """Hash what never changes of a code, and name what it looks up in its module, with the attributes that it takes of it."""
    hasher = Hasher()
    names: dict[tuple[str, ...], None] = {}
    hasher.put("code", code.co_code)
    hasher.put("exceptions", code.co_exceptiontable)
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    hasher.take((counts, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars), "the code")
    for item in code.co_consts:
        hasher.take(item, "a constant")
        if isinstance(item, types.CodeType):
            names.update(dict.fromkeys(_fixed(item)[1]))
    path: tuple[str, ...] = ()
    for step in dis.get_instructions(code):
        if path and step.opname in _ATTRIBUTE:
            path = (*path, step.argval)
            continue
        names[path] = None
        path = (step.argval,) if step.opname in _GLOBAL else ()
    names.pop((), None)
    return hasher.hex(), tuple(sorted(names))


def _version(module: str) -> str | None:
    """Give the version of the package of a module; None if it has none, and its code is all that there is to know."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return None if top == "__main__" else "of Python"
    package = sys.modules.get(top)
    version = getattr(package, "__version__", None)
    if isinstance(version, str):
        return version
    origin = getattr(package, "__file__", None) or ""
    if {"site-packages", "dist-packages"} & set(Path(origin).parts):
        stat = Path(origin).stat()
        return f"of {stat.st_mtime_ns} with {stat.st_size} bytes"
    return None


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - empty before the first assignment
    except ValueError:
        return False
    return True


__all__ = ["code_alone", "code_version", "plain"]
