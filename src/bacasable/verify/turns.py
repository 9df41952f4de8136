"""In which order a run makes its checks: first something of everything, then more of it.

So a run that is cut short has a wide picture: every operation was called, and every check was made
on some of them.
"""

from collections.abc import Iterator, Sequence

from ..contract import Operation
from .checks import Check

FIRST = "valid-accepted"
"""The check that calls an operation as it should be called."""
Turn = list[tuple[Operation, Check]]


def turns(operations: Sequence[Operation], checks: Sequence[Check]) -> Iterator[Turn]:
    """Every pair of operation and check once. A turn has each operation at most once.

    In the first all operations are called as they should be; in each of the others operations that
    stand side by side have different checks.
    """
    yield [(operation, check) for check in checks if check.id == FIRST for operation in operations]
    others = [check for check in checks if check.id != FIRST]
    for turn in range(len(others)):
        yield [(o, others[(n + turn) % len(others)]) for n, o in enumerate(operations)]
