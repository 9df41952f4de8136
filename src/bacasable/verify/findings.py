"""From faults to findings: grouped by cause, each with its smallest exchange, its place, its curl.

Faults of one check with one cause are one finding, however many operations show them, where they
break the same part of the contract: the same shared component, or what stands at the same place
below each operation. So a member that every error lacks is told once.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from urllib.parse import quote

from ..contract import Contract, ContractError
from ..contract.document import at_pointer, parse_document, pointer, read_text
from ..contract.lines import Lines
from ..contract.model import Json
from .checks import Check
from .history import History
from .masking import Masker
from .model import Exchange, Fault, Finding
from .shell import curl_of
from .transport import origin

_HIDDEN = frozenset({"login", "cleanup"})
_HASHED = 6
_KNOWN_PART = 3
"""So many steps of a pointer must be in the file: those below may come from another file."""


def findings_of(
    contract: Contract,
    faults: Iterable[Fault],
    checks: Mapping[str, Check],
    secrets: Iterable[str],
    *,
    url: str,
    history: History | None = None,
    way: str = "",
) -> list[Finding]:
    """The findings behind faults: errors first, then in the order of checks and operations.

    `checks` are all of the kit by their ids, `url` is where the server is, and `way` how curl
    reaches it. No text of a finding holds one of the `secrets`. With a `history` what made the
    records of a finding is sent first.
    """
    groups: dict[tuple[str, str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.check, fault.cause, _shared(contract, fault.place)), []).append(
            fault
        )
    ids = _ids(groups)
    ranks = {name: number for number, name in enumerate(checks)}
    grouping = _Grouping(contract, frozenset(secrets), (origin(url), way), history)
    found = [grouping.finding(ids[key], checks[key[0]], group) for key, group in groups.items()]
    return sorted(
        found, key=lambda f: (f.severity != "error", ranks[f.check], grouping.rank(f), f.id)
    )


class _Grouping:
    """What all findings of a run need to be told."""

    def __init__(
        self,
        contract: Contract,
        secrets: frozenset[str],
        address: tuple[str, str],
        history: History | None,
    ) -> None:
        self._order = {name: number for number, name in enumerate(contract.operations)}
        self._locator = Locator(contract)
        self._secrets, self._masker = secrets, Masker(secrets)
        (self._address, self._way), self._history = address, history

    def rank(self, finding: Finding) -> int:
        """The number of the first operation of a finding; the server as a whole stands first."""
        return min((self._order.get(o, -1) for o in finding.operations), default=-1)

    def finding(self, id_: str, check: Check, group: list[Fault]) -> Finding:
        """The finding that a group of faults is."""
        fault = min(group, key=_size)
        exchanges, text = _shown(fault), self._masker.text
        if self._history:
            exchanges = self._history.before(exchanges) + exchanges
        names = {f.operation for f in group if f.operation}
        return Finding(
            id=id_,
            check=check.id,
            severity=check.severity,
            title=text(fault.title),
            cause=text(fault.cause),
            operations=tuple(sorted(names, key=lambda o: (self._order.get(o, -1), o))),
            expected=text(fault.expected),
            received=text(fault.received),
            place=fault.place,
            where=self._locator.where(fault.place),
            exchanges=exchanges,
            curl=text(curl_of(exchanges, self._address, self._secrets, way=self._way)),
            repair=check.repair,
            wfc=fault.wfc if fault.wfc is not None else check.wfc,
            count=len(group),
        )


def _shown(fault: Fault) -> tuple[Exchange, ...]:
    return tuple(e for e in fault.exchanges if e.purpose not in _HIDDEN)


def _size(fault: Fault) -> tuple[bool, int, int]:
    """How much there is to read: exchanges, then bytes. What shows nothing comes last."""
    shown = _shown(fault)
    return not shown, len(shown), sum(map(_bytes, shown))


def _bytes(exchange: Exchange) -> int:
    request, response = exchange.request, exchange.response
    return len(request.target) + len(request.body or b"") + len(response.body if response else b"")


def _ids(groups: Mapping[tuple[str, str, str], object]) -> dict[tuple[str, str, str], str]:
    """A short id for each group, the same in every run; a longer one where two were the same."""
    ids: dict[tuple[str, str, str], str] = {}
    taken: set[str] = set()
    for key in sorted(groups):
        digest = hashlib.sha256("\n".join(key).encode("utf-8", "replace")).hexdigest()
        length = _HASHED
        while f"{key[0]}-{digest[:length]}" in taken:
            length += 1
        ids[key] = f"{key[0]}-{digest[:length]}"
        taken.add(ids[key])
    return ids


def _shared(contract: Contract, place: str) -> str:
    """What two operations have in common of a place: below /paths only what follows the method.

    An item of a list is named by its name, where it has one: parameters stand in any order.
    """
    steps = place.split("/")[1:]
    if steps[:1] != ["paths"]:
        return place
    node: Json = contract.document
    shared: list[str] = []
    for step in steps:
        key = step.replace("~1", "/").replace("~0", "~")
        try:
            node = node[int(key)] if isinstance(node, list) else node[key]
        except (KeyError, IndexError, TypeError, ValueError):
            node = None
        named = node.get("name", "") if isinstance(node, dict) and key.isdecimal() else ""
        shared.append(str(named) or step)
    return pointer(*shared[3:])


class Locator:
    """Lines of the contract's file, read when they are first asked for."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def where(self, place: str) -> str:
        """File and line of a pointer; file and pointer for what stands in no line of that file."""
        source = _relative(self._contract.source)
        if not place:
            return source
        document, lines = self._opened
        if lines is None or not self._in_file(document, place):
            return f"{source}#{place}"
        return f"{source}:{lines.of(place)}"

    @cached_property
    def _opened(self) -> tuple[Json, Lines | None]:
        path = Path(self._contract.source)
        try:
            return _read(path, path.stat().st_mtime_ns)
        except (OSError, ContractError):
            return None, None

    def _in_file(self, document: Json, place: str) -> bool:
        """Whether the file itself has the place, or for a document of others what it belongs to."""
        steps = place.split("/")
        near = place if self._contract.strict else "/".join(steps[: _KNOWN_PART + 1])
        try:
            at_pointer(document, "#" + quote(near, safe="/~"))
        except ContractError:
            return self._contract.strict
        return True


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> tuple[Json, Lines]:
    """A document and its lines; read again when the file was changed."""
    text = read_text(path)
    return parse_document(text, str(path)), Lines(text)


def _relative(source: str) -> str:
    """A path as seen from the working directory, with slashes; as it is when it lies elsewhere."""
    path = Path(source)
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except (OSError, ValueError):
        return path.as_posix()
