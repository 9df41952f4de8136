"""`python -m tests.sandbox.killing SEED TIMES MODE FOLDER`: killed TIMES times while it writes.

A sandbox is put together once; each process that is killed is a copy of it, so that a thousand take
minutes and not hours. Each takes the state of the file, writes, and says in a pipe what was given
and what was kept. MODE `complete` keeps before it says so, as with --state-sync; `sometimes` keeps
now and then, as with an interval, and what was said before is what must be there.
Prints one line of JSON: how much was given, kept and lost, and what was wrong.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from bacasable.contract import load_contract
from bacasable.core import SystemClock
from bacasable.resources import CONTRACT
from bacasable.sandbox.keeping import Keeper
from tests.support import Api, in_process, make_sandbox

PER_FILE = 100
"""After so many the next begins with a new file: otherwise reading it is all that is done."""


def write(api: Api, path: Path, mode: str, chance: random.Random, say: Any) -> None:
    """What one process does until it is killed."""
    keeper = Keeper(path, api.sandbox.hub.estate, complete=mode == "complete")
    keeper.open()
    made = api.post("!/_sandbox/tenants/vide/tokens", {"role": "ADMIN"}).json
    admin = api.with_headers(
        {"X-Tenant-ID": "vide", "Authorization": f"Bearer {made['accessToken']}"}
    )
    there = admin.get("/events?perPage=1&sort=-sequence").json["meta"]["pagination"]["total"]
    say({"began": there, "first": [c["id"] for c in admin.get("/companies?perPage=100").data]})
    waiting: list[str] = []
    while True:
        key = f"cle-{chance.random():.16f}"
        headers = {"Idempotency-Key": key}
        answer = admin.post("/companies", {"name": "Atelier"}, headers=headers)
        event = admin.get("/events?perPage=1&sort=-sequence").data[0]
        if mode == "complete":
            # Nobody is answered before.
            keeper.save()
        say({"given": answer.data["id"], "number": event["sequence"]})
        waiting.append(answer.data["id"])
        if chance.random() < 0.1 and len(waiting) > 1:
            gone = waiting.pop(0)
            admin.delete(f"/companies/{gone}")
            say({"gone": gone})
        if mode == "complete" or chance.random() < 0.3:
            keeper.save()
            say({"kept": waiting})
            waiting = []


class Judge:
    """What must be so, over all processes that used one file."""

    def __init__(self) -> None:
        self.given: set[str] = set()
        self.numbers: set[int] = set()
        self.kept: set[str] = set()
        self.gone: set[str] = set()
        self.wrong: list[str] = []

    def hear(self, said: list[Any]) -> None:
        """What one process said."""
        for told in said:
            if "first" in told:
                known = set(told["first"])
                if len(known) < 100 and (lost := self.kept - self.gone - known):
                    self.wrong.append(f"lost: {sorted(lost)[:3]}")
            if "given" in told:
                if told["given"] in self.given:
                    self.wrong.append(f"id given twice: {told['given']}")
                if told["number"] in self.numbers:
                    self.wrong.append(f"number given twice: {told['number']}")
                self.given.add(told["given"])
                self.numbers.add(told["number"])
            self.kept.update(told.get("kept", ()))
            self.gone.update([told["gone"]] if "gone" in told else ())


def killed(api: Api, path: Path, mode: str, chance: random.Random) -> list[Any]:
    """What a process said that was killed after a while."""
    reader, writer = os.pipe()
    seed, patience = chance.random(), chance.uniform(0.0, 0.06)
    child = os.fork()
    if child == 0:
        os.close(reader)

        def say(told: Any) -> None:
            os.write(writer, json.dumps(told).encode() + b"\n")

        try:
            write(api, path, mode, random.Random(seed), say)
        except BaseException as error:  # noqa: BLE001 - told by the parent
            say({"failed": repr(error)})
            os._exit(1)
    os.close(writer)
    # Killed while it reads the file, too; but most are to write something.
    begun = os.read(reader, 1) if chance.random() < 0.9 else b""
    time.sleep(patience)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = begun
    while part := os.read(reader, 1 << 16):
        said += part
    os.close(reader)
    # A line that is not whole was not said.
    return [json.loads(line) for line in said.split(b"\n")[:-1]]


def main(seed: str, times: int, mode: str, folder: Path) -> None:
    """Kill, judge, and print."""
    chance = random.Random(seed)
    sandbox = make_sandbox(load_contract(CONTRACT), ("vide",), clock=SystemClock())
    totals = {"given": 0, "kept": 0, "killed": 0}
    wrong: list[str] = []
    with in_process(sandbox) as api:
        for first in range(0, times, PER_FILE):
            judge, path = Judge(), folder / f"state-{first}.json"
            for _ in range(min(PER_FILE, times - first)):
                said = killed(api, path, mode, chance)
                judge.hear(said)
                judge.wrong += [told["failed"] for told in said if "failed" in told]
                totals["killed"] += 1
            left = {p.name for p in folder.iterdir()} - {
                p.name for p in folder.glob("state-*.json")
            }
            judge.wrong += [f"left behind: {name}" for name in left if not name.endswith(".new")]
            totals["given"] += len(judge.given)
            totals["kept"] += len(judge.kept)
            wrong += judge.wrong
    sys.stdout.write(json.dumps(totals | {"wrong": wrong[:20], "seed": seed}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
