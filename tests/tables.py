"""Tables of cases as one test: each row is tried, and whatever fails is told row by row.

A row that costs a millisecond is not worth what pytest does for a test of its own. Use
`pytest.mark.parametrize` for rows that take long or need fixtures of their own.
"""

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytest

from tests.server.restoring import reset

_WHOLE = 3
"""Of so many failures the way to them is shown, of those that follow what they say."""
_FAILURES = (Exception, pytest.fail.Exception)

Test = Callable[..., None]


def each(
    names: str | Sequence[str],
    rows: Iterable[Any],
    *,
    ids: Callable[[Any], str] | Sequence[str] | None = None,
    fresh: str = "",
) -> Callable[[Test], Test]:
    """Try every row in one test; takes what `pytest.mark.parametrize` takes.

    `fresh` names the fixture of a sandbox that is reset between the rows.
    """
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else [*names]
    given = list(rows)
    table = [row.values if _is_param(row) else row if len(names) > 1 else (row,) for row in given]

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def tried(**fixtures: Any) -> None:
            failures = []
            for number, values in enumerate(table):
                if number and fresh:
                    reset(fixtures[fresh].sandbox)
                try:
                    test(**fixtures, **dict(zip(names, values, strict=True)))
                except _FAILURES as error:
                    failures.append((number, error))
            _tell({_name(given[n], n, ids): error for n, error in failures}, len(table))

        signature = inspect.signature(test)
        left = [p for p in signature.parameters.values() if p.name not in names]
        tried.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
        return tried

    return decorate


def _name(row: Any, number: int, ids: Callable[[Any], str] | Sequence[str] | None) -> str:
    """What a row is told by, after its number: tables may have two rows of one name."""
    if isinstance(ids, Sequence):
        return f"{number}: {ids[number]}"
    if _is_param(row):
        return f"{number}: {row.id or row.values}"
    parts = row if isinstance(row, tuple) else (row,)
    return f"{number}: " + "-".join(ids(part) if ids else str(part) for part in parts)


def _is_param(row: Any) -> bool:
    return isinstance(row, type(pytest.param()))


def _tell(failures: Mapping[str, BaseException], tried: int) -> None:
    assert tried, "the table has no rows"
    if not failures:
        return
    told = [f"{len(failures)} of {tried} rows failed"]
    for number, (name, error) in enumerate(failures.items()):
        found = pytest.ExceptionInfo.from_exception(error)
        if number < _WHOLE:
            # The first step of the way is the call above.
            way = found.getrepr(style="short", tbfilter=lambda info: info.traceback[1:])
            told.append(f"[{name}]\n{way}")
        else:
            told.append(f"[{name}] {found.exconly()}")
    pytest.fail("\n".join(told), pytrace=False)
