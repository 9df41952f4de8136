"""Which query parameters choose a page of a list: where the document says so, else by their names.

Nothing else reads names of parameters for that.
"""

from collections.abc import Iterator, Mapping

from .document import Node, pointer
from .model import Contract, Operation, Parameter, Violation
from .names import did_you_mean, plain
from .operations import raw_operation
from .schema import SchemaView
from .slots import BESIDE

POSITIONS = ("page", "offset", "token")
"""What says where a page begins. A list has one way of that."""
_NAMES = {
    "page": ("page", "pagenumber", "pageno", "pageindex"),
    "size": ("perpage", "pagesize", "limit", "size", "maxresults", "itemsperpage"),
    "offset": ("offset", "skip", "startindex"),
    "token": (
        *("cursor", "nextcursor", "startcursor"),
        *("pagetoken", "nextpagetoken", "nexttoken", "continuationtoken", "skiptoken"),
    ),
}


def paging_of(operation: Operation, schema: SchemaView) -> Mapping[str, Parameter]:
    """The query parameters that choose a page: page, size, offset or token, and which it is.

    What is stated of one (x-paging) goes before what the names of all others tell. What is called
    like a token is one where the answer, whose whole `schema` is given, has room for the next.
    """
    asked = [p for p in operation.parameters if p.location == "query"]
    found = {p.paging: p for p in asked if p.paging not in ("", "none")}
    called = {plain(p.name): p for p in asked if not p.paging}
    for role, names in _NAMES.items():
        if role in found or (role in POSITIONS and not found.keys().isdisjoint(POSITIONS)):
            continue
        likely = [called[name] for name in names if name in called]
        if likely and (role != "token" or _tells_next(schema)):
            found[role] = likely[0]
    return found


def _tells_next(schema: SchemaView, depth: int = 3) -> bool:
    """Whether values of a schema may hold the token of the next page."""
    names, kind = BESIDE["nextToken"]
    for name, member in schema.members.items() if depth else ():
        if member.get("x-fills") == "nextToken" or (plain(name) in names and kind in member.kinds):
            return True
        if _tells_next(member, depth - 1):
            return True
    return False


def paging_findings(contract: Contract, nodes: list[Node]) -> Iterator[Violation]:
    """Roles of what is no query parameter, and two parameters of one list for the same."""
    for path, node in nodes:
        if "x-paging" in node and node.get("in") != "query":
            said = "stands on no query parameter; put it on one that chooses a page"
            yield Violation(pointer(*path, "x-paging"), said)
    for operation in contract.operations.values():
        place = pointer(*operation.steps)
        asked = [p for p in operation.parameters if p.location == "query"]
        stated = [p.paging for p in asked if p.paging != "none"]
        for role in dict.fromkeys(filter(None, stated)):
            if stated.count(role) > 1:
                names = " and ".join(p.name for p in asked if p.paging == role)
                said = f"{names} are both the {role} of its pages; leave x-paging at one"
                yield Violation(place + "/parameters", said)
        ways = [role for role in POSITIONS if role in stated]
        if len(ways) > 1:
            said = f"has both {' and '.join(ways)}; a list has one way to begin a page"
            yield Violation(place + "/parameters", said)
        yield from _unknown(contract, operation, place)


def _unknown(contract: Contract, operation: Operation, place: str) -> Iterator[Violation]:
    """Names under x-action that no query parameter has."""
    named = raw_operation(contract.document, operation).get("x-action", {}).get("paging", {})
    known = [p.name for p in operation.parameters if p.location == "query"]
    for name in named:
        if name not in known:
            said = f"'{name}' is no query parameter{did_you_mean(name, known)}"
            yield Violation(place + pointer("x-action", "paging", name), said)
