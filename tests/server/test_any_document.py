"""A document of others, served as it stands: its ids, envelopes, refusals and paging."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from bacasable.contract import Contract, Operation, load_contract
from bacasable.contract.values import made, shown
from bacasable.contract.wire import to_json
from bacasable.platforms import PlatformPackage
from bacasable.sandbox.keeping import Keeper
from bacasable.server.launch import Assembly, build_sandbox
from bacasable.server.routing import Routes, path_names
from tests.contract.toy import toy, write
from tests.support import Api, credentials, in_process

DOCUMENTS = Path(__file__).parents[1] / "core" / "documents"
FOREIGN = Path(__file__).parents[1] / "contract" / "foreign"
EVERY = sorted([*FOREIGN.glob("*.yaml"), *FOREIGN.glob("*.json"), *FOREIGN.glob("*/openapi.yaml")])


@pytest.fixture
def api() -> Iterator[Api]:
    with in_process(build_sandbox(PlatformPackage.of(DOCUMENTS / "library.yaml"))) as api:
        yield api


def key(api: Api) -> dict[str, str]:
    """The header that the only account of the library sends."""
    return credentials(api.sandbox, api.sandbox.engine.contract.operations["findBooks"])[0]


def test_records_are_made_listed_read_changed_and_removed(api: Api) -> None:
    made = [api.post("/books", {"title": f"Tome {n}"}, headers=key(api)) for n in range(3)]
    assert [answer.status for answer in made] == [201] * 3
    numbers = [answer.json["bookNumber"] for answer in made]
    assert all(isinstance(number, int) for number in numbers)
    assert len(set(numbers)) == 3
    page = api.get("/books?offset=1&limit=1", headers=key(api))
    assert (page.status, page.json["total"]) == (200, 3)
    assert [book["bookNumber"] for book in page.json["items"]] == [numbers[1]]
    one = f"/books/{numbers[0]}"
    assert api.get(one, headers=key(api)).json == made[0].json
    changed = api.put(one, {"title": "Autre", "pages": 7}, headers=key(api))
    assert (changed.status, changed.json["title"], changed.json["pages"]) == (200, "Autre", 7)
    assert changed.json["addedAt"] == made[0].json["addedAt"]
    assert api.delete(one, headers=key(api)).status == 204
    assert api.get(one, headers=key(api)).status == 404
    assert api.get("/books", headers=key(api)).json["total"] == 2


def test_refusals_are_as_the_document_has_them(api: Api) -> None:
    wrong = api.post("/books", {"title": ""}, headers=key(api))
    assert wrong.status == 400
    assert list(wrong.json) == ["error"]
    nobody = api.post("/books", {"title": "A"})
    assert nobody.status == 401
    assert list(nobody.json) == ["error"]
    assert list(api.get("/books/99", headers=key(api)).json) == ["error"]
    # An answer with room for one text says in it what went wrong, and where.
    assert "/title" in wrong.json["error"]
    assert "the header X-Key" in nobody.json["error"]


def test_what_is_no_collection_is_answered_by_its_schema(api: Api) -> None:
    answer = api.get("/health")
    assert (answer.status, type(answer.json["up"])) == (200, bool)
    assert answer.headers["x-sandbox-answer"] == "example"


@pytest.mark.parametrize("path", EVERY, ids=lambda path: str(path.relative_to(FOREIGN)))
def test_every_operation_of_a_document_answers(path: Path) -> None:
    """No answer is a defect of ours: neither a crash, nor one that the document does not allow."""
    contract = load_contract(path)
    with in_process(build_sandbox(PlatformPackage.of(path))) as api:
        for operation in contract.operations.values():
            for _ in range(2):
                method, target, headers, body = request_of(contract, operation, api.sandbox)
                answer = api.request(method, target, content=body, headers=headers)
                assert answer.status < 500, (operation.id, answer.content[:500])
                assert answer.status not in {401, 403}
                assert answer.status in {*operation.answers, operation.success} or (
                    answer.status >= 400 and not operation.answers.get(answer.status)
                )


def request_of(
    contract: Contract, operation: Operation, sandbox: Assembly
) -> tuple[str, str, dict[str, str], bytes | None]:
    """Method, target, headers and body of a request as the document asks for it."""
    document, target = contract.document, operation.path
    headers, query = credentials(sandbox, operation)
    for parameter in operation.parameters:
        value = made(document, parameter.schema)
        text = value if isinstance(value, str) else to_json(value).decode()
        if parameter.location == "path":
            target = target.replace("{" + parameter.name + "}", quote(text, safe=""))
        elif parameter.required and parameter.location == "query":
            query[parameter.name] = text
        elif parameter.required and parameter.location == "header":
            headers[parameter.name] = text
    body = None
    if operation.body is not None:
        body = to_json(shown(document, {"schema": operation.body.schema}))
        headers["Content-Type"] = operation.body.media_type
    target += f"?{urlencode(query)}" if query else ""
    return operation.method.upper(), target, headers, body


def test_a_fork_of_the_only_tenant_is_named_by_a_header(api: Api) -> None:
    api.post("/books", {"title": "Tome"}, headers=key(api))
    forked = api.post("!/_sandbox/tenants/sandbox/forks", {"slug": "mine"})
    assert forked.status == 201
    mine = key(api) | {"X-Sandbox-Tenant": "mine"}
    api.post("/books", {"title": "Autre"}, headers=mine)
    totals = [api.get("/books", headers=one).json["total"] for one in (key(api), mine)]
    assert totals == [1, 2]
    assert api.get("/books", headers=key(api) | {"X-Sandbox-Tenant": "none"}).status == 404


def test_the_controls_act_on_the_only_tenant(api: Api) -> None:
    home = "!/_sandbox/tenants/sandbox"
    api.post("/books", {"title": "Tome"}, headers=key(api))
    # With the ticket that the document shows.
    assert api.put(f"{home}/snapshots/one").json["records"] == 2
    assert api.post(f"{home}/reset").json["records"] == 1
    assert api.get("/books", headers=key(api)).json["total"] == 0
    assert api.post(f"{home}/snapshots/one/restore").json["records"] == 2
    assert api.get("/books", headers=key(api)).json["total"] == 1
    assert api.get("!/_sandbox/tenants").json["items"][0]["accounts"] == {}


def test_a_snapshot_goes_out_as_a_file_and_comes_back(api: Api) -> None:
    home = "!/_sandbox/tenants/sandbox"
    made = api.post("/books", {"title": "Tome"}, headers=key(api)).json
    api.put(f"{home}/snapshots/one")
    file = api.get(f"{home}/snapshots/one/file").json
    api.delete(f"/books/{made['bookNumber']}", headers=key(api))
    assert api.put(f"{home}/snapshots/two/file", file).status == 200
    assert api.post(f"{home}/snapshots/two/restore").status == 200
    assert api.get(f"/books/{made['bookNumber']}", headers=key(api)).json == made
    del file["collections"]["Book"][0]["bookNumber"]
    refused = api.put(f"{home}/snapshots/two/file", file)
    assert refused.status == 409
    assert {"pointer": "/collections/Book/0/bookNumber", "detail": "is required"} in refused.json[
        "errors"
    ]


def test_records_come_in_bulk_under_ids_of_their_own(api: Api) -> None:
    records = "!/_sandbox/tenants/sandbox/records"
    api.post("/books", {"title": "Tome"}, headers=key(api))
    answer = api.post(records, {"resource": "Book", "records": [{"title": "A"}, {"title": "B"}]})
    assert (answer.status, answer.json["ids"]) == (201, ["2", "3"])
    assert api.post("/books", {"title": "C"}, headers=key(api)).json["bookNumber"] == 4
    taken = api.post(records, {"resource": "Book", "records": [{"title": "D", "bookNumber": 2}]})
    assert taken.status == 409


def test_a_state_is_found_again(tmp_path: Path) -> None:
    kept = []
    for _ in range(2):
        sandbox = build_sandbox(PlatformPackage.of(DOCUMENTS / "library.yaml"))
        keeper = Keeper(tmp_path / "state.json", sandbox.hub.estate)
        keeper.open()
        with in_process(sandbox) as api:
            api.post("/books", {"title": "Tome"}, headers=key(api))
            api.post("/readers", {"login": "ada", "name": "Ada"}, headers=key(api))
            kept.append(
                [b["bookNumber"] for b in api.get("/books", headers=key(api)).json["items"]]
            )
        asyncio.run(keeper.finish())
        keeper.close()
    assert kept[0] == [1]
    assert kept[1][0] == 1
    assert len(kept[1]) == 2


def test_pages_and_controls_stand_beside_an_api_without_a_base_path() -> None:
    with in_process(build_sandbox(PlatformPackage.of(FOREIGN / "bare.yaml"))) as api:
        assert api.get("!/_sandbox/health").status == 200
        assert api.get("!/openapi.json").status == 200
        assert api.get("!/none").status == 404


def test_what_cannot_be_served_is_left_out_and_said(caplog: pytest.LogCaptureFixture) -> None:
    with in_process(build_sandbox(PlatformPackage.of(DOCUMENTS / "bakery.yaml"))) as api:
        assert api.get("/breads").status == 200
        assert api.post("/loaves", {"grams": 1}).status == 404
    (said,) = (record.getMessage() for record in caplog.records)
    assert re.search(
        r"bakery\.yaml:\d+: /components/schemas/Loaf/.*; POST /loaves is left out$", said
    )


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/files/plan.json", "asJson plan"),
        ("/files/plan.2026.json", "asJson plan.2026"),
        ("/files/plan", "whole plan"),
        ("/files/.json", "whole .json"),
        ("/days/1-7", "between 1 7"),
        ("/days/today", "today"),
        ("/days/7", None),
    ],
)
def test_a_parameter_may_have_something_beside_it(path: str, answer: str | None) -> None:
    contract = load_contract(DOCUMENTS / "archive.yaml")
    routes, names = Routes(contract), path_names(contract)
    found = routes.match(path.strip("/").split("/"))
    if answer is None:
        assert found is None
        return
    assert found is not None
    operation = found[0]["GET"]
    told = dict(zip(names[operation.id], found[1], strict=True))
    assert " ".join([operation.id, *told.values()]) == answer


def test_rules_that_nothing_enforces_are_told_and_the_others_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = [
        {"id": "NAMED", "says": "It has a name of its own.", "when": 'draft.name != "Room"'},
        {"id": "PRETTY", "says": "It is pretty."},
    ]
    path = write(tmp_path, toy({"/paths/~1rooms/post/x-rules": rules}))
    sandbox = build_sandbox(PlatformPackage.of(path))
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith(f"{path}: the rule PRETTY of createRoom has no expression (when)")
    plan, _ = sandbox.engine._timed["createRoom"]
    assert [rule.id for rule, _ in plan.rules] == ["NAMED"]
