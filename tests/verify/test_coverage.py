"""What was exercised is counted, what was not is told why, and the gate draws on both."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract import load_contract
from bacasable.verify.bench import Subject
from bacasable.verify.coverage import Coverage, unproved
from bacasable.verify.model import ANONYMOUS, Identity, Options, Outcome
from bacasable.verify.scope import in_scope

from .fakes import ADMIN, LEARNER, URL, exchange

OTHER = Identity("ADMIN", "ADMIN", "atelier-nord", {"Authorization": "Bearer other-token"}, "other")


def subject(contract, others=(), **given):
    options = Options(URL, **given)
    return Subject(contract, options, ADMIN, {"ADMIN": ADMIN, "LEARNER": LEARNER}, tuple(others))


def coverage_of(contract, others=(), **given):
    about = subject(contract, others, **given)
    return Coverage(about, in_scope(contract, about.options))


def covered(contract, *exchanges, others=(), **given):
    coverage = coverage_of(contract, others, **given)
    for one in exchanges:
        coverage.saw(one)
    return coverage.json()


def entry(data, operation):
    return next(e for e in data["operations"] if e["id"] == operation)


def missing(data, operation, kind):
    found = (m for m in data["notExercised"] if (m["operation"], m["kind"]) == (operation, kind))
    return {m["what"]: m["reason"] for m in found}


def create(contract, body, status=201, **given):
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = given.pop("answer", b'{"data":{"id":"crs_1","status":"DRAFT"}}')
    return exchange(contract, "createCourse", status, body=sent, answer=answer, **given)


def test_statuses_are_counted_and_undocumented_ones_told(contract):
    data = covered(
        contract, *(exchange(contract, "listCourses", s) for s in (200, 200, 400, 418, 304))
    )
    one = entry(data, "listCourses")
    assert one["answers"] == {"200": 2, "304": 1, "400": 1, "418": 1}
    assert one["requests"] == 5
    assert one["succeeded"] == 3
    assert one["undocumented"] == {"304": 1, "418": 1}
    gaps = missing(data, "listCourses", "status")
    assert "200" not in gaps
    assert "only a server that fails" in gaps["500"]
    assert "limit" in gaps["429"]
    assert gaps["403"] == "never answered"


def test_parameters_are_used_valid_and_invalid(contract):
    base = contract.base_path
    data = covered(
        contract,
        exchange(contract, "listCourses", target=f"{base}/courses?page=2&sort=title"),
        exchange(contract, "listCourses", 400, target=f"{base}/courses?page=0&perPage=x"),
    )
    found = {
        p["name"]: (p["valid"], p["invalid"]) for p in entry(data, "listCourses")["parameters"]
    }
    assert found["page"] == (1, 1)
    assert found["perPage"] == (0, 1)
    assert found["X-Tenant-ID"][0] == 2
    keywords = {k["place"]: k["refused"] for k in entry(data, "listCourses")["keywords"]}
    assert keywords["query/page/minimum"] == 1
    assert keywords["query/perPage/type"] == 1
    assert keywords["query/perPage/maximum"] == 0


def test_keywords_count_when_they_are_broken_and_refused(contract):
    one = entry(
        covered(
            contract,
            create(contract, {"title": ""}, 400),
            create(contract, {"title": "", "nope": 1}, 201),
            create(contract, {"title": ""}, 401),
            create(contract, b"{", 400),
        ),
        "createCourse",
    )
    counts = {k["place"].rpartition("schemas/")[2]: k for k in one["keywords"]}
    title = next(k for p, k in counts.items() if p.endswith("properties/title/minLength"))
    assert (title["refused"], title["accepted"]) == (1, 1)
    assert counts["malformed"]["refused"] == 1
    required = [k for p, k in counts.items() if p.startswith("CourseCreate/required/")]
    assert sum(k["refused"] for k in required) == len(required) - 1  # all but the title
    assert (one["invalid"], one["refused"]) == (4, 2)
    assert one["invalidAnswers"] == {"201": 1, "400": 2, "401": 1}


def test_every_keyword_is_a_place_of_the_document(contract):
    from bacasable.contract.document import at_pointer

    places = [
        k["place"]
        for e in covered(contract)["operations"]
        for k in e["keywords"]
        if k["in"] == "body" and k["place"] != "malformed"
    ]
    assert len(places) > 500
    for place in set(places):
        at_pointer(contract.document, "#" + place)


def test_transitions_are_known_by_the_state_that_was_seen_last(contract):
    def called(operation, status, answer=b"{}"):
        target = contract.base_path + contract.operations[operation].path.replace("{id}", "crs_1")
        return exchange(contract, operation, status, target=target, answer=answer)

    path = contract.operations["publishCourse"].path
    assert "{id}" in path
    data = covered(
        contract,
        called("publishCourse", 409),  # nobody knows in which state it is
        create(contract, {}),
        called("publishCourse", 200, b'{"data":{"id":"crs_1","status":"PUBLISHED"}}'),
        called("publishCourse", 409),
    )
    seen = {t["what"]: t["seen"] for t in entry(data, "publishCourse")["transitions"]}
    assert seen["taken from DRAFT"] == 1
    assert seen["refused from PUBLISHED"] == 1
    assert sum(seen.values()) == 2


def test_roles_are_let_in_and_refused(contract):
    data = covered(
        contract,
        exchange(contract, "createCourse", 201),
        exchange(contract, "createCourse", 403, identity=LEARNER),
        exchange(contract, "createCourse", 401, identity=ANONYMOUS),
    )
    roles = {r["role"]: r for r in entry(data, "createCourse")["roles"]}
    assert [roles[r]["seen"] for r in ("ADMIN", "LEARNER", "anonymous")] == [1, 1, 1]
    assert roles["AUDITOR"]["reason"] == "no account of this role was given"
    assert missing(data, "createCourse", "role")["AUDITOR refused"].startswith("no account")


def test_relations_to_other_tenants(contract):
    def listed(who, id_):
        return exchange(
            contract,
            "listCourses",
            identity=who,
            answer=json.dumps({"data": [{"id": id_}]}).encode(),
        )

    def got(id_):
        target = f"{contract.base_path}/courses/{id_}"
        return exchange(contract, "getCourse", 404, target=target)

    seen = covered(contract, listed(OTHER, "crs_far"), listed(ADMIN, "crs_near"), others=[OTHER])
    relations = {t["what"]: t["seen"] for t in entry(seen, "listCourses")["tenants"]}
    assert relations == {"own": 2, "foreign-list": 1}
    steps = (listed(OTHER, "crs_far"), listed(ADMIN, "crs_near"), got("crs_near"))
    for more, count in (((), 0), ((got("crs_far"),), 1)):
        data = covered(contract, *steps, *more, others=[OTHER])
        relations = {t["what"]: t["seen"] for t in entry(data, "getCourse")["tenants"]}
        assert relations["foreign-path"] == count
    alone = missing(covered(contract, got("crs_far")), "getCourse", "tenant")
    assert alone["foreign-path"] == "no account of another tenant was given"


def test_a_foreign_record_in_a_body(contract):
    far = b'{"data":[{"id":"usr_far"}]}'
    known = exchange(contract, "listUsers", identity=OTHER, answer=far)
    for id_, count in (("usr_far", 1), ("usr_near", 0)):
        sent = exchange(contract, "createEnrollment", 404, body=f'{{"userId":"{id_}"}}'.encode())
        data = covered(contract, known, sent, others=[OTHER])
        relations = {t["what"]: t["seen"] for t in entry(data, "createEnrollment")["tenants"]}
        assert relations["foreign-body"] == count


def test_rules_count_when_a_refusal_names_them(contract):
    rules = [r.id for r in contract.operations["completeEnrollment"].rules]
    answer = json.dumps({"rules": [rules[0]], "detail": rules[-1] + "X"}).encode()
    data = covered(
        contract,
        exchange(contract, "completeEnrollment", 409, answer=answer),
        exchange(contract, "completeEnrollment", 200, answer=answer),
    )
    seen = {r["what"]: r["seen"] for r in entry(data, "completeEnrollment")["rules"]}
    assert seen[rules[0]] == 1
    assert sum(seen.values()) == 1


def test_the_reason_tells_what_stopped_the_run(contract):
    coverage = coverage_of(contract)
    gaps = missing(coverage.json("the time budget is used up"), "getCourse", "operation")
    assert gaps == {"": "never sent; the run ended early: the time budget is used up"}


def test_totals_are_what_is_there_less_what_is_missing(contract):
    data = covered(contract, exchange(contract, "listCourses"), exchange(contract, "getUser", 404))
    totals = data["totals"]
    assert totals["operation"] == {"exercised": 2, "of": len(contract.operations)}
    assert totals["success"] == {"exercised": 1, "of": len(contract.operations)}
    assert totals["status"]["exercised"] == 2
    assert all(0 <= t["exercised"] <= t["of"] for t in totals.values())


def test_only_what_is_in_scope_is_told(contract):
    data = covered(
        contract, exchange(contract, "createCourse", 201), only=("Courses",), read_only=True
    )
    assert {e["method"] for e in data["operations"]} == {"GET"}
    assert {e["tag"] for e in data["operations"]} == {"Courses"}
    assert "createCourse" in data["outOfScope"]
    scope = in_scope(contract, Options(URL, exclude=("Courses", "getUser")))
    assert not {"getCourse", "getUser"} & {o.id for o in scope}


@settings(deadline=None, max_examples=80)
@given(
    st.sampled_from(["listCourses", "createCourse", "getCourse", "login"]),
    st.integers(100, 599),
    st.tuples(
        st.binary(max_size=60),
        st.binary(max_size=60) | st.just(b'{"data":[{"id":[1]},2,null]}'),
    ),
    st.text(st.characters(codec="latin-1"), max_size=30),
)
def test_whatever_is_said_is_counted(contract, name, status, bodies, query):
    body, answer = bodies
    target = contract.base_path + contract.operations[name].example_path + "?" + query
    data = covered(
        contract,
        exchange(contract, name, status, body=body, answer=answer, target=target),
        only=(name,),
    )
    assert entry(data, name)["requests"] == 1
    json.dumps(data)


def gate(contract, *exchanges, outcomes=(), **given):
    given.setdefault("only", ("Courses",))
    data = covered(contract, *exchanges, **given)
    return {u.id: u.reason for u in unproved(contract, outcomes, data, Options(URL, **given))}


def everything(contract):
    for operation in contract.operations.values():
        if operation.tag == "Courses":
            yield exchange(contract, operation.id, operation.success)
            yield exchange(contract, operation.id, 400, intent="invalid")


def test_a_run_that_tried_everything_proves_it(contract):
    assert gate(contract, *everything(contract)) == {}


def test_each_gap_is_told(contract):
    done = [e for e in everything(contract) if e.operation.id != "getCourse"]
    refused = [e for e in done if not (e.operation.id == "createCourse" and e.status == 400)]
    assert gate(contract, *done) == {"skipped:getCourse": "nothing was sent to it"}
    late = [*refused, exchange(contract, "getCourse", 404)]
    denied = [exchange(contract, "createCourse", s, intent="invalid") for s in (401, 403, 403)]
    gaps = gate(contract, *late, *denied)
    assert gaps["never-succeeded:getCourse"] == "it never answered 2xx, but 404 (1)"
    assert "were answered 201 (1), 401 (1), 403 (2)" in gaps["never-refused:createCourse"]
    assert len(gaps) == 2


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500, 201])
def test_only_a_refusal_for_being_invalid_counts(contract, status):
    done = [
        replace(e, response=replace(e.response, status=status))
        if e.operation.id == "createCourse" and e.intent == "invalid"
        else e
        for e in everything(contract)
    ]
    assert list(gate(contract, *done)) == ["never-refused:createCourse"]


def test_what_was_not_judged_is_not_proved(contract):
    outcomes = [
        Outcome("a", "getCourse", "not-judged", "no course can be made"),
        Outcome("b", "getCourse", "not-judged", "no course can be made"),
        Outcome("c", "getUser", "not-judged", "out of scope"),
        Outcome("d", "", "not-judged", "the server is gone"),
        Outcome("e", "getCourse", "not-applicable", "it has none"),
    ]
    assert gate(contract, *everything(contract), outcomes=outcomes) == {
        "skipped:*": "the server is gone (d)",
        "skipped:getCourse": "no course can be made (2 checks, a first)",
    }
    only = gate(contract, outcomes=outcomes[:1], checks=("a",))
    assert only == {"skipped:getCourse": "no course can be made (a)"}


def test_nothing_is_asked_of_an_operation_that_can_refuse_nothing(tmp_path):
    path = tmp_path / "api.yaml"
    path.write_text(
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n"
        "      operationId: a\n      parameters: [{name: q, in: query, schema: {type: string}}]\n"
        "      responses: {'200': {description: d}}\n"
        "  /b:\n    get:\n      operationId: b\n"
        "      parameters: [{name: q, in: query, schema: {type: integer}}]\n"
        "      responses: {'200': {description: d}}\n"
    )
    contract = load_contract(path)
    sent = [exchange(contract, name, identity=ANONYMOUS) for name in ("a", "b")]
    assert list(gate(contract, *sent, only=())) == ["never-refused:b"]
