"""Lines in the terminal of `serve`, one for each message that would have been sent."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.cli.test_cli import BACASABLE, fetch

SERVE = [*BACASABLE, "serve", "--port", "0", "--tenants", "votre-tenant"]
INVITED = {"questionnaireId": "qst_pre_excel", "respondentId": "usr_learner"}


@contextmanager
def serving(*options: str, encoding: str = "utf-8") -> Iterator[tuple[Any, str]]:
    """A sandbox in a process that has printed its banner, and its base URL."""
    command = [*SERVE, "--now", "2026-07-22T09:00:00Z", *options]
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        lines = [process.stdout.readline()]
        while "Ctrl+C" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1]
        base = lines[0].split()[-1]
        fetch(base.replace("/api/v1", "/_sandbox/health"))
        yield process, base
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def send(base: str, path: str, body: Any, **headers: str) -> Any:
    sent = {"Content-Type": "application/json", "X-Tenant-ID": "votre-tenant", **headers}
    request = urllib.request.Request(base + path, json.dumps(body).encode(), sent)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["data"]


def invite(base: str) -> None:
    account = {"email": "formateur@example.com", "password": "votre-mot-de-passe"}
    token = send(base, "/auth/login", account)["accessToken"]
    send(base, "/questionnaire-responses", INVITED, Authorization=f"Bearer {token}")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_message_is_a_line_in_the_terminal(encoding: str) -> None:
    with serving(encoding=encoding) as (process, base):
        invite(base)
        email, sms = process.stdout.readline(), process.stdout.readline()
        assert "votre-tenant  questionnaire.sent" in email
        assert "apprenant@example.com" in email
        assert "+33639980101" in sms
        with urllib.request.urlopen(email.split()[-1], timeout=10) as page:
            assert b"Positionnement Excel" in page.read()


def test_a_terminal_that_is_gone_fails_no_call() -> None:
    with serving() as (process, base):
        process.stdout.close()
        invite(base)
        invite(base)


def test_without_controls_there_is_no_inbox_to_point_to() -> None:
    with serving("--no-controls") as (process, base):
        invite(base)
        process.terminate()
        assert process.stdout.read() == ""
