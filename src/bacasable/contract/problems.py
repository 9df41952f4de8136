"""Refusals: the one exception by which any layer says no to a caller.

A refusal carries a kind of problem (`kinds.py`), or a code of the contract's catalogue, and the
values at fault. Status, title and remedy are found when the refusal is rendered (`catalogue.py`).
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from .kinds import ProblemKind
from .model import JsonObject, Violation


class Refusal(Exception):
    """A call is refused. `members` are added to the problem as they are.

    A refused call changes nothing. `lasting` is the exception, for what security demands: what the
    call did before it was refused stays (a reused refresh token ends its session).
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        violations: Iterable[Violation] = (),
        headers: dict[str, str] | None = None,
        lasting: bool = False,
        **members: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.violations = tuple(violations)
        self.headers = headers or {}
        self.lasting = lasting
        self.members = members


def render(kind: ProblemKind, refusal: Refusal, *, instance: str, request_id: str) -> JsonObject:
    """The problem document (RFC 9457) of a refusal of a kind.

    `instance` is the path of the request as it was sent. The detail is what the refusal says,
    or else what causes its kind, followed by the remedy.
    """
    problem: JsonObject = {
        "type": "/problems/" + kind.code.lower().replace("_", "-"),
        "title": kind.title,
        "status": kind.status,
        "detail": told_of(kind, refusal),
        "instance": as_sent(instance),
        "code": kind.code,
        "requestId": request_id,
    }
    if refusal.violations:
        problem["errors"] = [{"pointer": v.pointer, "detail": v.detail} for v in refusal.violations]
    return problem | refusal.members


def told_of(kind: ProblemKind, refusal: Refusal) -> str:
    """What went wrong this time, or what causes it, and what to do; else what it is."""
    return f"{refusal.detail or kind.cause} {kind.remedy}".strip() or kind.title


def as_sent(path: str) -> str:
    """A path as it was sent, and only what cannot be part of an address encoded."""
    return _NO_CODE.sub("%25", quote(path, safe=PATH_SIGNS))


PATH_SIGNS = "/%:@!$&'()*+,;=~"
"""What may stand in a path as it is, beside letters and figures (RFC 3986, 3.3)."""
_NO_CODE = re.compile("%(?![0-9A-Fa-f]{2})")
