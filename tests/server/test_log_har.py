"""The request log as an HTTP archive: valid by HAR 1.2, and the same as the list."""

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bacasable
from bacasable.contract import load_contract
from bacasable.resources import CONTRACT
from bacasable.sandbox.har import archive
from bacasable.sandbox.telling import Teller
from tests.sandbox.exchange_samples import kept
from tests.server.har_schema import HAR
from tests.support import Api

VALID = jsonschema_rs.Draft202012Validator(HAR, validate_formats=True)
TELLER = Teller(load_contract(CONTRACT))


def export(api: Api, query: str = "") -> Any:
    answer = api.get("!/_sandbox/log.har" + query)
    assert answer.status == 200
    VALID.validate(answer.json)
    return answer


def test_an_archive_of_calls(api: Api) -> None:
    api.sandbox.hub.exchanges.forget_all()
    admin = api.as_("ADMIN")
    made = admin.post("/companies", {"name": "Exemple"})
    admin.get("/companies?perPage=1&search=a%20b")
    admin.request("HEAD", "/companies")
    admin.get("/nulle%20part/é")
    found = export(api).json["log"]
    assert found["creator"] == {"name": "Bacasable", "version": bacasable.__version__}
    login, create, listing, head, nowhere = found["entries"]
    assert json.loads(login["request"]["postData"]["text"])["password"] == "***"
    assert json.loads(create["request"]["postData"]["text"]) == {"name": "Exemple"}
    assert create["request"]["postData"]["mimeType"] == "application/json"
    assert json.loads(create["response"]["content"]["text"]) == made.json
    assert (create["response"]["status"], create["response"]["statusText"]) == (201, "Created")
    assert create["response"]["redirectURL"] == made.headers["location"]
    assert {"name": "search", "value": "a b"} in listing["request"]["queryString"]
    assert listing["request"]["url"].endswith("/api/v1/companies?perPage=1&search=a%20b")
    assert "postData" not in listing["request"]
    assert "text" not in head["response"]["content"]
    assert nowhere["request"]["url"].endswith("/api/v1/nulle%20part/%C3%A9")


def test_its_file_is_named_for_the_tenant(api: Api) -> None:
    named = export(api, "?tenant=votre-tenant").headers["content-disposition"]
    assert named == 'attachment; filename="bacasable-votre-tenant.har"'
    assert export(api).headers["content-disposition"] == 'attachment; filename="bacasable.har"'


def test_it_holds_what_the_list_holds(api: Api) -> None:
    admin = api.as_("ADMIN")
    admin.get("/companies")
    admin.get("/companies/cmp_unknown")
    for query in ("", "?status=4xx", "?limit=1", "?operation=login&tenant=votre-tenant"):
        listed = api.get("!/_sandbox/log" + query).json["items"]
        entries = export(api, query).json["log"]["entries"]
        assert [entry["_id"] for entry in entries] == [item["id"] for item in listed]


bodies = st.binary(max_size=20) | st.sampled_from([None, b"null", b'"x"', b"[1]", b"texte"])
queries = st.binary(max_size=12).filter(lambda raw: b" " not in raw) | st.just(b"a=1&a=2&b")


@given(
    bodies,
    bodies.filter(lambda body: body is not None),
    queries,
    st.text(max_size=9),
    st.sampled_from([0, 200, 299, 404, 599]),
)
def test_any_exchange_makes_a_valid_archive(
    body: bytes | None, answer: bytes, query: bytes, path: str, status: int
) -> None:
    made = kept(body=body, answer=answer, query=query, path="/" + path, status=status)
    told = TELLER.tell(made)
    found = json.loads(json.dumps(archive([told], "http://127.0.0.1:4010")))
    # Not by the format uri: bytes that no client may send in a query are told as they came.
    del found["log"]["entries"][0]["request"]["url"]
    found["log"]["entries"][0]["request"]["url"] = "http://127.0.0.1:4010/"
    VALID.validate(found)
    assert ("postData" in found["log"]["entries"][0]["request"]) == (body != b"")


def test_a_query_member_that_comes_twice_stands_twice() -> None:
    (entry,) = archive([TELLER.tell(kept(query=b"a=1&a=2&b"))], "http://x.example")["log"][
        "entries"
    ]
    pairs = [(pair["name"], pair["value"]) for pair in entry["request"]["queryString"]]
    assert pairs == [("a", "1"), ("a", "2"), ("b", "")]


@pytest.mark.parametrize("body", [b"\xff", b"password=x"])
def test_a_body_that_is_not_shown_says_why(body: bytes) -> None:
    (entry,) = archive([TELLER.tell(kept(body=body))], "http://x.example")["log"]["entries"]
    assert entry["request"]["postData"]["text"] == ""
    assert "secret" in entry["request"]["postData"]["comment"]
