"""Paths that the contract does not have: they are not there, and that is said in its way."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.catalogue import told_code
from ...contract.media import essence
from ..bench import Bench, Subject
from ..model import NOT_JSON, Exchange, Fault
from . import Check
from ._calls import bare, is_busy

_GONE = frozenset({400, 401, 403, 404, 405, 410})
_CATALOGUE = "/x-problems"


def probe(bench: Bench, _operation: Operation | None) -> Iterator[Fault]:
    """Faults of the answers to paths that lead nowhere."""
    for target in _targets(bench):
        exchange = bench.send(bare("GET", target, bench.subject.main))
        if is_busy(exchange):
            continue
        if _is_there(bench.subject, exchange):
            yield Fault(
                cause=f"{exchange.status} for an unknown path",
                title="A path that is not in the contract is answered as if it were there",
                expected="404",
                received=f"{exchange.status}",
                place="/paths",
                exchanges=(exchange,),
                wfc=210 if exchange.ok else None,
            )
        else:
            yield from _shape(bench.subject, exchange)


def _targets(bench: Bench) -> list[str]:
    """A path at the root, and one under a collection: each longer than any of the contract."""
    name = f"no-such-path-{bench.random.randrange(16**8):08x}"
    paths = [operation.path for operation in bench.contract.operations.values()]
    deepest = max((path.count("/") for path in paths), default=0)
    first = next((path for path in paths if "{" not in path), "")
    base = bench.contract.base_path
    alone = any(path.count("/") == 1 and path.startswith("/{") for path in paths)
    below = base + first + f"/{name}" * (deepest + 1)
    return [below] if alone else [f"{base}/{name}", below]


def _catalogued(subject: Subject) -> set[str]:
    """The codes that go with 404, where the catalogue has one for paths that are not there."""
    kinds = subject.contract.problems.values()
    if all(kind.kind != "UNKNOWN_PATH" for kind in kinds):
        return set()
    return {kind.code for kind in kinds if kind.status == 404}


def _is_there(subject: Subject, exchange: Exchange) -> bool:
    if _catalogued(subject):
        return exchange.status != 404
    return exchange.status not in _GONE and not 300 <= exchange.status < 400


def _shape(subject: Subject, exchange: Exchange) -> Iterator[Fault]:
    """Where the contract has a catalogue of problems, every 404 is one of them."""
    codes, response = _catalogued(subject), exchange.response
    if not codes or response is None:
        return
    body = response.json
    code = told_code(subject.contract, None, 404, body) if isinstance(body, dict) else NOT_JSON
    if code in codes:
        return
    kind = essence(response.header("content-type") or "") or "no media type"
    yield Fault(
        cause="the 404 of an unknown path",
        title="The refusal of an unknown path is no problem of the catalogue",
        expected="a problem with the code " + " or ".join(sorted(codes)),
        received=f"{kind}, " + ("no JSON object" if code is NOT_JSON else f"code {code!r}"),
        place=_CATALOGUE,
        exchanges=(exchange,),
    )


CHECK = Check(
    id="unknown-path",
    enforces="A path that the contract does not have is answered with 404, as a problem.",
    stands="Paths; x-problems; RFC 9110, 15.5.5.",
    severity="error",
    repair="Answer what no route takes with the catalogue's 404, and never with a page.",
    kind="server",
    probe=probe,
    writes=False,
)
