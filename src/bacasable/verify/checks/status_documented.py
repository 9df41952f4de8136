"""A status that the contract does not document for the operation.

Failures of the server have a check of their own, and what gateways say (429, 431, ...) is not the
operation's. A refusal of the frame around the operation (405, 415, ...) is judged only where the
request was one to be accepted, or where the contract is ours and documents them all.
"""

from collections.abc import Iterator

from ..bench import Subject
from ..model import Exchange, Fault
from . import Check
from ._answers import Counted, counted

_OF_GATEWAYS = frozenset({407, 408, 421, 425, 426, 429, 431, 451, 511})
_OF_FRAMES = frozenset({405, 406, 411, 413, 414, 415, 417})
_CONDITIONAL = {
    304: ("if-none-match", "if-modified-since"),
    412: ("if-match", "if-unmodified-since"),
    206: ("range",),
    416: ("range",),
}


def _applies(_subject: Subject, operation: object) -> str:
    return "" if operation else "it judges the answers of operations"


def judge(subject: Subject, exchange: Exchange) -> Iterator[Fault]:
    """A fault if the answer's status is not documented."""
    answer = counted(subject, exchange)
    if answer is None or answer.documented is not None or _is_tolerated(subject, answer):
        return
    status, operation = exchange.status, answer.operation
    statuses = ", ".join([*map(str, operation.answers), *operation.ranges])
    # The frame of a server refuses alike everywhere; what succeeds is the operation's own doing.
    cause = f"{status}" if status >= 400 else f"{operation.id} {status}"
    yield Fault(
        cause=f"undocumented {cause}",
        title=f"Status {status} is not documented",
        expected=f"one of {statuses}",
        received=f"{status}",
        place=answer.place,
        exchanges=(exchange,),
    )


def _is_tolerated(subject: Subject, answer: Counted) -> bool:
    status = answer.response.status
    if status >= 500 or status < 200 or status in _OF_GATEWAYS:
        return True
    sent = {name.lower() for name, _ in answer.exchange.request.headers}
    if any(name in sent for name in _CONDITIONAL.get(status, ())):
        return True
    valid = answer.exchange.intent == "valid" or subject.contract.strict
    return status in _OF_FRAMES and not valid


CHECK = Check(
    id="status-documented",
    enforces="Every answer has a status that the contract documents for its operation.",
    stands="The responses of the operation.",
    severity="error",
    repair="Answer with a documented status, or document the one that is answered.",
    kind="answer",
    applies=_applies,
    judge=judge,
    writes=False,
    wfc=101,
)
