"""The servers that are compared: how each is installed, started, and set up at its fastest.

All of theirs is installed by npm, into a folder outside of the repository: first a version of Node
that their newest versions ask for, then each of them. WireMock also needs a Java of its user's.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .stubs import write_stubs

NODE = "node@24.21.0"
_INSTALL = 600
_QUIET = ("--no-audit", "--no-fund", "--loglevel=error")
# For production Prism would put its server into a second process, for the sake of its log.
_ONE_PROCESS = ("--multiprocess", "false")
# What the documentation of @scalar/mock-server shows, without a line for each request.
_SCALAR = """import { serve } from '@hono/node-server'
import { createMockServer } from '@scalar/mock-server'

const [document, port] = process.argv.slice(2)
const app = await createMockServer({ document, logger: false })
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' })
"""


@dataclass(frozen=True)
class Place:
    """Where a server is started: the tools, the document, the port, and room for files."""

    tools: Path
    document: Path
    port: int
    room: Path

    def module(self, path: str) -> str:
        """A file that npm installed."""
        return str(self.tools / "rivals" / "node_modules" / path)


@dataclass(frozen=True)
class Tool:
    """A server: its packages with versions, its command, and what the page tells of it."""

    name: str
    packages: tuple[str, ...]
    command: Callable[[Place], list[str]]
    needs: str
    setup: str
    checks_answers: str = "no"


def _ours(place: Place) -> list[str]:
    port = str(place.port)
    command = [sys.executable, "-m", "bacasable", "serve", str(place.document), "--open"]
    return [*command, "--port", port]


def _prism(place: Place) -> list[str]:
    entry = place.module("@stoplight/prism-cli/dist/index.js")
    command = ["node", entry, "mock", str(place.document), "--host", "127.0.0.1"]
    return [*command, "--port", str(place.port), "--verboseLevel", "silent", *_ONE_PROCESS]


def _mockoon(place: Place) -> list[str]:
    entry = place.module("@mockoon/cli/bin/run.js")
    command = ["node", entry, "start", "--data", str(place.document), "--hostname", "127.0.0.1"]
    command += ["--port", str(place.port), "--disable-log-to-file", "--disable-admin-api"]
    return [*command, "--max-transaction-logs", "1"]


def _wiremock(place: Place) -> list[str]:
    root = place.room / f"wiremock-{place.document.stem}"
    write_stubs(place.document, root)
    jars = sorted((place.tools / "rivals/node_modules/wiremock/build").glob("*.jar"))
    command = ["java", "-jar", str(jars[-1]) if jars else "wiremock.jar", "--root-dir", str(root)]
    command += ["--bind-address", "127.0.0.1", "--port", str(place.port), "--disable-banner"]
    return [*command, "--no-request-journal", "--disable-request-logging", "--disable-gzip"]


def _scalar(place: Place) -> list[str]:
    # Beside the modules, because that is where Node looks for them.
    script = place.tools / "rivals" / "scalar.mjs"
    if script.parent.is_dir():
        script.write_text(_SCALAR, "utf-8")
    return ["node", str(script), str(place.document), str(place.port)]


OURS = Tool(
    "bacasable",
    (),
    _ours,
    "",
    "`serve FILE --open`, all else by default: answers checked, requests logged, controls on.",
    "yes",
)
RIVALS = (
    Tool(
        "prism",
        ("@stoplight/prism-cli@5.16.0",),
        _prism,
        "@stoplight/prism-cli/dist/index.js",
        "`mock` with the examples of the document (not `--dynamic`), one process, silent.",
    ),
    Tool(
        "mockoon",
        ("@mockoon/cli@9.9.0",),
        _mockoon,
        "@mockoon/cli/bin/run.js",
        "`start` with the document; no log file, no admin API, one transaction kept. It has no"
        " option against a line for each request on standard output, which goes to /dev/null.",
    ),
    Tool(
        "wiremock",
        ("wiremock@3.13.2",),
        _wiremock,
        "wiremock/build",
        "the standalone JAR with one canned stub for each operation, made from the document's"
        " examples; no request journal, no request logging, no gzip.",
    ),
    Tool(
        "scalar",
        ("@scalar/mock-server@0.14.4", "@hono/node-server@2.1.9"),
        _scalar,
        "@scalar/mock-server/package.json",
        "`createMockServer` as its documentation shows, without logging; `validateRequest` is on,"
        " as by default.",
    ),
)


def environment_of(tools: Path) -> dict[str, str]:
    """The environment of the rivals: the installed Node comes first, for production."""
    node = tools / "node" / "node_modules" / "node" / "bin"
    return os.environ | {
        "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}",
        "NODE_ENV": "production",
    }


def installing(tools: Path, chosen: list[Tool]) -> list[list[str]]:
    """The commands that install Node and the chosen rivals."""
    npm = ["npm", "install", *_QUIET, "--prefix"]
    rows = [[*npm, str(tools / "node"), NODE]]
    rows += [[*npm, str(tools / "rivals"), *tool.packages] for tool in chosen if tool.packages]
    return rows


def install(tools: Path, chosen: list[Tool]) -> list[str]:
    """Install them; what failed comes back, one line each."""
    failed = []
    for folder in (tools / "node", tools / "rivals"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"private": True}), "utf-8")
    for command in installing(tools, chosen):
        print("+", " ".join(command), file=sys.stderr, flush=True)
        try:
            done = subprocess.run(
                command,
                env=environment_of(tools) | {"NODE_ENV": ""},
                capture_output=True,
                text=True,
                timeout=_INSTALL,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            failed.append(f"{command[-1]}: {error}")
            continue
        if done.returncode:
            failed.append(f"{command[-1]}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return failed


def missing(tool: Tool, tools: Path) -> str:
    """Why a rival cannot be started; nothing when it can."""
    if tool.needs and not (tools / "rivals" / "node_modules" / tool.needs).exists():
        return f"not installed: run `python -m bench.rivals --install {tools}`"
    return ""
