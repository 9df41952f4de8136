"""What several formats say of a report in the same words, and how they sum it up."""

from collections import Counter
from collections.abc import Iterable, Iterator

from ...contract.model import JsonObject
from ..texts import number_of

KINDS = {
    "operation": "operations called",
    "success": "operations that answered 2xx",
    "status": "documented statuses",
    "parameter": "parameters, valid and invalid",
    "keyword": "schema keywords broken and refused",
    "transition": "transitions, taken and refused",
    "role": "roles, let in and refused",
    "tenant": "tenant relations",
    "rule": "business rules",
}
"""The kinds of coverage, in their order, and what is counted of each."""

WITHHELD = "Not called, for they act on what is not the run's; --allow OPERATION calls one"
"""The title of the operations that were not called."""


def verdict_of(data: JsonObject) -> str:
    """The verdict in one sentence, with what the exit status means."""
    summary = data["summary"]
    said = {
        "kept": "The contract is kept",
        "broken": "The contract is broken: " + _broken(data),
        "unproved": "Too little was proved: " + number_of(summary["unproved"], "gap"),
        "unclear": f"The contract could not be judged: {data['stopped']}",
    }[data["verdict"]]
    if data["verdict"] == "kept" and summary["warnings"]:
        said += f", with {number_of(summary['warnings'], 'warning')}"
    return f"{said}."


def _broken(data: JsonObject) -> str:
    summary = data["summary"]
    parts = [(summary["errors"], "error"), (summary["warnings"], "warning")]
    parts.append((len(data["knownErrors"]), "wrong line"))
    told = [number_of(count, noun) for count, noun in parts if count]
    return ", ".join(told) + (" of the known findings" if data["knownErrors"] else "")


def fresh(data: JsonObject) -> list[JsonObject]:
    """The findings that nobody has accepted."""
    return [finding for finding in data["findings"] if not finding["known"]]


def known(data: JsonObject) -> Iterator[tuple[str, str, str]]:
    """What is accepted: its id, what it is, and why."""
    for finding in data["findings"]:
        if finding["known"]:
            yield finding["id"], finding["title"], finding["known"]
    for one in data["unproved"]:
        if one["known"]:
            yield one["id"], one["reason"], one["known"]


def withheld(data: JsonObject) -> list[str]:
    """Operations that were not called, for they may change what the run did not make."""
    return [f"{one['operation']}: {one['reason']}" for one in data["withheld"]]


def unproved(data: JsonObject) -> list[JsonObject]:
    """What is not proved and nobody has accepted."""
    return [one for one in data["unproved"] if not one["known"]]


def operations_of(finding: JsonObject, most: int = 5) -> str:
    """The operations of a finding, and how often it was seen."""
    names = finding["operations"] or ["the server"]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    times = f" ({finding['count']} times)" if finding["count"] > 1 else ""
    return ", ".join(names[:most]) + more + times


def coverage_rows(data: JsonObject) -> Iterator[tuple[str, int, int]]:
    """Of each kind what is counted, how much of it was exercised, and how much there is."""
    totals = data["coverage"].get("totals", {})
    for kind, said in KINDS.items():
        total = totals.get(kind)
        if total and total["of"]:
            yield said, total["exercised"], total["of"]


def by_status(data: JsonObject) -> dict[str, int]:
    """How many answers had each status."""
    counts: Counter[str] = Counter()
    for entry in data["coverage"].get("operations", ()):
        counts.update(entry.get("answers", {}))
    return dict(sorted(counts.items()))


def failures(data: JsonObject) -> dict[tuple[str, str], list[JsonObject]]:
    """The findings of each check and operation; of the server as a whole under no operation."""
    found: dict[tuple[str, str], list[JsonObject]] = {}
    for finding in data["findings"]:
        for operation in finding["operations"] or [""]:
            found.setdefault((finding["check"], operation), []).append(finding)
    return found


def about_run(data: JsonObject) -> str:
    """Who judged what, how much and for how long, in one line."""
    options = data["options"]
    return (
        f"{data['contract']['title'] or data['contract']['file']} at {data['server']}: "
        f"{number_of(data['requests'], 'request')} in {data['seconds']:.1f} s, "
        f"profile {options['profile']}, seed {options['seed']}"
    )


def cells(data: JsonObject) -> dict[tuple[str, str], JsonObject]:
    """The outcome of each check and operation; what a finding names has failed."""
    found = {(o["check"], o["operation"]): o for o in data["outcomes"]}
    for key in failures(data):
        empty = {"check": key[0], "operation": key[1], "reason": "", "requests": 0, "seconds": 0.0}
        found[key] = found.get(key, empty) | {"verdict": "failed"}
    return found


def reasons(data: JsonObject) -> list[tuple[str, int, list[JsonObject]]]:
    """What was not exercised, by kind: what is counted, how much, and each with its reason."""
    missing: Iterable[JsonObject] = data["coverage"].get("notExercised", ())
    groups: dict[str, list[JsonObject]] = {}
    for one in missing:
        groups.setdefault(one["kind"], []).append(one)
    return [(KINDS.get(kind, kind), len(found), found) for kind, found in groups.items()]
