"""The engine, sans I/O: calls in, replies out. Imports the contract and nothing else of ours."""

from .access import Access, Tokens
from .calls import Actor, Call, Reply
from .clock import Clock, FixedClock, RunningClock, SystemClock, TenantClock
from .engine import Engine, Limits
from .situation import Behaviour, ContractBroken, Situation
from .space import Image, Platform, Space
from .store import Record

__all__ = [
    "Access",
    "Actor",
    "Behaviour",
    "Call",
    "Clock",
    "ContractBroken",
    "Engine",
    "FixedClock",
    "Image",
    "Limits",
    "Platform",
    "Record",
    "Reply",
    "RunningClock",
    "Situation",
    "Space",
    "SystemClock",
    "TenantClock",
    "Tokens",
]
