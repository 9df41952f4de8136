"""The media type of an answer: there where there is a body, and one that is documented."""

from collections.abc import Iterator

from ...contract.document import pointer
from ..bench import Subject
from ..model import Exchange, Fault
from . import Check
from ._answers import counted


def judge(subject: Subject, exchange: Exchange) -> Iterator[Fault]:
    """A fault if an answer's body is not of a documented media type."""
    answer = counted(subject, exchange)
    if answer is None or answer.documented is None:
        return
    response, documented = answer.response, answer.documented
    if not response.body or not documented.media:
        return
    given = response.header("content-type") or ""
    if documented.documents(given):
        return
    wanted = " or ".join(documented.media)
    yield Fault(
        cause=f"{documented.place} {'wrong' if given else 'missing'}",
        title=f"An answer {response.status} is not sent as {wanted}",
        expected=f"Content-Type: {wanted}",
        received=f"Content-Type: {given}" if given else "no Content-Type",
        place=documented.place + pointer("content"),
        exchanges=(exchange,),
    )


CHECK = Check(
    id="content-type",
    enforces="A body is sent with a Content-Type that the contract documents for the answer.",
    stands="Responses, content.",
    severity="error",
    repair="Send the documented media type in Content-Type, errors included.",
    kind="answer",
    judge=judge,
    writes=False,
    wfc=101,
)
