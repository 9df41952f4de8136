"""Carrying a sandbox over into one that has changed: what stays, what is dropped, what is new."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract import Contract
from bacasable.sandbox.carrying import carried_over
from bacasable.server.launch import Assembly
from tests.server.folders import TOOL, opened, workshop, write
from tests.support import Api, in_process, make_sandbox

NAMES = st.text("abcdefgh", min_size=1, max_size=12)
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "set", "drop", "lend"]), st.integers(1, 6), NAMES),
    max_size=12,
)
FIRST = [{"id": 1, "name": "Saw"}, {"id": 2, "name": "Axe"}, {"id": 3, "name": "Plane"}]


def played(api: Api, steps: list[Any]) -> None:
    for what, number, name in steps:
        if what == "add":
            api.post("/tools", {"name": name})
        elif what == "set":
            api.put(f"/tools/{number}", {"name": name})
        elif what == "lend":
            api.post(f"/tools/{number}/loans", {"who": name})
        else:
            api.delete(f"/tools/{number}")


def shown(api: Api) -> Any:
    tools = api.get("/tools").json
    return tools, {t["id"]: api.get(f"/tools/{t['id']}/loans").json for t in tools}


def folder_of(folder: Path, tools: Any, tool: Any = None) -> Path:
    text = yaml.safe_dump({"records": {"Tool": tools}})
    return write(folder, workshop(tool), fixtures_first=text)


def short(most: int) -> dict[str, Any]:
    return TOOL | {
        "properties": TOOL["properties"] | {"name": {"type": "string", "maxLength": most}}
    }


@settings(max_examples=40)
@given(STEPS, STEPS)
def test_where_nothing_has_changed_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any], more: list[Any]
) -> None:
    folder = folder_of(tmp_path_factory.mktemp("w"), FIRST)
    old, new = opened(folder), opened(folder)
    with in_process(old) as api:
        played(api, steps)
        before = shown(api)
        assert carried_over(old.hub.estate, new.hub.estate) == 0
        with in_process(new) as other:
            assert shown(other) == before
            # Both go on alike, numbers of new records included, and apart from each other.
            played(other, more)
            after = shown(other)
            assert shown(api) == before
            played(api, more)
            assert shown(api) == after


@settings(max_examples=40)
@given(STEPS, st.integers(1, 12))
def test_what_fits_stays_and_what_does_not_is_counted(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any], most: int
) -> None:
    folder = tmp_path_factory.mktemp("w")
    old = opened(folder_of(folder, []))
    new = opened(folder_of(folder, [], short(most)))
    with in_process(old) as api:
        played(api, steps)
        tools, loans = shown(api)
        dropped = carried_over(old.hub.estate, new.hub.estate)
    fitting = [tool for tool in tools if len(tool["name"]) <= most]
    with in_process(new) as other:
        assert shown(other) == (fitting, {tool["id"]: loans[tool["id"]] for tool in fitting})
    gone = [tool for tool in tools if tool not in fitting]
    # Loans of a tool that is gone can be reached no more.
    assert dropped == len(gone) + sum(len(loans[tool["id"]]) for tool in gone)


def test_untouched_records_follow_the_fixture_and_others_their_clients(tmp_path: Path) -> None:
    tools = [{"id": number, "name": f"old {number}"} for number in range(1, 6)]
    old = opened(folder_of(tmp_path, tools))
    with in_process(old) as api:
        api.put("/tools/1", {"name": "changed"})
        api.delete("/tools/2")
        added = api.post("/tools", {"name": "added"}).json["id"]
        news = [{"id": number, "name": f"new {number}"} for number in (1, 2, 3, 9)]
        new = opened(folder_of(tmp_path, news))
        assert carried_over(old.hub.estate, new.hub.estate) == 0
    with in_process(new) as other:
        found = {tool["id"]: tool["name"] for tool in other.get("/tools").json}
    assert found == {1: "changed", 3: "new 3", added: "added", 9: "new 9"}
    new.hub.estate.reset_all()
    space = new.hub.estate.space("sandbox")
    assert [tool["name"] for tool in space.collection("Tool")] == [tool["name"] for tool in news]


def test_a_kind_that_is_gone_is_dropped_and_one_that_is_new_begins(tmp_path: Path) -> None:
    old = opened(folder_of(tmp_path, FIRST))
    document = workshop()
    document["paths"] = {p.replace("tools", "jigs"): v for p, v in document["paths"].items()}
    text = yaml.safe_dump(document).replace("/Tool", "/Jig").replace("Tool:", "Jig:")
    records = "records: {Jig: [{id: 1, name: Fence}]}"
    with in_process(old) as api:
        api.post("/tools", {"name": "Rasp"})
        api.post("/tools/2/loans", {"who": "Ada"})
        new = opened(write(tmp_path, text, fixtures_first=records))
        assert carried_over(old.hub.estate, new.hub.estate) == 2
    with in_process(new) as other:
        assert other.get("/jigs").json == [{"id": 1, "name": "Fence", "worn": False}]


def test_forks_snapshots_clocks_and_numbers_go_on(tmp_path: Path) -> None:
    old, new = opened(folder_of(tmp_path, FIRST)), opened(folder_of(tmp_path, FIRST, short(5)))
    before, after = old.hub.estate, new.hub.estate
    with in_process(old) as api:
        api.post("/tools", {"name": "Long name"})
        space = before.space("sandbox")
        before.keep_snapshot("sandbox", "then", before.save(space))
        fork = before.fork(space, "aside")
        api.request("DELETE", "/tools/1", headers={"X-Sandbox-Tenant": "aside"})
        fork.clock.set(fork.clock.now().replace(year=2040), frozen=True)  # type: ignore[attr-defined]
        api.get("/tools")
        assert carried_over(before, after) == 2  # once in each tenant
    described = [after.describe(space) for space in after.spaces()]
    assert [(d["slug"], d["kind"], d["origin"], d["records"]) for d in described] == [
        ("sandbox", "SEEDED", None, 3),
        ("aside", "FORK", "sandbox", 2),
    ]
    assert described[1]["now"].startswith("2040")
    assert new.hub.engine.platform.requests == old.hub.engine.platform.requests
    with in_process(new) as other:
        assert other.post("/tools", {"name": "Next"}).json["id"] == 5
        after.restore(after.space("sandbox"), after.holding("sandbox").snapshots["then"])
        assert [tool["id"] for tool in other.get("/tools").json] == [1, 2, 3]
    after.reset_all()
    assert [space.slug for space in after.spaces()] == ["sandbox"]


def test_a_tenant_that_was_deleted_does_not_come_back(tmp_path: Path) -> None:
    old, new = opened(folder_of(tmp_path, FIRST)), opened(folder_of(tmp_path, FIRST))
    old.hub.estate.delete(old.hub.estate.space("sandbox"))
    carried_over(old.hub.estate, new.hub.estate)
    assert new.hub.estate.spaces() == []


def test_a_platform_with_tenants_and_logins_goes_on_too(contract: Contract) -> None:
    """Accounts, sessions, journal and inbox: a token of before is taken after."""

    def told(api: Api) -> Any:
        return [api.get(path).data for path in ("/courses", "/users", "/enrollments")]

    def seeded(*names: str) -> Assembly:
        return make_sandbox(contract, names)

    old, new = seeded("votre-tenant"), seeded("votre-tenant", "vide")
    with in_process(old) as api:
        admin = api.as_("ADMIN")
        made = admin.post("/companies", {"name": "Scierie"}).data
        before = told(admin)
        assert carried_over(old.hub.estate, new.hub.estate) == 0
    with in_process(new) as other:
        same = Api(new, "", admin.headers, other.loop)
        assert told(same) == before
        assert same.get(f"/companies/{made['id']}").data == made
        assert other.as_("ADMIN", "vide").get("/companies").data == []
    assert [space.slug for space in new.hub.estate.spaces()] == ["votre-tenant", "vide"]


@pytest.mark.parametrize("change", [dict, lambda f: {**f, "operations": ["nothing"]}])
def test_faults_go_on_where_their_operations_do(
    tmp_path: Path, change: Callable[[Any], Any]
) -> None:
    old, new = opened(folder_of(tmp_path, FIRST)), opened(folder_of(tmp_path, FIRST))
    wanted = {"kind": "CUT", "operations": ["addTool"], "roles": [], "percent": 100, "count": None}
    space = old.hub.estate.space("sandbox")
    fault = old.hub.faults.add(space, wanted)
    fault.operations = tuple(change({"operations": fault.operations})["operations"])
    new.hub.faults.take(old.hub.faults)
    assert [f.id for f in new.hub.faults.of("sandbox")] == (
        [] if "nothing" in fault.operations else ["flt_1"]
    )
    assert new.hub.faults.add(space, wanted).id == "flt_2"
