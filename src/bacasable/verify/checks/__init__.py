"""The checks of the kit, one file each. A file declares `CHECK`; adding one touches nothing else.

An answer check judges every exchange, whoever caused it. An operation check sends requests of its
own about one operation, a server check about the server as a whole.
"""

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Literal

from ...contract import Operation
from ..bench import Bench, Subject
from ..model import Exchange, Fault, Severity

Kind = Literal["answer", "operation", "server"]


def always(_subject: Subject, _operation: Operation | None) -> str:
    """Applies to every operation."""
    return ""


@dataclass(frozen=True, slots=True)
class Check:
    """A check as it declares itself.

    `enforces` is one sentence, `stands` says where the contract says so (keywords, a guide, an
    RFC), `repair` tells how a server is mended. `applies` gives the reason why a check has nothing
    to stand on, or an empty text. `writes` says whether it needs requests that may change
    something. An answer check has `judge`, the others `probe`; `wfc` is the fault code of the Web
    Fuzzing Commons where one fits.
    """

    id: str
    enforces: str
    stands: str
    severity: Severity
    repair: str
    kind: Kind
    applies: Callable[[Subject, Operation | None], str] = always
    judge: Callable[[Subject, Exchange], Iterator[Fault]] | None = None
    probe: Callable[[Bench, Operation | None], Iterator[Fault]] | None = None
    writes: bool = True
    wfc: int | None = None


@cache
def all_checks() -> dict[str, Check]:
    """Every check by its id, in the order of their files' names."""
    found: dict[str, Check] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        if not module.name.startswith("_"):
            check: Check = import_module(f"{__name__}.{module.name}").CHECK
            found[check.id] = check
    return found
