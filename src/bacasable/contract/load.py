"""Loading a contract from a file, with the checks that a start needs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from .build import build_contract, each_operation
from .check import (
    contract_findings,
    document_findings,
    example_findings,
    path_findings,
    reference_findings,
    unread,
    without_dead_references,
)
from .document import ContractError, objects, parse_document, read_text, reading
from .extensions import is_strict
from .foreign import completed, gathered
from .inference import inferred
from .lines import Lines, describe
from .model import Contract, JsonObject, Violation
from .openapi import default_findings, openapi_findings, pattern_findings
from .overlay import overlaid, read_overlay
from .renaming import renaming_findings
from .rules import rule_findings, unenforced
from .schemas import SchemaSet
from .security import scheme_findings, security_findings
from .swagger import converted, is_swagger, place_in_swagger, unconverted
from .twins import twin_findings

_KEPT = 4
_LOADED: dict[tuple[str, str], Contract] = {}
"""Contracts that were loaded, by file and text; the oldest make room."""


def load_contract(path: Path, overlay: Path | None = None, root: Path | None = None) -> Contract:
    """The contract in a file, ready to be served; with an overlay applied to it, if one is given.

    Files that it refers to are read in its folder, or in `root`.

    Raises ContractError in one line: file, line, pointer, what is wrong. The full check, examples
    and OpenAPI's own rules included, takes a second and is left to `bacasable check`.

    A file that is read again and has not changed gives the same contract: nothing changes one.
    """
    text = read_text(path)
    if overlay:
        return _loaded(path, text, overlay, root)
    known = _LOADED.get((str(path), text))
    if known is None:
        known = _loaded(path, text, None, root)
        if known.strict:  # those of others may be made of further files, which can change too
            while len(_LOADED) >= _KEPT:
                _LOADED.pop(next(iter(_LOADED)), None)
            _LOADED[str(path), text] = known
    return known


def _loaded(path: Path, text: str, overlay: Path | None, root: Path | None) -> Contract:
    source = _Source(path, text)
    with source.described():
        document, mended = _whole(source.document(), path, overlay, root)
        if is_strict(document):
            _refuse_first(document_findings(document))
        else:
            document = completed(document)
        told = tuple(map(source.fault, mended))
        contract = replace(build_contract(document, str(path)), root=root, mended=told)
        with reading("/components"):
            if contract.strict:  # links of others may lead where they like: `check` tells
                _refuse_first(contract_findings(contract))
            _refuse_first(_rule_findings(contract))
    return contract


def _whole(
    document: JsonObject, path: Path, overlay: Path | None, root: Path | None
) -> tuple[JsonObject, list[ContractError]]:
    """A document with what lies in other files; of others without what cannot be read, and that."""
    if is_strict(document):
        return (overlaid(document, overlay) if overlay else document), []
    document, mended = gathered(document, path, root)
    if overlay:
        document = overlaid(document, overlay)
    document, dead = without_dead_references(document)
    return document, mended + [ContractError(one.detail, one.pointer) for one in dead]


def check_file(
    path: Path,
    overlays: Iterable[Path] = (),
    *,
    applied: Path | None = None,
    root: Path | None = None,
) -> list[str]:
    """Every finding about a contract, one line each: file, line, pointer, what is wrong.

    Each overlay is checked as a translation: whether it has every text of the contract. One that is
    `applied` is part of what is checked. Files are read as `load_contract` does.
    Raises ContractError when a file cannot be read at all.
    """
    source = _Source(path, read_text(path))
    document = source.document()
    try:
        document, mended = _whole(document, path, applied, root)
        strict = is_strict(document)
        findings = [*source.unconverted, *_findings(document, path, strict=strict)]
        said = [*map(source.fault, mended), *map(source.told, findings)]
    except ContractError as error:
        said = [source.fault(one) for one in (error, *error.others)]
    except RecursionError:
        return [_too_deep(path)]
    for overlay in overlays:
        said += _translation_findings(document, source, overlay)
    return said


def notes_on(path: Path, overlay: Path | None = None, root: Path | None = None) -> list[str]:
    """What of a sound contract is not served as it says, one line each.

    Rules without an expression, for which a platform has its own way; and bodies that are not read.
    Raises ContractError for a contract that is not sound.
    """
    lines = Lines(read_text(path))
    contract = load_contract(path, overlay, root)
    findings = [*unenforced(contract), *(() if contract.strict else unread(contract))]
    return [describe(path, lines, finding) for finding in findings]


def _translation_findings(document: JsonObject, source: "_Source", file: Path) -> Iterator[str]:
    overlay = read_overlay(file)
    missing, wrong = twin_findings(document, overlay)
    own_lines = Lines(overlay.text)
    yield from (source.told(finding) for finding in missing)
    yield from (describe(file, own_lines, finding) for finding in wrong)


def _findings(document: JsonObject, path: Path, *, strict: bool) -> Iterator[Violation]:
    """What is wrong with a document; what would only follow from another fault is not sought."""
    found = list(document_findings(document))
    # The validator of OpenAPI follows references, and stops at one that leads nowhere.
    if not any(reference_findings(document)):
        found += pattern_findings(document)
        found += _without_alternatives(document, openapi_findings(document))
    yield from found
    if found:
        return
    yield from security_findings(document, each_operation(document))
    yield from path_findings(document)
    if not strict:
        document = completed(document)
    contract = build_contract(document, str(path))
    yield from contract_findings(contract)
    yield from _rule_findings(contract)
    if not contract.strict:
        nodes = list(objects(document))
        if any("x-from" in node for _, node in nodes):
            yield from renaming_findings(inferred(contract, likely=True), nodes)
    schemas = SchemaSet(document, closing=strict)
    yield from default_findings(document, schemas)
    yield from example_findings(contract, schemas)


def _rule_findings(contract: Contract) -> Iterator[Violation]:
    """Wrong expressions in a document of others; they name kinds of records that are inferred."""
    if contract.strict or not any(r.when for o in contract.operations.values() for r in o.rules):
        return
    yield from rule_findings(inferred(contract, likely=True))


def _without_alternatives(
    document: JsonObject, findings: Iterable[Violation]
) -> Iterator[Violation]:
    """What OpenAPI 3.0 finds in a security scheme only is that it is none of four kinds."""
    found = list(findings)
    lacking = list(scheme_findings(document))
    if str(document.get("openapi", "")).startswith("3.0"):
        told = {"/".join(one.pointer.split("/")[:4]) for one in lacking}
        found = [one for one in found if one.pointer not in told] + lacking
    yield from found


class _Source:
    """A file and its text; what is wrong with it is told by its own places."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text, self._lines = path, text, Lines(text)
        self._is_swagger = False
        self.unconverted: list[Violation] = []
        """What of Swagger 2.0 the document says no more."""

    def document(self) -> JsonObject:
        """The document in the file, in OpenAPI 3 if it was in Swagger 2.0. Raises ContractError."""
        document = parse_document(self._text, str(self._path))
        self._is_swagger = is_swagger(document)
        if not self._is_swagger:
            return document
        self.unconverted = list(unconverted(document))
        return converted(document)

    def told(self, finding: Violation) -> str:
        """A finding in one line."""
        if self._is_swagger and finding not in self.unconverted:
            finding = Violation(place_in_swagger(finding.pointer), finding.detail)
        return describe(self._path, self._lines, finding)

    def fault(self, error: ContractError) -> str:
        """A fault in one line; one that has no place says where it is."""
        return str(error) if error.place is None else self.told(_finding(error))

    @contextmanager
    def described(self) -> Iterator[None]:
        """What goes wrong within is told in one line; a fault without a place says where it is."""
        try:
            yield
        except ContractError as error:
            if error.place is None and not error.others:
                raise
            more = f"; {len(error.others)} more: bacasable check tells all" if error.others else ""
            raise ContractError(self.fault(error) + more) from error
        except RecursionError:
            raise ContractError(_too_deep(self._path)) from None


def _too_deep(path: Path) -> str:
    return f"{path}: is nested too deep, or without end, to be read; flatten it"


def _finding(error: ContractError) -> Violation:
    return Violation(error.place or "", str(error))


def _refuse_first(findings: Iterator[Violation]) -> None:
    for finding in findings:
        raise ContractError(finding.detail, finding.pointer)
