"""95000.0 is an integer, says JSON Schema: it is taken, and kept and told as what it is."""

import re
from typing import Any

import pytest

from tests.hostile.attack import Findings
from tests.hostile.box import API, Box
from tests.hostile.document import Document
from tests.hostile.values import to_json

FLOAT = re.compile(rb'"(\w+)":-?\d+\.0[,}\]]')


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _floats(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_floats(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _integers(document: Document, schema: Any, found: set[str], depth: int = 0) -> set[str]:
    """Names of the members that are integers."""
    schema = document.resolve(schema)
    if depth < 8 and isinstance(schema, dict):
        for name, one in schema.get("properties", {}).items():
            kind = document.resolve(one).get("type", ())
            if kind == "integer" or "integer" in kind:
                found.add(name)
            _integers(document, one, found, depth + 1)
        _integers(document, schema.get("items"), found, depth + 1)
    return found


def test_integers_with_a_point_are_integers(target: Box) -> None:
    """Every operation that takes a body, with its numbers spelt so, and its price set."""
    findings, document = Findings("integers with a point"), Document(target.openapi)
    target.fork("votre-tenant", "nombres")
    held = target.snapshot("nombres")["collections"]
    for operation in document.operations:
        if operation.body is None or not operation.roles or not isinstance(operation.example, dict):
            continue
        wanted = _integers(document, operation.body, set())
        if not wanted:
            continue
        example = dict(operation.example)
        if "price" in operation.body.get("properties", {}):
            example["price"] = 95000
        values = {
            name: held[resource][0]["id"]
            for name, prefix in operation.in_path().items()
            if (resource := document.resource_of(prefix) or "") in held
        }
        lines = {**target.auth("nombres"), "Content-Type": "application/json"}
        path = API + operation.filled(values)
        answer = target.call(operation.method, path, to_json(_floats(example)), lines)
        findings.tried[f"{operation.id} {answer.status}"] += 1
        told = [one for one in FLOAT.findall(answer.content) if one.decode() in wanted]
        if told or answer.status >= 500:
            findings.add(f"{operation.id} tells floats", example, (told, answer.content))
    findings.judge()


def test_an_enrollment_in_a_course_of_such_a_price(target: Box) -> None:
    """It writes a letter, in which the price stands."""
    document, lines = Document(target.openapi), target.auth("votre-tenant")
    found = {one.id: one.example for one in document.operations}
    target.fork("votre-tenant", "prix")
    lines = target.auth("prix")
    course = {**found["createCourse"], "price": 95000.0}
    made = target.call("POST", f"{API}/courses", course, lines).json["data"]["id"]
    module = found["createCourseModule"]
    assert target.call("POST", f"{API}/courses/{made}/modules", module, lines).status == 201
    assert target.call("POST", f"{API}/courses/{made}/publish", None, lines).status == 200
    body = {"courseId": made, "userId": "usr_learner", "paymentMethod": "STRIPE"}
    answer = target.call("POST", f"{API}/enrollments", body, lines)
    assert answer.status == 201, answer.content


@pytest.mark.parametrize("kind", ["RATE_LIMIT", "ERROR"])
def test_the_seconds_of_a_fault_are_told_as_http_tells_them(target: Box, kind: str) -> None:
    """RFC 9110, 10.2.3: Retry-After is digits, or a date."""
    fault: dict[str, Any] = {"kind": kind, "retryAfter": 5.0, "count": 1.0}
    if kind == "ERROR":
        fault["status"] = 503.0
    added = target.control("POST", "/tenants/votre-tenant/faults", fault)
    answer = target.get(f"{API}/companies", headers=target.auth("votre-tenant"))
    assert answer.status in {429, 503}
    assert answer.headers["retry-after"] == "5"
    assert not FLOAT.findall(added.content), added.content
