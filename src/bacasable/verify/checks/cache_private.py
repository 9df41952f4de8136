"""Answers to who is logged in, or to one tenant, that a shared cache may give to another.

A shared cache keeps answers to requests with Authorization only where they allow it (RFC 9111,
3.5); those to requests that name their caller or tenant otherwise, unless they forbid it.
"""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Subject
from ..model import Exchange, Fault
from . import Check
from ._answers import Counted, PerSubject, counted

_ALLOW = ("public", "s-maxage", "must-revalidate")
_FORBID = frozenset({"private", "no-store", "no-cache"})


def _schemes(subject: Subject) -> frozenset[str]:
    """Headers that say who calls, in lower case."""
    components = subject.contract.document.get("components", {})
    schemes = components.get("securitySchemes", {}).values()
    keys = (s.get("name", "") for s in schemes if isinstance(s, dict) and s.get("in") == "header")
    return frozenset(name.lower() for name in ("authorization", "cookie", *keys) if name)


_named = PerSubject(_schemes)


def judge(subject: Subject, exchange: Exchange) -> Iterator[Fault]:
    """A fault if a shared cache may give a caller's answer to another."""
    answer = counted(subject, exchange)
    if answer is None or exchange.request.method.upper() != "GET" or exchange.status >= 500:
        return
    chosen = _chosen_by(subject, answer)
    varies = {name.strip().lower() for v in answer.response.all("vary") for name in v.split(",")}
    left = [name for name in chosen if name not in varies]
    if not left or "*" in varies or not _is_shared(answer, chosen):
        return
    given = ", ".join(answer.response.all("cache-control"))
    yield Fault(
        cause="shared caching",
        title="A shared cache may give the answer of one caller to another",
        expected="Cache-Control: private or no-store, or Vary: " + ", ".join(left),
        received=f"Cache-Control: {given}; Vary: {', '.join(sorted(varies)) or 'nothing'}",
        place=answer.place,
        exchanges=(exchange,),
    )


def _chosen_by(subject: Subject, answer: Counted) -> list[str]:
    """The headers of a request by which its answer is chosen: who calls, for which tenant."""
    operation = answer.operation
    declared = [p for p in operation.parameters if p.location == "header" and p.required]
    wanted = _named(subject) | {p.name.lower() for p in declared}
    return [name.lower() for name, _ in answer.exchange.request.headers if name.lower() in wanted]


def _is_shared(answer: Counted, chosen: list[str]) -> bool:
    """Whether a shared cache may keep an answer, and give it out without asking."""
    text = ",".join(answer.response.all("cache-control")).lower()
    parts = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    directives = {name.strip(): value.strip('" ') for name, _, value in parts}
    if not directives or _FORBID & directives.keys():
        return False
    age = directives.get("s-maxage", directives.get("max-age"))
    if age == "0":
        return False
    if "authorization" in chosen:
        return any(name in directives for name in _ALLOW)
    return age is not None or "public" in directives


def _applies(_subject: Subject, operation: Operation | None) -> str:
    if operation is None:
        return "it judges the answers of operations"
    if operation.method != "get":
        return "answers to it are not cached"
    required = any(p.location == "header" and p.required for p in operation.parameters)
    if operation.roles is None and not required:
        return "its answers are the same for everybody"
    return ""


CHECK = Check(
    id="cache-private",
    enforces="No shared cache may give the answer of one caller or tenant to another.",
    stands="RFC 9111, 3.5 and 4.1; security and required headers of the operation.",
    severity="error",
    repair="Send Cache-Control: no-store or private with what depends on the caller.",
    kind="answer",
    applies=_applies,
    judge=judge,
    writes=False,
)
