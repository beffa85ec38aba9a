"""Checks of a Program's arguments: each returns what the Program uses, or raises an error that says what to give."""

from __future__ import annotations

import collections.abc
import difflib
import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from shmlab import primitives
from shmlab.runs.stage import flat

MOST_PROCESSES = 64


def checked_predicate(name: str, predicate: Any) -> Callable[..., object] | None:
    """Return `predicate` itself. Raise TypeError when it is neither a function nor None."""
    if predicate is not None and not callable(predicate):
        raise TypeError(f"{name} is {predicate!r}: give a function of shm, such as lambda shm: shm.counter == 6")
    return predicate


def checked_possible(possible: Any) -> dict[str, Callable[..., object]]:
    """Return a copy of `possible`, a dict of predicates by their words. Raise TypeError for anything else."""
    if not isinstance(possible, dict | None):
        raise TypeError(f"possible is {possible!r}: give words and a predicate, {{'two inside': lambda shm: ...}}")
    for words, predicate in (possible or {}).items():
        checked_predicate(f"possible[{words!r}]", predicate)
    return dict(possible or {})


def one_for_each(functions: Any, processes: Any) -> list[Callable[..., object]]:
    """Return a list with the function of each process. Raise TypeError or ValueError, saying what does not fit."""
    if callable(functions):
        if processes is None:
            raise TypeError(
                "processes is missing: say in how many processes the function runs, for instance processes=2"
            )
        if isinstance(processes, bool) or not isinstance(processes, int):
            raise TypeError(f"processes is {processes!r}: give a whole number")
        if not 1 <= processes <= MOST_PROCESSES:
            raise ValueError(f"processes is {processes}: give 1 to {MOST_PROCESSES}")
        return [functions] * processes
    if not isinstance(functions, collections.abc.Iterable):
        raise TypeError(f"{functions!r} is no function: give a function, or a list with one for each process")
    functions = list(functions)
    for function in functions:
        if not callable(function):
            raise TypeError(f"{function!r} is no function: give a function, or a list with one for each process")
    if not functions:
        raise ValueError("the list of functions is empty: give one for each process")
    if len(functions) > MOST_PROCESSES:
        raise ValueError(f"the list has {len(functions)} functions: give 1 to {MOST_PROCESSES}, one for each process")
    if processes not in (None, len(functions)):
        raise ValueError(
            f"processes is {processes}, but the list has {len(functions)} functions: leave one of them out"
        )
    return functions


def parameters(function: Callable[..., object], known: Iterable[str]) -> list[str]:
    """Return the names that a function takes, each one of `known`. Raise TypeError for a name that is not."""
    if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
        raise TypeError(
            f"{name_of(function)} has a yield or is async: called, it would run nothing; make it a plain function"
        )
    wanted = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise TypeError(
                f"{name_of(function)}: parameter {parameter} cannot be filled; name what the function takes"
            )
        if parameter.name in known:
            wanted.append(parameter.name)
        elif parameter.default is parameter.empty:
            close = difflib.get_close_matches(parameter.name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise TypeError(
                f"{name_of(function)}: parameter {parameter.name!r} names nothing; there is {', '.join(known)}{hint}"
            )
    return wanted


def name_of(function: Any) -> str:
    """Return what to call a function: partial ones and callable objects have no name of their own."""
    if isinstance(function, functools.partial):
        return name_of(function.func)
    return getattr(function, "__name__", type(function).__name__)


def check_timeout(timeout: Any) -> None:
    """Raise TypeError or ValueError unless `timeout` is None or a number of seconds above 0."""
    if timeout is None:
        return
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        raise TypeError(f"timeout is {timeout!r}: give seconds, or None to wait for ever")
    if not timeout > 0:
        raise ValueError(f"timeout is {timeout!r}: give seconds above 0, or None to wait for ever")


def checked_sync(sync: Any) -> dict[str, Any]:
    """Return a copy of `sync`, a dict of declarations by name. Raise TypeError or ValueError for anything else."""
    if not isinstance(sync, dict | None):
        raise TypeError(f"sync is {sync!r}: give names, as in sync={{'lock': Semaphore(1)}}")
    sync = dict(sync or {})
    for name in sync:
        if not isinstance(name, str) or not name.isidentifier() or name in ("shm", "rank"):
            raise ValueError(f"sync {name!r}: choose another Python name; shm and rank are taken")
    for declared in flat(sync):
        if not isinstance(declared, primitives.DECLARATIONS):
            raise TypeError(f"sync holds {declared!r}: declare Semaphore(1), Mutex(), Condition('mutex') or Barrier(2)")
        if isinstance(declared, primitives.Condition) and not isinstance(sync.get(declared.mutex), primitives.Mutex):
            raise ValueError(f"{declared} needs a Mutex() declared under the name {declared.mutex!r}")
    return sync
