"""What was seen of each server on each document, and how ours compares."""

import statistics
from dataclasses import dataclass, field

from ..load import Measured

CASES = ("list", "get", "create", "refused")
# By name: whether more is better, and how a figure is told.
MEASURES = {
    "start-up": (False, "start-up"),
    "fresh": (False, "memory after start"),
    "loaded": (False, "memory after load"),
    "list": (True, "list"),
    "get": (True, "get"),
    "create": (True, "create"),
    "refused": (True, "create, refused"),
}


@dataclass
class Seen:
    """One server on one document: a figure of each measure for each round, and what it answered."""

    figures: dict[str, list[float]] = field(default_factory=dict)
    cases: dict[str, list[Measured]] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    listed: int = 0
    keeps: bool | None = None
    said: str = ""

    def add(self, measure: str, figure: float) -> None:
        """One more round of a measure."""
        self.figures.setdefault(measure, []).append(figure)

    def add_load(self, case: str, measured: Measured) -> None:
        """One more round of load."""
        self.cases.setdefault(case, []).append(measured)
        self.add(case, measured.per_second)

    def median(self, measure: str) -> float | None:
        """The median over the rounds; None when it was not measured."""
        figures = self.figures.get(measure)
        return statistics.median(figures) if figures else None

    def latencies(self, case: str) -> tuple[float, float] | None:
        """The medians of p50 and p99 in ms."""
        told = [
            (m.p50_ms, m.p99_ms)
            for m in self.cases.get(case, [])
            if m.p50_ms is not None and m.p99_ms is not None
        ]
        if not told:
            return None
        return statistics.median(a for a, _ in told), statistics.median(b for _, b in told)

    @property
    def refuses(self) -> bool:
        """Whether a body that breaks the document is refused."""
        return 400 <= self.statuses.get("refused", 0) < 500


def times_better(ours: Seen, theirs: Seen, measure: str) -> float | None:
    """How many times better ours is: the median of the ratios within each round; 1 is equal."""
    more, _ = MEASURES[measure]
    pairs = [
        (a, b) if more else (b, a)
        for a, b in zip(
            ours.figures.get(measure, []), theirs.figures.get(measure, []), strict=False
        )
    ]
    ratios = [better / worse for better, worse in pairs if worse]
    return statistics.median(ratios) if ratios else None
