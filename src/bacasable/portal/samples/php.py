"""Samples in PHP, with Guzzle 7, which throws for every answer of 400 and above."""

from .literals import Dialect, escaped, literal
from .model import Json, Language, Program, Setting, Step, Take, Text, Variable, members

LANGUAGE = Language(
    id="php",
    order=4,
    label="PHP",
    lexer="php",
    run="composer require guzzlehttp/guzzle; php {name}.php",
)
_DOUBLE = {
    "\\": "\\\\",
    '"': '\\"',
    "$": "\\$",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_SHOWN = {"json": "getBody()", "text": "getBody()", "status": "getStatusCode()"}


def write(program: Program) -> str:
    """A program as PHP."""
    head = [f"$api = {_string(program.api_url)};"]
    if program.settings_comment:
        head.append(f"// {program.settings_comment}")
    head += [_setting(setting) for setting in program.settings]
    head.append("$client = new Client(['timeout' => 10]);")
    last = program.steps[-1]
    steps = [
        _step(step, "$answer" if step is last else f"${_camel(step.name)}")
        for step in program.steps
    ]
    run = f"// {LANGUAGE.run.format(name=last.name)}"
    opening = [f"<?php\n{run}", "require 'vendor/autoload.php';", "use GuzzleHttp\\Client;"]
    shown = f"echo $answer->{_SHOWN[last.shows]}, PHP_EOL;\n"
    return "\n\n".join([*opening, "\n".join(head), *steps]) + "\n" + shown


def _setting(setting: Setting) -> str:
    environment = f"getenv('{setting.variable.name.upper()}')"
    value = environment if setting.value is None else _string(setting.value)
    return f"{_name(setting.variable)} = {value};"


def _step(step: Step, answer: str) -> str:
    fresh = []
    if step.fresh:
        made = f"{_name(step.fresh)} = bin2hex(random_bytes(16));"
        fresh = [f"// {step.fresh_comment}", made, ""]
    return "\n".join(
        [
            *fresh,
            # This mark ends a comment, and the program with it.
            f"// {step.comment.replace('?>', '? >')}",
            *_call(step, answer),
            *_takes(step.takes, answer),
        ]
    )


def _call(step: Step, answer: str) -> list[str]:
    url = _text(Text((Variable("api"), *step.path.parts)))
    method = step.method.lower()
    named = f"{method}(" if method in _METHODS else f"request('{step.method}', "
    call = f"{answer} = $client->{named}{url}"
    options = _options(step)
    return [f"{call}, [", *options, "]);"] if options else [f"{call});"]


def _options(step: Step) -> list[str]:
    given: list[tuple[str, Json]] = [
        *([("headers", dict(step.headers))] if step.headers else []),
        *([("json", step.body)] if step.sends else []),
    ]
    basic = []
    if step.basic:
        basic = [f"    'auth' => [{_name(step.basic[0])}, {_name(step.basic[1])}],"]
    return [*_query(step), *basic] + [
        f"    '{name}' => {literal(value, _DIALECT, 1, len(name) + 7)}," for name, value in given
    ]


def _query(step: Step) -> list[str]:
    if not step.query:
        return []
    given = members(step.query)
    if not any(isinstance(value, list) for value in given.values()):
        return [f"    'query' => {literal(given, _DIALECT, 1, 12)},"]
    # Guzzle would write the lists of an array as name[0], name[1].
    value = literal(given, _DIALECT, 1, 45)
    return [f"    'query' => GuzzleHttp\\Psr7\\Query::build({value}),"]


def _takes(takes: tuple[Take, ...], answer: str) -> list[str]:
    if not takes:
        return []
    body = f"{answer}Body"
    lines = [f"{body} = json_decode((string) {answer}->getBody(), true);"]
    for take in takes:
        place = "".join(f"[{_string(p) if isinstance(p, str) else p}]" for p in take.place)
        lines.append(f"{_name(take.variable)} = {body}{place};")
    return lines


def _name(variable: Variable) -> str:
    return f"${_camel(variable.name)}"


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _unseen(code: int) -> str:
    return f"\\u{{{code:x}}}"


def _inside(text: str) -> str:
    return escaped(text, _DOUBLE, _unseen)


def _string(text: str) -> str:
    if text.isprintable():
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return f'"{_inside(text)}"'


def _text(text: Text) -> str:
    if len(text.parts) == 1 and isinstance(text.parts[0], Variable):
        return _name(text.parts[0])
    parts = (f"{{{_name(p)}}}" if isinstance(p, Variable) else _inside(p) for p in text.parts)
    return '"' + "".join(parts) + '"'


def _opens(value: dict[str, Json]) -> str:
    """An array whose keys count from 0, or that has none, would become a list in JSON."""
    counts = list(value) == [str(number) for number in range(len(value))]
    return "(object) [" if counts else "["


_DIALECT = Dialect(
    string=_string, text=_text, key=lambda name: f"{_string(name)} => ", opens=_opens, closes="]"
)
