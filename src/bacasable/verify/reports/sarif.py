"""The report as SARIF 2.1.0: findings stand beside the lines of the contract that they break."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from ...contract.model import JsonObject
from ..texts import plain, plain_lines, shortened
from .summary import withheld

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning"}
_UNPROVED = {
    "skipped": "Every operation in scope is judged.",
    "never-succeeded": "Every operation in scope answers 2xx at least once.",
    "never-refused": "Every operation in scope refuses an invalid request at least once.",
    "left": "What a run made is removed at its end.",
}
_LONGEST = 4_000


def as_sarif(data: JsonObject) -> str:
    """The report as SARIF text."""
    return json.dumps(sarif_of(data), ensure_ascii=False, indent=1) + "\n"


def sarif_of(data: JsonObject) -> JsonObject:
    """The report as a SARIF log."""
    rules = [*map(_rule, data["checks"]), *(_gate(data))]
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    results = [_result(f, index) for f in data["findings"]]
    results += [_gap(one, index) for one in data["unproved"]]
    run = {
        "tool": {
            "driver": {
                "name": data["tool"]["name"],
                "version": data["tool"]["version"],
                "semanticVersion": data["tool"]["version"],
                "rules": rules,
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(data)],
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(check: JsonObject) -> JsonObject:
    tags = [f"WFC-{check['wfc']}"] if check["wfc"] else []
    return {
        "id": check["id"],
        "shortDescription": {"text": plain(check["enforces"])},
        "fullDescription": {"text": plain(f"{check['enforces']} It stands in: {check['stands']}")},
        "help": {"text": plain(check["repair"])},
        "defaultConfiguration": {"level": _LEVELS[check["severity"]]},
        "properties": {"tags": [*tags, "api", "contract"]},
    }


def _gate(data: JsonObject) -> Iterator[JsonObject]:
    """Rules of what a green run must prove, those that were broken."""
    for kind in dict.fromkeys(one["kind"] for one in data["unproved"]):
        yield {
            "id": kind,
            "shortDescription": {"text": _UNPROVED[kind]},
            "defaultConfiguration": {"level": "error"},
        }


def _result(finding: JsonObject, index: dict[str, int]) -> JsonObject:
    text = f"{finding['title']} Expected: {finding['expected']} Received: {finding['received']}"
    result = {
        "ruleId": finding["check"],
        "ruleIndex": index[finding["check"]],
        "level": _LEVELS[finding["severity"]],
        "message": {"text": _text(text)},
        "locations": [_location(finding["where"], finding["operations"], finding["place"])],
        "partialFingerprints": {"bacasableFinding/v1": finding["id"]},
        "occurrenceCount": max(1, finding["count"]),
        "properties": {
            "finding": finding["id"],
            "cause": _text(finding["cause"]),
            "repair": _text(finding["repair"]),
            "curl": "\n".join(plain_lines(finding["curl"])) if _short(finding["curl"]) else "",
        },
    }
    return _suppressed(result, finding["known"])


def _gap(one: JsonObject, index: dict[str, int]) -> JsonObject:
    result = {
        "ruleId": one["kind"],
        "ruleIndex": index[one["kind"]],
        "level": "error",
        "message": {"text": _text(f"{one['operation']}: {one['reason']}")},
        "locations": [_location(one["where"], [one["operation"]], "")],
        "partialFingerprints": {"bacasableFinding/v1": one["id"]},
    }
    return _suppressed(result, one["known"])


def _suppressed(result: JsonObject, known: str) -> JsonObject:
    if known:
        result["suppressions"] = [{"kind": "external", "justification": _text(known)}]
    return result


def _location(where: str, operations: list[str], place: str) -> JsonObject:
    match = re.fullmatch(r"(.*?)(?::(\d+)|#.*)?", where, re.DOTALL)
    file, line = (match[1], match[2]) if match else (where, None)
    physical: JsonObject = {"artifactLocation": {"uri": _uri(file)}}
    physical["region"] = {"startLine": int(line or 1)}
    logical = [{"fullyQualifiedName": plain(name), "kind": "function"} for name in operations]
    if place:
        logical.append({"fullyQualifiedName": plain(place), "kind": "member"})
    return {"physicalLocation": physical, **({"logicalLocations": logical} if logical else {})}


def _uri(file: str) -> str:
    """A path as a URI: relative to the root of the repository where it lies in it."""
    path = quote(file.encode("utf-8", "replace"), safe="/:")
    if re.match(r"[A-Za-z]:", file):
        return f"file:///{path}"
    return f"file://{path}" if file.startswith("/") else path.replace(":", "%3A")


def _invocation(data: JsonObject) -> JsonObject:
    began = datetime.fromisoformat(data["started"])
    ended = began + timedelta(seconds=data["seconds"])
    told = [data["stopped"]] if data["stopped"] else []
    told += [*data["knownErrors"], *data["notes"], *data["residue"], *withheld(data)]
    return {
        "executionSuccessful": not data["stopped"],
        "exitCode": data["status"],
        "startTimeUtc": _utc(began),
        "endTimeUtc": _utc(ended),
        "toolExecutionNotifications": [
            {"level": "warning", "message": {"text": _text(text)}} for text in told
        ],
    }


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _short(text: str) -> bool:
    return len(text) <= 5 * _LONGEST


def _text(text: str) -> str:
    return plain(shortened(text, _LONGEST))
