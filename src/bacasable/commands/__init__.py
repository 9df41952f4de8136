"""Commands: those of the controls, on the client that Python uses too, the docs, the test kit."""

from .check import check
from .clock import clock
from .docs import docs
from .faults import fault
from .inbox import inbox
from .infer import infer
from .log import log
from .new import new
from .routes import routes
from .state import insert, snapshot
from .tenants import delete, fork, open_, reset, tenants
from .verify import replay, verify

CONTROLS = (tenants, fork, open_, delete, reset, clock, snapshot, insert, fault, log, inbox)
COMMANDS = (*CONTROLS, docs, infer, check, routes, new, verify, replay)

__all__ = ["COMMANDS", "CONTROLS"]
