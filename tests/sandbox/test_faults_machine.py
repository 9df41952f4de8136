"""Faults under any sequence of additions, removals and calls: what is counted is what was met."""

from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bacasable.contract import load_contract
from bacasable.resources import CONTRACT
from tests.server.faulty import COURSE, FAULTS, TENANT, try_to_add
from tests.support import in_process, make_sandbox

CONTRACT_ = load_contract(CONTRACT)
KINDS = [
    {"kind": "ERROR", "status": 500},
    {"kind": "ERROR", "status": 409},
    {"kind": "DELAY", "seconds": 0},
    {"kind": "RATE_LIMIT"},
    {"kind": "TRUNCATE"},
    {"kind": "STALE"},
    {"kind": "DUPLICATE"},
    {"kind": "TOKEN_EXPIRED"},
    {"kind": "DRIFT", "change": "MISSING"},
    {"kind": "DRIFT", "change": "ENUM"},
    {"kind": "DRIFT", "change": "STATUS"},
]
OPERATIONS = {
    "getCourse": ("GET", COURSE),
    "listCompanies": ("GET", "/companies"),
    "createCompany": ("POST", "/companies"),
    "getUser": ("GET", "/users/usr_inconnu"),
}
ROLES = ("ADMIN", "TRAINER")


class FaultsMachine(RuleBasedStateMachine):
    """One tenant with callers that are logged in before there is any fault."""

    @initialize()
    def begin(self):
        self.opened = in_process(make_sandbox(CONTRACT_))
        self.api = self.opened.__enter__()
        self.callers = {role: self.api.as_(role) for role in ROLES} | {
            "": self.api.with_headers({"X-Tenant-ID": TENANT})
        }
        self.added = {}
        self.met = Counter()

    @rule(
        kind=st.sampled_from(KINDS),
        operations=st.lists(st.sampled_from(sorted(OPERATIONS)), max_size=2),
        roles=st.lists(st.sampled_from(ROLES), max_size=1),
        percent=st.sampled_from([100, 50]),
        count=st.sampled_from([None, 1, 3]),
    )
    def add(self, kind, **options):
        wanted = kind | options
        answer = try_to_add(self.api, **wanted)
        assert answer.status in {201, 400}, answer.json
        if answer.status == 201:
            assert answer.json["id"] not in self.met
            self.added[answer.json["id"]] = wanted

    @rule(number=st.integers(0, 5))
    def remove(self, number):
        if self.added:
            fault = list(self.added)[number % len(self.added)]
            assert self.api.delete(f"{FAULTS}/{fault}").status == 204
            del self.added[fault]

    @rule()
    def clear(self):
        assert self.api.delete(FAULTS).status == 204
        self.added.clear()

    @rule(operation=st.sampled_from(sorted(OPERATIONS)), caller=st.sampled_from(("", *ROLES)))
    def call(self, operation, caller):
        method, path = OPERATIONS[operation]
        body = {"name": "Exemple"} if method == "POST" else None
        answer = self.callers[caller].request(method, path, body)
        named = [n for n in answer.headers.get("x-sandbox-fault", "").split(", ") if n]
        self.met.update(named)
        assert named == list(self.api.sandbox.hub.exchanges._rings[TENANT].whole[-1].faults)
        for name in named:
            wanted = self.added[name]
            assert operation in (wanted["operations"] or OPERATIONS)
            assert not wanted["roles"] or caller in wanted["roles"]
        if answer.status in {429, 500}:
            assert named

    @invariant()
    def what_is_told_is_what_was_met(self):
        told = {fault["id"]: fault for fault in self.api.get(FAULTS).json["items"]}
        assert list(told) == list(self.added)
        for name, fault in told.items():
            assert fault["struck"] == self.met[name]
            if fault["count"] is not None:
                assert fault["remaining"] == fault["count"] - fault["struck"] >= 0
        live = [name for name, fault in told.items() if fault["remaining"] != 0]
        active = self.api.sandbox.hub.faults.active
        assert [fault.id for fault in active.get(TENANT, ())] == live
        assert set(active) <= {TENANT}

    def teardown(self):
        if hasattr(self, "opened"):
            self.opened.__exit__(None, None, None)


TestFaults = FaultsMachine.TestCase
TestFaults.settings = settings(
    max_examples=20, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
