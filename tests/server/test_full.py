"""What a sandbox holds has a bound: it is refused by name, or the oldest make room."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bacasable.bounds import STORED
from bacasable.contract import Contract
from bacasable.core import Limits
from tests.server.controlling import SMALL, Box
from tests.support import Answer, in_process, make_sandbox

ROOT = Path(__file__).parents[2]
Opened = Callable[..., Box]


@pytest.fixture
def opened(contract: Contract) -> Iterator[Opened]:
    """A sandbox with other bounds than usual."""
    running: list[Any] = []

    def start(**limits: int) -> Box:
        running.append(in_process(make_sandbox(contract, limits=Limits(**limits))))
        return Box(running[-1].__enter__())

    yield start
    for context in running:
        context.__exit__(None, None, None)


def refused(answer: Answer, most: int, option: str) -> None:
    assert (answer.status, answer.code) == (507, "SANDBOX_FULL"), answer.json
    assert f"It holds {most} " in answer.json["detail"]
    assert f"--{option} " in answer.json["detail"]


def test_records_of_a_kind(opened: Opened) -> None:
    most = 100
    box = opened(max_records=most)
    admin = box.as_("ADMIN")
    there = admin.get("/companies").json["meta"]["pagination"]["total"]
    for number in range(most - there):
        assert admin.post("/companies", {"name": f"Atelier {number}"}).status == 201
    refused(admin.post("/companies", {"name": "Une de trop"}), most, "max-records")
    bulk = {"resource": "Company", "records": [{"name": "Une de trop"}]}
    refused(box.api.post(f"!/_sandbox{SMALL}/records", bulk), most, "max-records")
    found = admin.get("/companies").data[0]["id"]
    assert admin.patch(f"/companies/{found}", {"phone": "+33199000102"}).status == 200
    last = admin.get("/companies?q=atelier").data[-1]["id"]
    assert admin.delete(f"/companies/{last}").status == 204
    assert admin.post("/companies", {"name": "Il y a de la place"}).status == 201


def test_tenants(opened: Opened) -> None:
    box = opened(max_tenants=3)
    for slug in ("un", "deux"):
        box.fork(slug)
    before = box.slugs()
    path = "!/_sandbox/tenants/votre-tenant/forks"
    refused(box.api.post(path, {"slug": "trois"}), 3, "max-tenants")
    assert box.slugs() == before
    box.delete("/tenants/un")
    box.fork("trois")


def test_snapshots_and_faults(opened: Opened) -> None:
    box = opened(max_snapshots=2, max_faults=2)
    for name in ("un", "deux", "un"):
        assert box.put(f"{SMALL}/snapshots/{name}").status == 200
        box.api.post(f"!/_sandbox{SMALL}/faults", {"kind": "CUT", "count": 1, "percent": 0.1})
    refused(box.api.put(f"!/_sandbox{SMALL}/snapshots/trois"), 2, "max-snapshots")
    fault = {"kind": "CUT", "count": 1, "percent": 0.1}
    refused(box.api.post(f"!/_sandbox{SMALL}/faults", fault), 2, "max-faults")


def test_the_oldest_facts_and_messages_make_room(opened: Opened) -> None:
    box = opened(max_events=20, max_messages=3)
    admin = box.as_("ADMIN")
    for number in range(25):
        admin.post("/companies", {"name": f"Atelier {number}"})
        action = {"title": "Relire", "ownerId": "usr_trainer", "dueDate": "2027-01-01"}
        assert admin.post("/improvement-plans/imp_abc123/actions", action).status == 201
    events = admin.get("/events?perPage=100&sort=sequence").data
    assert len(events) == 20
    numbers = [event["sequence"] for event in events]
    assert numbers == list(range(numbers[0], numbers[0] + 20))
    assert len(box.get(f"{SMALL}/inbox").json["items"]) == 3


def test_the_oldest_sessions_end(opened: Opened) -> None:
    box = opened(max_sessions=3)
    callers = [box.as_("ADMIN") for _ in range(5)]
    assert [caller.get("/companies").status for caller in callers] == [401, 401, 200, 200, 200]


def test_the_oldest_kept_answers_are_forgotten(opened: Opened) -> None:
    admin = opened(max_idempotency_keys=2).as_("ADMIN")

    def create(key: str) -> str:
        headers = {"Idempotency-Key": key}
        made: str = admin.post("/companies", {"name": "Atelier"}, headers=headers).data["id"]
        return made

    first, second, third = (create(f"cle-numero-{n}") for n in range(3))
    assert create("cle-numero-2") == third
    assert create("cle-numero-1") == second
    assert create("cle-numero-0") != first


@pytest.mark.parametrize("option", STORED, ids=lambda option: option.name)
def test_each_bound_stands_in_the_documentation(option: Any) -> None:
    text = (ROOT / "docs" / "limits.md").read_text("utf-8")
    (line,) = [line for line in text.splitlines() if f"`{option.flag}`" in line]
    assert f"| {option.default:,} |" in line
