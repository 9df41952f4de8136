"""The controls on the command line: a command for each, on the client that Python uses too."""

from .clock import clock
from .faults import fault
from .inbox import inbox
from .log import log
from .state import insert, snapshot
from .tenants import delete, fork, open_, reset, tenants

COMMANDS = (tenants, fork, open_, delete, reset, clock, snapshot, insert, fault, log, inbox)

__all__ = ["COMMANDS"]
