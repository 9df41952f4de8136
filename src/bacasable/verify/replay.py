"""A finding of an earlier run, tried again: whether it is still there.

What a check found is sought by that check, with the seed and profile of the report. What was found
in passing (a check of answers, a generated request) is sought by sending its exchanges again, with
fresh credentials and the ids of fresh records, then by what sent them at first.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..contract import Operation, load_contract
from ..contract.model import JsonObject
from ..contract.names import did_you_mean
from .binding import bindings_of, rebound
from .checks import Check, all_checks
from .findings import findings_of
from .masking import MASK
from .model import ANONYMOUS, PROFILES, Exchange, Fault, Identity, Options, Request, Response
from .reaching import cautions
from .run import Run, Told
from .session import OutOfTime, Transport, Unreachable, WouldWrite

_OPERATIONS = 5
"""On so many operations of a finding its check is run again."""
_ELSEWHERE = frozenset({401, 403, 404, 409, 412, 429, 503})
"""Answers that tell of other records or rights than those of the finding, not of its cause."""


class NotReplayable(Exception):
    """The report cannot be read, or has no such finding: one line that says why."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it: 1 still there, 0 gone, 2 cannot be judged, and lines that say so."""

    status: Literal[0, 1, 2]
    lines: tuple[str, ...]


def address_of(source: Path) -> str:
    """The server that a report is about. Raises NotReplayable."""
    return str(_read(source)["server"])


def replay(
    source: Path,
    finding: str,
    options: Options,
    contract: Path,
    *,
    root: Path | None = None,
    told: Told | None = None,
    transport: Transport | None = None,
) -> Replayed:
    """Try a finding of a report in JSON again, on the server and as the callers of `options`.

    Seed and profile are those of the report. Raises NotReplayable, ContractError and CannotJudge.
    """
    data = _read(source)
    found = _named(data, finding, source)
    check = all_checks().get(found["check"])
    if check is None:
        raise NotReplayable(f"{source}: the check {found['check']} is not known any more")
    names = {check.id, *(e["purpose"] for e in found["exchanges"])} & all_checks().keys()
    exact = replace(
        options,
        seed=data["options"]["seed"],
        profile=PROFILES[data["options"]["profile"]],
        only=tuple(found["operations"]),
        exclude=(),
        checks=tuple(sorted(names)),
    )
    run = Run(load_contract(contract, root=root), exact, told=told, transport=transport)
    try:
        said = _Replay(run, found, check).tried()
        return replace(said, lines=(*said.lines, *map("note: {}".format, cautions(options))))
    except (OutOfTime, Unreachable) as error:
        return _said(2, found, f"the server could not be asked: {error or 'out of time'}")
    finally:
        run.close()


class _Replay:
    """The ways to try a finding again, the quickest first."""

    def __init__(self, run: Run, found: JsonObject, check: Check) -> None:
        self._run, self._found, self._check = run, found, check
        self._doubt = ""

    def tried(self) -> Replayed:
        """The first answer that is sure. A finding that no way shows again is gone."""
        ways = [self._by_check] if self._check.probe else [self._by_sending, self._by_sender]
        if any(e["purpose"] == "fuzz" for e in self._found["exchanges"]):
            ways.append(self._by_generating)
        doubts: list[str] = []
        for way in ways:
            self._doubt = ""
            shown = way()
            if shown:
                return _said(1, self._found, shown)
            doubts.append(self._doubt)
        if not all(doubts):
            return _said(0, self._found, "nothing shows it any more")
        return _said(2, self._found, doubts[0])

    def _by_check(self) -> str:
        """Run the check again on the operations of the finding."""
        return self._probed(self._check)

    def _by_sender(self) -> str:
        """Run the check again that sent the exchanges; the finding's own check watches."""
        sender = all_checks().get(self._found["exchanges"][-1]["purpose"]) if self._any() else None
        if sender is None or sender.probe is None:
            self._doubt = "what it was found with cannot be sent again"
            return ""
        return self._probed(sender)

    def _probed(self, check: Check) -> str:
        operations: list[Operation | None] = [*self._operations()] or [None]
        for operation in operations[:_OPERATIONS]:
            outcome, faults = self._run.judge(check, operation)
            if self._shows([*faults, *self._run.session.faults]):
                return f"{check.id} shows it again"
            if outcome.verdict in ("not-judged", "not-applicable"):
                self._doubt = f"{check.id} was not judged: {outcome.reason}"
        return ""

    def _by_generating(self) -> str:
        """Generate the same requests again."""
        faults = self._run.exercise(list(self._operations()))
        if self._run.stopped or self._run.notes:
            self._doubt = self._run.stopped or self._run.notes[0]
        return "generated requests show it again" if self._shows(faults) else ""

    def _by_sending(self) -> str:
        """Send the exchanges again; what their answers give takes the place of what they gave."""
        if not self._any():
            self._doubt = "the report has no exchange of it"
            return ""
        recorded = [self._recorded(e) for e in self._found["exchanges"]]
        bindings = bindings_of(recorded)
        values: dict[str, str] = {}
        last = recorded[-1]
        for number, exchange in enumerate(recorded):
            again = self._sent(self._found["exchanges"][number], exchange, values)
            if again is None:
                return ""
            for binding in bindings:
                if binding.source == number and again.response:
                    new = binding.read(again.response)
                    values |= {binding.value: new} if new is not None else {}
            if number + 1 < len(recorded) and exchange.ok and not again.ok:
                self._doubt = f"what it needs cannot be had: status {again.status}"
            last = again
        if self._shows(self._run.session.faults):
            return "the same requests show it again"
        if last.status != recorded[-1].status and last.status in _ELSEWHERE:
            self._doubt = f"its last request is answered {last.status} now"
        return ""

    def _sent(
        self, told: JsonObject, exchange: Exchange, values: dict[str, str]
    ) -> Exchange | None:
        """An exchange sent again; None, with a doubt, when it cannot be."""
        identity = self._caller(told["identity"])
        body = told["request"]["body"]
        if identity is None or (body and body["masked"]):
            who = told["identity"]["name"]
            missing = f"there is no account of {who}" if identity is None else "it holds a secret"
            self._doubt = f"a request cannot be sent again: {missing}"
            return None
        own = {name.lower(): value for name, value in identity.headers.items()}
        headers = []
        for name, value in exchange.request.headers:
            if MASK not in value:
                headers.append((name, value))
            elif name.lower() in own:
                headers.append((name, own[name.lower()]))
            else:
                self._doubt = f"a request cannot be sent again: its {name} was made of a secret"
                return None
        request = rebound(replace(exchange.request, headers=tuple(headers)), values)
        try:
            return self._run.session.send(
                request,
                operation=exchange.operation,
                identity=identity,
                purpose=told["purpose"],
                intent=told["intent"],
            )
        except WouldWrite:
            self._doubt = "the run only reads"
            return None

    def _caller(self, told: JsonObject) -> Identity | None:
        """Who of this run is the caller that a report names."""
        subject = self._run.subject
        there = [subject.main, *subject.by_role.values(), *subject.others]
        if told["name"] == ANONYMOUS.name:
            return subject.anonymous
        for keys in (("name", "tenant"), ("role", "tenant")):
            for identity in there:
                if all(getattr(identity, key) == told[key] for key in keys):
                    return identity
        return None

    def _recorded(self, told: JsonObject) -> Exchange:
        """An exchange as the report has it."""
        sent, answer = told["request"], told["response"]
        headers = tuple((name, value) for name, value in sent["headers"])
        request = Request(sent["method"], sent["target"], headers, _body(sent["body"]))
        response = answer and Response(
            answer["status"], tuple(map(tuple, answer["headers"])), _body(answer["body"]) or b""
        )
        operation = self._run.contract.operations.get(told["operation"])
        who = Identity(**told["identity"])
        return Exchange(
            told["number"],
            request,
            response,
            told["failure"],
            operation,
            who,
            told["purpose"],
            told["intent"],
        )

    def _operations(self) -> Iterator[Operation]:
        known = self._run.contract.operations
        return (known[name] for name in self._found["operations"] if name in known)

    def _any(self) -> bool:
        return bool(self._found["exchanges"])

    def _shows(self, faults: Iterable[Fault]) -> bool:
        """Whether the finding is among those that faults make."""
        run = self._run
        again = findings_of(run.contract, faults, all_checks(), (), url=run.options.url)
        return any(finding.id == self._found["id"] for finding in again)


def _read(source: Path) -> JsonObject:
    try:
        data: Any = json.loads(source.read_text("utf-8"))
    except OSError as error:
        told = f"{source}: cannot be read ({error.strerror}); run 'bacasable verify' first"
        raise NotReplayable(told) from error
    except ValueError as error:
        raise NotReplayable(
            f"{source}: is no report in JSON; write one by --report json"
        ) from error
    if not isinstance(data, dict) or not {"findings", "options", "server"} <= data.keys():
        raise NotReplayable(f"{source}: is no report in JSON; write one by --report json")
    return data


def _named(data: JsonObject, name: str, source: Path) -> JsonObject:
    """The finding of a name, or of a part of its end or beginning that no other has."""
    known = {finding["id"]: finding for finding in data["findings"]}
    if name in known:
        exact: JsonObject = known[name]
        return exact
    near = [f for id_, f in known.items() if name and (id_.startswith(name) or id_.endswith(name))]
    if len(near) != 1:
        said = f"several findings are called {name}" if near else f"there is no finding '{name}'"
        raise NotReplayable(f"{source}: {said}{did_you_mean(name, known)}")
    only: JsonObject = near[0]
    return only


def _body(told: JsonObject | None) -> bytes | None:
    if told is None:
        return None
    if "text" in told:
        return str(told["text"]).encode("utf-8", "surrogatepass")
    return base64.b64decode(told["base64"])


def _said(status: Literal[0, 1, 2], found: JsonObject, why: str) -> Replayed:
    head = {1: "still there", 0: "gone", 2: "cannot be judged"}[status]
    lines = [f"{found['id']}: {head} ({why})"]
    if status == 1:
        lines += [f"  expected {found['expected']}", f"  received {found['received']}"]
    return Replayed(status, tuple(lines))
