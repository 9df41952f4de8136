"""Bodies that come packed: Content-Encoding is undone, or named as the cause of a refusal."""

import gzip
import json
import tracemalloc
import zlib

import pytest

from bacasable.contract import Refusal
from bacasable.server.coding import unpacked
from tests.server.controlling import Box
from tests.server.problems import assert_problem
from tests.support import Answer, Api

COMPANY = b'{"name":"Atelier du Pont"}'
LIMIT = 1024 * 1024


def deflated(data: bytes) -> bytes:
    return zlib.compress(data)


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def post(api: Api, coding: str, body: bytes, path: str = "/companies") -> Answer:
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    return api.post(path, content=body, headers=headers)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(COMPANY)),
        ("GZip", gzip.compress(COMPANY)),
        ("x-gzip", gzip.compress(COMPANY)),
        ("gzip", gzip.compress(COMPANY[:5]) + gzip.compress(COMPANY[5:])),
        ("deflate", deflated(COMPANY)),
        ("deflate", bare(COMPANY)),
        ("identity", COMPANY),
        ("", COMPANY),
        ("identity, gzip", gzip.compress(COMPANY)),
        ("gzip, deflate", deflated(gzip.compress(COMPANY))),
        ("deflate,gzip", gzip.compress(deflated(COMPANY))),
    ],
    ids=range(11),
)
def test_a_packed_body_is_read(api: Api, coding: str, body: bytes) -> None:
    answer = post(api.as_("ADMIN"), coding, body)
    assert answer.status == 201, answer.json
    assert answer.data["name"] == "Atelier du Pont"


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, br", "x", "gzip;q=1"])
def test_another_coding_is_named_as_the_cause(api: Api, coding: str) -> None:
    answer = post(api.as_("ADMIN"), coding, gzip.compress(COMPANY))
    assert_problem(answer, "UNSUPPORTED_MEDIA_TYPE")
    assert "Content-Encoding" in answer.json["detail"]
    assert answer.headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    ("coding", "body", "why"),
    [
        ("gzip", COMPANY, "broken"),
        ("gzip", gzip.compress(COMPANY)[:-3], "ends too early"),
        ("gzip", gzip.compress(COMPANY)[:-1] + b"x", "broken"),
        ("gzip", gzip.compress(COMPANY) + b"more", "broken"),
        ("gzip", deflated(COMPANY), "broken"),
        ("deflate", COMPANY, "broken"),
        ("deflate", deflated(COMPANY)[:-3], "ends too early"),
        ("deflate", deflated(COMPANY) + b"more", "follows"),
        ("gzip, deflate", gzip.compress(COMPANY), "broken"),
    ],
    ids=range(9),
)
def test_a_broken_body_says_so(api: Api, coding: str, body: bytes, why: str) -> None:
    answer = post(api.as_("ADMIN"), coding, body)
    assert_problem(answer, "MALFORMED_BODY")
    assert "Content-Encoding" in answer.json["detail"]
    assert why in answer.json["detail"]


@pytest.mark.parametrize(
    "packs",
    [[gzip.compress], [deflated], [bare], [deflated, gzip.compress]],
    ids=["gzip", "deflate", "bare", "both"],
)
def test_a_bomb_is_refused_before_it_takes_memory(local: Api, packs: list) -> None:
    body, coding = b"0" * (100 * LIMIT), "gzip" if packs == [gzip.compress] else "deflate"
    for pack in packs:
        body = pack(body)
    coding = "deflate, gzip" if len(packs) > 1 else coding
    assert len(body) < LIMIT
    caller = local.as_("ADMIN")
    tracemalloc.start()
    answer = post(caller, coding, body)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert_problem(answer, "BODY_TOO_LARGE")
    assert most < 16 * LIMIT


def test_the_limit_is_of_what_is_inside() -> None:
    inside = b"0" * 1000
    assert unpacked("gzip", gzip.compress(inside), 1000) == inside
    assert unpacked("gzip", gzip.compress(inside), 999) is None
    assert unpacked("deflate", deflated(inside), 1000) == inside
    assert unpacked("deflate", deflated(inside), 999) is None


def test_nobody_packs_without_end() -> None:
    with pytest.raises(Refusal) as refused:
        unpacked(", ".join(["gzip"] * 5), COMPANY, LIMIT)
    assert refused.value.code == "UNSUPPORTED_MEDIA_TYPE"


def test_nothing_is_nothing_in_every_coding(api: Api) -> None:
    caller = api.as_("ADMIN")
    assert_problem(post(caller, "br", b""), "MALFORMED_BODY")
    assert caller.get("/courses", headers={"Content-Encoding": "br"}).status == 200


def test_a_refusal_keeps_its_place(local: Api) -> None:
    packed = gzip.compress(b"{}")
    assert_problem(post(local, "br", packed), "TOKEN_MISSING")
    missing = local.as_("ADMIN").patch(
        "/companies/cmp_none", content=packed, headers={"Content-Encoding": "br"}
    )
    assert_problem(missing, "NOT_FOUND")


def test_an_idempotency_key_knows_the_same_body_in_every_coding(local: Api) -> None:
    caller = local.as_("ADMIN").with_headers({"Idempotency-Key": "one-and-the-same-key"})
    first = post(caller, "gzip", gzip.compress(COMPANY, mtime=1))
    again = post(caller, "gzip", gzip.compress(COMPANY, mtime=2))
    plain = post(caller, "", COMPANY)
    assert first.data["id"] == again.data["id"] == plain.data["id"]


def test_a_fault_changes_nothing_of_it(near: Box) -> None:
    near.post("/tenants/votre-tenant/faults", {"kind": "DUPLICATE"})
    answer = post(near.api.as_("ADMIN"), "gzip", gzip.compress(COMPANY))
    assert answer.headers["x-sandbox-fault"]
    assert answer.status == 409 or answer.data["name"] == "Atelier du Pont"


def test_the_log_tells_what_was_inside(near: Box) -> None:
    caller = near.api.as_("ADMIN")
    post(caller, "gzip", gzip.compress(COMPANY))
    post(caller, "br", b"\x0b\x02\x80{}\x03")
    whole, unread = near.get("/log").json["items"][-2:]
    assert whole["request"]["body"] == {"name": "Atelier du Pont"}
    assert whole["request"]["headers"]["content-encoding"] == "gzip"
    assert unread["request"]["omitted"] == "UNSAFE"


def test_a_packed_password_is_as_secret_as_any(near: Box) -> None:
    login = json.dumps({"email": "admin@example.com", "password": "votre-mot-de-passe"})
    post(
        near.api.with_headers({"X-Tenant-ID": "votre-tenant"}),
        "gzip",
        gzip.compress(login.encode()),
        "/auth/login",
    )
    told = near.get("/log").json["items"][-1]
    assert told["status"] == 200
    assert told["request"]["body"]["password"] == "***"


def test_controls_read_packed_bodies_too(box: Box) -> None:
    packed = gzip.compress(b'{"slug": "packed"}')
    path = "/tenants/votre-tenant/forks"
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    made = box.call("POST", path, content=packed, headers=headers)
    assert (made.status, made.json["slug"]) == (201, "packed")
    refused = box.call("POST", path, content=packed, headers=headers | {"Content-Encoding": "br"})
    assert (refused.status, refused.headers["accept-encoding"]) == (415, "gzip, deflate")
    broken = box.call("POST", path, content=packed[:-9], headers=headers)
    assert (broken.status, broken.json["code"]) == (400, "MALFORMED_BODY")
