"""Where a page of a list lies, and what its answer says of it: by number, by offset, by token.

The query parameters for that are the contract's (contract/paging.py).
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, quote_plus, unquote_plus

from ..contract.model import Json, JsonObject, Violation
from ..contract.problems import Refusal
from ..contract.request import RawRequest
from ..contract.shape import Shape


def page_of(shape: Shape, asked: Mapping[str, Json], total: int) -> tuple[slice, JsonObject]:
    """Where the page that a query asks for lies in a list of so many, and what is said of it.

    That is by slot (contract/template.py). A page past the end is empty. Raises Refusal
    INVALID_REQUEST for a token that is none.
    """
    size = max(1, _number(asked.get(shape.per_page), 0) or total)
    start = 0
    if shape.page in asked:
        start = max(0, _number(asked[shape.page], shape.first) - shape.first) * size
    elif shape.offset in asked:
        start = max(0, _number(asked[shape.offset], 0))
    elif shape.token in asked:
        start = _start_of(shape.token, asked[shape.token])
    end = start + size
    said: JsonObject = {
        "page": start // size + shape.first,
        "size": size,
        "total": total,
        "totalPages": -(-total // size),
        "offset": start,
        "hasMore": end < total,
    }
    if shape.token and end < total:
        said["nextToken"] = _token_of(end)
    return slice(start, end), said


def _number(value: Json, other: int) -> int:
    """A number of a page, which some documents have as a text; the other where it says none."""
    if isinstance(value, str):
        return int(value) if re.fullmatch("[0-9]{1,15}", value) else other
    return int(value) if isinstance(value, int | float) else other


def page_links(shape: Shape, path: str, asked: RawRequest, said: Mapping[str, int]) -> str:
    """The Link header of a page (RFC 8288): first, prev, next and last that exist.

    Empty where pages have no number. `path` is the template of that of the list.
    """
    if not shape.page:
        return ""
    if "{" in path:
        path = re.sub(r"\{(\w+)\}", lambda match: quote(asked.path[match[1]], safe=""), path)
    return _links(path, asked.query, said["page"], said["totalPages"], shape.page, shape.first)


@lru_cache(maxsize=1024)
def _links(  # noqa: PLR0917 - what is remembered goes by all of it, in one step
    path: str, query: str, page: int, pages: int, name: str, first: int
) -> str:
    """Clients turn the same few pages again and again."""
    last = first + max(1, pages) - 1
    parts = [part for part in query.split("&") if part]
    rest = "".join(f"&{p}" for p in parts if unquote_plus(p.partition("=")[0]) != name)
    targets = {"first": first, "prev": page - 1, "next": page + 1, "last": last}
    return ", ".join(
        f'<{path}?{quote_plus(name)}={number}{rest}>; rel="{rel}"'
        for rel, number in targets.items()
        if first <= number <= last
    )


def _token_of(start: int) -> str:
    """A token for the records behind so many; clients are to send it as it is."""
    return urlsafe_b64encode(f"{_MARK}{start}".encode()).decode().rstrip("=")


def _start_of(name: str, token: Json) -> int:
    if not token:
        return 0
    try:
        text = urlsafe_b64decode(f"{token}{'=' * (-len(token) % 4)}").decode()
    except (ValueError, TypeError):
        text = ""
    mark, _, start = text.partition(_MARK)
    if mark or not (start.isascii() and start.isdecimal()):
        said = "is no token of this list; leave it out for the first page"
        violation = Violation(f"query/{name}", said)
        raise Refusal("INVALID_REQUEST", "1 violation: see errors.", violations=[violation])
    return int(start)


_MARK = "from "
