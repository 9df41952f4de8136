"""Requests as HTTP has them, and has them not (RFC 9112), with either protocol."""

import pytest

from tests.server.lines import (
    COMPANY,
    HOST,
    assert_refused,
    creation,
    exchange,
    only,
    request,
    with_each_protocol,
)
from tests.support import Api

api = with_each_protocol()


REFUSED = {
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n%s%s\r\n" % (HOST, HOST),
    "two hosts that differ": b"GET / HTTP/1.1\r\n%sHost: other\r\n\r\n" % HOST,
    "no host and port": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "user and host": b"GET / HTTP/1.1\r\nHost: me@there\r\n\r\n",
    "line feeds alone": b"GET / HTTP/1.1\nHost: x\n\n",
    "a line feed alone": b"GET / HTTP/1.1\r\n%sA: b\r\nC: d\n\r\n" % HOST,
    "a carriage return alone": b"GET / HTTP/1.1\r\n%sA: b\rC: d\r\n\r\n" % HOST,
    "folded": b"GET / HTTP/1.1\r\n%sA: b\r\n c\r\n\r\n" % HOST,
    "folded by a tab": b"GET / HTTP/1.1\r\n%sA: b\r\n\tc\r\n\r\n" % HOST,
    "folded at once": b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
    "space before the colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "no colon": b"GET / HTTP/1.1\r\n%snothing\r\n\r\n" % HOST,
    "no name": b"GET / HTTP/1.1\r\n%s: nothing\r\n\r\n" % HOST,
    "a name with a space": b"GET / HTTP/1.1\r\n%sA b: c\r\n\r\n" % HOST,
    "nul": b"GET / HTTP/1.1\r\n%sA: b\0c\r\n\r\n" % HOST,
    "control": b"GET / HTTP/1.1\r\n%sA: b\x01c\r\n\r\n" % HOST,
    "length and coding": b"POST / HTTP/1.1\r\n%sContent-Length: 5\r\nTransfer-Encoding: chunked"
    b"\r\n\r\n0\r\n\r\n" % HOST,
    "coding and length": b"POST / HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\nContent-Length: 5"
    b"\r\n\r\n0\r\n\r\n" % HOST,
    "two lengths": b"POST / HTTP/1.1\r\n%sContent-Length: 1\r\nContent-Length: 2\r\n\r\nab" % HOST,
    "twice a length": b"POST / HTTP/1.1\r\n%sContent-Length: 1\r\nContent-Length: 1\r\n\r\na"
    % HOST,
    "a list of lengths": b"POST / HTTP/1.1\r\n%sContent-Length: 1, 1\r\n\r\na" % HOST,
    "a signed length": b"POST / HTTP/1.1\r\n%sContent-Length: +1\r\n\r\na" % HOST,
    "a negative length": b"POST / HTTP/1.1\r\n%sContent-Length: -1\r\n\r\na" % HOST,
    "an endless length": b"POST / HTTP/1.1\r\n%sContent-Length: %s\r\n\r\na" % (HOST, b"9" * 40),
    "another coding": b"POST / HTTP/1.1\r\n%sTransfer-Encoding: gzip\r\n\r\n" % HOST,
    "two codings": b"POST / HTTP/1.1\r\n%sTransfer-Encoding: gzip, chunked\r\n\r\n" % HOST,
    "nearly a coding": b"POST / HTTP/1.1\r\n%sTransfer-Encoding: xchunked\r\n\r\n" % HOST,
    "a coding in HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "another version": b"GET / HTTP/2.0\r\n%s\r\n" % HOST,
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
    "two spaces": b"GET  / HTTP/1.1\r\n%s\r\n" % HOST,
    "two spaces behind": b"GET /  HTTP/1.1\r\n%s\r\n" % HOST,
    "a tab": b"GET\t/ HTTP/1.1\r\n%s\r\n" % HOST,
    "no target": b"GET HTTP/1.1\r\n%s\r\n" % HOST,
    "a host as target": b"GET example.org:80 HTTP/1.1\r\n%s\r\n" % HOST,
    "everything": b"GET * HTTP/1.1\r\n%s\r\n" % HOST,
    "a fragment": b"GET /#a HTTP/1.1\r\n%s\r\n" % HOST,
    "letters beyond ASCII": "GET /é HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "a method that is none": b"G(T / HTTP/1.1\r\n%s\r\n" % HOST,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_http_is_refused_however_it_is_cut(api: Api, quiet: None, name: str) -> None:
    sent = REFUSED[name]
    whole = only(exchange(api, sent))
    assert_refused(whole, 400, "MALFORMED_REQUEST")
    for at in {1, 4, len(sent) // 2, len(sent) - 2, len(sent) - 1}:
        told = only(exchange(api, sent[:at], sent[at:], pause=0.005))
        assert told.json | {"requestId": ""} == whole.json | {"requestId": ""}, at


def test_what_only_looks_odd_is_answered(api: Api, quiet: None) -> None:
    for sent, status in (
        (b"\r\n\r\n\n\n\r" + request(), 200),
        (request().replace(HOST, b"Host:\r\n"), 200),
        (request().replace(HOST, b"Host: [::1]:4010\r\n"), 200),
        (request().replace(b"1.1", b"1.0").replace(HOST, b""), 200),
        (request(b"*", method=b"OPTIONS"), 204),
        (request(b"http://elsewhere.example", method=b"OPTIONS"), 204),
        (request(b"http://elsewhere.example/_sandbox/health?x=1"), 200),
        (request(b"HTTPS://elsewhere.example:443/_sandbox/health"), 200),
        (request(b"/_sandbox/health", b"X-A: \xff\xe9"), 200),
        (request(b"/_sandbox/health", b"Upgrade-Insecure-Requests: 1"), 200),
    ):
        assert only(exchange(api, sent)).status == status, sent
        assert only(exchange(api, sent[:9], sent[9:], pause=0.005)).status == status, sent


def chunked(api: Api, size: bytes, last: bytes = b"0\r\n") -> bytes:
    """A creation in one chunk, with this behind its size, and this behind the data."""
    head = creation(api.as_("ADMIN"), b"Transfer-Encoding: chunked", body=b"", last=True)
    return head + b"%x%s\r\n%s\r\n%s\r\n" % (len(COMPANY), size, COMPANY, last)


EXTENSIONS = [
    *(b";a", b";a=b", b";a;b=c;d", b'; a = "b c"', b" ;a", b"\t;\ta\t=\tb", b" ; a ; b"),
    *(b';a=""', b';a="b;c=\\"\\\\"', b';a="\t\xe9"', b";!#$%&'*+.^_`|~-=0"),
]
NO_EXTENSIONS = [
    *(b";", b";a;", b";a=", b";=b", b";a b", b";(a)", b';a="b', b';a="b"c', b';"a"', b";a=\xe9"),
    *(b" ", b"\t", b";a ", b",a", b";a\0", b";a\x0b", b";a\rb", b";a\nb", b';a="\x01"'),
    b';a="\\\x7f"',
]


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_extensions_of_chunks_are_overlooked(api: Api, quiet: None, extension: bytes) -> None:
    for sent in (chunked(api, extension), chunked(api, b"", b"0%s\r\n" % extension)):
        assert only(exchange(api, sent)).status == 201
        assert only(exchange(api, sent[:-20], sent[-20:], pause=0.005)).status == 201


@pytest.mark.parametrize("extension", NO_EXTENSIONS)
def test_what_is_no_extension_of_a_chunk_is_refused(
    api: Api, quiet: None, extension: bytes
) -> None:
    for sent in (chunked(api, extension), chunked(api, b"", b"0%s\r\n" % extension)):
        assert_refused(only(exchange(api, sent)), 400, "MALFORMED_REQUEST")


def test_a_body_that_is_refused_at_its_first_byte_is_told_why(api: Api, quiet: None) -> None:
    long = chunked(api, b";a=" + b"b" * 70_000)
    assert_refused(only(exchange(api, long)), 431, "HEADERS_TOO_LARGE", "--max-header-bytes")
    none = chunked(api, b"").replace(b"\r\n\r\n", b"\r\n\r\nz")
    assert_refused(only(exchange(api, none)), 400, "MALFORMED_REQUEST", "no size")


def test_a_trailer_is_overlooked(api: Api, quiet: None) -> None:
    sent = chunked(api, b"", b"0\r\nA:\r\nContent-Type: text/plain\r\n")
    assert only(exchange(api, sent)).status == 201


@pytest.mark.parametrize("name", [b"Content-Length", b"transfer-encoding", b"HOST"])
def test_a_trailer_that_says_what_a_head_says_is_refused(
    api: Api, quiet: None, name: bytes
) -> None:
    sent = chunked(api, b"", b"0\r\nA: b\r\n%s: 5\r\n" % name)
    assert_refused(only(exchange(api, sent)), 400, "MALFORMED_REQUEST", "trailer")


@pytest.mark.parametrize("method", [b"CONNECT", b"FOO", b"get"])
def test_methods_that_nobody_has_are_told_those_there_are(
    api: Api, quiet: None, method: bytes
) -> None:
    target = b"example.org:80" if method == b"CONNECT" else b"/api/v1/companies"
    told = only(exchange(api, request(target, method=method)))
    assert (told.status, told.code) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in told.headers["allow"]


def test_the_address_of_a_target_is_the_host(api: Api) -> None:
    for host, status in ((b"elsewhere.example", 403), (b"127.0.0.1", 200)):
        sent = request(b"http://" + host + b"/_sandbox/tenants")
        sent = sent.replace(HOST, b"Host: 127.0.0.1\r\n")
        assert only(exchange(api, sent)).status == status


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"nothing"])
def test_who_offers_another_protocol_is_answered_in_this_one(
    api: Api, quiet: None, protocol: bytes
) -> None:
    offer = [b"Upgrade: " + protocol, b"Connection: Upgrade, HTTP2-Settings", b"HTTP2-Settings: AA"]
    sent = creation(api.as_("ADMIN"), *offer) + request()
    made, then = exchange(api, sent)
    assert made.status == 201
    assert made.json["data"]["name"] == "Atelier du Pont"
    assert then.status == 200
