"""Masking: what must not stand in the request log, found by name, by form and by value.

By name: members, parameters and headers that hold secrets, whatever the contract marks writeOnly,
and where its security schemes have their credentials. By form: texts that look like tokens,
wherever they stand. By value: a secret that was found once is masked in everything else that is
told of the same exchange.

Whoever calls decides what is looked through, so all of it takes time in proportion to its length:
texts are joined and looked through at once, by patterns that read each character a fixed number of
times. What would take long in spite of that is *crowded*, and nothing of it is told.
"""

import re
from collections.abc import Callable, Sequence
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from ..contract import Contract
from ..contract.accounts import secret_names
from ..contract.members import members_of, write_only_members
from ..contract.model import Json, JsonObject
from ..contract.security import schemes_of

MASK = "***"
MOST_SECRETS = 100
"""In an exchange with more of them, they are not sought: it is crowded."""
MOST_SECRET = 32 * 1024
"""Characters of all its secrets together, for the same reason."""
MOST_SOUGHT = 8_000_000
"""Spellings of secrets times characters to look through: some milliseconds."""
MOST_PARTS = 6_000
"""Members and items of the bodies of an exchange that are looked through one by one."""
MOST_ESCAPES = 4_000
"""Characters of a text, or of a query, that are written as a code."""
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
_NO_LETTERS_OR_QUOTES = _NO_LETTERS.replace(b'"', b"")
_NO_ASCII = bytes(range(128, 256)) + b"_"
_SIGNS_APART = bytes(code if chr(code).isalnum() else 32 for code in range(128)) + bytes(128)
"""Of a text in bytes: signs become spaces."""
_SHORTEST = 4
"""Shorter secrets are not sought elsewhere: they would be found in every word."""
_BETWEEN = "\ud800"
"""Stands between texts that are looked through at once. No text from outside can have it: half a
character, which no decoder lets through."""
_TOKENS = (
    # A run without its end is taken as a whole, too, or it would be read again from its next "eyj".
    re.compile(r"eyj[\w-]{5,}+(\.[\w-]++(?:\.[\w-]*+)*+)?"),
    re.compile(r"\brft_([^\s\"'&<>,;\ud800]++)"),
    re.compile(r"(?<=bearer )([\w.~+/=-]{8,}+)"),
)
_TOKEN_MARKS = ("eyj", "rft_", "bearer ")
_ASSIGNED = re.compile(
    r"(?:pass[^\w\ud800]?word|passwd|passphrase|mot[^\w\ud800]?de[^\w\ud800]?passe|secret|token"
    r"|credential|api[^\w\ud800]?key|private[^\w\ud800]?key|sandbox[^\w\ud800]?key|jwt"
    r"|\b(?:pwd|pass|mdp|otp|pin))s?[\"'\\\s]*+[:=]"
)
"""As the tokens, it is sought in lower case: that is three times as quick as to heed no case."""
_ODD_LETTERS = (("\u017f", "s"), ("\u212a", "k"), ("\u0130", "i"), ("\u0131", "i"))
"""Those that are letters of a to z to whoever heeds no case."""
_TELLS_NOTHING = re.compile(r"(?:\*\*\*;bytes=\d+)?")
"""Nothing, or how long that was which was not kept."""
_LONG_PART = re.compile(r"[^\s;,=\"]{8,}")
_NO_ASCII_SIGN = re.compile(r"[^\w\x00-\x7f]+")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|&#x([0-9a-fA-F]{1,6});|&#([0-9]{1,7});")


class Names:
    """Which names hold secrets, by the words in them and by the contract."""

    def __init__(self, contract: Contract) -> None:
        declared = write_only_members(contract) | secret_names(contract)
        written = {_folded(name) for name in declared}
        keys = {_folded(one.credential.name) for one in schemes_of(contract.document).values()}
        self._whole = frozenset(_WHOLE_NAMES | written | keys - {""})
        self._quoted = [b'"%s"' % name.encode() for name in self._whole]
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
            found = folded in self._whole or any(word in folded for word in _WORDS)
            if len(name) <= 100:
                if len(self._known) >= 10_000:
                    self._known.clear()
                self._known[name] = found
        return found

    def mentioned(self, text: str) -> bool:
        """Whether a text mentions such a name anywhere, in whatever spelling or encoding.

        One with more codes than are decoded may do so.
        """
        if sum(map(text.count, ("%", "&#", "\\u"))) > MOST_ESCAPES:
            return True
        plain = unquote_plus(unquote(_ESCAPE.sub(_character, text)))
        folded = f"{_folded(text)} {_folded(plain)}"
        if any(word in folded for word in _WORDS):
            return True
        both = _NO_ASCII_SIGN.sub(" ", f"{text} {plain}")
        alone = both.encode(errors="replace").lower().translate(_SIGNS_APART, _NO_ASCII)
        return not self._whole.isdisjoint(alone.decode().split())

    def harmless(self, raw: bytes) -> bool:
        """Whether JSON surely has no secret by name or form, which most has not.

        A look at the whole is a hundred times quicker than one at each of its texts.
        """
        if b"\\" in raw:
            return False
        lower = raw.lower()
        if b"eyj" in lower or b"rft_" in lower:
            return False
        folded = lower.translate(None, _NO_LETTERS_OR_QUOTES)
        if any(word in folded for word in _FOLDED_WORDS):
            return False
        if any(name in folded for name in self._quoted):
            return False
        short = any(name.encode() in lower for name in _WHOLE_NAMES)
        return not (short and _ASSIGNED.search(_lowered(raw.decode(errors="replace"))))


class Cover:
    """Masks one exchange. First it learns the secrets in it, then it covers what is told.

    `known` are the members of a request body that takes a secret: others in it are masked as
    well, because a misspelt password is still one. None for all other bodies. Once it is
    `crowded`, it covers everything.
    """

    def __init__(self, names: Names, known: frozenset[str] | None = None) -> None:
        self._names, self._known = names, known
        self.strict = known is not None
        self.crowded = False
        self._secrets: set[str] = set()
        self._room = MOST_SECRET
        self._forms: list[str] | None = None

    def learn(self, name: str, text: str) -> None:
        """Note the text of a secret name; of other names nothing."""
        if self._names.secret(name):
            self._note(text)

    def learn_header(self, name: str, text: str) -> None:
        """Note a header that holds a secret, and what in it may be one by itself: the token."""
        if self._names.secret(name):
            for part in [text, text.partition(" ")[2], *_LONG_PART.findall(text)]:
                self._note(part)

    def learn_all(self, value: Json) -> None:
        """Note the secrets in a JSON value: every text and number below the name of one."""
        secret = self._names.secret
        rest: list[tuple[Json, bool]] = [(value, False)]
        while rest and not self.crowded:
            node, below = rest.pop()
            if isinstance(node, dict):
                if below:
                    for name in node:
                        self._note(name)
                rest += [(inner, below or secret(name)) for name, inner in node.items()]
            elif isinstance(node, list):
                rest += [(inner, below) for inner in node]
            elif below and node is not None and not isinstance(node, bool):
                self._note(str(node))

    def look_through(self, size: int) -> None:
        """Be crowded if so many characters are too many to look for all secrets in."""
        self.crowded = self.crowded or len(self._sought()) * size > MOST_SOUGHT

    def texts(self, texts: Sequence[str]) -> list[str]:
        """Texts without secrets. When one assigns a secret in words, nothing of it is told."""
        whole = _BETWEEN.join(texts)
        if self.crowded or whole.count(_BETWEEN) != len(texts) - 1:
            return [text if _TELLS_NOTHING.fullmatch(text) else MASK for text in texts]
        assigned = _assigned(whole) if ":" in whole or "=" in whole else ()
        for secret in self._sought():
            whole = whole.replace(secret, MASK)
        told = _without_tokens(whole).split(_BETWEEN)
        for place in assigned:
            told[place] = MASK
        return told

    def text(self, text: str) -> str:
        """One text without secrets."""
        return self.texts([text])[0]

    def harmless(self, raw: bytes) -> bool:
        """Whether JSON that is harmless by itself holds no secret that was learnt either."""
        return not any(secret.encode() in raw for secret in self._sought())

    def headers(self, headers: dict[str, str]) -> dict[str, str]:
        """Headers by name, their values without secrets."""
        told = self.texts(list(headers.values()))
        secret = self._names.secret
        return {n: MASK if secret(n) else text for n, text in zip(headers, told, strict=True)}

    def query(self, query: str) -> str:
        """A query string, as it came but for its secrets."""
        if self.crowded:
            return self.text(query)
        parts = query.split("&")
        names = [part.partition("=")[0] for part in parts]
        # A name is decoded by itself: an equals sign may be in it.
        plain_names = _decoded(names)
        once = _decoded(parts)
        seen = [*zip(once, _decoded(once), strict=True)]
        masked = self.texts([text for pair in seen for text in pair])
        told_names = self.texts(names)
        covered = []
        for place, part in enumerate(parts):
            found = "=" in part
            secret = found and self._names.secret(plain_names[place])
            if not secret and [*seen[place]] == masked[2 * place : 2 * place + 2]:
                covered.append(part)
            else:
                covered.append((told_names[place] + "=" if found else "") + MASK)
        return "&".join(covered)

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
        both = [text, unquote_plus(unquote(text))]
        return self.texts(both) == both

    def _value(self, value: Json, hidden: Callable[[str], bool]) -> Json:
        found: dict[str, None] = {}
        _gather(value, hidden, found)
        texts = list(found)
        return _covered(value, hidden, dict(zip(texts, self.texts(texts), strict=True)))

    def _note(self, text: str) -> None:
        if len(text) < _SHORTEST or text in self._secrets:
            return
        self._room -= len(text)
        if self._room < 0 or len(self._secrets) == MOST_SECRETS:
            self.crowded = True
        else:
            self._secrets.add(text)
            self._forms = None

    def _sought(self) -> list[str]:
        """The secrets as they may be spelt in a text, longest first."""
        if self._forms is None:
            forms = {form for secret in self._secrets for form in _spellings(secret)}
            self._forms = sorted(forms, key=len, reverse=True)
        return self._forms


def _gather(value: Json, hidden: Callable[[str], bool], found: dict[str, None]) -> None:
    """Note the texts of a value that are looked through, and the names of its members."""
    if isinstance(value, str):
        found[value] = None
    elif isinstance(value, list):
        for item in value:
            _gather(item, hidden, found)
    elif isinstance(value, dict):
        for name, inner in value.items():
            found[name] = None
            if inner is not None and not hidden(name):
                _gather(inner, hidden, found)


def _covered(value: Json, hidden: Callable[[str], bool], told: dict[str, str]) -> Json:
    """The value with its texts as they are told."""
    if isinstance(value, str):
        return told[value]
    if isinstance(value, list):
        return [_covered(item, hidden, told) for item in value]
    if not isinstance(value, dict):
        return value
    covered: JsonObject = {}
    for name, inner in value.items():
        masked = inner is not None and hidden(name)
        covered[told[name]] = MASK if masked else _covered(inner, hidden, told)
    return covered


def _assigned(whole: str) -> set[int]:
    """The places of texts that assign a secret, among those that are joined."""
    places, place, seen = set(), 0, 0
    for match in _ASSIGNED.finditer(_lowered(whole)):
        place += whole.count(_BETWEEN, seen, match.start())
        seen = match.start()
        places.add(place)
    return places


def _without_tokens(whole: str) -> str:
    lower = _lowered(whole)
    if not any(mark in lower for mark in _TOKEN_MARKS):
        return whole
    spans = sorted(m.span() for form in _TOKENS for m in form.finditer(lower) if m[1])
    parts, end = [], 0
    for start, stop in spans:
        if start >= end:
            parts += [whole[end:start], MASK]
        end = max(end, stop)
    return "".join([*parts, whole[end:]])


def _lowered(text: str) -> str:
    """In lower case, each character in its place."""
    if not text.isascii():
        for odd, letter in _ODD_LETTERS:
            text = text.replace(odd, letter)
    return text.lower()


def _decoded(texts: list[str]) -> list[str]:
    """Parts of a query string, decoded once."""
    return unquote_plus(_BETWEEN.join(texts)).split(_BETWEEN)


def _folded(text: str) -> str:
    """Without signs and in lower case: passWord, pass_word and PASSWORD are one."""
    return text.encode(errors="replace").lower().translate(None, _NO_LETTERS).decode()


def _spellings(secret: str) -> set[str]:
    escaped = secret.replace("\\", "\\\\").replace('"', '\\"')
    return {secret, escaped, quote(secret), quote(secret, safe=""), quote_plus(secret)}


def _character(match: "re.Match[str]") -> str:
    code = int(match[1] or match[2] or "0", 16) or int(match[3] or 0)
    return chr(code) if code < 0x110000 else ""
