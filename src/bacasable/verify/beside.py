"""What a request says beside its path that makes it another one: in its query, headers and body."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl

from ..contract import Operation
from ..contract.model import Json
from .bench import Subject
from .making.model import NotOurs
from .model import Request
from .withholding import DESTROYS, words_in

_CONSUMES = frozenset({"mark", "consume", "ack", "acknowledge", "pop", "take", "claim", "seen"})
_REPLACES = frozenset({"replace", "overwrite", "force", "cascade", "all", "recreate"})
_OFF = frozenset({"", "0", "false", "no", "off", "null", "none"})
_OVERRIDE = re.compile(r"_?method|(x-)?http-method(-override)?", re.IGNORECASE)
_SCOPE = re.compile(
    r"tenant|workspace|organi[sz]ation|\borg\b|realm|namespace|environment|\benv\b|account|project",
    re.IGNORECASE,
)


def judge_beside(request: Request, *, reads: bool) -> None:
    """Raise NotOurs for a request that is a worse one than its method and path say.

    A reading whose flag consumes what it reads, a write that replaces all that is there, and one
    that asks to be taken for another method.
    """
    for name, value in parse_qsl(request.target.partition("?")[2], keep_blank_values=True):
        words, said = words_in(name), words_in(value)
        if _OVERRIDE.fullmatch(name):
            raise NotOurs(f"the parameter {name} makes it a request of another method")
        if value.lower() not in _OFF and words & (DESTROYS | _CONSUMES):
            raise NotOurs(f"the parameter {name} says by its name that it destroys")
        if not reads and (said & (DESTROYS | _REPLACES) or words & _REPLACES):
            raise NotOurs(f"the parameter {name}={value[:40]} may replace what is there")
    for name, _ in request.headers:
        if _OVERRIDE.fullmatch(name):
            raise NotOurs(f"the header {name} makes it a request of another method")


def names_caller(subject: Subject, value: Json) -> bool:
    """Whether a body holds the name by which one of the callers logs in."""
    callers = (subject.main, *subject.by_role.values(), *subject.others)
    names = {who.account.get("email", "").lower() for who in callers} - {""}
    return any(text.lower() in names for text in _texts(value))


def scope_of(headers: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Those headers that say in whose space a request acts: tenant, workspace, and such."""
    return frozenset((n.lower(), v) for n, v in headers if _SCOPE.search(n))


def strangers(operation: Operation, body: Json) -> Iterator[tuple[str, str]]:
    """The records that a body refers to, as their resources and ids."""
    for reference in operation.body.references if operation.body else ():
        found = [body]
        for step in reference.path:
            lists = [one for one in found if isinstance(one, list)]
            maps = [one for one in found if isinstance(one, dict)]
            found = [v for one in lists for v in one] if step == "*" else []
            found += [one[step] for one in maps if step in one]
        for value in found:
            if isinstance(value, str | int) and not isinstance(value, bool):
                yield reference.resource, str(value)


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
