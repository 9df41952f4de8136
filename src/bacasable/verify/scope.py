"""What a run is about: the contract at the server's path, the operations and checks in scope."""

from dataclasses import replace
from urllib.parse import urlsplit

from ..contract import Contract, Operation
from ..contract.inference import inferred
from ..contract.names import did_you_mean
from .bench import Subject
from .checks import Check, all_checks
from .model import Options
from .proxies import secrets_of_proxy


class CannotJudge(Exception):
    """The run cannot begin: the server is not there, or the login was refused. One line, exit 2."""


def secrets_of(subject: Subject) -> frozenset[str]:
    """Texts that no report may show: tokens, passwords, values of headers that were given."""
    identities = [subject.main, *subject.by_role.values(), *subject.others]
    found = {i.token for i in identities} | {i.account.get("password", "") for i in identities}
    found |= {value for _, value in subject.options.headers} | subject.secrets
    found |= secrets_of_proxy(subject.options)
    return frozenset(text for text in found if text)


def contract_at(contract: Contract, options: Options) -> Contract:
    """The contract with what can be inferred, at the path of the URL, where that has one."""
    path = urlsplit(options.url).path.rstrip("/")
    return inferred(replace(contract, base_path=path) if path else contract)


def chosen_checks(options: Options) -> dict[str, Check]:
    """The checks that a run makes. Raises CannotJudge for a name that no check has."""
    known = all_checks()
    for name in options.checks:
        if name not in known:
            raise CannotJudge(f"there is no check '{name}'{did_you_mean(name, known)}")
    return {i: c for i, c in known.items() if not options.checks or i in options.checks}


def check_allowed(contract: Contract, options: Options) -> None:
    """Raise CannotJudge for a name of --allow that is no operation of the contract."""
    for name in options.allow:
        if name not in contract.operations:
            near = did_you_mean(name, sorted(contract.operations))
            raise CannotJudge(f"--allow: there is no operation '{name}' in the contract{near}")


def in_scope(contract: Contract, options: Options) -> list[Operation]:
    """The operations that are judged. Raises CannotJudge for a name that the contract has not."""
    operations = list(contract.operations.values())
    names = {o.id for o in operations} | {o.tag for o in operations}
    for name in (*options.only, *options.exclude):
        if name not in names:
            near = did_you_mean(name, sorted(names))
            raise CannotJudge(f"there is no tag or operation '{name}' in the contract{near}")
    found = [
        o
        for o in operations
        if (not options.only or {o.id, o.tag} & set(options.only))
        and not {o.id, o.tag} & set(options.exclude)
        and (not options.read_only or o.method in ("get", "head"))
    ]
    if not found:
        raise CannotJudge("--only, --exclude and --read-only leave no operation to judge")
    return found
