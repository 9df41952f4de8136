"""A token that the server did not sign is refused, whatever it says."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator

from ...contract import Operation
from ...contract.model import Json, JsonObject
from ..bench import Bench, Subject
from ..credentials import parts_of
from ..login import roles_of
from ..model import Fault, Identity
from . import Check
from ._access import attempt, needs_token, proof_of, refused, target

_KEYS = {"an empty key": b"", "the key 'secret'": b"secret", "a key of our own": b"k" * 32}
_YEAR = 365 * 86400


def _applies(subject: Subject, operation: Operation | None) -> str:
    missing = needs_token(subject, operation)
    if missing:
        return missing
    proof = proof_of(subject.main)
    return "" if proof and parts_of(proof[2]) else "the token is no JSON Web Token"


def _forgeries(subject: Subject, token: str) -> Iterator[tuple[str, str, str]]:
    """Tokens this server never signed: the mistake that lets them in, what they are, the token.

    Of those that one mistake lets in, the first is the plainest.
    """
    header, payload = parts_of(token) or ({}, {})
    head, body, signature = token.split(".")
    for name in ("none", "None", "NONE"):
        unsigned = f"{_packed({**header, 'alg': name})}.{body}."
        yield "unsigned", f"a token of the algorithm {name}", unsigned
    other = f"{head}.{body}.{_other(signature)}"
    yield "unverified", "a token with another signature", other
    for what, claims in _altered(subject, payload).items():
        changed = f"{head}.{_packed(claims)}.{signature}"
        yield "unverified", f"a token with {what} changed", changed
    for name, key in _KEYS.items():
        signed = f"{_packed({**header, 'alg': 'HS256'})}.{body}"
        yield "unverified", f"a token signed with {name}", f"{signed}.{_signature(signed, key)}"
    yield "unverified", "a token without its signature", f"{head}.{body}."


def _altered(subject: Subject, payload: JsonObject) -> dict[str, JsonObject]:
    """Payloads that would give their bearer more than the token does."""
    ends = payload.get("exp")
    later = (ends if isinstance(ends, int | float) else time.time() // 86400 * 86400) + _YEAR
    found = {"its end": {**payload, "exp": later}}
    roles = roles_of(subject.contract)
    for name, value in payload.items():
        if "role" in name.lower():
            found["its role"] = {**payload, name: roles if isinstance(value, list) else roles[:1]}
        elif value == subject.main.tenant and value:
            other = next((i.tenant for i in subject.others), "another")
            found["its tenant"] = {**payload, name: other}
        elif name == "sub":
            found["its subject"] = {**payload, name: _subject(subject, value)}
    return found


def _subject(subject: Subject, value: Json) -> Json:
    """The subject of another account, if one is known."""
    ids = [who.account.get("id") for who in subject.by_role.values()]
    return next((i for i in ids if i and i != value), f"{value}0")


def _other(signature: str) -> str:
    """Another signature of that length; its first character counts in full."""
    return ("B" if signature[:1] == "A" else "A") + signature[1:]


def _packed(value: JsonObject) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _signature(signed: str, key: bytes) -> str:
    return _text(hmac.new(key, signed.encode(), hashlib.sha256).digest())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Call with each forgery of the caller's token."""
    if operation is None:
        return
    caller: Identity = bench.subject.caller(operation) or bench.subject.main
    proof = proof_of(caller)
    if proof is None or parts_of(proof[2]) is None:
        return
    name, before, token = proof
    most, told = bench.subject.options.profile.samples, set()
    for mistake, what, forged in _chosen(list(_forgeries(bench.subject, token)), most):
        if mistake in told:
            continue
        shown = {name: before + forged}
        exchange = attempt(bench, target(bench, operation), caller, headers=shown)
        fault = refused(bench, exchange, what)
        if fault:
            told.add(mistake)
            yield fault


def _chosen(forgeries: list[tuple[str, str, str]], most: int) -> list[tuple[str, str, str]]:
    """So many forgeries, those of each mistake in turn."""
    mistakes = dict.fromkeys(mistake for mistake, _, _ in forgeries)
    kinds = [[f for f in forgeries if f[0] == mistake] for mistake in mistakes]
    ranked = sorted((place, kind, f) for kind, fs in enumerate(kinds) for place, f in enumerate(fs))
    return [forgery for _, _, forgery in ranked[:most]]


CHECK = Check(
    id="auth-forged",
    enforces="A token is good only with the server's own signature on exactly this payload.",
    stands="Security of the operation; RFC 8725, 2.1 and 3.1.",
    severity="error",
    repair="Verify the signature with one algorithm that the server chooses, never the token.",
    kind="operation",
    applies=_applies,
    probe=probe,
    writes=False,
)
