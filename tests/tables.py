"""Tables of cases as one test: each row is tried, and whatever fails is told row by row.

A row that costs a millisecond is not worth what pytest does for a test of its own. Use
`pytest.mark.parametrize` for rows that take long or need fixtures of their own.
"""

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
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
    ids: Callable[[Any], str] | None = None,
    fresh: str = "",
) -> Callable[[Test], Test]:
    """Try every row in one test; takes what `pytest.mark.parametrize` takes.

    `fresh` names the fixture of a sandbox that is reset between the rows.
    """
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else [*names]
    table = [_row(row, names, ids) for row in rows]

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def tried(**fixtures: Any) -> None:
            failures = []
            for number, (name, values) in enumerate(table):
                if number and fresh:
                    reset(fixtures[fresh].sandbox)
                try:
                    test(**fixtures, **values)
                except _FAILURES as error:
                    failures.append((name, error))
            _tell(failures, len(table))

        signature = inspect.signature(test)
        left = [p for p in signature.parameters.values() if p.name not in names]
        tried.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
        return tried

    return decorate


def _row(row: Any, names: list[str], ids: Callable[[Any], str] | None) -> tuple[str, Any]:
    """The name of a row, and its values by the names of the parameters."""
    given = getattr(row, "id", None) if _is_param(row) else None
    values = row.values if _is_param(row) else (row if len(names) > 1 else (row,))
    name = given or "-".join(ids(value) if ids else str(value) for value in values)
    return name, dict(zip(names, values, strict=True))


def _is_param(row: Any) -> bool:
    return isinstance(row, type(pytest.param()))


def _tell(failures: list[tuple[str, BaseException]], tried: int) -> None:
    assert tried, "the table has no rows"
    if not failures:
        return
    told = [f"{len(failures)} of {tried} rows failed"]
    for number, (name, error) in enumerate(failures):
        found = pytest.ExceptionInfo.from_exception(error)
        if number < _WHOLE:
            # The first step of the way is the call above.
            way = found.getrepr(style="short", tbfilter=lambda info: info.traceback[1:])
            told.append(f"[{name}]\n{way}")
        else:
            told.append(f"[{name}] {found.exconly()}")
    pytest.fail("\n".join(told), pytrace=False)
