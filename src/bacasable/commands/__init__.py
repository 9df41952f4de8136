"""Commands: those of the controls, on the client that Python uses too, and the documentation."""

from .clock import clock
from .docs import docs
from .faults import fault
from .inbox import inbox
from .log import log
from .state import insert, snapshot
from .tenants import delete, fork, open_, reset, tenants

COMMANDS = (tenants, fork, open_, delete, reset, clock, snapshot, insert, fault, log, inbox, docs)

__all__ = ["COMMANDS"]
