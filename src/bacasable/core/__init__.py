"""The engine, sans I/O: calls in, replies out. Imports the contract and nothing else of ours."""

from .access import Access, Admission, OpenAccess, Tokens
from .account_hooks import account_hooks
from .accounts import Account, Accounts
from .authenticators import SchemeAccess
from .calls import Actor, Call, Reply
from .clock import Clock, FixedClock, RunningClock, SystemClock, TenantClock
from .engine import Engine
from .limits import Limits
from .orders import Order, Total
from .situation import Behaviour, ContractBroken, Situation
from .space import Image, Platform, Space
from .store import Collection, Record

__all__ = [
    "Access",
    "Account",
    "Accounts",
    "Actor",
    "Admission",
    "Behaviour",
    "Call",
    "Clock",
    "Collection",
    "ContractBroken",
    "Engine",
    "FixedClock",
    "Image",
    "Limits",
    "OpenAccess",
    "Order",
    "Platform",
    "Record",
    "Reply",
    "RunningClock",
    "SchemeAccess",
    "Situation",
    "Space",
    "SystemClock",
    "TenantClock",
    "Tokens",
    "Total",
    "account_hooks",
]
