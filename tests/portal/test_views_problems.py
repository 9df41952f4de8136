"""The problems that pages say an operation can give, against those that the sandbox gives."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from bacasable.cli import main
from bacasable.core import Limits
from bacasable.portal.guides import written
from bacasable.portal.views.catalogue import event_entries, found_errors, problem_entries
from bacasable.portal.views.problems import codes_of
from bacasable.portal.views.reference import operation_view
from bacasable.sandbox.controls import controls_contract
from tests.portal.contracts import edition_of
from tests.qualiforma.problems import OF_CONNECTIONS
from tests.server.controlling import operation_of
from tests.server.lines import served
from tests.support import ALL, in_process, make_sandbox

BY_TIME_OR_CHANCE = {"TOKEN_EXPIRED", "SESSION_ENDED", "RATE_LIMITED", "UNAVAILABLE"}


@pytest.fixture(scope="module")
def edition(contract):
    return edition_of(contract)


@pytest.fixture(scope="module")
def callers(contract):
    """Every role's caller in one sandbox. What is refused changes nothing that others look at."""
    with in_process(make_sandbox(contract, ALL)) as api:
        roles = ("SUPER_ADMIN", "ADMIN", "TRAINER", "LEARNER", "AUDITOR")
        yield {role: api.as_(role) for role in roles} | {"": api}


def spoiled(operation) -> Iterator[tuple[str, dict]]:
    """Requests with one thing wrong: the code that is expected, and how they differ."""
    body = operation.body is not None
    yield "TOKEN_MISSING", {"headers": {"Authorization": ""}}
    yield "TOKEN_INVALID", {"headers": {"Authorization": "Bearer nobody"}}
    yield "TENANT_HEADER_MISSING", {"headers": {"X-Tenant-ID": ""}}
    yield "TENANT_MISMATCH", {"headers": {"X-Tenant-ID": "vide"}, "as": "ADMIN"}
    yield "INVALID_REQUEST", {"query": "?nobody=1"}
    yield "NOT_ACCEPTABLE", {"headers": {"Accept": "text/csv"}}
    yield "NOT_FOUND", {"path": "unknown"}
    if body:
        yield "MALFORMED_BODY", {"content": b"{"}
        yield "UNSUPPORTED_MEDIA_TYPE", {"headers": {"Content-Type": "text/plain"}}
        yield "BODY_TOO_LARGE", {"content": b" " * (1024 * 1024 + 1)}
        yield "INVALID_REQUEST", {"content": b"[]"}


def example_body(edition, operation):
    """The example of a body, or nothing."""
    view = operation_view(edition, operation.id)
    return view.body.example.text.encode() if view.body and view.body.example else None


def send(callers, edition, operation, change):
    role = change.get("as") or next(iter(operation.roles or ("",)))
    path = operation.example_path
    if change.get("path"):
        for parameter in operation.parameters:
            if parameter.location == "path":
                prefix = parameter.schema.get("pattern", "^x_").strip("^").split("_")[0]
                path = operation.path.replace("{" + parameter.name + "}", f"{prefix}_none")
    content = change.get("content", example_body(edition, operation))
    headers = {"Content-Type": "application/json"} if content is not None else {}
    headers |= {"X-Tenant-ID": "votre-tenant"} if operation.needs_tenant else {}
    return callers[role].request(
        operation.method.upper(),
        path + change.get("query", ""),
        content=content,
        headers=headers | change.get("headers", {}),
    )


def test_every_refusal_of_a_spoiled_request_is_told_and_the_expected_one_comes(
    contract, edition, callers
):
    told_in_vain = []
    for operation in contract.operations.values():
        codes = codes_of(edition, operation.id)
        for expected, change in spoiled(operation):
            # What is wrong with a body is refused by all that take one; other things not by all.
            if expected not in codes and "content" not in change:
                continue
            answer = send(callers, edition, operation, change)
            assert answer.status >= 400, (operation.id, expected, answer.status)
            assert answer.code in codes, (operation.id, expected, answer.code)
            if expected in codes and answer.code != expected and answer.status < 404:
                told_in_vain.append((operation.id, expected, answer.code))
    assert not told_in_vain


def test_what_is_not_told_does_not_come(contract, edition, callers):
    """Each thing that is wrong, sent to each operation that is said to mind it not."""
    safe = [o for o in contract.operations.values() if o.method == "get"]
    for operation in safe:
        codes = codes_of(edition, operation.id)
        for expected, change in spoiled(operation):
            if expected not in codes:
                answer = send(callers, edition, operation, change)
                assert answer.status < 400 or answer.code in codes, (operation.id, answer.code)


def test_a_role_is_refused_exactly_where_it_is_told(contract, edition, callers):
    for operation in contract.operations.values():
        if operation.roles is None:
            continue
        told = "ROLE_REQUIRED" in codes_of(edition, operation.id)
        left_out = [role for role in callers if role and role not in operation.roles]
        assert told == bool(left_out)
        for role in left_out:
            answer = send(callers, edition, operation, {"as": role})
            assert answer.code == "ROLE_REQUIRED"


def test_stale_etags_and_reused_keys_are_refused_where_it_is_told(contract, edition, callers):
    for operation in contract.operations.values():
        if "PRECONDITION_FAILED" in codes_of(edition, operation.id):
            answer = send(callers, edition, operation, {"headers": {"If-Match": '"stale"'}})
            assert answer.code == "PRECONDITION_FAILED", (operation.id, answer.json)


def test_every_kind_of_the_catalogue_is_told_and_found(contract, edition):
    entries = problem_entries(edition)
    assert [entry.code for entry in entries] == list(contract.problems)
    assert [found.title for found in found_errors(edition)] == list(contract.problems)
    without = {e.code for e in entries if not e.operations}
    assert without == {"UNKNOWN_PATH", "METHOD_NOT_ALLOWED"} | OF_CONNECTIONS


def test_every_kind_has_a_request_that_provokes_it_over_http(edition, callers):
    entries = {entry.code: entry for entry in problem_entries(edition)}
    for code, entry in entries.items():
        if code in OF_CONNECTIONS:
            assert entry.provocation.way == "command"
            continue
        assert provoked(callers[""], entry.provocation.requests) == code
        assert BY_TIME_OR_CHANCE.isdisjoint({code}) or entry.provocation.way != "request"


@pytest.mark.skipif(not shutil.which("curl"), reason="the commands need curl")
@pytest.mark.parametrize("code", sorted(OF_CONNECTIONS))
def test_every_command_gets_its_kind_from_a_sandbox(contract, edition, code):
    (entry,) = (entry for entry in problem_entries(edition) if entry.code == code)
    command = entry.provocation.code.text
    assert edition.api_url in command or "telnet" in command
    bounds = {"max_connections": 1} if code == "TOO_MANY_CONNECTIONS" else {}
    with served(contract, "httptools", header_timeout=1.5, **bounds) as api:
        here = command.replace(urlsplit(edition.api_url).netloc, urlsplit(api.url).netloc)
        # Slow machines need time to connect, and tests none to wait for what is over.
        done = subprocess.run(
            ["sh", "-c", here.replace("sleep 25", "sleep 4")],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert f'"code":"{code}"' in done.stdout, (command, done.stdout[-500:], done.stderr)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_guide_tells_a_call_for_each_kind_that_only_the_sandbox_has(contract, language):
    (guide,) = (guide for guide in written(language) if guide.slug == "errors")
    own = controls_contract().problems
    rows = re.findall(r"^\| `(\d+) (\w+)` \| (.+) \|$", guide.text, re.MULTILINE)
    assert {(code, int(status)) for status, code, _ in rows} == {
        (code, kind.status) for code, kind in own.items() if code not in contract.problems
    }
    for _, _, call in rows:
        for method, path in re.findall(r"`(GET|PUT|POST) /_sandbox([^`?]*)", call):
            operation_of(method, path)
        for option in re.findall(r"`(--[\w-]+)", call):
            assert option in {name for one in main.commands["serve"].params for name in one.opts}


@pytest.mark.parametrize(
    ("limits", "call", "code"),
    [
        ({}, ("POST", "/tenants/votre-tenant/forks", {"slug": "vide"}), "TENANT_EXISTS"),
        (
            {},
            ("PUT", "/tenants/votre-tenant/clock", {"now": "2020-01-01T00:00:00Z"}),
            "CLOCK_BACKWARDS",
        ),
        ({"max_tenants": 1}, ("POST", "/tenants/votre-tenant/forks", {}), "SANDBOX_FULL"),
    ],
)
def test_what_the_guide_says_of_the_sandbox_is_so(contract, limits, call, code):
    seeded = ("votre-tenant",) if limits else ("votre-tenant", "vide")
    with in_process(make_sandbox(contract, seeded, limits=Limits(**limits))) as api:
        method, path, body = call
        answer = api.request(method, f"!/_sandbox{path}", body)
        assert answer.code == code


def provoked(api, requests):
    """The code of the last answer; texts in braces are members of the first."""
    first: dict[str, str] = {}
    for request in requests:
        headers, body = dict(request.headers), request.body
        for name, value in first.items():
            headers = {k: v.replace("{" + name + "}", value) for k, v in headers.items()}
            body = body.replace("{" + name + "}", value)
        caller = api.as_(request.role) if request.role else api
        if request.role and "X-Tenant-ID" not in headers:
            headers["X-Tenant-ID"] = ""
        answer = caller.request(
            request.method,
            "!" + request.path,
            content=body.encode() or None,
            headers=headers,
        )
        data = (answer.json or {}).get("data")
        if not first and isinstance(data, dict):
            first = {name: value for name, value in data.items() if isinstance(value, str)}
    return answer.code


def test_every_fact_is_recorded_by_something_and_has_a_valid_example(contract, edition):
    entries = event_entries(edition)
    assert [entry.name for entry in entries] == list(contract.facts)
    for entry in entries:
        assert entry.operations or entry.timers, entry.name
        assert {row.name for row in entry.members} >= {"type", "resource", "data", "occurredAt"}
        assert f'"type": "{entry.name}"' in entry.example.text
        assert entry.model is not None


def test_operations_tell_the_facts_that_the_journal_then_holds(contract, edition):
    with in_process(make_sandbox(contract)) as api:
        admin = api.as_("ADMIN")
        for operation in ("createCompany", "createCourse", "createUser", "deactivateUser"):
            found = contract.operations[operation]
            answer = send({"ADMIN": admin, "": api, "SUPER_ADMIN": admin}, edition, found, {})
            assert answer.status in {200, 201}, answer.json
            last = admin.get("/events?perPage=1&sort=-sequence")
            assert last.status == 200, last.json
            told = [fact.name for fact in operation_view(edition, operation).facts]
            assert last.data[0]["type"] in told


@pytest.mark.parametrize("code", ["REFRESH_TOKEN_INVALID", "REFRESH_TOKEN_REUSED"])
def test_what_a_renewal_alone_refuses_is_said_of_renewals_alone(edition, contract, code):
    renewals = {name for name, login in contract.logins.items() if login.renews}
    assert renewals
    assert {name for name in contract.operations if code in codes_of(edition, name)} == renewals
