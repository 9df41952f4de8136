"""A header that is no proof is refused: another scheme, half a token, a token out of place."""

import base64
from collections.abc import Iterator
from itertools import islice

from ...contract import Operation
from ..bench import Bench
from ..credentials import parts_of
from ..model import Fault, Identity
from ..sessions import ends_session
from . import Check
from ._access import attempt, kept, needs_token, proof_of, reads, refused, target

_MALFORMED = 400


def _shown(identity: Identity) -> dict[str, str]:
    """Values of the header that prove nothing, by what they are; the most telling come first."""
    _name, before, token = proof_of(identity) or ("", "", "")
    half = len(token) // 2
    cut = {
        "half a token": before + token[:half],
        "a token with more behind it": f"{before}{token}x",
    }
    if before.strip().lower() != "bearer":
        return {"another key": before + "x" * max(8, half), "an empty key": "", **cut}
    basic = base64.b64encode(b"nobody:nothing").decode()
    return {
        "a made-up token": "Bearer x",
        "another scheme": f"Basic {basic}",
        **cut,
        "a token of another scheme": f"Token {token}",
        "a scheme without a token": "Bearer",
        "a token without a scheme": token,
        "a token with a blank in it": f"Bearer {token[:half]} {token[half:]}",
    }


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Call with each malformed proof, and with a good token in the query."""
    if operation is None:
        return
    caller = bench.subject.caller(operation) or bench.subject.main
    if ends_session(operation) and caller.log_in:
        caller = caller.log_in()  # should a malformed proof be taken, this session ends
    name, _before, token = proof_of(caller) or ("", "", "")
    if not parts_of(token):
        # Part of a signed token opens nothing; part of a key is still to be kept to ourselves.
        bench.subject.secrets.update({token[: len(token) // 2], token[len(token) // 2 :]} - {""})
    for what, value in islice(_shown(caller).items(), bench.subject.options.profile.samples):
        exchange = attempt(bench, target(bench, operation), caller, headers={name: value})
        fault = refused(bench, exchange, what, also=(_MALFORMED,))
        if fault:
            yield fault
    if reads(operation) and caller.log_in and not caller.query:
        yield from _in_query(bench, operation, caller)


def _in_query(bench: Bench, operation: Operation, caller: Identity) -> Iterator[Fault]:
    """A token in the address ends up in logs: it is that of a session of its own."""
    shared = kept(bench)
    if shared.spare is None and bench.subject.main.log_in:
        shared.spare = bench.subject.main.log_in()
    token = shared.spare.token if shared.spare else ""
    if not token:
        return
    exchange = attempt(
        bench,
        target(bench, operation),
        caller,
        headers={(proof_of(caller) or ("Authorization",))[0]: None},
        query={"access_token": token},
    )
    # An unknown parameter may be refused as such; what matters is that it opens nothing.
    fault = refused(bench, exchange, "a token in the query", also=(_MALFORMED, 403, 404))
    if fault:
        yield fault


CHECK = Check(
    id="auth-malformed",
    enforces="A header that holds no token of the contract's scheme is refused like none.",
    stands="Security of the operation; RFC 6750, 2.1 and 3.1.",
    severity="error",
    repair="Take the token from the documented header alone, whole, and after its scheme.",
    kind="operation",
    applies=lambda subject, operation: (
        needs_token(subject, operation)
        or ("" if proof_of(subject.main) else "the key does not stand in a header")
    ),
    probe=probe,
    writes=False,
)
