"""How an attack is drawn and told: its seed, its size, and what it found.

BACASABLE_ATTACK_SEED repeats an attack ('-' draws another one); BACASABLE_ATTACK_COUNT sets the
number of requests of each attack, to search longer or to repeat a part sooner. The long ones are
whole with BACASABLE_SWEEP=all.
"""

import base64
import json
import os
import random
import re
from collections import Counter
from typing import Any

_GIVEN = os.environ.get("BACASABLE_ATTACK_SEED", "20261130")
SEED = str(random.SystemRandom().randrange(10**6)) if _GIVEN == "-" else _GIVEN
EXAMPLES = 3


def chance(name: str) -> random.Random:
    """The dice of one attack: the same for the same seed, whatever else runs."""
    return random.Random(f"{SEED} {name}")


def count(usual: int) -> int:
    return int(os.environ.get("BACASABLE_ATTACK_COUNT", usual))


def large(usual: int) -> int:
    """The size of a long attack: a tenth of it, or all of it for who asks for the whole sweep."""
    return count(usual if os.environ.get("BACASABLE_SWEEP") == "all" else usual // 10)


def _whose(found: re.Match[str]) -> str:
    """Whose a token is, in its place."""
    try:
        claims = json.loads(base64.urlsafe_b64decode(found[1] + "=="))
        return f"<{'/'.join(claims['roles'])} of {claims['tenant']}>"
    except (ValueError, KeyError, TypeError):
        return found[0]


_TOKEN = re.compile(r"eyJ[\w-]{10,}\.(eyJ[\w-]+)\.[\w-]+")


def brief(value: Any, most: int = 400) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    text = _TOKEN.sub(_whose, text)
    text = text.encode("unicode_escape").decode()
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"


class Findings:
    """What an attack found, by kind, each with the first requests that show it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.number: Counter[str] = Counter()
        self.tried: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {}

    def add(self, kind: str, sent: Any, seen: Any) -> None:
        self.number[kind] += 1
        told = self.examples.setdefault(kind, [])
        if len(told) < EXAMPLES:
            told.append(f"    sent {brief(sent, 700)}\n    seen {brief(seen)}")

    def told(self) -> str:
        lines = [f"{self.name}: BACASABLE_ATTACK_SEED={SEED} repeats it"]
        lines.append("tried " + (", ".join(f"{n} {k}" for k, n in self.tried.items()) or "nothing"))
        for kind, number in self.number.most_common():
            lines += [f"{number} x {kind}", *self.examples[kind]]
        return "\n".join(lines)

    def judge(self) -> None:
        """Print what was tried, and fail when anything was found."""
        print(self.told())  # noqa: T201 - told in the report of a run, red or not
        assert not self.number, self.told()
