"""Prefer (RFC 7240): one request asks for a documented answer, or for a later one."""

from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract import Refusal, SchemaSet
from bacasable.contract.examples import shown_answers
from bacasable.server import detour
from bacasable.server.app import build_app
from bacasable.server.prefer import preferences
from tests.server.faulty import COURSE, add
from tests.server.problems import assert_problem, detail_at
from tests.server.table import contract, filled, operations
from tests.support import NOW, Api
from tests.tables import each

SCHEMAS = SchemaSet(contract().document)
NAMED = [
    (operation, status, name)
    for operation in operations()
    for status, shown in shown_answers(contract(), operation).items()
    for name in shown.bodies
    if name
]


@pytest.fixture
def waits(monkeypatch):
    waited = []

    async def pause(_receive, seconds):
        waited.append(seconds)

    monkeypatch.setattr(detour, "pause", pause)
    return waited


def prefer(api, operation, wanted):
    headers = {"Prefer": wanted, "X-Tenant-ID": "votre-tenant"}
    return api.request(operation.method.upper(), filled(operation), headers=headers)


def assert_documented(answer, operation, status):
    """Status, body and headers are as the contract says of this answer."""
    documented = operation.answers[status]
    assert answer.status == status
    names = {name.lower() for name in documented.headers}
    assert names <= answer.headers.keys()
    if documented.media_type is None:
        assert answer.content == b""
        return
    assert answer.headers["content-type"] == documented.media_type
    assert SCHEMAS.answer_check(documented.schema)(answer.json) == []
    if status >= 400:
        assert_problem(answer, answer.code)
        assert answer.json["instance"] == "/api/v1" + filled(operation)
    else:
        assert answer.json["meta"]["requestId"] == answer.headers["x-request-id"]
        assert answer.json["meta"]["timestamp"] == NOW.replace("Z", ".000Z")


@each("operation", operations(), ids=lambda o: o.id, fresh="local")
def test_every_documented_answer_can_be_asked_for(local, operation):
    for status in operation.answers:
        answer = prefer(local, operation, f"code={status}")
        assert_documented(answer, operation, status)
        assert answer.headers["preference-applied"] == f"code={status}"


@each("operation", operations(), ids=lambda o: o.id, fresh="local")
def test_every_named_example_can_be_asked_for(local, operation):
    for named, status, name in NAMED:
        if named is operation:
            answer = prefer(local, operation, f"example={name}")
            assert_documented(answer, operation, status)
            assert answer.code == name


def test_nothing_is_changed_and_no_token_is_needed(api):
    answer = api.delete("/companies/cmp_abc123", headers={"Prefer": "code=204"})
    assert (answer.status, answer.content) == (204, b"")
    made = api.post("/companies", headers={"Prefer": "code=201"})
    assert made.headers["location"] == f"/api/v1/companies/{made.data['id']}"
    companies = [company["id"] for company in api.as_("ADMIN").get("/companies").data]
    assert companies == ["cmp_abc123", "cmp_opco", "cmp_sans_dossier"]


def test_the_answer_to_head_has_no_body(api):
    answer = api.request("HEAD", COURSE, headers={"Prefer": "code=404"})
    assert (answer.status, answer.content) == (404, b"")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_page_links_to_itself(api):
    answer = api.get("/courses", headers={"Prefer": "code=200"})
    assert answer.headers["link"].startswith('</api/v1/courses?page=1>; rel="first"')


def test_code_and_example_go_together(api):
    answer = api.post("/companies", headers={"Prefer": "code=409, example=RULE_REFUSED"})
    assert_problem(answer, "RULE_REFUSED")
    assert answer.headers["preference-applied"] == "code=409, example=RULE_REFUSED"
    answer = api.post("/companies", headers={"Prefer": "code=400, example=RULE_REFUSED"})
    assert_problem(answer, "INVALID_REQUEST", "header/Prefer")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("code=418", "200, 304, 400, 401, 403, 404, 406, 429, 500, 503"),
        ("code=409", "getCourse documents no answer 409"),
        ("code", "code wants a status, such as 404"),
        ('code=""', "code wants a status"),
        ("code=4040", "code wants a status"),
        ("code=²00", "code wants a status"),
        ("example=NOTHING", "ROLE_REQUIRED (403)"),
        ("example=RULE_REFUSED", "INVALID_REQUEST (400), MALFORMED_BODY (400)"),
        ("example", "example wants the name"),
        ("delay=61", "delay wants seconds, from 0 to 60"),
        ("delay=60.5", "delay wants"),
        ("delay=-1", "delay wants"),
        ("delay=nan", "delay wants"),
        ("delay", "delay wants"),
    ],
)
def test_a_preference_that_cannot_be_met_is_refused_with_what_there_is(local, wanted, said):
    answer = local.as_("ADMIN").get(COURSE, headers={"Prefer": wanted})
    assert_problem(answer, "INVALID_REQUEST", "header/Prefer")
    assert said in detail_at(answer, "header/Prefer")
    assert "preference-applied" not in answer.headers


def test_a_delay_lets_the_call_through(local, waits):
    caller = local.as_("ADMIN")
    answer = caller.get(COURSE, headers={"Prefer": "delay=2.5"})
    assert waits == [2.5]
    assert answer.data == caller.get(COURSE).data
    assert answer.headers["preference-applied"] == "delay=2.5"
    problem = caller.get("/courses/crs_inconnu", headers={"Prefer": "delay=1"})
    assert_problem(problem, "NOT_FOUND")
    assert problem.headers["preference-applied"] == "delay=1"


def test_a_delayed_answer_can_be_a_documented_one(local, waits):
    answer = local.get(COURSE, headers={"Prefer": "code=503, delay=3"})
    assert (answer.status, waits) == (503, [3])
    assert answer.headers["preference-applied"] == "code=503, delay=3"


@pytest.mark.parametrize("wanted", ["respond-async", "return=minimal; foo, handling=lenient", ","])
def test_unknown_preferences_are_ignored(api, wanted):
    answer = api.as_("ADMIN").get(COURSE, headers={"Prefer": wanted})
    assert answer.status == 200
    assert "preference-applied" not in answer.headers


def test_a_preferred_answer_meets_no_fault_and_a_delayed_one_does(local, waits):
    caller = local.as_("ADMIN")
    fault = add(local, "ERROR", status=500)
    assert caller.get(COURSE, headers={"Prefer": "code=404"}).status == 404
    late = caller.get(COURSE, headers={"Prefer": "delay=1"})
    assert (late.status, late.headers["x-sandbox-fault"]) == (500, fault)
    assert late.headers["preference-applied"] == "delay=1"


def test_without_controls_the_header_means_nothing(local):
    engine = local.sandbox.engine
    plain = SimpleNamespace(app=build_app(engine, local.sandbox.access, str), engine=engine)
    caller = local.as_("ADMIN")
    bare = Api(plain, headers=caller.headers, loop=local.loop)
    assert bare.get(COURSE, headers={"Prefer": "code=404"}).status == 200


def read(*values):
    return preferences([(b"prefer", value.encode("latin-1")) for value in values])


def test_preferences_are_read_as_the_standard_writes_them():
    for values in (
        ("code=404, delay=2, example=X",),
        ("code=404", "delay=2", "example=X"),
        ('code = 404;x=y , DELAY="2"; a, example="X"; b="c,;\\"d"',),
        ('foo="a, code=500", code=404,,code=500', "delay=2, delay=3", 'example="\\X"'),
    ):
        found = read(*values)
        assert (found.code, found.delay, found.example) == (404, 2, "X"), values


@given(st.text(st.sampled_from('cdeo=40 ",;\\x'), max_size=40))
def test_whatever_is_sent_is_read_or_refused(text):
    with suppress(Refusal):
        found = read(text)
        assert found.code is None or 0 <= found.code <= 999
        assert 0 <= found.delay <= 60


@given(st.sampled_from(['"', "\\", ",", ";", "a;", '"\\', " ", '";"']), st.integers(1, 9))
def test_long_nonsense_is_read_in_no_time(part, power):
    read(part * 10 ** min(power, 4))


def test_preferences_behind_a_hundred_others_are_not_looked_at(api):
    for before, status in ((99, 404), (100, 200)):
        headers = {"Prefer": ", ".join(["a"] * before + ["code=404"])}
        assert api.as_("ADMIN").get("/courses/crs_excel_init", headers=headers).status == status
