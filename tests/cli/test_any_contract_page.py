"""docs/any-contract.md, run as it stands: its files are written, its commands typed, in order.

A block of YAML, Python or the like is a file, which the line above it names, or the end of one. A
block of commands is typed; what follows it as text or JSON is what it prints. `serve` runs on.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support import FEW_PLUGINS

PAGE = Path(__file__).parents[2] / "docs" / "any-contract.md"
BLOCK = re.compile(
    r"(?P<above>[^\n]*)\n\n```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
FILE = re.compile(r"`([\w./-]+)`:$")
PRINTED = ("text", "json")
KEPT = """\
API=http://127.0.0.1:4010
call() { curl -s -H 'Content-Type: application/json' "$@"; echo; }
"""
"""What a terminal keeps from one block to the next; the page says it once."""


@dataclass
class Reader:
    """Somebody who does what the page says, in a folder of their own."""

    folder: Path
    url: str = ""
    server: "subprocess.Popen[str] | None" = None
    printed: str = ""
    done: list[str] = field(default_factory=list)

    def read(self, above: str, kind: str, text: str) -> None:
        """One block."""
        named = FILE.search(above)
        if "Ctrl+C" in above:
            self.stop()
        if kind in PRINTED:
            assert self.printed == text
        elif kind == "sh" and text.startswith("bacasable serve"):
            self.serve(text)
        elif kind == "sh":
            self.type(text)
        else:
            assert named, f"nothing says which file this is: {text}"
            self.write(named[1], text, at_end="At the end of" in above)
        self.done.append(kind)

    def write(self, name: str, text: str, *, at_end: bool) -> None:
        file = self.folder / name
        with file.open("a" if at_end else "x", encoding="utf-8") as written:
            written.write(text)
        if self.server is not None and "--watch" in self.server.args:
            assert self.server.stdout is not None
            line = self.server.stdout.readline()
            assert re.match(rf"Reloaded in [\d.]+ s: {file.name}$", line), line

    def serve(self, text: str) -> None:
        self.stop()
        words = text.split()[1:]
        command = [sys.executable, "-m", "bacasable", *words, "--port", "0"]
        self.server = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.server.stdout is not None
        assert self.server.stderr is not None
        while True:
            line = self.server.stdout.readline()
            assert line, self.server.stderr.read()
            if line.startswith("Base URL"):
                self.url = line.split()[-1]
            if "Ctrl+C" in line:
                return

    def type(self, text: str) -> None:
        text = (KEPT + text).replace("http://127.0.0.1:4010", self.url)
        text = re.sub(r"^bacasable ", f"{sys.executable} -m bacasable ", text, flags=re.MULTILINE)
        text = text.replace("pytest -q", f"{sys.executable} -m pytest -q -p no:cacheprovider")
        done = subprocess.run(
            ["sh", "-eu", "-c", text],
            cwd=self.folder,
            env=os.environ | FEW_PLUGINS | {"NO_PROXY": "*", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.printed = done.stdout

    def stop(self) -> None:
        if self.server is not None:
            self.server.send_signal(signal.SIGINT)
            self.server.communicate(timeout=20)
            self.server = None


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = Reader(tmp_path)
    yield made
    made.stop()


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_the_five_steps_run_as_they_stand(reader: Reader) -> None:
    page = PAGE.read_text("utf-8")
    for block in BLOCK.finditer(page):
        reader.read(block["above"], block["kind"], block["text"])
    assert len(reader.done) == page.count("```") // 2
    assert {"sh", "yaml", "python", "text", "json"} <= {*reader.done}
    assert KEPT in page
    assert len(re.findall(r"^## \d\.", page, re.MULTILINE)) == 5
