"""Reading and following while things happen: what is forgotten meanwhile is told to nobody."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import orjson
import pytest

from bacasable.contract import Contract, Refusal
from bacasable.sandbox.exchanges import Exchange, Exchanges
from bacasable.sandbox.following import BACKLOG_BYTES, Follower, events
from bacasable.sandbox.reading import Reading
from bacasable.sandbox.telling import Teller
from tests.sandbox.exchange_samples import exchange, kept, platform


def everything(_: Exchange) -> bool:
    return True


def filled(count: int = 5) -> Exchanges:
    log = Exchanges(platform())
    for number in range(count):
        log.keep(exchange(number, tenant="alpha" if number % 2 else "beta"))
    return log


async def rest(stream: AsyncGenerator[bytes, None]) -> list[bytes]:
    return [part async for part in stream]


def ids(document: bytes) -> list[str]:
    found = orjson.loads(document)
    items = found["items"] if "items" in found else found["log"]["entries"]
    return [item.get("id") or item["_id"] for item in items]


@pytest.mark.parametrize("form", ["items", "archive"])
@pytest.mark.parametrize(
    ("forget", "left"),
    [
        ("alpha", ["req_0", "req_1", "req_2", "req_4"]),
        ("beta", ["req_0", "req_1", "req_3"]),
        (None, ["req_0", "req_1"]),
    ],
)
def test_a_reader_is_told_nothing_that_was_forgotten_meanwhile(
    contract: Contract, form: str, forget: str | None, left: list[str]
) -> None:
    log = filled()

    async def story() -> bytes:
        reading = Reading(log, Teller(contract), everything, tenant=None, limit=10)
        stream = reading.items() if form == "items" else reading.archive("http://x.example")
        told = [await anext(stream) for _ in range(3)]
        if forget is None:
            log.forget_all()
        else:
            log.forget(forget)
        return b"".join(told + await rest(stream))

    assert ids(asyncio.run(story())) == left


def test_a_follower_is_told_nothing_of_before_a_deletion(contract: Contract) -> None:
    log = Exchanges(platform())

    async def story() -> list[bytes]:
        stream = events(log, Teller(contract), lambda e: e.tenant == "alpha")
        await anext(stream)
        for number in range(3):
            log.keep(exchange(number, tenant="alpha"))
        log.forget("alpha")
        log.keep(exchange(3, tenant="alpha"))
        log.hang_up()
        return await rest(stream)

    (only,) = asyncio.run(story())
    assert b"id: req_3\n" in only


def test_what_fell_out_of_a_ring_and_was_forgotten_then_is_not_told_either(
    contract: Contract,
) -> None:
    log = Exchanges(platform(), kept=1)

    async def story() -> bytes:
        stream = Reading(log, Teller(contract), everything, tenant="alpha", limit=9).items()
        log.keep(exchange(1, tenant="alpha"))
        told = [await anext(stream)]
        found = await Reading(log, Teller(contract), everything, tenant="alpha", limit=9)._found()
        log.keep(exchange(2, tenant="alpha"))
        log.forget("alpha")
        assert [each.forgotten for each in found] == [True]
        return b"".join(told + await rest(stream))

    assert ids(asyncio.run(story())) == []


def test_more_followers_than_may_are_refused(contract: Contract) -> None:
    log, teller = Exchanges(platform(), most_followers=2), Teller(contract)

    async def story() -> None:
        streams = [events(log, teller, everything) for _ in range(3)]
        await anext(streams[0])
        await anext(streams[1])
        with pytest.raises(Refusal, match="TOO_MANY") as refused:
            await anext(streams[2])
        assert refused.value.detail == "2 follow the log already, and no more may."
        assert refused.value.headers["Retry-After"]
        await streams[0].aclose()
        late = events(log, teller, everything)
        await anext(late)
        assert len(log.followers) == 2
        for stream in (streams[1], late):
            await stream.aclose()

    asyncio.run(story())
    assert log.followers == []


def test_what_was_told_is_not_told_anew_but_kept_within_its_bound(contract: Contract) -> None:
    class Counted(Teller):
        told = 0

        def tell(self, exchange: Exchange) -> Any:
            self.told += 1
            return super().tell(exchange)

    log, teller = filled(), Counted(contract)

    async def follow() -> None:
        streams = [events(log, teller, everything) for _ in range(6)]
        for stream in streams:
            await anext(stream)
        log.keep(exchange(9))
        assert len({await anext(stream) for stream in streams}) == 1
        for stream in streams:
            await stream.aclose()
        await rest(Reading(log, teller, everything, tenant=None, limit=1).items())

    asyncio.run(follow())
    assert teller.told == 1
    small = Counted(contract, remembered=3000)
    made = [kept(number=number) for number in range(10)]
    for each in made:
        small.json(each)
    assert 0 < sum(len(each.told or b"") for each in made) <= 3000
    assert [each.told is not None for each in made[-2:]] == [True, True]
    again = small.told
    small.json(made[-1])
    assert small.told == again


def test_who_does_not_read_keeps_little_alive(contract: Contract) -> None:
    log = Exchanges(platform(), kept=1)

    async def story() -> None:
        follower = Follower(everything)
        log.followers.append(follower)
        for number in range(190):
            log.keep(exchange(number, body=b"x" * 60_000))
        waiting = [each for each in follower._waiting if isinstance(each, Exchange)]
        assert sum(each.weight for each in waiting) < BACKLOG_BYTES + 70_000
        assert follower._waiting[-1] == 190 - len(waiting)
        for _ in range(len(waiting) + 1):
            await follower.next(0)
        log.keep(exchange(200))
        assert isinstance(await follower.next(0), Exchange)

    asyncio.run(story())
