"""The engine, sans I/O: calls in, replies out. Imports the contract and nothing else of ours."""

from .access import Access, Tokens
from .calls import Actor, Call, Reply
from .clock import Clock, FixedClock, RunningClock, SystemClock
from .engine import Engine, Limits
from .situation import Behaviour, ContractBroken, Situation
from .store import Platform, Record, Space

__all__ = [
    "Access",
    "Actor",
    "Behaviour",
    "Call",
    "Clock",
    "ContractBroken",
    "Engine",
    "FixedClock",
    "Limits",
    "Platform",
    "Record",
    "Reply",
    "RunningClock",
    "Situation",
    "Space",
    "SystemClock",
    "Tokens",
]
