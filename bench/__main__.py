"""`python -m bench`: measure the sandbox beside stock Connexion and a bare ASGI application.

Every row is measured with the same client on the same machine in one run. The candidates take turns
over several rounds: a figure is the median over the rounds, a ratio the median of the ratios within
each round. It measures and does not judge: the exit status is 0.
"""

import argparse
import json
import signal
import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from . import controls
from .load import Measured, Shot, client_name, measure
from .servers import TENANT, Server, company_id, costs, running, start, start_sandbox
from .table import Report, Row, environment

API = "/api/v1"
LIST = f"{API}/enrollments?perPage=20"
COMPANIES = f"{API}/companies"
TO_STOCK, TO_BARE = 3.0, 0.35
LARGE, SMALL = 100_000, 100
_STARTS = 5
_SAMPLED = 80
_MANY = 20_000

COMPANY = json.dumps(
    {
        "name": "Atelier du Port SARL",
        "address": {"street": "2 rue de l'Exemple", "postcode": "44000", "city": "Nantes"},
    }
)
NO_END = json.dumps({"expiresAt": None})


@dataclass
class Case:
    """A row that all candidates are measured for. `grows`: its requests add records."""

    name: str
    shots: list[Shot]
    target: bool = False
    grows: bool = False
    seen: dict[str, list[Measured]] = field(default_factory=dict)


@dataclass
class Options:
    """Seconds of one measurement, rounds over all of them, and the file for JSON."""

    seconds: int
    rounds: int
    json: Path | None


def headers(token: str) -> dict[str, str]:
    """The headers of every measured request."""
    return {
        "Authorization": f"Bearer {token}",
        "X-Tenant-ID": TENANT,
        "Content-Type": "application/json",
    }


def capture(sandbox: Server, cases: list[Case]) -> list[dict[str, Any]]:
    """The sandbox's answer to every request of the cases, once each.

    Raises RuntimeError when one is not 2xx. uvicorn adds the date itself, so it is left out.
    """
    sent, answers = headers(sandbox.login()), []
    for shot in dict.fromkeys(shot for case in cases for shot in case.shots):
        status, found, body = sandbox.ask(shot.method, shot.path, sent, shot.body)
        if status > 299:
            raise RuntimeError(f"{shot.method} {shot.path}: {status} {body[:300]!r}")
        kept = [(name, value) for name, value in found if name.lower() != "date"]
        answer = {"status": status, "headers": kept, "body": body.decode()}
        answers.append({"method": shot.method, "path": shot.path} | answer)
    return answers


def operation_of(answer: dict[str, Any]) -> str:
    """The operationId of a captured answer."""
    collection, _, item = answer["path"].partition("?")[0][len(API) + 1 :].partition("/")
    return {
        ("GET", "enrollments", False): "listEnrollments",
        ("GET", "enrollments", True): "getEnrollment",
        ("PATCH", "enrollments", True): "updateEnrollment",
        ("POST", "companies", False): "createCompany",
        ("GET", "companies", False): "listCompanies",
    }[answer["method"], collection, bool(item)]


def by_operation(answers: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """One captured answer for each operation that is measured, by operationId."""
    return {operation_of(answer): answer for answer in answers}


def make_cases(ids: list[str], active: str) -> list[Case]:
    """The rows that are measured beside the other servers.

    `ids` are those of enrollments, `active` that of one which can be changed.
    """
    one = f"{API}/enrollments/{ids[0]}"
    create = Shot("POST", COMPANIES, COMPANY)
    change, page = Shot("PATCH", f"{API}/enrollments/{active}", NO_END), Shot("GET", LIST)
    companies = Shot("GET", f"{COMPANIES}?perPage=20")
    return [
        Case("list of 20", [page], target=True),
        Case("get by id", [Shot("GET", one)], target=True),
        Case("create", [create], target=True, grows=True),
        Case(
            f"get by id, {len(ids)} ids in turn",
            [Shot("GET", f"{API}/enrollments/{i}") for i in ids],
        ),
        Case("list of 20 and a change of the same collection in turn", [change, page]),
        Case(
            "list of 20 and a create in the same collection in turn",
            [create, companies],
            grows=True,
        ),
    ]


def enrollment_ids(sandbox: Server, query: str) -> list[str]:
    """Ids of the tenant's enrollments that a query asks for."""
    status, _, body = sandbox.ask("GET", f"{API}/enrollments?{query}", headers(sandbox.login()))
    if status != 200:
        raise RuntimeError(f"enrollments?{query}: {status} {body[:300]!r}")
    return [record["id"] for record in json.loads(body)["data"]]


class Candidates:
    """The three servers under way, by name.

    The sandbox is started anew before and after a case that piles up records.
    """

    def __init__(self, stack: ExitStack, sandbox: Server, report: Report) -> None:
        self._stack, self._notes = stack, report.notes
        self._sandbox, self._token = sandbox, sandbox.login()
        self._others: dict[str, Server] = {}
        self._grown = False

    def add(self, name: str, answers: Any) -> None:
        """Start another server with its answers; a note is left when it cannot be."""
        try:
            server = start(["bench.servers", name, "PORT"], {"answers": answers})
        except (RuntimeError, OSError) as error:
            self._notes.append(f"{name}: {error}; its column is empty.")
        else:
            self._others[name] = self._stack.enter_context(running(server))

    def check(self, answers: list[dict[str, Any]]) -> None:
        """Note every server whose answer has another status or body than the captured one."""
        bodies = {"POST": COMPANY, "PATCH": NO_END}
        for name, server in self._others.items():
            for answer in by_operation(answers).values():
                method, path = answer["method"], answer["path"]
                sent = headers(self._token)
                status, _, body = server.ask(method, path, sent, bodies.get(method, ""))
                # Stock Connexion writes JSON with spaces.
                same = body.decode() == answer["body"]
                if name == "stock" and status == answer["status"]:
                    same = json.loads(body) == json.loads(answer["body"])
                if not same or status != answer["status"]:
                    said = body[:200].decode()
                    self._notes.append(f"{name} answers {method} {path} with {status}: {said}")

    def measure(self, case: Case, seconds: int, turn: int) -> None:
        """One round of a case, beginning with another candidate each time."""
        if case.grows or self._grown:
            self._sandbox.stop()
            self._sandbox = self._stack.enter_context(running(start_sandbox()))
            self._token = self._sandbox.login()
        self._grown = case.grows
        servers = {"sandbox": self._sandbox} | self._others
        names = list(servers)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            sent = headers(self._token)
            seen = measure(servers[name].port, case.shots, sent, seconds)
            case.seen.setdefault(name, []).append(seen)
            if seen.failed:
                said = f"{seen.failed} of {seen.requests} requests failed"
                self._notes.append(f"{case.name}, {name}, round {turn + 1}: {said}.")


def medians(row: Row, seen: list[Measured]) -> Row:
    """The row with throughput and latencies: the medians over the rounds."""
    row.figure = statistics.median(m.per_second for m in seen)
    told = [(m.p50_ms, m.p99_ms) for m in seen if m.p50_ms is not None and m.p99_ms is not None]
    if told:
        row.p50_ms = statistics.median(p50 for p50, _ in told)
        row.p99_ms = statistics.median(p99 for _, p99 in told)
    return row


def ratio(seen: list[Measured], base: list[Measured]) -> float | None:
    """The median of the ratios of throughput within each round; None without a base."""
    pairs = [(m.per_second, b.per_second) for m, b in zip(seen, base, strict=False)]
    return statistics.median(m / b for m, b in pairs if b) if any(b for _, b in pairs) else None


def case_row(case: Case) -> Row:
    """The row of a case that was measured."""
    mine = case.seen["sandbox"]
    row = medians(Row(case.name), mine)
    row.to_stock = ratio(mine, case.seen.get("stock", []))
    row.to_bare = ratio(mine, case.seen.get("bare", []))
    row.rounds = {name: [asdict(m) for m in seen] for name, seen in case.seen.items()}
    if case.target:
        failed = any(m.failed for seen in case.seen.values() for m in seen)
        row.target = f">= {TO_STOCK:g} stock, >= {TO_BARE:g} bare"
        fast = (row.to_stock or 0) >= TO_STOCK and (row.to_bare or 0) >= TO_BARE
        row.met = fast and not failed
    return row


def measure_cases(report: Report, options: Options) -> None:
    """Rows beside stock Connexion and bare ASGI, over a socket and in process."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(running(start_sandbox()))
        ids = [i for page in "12" for i in enrollment_ids(sandbox, f"perPage=100&page={page}")]
        cases = make_cases(ids, enrollment_ids(sandbox, "perPage=1&status=ACTIVE")[0])
        answers = capture(sandbox, cases)
        candidates = Candidates(stack, sandbox, report)
        candidates.add("stock", by_operation(answers))
        candidates.add("bare", answers)
        candidates.check(answers)
        try:
            for turn, case in product(range(options.rounds), cases):
                say(f"round {turn + 1}: {case.name}")
                candidates.measure(case, options.seconds, turn)
        finally:
            report.rows += [case_row(case) for case in cases if case.seen.get("sandbox")]
    report.rows += cost_rows(cases, answers)


def cost_rows(cases: list[Case], answers: list[dict[str, Any]]) -> Iterator[Row]:
    """In-process cost of one request, without uvicorn; ratios are of costs, stock's to ours."""
    say("in process")
    sent = {"X-Tenant-ID": TENANT, "Content-Type": "application/json"}
    shots: dict[str, dict[str, Any]] = {
        case.name: asdict(case.shots[0]) | {"headers": dict(sent)} for case in cases if case.target
    }
    shots["change"] = asdict(cases[4].shots[0]) | {"headers": dict(sent)}
    shots["list of 20 after a change"] = shots["list of 20"] | {"before": "change"}
    plan = {"shots": shots, "answers": by_operation(answers)}
    ours = costs("sandbox", plan)
    stock = costs("stock", plan)
    unchecked = costs("stock", plan | {"unchecked": True})
    for name, micros in ours.items():
        row = Row(f"{name}, in process", micros, "µs", to_stock=stock[name] / micros)
        row.other, row.other_of = unchecked[name] / micros, "to stock, answers unchecked"
        row.rounds = {"sandbox": [micros], "stock": [stock[name]], "unchecked": [unchecked[name]]}
        yield row


def measure_sizes(report: Report, options: Options) -> None:
    """Rows about a tenant of 100,000 records: against one of 100, and deep pages."""
    say("tenants of 100 and 100,000")
    with ExitStack() as stack:
        servers = {
            count: stack.enter_context(
                running(start(["bench.servers", "tenant", "PORT"], {"companies": count}))
            )
            for count in (SMALL, LARGE)
        }
        tokens = {count: server.login() for count, server in servers.items()}
        runs: dict[str, tuple[int, list[Shot]]] = {
            "small": (SMALL, _gets(range(_SAMPLED))),
            "large": (LARGE, _gets(range(0, LARGE - LARGE // _SAMPLED, LARGE // _SAMPLED))),
            "many": (LARGE, _gets(range(0, _MANY * 4, 4))),
            "first": (LARGE, [Shot("GET", f"{COMPANIES}?perPage=20&page=1")]),
            "deep": (LARGE, [Shot("GET", f"{COMPANIES}?perPage=20&page=500")]),
        }
        seen: dict[str, list[Measured]] = {name: [] for name in runs}
        for turn in range(options.rounds):
            names = list(runs)
            for name in names if turn % 2 == 0 else reversed(names):
                count, shots = runs[name]
                sent = headers(tokens[count])
                one = measure(servers[count].port, shots, sent, options.seconds)
                seen[name].append(one)
                if one.failed:
                    report.notes.append(f"{name}: {one.failed} of {one.requests} failed.")
    report.rows += _size_rows(seen)


def _gets(numbers: range) -> list[Shot]:
    return [Shot("GET", f"{COMPANIES}/{company_id(n)}") for n in numbers]


def _size_rows(seen: dict[str, list[Measured]]) -> Iterator[Row]:
    for name, mine, base, of, least in (
        ("get by id among 100,000 records", "large", "small", "of 100 records", 0.9),
        (f"get by id among 100,000, {_MANY:,} ids in turn", "many", "small", "of 100 records", 0),
        ("page 500 of a list of 20, 100,000 records", "deep", "first", "of page 1", 0.8),
    ):
        row = medians(Row(name, other_of=of), seen[mine])
        row.other = ratio(seen[mine], seen[base])
        row.rounds = {key: [asdict(m) for m in seen[key]] for key in (mine, base)}
        if least:
            row.target, row.met = f">= {least:g}", (row.other or 0) >= least
        yield row


def measure_start(report: Report, options: Options) -> None:
    """Seconds from launch to the first 200 of the health page, and memory at that moment."""
    say("start-up")
    seconds, megabytes = [], []
    for _ in range(_STARTS if options.rounds > 1 else 3):
        with running(start_sandbox()) as server:
            seconds.append(server.seconds)
            megabytes.append(server.resident_megabytes())
    for name, figures, unit, most in (
        ("start-up to the first answer", seconds, "s", 1.5),
        ("resident memory after start, all fixtures", megabytes, "MB", 150),
    ):
        row = Row(name, statistics.median(figures), unit, rounds={"sandbox": figures})
        row.target, row.met = f"<= {most:g} {unit}", statistics.median(figures) <= most
        report.rows.append(row)


def measure_controls(report: Report, options: Options) -> None:
    """Rows about the controls: what they cost unused, and how long they take."""
    say("controls")
    with running(start_sandbox()) as server:
        one = enrollment_ids(server, "perPage=1")[0]
    report.rows.append(controls.unused(f"{API}/enrollments/{one}", options.seconds))
    report.rows += controls.used()


def say(text: str) -> None:
    """Tell on standard error what is being measured."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def read_options(arguments: list[str] | None) -> Options:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="1 round of 2 seconds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the table as JSON")
    given = parser.parse_args(arguments)
    if given.quick:
        given.seconds, given.rounds = 2, 1
    return Options(max(1, given.seconds), max(1, given.rounds), given.json)


def main(arguments: list[str] | None = None) -> None:
    """Measure everything and print the table; a part that cannot be measured leaves a note."""
    options = read_options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))
    report = Report(environment(client_name()))
    for part in (measure_cases, measure_sizes, measure_start, measure_controls):
        try:
            part(report, options)
        except Exception as error:  # noqa: BLE001 - the other parts are still worth measuring
            report.notes.append(f"{part.__name__} stopped: {type(error).__name__}: {error}")
    report.notes += [
        f"Tenant {TENANT}, role ADMIN; 16 connections.",
        f"Rounds: {options.rounds}, of {options.seconds} s for each server and row.",
        "Figures are medians over the rounds, ratios medians of the ratios within each round.",
        "Stock Connexion: the whole contract as OpenAPI 3.0, fixed answers, both validations on.",
        "The collection that a create goes into grows meanwhile: thousands of records.",
        "Bare ASGI: the sandbox's own bytes from a dictionary; bodies are read.",
        "In process: without uvicorn; the ratio is stock Connexion's cost to the sandbox's.",
    ]
    print(report.text())
    if options.json:
        options.json.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
