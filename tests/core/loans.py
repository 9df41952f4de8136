"""The toy contract with a resource that time acts on, for tests of timers.

A loan is due at an instant (then it is late, and a day later it is lost), is called back at several
durations after it began, and ages when its day is over. It belongs to a shelf; nothing is called
back to a shelf named Closed.
"""

from datetime import timedelta
from typing import Any

from bacasable.core import Behaviour, Situation
from bacasable.core.clock import format_instant

from .dialects import Dialect
from .toy import START, World
from .toy_document import Json, body_of, collection_of, in_path, single, toy_document

STATES = ["OPEN", "LATE", "LOST", "CLOSED"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INSTANT: Json = {"type": ["string", "null"], "format": "date-time"}
GIVEN: Json = {
    "name": {"type": "string"},
    "beganAt": INSTANT,
    "dueAt": INSTANT,
    "closesAt": INSTANT,
    "day": {"type": ["string", "null"], "format": "date"},
}
STAMP: Json = INSTANT | {"readOnly": True}

LIFECYCLE: Json = {
    "field": "status",
    "initial": ["OPEN"],
    "transitions": [
        {"timer": "loanLate", "from": ["OPEN"], "to": "LATE", "fact": "loan.late"}
        | {"stamps": "lateAt", "sets": {"note": "late"}, "at": "dueAt"},
        {"timer": "loanLost", "from": ["LATE"], "to": "LOST", "fact": "loan.lost"}
        | {"at": "lateAt", "after": ["P1D"]},
        {"timer": "loanCalled", "from": ["OPEN", "LATE"], "fact": "loan.called"}
        | {"at": "beganAt", "after": ["PT1H", "PT2H", "P1D"], "stamps": "calledAt"}
        | {"rules": [{"id": "SHELF_CLOSED", "says": "The shelf is open."}]},
        {"timer": "loanAged", "from": ["OPEN"], "fact": "loan.aged", "at": "day"}
        | {"after": ["P1D"], "sets": {"note": "aged"}},
        {"operation": "closeLoan", "from": ["OPEN", "LATE"], "to": "CLOSED"}
        | {"fact": "loan.closed", "at": "closesAt"},
        {"operation": "reopenLoan", "from": ["CLOSED"], "to": "OPEN", "fact": "loan.reopened"},
        {"operation": "updateLoan", "from": ["OPEN", "LATE"], "fact": "loan.updated"},
    ],
}
FACTS = [step["fact"] for step in LIFECYCLE["transitions"]]


def loan_document() -> Json:
    """The toy contract with loans."""
    document = toy_document()
    members: Json = {
        "id": {"type": "string", "readOnly": True},
        "shelfId": {"type": "string", "readOnly": True},
        **GIVEN,
        "status": {"type": "string", "enum": STATES, "readOnly": True},
        "note": {"type": ["string", "null"], "readOnly": True},
        "lateAt": STAMP,
        "calledAt": STAMP,
        "calls": {"type": "integer", "default": 0, "readOnly": True},
        "createdAt": {"type": "string", "format": "date-time", "readOnly": True},
        "updatedAt": {"type": "string", "format": "date-time", "readOnly": True},
    }
    document["components"]["schemas"]["Loan"] = {
        "type": "object",
        "required": list(members),
        "properties": members,
        "x-resource": {
            "collection": "/shelves/{id}/loans",
            "idPrefix": "lon_",
            "idFormat": "sequence",
            "scope": "tenant",
            "parent": {"resource": "Shelf", "field": "shelfId"},
            "onParentDelete": "cascade",
        },
        "x-lifecycle": LIFECYCLE,
    }
    document["paths"] |= _paths()
    received = {"200": {"description": "Received."}}
    for fact in (*FACTS, "loan.created", "loan.deleted"):
        document["webhooks"][fact] = {"post": {"summary": fact, "responses": received}}
    return document


def _paths() -> Json:
    shelf, loan = in_path("id"), in_path("id", "loanId")
    whole, changes = body_of(["name"], **GIVEN), body_of([], **GIVEN)
    listed = collection_of("Loan", whole, "Loans", filters=[], path=shelf, tenant=True)
    found = single("Loan", changes, None, loan)
    steps = {
        name: {"post": found["patch"] | {"operationId": f"{name}Loan"}}
        for name in ("close", "reopen")
    }
    for step in steps.values():
        step["post"] = {k: v for k, v in step["post"].items() if k != "requestBody"}
        step["post"].pop("x-emits", None)
    base = "/shelves/{id}/loans"
    return {base: listed, base + "/{loanId}": found} | {
        f"{base}/{{loanId}}/{name}": step for name, step in steps.items()
    }


def shelf_open(s: Situation) -> bool:
    return s.parent.get("name") != "Closed"


def count_call(s: Situation) -> None:
    s.draft["calls"] = s.record["calls"] + 1


def refuse_broken(s: Situation) -> None:
    """A note that the answer check would refuse: an update that is taken back."""
    if s.draft["name"] == "Broken":
        s.draft["note"] = 42


LOAN = Behaviour(
    prepare={"loanCalled": count_call, "updateLoan": refuse_broken, "createLoan": refuse_broken},
    rules={"SHELF_CLOSED": shelf_open},
)


def after(hours: float) -> str:
    """The instant so many hours after the start, as the contract writes it."""
    return format_instant(START + timedelta(hours=hours))


class Library(World):
    """A world with one shelf, whose clock is moved by hours."""

    def __init__(
        self,
        *,
        document: Json | None = None,
        dialect: type[Dialect] | None = None,
        **hooks: Any,
    ) -> None:
        whole = document or loan_document()
        super().__init__({"Loan": LOAN} | hooks, document=whole, dialect=dialect)
        self.shelf_id = self.shelf()
        self.platform.log.commit(0)

    def lend(self, shelf: str = "", **members: Any) -> str:
        body = {"name": "Loan", **members}
        return str(self.data("createLoan", body, id=shelf or self.shelf_id)["id"])

    def loan(self, loan: str) -> dict[str, Any]:
        found = self.data("getLoan", id=self.shelf_id, loanId=loan)
        assert isinstance(found, dict)
        return found

    def change(self, loan: str, **members: Any) -> None:
        self.call("updateLoan", members, id=self.shelf_id, loanId=loan)

    def step(self, operation: str, loan: str) -> None:
        self.call(operation, id=self.shelf_id, loanId=loan)

    def wait(self, hours: float) -> list[tuple[str, str, str]]:
        """Let time pass; what fell due: instant, timer, record."""
        self.tick(hours=hours)
        return [(d.at, d.transition, d.record_id) for d in self.engine.settle(self.space)]

    def facts(self) -> list[tuple[str, str, str]]:
        """What the journal knows of loans besides what was asked for."""
        ours = {"loan.late", "loan.lost", "loan.called", "loan.aged", "loan.closed"}
        return [
            (e["occurredAt"], e["type"], e["resourceId"])
            for e in self.events()
            if e["type"] in ours
        ]
