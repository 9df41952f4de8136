"""Controls that have much to do: others act meanwhile, and see all of it or nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from bacasable.contract import Contract, Refusal
from bacasable.core import Engine, Space
from bacasable.core.portions import PORTION, at_once
from bacasable.sandbox.bulk import insert
from bacasable.sandbox.estate import Estate
from bacasable.sandbox.fixtures import fixture_from
from bacasable.sandbox.snapshots import FORMAT, VERSION, from_upload
from tests.hostile.heavy import fixture_of
from tests.support import make_sandbox

MANY = 3 * PORTION
WHEN = pytest.mark.parametrize("when", [0, 0.3, 0.6, 0.9, 1])


class Bench:
    """A sandbox whose controls are driven by hand."""

    def __init__(self, contract: Contract, slug: str = "vide") -> None:
        made = make_sandbox(contract, (slug,))
        self.engine: Engine = made.engine
        self.estate: Estate = made.hub.estate
        self.space: Space = self.estate.space(slug)

    def insert(
        self, resource: str, records: list[Any], act: Callable[[], object], when: float = 1
    ) -> Any:
        """Insert them; others act once, at the beginning (0), in the end (1) or between."""
        twin = self.estate.fork(self.space, "ailleurs")
        pauses = sum(1 for _ in insert(self.engine, twin, resource, records))
        self.estate.delete(twin)
        before = [never] * round(when * (pauses - 1))
        return self.drive(insert(self.engine, self.space, resource, records), *before, act)

    def drive(self, portions: Any, *acts: Callable[[], object]) -> Any:
        log, rest = self.engine.platform.log, list(acts)
        mark = log.mark()
        while True:
            try:
                with log.held():
                    try:
                        next(portions)
                    except StopIteration as end:
                        assert not rest, "it ended before others had acted"
                        return end.value
            finally:
                assert log.mark() == mark
            if rest:
                with log.held():
                    rest.pop(0)()

    def put(self, resource: str, **members: Any) -> None:
        with self.engine.platform.log.held():
            self.space.collection(resource).put(members)


@pytest.fixture
def bench(contract: Contract) -> Bench:
    return Bench(contract)


def companies(number: int = MANY, **more: Any) -> list[Any]:
    return [{"name": f"Atelier {at}", **more} for at in range(number)]


def never(*_: Any) -> None:
    """Nothing happens between these portions."""


def test_nobody_sees_half_of_it(bench: Bench) -> None:
    there, seen = bench.space.collection("Company"), list[int]()
    before = len(there)
    portions = insert(bench.engine, bench.space, "Company", companies())
    for _ in portions:
        seen.append(len(bench.space.collection("Company")))
    assert len(seen) > 9
    assert set(seen) == {before}
    assert len(bench.space.collection("Company")) == before + MANY


@WHEN
def test_what_others_create_meanwhile_comes_first(bench: Bench, when: float) -> None:
    def act() -> None:
        bench.space.collection("Company").put({"id": "cmp_meanwhile", "name": "Un"})

    ids = bench.insert("Company", companies(), act, when)
    found = [record["id"] for record in bench.space.collection("Company")]
    assert found[-MANY - 1 :] == ["cmp_meanwhile", *ids]


def address(name: str) -> dict[str, Any]:
    return {
        "email": f"{name}@vide.example",
        "firstName": "Camille",
        "lastName": "Test",
        "roles": ["LEARNER"],
    }


@WHEN
def test_an_address_that_is_taken_meanwhile_is_refused(bench: Bench, when: float) -> None:
    def act() -> None:
        first = next(iter(bench.space.collection("User")))
        bench.space.collection("User").put({**first, "id": "usr_x", "email": "P7@vide.example"})

    before = len(bench.space.collection("User"))
    many = [address(f"p{at}") for at in range(MANY)]
    with pytest.raises(Refusal) as refused:
        bench.insert("User", many, act, when)
    assert refused.value.code == "RECORDS_REFUSED"
    assert [v.pointer for v in refused.value.violations] == ["/records/7/email"]
    assert len(bench.space.collection("User")) == before + 1


@WHEN
def test_what_is_referred_to_may_not_go_meanwhile(contract: Contract, when: float) -> None:
    bench = Bench(contract, "qualiforma-demo")
    module = next(iter(bench.space.collection("CourseModule")))
    many = [{**module, "id": f"mod_{at}"} for at in range(MANY)]

    def act() -> None:
        bench.space.collection("Course").remove(module["courseId"])

    with pytest.raises(Refusal) as refused:
        bench.insert("CourseModule", many, act, when)
    assert refused.value.code == "RECORDS_REFUSED"
    assert "no Course has this id" in refused.value.violations[0].detail


@WHEN
def test_very_much_that_others_write_is_followed(bench: Bench, when: float) -> None:
    def act() -> None:
        for number in range(MANY):
            bench.space.collection("Company").put({"id": f"cmp_{number}", "name": "Un"})

    before = len(bench.space.collection("Company"))
    bench.insert("Company", companies(), act, when)
    assert len(bench.space.collection("Company")) == before + 2 * MANY


@WHEN
def test_a_tenant_that_is_put_back_meanwhile_has_them_too(bench: Bench, when: float) -> None:
    bench.put("Company", id="cmp_gone", name="Un")
    ids = bench.insert("Company", companies(), lambda: bench.estate.reset(bench.space), when)
    found = {record["id"] for record in bench.space.collection("Company")}
    assert found >= set(ids)
    assert "cmp_gone" not in found


def test_a_refusal_costs_no_ids_unless_others_go_on_from_them(bench: Bench) -> None:
    before = bench.space.last_number("id")
    with pytest.raises(Refusal):
        bench.drive(insert(bench.engine, bench.space, "Company", [*companies(), {"name": 1}]))
    assert bench.space.last_number("id") == before

    def act() -> None:
        bench.space.next_number("id")

    wrong = [*companies(), {"name": 1}]
    with pytest.raises(Refusal):
        bench.drive(insert(bench.engine, bench.space, "Company", wrong), act)
    assert bench.space.last_number("id") == before + MANY + 2


def fixture(bench: Bench, turn: int = 0) -> Any:
    contract = bench.engine.contract
    return at_once(fixture_from(fixture_of(turn, 50), "a fixture", contract))


def test_a_tenant_is_there_when_all_of_its_fixture_is(bench: Bench) -> None:
    platform, seen = bench.engine.platform, list[bool]()
    portions = bench.estate.open(fixture(bench))
    for _ in portions:
        seen.append(
            platform.space("grand-0") is None and len(platform.root.collection("Tenant")) == 1
        )
    assert len(seen) > 3
    assert all(seen)
    assert len(bench.estate.space("grand-0").collection("Company")) == 50


def test_a_tenant_that_others_open_meanwhile_stays(bench: Bench) -> None:
    def act() -> None:
        bench.estate.fork(bench.space, "autre")

    bench.drive(bench.estate.open(fixture(bench)), never, act, never, act_on(bench))
    slugs = [space.slug for space in bench.estate.spaces()]
    assert slugs == ["vide", "autre", "encore", "grand-0"]
    tenants = {record["slug"] for record in bench.engine.platform.root.collection("Tenant")}
    assert tenants == set(slugs)


def act_on(bench: Bench) -> Callable[[], None]:
    return lambda: bench.estate.fork(bench.space, "encore")


def test_a_name_that_others_take_meanwhile_is_refused(bench: Bench) -> None:
    with pytest.raises(Refusal) as refused:
        bench.drive(
            bench.estate.open(fixture(bench)), lambda: bench.estate.fork(bench.space, "grand-0")
        )
    assert refused.value.code == "TENANT_EXISTS"
    assert [space.slug for space in bench.estate.spaces()] == ["vide", "grand-0"]


def test_an_upload_is_looked_at_portion_by_portion(bench: Bench) -> None:
    records = [{**record, "id": f"cmp_{at}"} for at, record in enumerate(companies())]
    now = "2026-01-05T08:00:00.000Z"
    document = {
        "format": FORMAT,
        "version": VERSION,
        "contract": bench.engine.contract.version,
        "tenant": bench.estate.tenant(bench.space),
        "now": now,
        "mode": "FROZEN",
        "lineage": "vide",
        "counters": {},
        "collections": {"Company": [{**r, "name": 1} for r in records]},
    }
    found = list[Refusal]()
    pauses = 0
    portions = from_upload(bench.estate, document)
    try:
        for _ in portions:
            pauses += 1
    except Refusal as refusal:
        found.append(refusal)
    assert found[0].code == "SNAPSHOT_REFUSED"
    assert found[0].violations[0].pointer.startswith("/collections/Company/0/")
    # What is around the records, their ids and their schema: each asks for its pauses.
    assert pauses >= 3 * MANY // PORTION
