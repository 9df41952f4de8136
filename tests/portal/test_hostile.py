"""Contracts that mean harm: what they hold stays text, and what has no end is cut."""

import json
import re
from html.parser import HTMLParser

import pytest

from bacasable.contract import load_contract
from bacasable.contract.build import build_contract
from bacasable.contract.values import made, matches
from bacasable.portal import Edition, load_site, markdown
from bacasable.portal.calls import calls_of
from bacasable.portal.httpfile import http_file
from bacasable.portal.samples import languages, program_of, samples_of
from tests.portal.hearing import hear

LANGUAGES = [language.id for language in languages()]
EVIL = """"><script>evil()</script><img src=x onerror=evil()>' onclick='evil()' </script>\u2028"""
LINKS = (
    "[a](javascript:evil()) ![b](data:text/html,evil) <javascript:evil()> [c](vbscript:x)"
    " ![d](https://evil.test/d.png) ![e](//evil.test/e.png) ![f][f]\n\n[f]: https://evil.test/f"
)
TEXT = f"{EVIL}\n\n<script>evil()</script>\n\n{LINKS}\n\n```{EVIL}\n{EVIL}\n```\n\n```\nx\n```"
LEADING = re.compile(r"\s*(javascript|vbscript|data):", re.IGNORECASE)
# Elements and scripts that pages have of themselves: those that are served beside them.
OWN_SCRIPT = re.compile(r"(\.\./)*(assets/[\w/-]+\.js\?v=|assets/(theme|choose)\.js|openapi\.js)")
HARMFUL = {"img", "iframe", "object", "embed", "base"}


class Harm(HTMLParser):
    """Collects what a page would do that is not its own."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        own = given.get("type") == "application/json" or OWN_SCRIPT.match(given.get("src") or "")
        if tag == "link" and given["rel"] == "icon":
            return  # ours, which is data where no image may be loaded
        if tag in HARMFUL or (tag == "script" and not own):
            self.found.append((tag, given))
        self.found += [
            (tag, name, value)
            for name, value in attributes
            if name.startswith("on") or (name in {"href", "src"} and LEADING.match(value or ""))
        ]


def schema():
    return {
        "type": "object",
        "title": EVIL,
        "description": TEXT,
        "required": [EVIL],
        "properties": {
            EVIL: {"type": "string", "description": TEXT, "enum": [EVIL], "default": EVIL},
            "other": {"type": "string", "pattern": EVIL, "format": EVIL, "example": EVIL},
        },
        "patternProperties": {EVIL: {"type": "string", "description": TEXT}},
    }


def evil_document():
    """A contract in which every text that may be anything is one that means harm."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    names = ["../../../evil", "..", ".", "a/b", "index", EVIL, "x" * 400, "%2e%2e%2f"]
    answers = {
        "200": {"description": TEXT, "content": content, "headers": {EVIL: {"schema": {}}}},
        "default": {"description": TEXT},
    }
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": EVIL, "in": "query", "description": TEXT, "schema": {"default": EVIL}},
    ]
    operation = {"summary": EVIL, "description": TEXT, "tags": [EVIL], "responses": answers}
    return {
        "openapi": "3.1.0",
        "info": {"title": EVIL * 9, "version": EVIL, "description": TEXT},
        "servers": [{"url": "javascript://x/%0aevil()", "description": EVIL}],
        "tags": [{"name": EVIL, "description": TEXT, "x-displayName": EVIL}],
        "components": {"schemas": {"Thing": schema()}},
        "paths": {
            f"/{number}/{{id}}/{EVIL.replace('{', '').replace('/', '')}": {
                "post": {
                    **operation,
                    "operationId": name,
                    "parameters": parameters,
                    "requestBody": {"description": TEXT, "content": content},
                }
            }
            for number, name in enumerate(names)
        },
    }


@pytest.fixture(scope="module")
def evil_site(tmp_path_factory):
    file = tmp_path_factory.mktemp("evil") / "evil.json"
    file.write_text(json.dumps(evil_document()), "utf-8")
    return load_site(load_contract(file), {})


def test_no_text_of_a_contract_becomes_a_script_or_an_element(evil_site):
    pages = [path for path in evil_site.paths if path.endswith(".html")]
    assert len(pages) > 12
    for path in pages:
        harm = Harm()
        harm.feed(evil_site.file(path).body.decode())
        assert harm.found == [], path


@pytest.mark.parametrize("script", ["search", "openapi"])
def test_data_in_scripts_stays_data(evil_site, script):
    text = evil_site.file(f"en/{script}.js").body.decode()
    name, _, told = text.partition(" = ")
    assert re.fullmatch(r"window\.\w+", name)
    assert "<script>evil()</script>" in str(json.loads(told.removesuffix(";\n")))


def test_names_of_files_are_plain_short_and_each_their_own(evil_site):
    paths = [path for path in evil_site.paths if not path.startswith("assets/")]
    assert len({path.lower() for path in paths}) == len(paths)
    for path in paths:
        assert all(re.fullmatch(r"[A-Za-z0-9_-][\w.-]{0,199}", part) for part in path.split("/"))


@pytest.mark.parametrize("fence", ["nolanguage", 'js"onclick=evil()', "python title=x", " "])
def test_a_block_of_code_in_any_language_is_shown(fence):
    shown = markdown.html(f"```{fence}\n5 < 6\n```")
    assert re.sub("<[^>]*>", "", shown).strip() == "5 &lt; 6"


# --- samples


def calling(path="/things", *, login=None, security=(), **declared) -> Edition:
    """A contract with one operation `call`, and another that logs in."""
    answers = {"204": {"description": "Done."}}
    paths = {path: {"post": {"operationId": "call", "responses": answers, **declared}}}
    if login:
        paths["/login"] = {"post": {"operationId": "login", "responses": answers, **login}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Evil", "version": "1"},
        "components": {"securitySchemes": {"any": {"type": "http", "scheme": "bearer"}}},
        "security": list(security),
        "paths": paths,
    }
    contract = build_contract(document, "test")
    return Edition("en", ("en",), contract, "https://api.example")


def breaking(canary) -> str:
    """A text that would make a file, if any program did what it says."""
    touch = f"touch {canary}"
    php = f"?><?php touch('{canary}'); ?>"
    return f"a\n{touch}\r{touch}\u2028{php} $({touch}) `{touch}` '; {touch}; '\"; {touch}; \""


def heard(edition, folder, language):
    """What the sample of `call` in a language sends last."""
    (text,) = (s.code.text for s in samples_of(edition, "call") if s.language == language)
    return hear(language, [text], folder)[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_a_contract_is_run_by_a_sample(language, tmp_path):
    canary = tmp_path / "canary"
    evil = breaking(canary)
    body = {"content": {"application/json": {"schema": {}, "example": {evil: evil}}}}
    parameters = [
        {"name": evil, "in": "query", "required": True, "schema": {}, "example": evil},
        {"name": "id", "in": "path", "required": True, "schema": {}, "example": evil},
    ]
    path = "/{id}/" + evil.replace("/", "")
    edition = calling(path, summary=evil, requestBody=body, parameters=parameters)
    assert heard(edition, tmp_path, language)["body"] == {evil: evil}
    assert not canary.exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_headers_and_roles_are_text_as_well(language, tmp_path):
    canary = tmp_path / "canary"
    header = {"name": "X-`touch$IFS$1canary`", "in": "header", "required": True, "example": "x"}
    login = logging_in({"token": "t"}, **{breaking(canary): {"value": {}}})
    edition = calling(parameters=[header], login=login, security=[{"any": []}])
    (text,) = (s.code.text for s in samples_of(edition, "call") if s.language == language)
    assert not re.search(r"^\s*touch", text, re.MULTILINE)
    if language == "curl":
        assert "X-\\`touch\\$IFS" in text


def logging_in(answer, links=None, **examples):
    content = {"application/json": {"schema": {}, "example": answer}}
    given = {"description": "In.", "content": content, "links": links or {}}
    media = {"schema": {}, "examples": examples or {"ANY": {"value": {}}}}
    return {
        "security": [],
        "requestBody": {"content": {"application/json": media}},
        "responses": {"200": given},
    }


@pytest.mark.parametrize(
    "header",
    [
        {"name": "X One", "example": "x"},
        {"name": "X-One\r\nX-Two", "example": "x"},
        {"name": "X-One", "example": "x\r\nX-Two: y"},
        {"name": "", "example": "x"},
    ],
)
def test_what_would_be_another_header_is_not_shown(header):
    edition = calling(parameters=[{"in": "header", "required": True, "schema": {}, **header}])
    assert samples_of(edition, "call") == ()
    assert "X-Two" not in http_file(calls_of(edition))


@pytest.mark.parametrize(
    ("member", "taken"),
    [
        ("fit", True),
        ("a'; touch x; '", False),
        ("1st", False),
        ("a~1b", False),
        ("class", False),
        ("api", False),
        ("", False),
        ("é", False),
    ],
)
def test_a_member_that_gives_no_name_to_a_variable_is_not_taken(member, taken):
    link = {"operationId": "call", "requestBody": {"x": f"$response.body#/data/{member}"}}
    login = logging_in({"token": "t"}, {"to": link})
    body = {"content": {"application/json": {"schema": {}}}}
    edition = calling(login=login, requestBody=body)
    program = program_of(edition, edition.contract.operations["call"])
    assert (program is not None) == taken


def test_lines_of_an_http_file_are_those_that_it_was_made_of():
    evil = "a\n@token = mine\n###\nGET https://evil.example\r\u2028@x = y"
    edition = calling(f"/{{id}}/{evil}", summary=evil, tags=[evil])
    edition.contract.document["info"]["title"] = evil
    lines = http_file(calls_of(edition)).splitlines()
    assert not any(line.startswith(("@token", "@x", "GET")) for line in lines)


# --- what has no end


def size(value):
    inner = value.values() if isinstance(value, dict) else value
    return 1 + sum(map(size, inner)) if isinstance(value, dict | list) else 1


NODE = {"$ref": "#/components/schemas/Node"}


@pytest.mark.parametrize(
    "node",
    [
        {"type": "object", "required": list("abc"), "properties": dict.fromkeys("abc", NODE)},
        {"type": "array", "minItems": 3, "items": NODE},
        {"allOf": [{"type": "object", "required": ["a"], "properties": {"a": NODE}}, NODE]},
        {"oneOf": [{"type": "array", "minItems": 3, "items": NODE}]},
    ],
    ids=["object", "array", "allOf", "oneOf"],
)
def test_a_value_of_a_schema_without_end_is_small(node):
    assert size(made({"components": {"schemas": {"Node": node}}}, NODE)) < 10_000


def test_a_pattern_is_not_tried_for_ever():
    assert matches("^(a|b)+$", "a" * 10)
    assert not matches("^(a|b)+$", "a" * 11)
    assert matches("^[a-f]{20}$", "a" * 20)
