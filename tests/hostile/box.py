"""A sandbox in a process of its own, and what its machine knows of that process."""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.hostile.watched import KEPT, opened
from tests.support import Answer

API = "/api/v1"
HOST = "127.0.0.1"
ROLES = ("SUPER_ADMIN", "ADMIN", "TRAINER", "LEARNER", "AUDITOR")
ROOT = Path(__file__).parents[2]
_ADDRESS = re.compile(r"Base URL +http://127\.0\.0\.1:(\d+)")


class Box:
    """One running sandbox. Its controls are called with its key, when it has one."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, port: int, key: str) -> None:
        self.process, self.port, self.key = process, port, key
        self._complaints, self._kept = folder / "complaints", opened(folder / "longest")
        self._tokens: dict[tuple[str, str], str] = {}
        self._heard = 0
        self.openapi = self.get("/openapi.json").json
        self.controls = self.get("/_sandbox/openapi.json", controls=True).json

    def get(self, path: str, *, controls: bool = False, headers: Any = None) -> Answer:
        return self.call("GET", path, headers=self._keyed(headers) if controls else headers)

    def control(self, method: str, path: str, body: Any = None) -> Answer:
        """A call of the controls; its refusal is an error of the attack, not a finding."""
        answer = self.try_control(method, path, body)
        assert answer.status < 300, (method, path, answer.content[:1000])
        return answer

    def try_control(self, method: str, path: str, body: Any = None) -> Answer:
        return self.call(method, "/_sandbox" + path, body, self._keyed(None))

    def call(
        self, method: str, path: str, body: Any = None, headers: Any = None, seconds: float = 60
    ) -> Answer:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=seconds)
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def _keyed(self, headers: Any) -> dict[str, str]:
        return {**(headers or {}), **({"X-Sandbox-Key": self.key} if self.key else {})}

    def auth(self, tenant: str, role: str = "ADMIN", *, fresh: bool = False) -> dict[str, str]:
        """Header lines of an account with this role."""
        if fresh or (tenant, role) not in self._tokens:
            made = self.control("POST", f"/tenants/{tenant}/tokens", {"role": role})
            self._tokens[tenant, role] = made.json["accessToken"]
        token = self._tokens[tenant, role]
        return {"Authorization": f"Bearer {token}", "X-Tenant-ID": tenant}

    def start_anew(self) -> None:
        """Put it back as it was at its start; what it complained of is no matter any more."""
        self.control("POST", "/reset")
        self._tokens, self._heard = {}, len(self.stderr())

    def fork(self, origin: str, slug: str) -> str:
        self.forget(slug)
        return str(self.control("POST", f"/tenants/{origin}/forks", {"slug": slug}).json["slug"])

    def forget(self, slug: str) -> None:
        self._tokens = {k: v for k, v in self._tokens.items() if k[0] != slug}

    def snapshot(self, tenant: str, name: str = "held") -> dict[str, Any]:
        """All that a tenant holds, as the file of a snapshot tells it."""
        self.control("PUT", f"/tenants/{tenant}/snapshots/{name}")
        return dict(self.control("GET", f"/tenants/{tenant}/snapshots/{name}/file").json)

    def holds(self, tenant: str) -> dict[str, Any]:
        """What must stay the same where nothing was written: all but the running clock."""
        file = self.snapshot(tenant)
        held = {k: v for k, v in file.items() if k not in {"now", "mode", "checksum"}}
        held["collections"] = {k: v for k, v in file["collections"].items() if v}
        return held

    def alive(self, seconds: float = 10) -> bool:
        """Whether a normal call is answered as ever, within that time."""
        if self.process.poll() is not None:
            return False
        try:
            return self.call("GET", "/_sandbox/health", seconds=seconds).status == 200
        except OSError:
            return False

    def stderr(self) -> str:
        return self._complaints.read_text("utf-8", "replace")

    def raised(self) -> dict[str, int]:
        """What was raised and told on stderr: the place and the exception, with its number."""
        found = Counter[str]()
        for one in self.stderr()[self._heard :].split("Traceback (most recent call last):")[1:]:
            places = re.findall(r"([^/\"]+)\", line (\d+), in (\S+)", one)
            error = re.search(r"^[A-Za-z_.]+(?:Error|Exception|[A-Z]\w+)\b.*$", one, re.MULTILINE)
            place = ":".join(places[-1]) if places else "somewhere"
            found[f"{place} {error[0][:300] if error else one[-300:]}"] += 1
        return dict(found)

    def rss(self) -> float | None:
        """Resident memory in MB, where the system tells it."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return None
        found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
        return int(found[1]) / 1024 if found else None

    @contextmanager
    def watched(self) -> Iterator[Callable[[], float]]:
        """Tells for how many milliseconds of work others had to wait at most while it was open."""
        self._turned()
        KEPT.pack_into(self._kept, 0, 0.0, 0)
        found: list[float] = []
        yield lambda: found[0]
        self._turned()
        found.append(KEPT.unpack_from(self._kept)[0])

    def _turned(self) -> None:
        """What was done before is in the file: the second turn from here began after it."""
        before = KEPT.unpack_from(self._kept)[1]
        assert wait_for(lambda: KEPT.unpack_from(self._kept)[1] > before + 1, 60)


def _port(process: subprocess.Popen[bytes], said: Path) -> int:
    """Where it listens, once it says so."""

    def told() -> re.Match[str] | None:
        return _ADDRESS.match(said.read_text("utf-8", "replace"))

    assert wait_for(lambda: told() or process.poll() is not None, 60), "the sandbox did not start"
    found = told()
    assert found, "the sandbox ended"
    return int(found[1])


@contextmanager
def box(*options: str, key: str = "", environment: dict[str, str] | None = None) -> Iterator[Box]:
    """Start a sandbox on a free port and end it. `options` are those of `bacasable serve`."""
    with tempfile.TemporaryDirectory() as folder:
        # Files, read by their names: a pipe that nobody reads would hold the sandbox up.
        said, complaints = Path(folder, "said"), Path(folder, "complaints")
        command = [sys.executable, "-m", "tests.hostile.watched", str(Path(folder, "longest"))]
        command += ["serve", "--port", "0", *options]
        with said.open("ab") as out, complaints.open("ab") as errors:
            process = subprocess.Popen(
                command,
                stdout=out,
                stderr=errors,
                cwd=ROOT,
                env={**os.environ, "PYTHONUTF8": "1", **(environment or {})},
            )
        try:
            yield Box(process, Path(folder), _port(process, said), key)
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_for(holds: Any, seconds: float = 10) -> bool:
    """Whether something comes true within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return bool(holds())
