"""What a run exercised of a contract, and what it did not, with the reason: plain JSON.

Operations, the statuses documented for them, parameters, keywords of schemas, roles, tenants,
transitions and business rules. The format is told in docs/report.md; counts of several runs may
be added up. `unproved` draws the conclusion: what a green run would not prove.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

from ..contract import Contract, Operation
from ..contract.model import JsonObject, Parameter
from .bench import Subject
from .keywords import MALFORMED, BodyKeywords, ParameterKeywords
from .model import Exchange, Options, Outcome, Residue, Unproved
from .relations import Lifecycles, Roles, Tenants
from .texts import number_of

FORMAT = 1
"""The version of the format of coverage."""
_NO_REFUSAL = frozenset({401, 403, 404, 405, 407, 408, 409, 410, 412, 421, 423, 425, 426, 428, 429})
"""Statuses that say nothing about whether the server looked at what was sent."""
_GATED = frozenset({"query", "body"})


def refuses(status: int) -> bool:
    """Whether a status says that the server looked at a request and found it invalid."""
    return 400 <= status < 500 and status not in _NO_REFUSAL


class Coverage:
    """Watches exchanges: give `saw` to a session. `json` may be asked at any time."""

    def __init__(self, subject: Subject, scope: Sequence[Operation]) -> None:
        self._contract, self._scope = subject.contract, scope
        self._of = {o.id: _Covered(subject, o) for o in self._scope}
        self._roles = Roles(subject)
        self._tenants = Tenants(subject)
        self._lifecycles = Lifecycles(subject.contract)

    def saw(self, exchange: Exchange) -> None:
        """Note an exchange."""
        operation = exchange.operation
        if operation is None or exchange.response is None:
            return
        if operation.id in self._of:
            self._of[operation.id].saw(exchange)
        self._roles.saw(exchange, operation)
        self._tenants.saw(exchange, operation)
        self._lifecycles.saw(exchange, operation)

    def json(self, stopped: str = "") -> JsonObject:
        """What was exercised so far. `stopped` says why the run ended early, if it did."""
        entries = [self._entry(operation) for operation in self._scope]
        missing = list(_missing(entries, stopped))
        return {
            "format": FORMAT,
            "totals": _totals(entries, missing),
            "operations": entries,
            "outOfScope": [o for o in self._contract.operations if o not in self._of],
            "notExercised": missing,
        }

    def _entry(self, operation: Operation) -> JsonObject:
        return {
            **self._of[operation.id].json(),
            "roles": self._roles.of(operation),
            "tenants": self._tenants.of(operation),
            "transitions": self._lifecycles.of(operation),
        }


class _Covered:
    """What was seen of one operation."""

    def __init__(self, subject: Subject, operation: Operation) -> None:
        document, schemas = subject.contract.document, subject.schemas
        self.operation = operation
        self.statuses: Counter[int] = Counter()
        self.of_invalid: Counter[int] = Counter()
        self.rules: Counter[str] = Counter()
        self.body = BodyKeywords(schemas, document, operation.body) if operation.body else None
        self.parameters = {
            (p.location, p.name.lower() if p.location == "header" else p.name): (
                p,
                ParameterKeywords(schemas, document, p),
            )
            for p in operation.parameters
        }
        self.uses: Counter[tuple[str, str, bool]] = Counter()
        self.refused: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()
        names = re.split(r"\{([^}]*)\}", subject.contract.base_path + operation.path)
        parts = (f"(?P<p{n}>[^/]*)" if n % 2 else re.escape(p) for n, p in enumerate(names))
        self._path = re.compile("".join(parts))
        self._names = {f"p{n}": name for n, name in enumerate(names) if n % 2}

    def saw(self, exchange: Exchange) -> None:
        status = exchange.status
        self.statuses[status] += 1
        broken = self._broken(exchange)
        if broken or exchange.intent == "invalid":
            self.of_invalid[status] += 1
        kept = self.refused if refuses(status) else self.passed if exchange.ok else None
        if kept is not None:
            kept.update(broken)
        if 400 <= status < 500 and exchange.response:
            content = exchange.response.body
            for rule in self.operation.rules:
                self.rules[rule.id] += f'"{rule.id}"'.encode() in content

    def _broken(self, exchange: Exchange) -> list[str]:
        """The places of all keywords that a request breaks."""
        found = []
        given = set()
        for location, name, text in self._given(exchange):
            known = self.parameters.get((location, name))
            if known is None:
                continue
            given.add((location, name))
            broken = known[1].broken(text)
            self.uses[(location, name, not broken)] += 1
            found += [f"{location}/{known[0].name}/{place}" for place in broken]
        for key, (parameter, _) in self.parameters.items():
            if parameter.required and key not in given and parameter.location == "query":
                found.append(f"query/{parameter.name}/required")
        if self.body:
            found += self.body.broken(exchange.request.body)
        return found

    def _given(self, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
        """The parameters of a request: location, name and text."""
        path, _, query = exchange.request.target.partition("?")
        for name, text in parse_qsl(query, keep_blank_values=True):
            yield "query", name, text
        if match := self._path.fullmatch(path):
            for group, name in self._names.items():
                yield "path", name, unquote(match[group])
        for name, text in exchange.request.headers:
            yield "header", name.lower(), text

    def json(self) -> JsonObject:
        operation = self.operation
        documented = [*map(str, operation.answers), *operation.ranges]
        seen = {str(status): count for status, count in sorted(self.statuses.items())}
        return {
            "id": operation.id,
            "method": operation.method.upper(),
            "path": operation.path,
            "tag": operation.tag,
            "requests": self.statuses.total(),
            "answers": seen,
            "succeeded": sum(n for s, n in self.statuses.items() if 200 <= s < 400),
            "invalid": self.of_invalid.total(),
            "refused": sum(n for s, n in self.of_invalid.items() if refuses(s)),
            "invalidAnswers": {str(s): n for s, n in sorted(self.of_invalid.items())},
            "statuses": [
                {"status": status, "seen": _seen(status, documented, seen)} for status in documented
            ],
            "undocumented": {s: n for s, n in seen.items() if not _covered_by(s, documented)},
            "parameters": [self._parameter(key, *known) for key, known in self.parameters.items()],
            "keywords": list(self._keywords()),
            "rules": [
                {"what": r.id, "seen": self.rules[r.id], "reason": _unnamed(self.rules[r.id])}
                for r in operation.rules
            ],
        }

    def _parameter(
        self, key: tuple[str, str], parameter: Parameter, keywords: ParameterKeywords
    ) -> JsonObject:
        return {
            "in": parameter.location,
            "name": parameter.name,
            "constrained": bool(keywords.places),
            "valid": self.uses[(*key, True)],
            "invalid": self.uses[(*key, False)],
        }

    def _keywords(self) -> Iterator[JsonObject]:
        places = [("body", place) for place in (self.body.places if self.body else ())]
        for parameter, keywords in self.parameters.values():
            if parameter.location == "query":
                names = [*keywords.places, *(["required"] if parameter.required else [])]
                places += [("query", f"query/{parameter.name}/{name}") for name in names]
        if self.body and places:
            places.append(("body", MALFORMED))
        for location, place in places:
            yield {
                "in": location,
                "place": place,
                "refused": self.refused[place],
                "accepted": self.passed[place],
            }


def _unnamed(count: int) -> str:
    return "" if count else "no refusal named it"


def _covered_by(status: str, documented: Iterable[str]) -> bool:
    known = set(documented)
    return bool({status, f"{status[0]}XX", f"{status[0]}xx", "default"} & known)


def _seen(status: str, documented: Iterable[str], seen: Mapping[str, int]) -> int:
    """How often a documented status was answered; a range stands for what nothing else names."""
    if status.isdecimal():
        return seen.get(status, 0)
    named = set(documented)
    others = {s: n for s, n in seen.items() if s not in named}
    if status == "default":
        return sum(n for s, n in others.items() if not {f"{s[0]}XX", f"{s[0]}xx"} & named)
    return sum(n for s, n in others.items() if s[0] == status[0])


def _missing(entries: Iterable[JsonObject], stopped: str) -> Iterator[JsonObject]:
    """What was not exercised, each with its reason."""
    for entry in entries:
        found = [("operation", "", "")] if not entry["requests"] else []
        if entry["requests"] and not entry["succeeded"]:
            found.append(("success", "", f"it answered {_told(entry['statuses'], entry)}"))
        for kind, what, reason in [*found, *_gaps(entry)]:
            said = reason or "never sent"
            if not entry["requests"]:
                said = reason if reason.startswith("no account") else "never sent"
            if stopped and not said.startswith("no account"):
                said = f"{said}; the run ended early: {stopped}"
            yield {"kind": kind, "operation": entry["id"], "what": what, "reason": said}


def _gaps(entry: JsonObject) -> Iterator[tuple[str, str, str]]:
    """Kind, name and reason of what has no count in the entry of an operation."""
    for one in entry["statuses"]:
        if not one["seen"]:
            yield "status", one["status"], _why_not(one["status"])
    for one in entry["parameters"]:
        yield from _unused(one)
    for one in entry["keywords"]:
        if not one["refused"]:
            broken = "broken, and accepted" if one["accepted"] else "never broken and refused"
            yield "keyword", one["place"], broken
    for kind in ("rules", "roles", "tenants", "transitions"):
        for one in entry[kind]:
            if not one["seen"]:
                yield kind.removesuffix("s"), one["what"], one["reason"]


def _unused(parameter: JsonObject) -> Iterator[tuple[str, str, str]]:
    name = f"{parameter['in']}/{parameter['name']}"
    if not parameter["valid"]:
        yield "parameter", f"{name} valid", "never sent with a valid value"
    if _refusable(parameter) and not parameter["invalid"]:
        yield "parameter", f"{name} invalid", "never sent with an invalid value"


def _refusable(parameter: JsonObject) -> bool:
    """Whether an invalid value of it should be refused: a path with one leads to nothing."""
    return bool(parameter["constrained"]) and parameter["in"] == "query"


def _why_not(status: str) -> str:
    if status.startswith("5"):
        return "only a server that fails answers so"
    return "no limit of rate was reached" if status == "429" else "never answered"


def _provoked(kind: str, what: str) -> bool:
    """Whether a client can be expected to see it: not the status of a failure or a rate limit."""
    return not (kind == "status" and (what.startswith("5") or what == "429"))


def _totals(entries: list[JsonObject], missing: list[JsonObject]) -> JsonObject:
    """Of each kind how much there is, and how much of it was exercised."""
    of: Counter[str] = Counter()
    for entry in entries:
        of["operation"] += 1
        of["success"] += 1
        of["status"] += sum(_provoked("status", s["status"]) for s in entry["statuses"])
        of["parameter"] += sum(1 + _refusable(p) for p in entry["parameters"])
        for kind in ("keyword", "role", "tenant", "transition", "rule"):
            of[kind] += len(entry[f"{kind}s"])
    gaps = Counter(m["kind"] for m in missing if _provoked(m["kind"], m["what"]))
    gaps["success"] += gaps["operation"]
    return {k: {"exercised": n - gaps[k], "of": n} for k, n in of.items()}


def unproved(
    contract: Contract, outcomes: Iterable[Outcome], coverage: Mapping[str, Any], options: Options
) -> list[Unproved]:
    """What a run did not prove: operations that were skipped, never succeeded, never refused.

    `coverage` is that of the run. What is out of scope is not listed; a run of a few checks only
    is held to what these did not judge.
    """
    entries = {entry["id"]: entry for entry in coverage["operations"]}
    left: dict[str, dict[str, list[str]]] = {}
    for outcome in outcomes:
        if outcome.verdict == "not-judged" and (
            not outcome.operation or outcome.operation in entries
        ):
            reasons = left.setdefault(outcome.operation, {})
            reasons.setdefault(outcome.reason, []).append(outcome.check)
    found = [Unproved("skipped", "*", _reasons(left[""]))] if "" in left else []
    for id_, entry in entries.items():
        if not entry["requests"] and not options.checks:
            why = _reasons(left[id_]) if id_ in left else "nothing was sent to it"
            found.append(Unproved("skipped", id_, why))
            continue
        if id_ in left:
            found.append(Unproved("skipped", id_, _reasons(left[id_])))
        if not options.checks:
            found += _never(contract.operations[id_], entry)
    return found


def left_behind(residue: Iterable[Residue]) -> Iterator[Unproved]:
    """What a run should have removed, and did not: a run that leaves it behind is not green."""
    reasons: dict[str, list[str]] = {}
    for left in residue:
        if not left.expected:
            reasons.setdefault(left.resource, []).append(f"{left.count} left: {left.reason}")
    for resource, said in reasons.items():
        yield Unproved("left", resource, "; ".join(said))


def _reasons(left: Mapping[str, list[str]]) -> str:
    """Why checks were not judged: the reason that most of them have first."""
    ranked = sorted(left.items(), key=lambda item: -len(item[1]))
    said = [f"{reason or 'no reason given'} ({_names(checks)})" for reason, checks in ranked[:2]]
    rest = sum(len(checks) for _, checks in ranked[2:])
    return "; ".join([*said, *([f"{number_of(rest, 'check')} more"] if rest else [])])


def _names(checks: list[str]) -> str:
    return (
        checks[0] if len(checks) == 1 else f"{number_of(len(checks), 'check')}, {checks[0]} first"
    )


def _never(operation: Operation, entry: JsonObject) -> Iterator[Unproved]:
    if not entry["succeeded"]:
        told = _told(entry["statuses"], entry)
        yield Unproved("never-succeeded", operation.id, f"it never answered 2xx, but {told}")
    refusable = any(k["in"] in _GATED and k["place"] != MALFORMED for k in entry["keywords"])
    if refusable and not entry["refused"]:
        reason = "no invalid request was sent to it"
        if entry["invalid"]:
            answers = ", ".join(f"{s} ({n})" for s, n in entry["invalidAnswers"].items())
            reason = f"no invalid request was refused for being so: they were answered {answers}"
        yield Unproved("never-refused", operation.id, reason)


def _told(statuses: list[JsonObject], entry: JsonObject) -> str:
    """The statuses that an operation answered, with their counts."""
    seen = {s["status"]: s["seen"] for s in statuses if s["seen"]} | entry["undocumented"]
    return ", ".join(f"{status} ({count})" for status, count in seen.items()) or "nothing"
