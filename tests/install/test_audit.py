"""Licences and vulnerabilities of what is locked: what is refused, and what is no finding."""

import json
import subprocess
from typing import Any

import pytest
from installing import audit


def installed(*found: list[Any]) -> Any:
    """Answers in place of the processes that are asked: packages, pip, pip-audit."""

    def run(command: list[Any], **_: Any) -> Any:
        text = json.dumps(found) if "-c" in command else ""
        return subprocess.CompletedProcess(command, 0, text, "No known vulnerabilities found")

    return run


@pytest.mark.parametrize(
    ("licence", "status"),
    [
        (["MIT", "", []], 0),
        (["", "", ["License :: OSI Approved :: BSD License"]], 0),
        (["", "MIT License\n\nCopyright", []], 0),
        (["MPL-2.0 AND (Apache-2.0 OR MIT)", "", []], 0),
        (["GPL-3.0-only", "", []], 1),
        (["", "", ["License :: OSI Approved :: GNU Affero General Public License (AGPL)"]], 1),
        (["MIT AND LGPL-2.1", "", []], 1),
        (["", "", []], 1),
        (["Proprietary", "", []], 1),
    ],
)
def test_a_licence_is_taken_or_refused_by_name(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    licence: list[Any],
    status: int,
) -> None:
    monkeypatch.setattr(audit, "environment", lambda tests: "python")
    monkeypatch.setattr(subprocess, "run", installed(["thing", "1.0", *licence]))
    assert audit.audit([]) == status
    said = capsys.readouterr()
    assert "thing" in said.out
    assert ("thing 1.0" in said.err) is bool(status)


def test_what_has_no_answer_is_no_finding_and_what_is_found_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answered(status: int, said: str) -> Any:
        return lambda command, **_: subprocess.CompletedProcess(command, status, "", said)

    monkeypatch.setattr(subprocess, "run", answered(1, "ConnectionError: no route"))
    assert audit._audited(audit.AUDIT, audit.LOCK) == 0
    assert "cannot be reached" in capsys.readouterr().out
    monkeypatch.setattr(
        subprocess, "run", answered(1, "Found 2 known vulnerabilities in 1 package")
    )
    assert audit._audited(audit.AUDIT, audit.LOCK) == 1
