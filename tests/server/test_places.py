"""Records that lie in places: what a document begins with, bulk insertion, snapshots, restarts."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bacasable.platforms import PlatformPackage
from bacasable.sandbox.keeping import Keeper
from bacasable.server.launch import build_sandbox
from tests.support import Api, in_process

HARBOUR = Path(__file__).parents[1] / "core" / "documents" / "harbour.yaml"
HOME = "!/_sandbox/tenants/sandbox"
BERTHS = "/harbours/Brest/berths.json"


@pytest.fixture
def api() -> Iterator[Api]:
    with in_process(build_sandbox(PlatformPackage.of(HARBOUR))) as api:
        yield api


def names(api: Api, target: str = BERTHS) -> list[str]:
    return [berth["name"] for berth in api.get(target).json["berths"]]


def test_first_records_lie_in_the_place_that_paths_show() -> None:
    with in_process(build_sandbox(PlatformPackage.of(HARBOUR), records=5)) as api:
        found = names(api, "/harbours/example/berths.json")
        assert len(found) == 5
        one = api.get(f"/harbours/example/berths/{found[0]}.json")
        assert (one.status, one.json["name"]) == (200, found[0])
        moored = sum(
            len(api.get(f"/harbours/example/berths/{name}/moorings").json) for name in found
        )
        assert moored == len(api.get("/moorings").json) == 5
        assert names(api) == []
        assert api.get("/harbours/example/settings").status == 200


def test_records_in_bulk_say_where_they_lie(api: Api) -> None:
    records = [{"name": "1", "{harbour}": "Brest"}, {"name": "1", "{harbour}": "Nantes"}]
    given = {"resource": "Berth", "records": records}
    answer = api.post(f"{HOME}/records", given)
    assert (answer.status, answer.json["ids"]) == (201, ["Brest/1", "Nantes/1"])
    assert names(api) == ["1"]
    assert api.get("/harbours/Nantes/berths/1.json").status == 200
    assert api.post(f"{HOME}/records", given).status == 409
    refused = api.post(f"{HOME}/records", {"resource": "Berth", "records": [{"name": "2"}]})
    assert refused.status == 400
    assert refused.json["errors"][0]["pointer"] == "/{harbour}"


def test_a_snapshot_knows_places(api: Api) -> None:
    api.put("/harbours/Brest/berths/1.json", {"quay": "north"})
    moored = api.post("/harbours/Brest/berths/1/moorings", {"boat": "Ada"}).json
    api.put(f"{HOME}/snapshots/one")
    file = api.get(f"{HOME}/snapshots/one/file").json
    api.delete("/harbours/Brest/berths/1.json")
    assert api.put(f"{HOME}/snapshots/two/file", file).status == 200
    assert api.post(f"{HOME}/snapshots/two/restore").status == 200
    assert api.get("/harbours/Brest/berths/1/moorings").json == [moored]


def test_a_restart_knows_places(tmp_path: Path) -> None:
    for turn in range(2):
        sandbox = build_sandbox(PlatformPackage.of(HARBOUR))
        keeper = Keeper(tmp_path / "state.json", sandbox.hub.estate)
        keeper.open()
        with in_process(sandbox) as api:
            if turn == 0:
                api.put("/harbours/Brest/berths/a%2Fb.json", {"quay": "north"})
                api.patch("/harbours/Brest/settings", {"horn": "soft", "lights": True})
            assert api.get("/harbours/Brest/berths/a%2Fb.json").json["quay"] == "north"
            assert api.get("/harbours/Brest/settings").json["horn"] == "soft"
        asyncio.run(keeper.finish())
        keeper.close()
