"""The header Prefer (RFC 7240): a documented answer on demand, or a later one.

`code=404` asks for the answer that the contract shows for this status, `example=NAME` for one of
its named examples, `delay=2` for an answer that much later. Others are none of ours, and ignored.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NoReturn
from urllib.parse import quote

from starlette.types import Scope

from ..contract import Contract, Operation, Refusal, Violation
from ..contract.compiled import compiled
from ..contract.examples import Shown, shown_answers
from ..contract.media import is_json
from ..contract.model import Json
from ..contract.problems import as_sent
from ..contract.request import format_instant
from ..contract.shape import shape_of
from ..contract.wire import to_json
from ..core import Reply
from ..sandbox.exchanges import EXCHANGE
from .entrance import TARGET, seen_path

MAX_DELAY = 60
_MOST = 100
"""Preferences that are looked at: a header has room for thirty thousand."""
_QUOTED = r'"(?:[^"\\]|\\.)*"?'
_ITEM = re.compile(rf"(?:[^,\"]|{_QUOTED})+")
_HEAD = re.compile(rf"(?:[^;\"]|{_QUOTED})*")


@dataclass(slots=True)
class Preferences:
    """What a request prefers. `applied` says so in the answer (Preference-Applied)."""

    code: int | None = None
    example: str | None = None
    delay: float = 0
    applied: str = ""

    @property
    def asks_for_an_answer(self) -> bool:
        """Whether a documented answer is to be shown in place of the real one."""
        return self.code is not None or self.example is not None


def preferences(headers: Iterable[tuple[bytes, bytes]]) -> Preferences:
    """The preferences in the headers of a request; of one given twice, the first holds.

    Raises Refusal INVALID_REQUEST for a value that is none.
    """
    given: dict[str, tuple[str, str]] = {}
    text = ", ".join(value.decode("latin-1") for name, value in headers if name == b"prefer")
    for item in islice(_ITEM.finditer(text), _MOST):
        head = _HEAD.match(item[0])[0].strip()  # type: ignore[index]  # it matches anything
        name, _, value = head.partition("=")
        given.setdefault(name.strip().lower(), (_unquoted(value.strip()), head))
    wanted = Preferences()
    if "code" in given:
        wanted.code = _status(given["code"][0])
    if "example" in given:
        wanted.example = given["example"][0] or _refuse("example wants the name of an example")
    if "delay" in given:
        wanted.delay = _seconds(given["delay"][0])
    wanted.applied = ", ".join(given[n][1] for n in ("code", "example", "delay") if n in given)
    return wanted


def preferred_reply(
    contract: Contract, operation: Operation, wanted: Preferences, scope: Scope, now: datetime
) -> Reply:
    """The documented answer of an operation that a request prefers, as if it were made for it.

    Raises Refusal INVALID_REQUEST when there is none, saying what there is.
    """
    answers = shown_answers(contract, operation)
    if wanted.code is not None and wanted.code not in answers:
        documented = ", ".join(map(str, answers))
        _refuse(f"{operation.id} documents no answer {wanted.code}; it has {documented}")
    within = answers if wanted.code is None else {wanted.code: answers[wanted.code]}
    status, body = next(iter(within)), None
    if wanted.example is not None:
        status, body = _named(within, wanted.example)
    elif within[status].bodies:
        body = next(iter(within[status].bodies.values()))
    template = compiled(contract).template(operation, operation.answers[status])
    if template is not None:
        facts = {"now": format_instant(now), "requestId": scope[EXCHANGE].id}
        body = template.refilled(body, facts | {"instance": seen_path(scope)})
    media_type = operation.answers[status].media_type or ""
    plain = isinstance(body, str) and bool(media_type) and not is_json(media_type)
    content = b"" if body is None else body.encode() if plain else to_json(body)
    headers = dict(within[status].headers)
    if "Location" in headers:
        record = template.read(body) if template else None
        headers["Location"] = _location(contract, operation, scope, record)
    if "Link" in headers:
        shape = shape_of(contract, operation)
        first = f"?{shape.page}={shape.first}" if shape.page else ""
        page = f"<{as_sent(scope[TARGET])}{first}>"
        headers["Link"] = f'{page}; rel="first", {page}; rel="last"'
    return Reply(status, content, headers, media_type=media_type)


def _named(answers: dict[int, Shown], name: str) -> tuple[int, Json]:
    for status, shown in answers.items():
        if name and name in shown.bodies:
            return status, shown.bodies[name]
    known = [f"{n} ({s})" for s, shown in answers.items() for n in shown.bodies if n]
    return _refuse(f"there is no example of this name; there are {', '.join(known) or 'none'}")


def _location(contract: Contract, operation: Operation, scope: Scope, record: Json) -> str:
    """The path of the record that is shown as created."""
    place = contract.resources[operation.action.resource or ""].collection
    for name, value in scope["path_params"].items():
        place = place.replace("{" + name + "}", quote(value, safe=""))
    return f"{contract.base_path}{place}/{record['id']}"


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    return re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"'))


def _status(value: str) -> int:
    if re.fullmatch(r"[0-9]{3}", value) is None:
        _refuse("code wants a status, such as 404")
    return int(value)


def _seconds(value: str) -> float:
    fits = re.fullmatch(r"[0-9]{1,2}(?:\.[0-9]{1,6})?", value)
    if fits is None or float(value) > MAX_DELAY:
        _refuse(f"delay wants seconds, from 0 to {MAX_DELAY}")
    return float(value)


def _refuse(said: str) -> NoReturn:
    violation = Violation("header/Prefer", said)
    raise Refusal("INVALID_REQUEST", "1 violation: see errors.", violations=[violation])
