"""Faults become findings: grouped, named, shown by the least, without secrets."""

import re
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract import load_contract
from bacasable.contract.document import pointer
from bacasable.resources import CONTRACT
from bacasable.verify.findings import findings_of
from bacasable.verify.history import MOST, History
from bacasable.verify.masking import MASK, Masker, secrets_in
from bacasable.verify.model import Identity

from .fakes import ADMIN, PASSWORD, TOKEN, URL, check, exchange, fault

CHECKS = {c.id: c for c in (check("status-documented"), check("etag", severity="warning", wfc=101))}


def found(contract, *faults, **given):
    return findings_of(contract, faults, CHECKS, [PASSWORD, TOKEN], url=URL, **given)


def place(contract, operation, *below):
    one = contract.operations[operation]
    return pointer("paths", one.path, one.method, *below)


def test_one_cause_on_many_operations_is_one_finding(contract):
    names = list(contract.operations)[:80]
    shared = "/components/schemas/Problem/required"
    (finding,) = found(contract, *(fault(name, place=shared) for name in reversed(names)))
    assert finding.operations == tuple(names)
    assert finding.count == 80


def test_the_same_place_below_each_operation_is_one_finding(contract):
    places = [place(contract, name, "responses", "200") for name in ("listCourses", "listUsers")]
    assert len(found(contract, fault(place=places[0]), fault("listUsers", place=places[1]))) == 1


def test_the_same_place_below_another_method_is_the_same_finding(contract):
    names = ("listCourses", "createCourse")
    faults = [fault(name, place=place(contract, name, "responses", "401")) for name in names]
    assert len(found(contract, *faults)) == 1


def test_parameters_are_the_same_by_name_not_by_number(contract):
    document = contract.document
    item = document["paths"]["/courses"]["get"]["parameters"]
    named = {p["name"]: n for n, p in enumerate(item) if "name" in p}
    first, second = list(named.values())[:2]
    a, b = (place(contract, "listCourses", "parameters", n) for n in (first, second))
    assert len(found(contract, fault(place=a), fault(place=b))) == 2


@pytest.mark.parametrize(
    "change",
    [{"cause": "other"}, {"check": "etag"}, {"place": "/components/schemas/User/type"}],
)
def test_another_cause_check_or_component_is_another_finding(contract, change):
    one = fault(place="/components/schemas/Problem/type")
    findings = found(contract, one, replace(one, **change))
    assert len({f.id for f in findings}) == 2


def test_ids_depend_on_the_cause_alone(contract):
    faults = [fault(), fault("getCourse"), fault(cause="b"), fault(check="etag")]
    ids = [[f.id for f in found(contract, *order)] for order in permutations(faults)]
    assert all(each == ids[0] for each in ids)
    assert found(contract, fault("getUser", title="x", received="y"))[0].id in ids[0]
    assert re.fullmatch(r"status-documented-[0-9a-f]{6}", ids[0][0])


def test_the_smallest_exchange_wins(contract):
    def shown(*bodies):
        return tuple(exchange(contract, "getCourse", answer=body) for body in bodies)

    login = replace(shown(b"")[0], purpose="login")
    faults = [
        fault(received="none"),
        fault(received="two", exchanges=shown(b"", b"")),
        fault(received="long", exchanges=shown(b"x" * 9)),
        fault(received="short", exchanges=(login, *shown(b"x"))),
    ]
    for order in permutations(faults):
        (finding,) = found(contract, *order)
        assert finding.received == "short"
        assert [e.purpose for e in finding.exchanges] == ["status-documented"]


def test_errors_come_first_then_the_order_of_the_contract(contract):
    one, two = list(contract.operations)[:2]
    findings = found(
        contract, fault(one, check="etag"), fault(two, cause="a"), fault(one, cause="b"), fault("")
    )
    assert [(f.severity, f.operations) for f in findings] == [
        ("error", ()),
        ("error", (one,)),
        ("error", (two,)),
        ("warning", (one,)),
    ]
    assert findings[-1].wfc == 101


def test_where_is_the_line_of_the_contract(contract):
    lines = CONTRACT.read_text("utf-8").splitlines()
    (finding,) = found(contract, fault(place="/components/schemas/Problem"))
    file, _, number = finding.where.rpartition(":")
    assert lines[int(number) - 1].strip() == "Problem:"
    assert Path(file).resolve() == CONTRACT.resolve()
    (missing,) = found(contract, fault(place="/components/schemas/Problem/no/such"))
    assert missing.where == finding.where
    (nowhere,) = found(contract, fault())
    assert nowhere.where == file


def test_a_place_in_another_file_is_told_by_its_pointer(tmp_path):
    (tmp_path / "parts.yaml").write_text("Pet: {type: object, properties: {a: {type: string}}}")
    main = tmp_path / "api.yaml"
    main.write_text(
        "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /pets:\n    get:\n"
        "      responses:\n        '200':\n          description: d\n          content:\n"
        "            application/json: {schema: {$ref: 'parts.yaml#/Pet'}}\n"
    )
    contract = load_contract(main)
    name = next(iter(contract.operations))
    (own,) = found(contract, fault(name, place="/paths/~1pets/get/responses"))
    (other,) = found(contract, fault(name, place="/components/schemas/Elsewhere/type"))
    assert own.where.endswith("api.yaml:6")
    assert other.where.endswith("api.yaml#/components/schemas/Elsewhere/type")
    main.unlink()
    assert found(contract, fault(name, place="/paths"))[0].where.endswith("api.yaml#/paths")


def test_no_text_of_a_finding_holds_a_secret(contract):
    told = f"said {TOKEN} and {PASSWORD}"
    shown = (exchange(contract, "login", body=told.encode()),)
    (finding,) = found(
        contract,
        fault(title=told, cause=told, expected=told, received=told, exchanges=shown),
    )
    texts = [finding.title, finding.cause, finding.expected, finding.received, finding.curl]
    assert not [t for t in texts if TOKEN in t or PASSWORD in t]


@settings(deadline=None)
@given(st.text(min_size=4, max_size=30), st.text(max_size=9), st.text(max_size=9))
def test_masked_bodies_hold_no_secret_however_it_is_written(secret, before, after):
    import json
    from urllib.parse import quote_plus

    masker = Masker([secret])
    for written in (secret, json.dumps(secret), quote_plus(secret)):
        body = f"{before} {written} {after}".encode()
        masked = masker.body(body)
        assert secret.encode() not in masked or len(secret) < 8
        assert MASK in masker.text(f" {secret} ")


def test_headers_that_carry_credentials_are_masked(contract):
    own = {"X-Api-Key": "k" * 20, "Cookie": "session=abcdef", "X-Tenant-ID": "t"}
    who = Identity("key", headers=own)
    sent = exchange(contract, "getCourse", identity=who)
    masker = Masker(secrets_in([sent]))
    assert dict(masker.headers(sent)) == {"X-Api-Key": MASK, "Cookie": MASK, "X-Tenant-ID": "t"}
    bearer = dict(masker.headers(exchange(contract, "getCourse", identity=ADMIN)))
    assert bearer["Authorization"] == f"Bearer {MASK}"
    made_up = exchange(contract, "getCourse", headers={"Authorization": "Bearer nonsense"})
    assert dict(masker.headers(made_up)) == {"Authorization": "Bearer nonsense"}
    answered = [("set-cookie", "sid=secret; Path=/"), ("x-y", TOKEN)]
    assert masker.answered(answered) == [("set-cookie", f"sid={MASK}; Path=/"), ("x-y", MASK)]


def test_tokens_that_the_server_issues_are_secrets(contract):
    issued = exchange(contract, "login", answer=b'{"data":{"refreshToken":"opaque-0123456789"}}')
    assert Masker(secrets_in([issued])).body(b"a opaque-0123456789 b") == b"a *** b"


def history_of(contract, *exchanges):
    history = History(contract)
    for one in exchanges:
        history.saw(one)
    return history


def created(contract, number, id_, body=b"{}", operation="createCourse"):
    answer = f'{{"data":{{"id":"{id_}"}}}}'.encode()
    return exchange(
        contract, operation, 201, number=number, body=body, answer=answer, purpose="setup"
    )


def called(contract, number, operation, id_):
    one = contract.operations[operation]
    target = contract.base_path + re.sub(r"\{[^}]*\}", id_, one.path)
    return exchange(contract, operation, number=number, target=target)


def test_what_made_the_records_of_a_finding_comes_first(contract):
    company = created(contract, 1, "cmp_1", operation="createCompany")
    course = created(contract, 2, "crs_1", b'{"companyId":"cmp_1"}')
    other = created(contract, 3, "crs_2")
    lead = called(contract, 4, "publishCourse", "crs_1")
    last = called(contract, 5, "getCourse", "crs_1")
    late = called(contract, 6, "archiveCourse", "crs_1")
    history = history_of(contract, company, course, other, lead, last, late)
    (finding,) = found(contract, fault(exchanges=(last,)), history=history)
    assert [e.number for e in finding.exchanges] == [1, 2, 4, 5]
    assert finding.curl.count("\ncurl") + finding.curl.count("\nID") == 4


def test_a_long_history_is_left_out(contract):
    made = [created(contract, n, f"crs_{n}", b'{"a":"crs_%d"}' % (n - 1)) for n in range(1, 40)]
    history = history_of(contract, *made)
    assert history.before([called(contract, 50, "getCourse", "crs_39")]) == ()
    assert len(history.before([called(contract, 50, "getCourse", f"crs_{MOST}")])) == MOST


def test_what_is_too_large_to_be_kept_a_thousand_times_is_no_history(contract):
    answers = [b'{"data":{"id":"crs_1"}}' + b" " * 300_000, b'{"data":{"id":"crs_2"}}']
    made = [exchange(contract, "createCourse", 201, answer=answer) for answer in answers]
    history = history_of(contract, *made)
    asked = [called(contract, 50, "getCourse", f"crs_{n}") for n in (1, 2)]
    assert [len(history.before([one])) for one in asked] == [0, 1]
