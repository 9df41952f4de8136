"""Loading a contract from a file, with the checks that a start needs."""

from collections.abc import Iterator
from pathlib import Path

from .build import build_contract, reading
from .check import (
    contract_findings,
    document_findings,
    example_findings,
    openapi_findings,
    reference_findings,
)
from .document import ContractError, Lines, parse_document, read_text
from .model import Contract, Violation
from .schemas import SchemaSet


def load_contract(path: Path) -> Contract:
    """The contract in a file, ready to be served.

    Raises ContractError in one line: file, line, pointer, what is wrong. The full check, examples
    and OpenAPI's own rules included, takes a second and is left to `bacasable check`.
    """
    text = read_text(path)
    document = parse_document(text, str(path))
    _refuse_first(document_findings(document), path, text)
    try:
        contract = build_contract(document, str(path))
        with reading("/components"):
            finding = next(contract_findings(contract), None)
    except ContractError as error:
        raise ContractError(describe(path, Lines(text), _finding(error))) from error
    if finding:
        raise ContractError(describe(path, Lines(text), finding))
    return contract


def check_file(path: Path) -> list[str]:
    """Every finding about a contract, one line each: file, line, pointer, what is wrong.

    Raises ContractError when the file cannot be read at all.
    """
    text = read_text(path)
    document = parse_document(text, str(path))
    lines = Lines(text)
    findings = list(document_findings(document))
    # The validator of OpenAPI follows references, and stops at one that leads nowhere.
    if not any(reference_findings(document)):
        findings += openapi_findings(document)
    if not findings:
        try:
            contract = build_contract(document, str(path))
        except ContractError as error:
            findings = [_finding(error)]
        else:
            findings += contract_findings(contract)
            findings += example_findings(contract, SchemaSet(document))
    return [describe(path, lines, finding) for finding in findings]


def describe(path: Path, lines: Lines, finding: Violation) -> str:
    """A finding in one line."""
    return f"{path}:{lines.of(finding.pointer)}: {finding.pointer or '/'}: {finding.detail}"


def _finding(error: ContractError) -> Violation:
    return Violation(error.place or "", str(error))


def _refuse_first(findings: Iterator[Violation], path: Path, text: str) -> None:
    for finding in findings:
        raise ContractError(describe(path, Lines(text), finding))
