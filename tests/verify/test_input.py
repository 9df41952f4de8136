"""What the checks of input rest upon: refusals and their lists read, ids and bodies made."""

import json
import re
from typing import Any

import pytest

from bacasable.verify.bench import Subject
from bacasable.verify.checks import all_checks
from bacasable.verify.checks._input import (
    error_list,
    json_body,
    named_members,
    not_refused,
    refused,
)
from bacasable.verify.checks.malformed_body import _raws
from bacasable.verify.checks.server_owned_members import _other, _owned
from bacasable.verify.checks.text_round_trip import _how
from bacasable.verify.checks.unknown_reference_refused import _like, _place
from bacasable.verify.making.bodies import example_body
from bacasable.verify.model import ANONYMOUS, Exchange, Options, Request, Response

MINE = [
    "all-violations-reported",
    "invalid-body-refused",
    "invalid-parameter-refused",
    "malformed-body",
    "server-owned-members",
    "text-round-trip",
    "unknown-member-refused",
    "unknown-reference-refused",
    "valid-accepted",
]


def answered(status: int, body: Any = None, operation: Any = None) -> Exchange:
    response = Response(status, (), json.dumps(body).encode()) if status else None
    return Exchange(1, Request("POST", "/a"), response, "", operation, ANONYMOUS, "a")


@pytest.fixture
def subject(contract):
    return Subject(contract, Options("http://localhost"), ANONYMOUS)


@pytest.mark.parametrize(
    ("problem", "names"),
    [
        ({"errors": [{"pointer": "/a/0/b", "detail": "x"}]}, {"a", "0", "b"}),
        ({"errors": [{"loc": ["body", "a"], "msg": "is wrong"}]}, {"body", "a"}),
        ({"errors": [{"source": {"pointer": "/data/a"}}]}, {"data", "a"}),
        ({"errors": [{"field": "a.b"}, {"path": "$.c[1]"}]}, {"a", "b", "c", "1"}),
        ({"errors": [{"detail": "a is required"}]}, {"a", "is", "required"}),
        ({"errors": ["Idempotency-Key is wrong"]}, {"Idempotency-Key", "is", "wrong"}),
        ({"errors": None}, set()),
        ([], set()),
    ],
)
def test_the_places_of_a_problem_are_found_in_any_usual_form(problem, names):
    assert named_members(answered(400, problem), "errors") == names


def test_a_list_of_violations_is_found_in_the_contract_or_is_not_there(subject, contract):
    operations = contract.operations
    assert error_list(subject, operations["createCompany"]) == "errors"
    assert json_body(subject, operations["getCompany"]) == "it takes no body"
    assert json_body(subject, operations["createCompany"]) == ""


@pytest.mark.parametrize(
    ("status", "statuses", "expected"),
    [
        (400, (400, 422), True),
        (409, (400, 422), False),
        (409, (), True),
        (500, (), False),
        (201, (), False),
    ],
)
def test_a_refusal_is_one_that_is_documented_or_any_where_none_is(status, statuses, expected):
    assert refused(answered(status), statuses) is expected


@pytest.mark.parametrize(("status", "wfc"), [(200, None), (500, 100), (409, 101)])
def test_what_is_not_refused_is_a_fault_and_of_another_cause_if_it_breaks(status, wfc):
    found = list(not_refused(answered(status), (400,), what="it", place="/p", cause="c"))
    assert [f.wfc for f in found] == [wfc]
    assert (found[0].cause == "c") is (status == 200)
    assert (found[0].expected, found[0].received) == ("400", str(status))


@pytest.mark.parametrize("status", [0, 429, 503, 400])
def test_an_answer_that_tells_nothing_of_the_input_is_no_fault(status):
    assert not list(not_refused(answered(status), (400,), what="it", place="", cause="c"))


@pytest.mark.parametrize(
    "known",
    ["crs_abc123", "tnt_6f1d2b3c-4a5e-4f60-8b7a-9c8d7e6f5a4b", "evt_12", "42", "abcdef", "A"],
)
def test_an_id_that_is_not_known_has_the_form_of_one_that_is(known):
    other = _like(known)
    assert other != known

    def form(text):
        return re.sub("[0-9a-z]", "x", text[: len(known)])

    assert form(other) == form(known)
    assert other.startswith(known[: known.rfind("_") + 1])


def test_a_reference_in_a_list_is_tried_in_its_last_item(contract):
    body = {"modules": [{"courseId": "a"}, {"courseId": "b"}]}
    create = contract.operations["createAdaptivePath"].body
    reference = next(r for r in create.references if "*" in r.path)
    assert _place(body, reference) == (("modules", 1, "courseId"), {"courseId": "b"})
    assert _place({"modules": []}, reference) == (None, None)
    assert _place({}, reference) == (None, None)


def test_bodies_that_must_be_refused_are_no_json_or_of_another_name(contract):
    for operation in contract.operations.values():
        if not operation.body:
            continue
        raws = _raws(operation, example_body(contract, operation))
        assert len({raw.says for raw in raws}) == len(raws)
        for raw in raws:
            if raw.refused and raw.content is not None and not raw.media_type:
                with pytest.raises((ValueError, RecursionError)):
                    json.loads(raw.content.decode(), parse_constant=int)


def test_members_of_the_server_are_those_that_no_body_has(subject, contract):
    owned = _owned(subject, contract.operations["updateEnrollment"])
    assert {"id", "status", "courseId", "createdAt"} <= owned.keys()
    assert not {"companyId", "expiresAt"} & owned.keys()
    status = owned["status"]
    assert _other(subject.places, status, "ACTIVE") not in ("ACTIVE", None)
    assert _other(subject.places, owned["createdAt"], None).startswith("2001-")
    assert "enr_abc" not in _other(subject.places, owned["id"], "enr_abcdef123456")[-5:]


@pytest.mark.parametrize(
    ("sent", "got", "how"),
    [
        (" a ", "a", "spaces are cut"),
        ("e\u0301", "\xe9", "normalized"),
        ("<b>", "&lt;b&gt;", "escaped for HTML"),
        ("abcdef", "abc", "cut"),
        ("abc", "xyz", "changed"),
        ("abc", None, "gone"),
    ],
)
def test_what_became_of_a_text_is_told(sent, got, how):
    assert _how(sent, got) == how


@pytest.mark.parametrize("check", MINE)
@pytest.mark.parametrize("operation", ["createCompany", "updateEnrollment", "createAdaptivePath"])
def test_a_server_that_keeps_the_contract_has_no_fault(
    check, operation, faults_of, contract, subject
):
    if all_checks()[check].applies(subject, contract.operations[operation]):
        pytest.skip("has nothing to stand on")
    assert faults_of(check, operation) == []
