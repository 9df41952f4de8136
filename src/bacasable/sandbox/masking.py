"""Masking: what must not stand in the request log, found by name, by form and by value.

By name: members, parameters and headers that hold secrets, and whatever the contract marks
writeOnly. By form: texts that look like tokens, wherever they stand. By value: a secret that was
found once is masked in everything else that is told of the same exchange.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from ..contract import Contract
from ..contract.members import members_of, write_only_members
from ..contract.model import Json, JsonObject
from ..contract.request import MAX_DEPTH

MASK = "***"
_WORDS = (
    "password",
    "passwd",
    "passphrase",
    "motdepasse",
    "secret",
    "token",
    "credential",
    "authorization",
    "apikey",
    "privatekey",
    "sandboxkey",
    "bearer",
    "cookie",
    "jwt",
)
_WHOLE_NAMES = {"pwd", "pass", "mdp", "otp", "pin", "auth", "sid", "signature"}
_FOLDED_WORDS = [word.encode() for word in _WORDS]
_NO_LETTERS = bytes(code for code in range(256) if code > 127 or not chr(code).isalnum())
_SHORTEST = 4
"""Shorter secrets are not sought elsewhere: they would be found in every word."""
_TOKEN = re.compile(
    r"eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"
    r"|\brft_[^\s\"'&<>,;]+"
    r"|(?<=bearer )[\w.~+/=-]{8,}",
    re.IGNORECASE,
)
_MARKS = (b"eyJ", b"rft_", b"EYJ", b"RFT_")
_ASSIGNED = re.compile(
    r"(?:pass\W?word|passwd|passphrase|mot\W?de\W?passe|secret|token|credential|api\W?key"
    r"|private\W?key|sandbox\W?key|jwt|\b(?:pwd|pass|mdp|otp|pin))s?[\"'\\\s]*[:=]",
    re.IGNORECASE,
)
_LONG_PART = re.compile(r"[^\s;,=\"]{8,}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|&#x([0-9a-fA-F]{1,6});|&#([0-9]{1,7});")


class Names:
    """Which names hold secrets, by the words in them and by the contract."""

    def __init__(self, contract: Contract) -> None:
        self._written = {_folded(name) for name in write_only_members(contract)}
        self._known: dict[str, bool] = {}
        self.taken: dict[str, frozenset[str]] = {}
        """By operation that takes a secret: the names of all members that its body may have."""
        for operation in contract.operations.values():
            body = operation.body
            members = members_of(contract, body.schema) if body else set()
            if any(map(self.secret, members)):
                self.taken[operation.id] = frozenset(members)

    def secret(self, name: str) -> bool:
        """Whether a member, parameter or header of this name holds a secret."""
        found = self._known.get(name)
        if found is None:
            folded = _folded(name)
            found = folded in _WHOLE_NAMES | self._written or any(w in folded for w in _WORDS)
            if len(self._known) < 10_000 and len(name) <= 100:
                self._known[name] = found
        return found

    def mentioned(self, text: str) -> bool:
        """Whether a text mentions such a name anywhere, in whatever spelling or encoding."""
        plain = unquote_plus(unquote(_ESCAPE.sub(_character, text)))
        folded = f"{_folded(text)} {_folded(plain)}"
        alone = {_folded(word) for word in re.findall(r"\w+", f"{text} {plain}")}
        names = _WHOLE_NAMES | self._written
        return any(word in folded for word in _WORDS) or not alone.isdisjoint(names)

    def harmless(self, raw: bytes) -> bool:
        """Whether JSON surely has no secret by name or form, which most has not.

        A look at the whole is a hundred times quicker than one at each of its texts.
        """
        if b"\\" in raw or any(mark in raw for mark in _MARKS):
            return False
        lower = raw.lower()
        folded = lower.translate(None, _NO_LETTERS.replace(b'"', b""))
        if any(word in folded for word in _FOLDED_WORDS):
            return False
        if any(b'"%s"' % name.encode() in folded for name in _WHOLE_NAMES | self._written):
            return False
        short = any(name.encode() in lower for name in _WHOLE_NAMES)
        return not (short and _ASSIGNED.search(lower.decode(errors="replace")))


class Cover:
    """Masks one exchange. First it learns the secrets in it, then it covers what is told.

    `known` are the members of a request body that takes a secret: others in it are masked as
    well, because a misspelt password is still one. None for all other bodies.
    """

    def __init__(self, names: Names, known: frozenset[str] | None = None) -> None:
        self._names, self._known = names, known
        self.strict = known is not None
        self._secrets: set[str] = set()
        self._forms: list[str] | None = None

    def learn(self, name: str, value: Json) -> None:
        """Note every text and number in the value of a secret name; of other names nothing."""
        if self._names.secret(name):
            for text in _scalars(value):
                self._note(text)

    def learn_header(self, name: str, text: str) -> None:
        """Note a header that holds a secret, and what in it may be one by itself: the token."""
        if self._names.secret(name):
            for part in [text, text.partition(" ")[2], *_LONG_PART.findall(text)]:
                self._note(part)

    def learn_all(self, value: Json) -> None:
        """Note the secrets in a JSON value, by the names of its members."""
        if isinstance(value, list):
            for item in value:
                self.learn_all(item)
        elif isinstance(value, dict):
            for name, inner in value.items():
                self.learn(name, inner)
                self.learn_all(inner)

    def text(self, text: str) -> str:
        """A text without secrets. When it assigns one in words, nothing of it is told."""
        if (":" in text or "=" in text) and _ASSIGNED.search(text):
            return MASK
        for secret in self._sought():
            text = text.replace(secret, MASK)
        return _TOKEN.sub(MASK, text) if len(text) > _SHORTEST else text

    def harmless(self, raw: bytes) -> bool:
        """Whether JSON that is harmless by itself holds no secret that was learnt either."""
        return not any(secret.encode() in raw for secret in self._sought())

    def named(self, name: str, text: str) -> str:
        """The value of a header or parameter."""
        return MASK if self._names.secret(name) else self.text(text)

    def query(self, query: str) -> str:
        """A query string, as it came but for its secrets."""
        return "&".join(self._pair(part) for part in query.split("&"))

    def _pair(self, part: str) -> str:
        name, equals, value = part.partition("=")
        plain = unquote_plus(value)
        if not equals or not self._names.secret(unquote_plus(name)):
            whole = unquote_plus(name) + equals + plain
            doubly = unquote_plus(whole)
            if self.text(whole) == whole and self.text(doubly) == doubly:
                return part
        return (self.text(name) + "=" if equals else "") + MASK

    def answer(self, value: Json) -> Json:
        """A JSON value without secrets."""
        return self._value(value, self._names.secret)

    def request(self, value: Json) -> Json:
        """The JSON body of a request without secrets."""
        known = self._known
        if known is None:
            return self.answer(value)
        if not isinstance(value, dict):
            return value if value is None else MASK
        secret = self._names.secret
        return self._value(value, lambda name: name not in known or secret(name))

    def safe(self, text: str) -> bool:
        """Whether a text that is no JSON can be shown: it mentions no secret and holds none."""
        if self.strict or self._names.mentioned(text):
            return False
        plain = unquote_plus(unquote(text))
        return self.text(text) == text and self.text(plain) == plain

    def _value(self, value: Json, hidden: Callable[[str], bool]) -> Json:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._value(item, hidden) for item in value]
        if not isinstance(value, dict):
            return value
        covered: JsonObject = {}
        for name, inner in value.items():
            masked = inner is not None and hidden(name)
            covered[self.text(name)] = MASK if masked else self._value(inner, hidden)
        return covered

    def _note(self, text: str) -> None:
        if len(text) >= _SHORTEST:
            self._secrets.add(text)
            self._forms = None

    def _sought(self) -> list[str]:
        """The secrets as they may be spelt in a text, longest first."""
        if self._forms is None:
            forms = {form for secret in self._secrets for form in _spellings(secret)}
            self._forms = sorted(forms, key=len, reverse=True)
        return self._forms


def is_deep(value: Json) -> bool:
    """Whether a value is nested more deeply than any request may be."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return False
        level = [
            inner
            for node in level
            if isinstance(node, dict | list)
            for inner in (node.values() if isinstance(node, dict) else node)
        ]
    return any(isinstance(node, dict | list) for node in level)


def _folded(text: str) -> str:
    """Without signs and in lower case: passWord, pass_word and PASSWORD are one."""
    return text.encode(errors="replace").lower().translate(None, _NO_LETTERS).decode()


def _scalars(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _scalars(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _scalars(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _spellings(secret: str) -> set[str]:
    escaped = secret.replace("\\", "\\\\").replace('"', '\\"')
    return {secret, escaped, quote(secret), quote(secret, safe=""), quote_plus(secret)}


def _character(match: "re.Match[str]") -> str:
    code = int(match[1] or match[2] or "0", 16) or int(match[3] or 0)
    return chr(code) if code < 0x110000 else ""
