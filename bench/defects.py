"""`python -m bench.defects`: what the kit finds of the planted defects; makes docs/defects.md.

Each defect is planted alone in front of a fresh sandbox. The kit runs as `standard` with every
check on the operations where the defect shows, once for each seed; it is found when the check made
for it reports it. With --stock the command line of Schemathesis runs once beside it, with its
defaults, on the same operations with the same account. It measures and does not judge.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from tests.support import ALL, Api, make_sandbox, over_socket
from tests.verify.catalogue import CATALOGUE
from tests.verify.conftest import options_for
from tests.verify.defective import Defect, Defective

from bacasable.contract import Contract, load_contract
from bacasable.core import SystemClock
from bacasable.resources import CONTRACT
from bacasable.verify.model import PROFILES
from bacasable.verify.run import verify

PAGE = Path(__file__).parents[1] / "docs" / "defects.md"
SEEDS = (1, 2, 3)
_STOCK_SECONDS = 120
_HEAD = """# Planted defects, and who finds them

A proxy in front of the clean sandbox has one defect at a time; `bacasable verify` (profile
`standard`) judges it with every check, on the operations where the defect shows. It counts as
found when the check made for it reports it; *also* names other checks that report something.
*Stock* is the command line of Schemathesis with its defaults, once, on the same operations: it
has no second tenant, no roles, lifecycles or filters to go by; blank where it was not run. *Found*
counts the runs, one for each seed that was tried. Written by
`python -m bench.defects`; seconds are the median of one run on a machine with two cores.
WFC is the fault code of the Web Fuzzing Commons where one fits.
"""


@dataclass
class Tried:
    """What came of a defect: the seeds that found it, seconds of each run, what stock said."""

    id: str
    check: str
    says: str
    wfc: int | None
    found: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    stock: bool | None = None
    stock_seconds: float = 0.0


@contextmanager
def served(contract: Contract) -> Iterator[tuple[Api, Defective]]:
    """A sandbox behind the proxy, over a socket of loopback."""
    sandbox = make_sandbox(contract, ALL, clock=SystemClock())
    proxy = Defective(sandbox.app)
    with over_socket(replace(sandbox, app=proxy)) as api:
        yield api, proxy


def plant(api: Api, proxy: Defective, defect: Defect | None) -> None:
    """Reset the sandbox, and put a defect in front of it."""
    proxy.change = None
    if api.post("!/_sandbox/reset").status >= 300:
        raise RuntimeError("the sandbox cannot be reset")
    proxy.change = defect.make() if defect else None


def tried(
    contract: Contract, api: Api, proxy: Defective, defect: Defect, seeds: list[int]
) -> Tried:
    """Run the kit on a defect, once for each seed."""
    result = Tried(defect.id, defect.check, defect.says, defect.wfc)
    others: set[str] = set()
    for seed in seeds:
        plant(api, proxy, defect)
        options = options_for(
            api.url, **({"only": defect.operations, "seed": seed} | defect.options)
        )
        began = time.monotonic()
        report = verify(contract, replace(options, profile=PROFILES["standard"]))
        result.seconds.append(round(time.monotonic() - began, 2))
        checks = {finding.check for finding in report.findings}
        if defect.check in checks:
            result.found.append(seed)
        others |= checks - {defect.check}
    result.also = sorted(others)
    return result


def stock(api: Api, proxy: Defective, defect: Defect | None, names: Sequence[str]) -> bool:
    """Whether the stock command line of Schemathesis reports a failure."""
    plant(api, proxy, None)
    headers = api.as_("SUPER_ADMIN").headers
    plant(api, proxy, defect)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{api.url}/openapi.json"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    for name in names:
        command += ["--include-operation-id", name]
    command += ["--seed", "1", "--no-color"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_STOCK_SECONDS
    )
    return done.returncode == 1 and "FAILURES" in done.stdout


def merged(files: Sequence[Path]) -> list[Tried]:
    """What was printed to files, in the order of the catalogue: parts of it, or other seeds."""
    found: dict[str, Tried] = {}
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    for one in (Tried(**json.loads(line)) for line in lines):
        known = found.setdefault(one.id, one)
        if known is not one:
            known.found += one.found
            known.seconds += one.seconds
            known.also = sorted({*known.also, *one.also})
            if one.stock is not None:
                known.stock, known.stock_seconds = one.stock, one.stock_seconds
    return [found[d.id] for d in CATALOGUE if d.id in found]


def page(results: list[Tried], seeds: list[int]) -> str:
    """The page of the documentation."""
    runs = sum(len(r.seconds) for r in results)
    found = sum(len(r.found) for r in results)
    share = f"{found} of {runs} runs ({100 * found / runs:.1f} %)"
    lines = [
        _HEAD,
        f"**{len(results)} defects, up to {len(seeds)} seeds each: found in {share}.**",
        "",
    ]
    told = [r for r in results if r.stock is not None]
    if told:
        ours = sum(len(r.found) == len(r.seconds) for r in told)
        lines += [
            "| | found |",
            "| --- | --- |",
            f"| `bacasable verify`, with every seed | {ours} of {len(told)} |",
            f"| stock Schemathesis | {sum(bool(r.stock) for r in told)} of {len(told)} |",
            "",
        ]
    lines += ["| defect | check | WFC | found | s | also | stock |", "|" + " --- |" * 7]
    return "\n".join([*lines, *map(_row, results), ""])


def _row(result: Tried) -> str:
    seconds = statistics.median(result.seconds) if result.seconds else 0
    cells = [
        f"`{result.id}` {result.says.replace('|', '/')}",
        f"`{result.check}`",
        str(result.wfc or ""),
        f"{len(result.found)}/{len(result.seconds)}",
        f"{seconds:.1f}",
        ", ".join(f"`{check}`" for check in result.also),
        {True: "found", False: "—", None: ""}[result.stock],
    ]
    return f"| {' | '.join(cells)} |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.defects", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--only", nargs="+", default=[], metavar="DEFECT")
    parser.add_argument("--stock", action="store_true", help="also run stock Schemathesis, once")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="a part of the catalogue")
    parser.add_argument("--page", nargs="+", type=Path, metavar="FILE", help="only write the page")
    return parser.parse_args()


def main() -> int:
    """Run the catalogue and print a line of JSON for each defect; or write the page from those."""
    options = _arguments()
    if options.page:
        results = merged(options.page)
        PAGE.write_text(page(results, options.seeds), "utf-8")
        return 0
    part, parts = map(int, options.part.split("/"))
    chosen = [d for d in CATALOGUE if not options.only or d.id in options.only][part - 1 :: parts]
    contract = load_contract(CONTRACT)
    with served(contract) as (api, proxy):
        for defect in chosen:
            result = tried(contract, api, proxy, defect, options.seeds)
            if options.stock:
                began = time.monotonic()
                result.stock = stock(api, proxy, defect, defect.operations)
                result.stock_seconds = round(time.monotonic() - began, 2)
            sys.stdout.write(json.dumps(asdict(result)) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
