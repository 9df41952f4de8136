"""Lines of curl, run as they stand by a shell and curl itself: the same request arrives."""

import os
import re
import shutil
import socket
import subprocess
import threading
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bacasable.verify.binding import bindings_of, rebound
from bacasable.verify.model import Exchange, Identity, Request, Response
from bacasable.verify.shell import curl_of

from .fakes import ADMIN, LEARNER, PASSWORD, TOKEN, exchange

NEEDED = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "base64"))), reason="needs bash and curl"
)
SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
OWN = {"host", "user-agent", "content-length", "accept"}

names = st.from_regex(r"X-[A-Za-z0-9-]{1,12}", fullmatch=True)
values = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20
).map(str.strip)
targets = st.from_regex(r"/[!-\"$-~]{0,20}", fullmatch=True)
bodies = st.one_of(st.none(), st.binary(max_size=40), st.text(max_size=30).map(str.encode))
methods = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "M-SEARCH"])


class Recorder:
    """A server that answers everything and keeps what it was sent."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.seen: list[bytes] = []
        self.answer = b'{"data": {"id": "new-42", "n": [{"odd name\'s": 7}]}}'
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.seen.append(self.read(connection))
                head = b'HTTP/1.1 200 OK\r\nETag: "v9"\r\nConnection: close\r\nContent-Length: %d'
                connection.sendall(head % len(self.answer) + b"\r\n\r\n" + self.answer)

    def read(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", data)
        whole = data.index(b"\r\n\r\n") + 4 + (int(length[1]) if length else 0)
        while len(data) < whole:
            data += connection.recv(65536)
        return data

    def run(self, lines, **variables):
        """What arrived when a shell ran lines."""
        self.seen.clear()
        done = subprocess.run(
            ["bash", "-c", lines],
            capture_output=True,
            check=False,
            env={"PATH": os.environ["PATH"], "NO_PROXY": "*", **variables},
        )
        assert done.returncode == 0, (lines, done.stderr)
        return [self.parsed(data) for data in self.seen]

    @staticmethod
    def parsed(data):
        head, _, body = data.partition(b"\r\n\r\n")
        first, *rest = head.split(b"\r\n")
        method, target, _ = first.split(b" ")
        pairs = [line.partition(b":") for line in rest]
        headers = sorted((n.decode().lower(), v.strip()) for n, _, v in pairs)
        return method.decode(), target, [h for h in headers if h[0] not in OWN], body


@pytest.fixture(scope="module")
def recorder():
    made = Recorder()
    yield made
    made.socket.close()


def made(request: Request, identity: Identity = ADMIN, answer: bytes = b"{}") -> Exchange:
    return Exchange(1, request, Response(200, (), answer), "", None, identity, "setup")


def wanted(request: Request):
    headers = [(n.lower(), v.encode()) for n, v in request.headers if n.lower() not in OWN]
    target = request.target.encode("latin-1")
    return request.method, target, sorted(headers), request.body or b""


@NEEDED
@SLOW
@given(methods, targets, st.lists(st.tuples(names, values), max_size=3), bodies)
@example("POST", "/a", [], b"@/etc/passwd")
@example("POST", "/a", [("Content-Type", "text/plain")], b'it\'s $HOME `id` \\ "!" \x00\xff')
@example("POST", "/../{a}[1-3]?q=%00&b=*", [("X-Empty", "")], b"")
@example("GET", "/a'b;c", [("X-A", "é\u202e\U0001f600 'x'")], None)
def test_what_arrives_is_what_was_sent(recorder, method, target, headers, body):
    unique = {name.lower(): (name, value) for name, value in headers}
    request = Request(method, target, tuple(unique.values()), body)
    line = curl_of([made(request, Identity("anonymous"))], recorder.origin)
    assert "\n" not in line
    assert line.isprintable()
    assert recorder.run(line) == [wanted(request)]


@NEEDED
@pytest.mark.parametrize("target", ["*", "/a b", "/é", "/a#b", "//x/./y", "/a\x7f"])
def test_odd_targets_arrive(recorder, target):
    # What no request line can hold is left out: a blank ends the target.
    request = Request("GET", target.replace(" ", "%20"), (), None)
    line = curl_of([made(request, Identity("anonymous"))], recorder.origin)
    assert recorder.run(line) == [wanted(request)]


@NEEDED
def test_long_bodies_are_compressed_and_arrive(recorder):
    request = Request("POST", "/a", (("Content-Type", "text/plain"),), b"x\xff" * 200_000)
    line = curl_of([made(request)], recorder.origin)
    assert len(line) < 5_000
    assert recorder.run(line) == [wanted(request)]


@NEEDED
def test_head_does_not_wait_for_a_body(recorder):
    line = curl_of([made(Request("HEAD", "/a"))], recorder.origin)
    assert recorder.run(line)[0][0] == "HEAD"


@NEEDED
@SLOW
@given(st.text(st.characters(codec="ascii"), max_size=12), st.text(max_size=12))
def test_secrets_are_variables_wherever_they_stand(recorder, before, after):
    body = f"{before}{PASSWORD}{after}".encode()
    headers = (*ADMIN.headers.items(), ("Content-Type", "text/plain"))
    request = Request("POST", f"/a?token={TOKEN}&x=1", headers, body)
    line = curl_of([made(request)], recorder.origin)
    assert TOKEN not in line
    assert PASSWORD not in line
    assert "# TOKEN: a token of ADMIN at votre-tenant" in line
    variables = dict.fromkeys(re.findall(r"# (SECRET\w*):", line), PASSWORD)
    (arrived,) = recorder.run(line, TOKEN=TOKEN, **variables)
    assert arrived[:3] == wanted(request)[:3]
    if body.decode().isprintable():
        assert arrived[3] == body


@NEEDED
def test_forged_tokens_are_made_of_parts_of_the_true_one(recorder):
    head, payload, signature = TOKEN.split(".")
    forged = [f"{head}.{payload}.forged", f"eyJub25l.{payload}.", f"{head}.eyJvdGhlciI.{signature}"]
    for token in forged:
        request = Request("GET", "/a", (("Authorization", f"Bearer {token}"),))
        line = curl_of([made(request)], recorder.origin)
        assert signature not in line
        assert payload not in line
        assert recorder.run(line, TOKEN=TOKEN) == [wanted(request)]


def test_each_caller_has_a_variable(contract):
    exchanges = [
        exchange(contract, "getCourse"),
        exchange(contract, "getCourse", identity=LEARNER),
        exchange(contract, "getCourse"),
    ]
    lines = curl_of(exchanges, "http://h.example").split("\n")
    assert lines[:2] == [
        "# TOKEN: a token of ADMIN at votre-tenant",
        "# TOKEN_2: a token of LEARNER at votre-tenant",
    ]
    assert [re.search(r"\$TOKEN\w*", line)[0] for line in lines[2:]] == [
        "$TOKEN",
        "$TOKEN_2",
        "$TOKEN",
    ]


def test_a_caller_who_logged_in_again_is_the_same(contract):
    token = "another-token-1"
    later = replace(ADMIN, token=token, headers={"Authorization": f"Bearer {token}"})
    exchanges = [exchange(contract, "getCourse", identity=who) for who in (ADMIN, later)]
    lines = curl_of(exchanges, "http://h.example").split("\n")
    assert len(lines) == 3
    assert all("Bearer $TOKEN" in line for line in lines[1:])


def test_a_name_cannot_end_the_comment(contract):
    evil = replace(ADMIN, name="x\nrm -rf /", tenant="\r\nreboot")
    lines = curl_of([exchange(contract, "getCourse", identity=evil)], "http://h.example").split(
        "\n"
    )
    assert len(lines) == 2
    assert lines[0].startswith("# TOKEN: ")


def chain(*answers: bytes, headers=()) -> list[Exchange]:
    first = made(Request("POST", "/things", (), b'{"name":"a"}'), ADMIN, answers[0])
    first = replace(first, response=replace(first.response, headers=headers))
    target = Request("PUT", "/things/old-1?of=old-1", (("If-Match", '"v1"'),), b'{"id":"old-1"}')
    return [first, made(target)]


@NEEDED
@pytest.mark.skipif(not shutil.which("jq"), reason="needs jq")
@pytest.mark.parametrize("headers", [(), (("etag", '"v1"'),)])
def test_ids_of_new_records_are_taken_from_their_answers(recorder, headers):
    exchanges = chain(b'{"data":{"id":"old-1"}}', headers=headers)
    arrived = recorder.run(curl_of(exchanges, recorder.origin), TOKEN=TOKEN)
    tag = b'"v9"' if headers else b'"v1"'
    sent = [header for header in arrived[1][2] if header[0] == "if-match"]
    assert arrived[1][1] == b"/things/new-42?of=new-42"
    assert arrived[1][3] == b'{"id":"new-42"}'
    assert sent == [("if-match", tag)]


def test_short_ids_are_not_taken_for_parts_of_others():
    first = made(Request("POST", "/things", (), b"{}"), ADMIN, b'{"id":1}')
    second = made(Request("GET", "/things/1/x1?page=11&of=1", (("A", "11"),), b'{"1":"1"}'))
    line = curl_of([first, second], "http://127.0.0.1:4011").split("\n")[-1]
    assert "http://127.0.0.1:4011/things/$ID/x1?page=11&of=$ID" in line
    assert "-H 'A: 11'" in line
    assert """'{"1":"'"${ID}"'"}'""" in line


def test_what_was_sent_before_is_not_bound():
    exchanges = chain(b'{"id":"old-1"}')
    sent = replace(exchanges[0], request=Request("POST", "/things", (), b'{"id":"old-1"}'))
    assert bindings_of([sent, exchanges[1]]) == []
    assert [b.value for b in bindings_of(exchanges)] == ["old-1"]


def test_rebinding_changes_whole_values_only():
    request = Request(
        "PUT", "/x1/x?x=x&y=x1", (("If-Match", "x"), ("A", "x1")), b'{"x":"x","y":"x1"}'
    )
    assert rebound(request, {"x": "new/1"}) == Request(
        "PUT",
        "/x1/new%2F1?x=new%2F1&y=x1",
        (("If-Match", "new/1"), ("A", "x1")),
        b'{"x":"new/1","y":"x1"}',
    )
