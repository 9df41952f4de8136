"""The calls of a contract as an `.http` file, which editors run request by request.

The syntax is what the REST Client of Visual Studio Code, Visual Studio and httpyac have in common.
JetBrains' client knows no answers of earlier requests: there the token is pasted, in one place.
"""

from collections.abc import Iterator
from urllib.parse import quote

from .calls import BASE_URL, Call, Calls
from .samples.model import Text
from .samples.request import one_line, snake


def http_file(calls: Calls) -> str:
    """The file, as text that ends with a line break."""
    contract, say = calls.edition.contract, calls.edition.say
    kept = {calls.names[take.variable] for take in calls.login.keeps} if calls.login else set()
    blocks = [[f"# {one_line(f'{contract.title} {contract.version}')}"]]
    if calls.login:
        blocks[0] += [f"# {say('downloads.login_once')}", f"# {say('downloads.login_paste')}"]
    given = [
        f"@{name} = {one_line(value)}"
        for name, value in calls.variables.items()
        if name not in kept
    ]
    blocks.append(given)
    if calls.login:
        blocks += [_request(calls, calls.login), _taken(calls, calls.login)]
    for tag, below in calls.tags:
        blocks.append([f"### {'-' * 20} {one_line(tag.name)}"])
        blocks += [_request(calls, call) for call in below if call is not calls.login]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _taken(calls: Calls, login: Call) -> list[str]:
    """The variables that hold what the login has answered."""
    lines = ["###"]
    for take in login.keeps:
        place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in take.place)
        name = calls.names[take.variable]
        lines.append(f"@{name} = {{{{{_name(login)}.response.body.${place}}}}}")
    return lines


def _name(call: Call) -> str:
    """The name of a request, with nothing in it but letters, digits and underscores."""
    plain = call.operation.id
    return plain if plain.isidentifier() and plain.isascii() else snake(plain) or "request"


def _request(calls: Calls, call: Call) -> list[str]:
    operation, step = call.operation, call.step
    lines = [f"### {one_line(operation.summary or operation.path)}", f"# @name {_name(call)}"]
    if step is None:
        said = calls.edition.say("downloads.not_shown")
        return [*lines, f"# {said}: {operation.method.upper()} {one_line(operation.path)}"]
    lines += _line(calls, call)
    lines += [f"{name}: {value}" for name, value in _headers(calls, call)]
    return [*lines, "", calls.body(step.body)] if step.sends else lines


def _line(calls: Calls, call: Call) -> Iterator[str]:
    step = call.step
    if step is None:
        return
    yield f"{step.method} {{{{{BASE_URL}}}}}{calls.text(step.path)}"
    for index, (name, value) in enumerate(step.query):
        text = calls.text(value) if isinstance(value, Text) else quote(str(value), safe=",")
        yield f"    {'&' if index else '?'}{quote(name, safe='')}={text}"


def _headers(calls: Calls, call: Call) -> Iterator[tuple[str, str]]:
    step = call.step
    if step is None:
        return
    if step.basic:
        yield "Authorization", "Basic " + " ".join(map(calls.variable, step.basic))
    if step.sends and "content-type" not in {name.lower() for name, _ in step.headers}:
        yield "Content-Type", "application/json"
    for name, value in step.headers:
        fresh = step.fresh and isinstance(value, Text) and step.fresh in value.parts
        yield name, "{{$guid}}" if fresh else calls.text(value)
