"""What an outsider sends decides how long nothing: the log is told in time linear in its length."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from time import thread_time
from typing import Any
from urllib.parse import quote, quote_plus

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract import load_contract
from bacasable.contract.wire import to_json
from bacasable.resources import CONTRACT
from bacasable.sandbox import masking
from bacasable.sandbox.exchanges import LARGE, Exchange, Exchanges
from bacasable.sandbox.har import entry
from bacasable.sandbox.masking import MASK, MOST_SECRETS, Cover, Names
from bacasable.sandbox.reading import Reading
from bacasable.sandbox.telling import Teller
from tests.sandbox.exchange_samples import exchange, kept, platform

CONTRACT_READ = load_contract(CONTRACT)
TELLER, NAMES = Teller(CONTRACT_READ), Names(CONTRACT_READ)
BITS = (
    *("eyJ", "eyJ.", "eyJaaaaa.", "rft_", "rft_ ", "bearer ", "bearer aaaaaaaa", "a.", "-", "_"),
    *("pass", "pass ", "pass'", "password", "mot de ", "pin=", "pin = ", "pin:'", "secret\\", "s:"),
    *("token", "api", "api key", "key", "\\u0041", "\\", "\\\\", '"', "'", "&#1;", "&#x41;", "&"),
    *("&&", "a&", "a=&", "%", "%41", "%2541", "%25", "+", " ", "a ", "a;", "aaaaaaa;", "aaaaaaaa;"),
    *("a", "é", "É ", "\u017f", "\u0130", "\u212a", "\u00a0", "=", ":", "[", "]", "{", "}", "[],"),
    *("token=aaaa&", "token=a%20b&", '{"token":', '"token":"abcd",', "1,", '"a",', "\n", "\x01"),
)
SOME = pytest.mark.parametrize(
    "bits",
    [BITS[::5], pytest.param(BITS, marks=(pytest.mark.sweep, pytest.mark.turns))],
    ids=["some", "all"],
)
SMALL, FACTOR = 4 * 1024, 14
"""Of two texts one is fourteen times as long: what is quadratic takes 196 times as long."""


def work(act: Callable[[], Any], best: float = 1e9) -> float:
    """Processor of this thread, the least of several tries."""
    for _ in range(5):
        begun = thread_time()
        act()
        best = min(best, thread_time() - begun)
    return best


def is_linear(act: Callable[[str], Any], bit: str) -> None:
    small = bit * (SMALL // len(bit))
    large = small * FACTOR
    for _ in range(3):
        # Something for what is measured, and three times as much as in proportion for the rest:
        # others use the same processor. What is quadratic takes far more, each time.
        taken = work(lambda: act(small))
        if work(lambda: act(large)) <= 3 * FACTOR * taken + 0.002:
            return
    pytest.fail(f"{bit!r} takes more than in proportion")


def patterns() -> list[Any]:
    found = [masking._ASSIGNED, masking._LONG_PART, masking._ESCAPE, masking._NO_ASCII_SIGN]
    return [*found, *masking._TOKENS]


@SOME
@pytest.mark.parametrize("pattern", patterns(), ids=lambda p: p.pattern[:20])
def test_each_pattern_is_linear(pattern: Any, bits: tuple[str, ...]) -> None:
    for bit in bits:
        is_linear(lambda text: [*pattern.finditer(text)], bit)


def cover() -> Cover:
    made = Cover(NAMES)
    for number in range(9):
        made.learn("token", f'ab"{number}')
        made.learn("token", "a" * number)
    return made


FUNCTIONS: dict[str, Callable[[str], Any]] = {
    "mentioned": NAMES.mentioned,
    "secret": NAMES.secret,
    "harmless": lambda text: NAMES.harmless(text.encode()),
    "texts": lambda text: cover().texts([text]),
    "many texts": lambda text: cover().texts(text.split(" ")),
    "query": lambda text: cover().query(text),
    "safe": lambda text: cover().safe(text),
    "headers": lambda text: cover().headers({"cookie": text, "x": text}),
    "learn": lambda text: cover().learn_header("cookie", text),
    "learn all": lambda text: cover().learn_all({"token": {"token": text.split(",")}}),
    "answer": lambda text: cover().answer({"a": [text], text: 1}),
    "request": lambda text: cover().request({"a": {"a": text}}),
}


@SOME
@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_is_linear(name: str, bits: tuple[str, ...]) -> None:
    for bit in bits:
        is_linear(FUNCTIONS[name], bit)


def told(place: str, text: str) -> Any:
    made: dict[str, Any] = {
        "query": {"query": text.encode()},
        "path": {"path": "/" + text},
        "header": {"headers": [("x", text.encode().decode("latin-1"))]},
        "cookie": {"headers": [("cookie", text.encode().decode("latin-1"))]},
        "tenant": {"tenant": text},
        "text": {"body": text.encode(), "answer": text.encode()},
        "JSON": {"body": {"token": "abcde", "a": text}, "answer": {"a": text, "b": "abcde"}},
        "names": {"body": dict.fromkeys(text.split(" "), text[:9]) | {"token": "abcde"}},
        "violations": {"violations": [(text, text)]},
    }[place]
    return entry(TELLER.tell(kept(**made)), "http://127.0.0.1:1")


PLACES = ("query", "path", "header", "cookie", "tenant", "text", "JSON", "names", "violations")


@SOME
@pytest.mark.parametrize("place", PLACES)
def test_telling_is_linear(place: str, bits: tuple[str, ...]) -> None:
    for bit in bits:
        is_linear(partial(told, place), bit)


def lists(first: str, item: Callable[[int], str], size: int) -> bytes:
    """A body with so many items as fit."""
    items, left = [], size - len(first) - 4
    while (left := left - len(item(len(items))) - 1) > 0:
        items.append(item(len(items)))
    return f"{first}[{','.join(items)}]}}".encode()


LISTS: dict[str, tuple[str, Callable[[int], str]]] = {
    "secrets": ('{"tokens":', lambda n: f'"ab\\"{n:04d}"'),
    "few secrets": ('{"token":["ab\'cd","b\\"cde"],"a":', lambda n: f'"{n:04d}"'),
    "numbers": ('{"tokens":', str),
    "texts": ('{"token":"abcd","a":', lambda n: f'"a{n}"'),
    "tokens": ('{"a":', lambda n: f'"rft_{n}"'),
    "assigned": ('{"a":', lambda n: f'"pin={n}"'),
    "objects": ('{"a":', lambda n: f'{{"pin{n}":{n}}}'),
    "nothing": ('{"token":1,"a":', lambda n: "[]"),
    "harmless": ('{"a":', lambda n: "[]"),
    "nested": ('{"token":' * 50 + "[", str),
}


@pytest.mark.parametrize("name", LISTS)
def test_no_body_takes_long(name: str) -> None:
    first, item = LISTS[name]
    body = lists(first, item, LARGE)
    closed = body + b"]" + b"}" * 49 if name == "nested" else body
    body = closed[:-2] if len(closed) > LARGE else closed
    made = kept(body=body, answer=body, status=400)
    assert work(lambda: TELLER.tell(made)) < 0.05


def crowd(count: int) -> dict[str, Any]:
    return {"tokens": [f"abcd{number}" for number in range(count)]}


def test_many_secrets_are_masked_and_with_more_nothing_is_told() -> None:
    made = kept(body=crowd(MOST_SECRETS), answer={"a": "abcd7"}, query=b"q=abcd7", path="/abcd9")
    found = TELLER.tell(made)
    assert (found["response"]["body"], found["query"]) == ({"a": MASK}, "q=***")
    more = crowd(MOST_SECRETS + 1)
    made = kept(body=more, answer={"a": 1}, query=b"q=1", headers=[("x", "1")])
    found = TELLER.tell(made)
    size = len(orjson.dumps(more))
    part = {"headers": {"x": MASK}, "body": None, "bytes": size, "omitted": "UNSAFE"}
    assert found["request"] == part
    assert found["response"]["omitted"] == "UNSAFE"
    assert (found["path"], found["query"], found["status"]) == (MASK, MASK, 200)
    empty = TELLER.tell(kept(query=b"&" * 1000))
    assert (empty["request"]["omitted"], empty["response"]["omitted"]) == (None, None)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (
            {"headers": [("x-a", "a" * 10_000_000), ("cookie", "Zq9Xw7Kp"), ("b", "Zq9Xw7Kp")]},
            {"x-a": "***;bytes=10000000", "cookie": MASK, "b": MASK},
        ),
        ({"headers": [(f"x-{n}", "Zq9Xw7Kp") for n in range(9000)]}, {"x-0": MASK}),
        ({"query": b"token=Zq9Xw7Kp&a=" + b"a" * LARGE}, {"query": "***;bytes=65553"}),
        ({"path": "/Zq9Xw7Kp" * 9000}, {"path": "***;bytes=81000"}),
    ],
)
def test_of_what_is_large_beside_the_bodies_the_size_is_told(sent: Any, said: Any) -> None:
    made = kept(answer={"a": "Zq9Xw7Kp"}, **sent)
    assert made.weight < LARGE
    found = TELLER.tell(made)
    assert said.items() <= (found | found["request"]["headers"]).items()
    written = to_json(found)
    assert b"Zq9Xw7Kp" not in written
    assert len(written) < LARGE / 2
    entry(found, "http://127.0.0.1:1")


forms = st.sampled_from(["{}", "x{}", "{} y", "{}={}", "/{}/", "a&{}", '"{}"', "'{}\\", "{}\n{}"])
spelt = st.sampled_from(["plain", "quoted", "plus", "escaped"])


@settings(max_examples=300)
@given(
    st.text(st.sampled_from("ab1é\"\\/+%&=;' .-_"), max_size=5),
    st.lists(st.tuples(forms, spelt), min_size=1, max_size=6),
    st.integers(0, 130),
    st.sampled_from(["body", "header", "query", "answer"]),
)
def test_a_secret_is_told_in_no_place_and_no_spelling(
    odd: str, uses: list[tuple[str, str]], others: int, where: str
) -> None:
    secret = f"Zq9{odd}Xw7Kp".strip()
    ways = dict(zip(["plain", "escaped", "quoted", "plus"], masked_forms(secret), strict=True))
    texts = [form.replace("{}", ways[way]) for form, way in uses]
    extra = {"tokens": [f"zzzz{number}" for number in range(others)], "list": texts}
    members: dict[str, Any] = {"body": extra, "answer": {"all": texts, "of": {t: t for t in texts}}}
    if where == "header":
        members["headers"] = [("authorization", f"Bearer {secret}".encode().decode("latin-1"))]
        secret = secret.encode().decode("latin-1")
        members["body"] = members["answer"] = {"a": secret, "b": [f"x{secret}y"]}
        texts = [secret]
    elif where == "query":
        members["query"] = b"a=1&token=" + ways["quoted"].encode()
    else:
        members[where] = members[where] | {"accessToken": secret}
    members |= {"path": texts[0], "tenant": texts[-1], "violations": [(t, t) for t in texts]}
    found = to_json(TELLER.tell(kept(status=400, **members))).decode()
    assert "Xw7Kp" not in found


def masked_forms(secret: str) -> list[str]:
    escaped = secret.replace("\\", "\\\\").replace('"', '\\"')
    return [secret, escaped, quote(secret, safe=""), quote_plus(secret)]


@given(
    st.lists(st.text(st.sampled_from("abc=: pins\u017f\u0130eyJ.rft_\ud7ff\u0000-"), max_size=14))
)
def test_texts_that_are_looked_through_at_once_do_not_touch_each_other(texts: list[str]) -> None:
    made = cover()
    assert made.texts(texts) == [made.text(text) for text in texts]


def test_lower_case_leaves_each_character_in_its_place() -> None:
    every = [chr(code) for code in range(0x110000)]
    assert not [c for c in every if len(masking._lowered(c)) != 1]


def holds(act: Callable[[], Coroutine[Any, Any, None]], calls: int = 1) -> bool:
    """Whether the loop is held by what comes to be done, for longer than so many calls may.

    One of three times is enough not to: what shares the processor makes each second one slower.
    """
    return all(asyncio.run(longest_slice(act())) >= 0.05 * calls for _ in range(3))


async def longest_slice(act: Any) -> float:
    """Processor that was taken at most until the loop came round again."""
    longest, over = 0.0, False

    async def tick() -> None:
        nonlocal longest
        before = thread_time()
        while not over:
            await asyncio.sleep(0)
            longest, before = max(longest, thread_time() - before), thread_time()

    ticking = asyncio.ensure_future(tick())
    await asyncio.sleep(0)
    await act
    over = True
    await ticking
    return longest


def hostile(number: int) -> Exchange:
    body = orjson.dumps({"token": "abcde", "a": "eyJ" * 15_000, "b": "bearer " * 2_000})
    return exchange(number, body=body, answer=body, query=b"eyJ" * 5000, tenant="alpha")


@pytest.mark.parametrize("form", ["items", "archive"])
def test_readers_never_hold_the_loop(form: str) -> None:
    log, teller = Exchanges(platform()), Teller(CONTRACT_READ)
    for number in range(60):
        log.keep(hostile(number))
    teller.tell(kept())

    async def read() -> bytes:
        reading = Reading(log, teller, lambda _: True, tenant="alpha", limit=500)
        parts = reading.items() if form == "items" else reading.archive("http://x.example")
        return b"".join([part async for part in parts])

    async def one() -> None:
        await read()

    async def six() -> None:
        found = await asyncio.gather(*[read() for _ in range(6)])
        assert len(set(found)) == 1
        told = orjson.loads(found[0])
        assert len(told["items"] if form == "items" else told["log"]["entries"]) == 60

    assert not holds(six, 6)
    assert not holds(one)


def test_a_search_through_a_long_log_does_not_hold_the_loop() -> None:
    log, teller = Exchanges(platform(), kept=100_000), Teller(CONTRACT_READ)
    for number in range(60_000):
        log.keep(exchange(number, tenant="alpha"))

    async def read() -> None:
        reading = Reading(log, teller, lambda e: e.status == 500, tenant=None, limit=10_000)
        assert [part async for part in reading.items()] == [b'{"items":[', b"]}"]

    assert not holds(read)
