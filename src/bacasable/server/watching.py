"""Serving on while files change: what they say is put together beside, and takes over at once.

Whoever has called is answered by what he has called; whoever calls meanwhile waits for some
milliseconds. Files that are at fault change nothing.
"""

import asyncio
import gc
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..contract import ContractError
from ..platforms.folder import CODE, DOCUMENTS, FIXTURES, GUIDES, OVERLAYS
from ..sandbox.carrying import carried_over
from .launch import Assembly

INTERVAL = 1.0
"""Seconds between two looks at the files."""
_CALM = 0.15
"""Seconds that files must stay as they are: an editor writes one after the other."""
_PATIENCE = 1.0
"""Seconds that callers are held up at most, until those before them are answered."""
_REFERENCE = re.compile(r"""\$ref["']?\s*:\s*["']?([^"'#\s{},]+)""")
_MOST_FILES = 1_000
_AS_IT_WAS = "Not reloaded, the sandbox goes on as it was"

Stamps = dict[Path, tuple[int, int] | None]


class Gate:
    """The application that is served now, and a way to put another one into its place."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._waiting = 0
        """Calls that have not begun to be answered: what they write is not there yet."""
        self._answered, self._open = asyncio.Event(), asyncio.Event()
        self._open.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if not self._open.is_set():
            await self._open.wait()
        waits = True
        self._waiting += 1

        def over() -> None:
            nonlocal waits
            if waits:
                waits = False
                self._waiting -= 1
                if not self._waiting:
                    self._answered.set()

        async def begin(message: Message) -> None:
            over()
            await send(message)

        try:
            await self._app(scope, receive, begin)
        finally:
            over()

    async def replace(self, take: Callable[[], ASGIApp]) -> bool:
        """Put another application into its place, which `take` gives when no call is under way.

        False if some call took too long to be answered: then nothing has changed.
        """
        self._open.clear()
        try:
            self._answered.clear()
            if self._waiting:
                await asyncio.wait_for(self._answered.wait(), _PATIENCE)
            self._app = take()
        except TimeoutError:
            return False
        finally:
            self._open.set()
        return True


class Watcher:
    """Looks at the files of a sandbox, and puts it together anew when they have changed.

    `files` gives those there are. `build` puts a sandbox together, beside the one that is served;
    `began` is called with one that takes over, `tell` with a line for each.
    """

    def __init__(
        self,
        files: Callable[[], Iterable[Path]],
        sandbox: Assembly,
        build: Callable[[Assembly], Assembly],
        began: Callable[[Assembly], None],
        tell: Callable[[str], None],
    ) -> None:
        self._files = files
        self._sandbox, self._build, self._began, self._tell = sandbox, build, began, tell
        self.app = Gate(sandbox.app)
        self._seen = self._stamps()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look at the files from now on, in the loop that runs."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            await self.look()

    async def look(self) -> None:
        """Look at the files once, and do what they say if they have changed."""
        before, now = self._seen, self._stamps()
        if now == before:
            return
        while True:
            await asyncio.sleep(_CALM)
            later = self._stamps()
            if later == now:
                break
            now = later
        # What changes while it is put together is seen the next time.
        self._seen = now
        changed = [path for path in {**before, **now} if before.get(path) != now.get(path)]
        await self._reload(", ".join(sorted(path.name for path in changed)))

    async def _reload(self, changed: str) -> None:
        began = perf_counter()
        try:
            made = await asyncio.to_thread(self._build, self._sandbox)
            dropped = await self._taken(made)
        except ContractError as error:
            self._tell(f"{_AS_IT_WAS}: {error}")
        except Exception as error:  # noqa: BLE001 - code of others, and it must go on
            said = " ".join(f"{type(error).__name__}: {error}".split())
            self._tell(f"{_AS_IT_WAS}: {changed}: {said}")
        else:
            # The first sandbox was set aside from the collector, and shall go.
            gc.unfreeze()
            lost = f"; {_records(dropped)} any more, and left out" if dropped else ""
            self._tell(f"Reloaded in {perf_counter() - began:.1f} s: {changed}{lost}")

    async def _taken(self, made: Assembly) -> int:
        """Have a sandbox take over as soon as no call is under way; gives what is left out."""
        dropped = 0

        def take() -> ASGIApp:
            nonlocal dropped
            dropped = self._take(made)
            return made.app

        while True:
            if await self.app.replace(take):
                return dropped
            await asyncio.sleep(INTERVAL)

    def _take(self, made: Assembly) -> int:
        """Let a sandbox go on from the one that is served; gives the records that are left out."""
        old, new = self._sandbox.hub, made.hub
        dropped = carried_over(old.estate, new.estate)
        new.base_url = old.base_url
        new.faults.take(old.faults)
        new.exchanges.move(new.engine.platform)
        self._sandbox = made
        self._began(made)
        return dropped

    def _stamps(self) -> Stamps:
        return {path: _stamp(path) for path in self._files()}


def watched(served: Path) -> list[Path]:
    """The files that a document, or a folder, is made of, as far as they are there."""
    if not served.is_dir():
        return [*_with_referenced(served)]
    found = [served / name for name in (*DOCUMENTS, *OVERLAYS, CODE)]
    found += sorted((served / FIXTURES).glob("*.yaml")) + sorted((served / GUIDES).glob("*.md"))
    for name in DOCUMENTS:
        found += [path for path in _with_referenced(served / name) if path not in found]
    return found


def _with_referenced(document: Path) -> dict[Path, None]:
    """A document, and the files that it refers to, directly or by others."""
    found: dict[Path, None] = {document: None}
    waiting = [document]
    while waiting and len(found) < _MOST_FILES:
        file = waiting.pop()
        for name in _references(file):
            path = (file.parent / name).resolve()
            if path not in found and path.is_file() and path != document.resolve():
                found[path] = None
                waiting.append(path)
    return found


_REFERENCES: dict[Path, tuple[tuple[int, int] | None, tuple[str, ...]]] = {}


def _references(file: Path) -> tuple[str, ...]:
    """What a file refers to beside itself; it is read again only when it has changed."""
    stamp = _stamp(file)
    known = _REFERENCES.get(file)
    if known is None or known[0] != stamp:
        try:
            text = file.read_text("utf-8", "replace") if stamp else ""
        except OSError:
            text = ""
        names = (unquote(name) for name in _REFERENCE.findall(text) if ":" not in name)
        known = _REFERENCES[file] = stamp, tuple(dict.fromkeys(n for n in names if "\0" not in n))
    return known[1]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size


def _records(number: int) -> str:
    return "1 record does not fit" if number == 1 else f"{number} records do not fit"
