"""What a sandbox of any document is asked to begin with, and what it began with."""

from dataclasses import dataclass, field

from .texts import DEFAULT_LOCALE, known_locale

MOST = 100_000
"""Made records of a collection."""
_TOLD = 8


@dataclass(frozen=True, slots=True)
class Beginning:
    """How many records are made for each collection, beside its examples; in which language.

    Raises UnknownLocale for a language that Faker does not know.
    """

    records: int = 0
    locale: str = DEFAULT_LOCALE

    def __post_init__(self) -> None:
        object.__setattr__(self, "locale", known_locale(self.locale))

    @property
    def is_asked(self) -> bool:
        """Whether it is anything but what a sandbox begins with anyway."""
        return self != Beginning()


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
        which = "1 example does" if number == 1 else f"{number} examples do"
        return f"{which} not fit the schemas of their records and are left out, first at {first}"
