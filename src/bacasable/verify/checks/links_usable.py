"""The links of an answer can be followed: those of the contract, and those to other pages."""

import re
from collections.abc import Iterator

from ...contract import Operation
from ...contract.model import Parameter
from ...contract.shape import shape_of
from ..bench import Bench, Subject
from ..maker import Arranged, CannotMake
from ..model import Exchange, Fault
from . import Check
from ._answers import answers_of
from ._following import NOWHERE, Link, evaluated, got, links_of, own_target
from ._lists import no_list, place_of

_REFUSED = (400, 404, 410, 422)
_ENTRY = re.compile(r'<([^<>]*)>[^,<]*?;\s*rel="?([A-Za-z ]+)"?')


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None:
        return "it is no operation"
    if subject.caller(operation) is None:
        return "no account was given whose role may call it"
    if any(links_of(subject.contract, operation, operation.success)):
        return ""
    if no_list(subject, operation) or not _documents_link(operation):
        return "its answer documents no links"
    return ""


def _documents_link(operation: Operation) -> bool:
    answer = operation.answers.get(operation.success)
    return answer is not None and "link" in {name.lower() for name in answer.headers}


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None:
        return
    reads = operation.method == "get"
    a = bench.maker.arranged(operation, fresh=not reads)
    query = {**a.query, **_smallest_page(bench, operation)}
    answer = bench.call(
        operation, path=a.path, query=query, body=a.body, identity=a.identity, intent="valid"
    )
    if not answer.ok:
        raise CannotMake(f"its valid request was answered with {answer.status}")
    if not reads:
        bench.maker.adopt(answer, a.parent)
    for link in links_of(bench.contract, operation, answer.status):
        yield from _followed(bench, a, answer, link)
    if reads:
        yield from _pages(bench, a, answer)


def _smallest_page(bench: Bench, operation: Operation) -> dict[str, int]:
    """The query for a page of one record: so there is a next one to follow."""
    shape = shape_of(bench.contract, operation)
    sizes = [p.schema for p in operation.parameters if p.name == shape.per_page]
    small = bool(sizes) and bench.subject.schemas.test_for(sizes[0])(1)
    return shape.page_query(1, 1) if small else {}


def _followed(bench: Bench, a: Arranged, answer: Exchange, link: Link) -> Iterator[Fault]:
    """Follow a link where that reads only; of any other see whether its values may be used."""
    path: dict[str, object] = {}
    query: dict[str, object] = {}
    for name, expression in link.parameters.items():
        value = evaluated(expression, answer, a.path, a.body)
        wanted = _parameter(link, name)
        if wanted is None or value is NOWHERE or value is None:
            return  # what is missing in an answer is told elsewhere
        if not _fits(bench, wanted, value):
            yield _fault(link, f"a value of {wanted.name} that it takes", "another", (answer,))
            return
        if wanted.location in ("path", "query"):
            (path if wanted.location == "path" else query)[wanted.name] = value
    given = path.keys() | query.keys()
    missing = [p for p in link.target.parameters if p.required and p.name not in given]
    caller = bench.subject.caller(link.target)
    if link.target.method != "get" or caller is None:
        return
    if any(p.location in ("path", "query") for p in missing):
        return
    read = bench.call(link.target, path=path, query=query)
    if read.status in _REFUSED:
        said = f"answers with {read.status}"
        yield _fault(link, f"answers with {link.target.success}", said, (answer, read))


def _parameter(link: Link, name: str) -> Parameter | None:
    """The parameter that a link means: by its name, or by place and name."""
    location, _, plain = name.rpartition(".")
    return next(
        (p for p in link.target.parameters if p.name == plain and location in ("", p.location)),
        None,
    )


def _fits(bench: Bench, parameter: Parameter, value: object) -> bool:
    """Whether a value may be sent as a parameter; what stands in a path is text on the way."""
    test = bench.subject.schemas.test_for(parameter.schema)
    return test(value) or test(str(value)) or (isinstance(value, str) and value.isdecimal())


def _fault(link: Link, expected: str, received: str, exchanges: tuple[Exchange, ...]) -> Fault:
    return Fault(
        cause=f"the link {link.name} cannot be followed: {received}",
        title=f"The link {link.name} cannot be followed",
        expected=f"{link.target.id}: {expected}",
        received=f"{link.target.id}: {received}",
        place=link.place,
        exchanges=exchanges,
    )


def _pages(bench: Bench, a: Arranged, answer: Exchange) -> Iterator[Fault]:
    """Follow the header Link (RFC 8288) of a list to its other pages."""
    text = ", ".join(answer.response.all("link")) if answer.response else ""
    for address, relation in _ENTRY.findall(text):
        if not {"first", "prev", "next", "last"} & set(relation.split()):
            continue
        target, host = own_target(bench, answer, address)
        said = f"leads to {host}" if host else ""
        exchanges: tuple[Exchange, ...] = (answer,)
        if not host:
            read = got(bench, target, a.identity)
            exchanges = (answer, read)
            said = f"answers with {read.status}" if read.status in _REFUSED else ""
        if said:
            yield Fault(
                cause=f"the page {relation} of a list cannot be followed",
                title=f"The link to the page '{relation}' of a list cannot be followed",
                expected=f"{relation}: answers with {answer.status}",
                received=f"{relation}: {said}",
                place=_place(bench, a.operation),
                exchanges=exchanges,
            )


def _place(bench: Bench, operation: Operation) -> str:
    found = answers_of(bench.subject).documented(operation, operation.success)
    named = (h.place for h in (found.headers if found else ()) if h.name.lower() == "link")
    return next(named, place_of(operation))


CHECK = Check(
    id="links-usable",
    enforces="What an answer links to can be called with what the answer gives.",
    stands="The `links` of documented answers, and the header Link of lists (RFC 8288).",
    severity="error",
    repair="Answer with the ids under which the linked operations find the record.",
    kind="operation",
    applies=_applies,
    probe=_probe,
)
