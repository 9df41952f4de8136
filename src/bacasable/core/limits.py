"""Bounds of what a sandbox holds and reads: nothing that a caller can make grow is without one."""

from dataclasses import dataclass, field

from ..bounds import Parted, Storage
from ..contract.problems import Refusal
from ..contract.request import MAX_BODY_BYTES, MAX_DEPTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(Storage):
    """Bounds of one sandbox, and whether answers are checked before they leave."""

    max_body_bytes: int = MAX_BODY_BYTES
    max_depth: int = MAX_DEPTH
    check_answers: bool = True
    parted: Parted = field(default_factory=Parted)


DEFAULTS = Limits()


def full(things: str, most: int, option: str) -> Refusal:
    """The refusal of one more than there may be, naming the bound and the option that moves it."""
    return Refusal("SANDBOX_FULL", f"It holds {most} {things}, as many as --{option} allows.")
