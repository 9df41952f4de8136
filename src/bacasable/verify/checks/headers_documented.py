"""Documented headers: the required ones are there, and each fits its schema."""

import re
from collections.abc import Callable, Iterator

import jsonschema_rs

from ...contract.model import Json
from ...contract.schema import SchemaView
from ..bench import Subject
from ..model import Exchange, Fault, Response
from . import Check
from ._answers import Counted, DocumentedHeader, PerSubject, counted
from ._schemas import says

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class _Headers:
    """Tests of header values, compiled once for each place."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._tests: dict[str, Callable[[Json], bool]] = {}

    def fits(self, header: DocumentedHeader, text: str) -> bool:
        """Whether a header's text, read by its schema's type, fits it."""
        if header.place not in self._tests:
            try:
                test = self.subject.schemas.test_for(header.schema)
            except (ValueError, jsonschema_rs.ReferencingError):
                test = _anything
            self._tests[header.place] = test
        kinds = SchemaView(self.subject.contract.document, header.schema).kinds
        return self._tests[header.place](_read(kinds, text))


_headers = PerSubject(_Headers)


def _anything(_value: Json) -> bool:
    """A schema that cannot be read asks for nothing."""
    return True


def _read(kinds: list[str], text: str) -> Json:
    if {"integer", "number"} & set(kinds) and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    if "array" in kinds:
        return [item.strip() for item in text.split(",")]
    return text


def judge(subject: Subject, exchange: Exchange) -> Iterator[Fault]:
    """Faults of the headers of a documented answer."""
    answer = counted(subject, exchange)
    if answer is None or answer.documented is None:
        return
    for header in answer.documented.headers:
        given = answer.response.all(header.name)
        if not given and header.required:
            yield _fault(answer, header, "there", "missing")
        if given and header.schema is not None:
            text = _whole(answer.response, header.name)
            if not _headers(subject).fits(header, text):
                wanted = says(SchemaView(subject.contract.document, header.schema))
                yield _fault(answer, header, wanted, repr(text[:80]))


def _whole(response: Response, name: str) -> str:
    """The value of a header that may stand several times (RFC 9110, 5.2)."""
    return ", ".join(response.all(name)).strip()


def _fault(answer: Counted, header: DocumentedHeader, wanted: str, found: str) -> Fault:
    said = "is missing" if found == "missing" else "does not fit its schema"
    return Fault(
        cause=f"{header.place} {said}",
        title=f"The documented header {header.name} {said}",
        expected=f"{header.name}: {wanted}",
        received=f"{header.name}: {found}",
        place=header.place,
        exchanges=(answer.exchange,),
    )


def _applies(subject: Subject, operation: object) -> str:
    del operation
    answers = (a for o in subject.contract.operations.values() for a in o.answers.values())
    return "" if any(a.headers for a in answers) else "the contract documents no headers"


CHECK = Check(
    id="headers-documented",
    enforces="Documented headers are sent where they are required, and fit their schemas.",
    stands="Responses, headers.",
    severity="error",
    repair="Send the header with every answer that documents it, in the form of its schema.",
    kind="answer",
    applies=_applies,
    judge=judge,
    writes=False,
    wfc=101,
)
