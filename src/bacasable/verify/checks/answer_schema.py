"""The bodies of answers below 400, by their documented schemas.

Contracts of ours hold them to a stricter reading: members that a schema does not name may not be
sent. In documents of others objects are open, as JSON Schema has it. Refusals are judged by
`problem-shape`, instants by `timestamps`.
"""

from collections.abc import Iterator

from ..bench import Subject
from ..model import Exchange, Fault
from . import Check
from ._answers import counted
from ._bodies import body_faults


def judge(subject: Subject, exchange: Exchange) -> Iterator[Fault]:
    """Faults of the body of a documented answer below 400."""
    answer = counted(subject, exchange)
    if answer and answer.response.status < 400:
        yield from body_faults(subject, answer)


CHECK = Check(
    id="answer-schema",
    enforces="The body of an answer fits its documented schema.",
    stands="Schemas of responses; with our extensions, objects that list members have no others.",
    severity="error",
    repair="Send what the schema at this place asks for: every required member, nothing unnamed.",
    kind="answer",
    judge=judge,
    writes=False,
    wfc=101,
)
