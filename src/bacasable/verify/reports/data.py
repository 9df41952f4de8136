"""A report as plain JSON (report.schema.json): the one place where secrets are taken out of it.

What goes into it was checked for nothing: answers are as hostile as they like. Each format takes
care of what its own readers obey.
"""

import base64
from collections import Counter
from importlib.metadata import version
from itertools import chain

from ...contract.document import pointer
from ...contract.model import JsonObject
from ..checks import Check, all_checks
from ..findings import Locator
from ..masking import MASK, Masker, secrets_in
from ..model import Exchange, Finding, Options, Outcome, Report, Unproved

FORMAT = 2
"""The version of the format."""
MOST_BODY = 64_000
"""So many bytes of an answer's body are kept: more of it shows nothing new."""


def data_of(report: Report) -> JsonObject:
    """A report as plain JSON without secrets."""
    shown = chain.from_iterable(finding.exchanges for finding in report.findings)
    given = (value for _, value in report.options.headers)
    masker = Masker({*report.secrets, *secrets_in(shown), *given})
    data = {
        "format": FORMAT,
        "tool": {"name": "bacasable", "version": version("bacasable")},
        "verdict": _verdict(report),
        "status": report.status,
        "server": report.url,
        "contract": _contract(report),
        "started": report.started,
        "seconds": round(report.seconds, 3),
        "requests": report.requests,
        "stopped": report.stopped,
        "options": _options(report.options),
        "summary": _summary(report),
        "findings": [_finding(finding, masker) for finding in report.findings],
        "unproved": _unproved(report),
        "knownErrors": list(report.known_errors),
        "notes": list(report.notes),
        "residue": list(map(str, report.residue)),
        "withheld": [{"operation": o, "reason": why} for o, why in report.withheld.items()],
        "checks": [_check(check) for check in _used(report).values()],
        "outcomes": [_outcome(outcome) for outcome in report.outcomes],
        "coverage": dict(report.coverage),
    }
    masked: JsonObject = masker.value(data)
    return masked


def _verdict(report: Report) -> str:
    """kept, broken (by a finding or the file of known ones), unproved or unclear."""
    if report.status != 1:
        return "unclear" if report.status else "kept"
    broken = any(f.severity == "error" and not f.known for f in report.findings)
    return "broken" if broken or report.known_errors else "unproved"


def _contract(report: Report) -> JsonObject:
    contract = report.contract
    return {
        "file": Locator(contract).where(""),
        "title": contract.title,
        "version": contract.version,
        "operations": len(contract.operations),
    }


def _options(options: Options) -> JsonObject:
    """The options that decide what was judged; of accounts no more than whose they are."""
    return {
        "profile": options.profile.name,
        "seed": options.seed,
        "workers": options.workers,
        "maxTime": options.max_time,
        "rate": options.rate,
        "timeout": options.timeout,
        "readOnly": options.read_only,
        "only": list(options.only),
        "exclude": list(options.exclude),
        "allow": list(options.allow),
        "checks": list(options.checks),
        "tenant": options.tenant,
        "roles": [account.role for account in options.roles],
        "otherTenants": [account.tenant for account in options.others],
        "headers": [name for name, _ in options.headers],
    }


def _summary(report: Report) -> JsonObject:
    fresh = Counter(f.severity for f in report.findings if not f.known)
    verdicts = Counter(outcome.verdict for outcome in report.outcomes)
    return {
        "errors": fresh["error"],
        "warnings": fresh["warning"],
        "known": sum(bool(f.known) for f in report.findings),
        "unproved": sum(not u.known for u in report.unproved),
        "unprovedKnown": sum(bool(u.known) for u in report.unproved),
        "outcomes": {v: verdicts[v] for v in ("passed", "failed", "not-applicable", "not-judged")},
        "judged": len({o.operation for o in report.outcomes if o.verdict in ("passed", "failed")}),
    }


def _used(report: Report) -> dict[str, Check]:
    """The checks that this run made, or that found something."""
    names = {o.check for o in report.outcomes} | {f.check for f in report.findings}
    return {name: check for name, check in all_checks().items() if name in names}


def _check(check: Check) -> JsonObject:
    return {
        "id": check.id,
        "kind": check.kind,
        "severity": check.severity,
        "enforces": check.enforces,
        "stands": check.stands,
        "repair": check.repair,
        "wfc": check.wfc,
    }


def _outcome(outcome: Outcome) -> JsonObject:
    return {
        "check": outcome.check,
        "operation": outcome.operation,
        "verdict": outcome.verdict,
        "reason": outcome.reason,
        "requests": outcome.requests,
        "seconds": round(outcome.seconds, 4),
    }


def _unproved(report: Report) -> list[JsonObject]:
    locator = Locator(report.contract)
    return [_one_unproved(report, one, locator) for one in report.unproved]


def _one_unproved(report: Report, one: Unproved, locator: Locator) -> JsonObject:
    operation = report.contract.operations.get(one.operation)
    place = pointer(*operation.steps) if operation else ""
    return {
        "id": one.id,
        "kind": one.kind,
        "operation": one.operation,
        "reason": one.reason,
        "known": one.known,
        "where": locator.where(place),
    }


def _finding(finding: Finding, masker: Masker) -> JsonObject:
    return {
        "id": finding.id,
        "check": finding.check,
        "severity": finding.severity,
        "title": finding.title,
        "cause": finding.cause,
        "operations": list(finding.operations),
        "count": finding.count,
        "expected": finding.expected,
        "received": finding.received,
        "place": finding.place,
        "where": finding.where,
        "repair": finding.repair,
        "wfc": finding.wfc,
        "known": finding.known,
        "curl": finding.curl,
        "exchanges": [_exchange(exchange, masker) for exchange in finding.exchanges],
    }


def _exchange(exchange: Exchange, masker: Masker) -> JsonObject:
    request, response, who = exchange.request, exchange.response, exchange.identity
    return {
        "number": exchange.number,
        "operation": exchange.operation.id if exchange.operation else "",
        "purpose": exchange.purpose,
        "intent": exchange.intent,
        "identity": {"name": who.name, "role": who.role, "tenant": who.tenant},
        "request": {
            "method": request.method,
            "target": request.target,
            "headers": [list(pair) for pair in masker.headers(exchange)],
            "body": None if request.body is None else _body(masker.body(request.body)),
        },
        "response": response
        and {
            "status": response.status,
            "headers": [list(pair) for pair in masker.answered(response.headers)],
            "body": _body(_kept(response.body, masker)),
            "size": len(response.body),
            "seconds": round(response.seconds, 4),
        },
        "failure": exchange.failure,
    }


def _kept(body: bytes, masker: Masker) -> bytes:
    """The beginning of an answer's body, masked before it is cut: no secret is cut in two."""
    return masker.body(body[: 2 * MOST_BODY], answer=True)[:MOST_BODY]


def _body(body: bytes) -> JsonObject:
    """A body as text where it is UTF-8, else in base64; `masked` when a secret was taken out."""
    masked = MASK.encode() in body
    try:
        return {"text": body.decode(), "masked": masked}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode(), "masked": masked}
