"""Requests as lines for a shell: what stands there is sent byte by byte, secrets are variables.

A line holds printable characters only, so that it may be copied from a terminal or a page; what
has others travels in base64. Ids that the server gives to new records are caught into variables,
for the next run of the lines gets others.
"""

import base64
import gzip
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ..contract.wire import to_json
from .binding import Binding, bindings_of
from .masking import MASK, Masker, is_credential, secrets_in, signed_parts
from .model import Exchange, Options, Request
from .proxies import proxy_in
from .texts import plain

_BARE = re.compile(r"[\w@%+=:,./*?&;<>|(){}\[\]~#' -]*")
"""What may stand between double quotes as it is."""
_BRACES = re.compile(r"\$\{(\w+)\}(?!\w)")
"""A variable that needs no braces, for nothing follows that could belong to its name."""
_BEFORE, _AFTER = r'(?:(?<=[/="])|(?<=: ))', r'(?=[/?&]|$|"(?!\s*:))'
"""What stands around a whole value: a segment of a path, a value of a query, a text, a header."""
_TARGET = re.compile(r"/[!-\"$-~]*")
"""What curl sends as it stands in a URL."""
_MOST = 60_000
"""A longer body is compressed: a shell takes no argument of any length."""
_LONG = 8
"""A shorter secret of the run may be a common word: it is masked, and no variable."""
_SENT_BY_CURL = frozenset({"content-length", "host", "transfer-encoding", "connection"})


@dataclass
class Holes:
    """Texts that are put in by the shell: each with what stands for it there.

    Those that are `bound` are put in where they are a whole value, the others wherever they stand.
    `whose` says of each variable where its value comes from.
    """

    texts: dict[str, str] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)
    whose: dict[str, str] = field(default_factory=dict)

    def word(self, text: str) -> str:
        """A text as one word of a shell."""
        parts = self._parts(text)
        if len(parts) == 1:
            return shlex.quote(parts[0])
        if all(_BARE.fullmatch(part) for part in parts[::2]):
            return '"' + _BRACES.sub(r"$\1", "".join(parts)) + '"'
        return "".join(
            f'"{part}"' if number % 2 else shlex.quote(part) if part else ""
            for number, part in enumerate(parts)
        )

    def _parts(self, text: str) -> list[str]:
        """Plain parts at even places, what the shell puts in at odd ones."""
        if not self.texts:
            return [text]
        longest = sorted(self.texts, key=len, reverse=True)
        parts = re.split("(" + "|".join(map(self._pattern, longest)) + ")", text)
        return [self.texts[p] if n % 2 else p for n, p in enumerate(parts)]

    def _pattern(self, text: str) -> str:
        escaped = re.escape(text)
        return rf"{_BEFORE}{escaped}{_AFTER}" if text in self.bound else escaped


def curl_of(
    exchanges: Sequence[Exchange], origin: str, secrets: Iterable[str] = (), *, way: str = ""
) -> str:
    """The lines that send exchanges again, in their order, one for each.

    Comments above them say which variables they need. `origin` is scheme, host and port, `way` are
    the options by which it is reached; `secrets` are those of the run, beside what the exchanges
    tell themselves.
    """
    bindings = bindings_of(exchanges)
    known = {secret for secret in secrets if len(secret) >= _LONG}
    holes = _secrets(exchanges, known, {b.value for b in bindings})
    masker = _masker_of(frozenset({*holes.texts, *secrets}))
    lines = []
    for number, exchange in enumerate(exchanges):
        caught = [b for b in bindings if b.source == number]
        line = curl_line(exchange, origin, holes, masker, show=not caught, way=way)
        names = {b: _variable(holes, "ID", "taken from an answer, which needs jq") for b in caught}
        lines.append(_catching(line, names) if caught else line)
        for binding, name in names.items():
            holes.texts.setdefault(binding.value, "${" + name + "}")
            holes.bound.add(binding.value)
    told = [f"# {name}: {plain(whose)}" for name, whose in holes.whose.items()]
    return "\n".join([*told, *lines])


def way_of(options: Options) -> str:
    """The options by which curl reaches the server of a run; without the password of a proxy."""
    words = ["-k"] if options.insecure else []
    if options.ca and not options.insecure and not Path(options.ca).is_dir():
        words.append(f"--cacert {shlex.quote(options.ca)}")
    if options.proxy:
        words.append(f"-x {shlex.quote(proxy_in(options.proxy).name)}")
    return " ".join(words)


def curl_line(
    exchange: Exchange,
    origin: str,
    holes: Holes,
    masker: Masker,
    *,
    show: bool = True,
    way: str = "",
) -> str:
    """The line that sends a request. With `show` it prints the answer's head too.

    What is sent packed is masked by `masker`, for nobody would see a secret in it.
    """
    request = exchange.request
    words = ["curl -sS -i" if show else "curl -sS", *([way] if way else []), *_method(request)]
    words += _address(origin, request.target, holes, masker)
    words += [f"-H {word}" for word in _headers(exchange, holes, masker)]
    if request.body is None:
        return " ".join(words)
    return _with_body(" ".join(words), request.body, holes, masker)


def _method(request: Request) -> list[str]:
    method = request.method.upper()
    if method == "HEAD":
        return ["--head"]
    usual = "GET" if request.body is None else "POST"
    return [] if request.method == usual else [f"-X {shlex.quote(request.method)}"]


def _address(origin: str, target: str, holes: Holes, masker: Masker) -> Iterator[str]:
    """Where a request goes. What curl would change in a URL is given beside it."""
    if not _TARGET.fullmatch(target):
        seen = target.isprintable() and target.isascii()
        packed = masker.text(target).encode("latin-1", "replace")
        word = holes.word(target) if seen else _decoded(packed)
        yield f"--request-target {word}"
        target = "/"
    if re.search(r"[\[\]{}]", origin + target):
        yield "-g"
    if re.search(r"/\.\.?(/|$)", target.partition("?")[0]):
        yield "--path-as-is"
    yield holes.word(origin + target)


def _headers(exchange: Exchange, holes: Holes, masker: Masker) -> Iterator[str]:
    """Headers as words; those that curl adds by itself are taken away where they were not sent."""
    request = exchange.request
    given = {name.lower() for name, _ in request.headers}
    for name, value in request.headers:
        if name.lower() in _SENT_BY_CURL or (name.lower(), value) == ("accept", "*/*"):
            continue
        line = f"{name}: {value}" if value else f"{name};"
        packed = masker.text(line).encode("utf-8", "replace")
        yield holes.word(line) if line.isprintable() else _decoded(packed)
    if "accept" not in given:
        yield "Accept:"
    if request.body is not None and "content-type" not in given:
        yield "Content-Type:"


def _with_body(line: str, body: bytes, holes: Holes, masker: Masker) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = "\0"
    if text.isprintable() and len(body) <= _MOST:
        option = "--data-raw" if text.startswith("@") else "--data-binary"
        return f"{line} {option} {holes.word(text)}"
    packed = masker.body(body)
    unpack = "base64 -d"
    if len(packed) > _MOST:
        packed, unpack = gzip.compress(packed, mtime=0), "base64 -d | gunzip"
    sent = base64.b64encode(packed).decode()
    return f"printf %s {sent} | {unpack} | {line} --data-binary @-"


def _decoded(data: bytes) -> str:
    """A word with characters that a terminal might obey."""
    return f'"$(printf %s {base64.b64encode(data).decode()} | base64 -d)"'


def _catching(line: str, names: Mapping[Binding, str]) -> str:
    """A line that keeps parts of its answer in variables."""
    if len(names) == 1:
        ((binding, name),) = names.items()
        if binding.path:
            return f"{name}=$({line} | jq -r {shlex.quote(_steps(binding))})"
    kept = [f"{name}=$({_extract(binding)})" for binding, name in names.items()]
    return f"ANSWER=$({line} -D -); " + "; ".join(kept)


def _extract(binding: Binding) -> str:
    answer = 'printf "%s\\n" "$ANSWER" | tr -d "\\r"'
    if binding.header:
        name = binding.header.lower()
        strip = r"s/^[^:]*: *//;s|.*/||" if name == "location" else r"s/^[^:]*: *//"
        return f"{answer} | grep -i '^{name}:' | head -n 1 | sed '{strip}'"
    return f"{answer} | sed '1,/^$/d' | jq -r {shlex.quote(_steps(binding))}"


def _steps(binding: Binding) -> str:
    return "".join(map(_step, binding.path))


def _step(step: str | int) -> str:
    if isinstance(step, str) and re.fullmatch(r"[A-Za-z_]\w*", step, re.ASCII):
        return f".{step}"
    # An item of a list, or a name that needs quotes; jq takes a dot before both.
    return f".[{to_json(step).decode()}]"


def _secrets(exchanges: Sequence[Exchange], known: set[str], told: set[str]) -> Holes:
    """A variable for the token of each caller, and for each other secret that no answer tells."""
    holes = Holes()
    names: dict[tuple[str, str, str], str] = {}
    for who in (exchange.identity for exchange in exchanges):
        if who.token and who.token not in holes.texts:
            # A caller who logged in again in the meantime has other tokens, and is still the same.
            key, place = (who.name, who.role, who.tenant), f" at {who.tenant}" if who.tenant else ""
            if key not in names:
                names[key] = _variable(holes, "TOKEN", f"a token of {who.name}{place}")
            holes.texts[who.token] = "${" + names[key] + "}"
            _parts_of(who.token, names[key], holes)
    for secret in sorted(secrets_in(exchanges) | known):
        if secret not in holes.texts and secret not in told and _shown(secret, exchanges):
            name = _variable(holes, "SECRET", _place_of(secret, exchanges))
            holes.texts[secret] = "${" + name + "}"
    return holes


def _parts_of(token: str, name: str, holes: Holes) -> None:
    """A forged token is made of parts of a true one: the shell takes them from that."""
    if parts := signed_parts(token):
        head, payload, signature = parts
        holes.texts[f"{head}.{payload}"] = "${" + name + "%.*}"
        holes.texts[signature] = "${" + name + "##*.}"
        holes.texts[payload] = f"$(printf %s ${name} | cut -d. -f2)"


def _variable(holes: Holes, name: str, whose: str) -> str:
    """A variable that is not taken yet: NAME, NAME_2 and so on."""
    taken = [known for known in holes.whose if known.partition("_")[0] == name]
    found = f"{name}_{len(taken) + 1}" if taken else name
    holes.whose[found] = whose
    return found


@lru_cache(maxsize=1024)
def _masker_of(secrets: frozenset[str]) -> Masker:
    """A masker; to make one for many secrets takes its time, and findings share them."""
    return Masker(secrets)


def _shown(secret: str, exchanges: Sequence[Exchange]) -> bool:
    masker = _masker_of(frozenset({secret}))
    return any(
        masker.holds(e.request.body or b"")
        or MASK in masker.text(e.request.target)
        or any(secret in value for _, value in e.request.headers)
        for e in exchanges
    )


def _place_of(secret: str, exchanges: Sequence[Exchange]) -> str:
    for exchange in exchanges:
        for name, value in exchange.request.headers:
            if secret in value and is_credential(name):
                return f"what {exchange.identity.name} sends in {name}"
    return "a secret of the run, as its body has it"
