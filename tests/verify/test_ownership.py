"""The law, request by request: what a run may send, and what it does not."""

import json
from types import SimpleNamespace

import pytest

from bacasable.contract import load_contract
from bacasable.contract.inference import inferred
from bacasable.verify.bench import Subject
from bacasable.verify.maker import Maker
from bacasable.verify.making.model import NotOurs
from bacasable.verify.model import Identity, Options, Request
from bacasable.verify.session import Session
from bacasable.verify.transport import HttpTransport
from tests.support import over_socket

from .harm.boxes import NOTES, Box, document, serving

THEIRS = {"n1": {"id": "n1", "text": "theirs"}}


@pytest.fixture
def run(tmp_path):
    """A session under the law on a server of notes, one of which is somebody's."""
    path = tmp_path / "notes.json"
    path.write_text(json.dumps(document(NOTES)))
    contract = inferred(load_contract(path))
    box = Box(THEIRS)
    app = serving(("/notes", box.collection), ("/notes/{id:path}", box.item))
    with over_socket(SimpleNamespace(app=app)) as api:
        options = Options(api.url)
        who = Identity("the caller")
        session = Session(HttpTransport(options), options)
        maker = Maker(Subject(contract, options, who), session)

        def send(method, target, body=None, operation=None):
            content = json.dumps(body).encode() if body is not None else None
            headers = (("Content-Type", "application/json"),) if content else ()
            request = Request(method, target, headers, content)
            called = contract.operations.get(operation or "")
            return session.send(request, operation=called, identity=who, purpose="test")

        yield SimpleNamespace(send=send, box=box, maker=maker)
        session.transport.close()


ELSEWHERE = [
    "/notes/",
    "/notes/.",
    "/notes/..",
    "/notes/%2e%2E",
    "/notes/%20",
    "/notes/a%2Fb",
    "/notes//",
    "/notes/%5Cn1",
    "/notes/n%001",
    "//notes/n1",
    "/elsewhere",
    "/notes/n1",
    "/notes/%6e1",
    "/notes/n1?x=1",
]


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "POST"])
def test_what_is_not_the_runs_is_not_written_to(run, method):
    collection = [] if method == "POST" else ["/notes", "/notes?id=n1"]
    sent = []
    for target in [*ELSEWHERE, *collection]:
        try:
            sent.append((target, run.send(method, target).status))
        except NotOurs:
            continue
    assert sent == []
    assert run.box.records == THEIRS


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_whatever_asks_for_no_change_is_sent(run, method):
    assert run.send(method, "/notes/n1").response is not None


def test_what_the_run_made_it_may_change_and_remove(run):
    made = run.send("POST", "/notes", {"text": "mine"}, "createNote").json["id"]
    assert run.send("PATCH", f"/notes/{made}", {"text": "changed"}).ok
    assert run.send("DELETE", f"/notes/{made}", operation="deleteNote").ok
    # Its id may be somebody's from now on.
    assert run.send("DELETE", f"/notes/{made}").status == 404
    run.box.records[made] = {"id": made, "text": "somebody's"}
    with pytest.raises(NotOurs, match="did not make"):
        run.send("DELETE", f"/notes/{made}")


def test_where_nothing_is_nothing_can_be_harmed(run):
    assert run.send("DELETE", "/notes/nobody").status == 404
    run.box.records["nobody"] = {"id": "nobody", "text": "somebody's"}
    with pytest.raises(NotOurs, match="did not make"):
        run.send("DELETE", "/notes/nobody")


def test_what_was_made_by_a_request_of_no_operation_is_removed_too(run):
    made = run.send("POST", "/notes", {"text": "mine"}).json["id"]
    assert made in run.box.records
    assert run.maker.clean_up() == []
    assert run.box.records == THEIRS


def test_what_was_said_to_be_deleted_and_is_still_there_is_removed(run):
    made = run.send("POST", "/notes", {"text": "mine"}, "createNote").json["id"]
    record = run.box.records[made]
    run.send("DELETE", f"/notes/{made}", operation="deleteNote")
    run.box.records[made] = record
    assert run.send("GET", f"/notes/{made}", operation="getNote").ok
    assert run.maker.clean_up() == []
    assert run.box.records == THEIRS
