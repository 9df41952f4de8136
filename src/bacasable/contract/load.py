"""Loading a contract from a file, with the checks that a start needs."""

from collections.abc import Iterator
from pathlib import Path

from .build import build_contract
from .check import contract_findings, document_findings, example_findings, openapi_findings
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
    contract = build_contract(document, str(path))
    _refuse_first(contract_findings(contract), path, text)
    return contract


def check_file(path: Path) -> list[str]:
    """Every finding about a contract, one line each: file, line, pointer, what is wrong.

    Raises ContractError when the file cannot be read at all.
    """
    text = read_text(path)
    document = parse_document(text, str(path))
    lines = Lines(text)
    findings = list(openapi_findings(document)) + list(document_findings(document))
    if not findings:
        contract = build_contract(document, str(path))
        findings = [*contract_findings(contract), *example_findings(contract, SchemaSet(document))]
    return [describe(path, lines, finding) for finding in findings]


def describe(path: Path, lines: Lines, finding: Violation) -> str:
    """A finding in one line."""
    return f"{path}:{lines.of(finding.pointer)}: {finding.pointer or '/'}: {finding.detail}"


def _refuse_first(findings: Iterator[Violation], path: Path, text: str) -> None:
    for finding in findings:
        raise ContractError(describe(path, Lines(text), finding))
