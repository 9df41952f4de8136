"""Bytes that are no HTTP, or HTTP that two readers could read in two ways."""

import random
from collections.abc import Callable
from dataclasses import dataclass

SMUGGLED = "/api/v1/companies/cmp_smuggled"
_INNER = f"GET {SMUGGLED} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@dataclass
class Broken:
    """What is sent, in pieces, and what may not be made of it."""

    kind: str
    pieces: list[bytes]
    hang_up: bool = False
    ambiguous: bool = False  # what lies behind its head is never a request of its own
    large: bool = False  # no server should take headers of that size


def _head(dice: random.Random, *lines: bytes, method: bytes = b"POST") -> bytes:
    target = dice.choice((b"/api/v1/companies", b"/api/v1/auth/login", b"/_sandbox/health", b"/"))
    sent = [method + b" " + target + b" HTTP/1.1", b"Host: x", *lines]
    return b"\r\n".join(sent) + b"\r\n\r\n"


def _lengths(dice: random.Random) -> Broken:
    """Two lengths, a length and chunks, lengths that are no numbers."""
    body = dice.choice((b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"{}"))
    size = str(len(body)).encode()
    te = b"Transfer-Encoding: "
    lines = dice.choice(
        (
            [b"Content-Length: " + size, te + b"chunked"],
            [te + b"chunked", b"Content-Length: 3"],
            [b"Content-Length: 2", b"Content-Length: 7"],
            [b"Content-Length: 2, 7"],
            [b"Content-Length: +5"],
            [b"Content-Length: -5"],
            [b"Content-Length: 0x5"],
            [b"Content-Length: 5 5"],
            [b"Content-Length: " + b"9" * dice.choice((18, 19, 20, 40))],
            [b"Content-Length:"],
            [te + b"xchunked"],
            [te + b"chunked, identity"],
            [te + b"identity, chunked", b"Content-Length: 1"],
            [te + b"chunked", te + b"chunked"],
            [te + b"\x0bchunked"],
            [b"Transfer-Encoding : chunked"],
            [b"Transfer-Encoding:\r\n chunked"],
            [b"X: y\nTransfer-Encoding: chunked"],
            [b"Content_Length: 5", b"Content-Length: 0"],
        )
    )
    return Broken("lengths", [_head(dice, *lines) + body + _INNER], ambiguous=True)


def _chunks(dice: random.Random) -> Broken:
    body = dice.choice(
        (
            b"5\r\nhel",
            b"z\r\nhello\r\n0\r\n\r\n",
            b"-1\r\nhello\r\n0\r\n\r\n",
            b"0x5\r\nhello\r\n0\r\n\r\n",
            b"5\nhello\n0\n\n",
            b"5\r\nhelloX0\r\n\r\n",
            b"5;" + b"a" * dice.choice((10, 70000)) + b"\r\nhello\r\n0\r\n\r\n",
            b"ffffffffffffffffff\r\nhello",
            b"0" * 5000 + b"5\r\nhello\r\n0\r\n\r\n",
            b"1\r\n{\r\n" * 3000 + b"0\r\n\r\n",
            b"0\r\nContent-Length: 5\r\nX: " + b"y" * 9000 + b"\r\n\r\n",
            b"0\r\n bad trailer\r\n\r\n",
            b"\r\n\r\n",
        )
    )
    return Broken("chunks", [_head(dice, b"Transfer-Encoding: chunked") + body + _INNER])


def _lines(dice: random.Random) -> Broken:
    """Line ends, folds, spaces, bytes that no header has."""
    line = dice.choice(
        (
            b"X: a\r\n b",
            b"X: a\nY: b",
            b"X: a\rY: b",
            b" X: a",
            b"X : a",
            b"X",
            b": a",
            b"X: \x00",
            b"X\x00Y: a",
            b"X: \x7f\x01",
            b"X\xe9: a",
            b"X: " + bytes(range(1, 255)),
            b"(): a",
            b"Host: y",
            b"\tX: a",
        )
    )
    first = dice.choice((b"Host: x", line))
    second = line if first == b"Host: x" else b"X-A: b"
    text = b"GET /_sandbox/health HTTP/1.1\r\n" + first + b"\r\n" + second + b"\r\n\r\n"
    if dice.random() < 0.3:
        text = text.replace(b"\r\n", b"\n")
    return Broken("lines", [text])


def _first(dice: random.Random) -> Broken:
    """Start lines that are none."""
    line = dice.choice(
        (
            b"GET  /  HTTP/1.1",
            b"GET / HTTP/1.1 ",
            b" GET / HTTP/1.1",
            b"get / HTTP/1.1",
            b"G\x00T / HTTP/1.1",
            b"GET / HTTP/9.9",
            b"GET / HTTP/1.10",
            b"GET / HTTP/2.0",
            b"GET / HTTP/0.9",
            b"GET / http/1.1",
            b"GET / ICE/1.0",
            b"GET /",
            b"GET",
            b"GET /\xff\xfe HTTP/1.1",
            b"GET /a b HTTP/1.1",
            b"GET /#x HTTP/1.1",
            b"GET http://evil.example/_sandbox/tenants HTTP/1.1",
            b"GET //evil.example/ HTTP/1.1",
            b"GET \\ HTTP/1.1",
            b"GET * HTTP/1.1",
            b"OPTIONS * HTTP/1.1",
            b"CONNECT evil.example:443 HTTP/1.1",
            b"PRI * HTTP/2.0",
            b"FOO-BAR_baz / HTTP/1.1",
            b"A" * dice.choice((20, 20000)) + b" / HTTP/1.1",
            b"GET /" + b"a" * dice.choice((9000, 70000)) + b" HTTP/1.1",
            b"GET /?" + b"a=b&" * dice.choice((2000, 16000)) + b" HTTP/1.1",
            b"GET /%" + b" HTTP/1.1",
            b"GET /_sandbox/health HTTP/1.0",
        )
    )
    return Broken("start line", [line + b"\r\nHost: x\r\n\r\n"])


def _flood(dice: random.Random) -> Broken:
    number = dice.choice((50, 120, 1000, 12000))
    name = dice.choice((b"X-A", b"Cookie", b"Accept", b"X-%d"))
    lines = [(name % at if b"%" in name else name) + b": " + b"v" * 12 for at in range(number)]
    if dice.random() < 0.3:
        lines = [b"X: " + b"y" * dice.choice((9000, 66000, 200000))]
    head = _head(dice, *lines, method=b"GET")
    return Broken("flood", [head], large=len(head) > 190_000)


def _garbage(dice: random.Random) -> Broken:
    """A whole request, and what is none behind it."""
    behind = dice.choice(
        (
            b"\x16\x03\x01\x02\x00",
            b"garbage\r\n\r\n",
            b"\x00" * 40,
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"}{" * 50,
        )
    )
    return Broken("garbage behind", [b"GET /_sandbox/health HTTP/1.1\r\nHost: x\r\n\r\n" + behind])


def _random(dice: random.Random) -> Broken:
    length = dice.choice((1, 20, 300, 4000))
    return Broken("noise", [dice.randbytes(length) + dice.choice((b"", b"\r\n\r\n"))])


def _flip(dice: random.Random) -> Broken:
    text = bytearray(_head(dice, b"Content-Length: 2", b"Accept: */*") + b"{}")
    for _ in range(dice.choice((1, 2, 6))):
        at = dice.randrange(len(text))
        draw = dice.randrange(3)
        if draw == 0:
            text[at] = dice.randrange(256)
        elif draw == 1:
            del text[at]
        else:
            text.insert(at, dice.choice(b"\r\n\t :\x00/"))
    return Broken("flips", [bytes(text)])


def _hang_up(dice: random.Random) -> Broken:
    text = _head(dice, b"Content-Length: 400", b"Content-Type: application/json") + b"{" * 400
    return Broken("hang-up", [text[: dice.randrange(1, len(text))]], hang_up=True)


def _slow(dice: random.Random) -> Broken:
    text = b"GET /_sandbox/health HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"
    cuts = sorted(dice.sample(range(1, len(text)), 4))
    return Broken(
        "pieces", [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    )


def _upgrade(dice: random.Random) -> Broken:
    lines = dice.choice(
        (
            (
                b"Upgrade: h2c",
                b"Connection: Upgrade, HTTP2-Settings",
                b"HTTP2-Settings: AAMAAABkAAQ",
            ),
            (
                b"Upgrade: websocket",
                b"Connection: Upgrade",
                b"Sec-WebSocket-Version: 13",
                b"Sec-WebSocket-Key: eA==",
            ),
            (b"Connection: close, keep-alive",),
            (b"Connection: Host, Content-Length",),
            (b"Expect: 100-continue", b"Content-Length: 2"),
            (b"Expect: nonsense", b"Content-Length: 0"),
        )
    )
    body = b"{}" if b"Content-Length: 2" in lines else b""
    return Broken("upgrade", [_head(dice, *lines, method=dice.choice((b"GET", b"POST"))) + body])


KINDS: tuple[Callable[[random.Random], Broken], ...] = (
    _lengths, _chunks, _lines, _first, _flood, _garbage, _random, _flip, _hang_up, _slow, _upgrade,
)  # fmt: skip
_WEIGHTS = (10, 8, 10, 10, 1, 8, 6, 20, 10, 5, 5)


def draw(dice: random.Random) -> Broken:
    return dice.choices(KINDS, _WEIGHTS)[0](dice)
