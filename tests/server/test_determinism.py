"""A frozen clock, a seed and the same calls: the same bytes, in whatever process.

Tokens too, for who asks that they can be predicted.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import hashlib
from bacasable.core import FixedClock
from bacasable.core.clock import parse_instant
from bacasable.resources import fixture_path
from bacasable.server.launch import build_sandbox
from bacasable.resources import CONTRACT
from tests.support import in_process

digest = hashlib.sha256()
clock = FixedClock(parse_instant("2026-11-02T09:00:00Z"))
names = ("votre-tenant", "qualiforma-demo")
sandbox = build_sandbox(contract=CONTRACT, fixtures=[fixture_path(n) for n in names], clock=clock,
    predictable_tokens=True)


def note(answer):
    headers = sorted((n, v) for n, v in answer.headers.items() if n != "date")
    digest.update(repr((answer.status, headers)).encode() + answer.content)
    return answer


with in_process(sandbox) as api:
    def control(method, path, body=None):
        return note(api.request(method, "!/_sandbox/tenants" + path, body))

    def caller(tenant, role="ADMIN"):
        tokens = control("POST", f"/{tenant}/tokens", {"role": role}).json
        headers = {"X-Tenant-ID": tenant, "Authorization": "Bearer " + tokens["accessToken"]}
        return api.with_headers(headers)

    def work(admin):
        company = note(admin.post("/companies", {"name": "Exemple"})).data
        note(admin.post("/companies", {"nmae": "Exemple", "x": 1, "y": 2}))
        note(admin.patch("/companies/" + company["id"], {"name": "Autre"}))
        body = {"title": "Plan", "trigger": "PROACTIVE"}
        plan = note(admin.post("/improvement-plans", body)).data["id"]
        action = {"title": "Action", "dueDate": "2026-12-01"}
        note(admin.post(f"/improvement-plans/{plan}/actions", action))
        for name in ("companies", "users", "courses", "enrollments", "questionnaire-responses"):
            note(admin.get(f"/{name}?perPage=50&sort=-createdAt"))
        note(admin.get("/improvement-plans/statistics"))

    login = {"email": "admin@example.com", "password": "votre-mot-de-passe"}
    note(api.post("/auth/login", login, headers={"X-Tenant-ID": "votre-tenant"}))
    control("PUT", "/votre-tenant/clock", {"mode": "FROZEN"})
    for tenant in names:
        work(caller(tenant))
        control("PUT", f"/{tenant}/snapshots/avant")
        control("POST", f"/{tenant}/clock/advance", {"by": "P1Y"})
        control("POST", f"/{tenant}/forks")
        control("POST", f"/{tenant}/forks", {"slug": "f-" + tenant})
        work(caller("f-" + tenant))
        fault = {"kind": "ERROR", "status": 503, "percent": 50}
        control("POST", f"/f-{tenant}/faults", fault)
        work_or_fail = caller("f-" + tenant)
        for _ in range(10):
            note(work_or_fail.get("/companies"))
        control("POST", f"/{tenant}/snapshots/avant/restore")
        control("GET", f"/{tenant}/snapshots/avant/file")
        control("GET", f"/{tenant}/messages")
        work(caller(tenant))
    control("GET", "")
    for space in sandbox.engine.platform.spaces():
        digest.update(repr([space.slug, *space.collection("Event")]).encode())
print(digest.hexdigest())
"""


def told_by(folder: Path, seed: str) -> str:
    root = Path(__file__).parents[2]
    environment = os.environ | {
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": str(root),
        "TZ": f"UTC-{seed}",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.sweep
def test_two_processes_say_the_same(tmp_path: Path) -> None:
    first = told_by(tmp_path, "1")
    assert len(first) == 65
    assert told_by(Path("/"), "7") == first
