"""Which operations a run does not call at all, and why: the law of ownership, read off a contract.

An operation that names no record, or none that the run could have made, acts on what is not the
run's: it is called only when the user allows it by its name.
"""

import re

from ..contract import Contract, Operation
from .bench import Subject
from .making.calls import PARAMETER, bare, lies_in, naming_member
from .sessions import ends_session, login_of, members_of, renews_session

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})
"""Methods that ask for no change (RFC 9110, 9.2.1; QUERY is one, too)."""
_ASKS = frozenset(
    {"search", "query", "find", "filter", "lookup", "count", "exists", "autocomplete", "suggest"}
)
"""Last parts of a path that say that a POST only asks; a longer part may do more than that."""
DESTROYS = frozenset(
    {
        "shutdown", "restart", "reboot", "poweroff", "reset", "purge", "wipe", "flush", "truncate",
        "drop", "clear", "terminate", "kill", "stop", "halt", "destroy", "delete", "remove",
        "logout", "signout", "revoke", "rotate", "regenerate", "restore", "rollback", "ban",
        "unban", "deactivate", "disable", "enable", "toggle", "impersonate", "approve", "reject",
        "deploy", "migrate", "unsubscribe", "pop", "claim", "cancel", "execute", "trigger", "send",
        "suspend", "unlock", "kick", "install", "uninstall", "transfer", "refund", "charge", "off",
        "supprimer", "effacer", "vider", "annuler", "envoyer",
    }
)  # fmt: skip
"""Words of a path that say that even a GET does something."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def withheld(subject: Subject, operation: Operation) -> str:
    """Why an operation is not called at all in a run; empty where it is."""
    contract = subject.contract
    if operation.id in subject.options.allow or operation.action.kind == "create":
        return ""
    if ends_session(operation):
        return "" if subject.main.log_in else "it ends the session of the caller"
    if operation is login_of(contract) or renews_session(contract, operation):
        return ""
    if operation.method.upper() in SAFE:
        orders = destroys(operation.path) and not heads_of(operation.path)
        return "by its name it destroys something" if orders else ""
    return "" if asks(operation) else _acts_on(contract, operation)


def _acts_on(contract: Contract, operation: Operation) -> str:
    """What a change acts on that no run makes; empty where it may be a record of the run."""
    heads = heads_of(operation.path)
    if _names_by_body(contract, operation) or any(_can_be_made(contract, h) for h in heads):
        return ""
    if heads:
        return f"no operation makes what it acts on ({heads[0]})"
    return "nothing in its path or body names a record: it acts on the server as a whole"


def asks(operation: Operation) -> bool:
    """Whether a POST only asks, by the last part of its path."""
    last = operation.path.rstrip("/").rpartition("/")[2].strip("_:").lower()
    return operation.method == "post" and last in _ASKS


def destroys(path: str) -> bool:
    """Whether the last word of a path is an order to destroy something."""
    return bool(words_of(path) & DESTROYS)


def heads_of(path: str) -> list[str]:
    """The beginnings of a path that end in a parameter, the longest first."""
    parts = path.strip("/").split("/")
    ends = [n for n, part in enumerate(parts, 1) if PARAMETER.search(part)]
    return ["/" + "/".join(parts[:n]) for n in reversed(ends)]


def _can_be_made(contract: Contract, head: str) -> bool:
    """Whether an operation makes what a path that ends in a parameter leads to."""
    operations = contract.operations.values()
    here = {o.method for o in operations if bare(o.path) == bare(head)}
    created = {o.action.resource for o in operations if o.action.kind == "create"}
    items = {o.action.resource for o in operations if _is_item(o, head)}
    return {"get", "put"} <= here or bool(created & items)


def _is_item(operation: Operation, head: str) -> bool:
    """Whether the records that an operation acts upon one by one lie at a path."""
    item = operation.action.item_param
    if not item or not operation.action.resource:
        return False
    return bare(operation.path.partition("{" + item + "}")[0] + "{}") == bare(head)


def _names_by_body(contract: Contract, operation: Operation) -> bool:
    """Whether the body of an operation on a collection names one of its records (PUT /pets)."""
    if operation.method not in ("put", "patch") or operation.body is None:
        return False
    item = next(
        (o.path for o in contract.operations.values() if lies_in(o.path, operation.path)), ""
    )
    members = members_of(contract, operation)
    return bool(item) and naming_member(members, item, operation)[1] in members


def words_of(path: str) -> set[str]:
    """The words of the last part of a path that is no parameter, in lower case."""
    parts = [part for part in path.split("/") if part and not PARAMETER.search(part)]
    return words_in(parts[-1]) if parts else set()


def words_in(text: str) -> set[str]:
    """The words of a name, in lower case: sendDigest is send and digest."""
    return {word.lower() for word in _WORD.findall(text)}
