"""Records that a fixture lists by resource, for a document that knows of no tenants.

Such a file has one key: `records: {Tool: [{id: 1, name: Cordless drill}]}`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...contract.document import ContractError, parse_document, pointer, read_text
from ...contract.lines import Lines, describe
from ...contract.model import Contract, JsonObject, ResourceType, Violation
from ...contract.names import did_you_mean


@dataclass(frozen=True, slots=True)
class GivenRecord:
    """A record of a fixture, and where it stands."""

    file: Path
    lines: Lines
    place: str
    value: JsonObject

    def fault(self, finding: Violation) -> ContractError:
        """What is wrong with it, in one line; it may be wrong at a place within."""
        inner = Violation(self.place + finding.pointer, finding.detail)
        return ContractError(describe(self.file, self.lines, inner))


Given = Mapping[str, Sequence[GivenRecord]]


def load_given(contract: Contract, files: Iterable[Path]) -> dict[str, list[GivenRecord]]:
    """The records that fixtures list, by resource. Raises ContractError in one line."""
    found: dict[str, list[GivenRecord]] = {}
    for file in files:
        for name, given in _in_file(contract, file):
            found.setdefault(name, []).append(given)
    return found


def _in_file(contract: Contract, file: Path) -> Iterator[tuple[str, GivenRecord]]:
    text = read_text(file)
    document, lines = parse_document(text, str(file)), Lines(text)

    def fault(place: str, said: str) -> ContractError:
        return ContractError(describe(file, lines, Violation(place, said)))

    tables = document.get("records")
    if not isinstance(tables, dict) or len(document) != 1:
        other = next((pointer(name) for name in document if name != "records"), "")
        said = "a fixture of this document lists its records by resource: records: {Name: […]}"
        raise fault(other, said)
    kinds = {n: kind for n, kind in contract.resources.items() if not kind.is_single}
    for name, records in tables.items():
        place = pointer("records", name)
        if name not in kinds:
            near = did_you_mean(name, kinds) or f"; there are {', '.join(kinds) or 'none'}"
            raise fault(place, f"is no resource of the document{near}")
        if not isinstance(records, list):
            raise fault(place, "is no list of records")
        for number, value in enumerate(records):
            at = place + pointer(number)
            if not isinstance(value, dict) or not value:
                raise fault(at, "is no record: write its members")
            given = GivenRecord(file, lines, at, value)
            _refuse_unknown_members(kinds[name], given)
            yield name, given


def _refuse_unknown_members(kind: ResourceType, given: GivenRecord) -> None:
    # Where its schema has no room for its parent's id, that stands under the parameter of the path.
    known = {*kind.properties, *([kind.parent.field] if kind.parent else [])}
    for name in () if kind.is_open else given.value:
        if name not in known:
            said = f"is no member of {kind.name}{did_you_mean(name, known)}"
            raise given.fault(Violation(pointer(name), said))
