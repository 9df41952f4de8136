"""What the checks of access stand on: answers compared, unknown ids, and when they apply."""

import re
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.verify.bench import Bench, Subject
from bacasable.verify.checks import all_checks
from bacasable.verify.checks._access import proof_of
from bacasable.verify.checks._alike import differences, told
from bacasable.verify.checks._foreign import named_in, numbered_alike, unknown_like
from bacasable.verify.checks.auth_forged import _forgeries
from bacasable.verify.credentials import parts_of
from bacasable.verify.maker import Record
from bacasable.verify.model import Exchange, Identity, Options, Request, Response

from .defective import Defect, answers
from .defects._callers import role

MINE = [
    "auth-required",
    "auth-malformed",
    "auth-forged",
    "auth-expired",
    "roles-refused",
    "roles-allowed",
    "tenant-header",
    "foreign-record",
    "existence-leak",
    "foreign-list",
    "foreign-reference",
    "visibility",
    "masking",
]


def answer(status, body, *headers):
    request = Request("GET", "/x")
    response = Response(status, headers, body)
    return Exchange(1, request, response, "", None, Identity("x"), "test")


def compared(seen, unknown, another):
    """Differences of three answers to calls that named a, b and c."""
    ids = [{"a1": "{id}"}, {"b1": "{id}"}, {"c1": "{id}"}]
    return differences(*(told(e, i) for e, i in zip((seen, unknown, another), ids, strict=True)))


def test_answers_that_differ_in_what_was_asked_are_alike():
    answers = [
        answer(404, b'{"detail": "no %s", "n": %d}' % (i, n), ("X-Id", str(n)), ("Date", str(n)))
        for i, n in ((b"a1", 1), (b"b1", 2), (b"c1", 3))
    ]
    assert compared(*answers) == []
    counting = [answer(404, b"", ("X-Left", f"{n} of 9")) for n in (8, 9, 9)]
    assert compared(*counting) == []


@pytest.mark.parametrize(
    ("body", "headers", "place"),
    [
        (b'{"detail": "not yours"}', (), "body /detail"),
        (b'{"detail": "no a1", "more": []}', (), "body /more"),
        (b"{}", (), "body /detail"),
        (b"no json", (), "body"),
        (b'{"detail": "no a1"}', (("ETag", "x"),), "header etag"),
    ],
)
def test_answers_that_tell_more_are_not_alike(body, headers, place):
    unknown, another = (answer(404, b'{"detail": "no %s"}' % i) for i in (b"b1", b"c1"))
    assert place in compared(answer(404, body, *headers), unknown, another)
    assert "status" in compared(answer(403, body, *headers), unknown, another)


def test_an_unknown_id_has_the_form_of_the_known_one(contract):
    bench = Bench(Subject(contract, Options("http://x.example"), Identity("x")), None, None, "", "")

    def form(text):
        return re.sub("[a-z]", "a", re.sub(r"\d", "1", text))

    @given(st.integers(0, 99), st.from_regex(r"[a-z0-9]{4,15}", fullmatch=True))
    def keeps_its_form(seed, rest):
        for resource, kind in contract.resources.items():
            made = unknown_like(Random(seed), bench, kind.id_prefix + rest, resource)
            assert made != kind.id_prefix + rest
            assert made.startswith(kind.id_prefix)
            assert form(made) == form(kind.id_prefix + rest)

    keeps_its_form()


def test_an_unknown_uuid_is_one(contract):
    bench = Bench(Subject(contract, Options("http://x.example"), Identity("x")), None, None, "", "")
    known = "6f1d2b3c-4a5e-4f60-8b7a-9c8d7e6f5a4b"
    made = unknown_like(Random(1), bench, known, "Nothing")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made)
    assert made != known


def test_records_in_paths_are_known_by_what_reads_them(contract):
    named = {o.id: named_in(contract, o) for o in contract.operations.values()}
    assert named["getEnrollmentTimeline"] == [("id", "Enrollment")]
    assert named["startPathModule"] == [("id", "AdaptivePath"), ("assignmentId", "PathAssignment")]
    assert named["createCourseModule"] == [("id", "Course")]
    assert named["getTenant"] == []
    assert named["listCourses"] == []


def test_forgeries_are_tokens_that_were_never_signed(bench_for):
    bench = bench_for("auth-forged", "listCourses")
    _name, before, token = proof_of(bench.subject.main)
    assert before == "Bearer "
    forged = {what: text for _, what, text in _forgeries(bench.subject, token)}
    assert token not in forged.values()
    assert len(set(forged.values())) == len(forged)
    for what, text in forged.items():
        header, payload = parts_of(text)
        assert payload["sub"]
        assert (header["alg"].lower() == "none") == ("algorithm" in what), what
        assert (parts_of(text) == parts_of(token)) == ("signature" in what or "signed" in what), (
            what
        )


def test_a_forged_header_is_no_secret_and_the_caller_keeps_theirs(contract, bench_for):
    bench = bench_for("auth-forged", "listCourses")
    seen = []
    bench.session.watchers.append(seen.append)
    assert list(all_checks()["auth-forged"].probe(bench, contract.operations["listCourses"])) == []
    own = bench.subject.main.headers["Authorization"]
    forged = [e for e in seen if e.purpose == "auth-forged"]
    assert forged
    for exchange in forged:
        assert exchange.identity.headers["Authorization"] == own
        assert dict(exchange.request.headers)["Authorization"] != own


@pytest.mark.parametrize("name", MINE)
def test_what_was_not_given_is_said(contract, bench_for, name):
    subject = bench_for(name, "listCourses").subject
    bare = replace(subject, by_role={}, others=())
    nobody = replace(bare, main=Identity("nobody"))
    check = all_checks()[name]
    for operation in contract.operations.values():
        for poor in (bare, nobody):
            reason = check.applies(poor, operation)
            assert reason or check.applies(subject, operation) == "" or name == "roles-allowed"
            assert "\n" not in reason
    reasons = {check.applies(bare, o) for o in contract.operations.values()}
    wanted = {"roles-refused": "--as", "foreign-record": "--other-tenant", "visibility": "--as"}
    assert any(wanted.get(name, "") in reason for reason in reasons)


def test_a_contract_without_roles_or_tenants_is_left_alone(contract):
    operations = {k: replace(o, roles=None) for k, o in contract.operations.items()}
    plain = replace(contract, operations=operations)
    subject = Subject(plain, Options("http://x.example"), Identity("anonymous"))
    for name in MINE:
        check = all_checks()[name]
        if name not in ("visibility", "masking"):
            assert all(check.applies(subject, o) for o in operations.values()), name


def test_a_number_that_both_tenants_count_to_is_nobodys_secret(bench_for):
    bench = bench_for("foreign-record", "getEvent")
    ours = bench.maker.some("Event")
    assert not numbered_alike(bench, ours)
    theirs = Record("Event", ours.id, ours.path, {**ours.value, "occurredAt": "2020"})
    assert numbered_alike(bench, theirs)
    assert not numbered_alike(bench, replace(theirs, id="evt_abc"))


@pytest.mark.parametrize("name", MINE)
def test_a_run_that_only_reads_sends_no_write(contract, bench_for, name):
    check = all_checks()[name]
    if check.writes:
        pytest.skip("the run leaves it out")
    bench = bench_for(name, "", read_only=True)
    sent = []
    bench.session.watchers.append(lambda exchange: sent.append(exchange.request.method))
    for one in ("getCourse", "listEnrollments", "listCourseModules"):
        operation = contract.operations[one]
        if not check.applies(bench.subject, operation):
            assert list(check.probe(bench, operation)) == []
    assert set(sent) <= {"GET", "HEAD"}


@pytest.mark.parametrize(("shown", "accused"), [("usr_auditor", False), ("usr_trainer", True)])
def test_callers_may_see_of_themselves_what_is_masked_of_others(faults_of, shown, accused):
    addresses = {"usr_auditor": "auditeur@example.com", "usr_trainer": "formateur@example.com"}

    def unmask(call, reply):
        if role(call) == "AUDITOR" and call.is_("GET", "/users") and not call.query.get("q"):
            body = reply.json
            for user in body["data"]:
                if user["id"] == shown:
                    user["email"] = addresses[shown]
            reply.say(body)

    defect = Defect("one-unmasked", "masking", ("listUsers",), "", answers(unmask))
    found = faults_of("masking", "listUsers", defect)
    assert [fault.cause for fault in found] == ["email is not masked"] * accused


def test_whoever_calls_keeps_their_session(contract, bench_for):
    bench = bench_for("auth-expired", "logout")
    for name in MINE:
        check = all_checks()[name]
        operation = contract.operations["logout"]
        if not check.applies(bench.subject, operation):
            assert list(check.probe(bench, operation)) == []
    for who in bench.subject.by_role.values():
        assert bench.call(contract.operations["getSession"], identity=who).ok
