"""Samples in TypeScript, with fetch: modules that await at their top level (hence .mts)."""

import re

from .literals import WIDTH, Dialect, escaped, literal
from .model import Language, Program, Setting, Step, Take, Text, Variable

LANGUAGE = Language(
    id="typescript",
    order=3,
    label="TypeScript",
    lexer="typescript",
    run="npx tsx {name}.mts",
)
_SPECIAL = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_IN_TEMPLATE = {"\\": "\\\\", "`": "\\`", "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SHOWN = {
    "json": "console.dir(await answer.json(), { depth: null });",
    "text": "console.log(await answer.text());",
    "status": "console.log(answer.status);",
}


def write(program: Program) -> str:
    """A program as TypeScript."""
    last = program.steps[-1]
    head = [f"// {LANGUAGE.run.format(name=last.name)}", f"const api = {_string(program.api_url)};"]
    if program.settings_comment:
        head.append(f"// {program.settings_comment}")
    head += [_setting(setting) for setting in program.settings]
    steps = [_step(step, "answer" if step is last else _camel(step.name)) for step in program.steps]
    return "\n\n".join(["\n".join(head), *steps]) + f"\n{_SHOWN[last.shows]}\n"


def _setting(setting: Setting) -> str:
    environment = f"process.env.{setting.variable.name.upper()}"
    value = environment if setting.value is None else _string(setting.value)
    return f"const {_name(setting.variable)} = {value};"


def _step(step: Step, answer: str) -> str:
    fresh = []
    if step.fresh:
        made = f"const {_name(step.fresh)} = crypto.randomUUID();"
        fresh = [f"// {step.fresh_comment}", made, ""]
    return "\n".join(
        [
            *fresh,
            f"// {step.comment}",
            *_query(step),
            *_call(step, answer),
            f"if (!{answer}.ok) {{",
            f"  throw new Error(`${{{answer}.status}} ${{await {answer}.text()}}`);",
            "}",
            *_takes(step.takes, answer),
        ]
    )


def _query(step: Step) -> list[str]:
    if not step.query:
        return []
    names = [name for name, _ in step.query]
    texts = [(n, v if isinstance(v, Text) else str(v)) for n, v in step.query]
    given = dict(texts) if len(set(names)) == len(names) else [list(pair) for pair in texts]
    value = literal(given, _DIALECT, 0, len("const query = new URLSearchParams();"))
    return [f"const query = new URLSearchParams({value});"]


def _call(step: Step, answer: str) -> list[str]:
    url = _text(Text((Variable("api"), *step.path.parts)), "?${query}" if step.query else "")
    options = [] if step.method == "GET" else [f'method: "{step.method}"']
    headers: dict[str, str | Text] = dict(step.headers)
    if step.sends and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/json"
    if headers or step.basic:
        options.append(f"headers: {_headers(step, headers)}")
    if step.sends:
        options.append(f"body: JSON.stringify({literal(step.body, _DIALECT, 1, 24)})")
    if not options:
        return [f"const {answer} = await fetch({url});"]
    rows = [f"  {option}," for option in options]
    return [f"const {answer} = await fetch({url}, {{", *rows, "});"]


def _headers(step: Step, headers: dict[str, str | Text]) -> str:
    if step.basic is None:
        return literal(headers, _DIALECT, 1, 10)
    user, password = (_name(variable) for variable in step.basic)
    encoded = f"btoa(`${{{user}}}:${{{password}}}`)"
    others = [f"    {_key(name)}{_scalar(value)},\n" for name, value in headers.items()]
    return f"{{\n    Authorization: `Basic ${{{encoded}}}`,\n{''.join(others)}  }}"


def _takes(takes: tuple[Take, ...], answer: str) -> list[str]:
    """The members that are taken, with the types they have."""
    if not takes:
        return []
    typed: dict[str, object] = {}
    for take in takes:
        node = typed
        for step in take.place[:-1]:
            node = node.setdefault(str(step), {})  # type: ignore[assignment]
        node[str(take.place[-1])] = "string"
    body = f"{answer}Body"
    kept = f"const {body} = (await {answer}.json()) as "
    lines = [f"{kept}{_type(typed)};"]
    if len(lines[0]) > WIDTH:
        lines = [f"{kept}{{", *(f"  {_key(n)}{_type(t)};" for n, t in typed.items()), "};"]
    for take in takes:
        place = "".join(_access(step) for step in take.place)
        lines.append(f"const {_name(take.variable)} = {body}{place};")
    return lines


def _type(shape: object) -> str:
    if not isinstance(shape, dict):
        return str(shape)
    return "{ " + "; ".join(f"{_key(n)}{_type(inner)}" for n, inner in shape.items()) + " }"


def _access(step: str | int) -> str:
    plain = isinstance(step, str) and _IDENTIFIER.fullmatch(step)
    return f".{step}" if plain else f"[{_string(str(step))}]"


def _name(variable: Variable) -> str:
    return _camel(variable.name)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _unseen(code: int) -> str:
    return f"\\u{code:04x}" if code < 65536 else f"\\u{{{code:x}}}"


def _string(text: str) -> str:
    return f'"{escaped(text, _SPECIAL, _unseen)}"'


def _text(text: Text, behind: str = "") -> str:
    if not behind and len(text.parts) == 1 and isinstance(text.parts[0], Variable):
        return _name(text.parts[0])
    parts = (
        f"${{{_name(p)}}}" if isinstance(p, Variable) else escaped(p, _IN_TEMPLATE, _unseen)
        for p in text.parts
    )
    return f"`{''.join(parts)}{behind}`"


def _scalar(value: str | Text) -> str:
    return _text(value) if isinstance(value, Text) else _string(value)


_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)


def _key(name: str) -> str:
    if name == "__proto__":  # as a plain name it would set the prototype
        return '["__proto__"]: '
    return f"{name if _IDENTIFIER.fullmatch(name) else _string(name)}: "


def _is_short(name: str, value: object) -> bool:
    return isinstance(value, Text) and _text(value) == name


_DIALECT = Dialect(string=_string, text=_text, key=_key, short=_is_short, inside=" ", indent="  ")
