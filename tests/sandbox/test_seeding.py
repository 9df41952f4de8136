"""What is seeded: the same under the same seed, complete, in order, and fictional."""

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from bacasable.contract import Contract, ResourceType
from bacasable.core import Space
from bacasable.core.clock import parse_instant
from bacasable.core.journal import JOURNAL
from bacasable.platforms.qualiforma.identity import assert_fictional
from tests.server.restoring import digest, spaces_of
from tests.server.table import contract as read_contract
from tests.support import ALL, Api, in_process, make_sandbox
from tests.tables import each

STATEFUL = [
    (resource, state)
    for resource in read_contract().resources.values()
    if resource.lifecycle and resource.scope == "tenant"
    for state in resource.lifecycle.states
]


@pytest.fixture(scope="module")
def untouched(contract: Contract) -> Any:
    """A sandbox with all tenants that no call has reached."""
    with in_process(make_sandbox(contract, ALL)) as api:
        yield api


@pytest.fixture
def demo(untouched: Api) -> Space:
    return untouched.sandbox.engine.platform.space("qualiforma-demo")


def test_the_same_seed_gives_the_same_store(untouched: Api, contract: Contract) -> None:
    again = make_sandbox(contract, ALL)
    first, second = (
        {space.slug: digest(space) for space in spaces_of(sandbox)}
        for sandbox in (untouched.sandbox, again)
    )
    assert first == second


def test_a_step_that_names_no_account_is_the_administrators(untouched: Api) -> None:
    space = untouched.sandbox.engine.platform.space("vide")
    assert {event["actorId"] for event in space.collection(JOURNAL)} == {"usr_vide_admin"}


def ids(space: Space, resource: str) -> set[str]:
    return {record["id"] for record in space.collection(resource)}


def test_another_seed_gives_other_ids_and_the_same_sizes(demo: Space, contract: Contract) -> None:
    other = make_sandbox(contract, ("qualiforma-demo",), seed=7)
    space = other.engine.platform.space("qualiforma-demo")
    for resource in ("Course", "Enrollment", "Company"):
        assert len(space.collection(resource)) == len(demo.collection(resource))
        assert not ids(space, resource) & ids(demo, resource)


def test_a_tenant_is_the_same_whoever_is_seeded_beside_it(
    untouched: Api, contract: Contract
) -> None:
    alone = make_sandbox(contract, ("atelier-nord",)).engine.platform.space("atelier-nord")
    beside = untouched.sandbox.engine.platform.space("atelier-nord")
    assert digest(alone) == digest(beside)


@each(("resource", "state"), STATEFUL, ids=[f"{r.name}-{s}" for r, s in STATEFUL])
def test_every_state_of_every_resource_is_there(
    demo: Space, resource: ResourceType, state: str
) -> None:
    states = Counter(record[resource.lifecycle.field] for record in demo.collection(resource.name))
    assert states[state] > 0, states


def test_the_rich_tenant_has_its_sizes(demo: Space) -> None:
    assert len(demo.collection("User")) == 60
    assert len(demo.collection("Course")) == 24
    assert len(demo.collection("Enrollment")) == 200
    categories = Counter(course["category"] for course in demo.collection("Course"))
    assert len(categories) == 6
    assert set(categories.values()) == {4}


def test_enrollments_spread_over_eighteen_months(demo: Space) -> None:
    days = sorted(record["enrolledAt"] for record in demo.collection("Enrollment"))
    span = parse_instant(days[-1]) - parse_instant(days[0])
    assert 500 <= span.days <= 18 * 31
    months = Counter(day[:7] for day in days)
    assert len(months) >= 17


def test_events_are_numbered_and_ascend_in_time(untouched: Api) -> None:
    for space in untouched.sandbox.engine.platform.spaces():
        events = list(space.collection(JOURNAL))
        assert [e["sequence"] for e in events] == list(range(1, len(events) + 1))
        assert all(a["occurredAt"] <= b["occurredAt"] for a, b in pairwise(events))


def test_every_seeded_value_is_fictional(untouched: Api) -> None:
    for space in spaces_of(untouched.sandbox):
        for name, collection in space.collections().items():
            # Hashes and tokens are in private collections: random bytes, not identities.
            if not name.startswith("("):
                for record in collection:
                    assert_fictional(record)


def test_no_two_tenants_share_an_id(untouched: Api) -> None:
    known: dict[str, str] = {}
    for space in untouched.sandbox.engine.platform.spaces():
        for name, collection in space.collections().items():
            if name == JOURNAL or name.startswith("("):
                continue
            for record in collection:
                assert known.setdefault(record["id"], space.slug) == space.slug


def test_no_two_tenants_share_a_person(untouched: Api) -> None:
    casts = [
        {record["phone"] for record in space.collection("User") if record["phone"]}
        for space in untouched.sandbox.engine.platform.spaces()
    ]
    assert sum(map(len, casts)) == len(set[str]().union(*casts))


def test_every_reference_of_the_store_names_a_record(demo: Space) -> None:
    for resource in read_contract().resources.values():
        for reference in resource.references:
            if resource.scope == "tenant" and len(reference.path) == 1:
                named = {r[reference.path[0]] for r in demo.collection(resource.name)} - {None}
                assert named <= ids(demo, reference.resource), (resource.name, reference)


@pytest.mark.parametrize("role", ["ADMIN", "TRAINER", "LEARNER", "AUDITOR", "SUPER_ADMIN"])
@pytest.mark.parametrize("tenant", ["votre-tenant", "qualiforma-demo", "atelier-nord", "vide"])
def test_every_account_that_is_shown_can_log_in(seeded: Api, tenant: str, role: str) -> None:
    me = seeded.as_(role, tenant).get("/auth/me").data
    assert me["user"]["roles"] == [role]
    assert me["tenant"]["slug"] == tenant
