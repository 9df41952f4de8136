"""Every format of a report: true to its format, without secrets, inert whatever a server said."""

import base64
import html.parser
import json
import re
from dataclasses import replace
from unicodedata import category
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bacasable.verify.checks import all_checks
from bacasable.verify.model import Outcome, Residue, Unproved
from bacasable.verify.reports import FORMATS, write
from bacasable.verify.reports.data import data_of
from bacasable.verify.reports.html import as_html
from bacasable.verify.reports.json_report import as_json, report_schema
from bacasable.verify.reports.junit import as_junit
from bacasable.verify.reports.markdown import MOST_BYTES, as_markdown
from bacasable.verify.reports.sarif import sarif_of
from bacasable.verify.reports.terminal import as_text

from .fakes import ADMIN, HOSTILE, LEARNER, PASSWORD, TOKEN, exchange, fault, report_of
from .test_coverage import coverage_of, covered

SECRETS = (TOKEN, PASSWORD, TOKEN.split(".")[2])
KEEPS = jsonschema_rs.Draft202012Validator(report_schema(), validate_formats=True).is_valid


def full(contract, **given):
    """A report that has something of everything."""
    shown = (
        exchange(contract, "login", body=b'{"password":"%s"}' % PASSWORD.encode(), purpose="login"),
        exchange(
            contract, "listCourses", 418, body=f'{{"a":"{TOKEN}"}}'.encode(), answer=b"\xff\0"
        ),
        exchange(contract, "getCourse", 0, identity=LEARNER),
    )
    faults = [
        fault(place="/components/schemas/Problem", exchanges=shown, wfc=101),
        fault("", check="unknown-path", cause="b", exchanges=(exchange(contract),)),
        fault("getUser", cause="c"),
    ]
    report = report_of(contract, faults, **given)
    findings = [replace(f, known="agreed" if f.cause == "c" else "") for f in report.findings]
    return replace(
        report,
        findings=findings,
        unproved=[
            Unproved("never-refused", "createCourse", "no invalid request was sent"),
            Unproved("skipped", "*", "the server is gone", known="agreed"),
            Unproved("left", "Course", "1 left: deleteCourse answered 409"),
        ],
        coverage=covered(contract, shown[1], only=("Courses",)),
        residue=[Residue("Course", "deleteCourse answered 409")],
        withheld={"resetAll": "it acts on the server as a whole"},
        known_errors=["known.toml:3: etag-123456 is not seen any more"],
        notes=["a note"],
    )


@pytest.fixture
def report(contract):
    return full(contract)


@pytest.fixture
def data(report):
    return data_of(report)


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_shows_a_secret(report, form, tmp_path):
    # A body in base64 hides it from a plain search.
    write(report, form, tmp_path / "out")
    text = (tmp_path / "out").read_text("utf-8")
    decoded = [
        base64.b64decode(t)
        for t in re.findall(r"\b[A-Za-z0-9+/]{16,}={0,2}(?=\W)", text)
        if len(t) % 4 == 0
    ]
    for secret in SECRETS:
        assert secret not in text
        assert not [d for d in decoded if secret.encode() in d]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_can_be_written_whatever_was_found(contract, form, tmp_path):
    for one in (report_of(contract), report_of(contract, [fault(title="\ud800 half")])):
        write(one, form, tmp_path / "out")
        assert (tmp_path / "out").read_text("utf-8")


def test_json_keeps_its_schema(report, data):
    errors = jsonschema_rs.Draft202012Validator(report_schema()).iter_errors(
        json.loads(as_json(data))
    )
    assert [(e.instance_path, e.message) for e in errors] == []
    assert not KEEPS(data | {"more": 1})


def test_json_of_an_empty_run_keeps_its_schema(contract):
    empty = replace(report_of(contract), coverage=coverage_of(contract).json("stopped"))
    assert KEEPS(json.loads(as_json(data_of(empty))))


def test_json_holds_what_a_replay_needs(data):
    first = next(f for f in data["findings"] if f["cause"] == "status 418")
    sent = first["exchanges"][0]
    assert [e["operation"] for e in first["exchanges"]] == ["listCourses", "getCourse"]
    assert sent["request"]["body"] == {"text": '{"a":"***"}', "masked": True}
    assert sent["response"]["body"] == {"base64": "/wA=", "masked": False}
    assert sent["identity"] == {"name": "ADMIN", "role": "ADMIN", "tenant": "votre-tenant"}
    assert ["Authorization", "Bearer ***"] in sent["request"]["headers"]
    assert first["exchanges"][1]["response"] is None
    assert first["exchanges"][1]["failure"]


@pytest.mark.parametrize(
    ("change", "verdict", "status"),
    [
        ({}, "kept", 0),
        ({"unproved": [Unproved("skipped", "x", "y")]}, "unproved", 1),
        ({"unproved": [Unproved("skipped", "x", "y", known="agreed")]}, "kept", 0),
        ({"known_errors": ["k:1: expired"]}, "broken", 1),
        ({"stopped": "the server is gone"}, "unclear", 2),
    ],
)
def test_the_verdict_says_what_the_status_means(contract, change, verdict, status):
    one = data_of(replace(report_of(contract), **change))
    assert (one["verdict"], one["status"]) == (verdict, status)
    assert as_text(one).rstrip().endswith(f"(exit status {status})")


def test_the_terminal_aligns_expected_and_received(data):
    lines = as_text(data).splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("error status-documented"))
    block = lines[start : lines.index("", start)]
    columns = {re.match(r"  \w+ +", line).end() for line in block[1:6]}
    assert len(columns) == 1
    assert any(line.startswith("  curl ") for line in block)
    told = "\n".join(lines)
    for part in (
        "Not proved (2)",
        "Accepted (2)",
        "Left on the server (1)",
        "known.toml:3",
        "Coverage",
    ):
        assert part in told


def test_junit_counts_what_it_holds(data):
    root = xml(as_junit(data))
    for suite in [root, *root.findall("testsuite")]:
        cases = list(suite.iter("testcase"))
        assert int(suite.get("tests")) == len(cases)
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(name)) == len([c for c in cases if c.find(tag) is not None])
    cases = {(c.get("classname"), c.get("name")): c for c in root.iter("testcase")}
    assert len(cases) == len(list(root.iter("testcase")))
    assert cases["listCourses", "status-documented"].find("failure") is not None
    assert cases["listCourses", "answer-schema"].find("*") is None
    assert "not applicable" in cases["listCourses", "etag"].find("skipped").get("message")
    assert "known: agreed" in cases["getUser", "status-documented"].find("skipped").get("message")
    assert cases["proof", "never-refused:createCourse"].find("failure") is not None
    assert cases["proof", "skipped:*"].find("skipped") is not None
    assert cases["known findings", "line 1"].find("failure") is not None


def test_junit_fails_exactly_when_the_run_does(contract):
    report = report_of(contract, [fault()])
    (finding,) = report.findings
    for changed, status in (({}, 1), ({"severity": "warning"}, 0), ({"known": "agreed"}, 0)):
        one = data_of(replace(report, findings=[replace(finding, **changed)]))
        root = xml(as_junit(one))
        assert one["status"] == status
        assert bool(int(root.get("failures"))) == bool(status)


def test_sarif_has_its_essential_structure(data):
    log = json.loads(json.dumps(sarif_of(data)))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({r["id"] for r in rules}) == len(rules)
    assert len(run["results"]) == 6
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning"}
        assert result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert physical["region"]["startLine"] >= 1
        assert re.fullmatch(r"(file:///)?[\w./%~-]+", physical["artifactLocation"]["uri"])
        assert result["partialFingerprints"]
    lines = [r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in run["results"]]
    assert sum(line > 1 for line in lines) == 2
    assert [len(r.get("suppressions", [])) for r in run["results"]].count(1) == 2
    assert run["invocations"][0]["exitCode"] == 1
    assert run["invocations"][0]["endTimeUtc"] == "2026-11-02T09:00:01Z"


def xml(text):
    """The root of a document that we made."""
    return ET.fromstring(text)  # noqa: S314


class Page(html.parser.HTMLParser):
    """The elements and texts of a page."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.ids = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_data(self, data):
        self.texts.append(data)


def test_html_needs_no_network_and_its_links_lead_on(data):
    page = Page(as_html(data))
    for tag, attributes in page.elements:
        assert tag not in {"link", "iframe", "img", "object", "embed", "base"}
        assert "src" not in attributes
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        if tag == "a":
            assert attributes["href"].removeprefix("#") in page.ids
    assert len(page.ids) == len(set(page.ids))
    assert [tag for tag, _ in page.elements].count("script") == 1


def test_html_admits_its_own_script_only(data):
    text = as_html(data)
    import hashlib

    for tag in ("script", "style"):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        policy = dict(Page(text).elements[3][1])["content"]
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_html_shows_the_matrix_by_colour_and_symbol(data):
    page = Page(as_html(data))
    cells = [a.get("class") for tag, a in page.elements if tag == "td" and a.get("class")]
    assert {"failed", "passed", "not-applicable", "not-judged", "known"} <= set(cells)
    text = "".join(page.texts)
    assert all(symbol in text for symbol in "✓✗?·≈")


def heavy(contract):
    """A report of the size of a whole run on a server where nothing is right."""
    checks = list(all_checks())
    reason = "it answers with no record, so that nothing can be compared here"
    outcomes = [
        Outcome(check, operation, "not-applicable" if n % 3 else "passed", reason if n % 3 else "")
        for operation in contract.operations
        for n, check in enumerate(checks[:45])
    ]
    body = json.dumps({"detail": HOSTILE * 200}).encode()
    faults = [
        fault(name, cause=f"cause {n}", exchanges=(exchange(contract, name, answer=body),) * 3)
        for name in contract.operations
        for n in range(5)
    ]
    coverage = coverage_of(contract).json("the time budget is used up")
    return report_of(contract, faults, outcomes=outcomes, coverage=coverage)


def test_html_and_markdown_stay_small(contract):
    big = data_of(heavy(contract))
    assert len(as_html(big).encode()) <= 2_000_000
    many = replace(report_of(contract, [fault(cause=HOSTILE * n) for n in range(300)]))
    gaps = [Unproved("skipped", f"operation{n}", HOSTILE * 9) for n in range(300)]
    text = as_markdown(
        data_of(replace(many, unproved=gaps, residue=[Residue("Course", HOSTILE * 9)] * 300))
    )
    assert 1_000 < len(text.encode()) <= MOST_BYTES


def hostile(contract, text=HOSTILE):
    shown = exchange(
        contract,
        "listCourses",
        answer=text.encode("utf-8", "replace"),
        answered=(("content-type", text), (text, text)),
        identity=replace(ADMIN, name=text, tenant=text),
        body=text.encode("utf-8", "replace"),
    )
    bad = fault(
        title=text, cause=text, expected=text, received=text, exchanges=(shown,), place=f"/{text}"
    )
    report = report_of(contract, [bad, fault(cause=text, title=text)])
    first, second = report.findings
    return data_of(
        replace(
            report,
            findings=[first, replace(second, known=text)],
            unproved=[Unproved("skipped", text, text), Unproved("skipped", "x", text, known=text)],
            residue=[Residue(text, text)],
            withheld={text: text},
            notes=[text],
            known_errors=[text],
            stopped=text,
            outcomes=[Outcome("etag", text, "not-judged", text)],
        )
    )


def is_inert(text):
    """Whether a text holds nothing that a terminal obeys, or that turns the way it is read."""
    return all(c.isprintable() or c == "\n" or category(c) == "Zs" for c in text)


def test_what_servers_say_does_nothing_in_a_terminal(contract):
    assert is_inert(as_text(hostile(contract)))


def test_what_servers_say_is_text_in_a_page(contract):
    clean, evil = (Page(as_html(hostile(contract, text))) for text in ("plain", HOSTILE))
    assert is_inert("".join(evil.texts))
    tags = [sorted(tag for tag, _ in page.elements) for page in (clean, evil)]
    assert tags[0] == tags[1]
    assert "<script>alert(1)</script>" in "".join(evil.texts)
    assert "{{7*7}}" in "".join(evil.texts)


def test_what_servers_say_is_text_in_markdown(contract):
    markdown = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    shapes = []
    for text in ("plain", HOSTILE):
        made = as_markdown(hostile(contract, text))
        assert is_inert(made)
        tokens = markdown.parse(made)
        shapes.append([t.type for t in tokens if t.type != "html_block"])
        inline = [c for t in tokens for c in t.children or ()]
        assert not {"link_open", "image"} & {c.type for c in inline}
        texts = [c.content for c in inline if c.type == "text"]
        assert not [t for t in texts if re.search(r"@\w|https?://|www\.", t)]
        raw = {c.content for c in inline if c.type == "html_inline"}
        assert raw <= {"<br>", "<!-- -->"}
    assert shapes[0] == shapes[1]


@pytest.fixture
def saying(contract):
    return lambda text: hostile(contract, text)


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.text(max_size=60))
def test_reports_of_any_text_are_sound(saying, text):
    one = saying(text)
    assert KEEPS(json.loads(as_json(one).encode("utf-8", "replace")))
    assert xml(as_junit(one)) is not None
    assert is_inert(as_text(one))
    assert is_inert(as_markdown(one))
    json.dumps(sarif_of(one))


def test_har_has_an_entry_for_each_exchange(report, tmp_path):
    write(report, "har", tmp_path / "out.har")
    log = json.loads((tmp_path / "out.har").read_text("utf-8"))["log"]
    assert [e["response"]["status"] for e in log["entries"]] == [418, 0, 200]
    assert log["entries"][0]["response"]["content"]["encoding"] == "base64"
