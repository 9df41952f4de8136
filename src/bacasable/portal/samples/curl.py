"""Samples as shell scripts, with curl.

They run wherever sh, curl, sed and od are: every Unix, macOS, Git for Windows, small containers.
So a token is found by sed: jq and Python are often missing there.
"""

import re
from collections.abc import Callable
from urllib.parse import quote

from .literals import WIDTH, Dialect, escaped, literal
from .model import Language, Program, Setting, Step, Take, Text, Variable

LANGUAGE = Language(
    id="curl",
    order=2,
    label="cURL",
    lexer="sh",
    run="sh {name}.sh",
)
_JSON = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ACTIVE = "\\$`"
_CURL = "curl --silent --show-error --fail-with-body"
_MARGIN = " \\\n  "


def write(program: Program) -> str:
    """A program as a shell script."""
    *before, last = program.steps
    run = f"# {LANGUAGE.run.format(name=last.name)}"
    head = ["#!/bin/sh", run, "set -eu", "", f"API={_quoted(program.api_url)}"]
    if program.settings_comment:
        names = ", ".join(_name(s.variable) for s in program.settings if s.value is None)
        head.append(f"# {program.settings_comment} ({names})")
    head += [line for setting in program.settings for line in _setting(setting)]
    parts = ["\n".join(head), *(_earlier(step) for step in before), _last(last)]
    return "\n\n".join(parts) + "\n"


def _setting(setting: Setting) -> list[str]:
    return [] if setting.value is None else [f"{_name(setting.variable)}={_quoted(setting.value)}"]


def _earlier(step: Step) -> str:
    """A request whose answer is kept, for what is taken of it."""
    kept = step.name.upper()
    takes = [_take(take, kept) for take in step.takes]
    return "\n".join([*_head(step), f"{kept}=$({_request(step)})", *takes])


def _last(step: Step) -> str:
    shown = ["--write-out '%{http_code}\\n'"] if step.shows == "status" else []
    return "\n".join([*_head(step), _request(step, shown).rstrip("\n")])


def _head(step: Step) -> list[str]:
    if step.fresh is None:
        return [f"# {step.comment}"]
    random = "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')"
    return [f"# {step.fresh_comment}", f"{_name(step.fresh)}={random}", "", f"# {step.comment}"]


def _request(step: Step, more: list[str] | None = None) -> str:
    query = "&".join(f"{quote(name, safe='')}={_encoded(value)}" for name, value in step.query)
    url = f'"$API{_part_texts(step.path)}{"?" if query else ""}{query}"'
    usual = "POST" if step.sends else "GET"
    method = {"HEAD": "--head "}.get(step.method, f"--request {step.method} ")
    target = f"{'' if step.method == usual else method}{url}"
    near = len(_CURL) + len(target) < WIDTH
    options = [f"{_CURL} {target}"] if near else [_CURL, target]
    options += more or []
    if step.basic:
        options.append(f'--user "${_name(step.basic[0])}:${_name(step.basic[1])}"')
    options += [f"--header {_header(name, value)}" for name, value in step.headers]
    named = {name.lower() for name, _ in step.headers}
    if step.sends and "content-type" not in named:
        options.append('--header "Content-Type: application/json"')
    return _MARGIN.join(options) + (_data(step) if step.sends else "")


def _data(step: Step) -> str:
    """The body as an option: in quotes where it is plain, else as a here-document."""
    active = _holds_text(step.body)
    body = literal(step.body, _ACTIVE_JSON if active else _PLAIN_JSON, 0, 12)
    if not active and "\n" not in body and "'" not in body:
        return f"{_MARGIN}--data '{body}'"
    return (
        f"{_MARGIN}--data @- <<{'JSON' if active else chr(39) + 'JSON' + chr(39)}\n{body}\nJSON\n"
    )


def _holds_text(value: object) -> bool:
    if isinstance(value, dict):
        return any(_holds_text(item) for item in value.values())
    return isinstance(value, Text) or (
        isinstance(value, list) and any(_holds_text(item) for item in value)
    )


def _take(take: Take, kept: str) -> str:
    member = take.place[-1]
    found = rf's/.*"{member}": *"\([^"]*\)".*/\1/p'
    return f"{_name(take.variable)}=$(printf '%s\\n' \"${kept}\" | sed -n '{found}')"


def _encoded(value: str | float | Text) -> str:
    if isinstance(value, Text):
        return _filled(value, lambda text: quote(text, safe=""))
    return quote(str(value), safe="")


def _header(name: str, value: str | Text) -> str:
    said = _part_texts(value) if isinstance(value, Text) else _inert(value)
    return f'"{_inert(name)}: {said}"'


def _part_texts(text: Text) -> str:
    return _filled(text, _inert)


def _filled(text: Text, plain: Callable[[str], str]) -> str:
    """A text with references to its variables, in braces where a letter follows."""
    found = ""
    for part in reversed(text.parts):
        if isinstance(part, Variable):
            joined = re.match(r"\w", found)
            found = (f"${{{_name(part)}}}" if joined else f"${_name(part)}") + found
        else:
            found = plain(part) + found
    return found


def _name(variable: Variable) -> str:
    return variable.name.upper()


def _inert(text: str) -> str:
    """A text within double quotes of the shell."""
    return "".join("\\" + c if c in '\\$`"' else c for c in text)


def _quoted(text: str) -> str:
    return f'"{_inert(text)}"'


def _json_string(text: str) -> str:
    def unseen(code: int) -> str:
        units = chr(code).encode("utf-16-be")
        return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))

    return f'"{escaped(text, _JSON, unseen)}"'


def _in_document(text: str) -> str:
    """A text within a here-document in which variables count."""
    return "".join("\\" + c if c in _ACTIVE else c for c in text)


def _document_text(text: Text) -> str:
    return '"' + _filled(text, lambda part: _in_document(_json_string(part)[1:-1])) + '"'


_PLAIN_JSON = Dialect(
    string=_json_string,
    text=_document_text,
    key=lambda name: f"{_json_string(name)}: ",
    last="",
    indent="  ",
)
_ACTIVE_JSON = Dialect(
    string=lambda text: _in_document(_json_string(text)),
    text=_document_text,
    key=lambda name: f"{_in_document(_json_string(name))}: ",
    last="",
    indent="  ",
)
