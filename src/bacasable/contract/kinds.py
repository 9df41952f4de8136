"""The kinds of problems that any server of a contract has, with what is said of each.

A contract may have a catalogue of its own (`x-problems`), which goes before these. `others` are
statuses that documents give to the same kind: where only one of them is documented it is answered.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of refusal: what the catalogue says of a code (extension x-problems).

    `kind` is what is raised, for which an API may have a code of its own. `others` are statuses
    that stand for it where `status` is not documented. `provoke` are requests in their order, the
    last of which is refused with it.
    """

    code: str
    status: int
    title: str
    remedy: str
    others: tuple[int, ...] = ()
    kind: str = ""
    cause: str = ""
    provoke: tuple[dict[str, Any], ...] = field(default=(), compare=False)


_KINDS = """
INVALID_REQUEST 400 422 | The request does not fit the contract | Correct every place named.
MALFORMED_BODY 400 422 | The body cannot be read | Send one JSON document in UTF-8.
MALFORMED_REQUEST 400 | The request is not HTTP as the standard has it | Use an HTTP library.
TENANT_HEADER_MISSING 400 | No tenant is named | Name the tenant.
TOKEN_MISSING 401 403 | No credential was sent | Send what the contract asks for.
TOKEN_INVALID 401 403 | The credential is not known | Use one that was issued here.
TOKEN_EXPIRED 401 403 | The credential has expired | Get another one.
SESSION_ENDED 401 403 | The session has ended | Log in again.
INVALID_CREDENTIALS 401 400 403 | Name or secret are wrong | Check both.
REFRESH_TOKEN_INVALID 401 400 403 | The refresh token is not known | Log in again.
REFRESH_TOKEN_REUSED 401 400 403 | The refresh token was used before | Log in again.
TENANT_MISMATCH 403 401 404 | The tenant is another one's | Name your own.
TENANT_SUSPENDED 403 401 | The tenant is suspended | Ask its administrator.
ROLE_REQUIRED 403 401 | The credential does not allow this | Use one with more rights.
NOT_FOUND 404 410 | There is no such record | Check the address.
UNKNOWN_PATH 404 | No such path | Compare it with the contract.
METHOD_NOT_ALLOWED 405 | The path has no such method | Use one that is in Allow.
NOT_ACCEPTABLE 406 400 | It is not answered in the form asked for | Accept one that is documented.
REQUEST_TIMEOUT 408 | The request took too long | Send it faster.
ILLEGAL_TRANSITION 409 422 400 | The state of the record does not allow this | Look at its state.
UNKNOWN_REFERENCE 422 400 409 404 | A record that is named does not exist | Name one that does.
RULE_REFUSED 409 422 400 | A rule forbids this | Keep the rules that are named.
DUPLICATE 409 422 400 | Another record has this already | Choose another value.
STILL_REFERENCED 409 422 400 | Other records name this one | Remove or change them first.
IDEMPOTENCY_KEY_REUSED 422 409 400 | The key belongs to another request | Use a new key.
PRECONDITION_FAILED 412 409 | The record has changed meanwhile | Read it again.
BODY_TOO_LARGE 413 400 | The body is too large | Send less at once.
TARGET_TOO_LONG 414 | The address is too long | Shorten it.
UNSUPPORTED_MEDIA_TYPE 415 400 | The body is of another type | Send a type that is documented.
RATE_LIMITED 429 | Too many requests | Wait as long as Retry-After says.
HEADERS_TOO_LARGE 431 | The headers are too large | Send fewer or shorter ones.
INTERNAL_ERROR 500 | Something failed inside | Look at the log for the id of the request.
CONTRACT_VIOLATION 500 | The answer would break the contract | Look at the places named.
UNAVAILABLE 503 | The service is not available | Try again later.
TOO_MANY_CONNECTIONS 503 | Too many connections are open | Use connections again, or try later.
"""


def _kinds() -> Iterator[ProblemKind]:
    for line in _KINDS.strip().splitlines():
        head, title, remedy = line.split(" | ")
        code, *statuses = head.split(" ")
        status, *others = map(int, statuses)
        yield ProblemKind(code, status, title, remedy, tuple(others), kind=code)


KINDS: Mapping[str, ProblemKind] = {kind.code: kind for kind in _kinds()}
"""By code."""
