"""Running samples: programs in four languages, and a sandbox that remembers what it was asked.

Python and Node are started once and run one program after another, each in names of its own.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest

GUZZLE = Path("/usr/share/php/GuzzleHttp/autoload.php")
_PATIENCE = 60
_PYTHON = """
import contextlib, io, json, sys, traceback
import requests
for line in sys.stdin:
    written = io.StringIO()
    try:
        with contextlib.redirect_stdout(written):
            exec(compile(json.loads(line), "sample.py", "exec"), {"__name__": "__main__"})
        told = {"output": written.getvalue(), "error": ""}
    except BaseException:
        told = {"output": written.getvalue(), "error": traceback.format_exc()}
    print(json.dumps(told), flush=True)
"""
_NODE = """
import { createInterface } from "node:readline";
const write = process.stdout.write.bind(process.stdout);
for await (const line of createInterface({ input: process.stdin })) {
  const told = { output: "", error: "" };
  process.stdout.write = (text) => { told.output += text; return true; };
  try {
    await import(JSON.parse(line));
  } catch (error) {
    told.error = String(error.stack ?? error);
  }
  process.stdout.write = write;
  write(JSON.stringify(told) + "\\n");
}
"""


@dataclass(frozen=True)
class Ran:
    """What a program has written; `error` is empty when it has ended well."""

    output: str
    error: str


@dataclass(frozen=True)
class Exchange:
    """A request that the sandbox has met, and the status of its answer."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    status: int

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass
class Recorder:
    """An ASGI application before another, that remembers every exchange."""

    app: Any
    exchanges: list[Exchange] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        met = bytearray()

        async def hear() -> Any:
            message = await receive()
            met.extend(message.get("body", b""))
            return message

        async def tell(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.exchanges.append(_exchange(scope, bytes(met), message["status"]))
            await send(message)

        await self.app(scope, hear, tell)


def _exchange(scope: Any, body: bytes, status: int) -> Exchange:
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode()
    return Exchange(scope["method"], scope["path"], query, headers, body, status)


class Runner(Protocol):
    """Runs the sample of a name."""

    def run(self, name: str) -> Ran: ...

    def close(self) -> None: ...


def open_runner(language: str, samples: Mapping[str, str], folder: Path) -> Runner:
    """A runner of one language for samples by name. Skips the test where the tools are missing;
    in CI it fails, because there they must be."""
    need(
        *{"python": (), "curl": ("sh", "curl"), "php": ("php",)}.get(language, ("esbuild", "node"))
    )
    if language == "php" and not GUZZLE.is_file():
        _missing(str(GUZZLE))
    return {"python": Python, "curl": Shell, "typescript": TypeScript, "php": Php}[language](
        samples, folder
    )


def need(*tools: str) -> None:
    """Skips the test where a tool is missing; in CI it fails."""
    for tool in tools:
        if shutil.which(tool) is None:
            _missing(tool)


def _missing(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is missing")


class _Kept:
    """A process that takes a line of JSON for each program and gives one back."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def ask(self, what: str) -> Ran:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return Ran(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate(timeout=_PATIENCE)


class Python(_Kept):
    """Python with requests, which is imported once."""

    def __init__(self, samples: Mapping[str, str], folder: Path) -> None:
        super().__init__([sys.executable, "-c", _PYTHON])
        self._samples = samples

    def run(self, name: str) -> Ran:
        return self.ask(self._samples[name])


class TypeScript(_Kept):
    """Node, for what esbuild makes of TypeScript: all samples at one go."""

    def __init__(self, samples: Mapping[str, str], folder: Path) -> None:
        for name, text in samples.items():
            (folder / f"{name}.mts").write_text(text, encoding="utf-8")
        self._made = folder / "made"
        options = ["--format=esm", "--target=node20", f"--outdir={self._made}"]
        command = ["esbuild", *sorted(map(str, folder.glob("*.mts"))), *options]
        command += ["--out-extension:.js=.mjs", "--log-level=error"]
        subprocess.run(command, check=True, timeout=_PATIENCE)
        loop = folder / "loop.mjs"
        loop.write_text(_NODE, encoding="utf-8")
        super().__init__(["node", str(loop)])

    def run(self, name: str) -> Ran:
        return self.ask((self._made / f"{name}.mjs").as_uri())


class _Files:
    """Programs as files, each run by a process of its own."""

    command: tuple[str, ...]
    ending: str

    def __init__(self, samples: Mapping[str, str], folder: Path) -> None:
        self._folder = folder
        for name, text in samples.items():
            (folder / f"{name}{self.ending}").write_text(text, encoding="utf-8")

    def run(self, name: str) -> Ran:
        command = [*self.command, f"{name}{self.ending}"]
        done = subprocess.run(
            command, cwd=self._folder, capture_output=True, timeout=_PATIENCE, check=False
        )
        output = done.stdout.decode()
        failed = f"exit status {done.returncode}\n{output}" if done.returncode else ""
        return Ran(output, done.stderr.decode() + failed)

    def close(self) -> None:
        """Nothing runs on."""


class Shell(_Files):
    """The system's sh."""

    command, ending = ("sh",), ".sh"


class Php(_Files):
    """PHP with Guzzle as Debian packages it, found where Composer would put it."""

    command, ending = ("php", "-d", "display_errors=stderr", "-d", "error_reporting=-1"), ".php"

    def __init__(self, samples: Mapping[str, str], folder: Path) -> None:
        super().__init__(samples, folder)
        (folder / "vendor").mkdir()
        autoload = f"<?php require {str(GUZZLE)!r};\n"
        (folder / "vendor" / "autoload.php").write_text(autoload, encoding="utf-8")
