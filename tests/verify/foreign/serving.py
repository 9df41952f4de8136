"""What the servers of this folder share: bodies read strictly, errors as JSON, a socket."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from tests.support import over_socket

_LONGEST = 1_000_000
_HALVES = re.compile("[\ud800-\udfff]")


def application(routes: list[Any]) -> Starlette:
    """An application whose refusals are `{"message": …}`."""
    return Starlette(routes=routes, exception_handlers={HTTPException: _refused})


def refuse(status: int, message: str) -> HTTPException:
    """A refusal, to be raised."""
    return HTTPException(status, message)


async def body_of(request: Request, members: dict[str, Callable[[Any], Any]], required: set[str]):
    """The members of a JSON body, each as its reader gives it back. Raises refusals."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise refuse(415, "Send application/json.")
    content = await request.body()
    if len(content) > _LONGEST:
        raise refuse(413, "That is too long.")
    try:
        value = json.loads(content.decode(), parse_constant=_no_number)
        text = json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        raise refuse(400, "That is no JSON.") from None
    if _HALVES.search(text) or not isinstance(value, dict):
        raise refuse(400, "Send an object whose texts are Unicode.")
    wrong = [name for name in value if name not in members]
    wrong += [name for name in required if name not in value]
    if wrong:
        raise refuse(400, f"Unknown, or missing: {wrong}")
    return {name: members[name](given) for name, given in value.items()}


def whole(low: int, high: int | None) -> Callable[[Any], int]:
    """A reader of whole numbers, 7.0 included."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise refuse(400, "is no whole number")
        if value < low or (high is not None and value > high):
            raise refuse(400, "is too small or too great")
        return int(value)

    return read


def text(least: int, most: int) -> Callable[[Any], str]:
    """A reader of texts of some length."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise refuse(400, f"is no text of {least} to {most} characters")
        return value

    return read


def one_of(*allowed: Any) -> Callable[[Any], Any]:
    """A reader of listed values."""

    def read(value: Any) -> Any:
        if value not in allowed:
            raise refuse(400, f"is none of {allowed}")
        return value

    return read


def number_in(query: Any, name: str, low: int, high: int, default: int | None) -> int | None:
    """A whole number of a query. Raises a refusal for anything else."""
    if name not in query:
        return default
    if not re.fullmatch(r"-?[0-9]{1,9}", query[name]):
        raise refuse(400, f"{name} is no whole number")
    return whole(low, high)(int(query[name]))


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The application on a free port of loopback; gives its address."""
    with over_socket(SimpleNamespace(app=app)) as api:
        yield api.url


def _no_number(name: str) -> None:
    raise ValueError(name)


async def _refused(_request: Request, error: HTTPException) -> JSONResponse:
    return JSONResponse({"message": error.detail}, error.status_code, error.headers)
