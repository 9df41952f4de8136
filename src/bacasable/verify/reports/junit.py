"""The report as JUnit XML, which every system of continuous integration shows.

A suite for each operation, a case for each check on it. What a run could not prove, and lines of
the known findings that are wrong, are cases too: they fail the run.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ...contract.model import JsonObject
from ..texts import plain, plain_lines, shortened
from .summary import cells, failures, verdict_of

_SERVER = "server"
_LONGEST = 20_000


def as_junit(data: JsonObject) -> str:
    """The report as JUnit XML."""
    root = Element("testsuites", name="bacasable verify")
    found = failures(data)
    suites: dict[str, list[JsonObject]] = {}
    for cell in cells(data).values():
        suites.setdefault(cell["operation"], []).append(cell)
    for operation, members in suites.items():
        suite = SubElement(root, "testsuite", name=plain(operation or _SERVER))
        suite.set("timestamp", data["started"])
        for cell in members:
            _case(suite, cell, found.get((cell["check"], operation), []))
    _proof(root, data)
    for suite in [*root.findall("testsuite"), root]:
        _count(suite)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _case(suite: Element, cell: JsonObject, found: list[JsonObject]) -> None:
    case = _named(suite, cell["operation"] or _SERVER, cell["check"])
    case.set("time", f"{cell['seconds']:.3f}")
    broken = [f for f in found if f["severity"] == "error" and not f["known"]]
    if broken:
        failure = SubElement(case, "failure", type=plain(broken[0]["id"]))
        failure.set("message", _message(broken[0]["title"]))
        failure.text = "\n\n".join("\n".join(_lines(f)) for f in broken)
    elif cell["verdict"] == "not-judged":
        SubElement(case, "skipped", message=_message(f"not judged: {cell['reason']}"))
    elif cell["verdict"] == "not-applicable":
        SubElement(case, "skipped", message=_message(f"not applicable: {cell['reason']}"))
    elif found and all(f["known"] for f in found):
        SubElement(case, "skipped", message=_message(f"known: {found[0]['known']}"))
    elif found:
        said = SubElement(case, "system-out")
        said.text = "\n\n".join("\n".join(_lines(f)) for f in found)


def _proof(root: Element, data: JsonObject) -> None:
    """The run itself as a suite: what it did not prove, what is wrong about the known findings."""
    suite = SubElement(root, "testsuite", name="run", timestamp=data["started"])
    case = _named(suite, "run", "judged to its end")
    if data["stopped"]:
        SubElement(case, "error", message=_message(data["stopped"])).text = plain(verdict_of(data))
    for one in data["unproved"]:
        case = _named(suite, "proof", one["id"])
        kind = "skipped" if one["known"] else "failure"
        SubElement(case, kind, message=_message(one["known"] or one["reason"]))
    for number, error in enumerate(data["knownErrors"], 1):
        case = _named(suite, "known findings", f"line {number}")
        SubElement(case, "failure", message=_message(error))


def _named(suite: Element, group: str, name: str) -> Element:
    return SubElement(suite, "testcase", classname=plain(group), name=plain(name), time="0")


def _count(suite: Element) -> None:
    """The numbers of a suite, or of all suites; every case below it is counted."""
    cases = list(suite.iter("testcase"))
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', 0)) for case in cases):.3f}")


def _message(text: str) -> str:
    return plain(shortened(text, 500))


def _lines(finding: JsonObject) -> Iterator[str]:
    rows = [
        ("", f"{finding['severity']} {finding['id']}: {finding['title']}"),
        ("expected: ", finding["expected"]),
        ("received: ", finding["received"]),
        ("contract: ", finding["where"]),
        ("repair:   ", finding["repair"]),
    ]
    yield from (name + plain(shortened(value, _LONGEST)) for name, value in rows)
    if len(finding["curl"]) < _LONGEST:
        yield from plain_lines(finding["curl"])
