"""`python -m bench.rivals`: the sandbox beside other mock servers, on the same documents.

Start-up, memory, and requests per second of a list, a get, a create and a refused create, with the
same client, in turns. A rival that is not installed, or does not start on a document, is a row that
says so. It measures and does not judge: the exit status is 0.
"""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
from dataclasses import asdict
from itertools import product
from pathlib import Path
from subprocess import SubprocessError

from ..load import Shot, client_name, measure
from ..servers import Server, free_port, launch, running
from ..table import environment
from .documents import ASKED, Asked, Json, as_text, loaded, written
from .page import Document, page
from .seen import CASES, Seen
from .stubs import METHODS
from .tools import OURS, RIVALS, Place, Tool, environment_of, install, missing

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_MARK = "kept"
_TOOLS = Path(tempfile.gettempdir()) / "rivals"


def shots_of(asked: Asked) -> dict[str, Shot]:
    """The request of each case."""
    return {
        "list": Shot("GET", asked.collection),
        "get": Shot("GET", asked.item),
        "create": Shot("POST", asked.collection, as_text(asked.valid)),
        "refused": Shot("POST", asked.collection, as_text(asked.refused)),
    }


def started(tool: Tool, place: Place, asked: Asked) -> Server:
    """A server that has answered. Raises RuntimeError with the last thing that it said."""
    env = None if tool is OURS else environment_of(place.tools)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        try:
            command = tool.command(place)
            return launch(command, place.port, until=asked.collection, env=env, errors=errors)
        except (RuntimeError, OSError) as error:
            errors.seek(0)
            said = [line.strip() for line in errors if line.strip()]
            why = next((line for line in said if "Error" in line), said[-1] if said else error)
            raise RuntimeError(f"did not start: {str(why)[:120]}") from error


def probe(server: Server, asked: Asked, seen: Seen) -> None:
    """What it answers to each case, once, and whether it keeps what is created."""
    for case, shot in shots_of(asked).items():
        status, _, body = server.ask(shot.method, shot.path, _JSON, shot.body)
        seen.statuses[case] = status
        if case == "list":
            seen.listed = len(body)
    seen.keeps = keeps(server, asked)


def keeps(server: Server, asked: Asked) -> bool:
    """Whether a record that is created can be read at its id."""
    text = next(name for name, value in asked.valid.items() if isinstance(value, str))
    body = as_text(asked.valid | {text: _MARK})
    _, _, created = server.ask("POST", asked.collection, _JSON, body)
    try:
        record = json.loads(created)
        _, _, found = server.ask("GET", f"{asked.collection}/{record['id']}", _JSON)
        return bool(json.loads(found)[text] == _MARK)
    except (ValueError, KeyError, TypeError, OSError):
        return False


def measured(
    tool: Tool, place: Place, asked: Asked, seen: Seen, options: argparse.Namespace
) -> None:
    """One round of a server on a document: start, memory, every case, memory."""
    with running(started(tool, place, asked)) as server:
        seen.add("start-up", server.seconds)
        seen.add("fresh", server.resident_megabytes())
        if not seen.statuses:
            probe(server, asked, seen)
        shots = shots_of(asked)
        # Creating comes last: what the lists show does not grow before they are measured.
        for case in ("list", "get", "refused", "create"):
            if options.warm:
                measure(server.port, [shots[case]], _JSON, options.warm)
            seen.add_load(case, measure(server.port, [shots[case]], _JSON, options.seconds))
        seen.add("loaded", server.resident_megabytes())


def compare(options: argparse.Namespace, room: Path) -> tuple[list[Document], list[str]]:
    """All rounds, and notes about them."""
    tools = [OURS, *(t for t in RIVALS if not options.only or t.name in options.only)]
    documents, notes = [], list[str]()
    plans = [(a, written(a, room)) for a in ASKED if not options.on or a.name in options.on]
    for asked, path in plans:
        document = Document(asked.name, operations(loaded(path)), path.stat().st_size)
        document.seen = {tool.name: Seen(said=missing(tool, options.tools)) for tool in tools}
        documents.append(document)
    for turn, at in product(range(options.rounds), range(len(plans))):
        asked, path = plans[at]
        first = (turn + at) % len(tools)
        for tool in tools[first:] + tools[:first]:
            seen = documents[at].seen[tool.name]
            if seen.said:
                continue
            say(f"round {turn + 1}: {asked.name}, {tool.name}")
            try:
                place = Place(options.tools, path, free_port(), room)
                measured(tool, place, asked, seen, options)
            except (RuntimeError, OSError, SubprocessError) as error:
                seen.said = str(error).splitlines()[0]
                notes.append(f"{tool.name} on {asked.name}: {seen.said}")
    return documents, notes


def operations(document: Json) -> int:
    """How many operations a document has."""
    return sum(method in METHODS for item in document["paths"].values() for method in item)


def failures(documents: list[Document]) -> list[str]:
    """A note for each case whose answers changed under load."""
    return [
        f"{document.name}, {name}: {measured.failed} of {measured.requests} of {case} failed."
        for document in documents
        for name, seen in document.seen.items()
        for case in CASES
        for measured in seen.cases.get(case, [])
        if measured.failed and 200 <= seen.statuses[case] < 300
    ]


def about(options: argparse.Namespace) -> dict[str, str]:
    """What the figures depend on."""
    found = environment(client_name())
    kept = {name: found[name] for name in ("date", "CPU", "Python", "bacasable", "client")}
    load = f"{os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else "unknown"
    return kept | {
        "system": platform.system(),
        "rounds": f"{options.rounds} of {options.seconds} s after {options.warm} s of warming up",
        "load": load,
    }


def say(text: str) -> None:
    """Tell on standard error what is being measured."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def read_options(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    names = [tool.name for tool in RIVALS]
    parser = argparse.ArgumentParser(prog="python -m bench.rivals", description=__doc__)
    parser.add_argument("--install", type=Path, metavar="DIR", help="install the rivals, and end")
    parser.add_argument("--tools", type=Path, metavar="DIR", help="where they are", default=_TOOLS)
    parser.add_argument("--only", nargs="+", choices=names, default=[], help="these rivals")
    parser.add_argument("--on", nargs="+", choices=[a.name for a in ASKED], default=[])
    parser.add_argument("--seconds", type=int, default=2, help="of one measurement, 1 to 60")
    parser.add_argument("--warm", type=int, default=1, help="seconds before each, 0 to 60")
    parser.add_argument("--rounds", type=int, default=3, help="1 to 9")
    parser.add_argument("--page", type=Path, metavar="FILE", help="also write the page there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures there")
    given = parser.parse_args(arguments)
    given.seconds, given.rounds = min(60, max(1, given.seconds)), min(9, max(1, given.rounds))
    given.warm = min(60, max(0, given.warm))
    given.tools = (given.install or given.tools).resolve()
    return given


def main(arguments: list[str] | None = None) -> int:
    """Install the rivals; or measure, and print the page."""
    options = read_options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))
    if options.install:
        chosen = [tool for tool in RIVALS if not options.only or tool.name in options.only]
        failed = install(options.tools, chosen)
        print("\n".join(failed) or f"installed in {options.tools}")
        return 1 if failed else 0
    with tempfile.TemporaryDirectory() as room:
        documents, notes = compare(options, Path(room))
    text = page(about(options), documents, notes + failures(documents))
    print(text)
    if options.page:
        options.page.write_text(text, "utf-8")
    if options.json:
        options.json.write_text(json.dumps([asdict(d) for d in documents], indent=2), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
