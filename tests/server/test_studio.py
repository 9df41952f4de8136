"""Forms, files, cookies and styles over HTTP: what a document of others says of them is done."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from bacasable.bounds import PARTED, Parted
from bacasable.core import Limits
from bacasable.platforms import PlatformPackage
from bacasable.server.launch import build_sandbox
from tests.support import over_socket

ROOT = Path(__file__).parents[2]
STUDIO = ROOT / "tests" / "core" / "documents" / "studio.yaml"
PNG = b"\x89PNG\r\n\x1a\n\x00\xff\r\n--cut--\r\n"


@pytest.fixture(scope="module")
def studio() -> Iterator[httpx.Client]:
    sandbox = build_sandbox(PlatformPackage.of(STUDIO), limits=Limits(parted=Parted(max_parts=20)))
    with (
        over_socket(sandbox) as api,
        httpx.Client(base_url=f"{api.url}/v1", timeout=10, trust_env=False) as client,
    ):
        yield client


def new(studio: httpx.Client, **options: Any) -> dict[str, Any]:
    answer = studio.post("/prints", **options)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_form_creates_a_record(studio: httpx.Client) -> None:
    fields = {"title": "Été", "copies": "2", "papers": ["matt", "silk"], "voucher": "X1"}
    answer = studio.post("/prints", data=fields | {"frame[colour]": "black"})
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/hal+json")
    made = answer.json()
    assert made | {"printId": 0} == {
        "printId": 0,
        "title": "Été",
        "status": "NEW",
        "copies": 2,
        "papers": ["matt", "silk"],
        "frame": {"colour": "black"},
    }
    found = studio.get(f"/prints/{made['printId']}")
    assert (found.json(), found.headers["content-type"]) == (made, "application/hal+json")


def test_a_form_at_fault_is_refused_field_by_field(studio: httpx.Client) -> None:
    answer = studio.post("/prints", data={"copies": "0", "status": "LOST"})
    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/title",
        "/copies",
        "/status",
    }


def test_a_file_comes_back_byte_for_byte_with_its_type_and_name(studio: httpx.Client) -> None:
    made = new(
        studio,
        data={"title": "A", "frame": '{"colour": "red"}'},
        files=[
            ("photo", ("été.png", PNG, "image/png")),
            ("scans", ("1.bin", b"\x00", "application/octet-stream")),
            ("scans", ("2.bin", b"\xff", "application/octet-stream")),
        ],
    )
    assert made["frame"] == {"colour": "red"}
    assert len(made["scans"]) == 2
    photo = studio.get(f"/prints/{made['printId']}/photo")
    assert (photo.status_code, photo.content) == (200, PNG)
    assert photo.headers["content-type"] == "image/png"
    assert photo.headers["content-disposition"] == (
        "attachment; filename=\"_t_.png\"; filename*=UTF-8''%C3%A9t%C3%A9.png"
    )
    assert photo.headers["x-content-type-options"] == "nosniff"


def test_a_file_takes_the_place_of_another(studio: httpx.Client) -> None:
    made = new(studio, data={"title": "A"})
    place = f"/prints/{made['printId']}/photo"
    assert studio.get(place).headers["x-sandbox-answer"] == "example"
    sent = studio.put(place, content=PNG, headers={"Content-Type": "image/webp"})
    assert sent.status_code == 204
    photo = studio.get(place)
    assert (photo.content, photo.headers["content-type"]) == (PNG, "image/webp")
    assert studio.get(place, headers={"Accept": "image/webp"}).content == PNG
    record = studio.get(place.removesuffix("/photo"))
    assert record.json()["photo"].startswith("data:image/webp;base64,")
    image = studio.get(place.removesuffix("/photo"), headers={"Accept": "image/*"})
    assert (image.content, image.headers["content-type"]) == (PNG, "image/webp")


def test_a_file_that_a_record_has_no_member_for_is_kept_unseen(studio: httpx.Client) -> None:
    made = new(studio, data={"title": "A"})
    place = f"/prints/{made['printId']}/receipt"
    sent = studio.post(place, files={"file": ("r.pdf", b"%PDF-", "application/pdf")})
    assert (sent.status_code, sent.json()) == (200, {"ok": True})
    found = studio.get(place)
    assert (found.content, found.headers["content-type"]) == (b"%PDF-", "application/pdf")
    assert found.headers["content-disposition"] == 'attachment; filename="r.pdf"'
    assert studio.get(f"/prints/{made['printId']}").json() == made
    assert made in studio.get("/prints").json()


def test_a_file_alone_may_be_a_record(studio: httpx.Client) -> None:
    sent = studio.post("/negatives", content=b"II*\x00", headers={"Content-Type": "image/tiff"})
    assert (sent.status_code, list(sent.json())) == (201, ["negativeId"])
    place = f"/negatives/{sent.json()['negativeId']}"
    assert studio.get(place).json() == sent.json()
    file = studio.get(place, headers={"Accept": "image/tiff"})
    assert (file.content, file.headers["content-type"]) == (b"II*\x00", "image/tiff")


def test_a_part_of_another_type_is_refused(studio: httpx.Client) -> None:
    answer = studio.post(
        "/prints", data={"title": "A"}, files={"photo": ("a.gif", b"GIF", "image/gif")}
    )
    assert answer.json()["errors"] == [
        {"pointer": "/photo", "detail": "is image/gif; send image/png or image/jpeg"}
    ]


def test_a_body_of_another_type_is_told_what_is_documented(studio: httpx.Client) -> None:
    answer = studio.post("/prints", json={"title": "A"})
    assert answer.status_code == 415
    told = "application/x-www-form-urlencoded or multipart/form-data is documented."
    assert f"The body is application/json; {told}" in answer.json()["detail"]


def test_there_are_only_so_many_parts(studio: httpx.Client) -> None:
    files = [("scans", (f"{n}", b"", "image/png")) for n in range(21)]
    answer = studio.post("/prints", data={}, files=files)
    assert answer.status_code == 413
    assert "The body has more than 20 parts (--max-parts)." in answer.json()["detail"]


@pytest.mark.parametrize("option", PARTED, ids=lambda option: option.name)
def test_the_bounds_of_parts_stand_on_the_page_of_limits(option: Any) -> None:
    text = (ROOT / "docs" / "limits.md").read_text("utf-8")
    assert f"| `{option.flag}` | {option.default:,} |" in text


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("sizes=1%7C2&filter[paper]=silk&filter[copies]=2&from=2026-01-01", []),
        ("sizes=1|x", ["query/sizes/1"]),
        ("filter[copies]=x", ["query/filter/copies"]),
        ("from=today", ["query/range/from"]),
        ("unknown=1", []),
    ],
)
def test_parameters_are_read_in_their_styles(
    studio: httpx.Client, query: str, pointers: list[str]
) -> None:
    answer = studio.get(f"/prints?{query}")
    assert answer.status_code == (400 if pointers else 200)
    errors = answer.json()["errors"] if pointers else []
    assert [error["pointer"] for error in errors] == pointers


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_cookies_are_read_where_an_operation_has_some(studio: httpx.Client, method: str) -> None:
    def call(cookie: str) -> httpx.Response:
        data = {"title": "A"} if method == "POST" else None
        return studio.request(method, "/prints", headers={"Cookie": cookie}, data=data)

    assert call("theme=dark; shop=7").is_success
    wrong = call("shop=here")
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["pointer"] == "cookie/shop"


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/tiles/;x=1;y=2", ""),
        ("/tiles/%3Bx=1", "path/at"),
        ("/tiles/;y=2", "path/at/x"),
        ("/tiles/;x=a", "path/at/x"),
        ("/search?q=a/b?c+d&near=[1,2]", ""),
        ("/search?near=[1", "query/near"),
    ],
)
def test_paths_and_queries_are_read_in_their_styles(
    studio: httpx.Client, path: str, pointer: str
) -> None:
    status, body = plainly(studio, path)
    assert status == (400 if pointer else 204)
    assert f'"pointer":"{pointer}"'.encode() in body or not pointer


def plainly(studio: httpx.Client, path: str) -> tuple[int, bytes]:
    """A call whose path is sent as it stands, which httpx does not do."""
    url = studio.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=10) as connection:
        head = f"GET /v1{path} HTTP/1.1\r\nHost: {url.host}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split(b" ", 2)[1]), answer


def test_an_id_in_the_style_of_a_label_names_its_record(studio: httpx.Client) -> None:
    sent = studio.post(
        "/frames",
        content=b'{"frameId": "oak", "secret": "s"}',
        headers={"Content-Type": "application/vnd.studio+json"},
    )
    assert (sent.status_code, sent.json()) == (201, {"frameId": "oak"})
    assert sent.headers["content-type"] == "application/json"
    assert studio.get("/frames/.oak").json() == {"frameId": "oak"}
    assert studio.get("/frames/.elm").status_code == 404


@pytest.mark.parametrize(
    ("path", "accept", "media_type", "content"),
    [
        ("/report", "text/plain", "text/plain", b"It goes."),
        ("/report", "text/csv", "text/csv", b"day,sold\r\n2026-09-01,1\r\n"),
        ("/report", "*/*", "text/csv", b"day,sold\r\n2026-09-01,1\r\n"),
        ("/report", "text/csv;q=0.1, text/plain", "text/plain", b"It goes."),
        ("/prints", "text/csv", "text/csv", b"title\r\nexample\r\n"),
    ],
)
def test_the_accept_header_chooses_among_what_is_documented(
    studio: httpx.Client, path: str, accept: str, media_type: str, content: bytes
) -> None:
    answer = studio.get(path, headers={"Accept": accept})
    assert answer.headers["content-type"] == media_type
    assert answer.content == content


def test_xml_tells_of_the_record_where_its_schema_says_what_stands_in_it(
    studio: httpx.Client,
) -> None:
    print_ = new(studio, data={"title": "A & B"})
    place = f"/prints/{print_['printId']}"
    answer = studio.get(place, headers={"Accept": "application/xml"})
    assert answer.headers["content-type"] == "application/xml"
    root = ET.fromstring(answer.content)  # noqa: S314 - our own
    assert root.tag == "Print"
    assert {one.tag: one.text for one in root} == {n: str(v) for n, v in print_.items()}
    none = studio.get("/report", headers={"Accept": "application/xml"})
    assert (none.status_code, none.content) == (200, b"")


@pytest.mark.parametrize("path", ["/report", "/prints"])
def test_what_is_not_documented_is_not_acceptable(studio: httpx.Client, path: str) -> None:
    answer = studio.get(path, headers={"Accept": "video/mp4"})
    assert answer.status_code == 406
    assert "text/csv" in answer.json()["detail"]


def test_head_and_options_are_done_as_documented(studio: httpx.Client) -> None:
    place = f"/prints/{new(studio, data={'title': 'A'})['printId']}"
    assert studio.head(place).status_code == 204
    assert studio.head("/prints/999999").status_code == 404
    listed = studio.head("/prints")
    assert (listed.status_code, listed.content) == (200, b"")
    assert listed.headers["content-length"] == studio.get("/prints").headers["content-length"]
    asked = studio.options(place)
    assert (asked.status_code, asked.text) == (200, "ask")
    preferred = studio.options(place, headers={"Prefer": "code=200"})
    assert (preferred.text, preferred.headers["preference-applied"]) == ("ask", "code=200")
    before = {"Origin": "https://page.example", "Access-Control-Request-Method": "DELETE"}
    preflight = studio.options(place, headers=before)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-methods"] == "DELETE, GET, HEAD, OPTIONS"


def test_a_file_is_in_what_is_saved_and_restored(studio: httpx.Client) -> None:
    made = new(studio, data={"title": "A"}, files={"photo": ("a.png", PNG, "image/png")})
    studio.post("/negatives", content=b"II*", headers={"Content-Type": "image/tiff"})
    root = str(studio.base_url).removesuffix("/v1/")
    tenant = f"{root}/_sandbox/tenants/sandbox"
    assert httpx.put(f"{tenant}/snapshots/one", trust_env=False).is_success
    assert studio.delete(f"/prints/{made['printId']}").status_code == 204
    assert httpx.post(f"{tenant}/snapshots/one/restore", trust_env=False).is_success
    assert studio.get(f"/prints/{made['printId']}/photo").content == PNG
    file = httpx.get(f"{tenant}/snapshots/one/file", trust_env=False).json()
    sent = httpx.put(f"{tenant}/snapshots/two/file", json=file, trust_env=False)
    assert sent.status_code == 200, sent.text


def test_the_log_tells_of_forms_and_files(studio: httpx.Client) -> None:
    new(studio, data={"title": "A", "voucher": "told-to-nobody"}, files={"scans": ("1", b"\xff")})
    new(studio, data={"title": "A", "voucher": "told-to-nobody"})
    root = str(studio.base_url).removesuffix("/v1/")
    for path in ("log", "log.har"):
        told = httpx.get(f"{root}/_sandbox/{path}", trust_env=False)
        if told.status_code != 404:
            assert told.status_code == 200, path
            assert "told-to-nobody" not in told.text
