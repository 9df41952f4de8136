"""The blocks of code of a guide: taken out of its Markdown, run, and compared with what it shows.

A guide's `sh` blocks are one session of a shell, in order. A block `json shown`, `http shown` or
`text shown` behind one says what its last command answers; `…` in it stands for anything.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import FEW_PLUGINS

_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "=== end of block ==="
RUN = ("sh", "python")
SHOWN = ("json shown", "http shown", "text shown")
READ = ("sh no-run",)
"""Blocks that are only to be read: they would not end."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a guide: what stands behind its fence, and its text."""

    info: str
    text: str


def blocks_of(markdown: str) -> list[Block]:
    """The fenced blocks of a guide, in order."""
    return [Block(found["info"], found["text"]) for found in _FENCE.finditer(markdown)]


def run_guide(blocks: list[Block], folder: Path) -> Iterator[tuple[Block, str, str]]:
    """Runs the blocks of a guide; gives what is shown, with the block before it and its output."""
    programs = install_commands(folder)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(folder)}
    session = run_shell([b for b in blocks if b.info == "sh"], folder, environment)
    said = ""
    before = ""
    for block in blocks:
        if block.info == "sh":
            before, said = block.text, next(session)
        elif block.info == "python":
            run_python(block.text, folder, environment | exported(blocks))
        elif block.info in SHOWN:
            yield block, before, said


def run_shell(blocks: list[Block], folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """Runs shell blocks as one session that stops at the first failure; the output of each."""
    script = f"\necho '{_MARK}'\n".join(block.text for block in blocks)
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-3000:] + done.stderr
    return iter(done.stdout.split(_MARK + "\n"))


def run_python(text: str, folder: Path, environment: dict[str, str]) -> None:
    """Runs a Python block: by pytest when it holds tests, else as a program."""
    tests = text.count("def test_")
    path = folder / "test_pasted.py"
    path.write_text(text, "utf-8")
    how = ["-m", "pytest", "-q", "-p", "no:cacheprovider", path] if tests else [path]
    done = subprocess.run(
        [sys.executable, *map(str, how)],
        cwd=folder,
        env=environment | FEW_PLUGINS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not tests or f"{tests} passed" in done.stdout


def exported(blocks: list[Block]) -> dict[str, str]:
    """What the shell blocks of a guide export, as a program started from that shell has it."""
    text = "".join(block.text for block in blocks if block.info == "sh")
    return dict(re.findall(r"^export (\w+)=(\S+)$", text, re.MULTILINE))


def install_commands(folder: Path) -> Path:
    """The commands that guides name, as they are after an installation; their folder."""
    programs = folder / "bin"
    programs.mkdir()
    for name, module in (("bacasable", "bacasable"), ("schemathesis", "schemathesis.cli")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
        (programs / name).chmod(0o755)
    return programs


def fits_shown(shown: Block, said: str) -> bool:
    """Whether what a command said is what the guide shows of it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if shown.info == "json shown":
        return bool(lines) and matches(json.loads(shown.text), json.loads(lines[-1]))
    if shown.info == "http shown":
        # Of several answers of one block, the last: from its status line on.
        start = max(n for n, line in enumerate(lines) if line.startswith("HTTP/"))
        lines = lines[start:]
    found = iter(lines)
    return all(any(alike(line, other) for other in found) for line in shown.text.splitlines())


def matches(shown: Any, said: Any) -> bool:
    """Whether a value is the shown one: members that are not shown are free, items are not."""
    if isinstance(shown, dict):
        return isinstance(said, dict) and all(
            name in said and matches(value, said[name]) for name, value in shown.items()
        )
    if isinstance(shown, list):
        return isinstance(said, list) and len(shown) == len(said) and all(map(matches, shown, said))
    if isinstance(shown, str) and isinstance(said, str):
        return alike(shown, said)
    return type(shown) is type(said) and bool(shown == said)


def alike(shown: str, said: str) -> bool:
    """Whether a text is the shown one, in which `…` stands for anything."""
    pattern = ".*".join(map(re.escape, shown.split("…")))
    return re.fullmatch(pattern, said, re.DOTALL) is not None
