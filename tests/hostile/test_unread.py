"""A sandbox whose lines nobody reads goes on answering: a script reads one line and no more."""

import http.client
import json
import re
import subprocess
import sys
from contextlib import closing

from tests.hostile.box import API, HOST

CALLS = 500
"""Each tells of a message in a line of some 180 bytes; pipes hold 64 kB."""


def test_a_pipe_that_nobody_reads_holds_nothing_up() -> None:
    command = [sys.executable, "-m", "bacasable", "serve", "--port", "0"]
    with subprocess.Popen(
        [*command, "--tenants", "votre-tenant"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        found = re.search(r":(\d+)/", process.stdout.readline())
        try:
            assert found
            with closing(http.client.HTTPConnection(HOST, int(found[1]), timeout=10)) as line:
                answered = _create(line)
        finally:
            process.kill()
    assert answered == CALLS


def _create(line: http.client.HTTPConnection) -> int:
    """The number of calls that were answered."""

    def post(path: str, body: object, more: dict[str, str]) -> bytes:
        line.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **more})
        answer = line.getresponse()
        assert answer.status == 201, answer.read()
        return answer.read()

    pair = post("/_sandbox/tenants/votre-tenant/tokens", {"role": "ADMIN"}, {})
    lines = {
        "Authorization": f"Bearer {json.loads(pair)['accessToken']}",
        "X-Tenant-ID": "votre-tenant",
    }
    body = {"title": "Relire", "ownerId": "usr_trainer", "dueDate": "2027-01-01"}
    for number in range(CALLS):
        try:
            post(f"{API}/improvement-plans/imp_abc123/actions", body, lines)
        except TimeoutError:
            return number
    return CALLS
