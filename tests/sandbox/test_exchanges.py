"""The rings of the request log: what is kept, in which order, and how much memory it may take."""

import asyncio
import gc
import weakref
from sys import getsizeof
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bacasable.core import Reply
from bacasable.sandbox.exchanges import LARGE, Exchange, Exchanges, Ring
from bacasable.sandbox.telling import Teller
from tests.sandbox.exchange_samples import TENANTS, exchange, kept, platform
from tests.support import in_process, make_sandbox

named = st.sampled_from([*TENANTS, "", "unknown"])
sizes = st.sampled_from([0, 10, LARGE, LARGE + 1])


def everything(_: Exchange) -> bool:
    return True


class Log(RuleBasedStateMachine):
    """Against a plain list of what was answered, by tenant, cut to the size of a ring."""

    @initialize(kept=st.integers(0, 4))
    def begin(self, kept: int) -> None:
        self.log, self.kept = Exchanges(platform(), kept), kept
        self.model: list[tuple[str, str]] = []
        self.number = 0

    @rule(tenant=named, size=sizes)
    def keep(self, tenant: str, size: int) -> None:
        self.number += 1
        made = exchange(self.number, tenant=tenant, body=b"x" * size)
        self.log.keep(made)
        self.model.append((tenant if tenant in TENANTS else "", made.id))

    @rule(tenant=named)
    def forget(self, tenant: str) -> None:
        if tenant in TENANTS:
            self.log.forget(tenant)
            self.model = [(t, i) for t, i in self.model if t != tenant]

    @rule()
    def forget_all(self) -> None:
        self.log.forget_all()
        self.model = []

    def expected(self, tenant: str) -> list[str]:
        found = [i for t, i in self.model if t == tenant]
        return found[max(0, len(found) - self.kept) :]

    @invariant()
    def each_tenant_has_its_own(self) -> None:
        for tenant in TENANTS:
            found = self.log.latest(tenant, everything, 1000)
            assert [e.id for e in found] == self.expected(tenant)

    @invariant()
    def all_come_in_the_order_they_were_answered(self) -> None:
        there = {i for t in (*TENANTS, "") for i in self.expected(t)}
        found = [e.id for e in self.log.latest(None, everything, 1000)]
        assert found == [i for _, i in self.model if i in there]
        assert [e.id for e in self.log.latest(None, everything, 2)] == found[-2:]


TestLog = Log.TestCase


@given(st.lists(st.tuples(named, sizes, sizes), max_size=30))
def test_bodies_never_hold_more_than_they_may(sent: list[tuple[str, int, int]]) -> None:
    most = 4 * LARGE
    log = Exchanges(platform(), kept=20, memory=most)
    for tenant, asked, answered in sent:
        log.keep(exchange(tenant=tenant, body=b"x" * asked, answer=b"y" * answered))
        found = log.latest(None, everything, 1000)
        assert sum(e.held() for e in found) <= most
        assert (found[-1].request_bytes, found[-1].response_bytes) == (asked, answered)
        # Whatever is let go of, the latest is held, unless it is large by itself.
        assert found[-1].held() == sum(size for size in (asked, answered) if size <= LARGE)


def test_a_full_ring_does_not_count_what_it_forgot() -> None:
    log = Exchanges(platform(), kept=1, memory=4 * LARGE)
    for _ in range(20):
        log.keep(exchange(body=b"x" * LARGE))
        assert log.latest(None, everything, 1)[0].held() == LARGE


def test_a_stored_reply_keeps_its_content_when_the_log_lets_go_of_it() -> None:
    reply = Reply(200, b"y" * (LARGE + 1), {"ETag": "a"})
    made = exchange()
    made.reply = reply
    Exchanges(platform()).keep(made)
    assert len(reply.content) == LARGE + 1
    assert (made.status, made.response_bytes) == (200, LARGE + 1)


def test_what_falls_out_of_a_ring_is_gone_without_the_garbage_collector() -> None:
    class Noted(dict[str, Any]):
        """A scope that can be watched."""

    log = Exchanges(platform(), kept=1)
    gc.disable()
    try:
        made = exchange()
        scope = Noted(method="GET", path="/", query_string=b"", headers=[])
        scope["bacasable.exchange"] = made
        made.note(scope)
        watched = weakref.ref(scope)
        log.keep(made)
        del scope, made
        assert watched() is None
    finally:
        gc.enable()


def part(told: dict[str, Any]) -> tuple[Any, int, str | None]:
    return told["body"], told["bytes"], told["omitted"]


def test_a_body_that_is_not_told_says_why(contract: Any) -> None:
    tell = Teller(contract).tell
    large = tell(kept(body=b"x" * (LARGE + 1), answer=b"y" * (LARGE + 2)))
    assert part(large["request"]) == (None, LARGE + 1, "LARGE")
    assert part(large["response"]) == (None, LARGE + 2, "LARGE")
    unread = {"headers": [("content-length", "17")]}
    assert part(tell(kept(body=b"", **unread))["request"]) == (None, 17, "UNREAD")
    assert part(tell(kept(body=None, **unread))["request"]) == (None, 17, "UNREAD")
    chunked = {"headers": [("transfer-encoding", "chunked")]}
    assert part(tell(kept(body=b"", **chunked))["request"]) == (None, 0, "UNREAD")
    assert part(tell(kept(body=b"\xff\x00"))["request"]) == (None, 2, "UNSAFE")
    assert part(tell(kept(body=b"a\x00b"))["request"]) == (None, 3, "UNSAFE")
    assert part(tell(kept(body=b"plain text"))["request"]) == ("plain text", 10, None)
    assert part(tell(kept(body=b"null"))["request"]) == (None, 4, None)
    assert part(tell(kept())["request"]) == (None, 0, None)
    head = tell(kept(method="HEAD", answer={"a": 1}))
    assert part(head["response"]) == (None, 0, None)


def test_json_that_is_nested_too_deeply_is_text(contract: Any) -> None:
    body = b"[" * 900 + b"]" * 900
    assert Teller(contract).tell(kept(body=body))["request"]["body"] == body.decode()


def test_a_connection_that_was_cut_has_no_status_and_no_headers(contract: Any) -> None:
    told = Teller(contract).tell(kept(status=0))
    assert told["status"] == 0
    assert told["response"] == {"headers": {}, "body": None, "bytes": 0, "omitted": None}


def test_headers_that_come_twice_are_told_in_one(contract: Any) -> None:
    told = Teller(contract).tell(kept(headers=[("X-A", "1"), ("x-a", "2")]))
    assert told["request"]["headers"] == {"x-a": "1, 2"}


def deep(value: Any, seen: set[int]) -> int:
    """Bytes of a value and all that it keeps alive, by what Python itself says."""
    if id(value) in seen or value is None or isinstance(value, type | Ring):
        return 0
    seen.add(id(value))
    if isinstance(value, dict):
        inside: list[Any] = [*value, *value.values()]
    elif isinstance(value, list | tuple):
        inside = [*value]
    else:
        names = [n for kind in type(value).__mro__ for n in getattr(kind, "__slots__", ())]
        inside = [getattr(value, name, None) for name in names if name != "__weakref__"]
    return getsizeof(value) + sum(deep(each, seen) for each in inside)


def test_the_weight_of_an_exchange_is_what_it_keeps_alive(contract: Any) -> None:
    with in_process(make_sandbox(contract)) as api:
        admin, log = api.as_("ADMIN"), api.sandbox.hub.exchanges
        for path in (
            "/companies",
            "/companies/cmp_x",
            "/courses?perPage=100",
            "/courses?sort=title",
        ):
            admin.get(path)
        admin.get("/nowhere/" + "a" * 30_000)
        admin.get("/companies?q=" + "é" * 5000)
        admin.get("/companies?page=1&perPage=1&" + "&".join(["q=" + "a" * 50] * 3))
        admin.post("/companies", {"name": "Exemple"})
        admin.post("/companies", {"name": "x" * 60_000})
        admin.post("/companies", {f"a{number}": 1 for number in range(1000)})
        admin.get("/companies", headers={"x-long": "a" * 50_000})
        admin.get("/companies", headers={f"x-{number}": "a" for number in range(500)})
        found = log.latest(None, everything, 100)
        assert len(found) == 13
        for each in found:
            assert 0.8 < each.weight / deep(each, set()) < 1.25, each.path
        assert log._held == sum(each.weight for each in found)
        log.forget_all()
        assert log._held == 0


def test_no_more_is_held_than_may_be_whatever_it_is() -> None:
    most = 1_000_000
    log = Exchanges(platform(), kept=100_000, memory=most)
    for number in range(3000):
        tenant = (*TENANTS, "")[number % 3]
        large = {"query": b"a" * 5000} if number % 7 == 0 else {}
        log.keep(exchange(number, tenant=tenant, body=b"x" * (number % 900), **large))
        assert log._held <= most
    found = log.latest(None, everything, 100_000)
    assert log._held == sum(each.weight for each in found)
    # The latest are there, first of all with their bodies, then without, and none is missed out.
    assert [each.id for each in found] == [f"req_{n}" for n in range(3000 - len(found), 3000)]
    bare = [each.body is None for each in found if each.request_bytes]
    assert bare == sorted(bare, reverse=True)
    assert 0 < sum(bare) < len(bare)


def test_a_name_that_no_tenant_can_have_is_not_kept_twice() -> None:
    made = kept(tenant="a" * 10_000, headers=[("x-tenant-id", "a" * 10_000)])
    assert made.tenant == ""
    assert made.weight < 12_000


def test_a_long_log_is_let_go_of_little_by_little() -> None:
    async def story() -> None:
        log = Exchanges(platform(), kept=10_000)
        for number in range(5000):
            log.keep(exchange(number, tenant="alpha"))
        ring = log._rings["alpha"]
        log.forget("alpha")
        assert log.latest("alpha", everything, 1) == []
        assert (log._held, len(ring.whole)) == (0, 3000)
        for _ in range(3):
            await asyncio.sleep(0)
        assert not ring.whole

    asyncio.run(story())
