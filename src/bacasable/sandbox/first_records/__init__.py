"""The records that the sandbox of any document begins with: its examples, and made ones.

`given.py` reads those of fixtures, `examples.py` finds those that the document shows. `writer.py`
makes others from schemas, with texts by name and format (`texts.py`, `wording.yaml`). `seeder.py`
has them refer to each other, and stores those that fit all answers that show them (`judge.py`).
"""

from .beginning import MOST, FirstRecords
from .given import Given, load_given
from .seeder import seed_first
from .texts import UnknownLocale, known_locale

__all__ = [
    "MOST",
    "FirstRecords",
    "Given",
    "UnknownLocale",
    "known_locale",
    "load_given",
    "seed_first",
]
