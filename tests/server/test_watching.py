"""Serving on while files change: who calls is answered, nothing is lost, faults change nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bacasable.sandbox.credentials import described
from bacasable.server import watching
from bacasable.server.launch import Assembly
from bacasable.server.watching import Gate, Watcher, watched
from tests.server.folders import TOOL, opened, workshop, write

LIMITED = TOOL | {"properties": TOOL["properties"] | {"name": {"type": "string", "maxLength": 4}}}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_CALM", 0.001)
    monkeypatch.setattr(watching, "INTERVAL", 0.01)
    monkeypatch.setattr(watching, "_PATIENCE", 30)  # the machine may be busy


class Watched:
    """A folder that is served and watched, and what was told."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder, self.lines = folder, list[str]()
        self.served: Assembly = opened(folder, **options)
        self.builds = 0

        def build(before: Assembly) -> Assembly:
            self.builds += 1
            hub = before.hub
            again = {"exchanges": hub.exchanges, "clock": hub.estate.clock}
            return opened(folder, **options, **again)

        def files() -> list[Path]:
            return watched(folder)

        self.watcher = Watcher(files, self.served, build, self.began, self.lines.append)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.watcher.app), base_url="http://127.0.0.1"
        )

    def began(self, made: Assembly) -> None:
        self.served = made

    async def change(self, **files: Any) -> str:
        """Write files, and have them taken over; gives the line that is told."""
        write(self.folder, **files)
        await self.watcher.look()
        (line,) = self.lines
        self.lines.clear()
        return line

    async def add(self, name: str) -> httpx.Response:
        return await self.client.post("/tools", json={"name": name})

    async def names(self) -> list[str]:
        return [tool["name"] for tool in (await self.client.get("/tools")).json()]


def running(act: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await act()

    asyncio.run(run())


def test_what_changes_is_taken_over_and_records_are_kept(tmp_path: Path) -> None:
    async def act() -> None:
        it = Watched(write(tmp_path))
        await it.watcher.look()
        assert (it.lines, it.builds) == ([], 0)
        await it.add("Saw")
        await it.add("Hammer")
        line = await it.change(document=workshop(LIMITED))
        assert line.startswith("Reloaded in ")
        assert line.endswith("s: openapi.yaml; 1 record does not fit any more, and left out")
        assert await it.names() == ["Saw"]
        assert (await it.add("Plane")).status_code == 400
        assert "fixtures" not in await it.change(fixtures_a="records: {Tool: [{id: 9, name: Awl}]}")
        assert await it.names() == ["Saw", "Awl"]
        rules = "RULES = {'R': lambda context: False}"
        with_rule = workshop(rules=[{"id": "R", "says": "Never."}])
        assert "rules.py" in await it.change(document=with_rule, rules=rules)
        assert (await it.add("Axe")).status_code == 409
        assert "g.md" in await it.change(guides_g="# A guide")
        assert "A guide" in (await it.client.get("/en/guides/g.html")).text
        (tmp_path / "guides" / "g.md").unlink()
        assert "g.md" in await it.change()
        assert it.builds == 5

    running(act)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"document": "openapi: ["}, "openapi.yaml"),
        ({"document": "{}"}, "openapi.yaml"),
        ({"rules": "RULES = {'X': print}"}, "rules.py:1: no operation declares the rule X"),
        (
            {"fixtures_a": "records: {Tool: [{id: x}]}"},
            "a.yaml:1: /records/Tool/0/id: does not fit",
        ),
        ({"overlay": "x: 1"}, "overlay.yaml"),
    ],
)
def test_a_fault_is_told_once_and_changes_nothing(
    tmp_path: Path, files: dict[str, str], says: str
) -> None:
    async def act() -> None:
        it = Watched(write(tmp_path))
        await it.add("Saw")
        served = it.served
        line = await it.change(**files)
        assert line.startswith("Not reloaded, the sandbox goes on as it was: ")
        assert says in line
        assert "\n" not in line
        await it.watcher.look()
        assert it.lines == []
        assert it.served is served
        assert await it.names() == ["Saw"]
        for name in ("rules.py", "overlay.yaml", "fixtures/a.yaml"):
            tmp_path.joinpath(name).unlink(missing_ok=True)
        assert (await it.change(document=workshop())).startswith("Reloaded")

    running(act)


def test_what_nobody_expects_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def act() -> None:
        it = Watched(write(tmp_path))
        monkeypatch.setattr(watching, "carried_over", lambda *_: 1 // 0)
        line = await it.change(guides_g="# G")
        assert line.endswith(": g.md: ZeroDivisionError: integer division or modulo by zero")
        assert (await it.add("Saw")).status_code == 201

    running(act)


def test_credentials_and_the_log_stay_and_forks_too(tmp_path: Path) -> None:
    async def act() -> None:
        it = Watched(write(tmp_path, workshop(secured=True)))
        assert it.served.hub.accounts is not None
        (account,) = it.served.hub.accounts.all()
        it.client.headers["X-Key"] = described(account)["value"]
        assert (await it.add("Saw")).status_code == 201
        await it.client.post("/_sandbox/tenants/sandbox/forks", json={"slug": "mine"})
        await it.change(document=workshop(LIMITED, secured=True))
        assert (await it.add("Axe")).status_code == 201
        log = (await it.client.get("/_sandbox/log")).json()["items"]
        assert [one["status"] for one in log] == [201, 201]
        assert len({one["id"] for one in log}) == 2
        fork = await it.client.get("/tools", headers={"X-Sandbox-Tenant": "mine"})
        assert [tool["name"] for tool in fork.json()] == ["Saw"]
        del it.client.headers["X-Key"]
        assert (await it.add("Awl")).status_code == 401

    running(act)


def test_no_call_under_way_is_lost(tmp_path: Path) -> None:
    async def act() -> None:
        it = Watched(write(tmp_path))
        ended = asyncio.Event()

        async def slow() -> Any:
            yield b'{"name": '
            await ended.wait()
            yield b'"Slow"}'

        head = {"Content-Type": "application/json"}
        call = asyncio.ensure_future(it.client.post("/tools", content=slow(), headers=head))
        await asyncio.sleep(0.01)
        assert await it.names() == []
        taking = asyncio.ensure_future(it.change(document=workshop(LIMITED)))
        for _ in range(2000):
            if not it.watcher.app._open.is_set():
                break  # from now on others are held up
            await asyncio.sleep(0.005)
        held = asyncio.ensure_future(it.add("Held"))
        await asyncio.sleep(0.01)
        assert not held.done()
        ended.set()
        assert (await call).status_code == 201
        assert (await held).status_code == 201
        assert (await taking).startswith("Reloaded")
        assert await it.names() == ["Slow", "Held"]

    running(act)


def test_calls_all_along_are_all_answered_and_all_there(tmp_path: Path) -> None:
    async def act() -> None:
        it = Watched(write(tmp_path))
        made = list[str]()

        async def calls(who: int) -> None:
            for number in range(40):
                name = f"{who}.{number}"
                assert (await it.add(name)).status_code == 201
                made.append(name)

        async def changes() -> None:
            for number in range(3):
                assert (await it.change(guides_g=f"# {number}")).startswith("Reloaded")

        await asyncio.gather(changes(), *map(calls, range(4)))
        assert sorted(await it.names()) == sorted(made)

    running(act)


def test_a_call_that_lasts_holds_the_others_up_only_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watching, "_PATIENCE", 0.02)

    async def act() -> None:
        never, calls = asyncio.Event(), list[str]()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            calls.append(scope["type"])
            if scope["type"] == "slow":
                await never.wait()
            await send({"type": "http.response.start"})
            await send({"type": "http.response.body"})

        async def send(_: Any) -> None:
            pass

        async def receive() -> Any:
            return {}

        gate = Gate(app)
        slow = asyncio.ensure_future(gate({"type": "slow"}, receive, send))
        await asyncio.sleep(0)
        trying = asyncio.ensure_future(gate.replace(lambda: app))
        await asyncio.sleep(0)
        quick = asyncio.ensure_future(gate({"type": "quick"}, receive, send))
        await asyncio.sleep(0)
        assert calls == ["slow"]
        assert await trying is False
        await quick
        assert calls == ["slow", "quick"]
        never.set()
        await slow
        assert await gate.replace(lambda: app) is True

    running(act)


def test_files_that_a_document_refers_to_are_watched_too(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    document = workshop()
    document["components"]["schemas"]["Tool"] = {"$ref": "parts/tool.yaml#/Tool"}
    folder = write(tmp_path, document, fixtures_a="records: {}", guides_g="# G")
    tool = folder / "parts" / "tool.yaml"
    tool.write_text(yaml.safe_dump({"Tool": TOOL, "x": {"$ref": "more%20parts.json"}}), "utf-8")
    (folder / "parts" / "more parts.json").write_text('{"$ref": "nowhere.json"}', "utf-8")
    there = {str(path.relative_to(folder)) for path in watched(folder) if path.exists()}
    parts = {"parts/tool.yaml", "parts/more parts.json"}
    assert there == {"openapi.yaml", "fixtures/a.yaml", "guides/g.md", *parts}
    alone = watched(folder / "openapi.yaml")
    assert {path.name for path in alone} == {"openapi.yaml", "tool.yaml", "more parts.json"}

    async def act() -> None:
        it = Watched(folder)
        await it.add("Saw")
        await it.add("Hammer")
        tool.write_text(yaml.safe_dump({"Tool": LIMITED}), "utf-8")
        await it.watcher.look()
        assert "tool.yaml; 1 record does not fit any more" in it.lines[0]

    running(act)
