"""What a sandbox of any document began with, and how that is told."""

from dataclasses import dataclass, field

MOST = 100_000
"""Made records of a collection."""
_TOLD = 8


@dataclass(frozen=True, slots=True)
class FirstRecords:
    """What a sandbox began with: records by collection, and the examples that are none."""

    counts: dict[str, int] = field(default_factory=dict)
    refused: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The number of records that each collection began with, in one line; empty for none."""
        counts = list(self.counts.items())
        shown = [f"{collection} {number}" for collection, number in counts[:_TOLD]]
        rest = sum(number for _, number in counts[_TOLD:])
        more = len(counts) - _TOLD
        return ", ".join([*shown, *([f"{more} more with {rest}"] if more > 0 else [])])

    @property
    def warning(self) -> str:
        """What is said of the examples that are no records; empty where all are."""
        if not self.refused:
            return ""
        number, first = len(self.refused), self.refused[0]
        if number == 1:
            return f"1 example does not fit its schema and is left out: {first}"
        return f"{number} examples do not fit their schemas and are left out, first {first}"
