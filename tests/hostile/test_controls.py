"""Extreme but valid states, put in by the controls: every call of the contract still answers."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hostile.attack import Findings, chance, count, large
from tests.hostile.box import API, ROLES, Box
from tests.hostile.document import Document
from tests.hostile.values import DATES, TIMES, Valid
from tests.hostile.wire import Answer, Talk, converse, request

SLUG = "extreme"
ADVANCES = ("P1D", "P90D", "P1Y", "P100Y", "PT1S", "P7000Y", "P12M", "PT876000H")


class Extremes:
    """Draws states for one tenant."""

    def __init__(self, target: Box, findings: Findings, dice: random.Random) -> None:
        self.box, self.findings, self.dice = target, findings, dice
        self.document = Document(target.openapi)
        self.scoped = [n for n, r in self.document.resources.items() if r["scope"] == "tenant"]

    def fresh(self) -> None:
        if self.box.try_control("GET", f"/tenants/{SLUG}").status == 200:
            self.box.control("DELETE", f"/tenants/{SLUG}")
        self.box.fork("votre-tenant", SLUG)
        self._log_in()

    def ids(self) -> dict[str, list[str]]:
        held = self.box.snapshot(SLUG)["collections"]
        return {n: [r["id"] for r in held[n]] for n in self.scoped if held.get(n)}

    def told(self, kind: str, sent: Any, answer: Any) -> None:
        self.findings.tried[f"{kind.partition(' ')[0]} {answer.status // 100}xx"] += 1
        if answer.status >= 500:
            text = json.dumps(sent)
            self.findings.add(f"{kind}: {answer.status}", text, answer.content)

    def insert(self) -> None:
        """Records of one resource: whole, drawn at the ends of their schemas."""
        resource = self.dice.choice([n for n in self.scoped if n != "Event"])
        valid = Valid(self.document, self.ids(), self.dice)
        records = [
            self._contradictory(resource, valid.of(self.document.schemas[resource]))
            for _ in range(self.dice.choice((1, 1, 5)))
        ]
        self._parented(resource, records, valid.ids)
        body = {"resource": resource, "records": records}
        answer = self.box.try_control("POST", f"/tenants/{SLUG}/records", body)
        self.told(f"insert {resource}", body, answer)

    def _parented(self, resource: str, records: list[Any], ids: dict[str, list[str]]) -> None:
        parent = self.document.resources[resource].get("parent")
        for one in records if parent else ():
            one[parent["field"]] = self.dice.choice(ids.get(parent["resource"], ["x"]))

    def _contradictory(self, resource: str, record: Any) -> Any:
        """Any state with any stamps: what no lifecycle would leave."""
        fields = self.document.schemas[resource]["properties"]
        for name, field in fields.items():
            one = self.document.resolve(field)
            if one.get("format") in {"date", "date-time"} and self.dice.random() < 0.8:
                time = self.dice.choice(TIMES) if one["format"] == "date-time" else ""
                record[name] = self.dice.choice(DATES) + time
            elif "null" in one.get("type", ()) and self.dice.random() < 0.3:
                record[name] = None
        return record

    def upload(self) -> None:
        """A snapshot with records altered to their ends, restored."""
        file = self.box.snapshot(SLUG, "plain")
        file.pop("checksum", None)
        ids = {
            n: [r["id"] for r in rs] for n, rs in file["collections"].items() if n in self.scoped
        }
        valid = Valid(self.document, ids, self.dice)
        for resource in self.dice.sample(self.scoped, 3):
            for record in file["collections"].get(resource, []):
                self._altered(resource, record, valid)
        answer = self.box.try_control("PUT", f"/tenants/{SLUG}/snapshots/odd/file", file)
        self.told("upload", {"see": "seed"}, answer)
        if answer.status == 200:
            back = self.box.try_control("POST", f"/tenants/{SLUG}/snapshots/odd/restore")
            self.told("restore", {}, back)

    def _altered(self, resource: str, record: Any, valid: Valid) -> None:
        fields = self.document.schemas[resource]["properties"]
        for name in self.dice.sample(list(fields), min(len(fields), 3)):
            one = self.document.resolve(fields[name])
            if name not in {"id", "email", "siret", "sequence"} and "x-references" not in one:
                record[name] = valid.of(fields[name])

    def clock(self) -> None:
        draw = self.dice.randrange(3)
        if draw == 0:
            body: Any = {"by": self.dice.choice(ADVANCES)}
            answer = self.box.try_control("POST", f"/tenants/{SLUG}/clock/advance", body)
        else:
            body = {"now": self.dice.choice(DATES) + self.dice.choice(TIMES)}
            if draw == 1:
                body["mode"] = self.dice.choice(("FROZEN", "RUNNING"))
            answer = self.box.try_control("PUT", f"/tenants/{SLUG}/clock", body)
        self.told("clock", body, answer)

    def fixture(self) -> None:
        """A fixture document drawn from nothing but its shape as the refusals tell it."""
        body = {
            "tenant": {"slug": "dessin", "name": "Dessin", "siret": "00000000000000"},
            "now": self.dice.choice(DATES) + "T00:00:00Z",
            "calls": [{"at": self.dice.choice(DATES), "operation": "createCompany", "body": {}}],
        }
        for name in self.dice.sample(list(body), self.dice.randrange(3)):
            body[name] = self.dice.choice((None, [], {}, "x", 10**400, -1))
        answer = self.box.try_control("POST", "/tenants", body)
        self.told("fixture", body, answer)
        if answer.status == 201:
            self.box.control("DELETE", "/tenants/dessin")

    def act(self) -> None:
        """Operations that write, on whatever is there."""
        ids, dice = self.ids(), self.dice
        valid = Valid(self.document, ids, dice)
        writing = [o for o in self.document.operations if o.method != "GET" and o.roles]
        for operation in dice.choices([o for o in writing if "/admin/" not in o.path], k=25):
            where = {
                n: dice.choice(ids.get(self.document.resource_of(p) or "", ["1"]))
                for n, p in operation.in_path().items()
            }
            body = operation.example if dice.random() < 0.5 else valid.of(operation.body)
            body = body if operation.body else None
            lines = self.lines.get(dice.choice(operation.roles), {})
            answer = self.box.call(operation.method, API + operation.filled(where), body, lines)
            self.told(f"act {operation.id}", body, answer)

    def step(self) -> None:
        ways = (self.insert, self.upload, self.clock, self.fixture, self.act)
        self.dice.choices(ways, (12, 2, 3, 1, 2))[0]()
        assert self.box.alive()

    def read(self) -> None:
        """Every GET of the contract, as each role, and the controls that tell of the tenant."""
        self._log_in()
        ids = self.ids()
        for role in self.lines:
            sent = [request("GET", API + path, self.lines[role]) for path in self._paths(ids)]
            self._read(sent)
        paths = (
            f"/tenants/{SLUG}",
            f"/tenants/{SLUG}/inbox",
            f"/tenants/{SLUG}/clock",
            f"/log?tenant={SLUG}",
        )
        self._read([request("GET", "/_sandbox" + path) for path in paths])

    def _log_in(self) -> None:
        """Each role that still has an active account; the clock may have ended all sessions."""
        self.lines = {}
        for role in ROLES:
            answer = self.box.try_control("POST", f"/tenants/{SLUG}/tokens", {"role": role})
            self.told("token", role, answer)
            if answer.status == 201:
                token = answer.json["accessToken"]
                self.lines[role] = {"Authorization": f"Bearer {token}", "X-Tenant-ID": SLUG}

    def _paths(self, ids: dict[str, list[str]]) -> Iterator[str]:
        for operation in self.document.operations:
            if operation.method != "GET":
                continue
            prefixes = operation.in_path()
            drawn = {
                n: ids.get(self.document.resource_of(p) or "", ["x"]) for n, p in prefixes.items()
            }
            for _ in range(6 if drawn else 1):
                yield operation.filled(
                    {n: self.dice.choice(held[-8:]) for n, held in drawn.items()}
                )
            for one in operation.query():
                if one["name"] == "sort":
                    yield f"{operation.filled({n: h[-1] for n, h in drawn.items()})}?sort=" + str(
                        self.dice.choice(one["schema"]["items"]["enum"])
                    )

    def _read(self, sent: list[bytes]) -> None:
        talks = [Talk([b"".join(sent[at::4])], ["GET"] * len(sent[at::4]), 20) for at in range(4)]
        converse(self.box.port, [t for t in talks if t.methods], 4)
        for at, talk in enumerate(talks):
            texts = sent[at::4]
            if talk.wrong or len(talk.answers) != len(texts):
                self.findings.add("not answered", texts[len(talk.answers)], talk.wrong)
            for text, answer in zip(texts, talk.answers, strict=False):
                self._judge(text, answer)

    def _judge(self, text: bytes, answer: Answer) -> None:
        self.findings.tried["reads"] += 1
        self.findings.tried[f"{answer.status // 100}xx"] += 1
        if answer.status >= 500:
            path = text.split(b" ")[1].decode().split("?")[0]
            kind = "/".join("{id}" if "_" in step else step for step in path.split("/"))
            self.findings.add(f"GET {kind}: {answer.status}", text, answer.content)


def attack(target: Box, rounds: int) -> Findings:
    findings = Findings("extreme states")
    extremes = Extremes(target, findings, chance("extremes"))
    for at in range(rounds):
        if at % 4 == 0:
            extremes.fresh()
        for _ in range(12):
            extremes.step()
        extremes.read()
    for error, number in target.raised().items():
        findings.add(f"a traceback: {error}", "", number)
    return findings


def test_extreme_states_are_read(target: Box) -> None:
    attack(target, count(3)).judge()


@pytest.mark.sweep
def test_many_extreme_states_are_read(alone: Box) -> None:
    attack(alone, large(150)).judge()
