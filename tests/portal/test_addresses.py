"""Which addresses of a contract a page may lead to, load from, or call."""

import re
from html import unescape

import pytest

from bacasable.portal.addresses import harmless, is_web, may_be_followed
from bacasable.portal.markdown import html, inline

SCRIPTS = [
    "javascript:evil()",
    "JaVaScRiPt:evil()",
    " javascript:evil()",
    "java\nscript:evil()",
    "java\tscript:evil()",
    "\x01javascript:evil()",
    "javascript://host/%0aevil()",
    "vbscript:evil",
    "data:text/html,evil",
    "data:image/svg+xml,<svg onload=evil()>",
    "file:///etc/passwd",
    "ms-word:ofe|u|http://evil.test",
    "blob:http://evil.test/1",
    "//evil.test/share",
    "\\\\evil.test\\share",
    "/\\evil.test/share",
]


@pytest.mark.parametrize("address", SCRIPTS)
def test_what_is_a_script_a_file_or_a_program_is_not_followed(address: str) -> None:
    assert not may_be_followed(address)
    assert not is_web(address)
    marked = html(f"[text](<{address.strip()}>) ![image](<{address.strip()}>) <{address.strip()}>")
    # What cannot be part of an address is escaped, and names a place of the site then.
    assert all(may_be_followed(unescape(found)) for found in re.findall('href="([^"]*)"', marked))
    assert "src=" not in marked


@pytest.mark.parametrize(
    "address",
    ["https://api.example", "HTTP://x", "mailto:a@b.example", "#part", "guides/a:b.html", "", "/x"],
)
def test_the_web_mail_and_the_site_are(address: str) -> None:
    assert may_be_followed(address)


def test_an_image_is_a_link_to_it() -> None:
    found = inline('![a "b" <c>](https://x.example/i.png?a=1&b=%22 "t")')
    assert found == (
        '<a href="https://x.example/i.png?a=1&amp;b=%22">a &quot;b&quot; &lt;c&gt;</a>'
    )
    assert inline("![](https://x.example/i.png)").endswith(">https://x.example/i.png</a>")
    assert inline("![a picture](images/i.png)") == "a picture"


def test_viewers_are_given_no_address_that_must_not_be_followed() -> None:
    evil, good = {"url": SCRIPTS[0], "description": "x"}, {"url": "https://x.example"}
    document = {
        "info": {"termsOfService": SCRIPTS[0], "contact": evil, "license": good},
        "externalDocs": evil,
        "servers": [evil, good, {"url": "/v1"}, {"url": "//x.example"}, {"url": "https://{host}"}],
        "tags": [{"externalDocs": evil}, {"externalDocs": good}],
        "paths": {"/a": {"get": {"externalDocs": evil, "servers": [evil]}}},
        "components": {"examples": {"url": {"value": {"url": SCRIPTS[0]}}}},
    }
    found = harmless(document)
    assert found["info"] == {
        "termsOfService": "",
        "contact": {"description": "x"},
        "license": good,
    }
    assert [server["url"] for server in found["servers"]] == [
        *("https://x.example", "/v1", "//x.example", "https://{host}")
    ]
    assert found["tags"] == [{"externalDocs": {"description": "x"}}, {"externalDocs": good}]
    assert found["paths"]["/a"]["get"] == {"externalDocs": {"description": "x"}, "servers": []}
    assert found["components"] == document["components"]
