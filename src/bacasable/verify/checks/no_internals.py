"""Internals of the server in an answer: stack traces, errors of databases, paths of source files.

Pages of debuggers and versions of what it runs on are such too. What records say is their authors'
business: of successes only those are judged that are no JSON, and nowhere what was in a request.
"""

import re
from collections.abc import Iterator

from ..bench import Subject
from ..model import NOT_JSON, Exchange, Fault, Request
from . import Check
from ._answers import PerSubject, responses_place

_SOURCES = r"(?<![\w.])/(?:usr|home|var|srv|opt|app|root|etc|src)/[\w./@+-]{1,200}"
_KINDS: dict[str, dict[str, str]] = {
    "a stack trace": {
        "Traceback": r"Traceback \(most recent call last\)",
        'File "': r'File "[^"\n]{1,200}", line \d+',
        ".java:": r"\bat [\w$.<>]{1,200}\([\w$]{1,80}\.java:\d+\)",
        ".kt:": r"\bat [\w$.<>]{1,200}\([\w$]{1,80}\.kt:\d+\)",
        ".cs:line": r"\bat [^\n]{1,200} in [^\n]{1,200}\.cs:line \d+",
        "s:": r"\bat [^\n()]{0,200}\(?(?:file://)?[/\w][^\s()]{1,200}\.[cm]?[jt]s:\d+:\d+",
        ".php(": r"#\d+ [^\n]{1,200}\.php\(\d+\)",
        ".rb:": r"\.rb:\d+:in [`']",
        "goroutine": r"goroutine \d+ \[",
        "panicked": r"panicked at [^\n]{1,200}\.rs:\d+",
        "Exception in": r"Exception in thread \"",
        "Exception": r"\b(?:java|javax|org|com|System)\.[\w.]{3,100}Exception\b",
        " on line ": r"(?:Fatal error|Warning|Notice|Parse error)(?:</b>)?: [^\n]{1,300} on line ",
    },
    "an error of a database": {
        "SQLSTATE": r"\bSQLSTATE\[?\w{5}",
        "ORA-": r"\bORA-\d{5}\b",
        "SQL syntax": r"You have an error in your SQL syntax",
        "psycopg": r"\bpsycopg2?\.\w",
        "sqlite": r"\bsqlite3?\.\w",
        "sqlalchemy": r"\bsqlalchemy\.exc\.",
        "PG::": r"\bPG::\w+",
        "constraint": r"UNIQUE constraint failed: |violates [a-z-]{1,20}(?: key)? constraint",
        "syntax error": r"syntax error at or near \"",
        "Unclosed": r"Unclosed quotation mark after",
        "SQLITE_": r"\bSQLITE_[A-Z]{3,}",
        "Mongo": r"\bMongo(?:Server|Network)?Error\b",
        "E11000": r"E11000 duplicate key",
        "SELECT ": r"\bSELECT [^\n]{1,200} FROM [^\n]{1,200} WHERE ",
    },
    "a path of the server's files": {
        ".": _SOURCES + r"\.(?:py|rb|php|java|go|rs|cs|jar|[cm]?[jt]s)\b",
        ":\\": r"\b[A-Z]:\\+(?:[\w .-]{1,60}\\+){1,12}[\w.-]{1,60}\.\w{1,5}\b",
        "/site-packages/": r"/site-packages/",
        "/node_modules/": r"/node_modules/",
    },
    "a page of a debugger": {
        "Werkzeug": r"Werkzeug (?:Debugger|powered)",
        "DEBUG = True": r"you have <code>DEBUG = True",
        "Whitelabel": r"Whitelabel Error Page",
        "Whoops": r"Whoops, looks like something went wrong",
        "Action Controller": r"<title>Action Controller: Exception caught",
    },
    "a version of what the server runs on": {
        "/": r"\b(?:nginx|openresty|Apache(?: Tomcat)?|Jetty|Microsoft-IIS|gunicorn|uvicorn"
        r"|Werkzeug|Puma|Kestrel|PHP|Node\.js|OpenSSL|Python|Django|Flask)/\d+\.\d+",
        "SQL ": r"\b(?:PostgreSQL|MySQL) \d+\.\d+",
    },
}
_TELLING = [
    (kind, hint, re.compile(pattern))
    for kind, patterns in _KINDS.items()
    for hint, pattern in patterns.items()
]
"""What is sought, and a part of it without which it need not be: most bodies have none."""
_MOST = 200_000
"""So many characters of a body are looked at."""


class _Sent:
    """What was sent that looks like internals: to get it back is no leak."""

    def __init__(self, _subject: Subject) -> None:
        self.texts: set[str] = set()

    def note(self, request: Request) -> None:
        """Remember what of a request looks so."""
        if request.body:
            text = _readable(request.body)
            self.texts |= {_plain(found) for _, found in _seen(text)}

    def has(self, found: str, request: Request) -> bool:
        """Whether a text was sent, now or before."""
        said = _plain(found)
        values = (request.target, *(value for _, value in request.headers))
        body = _readable(request.body or b"")
        return said in self.texts or any(said in _plain(text) for text in (*values, body))


_sent = PerSubject(_Sent)


def _readable(body: bytes) -> str:
    """The text of a body, with the line ends and quotation marks that JSON escapes."""
    return body[:_MOST].decode("utf-8", "replace").replace("\\n", "\n").replace('\\"', '"')


def _seen(text: str) -> Iterator[tuple[str, str]]:
    """What of the server's inside stands in a text: its kind, and the words."""
    for kind, hint, pattern in _TELLING:
        if hint in text:
            yield from ((kind, found[0]) for found in pattern.finditer(text))


def _plain(text: str) -> str:
    """A text without what encodings add to it and take from it."""
    return re.sub(r"%[0-9A-Fa-f]{2}|\\|\W", "", text)


def judge(subject: Subject, exchange: Exchange) -> Iterator[Fault]:
    """A fault for each kind of internals in the body of an answer."""
    sent = _sent(subject)
    sent.note(exchange.request)
    response = exchange.response
    if response is None or not response.body:
        return
    if response.status < 400 and response.json is not NOT_JSON:
        return
    text = _readable(response.body)
    told: set[str] = set()
    for kind, found in _seen(text):
        if kind in told or sent.has(found, exchange.request):
            continue
        told.add(kind)
        operation = exchange.operation
        yield Fault(
            cause=kind,
            title=f"An answer {response.status} shows {kind}",
            expected="what the caller did wrong, and nothing of the server",
            received=" ".join(found.split())[:100],
            place=responses_place(operation) if operation else "/paths",
            exchanges=(exchange,),
        )


CHECK = Check(
    id="no-internals",
    enforces="No answer shows stack traces, errors of databases, source files or versions.",
    stands="OWASP API8:2023; RFC 9457, 5.",
    severity="error",
    repair="Log the exception, answer with a problem that names the exchange; turn debugging off.",
    kind="answer",
    judge=judge,
    writes=False,
    wfc=209,
)
