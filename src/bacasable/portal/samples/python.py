"""Samples in Python, with requests."""

from .literals import Dialect, escaped, literal
from .model import Json, Language, Program, Setting, Step, Take, Text, Variable, members

LANGUAGE = Language(
    id="python",
    order=1,
    label="Python",
    lexer="python",
    run="pip install requests; python {name}.py",
)
_SPECIAL = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SHOWN = {"json": "answer.json()", "text": "answer.text", "status": "answer.status_code"}
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


def write(program: Program) -> str:
    """A program as Python."""
    imports = [
        *(["import os"] if any(s.value is None for s in program.settings) else []),
        *(["import uuid"] if any(step.fresh for step in program.steps) else []),
    ]
    last = program.steps[-1]
    first = "import requests" if not imports else "\n".join(imports) + "\n\nimport requests"
    head = [f"# {LANGUAGE.run.format(name=last.name)}\n{first}", "\n".join(_settings(program))]
    steps = [_step(step, "answer" if step is last else step.name) for step in program.steps]
    return "\n\n".join([*head, *steps]) + f"\nprint({_SHOWN[last.shows]})\n"


def _settings(program: Program) -> list[str]:
    comment = [f"# {program.settings_comment}"] if program.settings_comment else []
    return [f"API = {_string(program.api_url)}", *comment, *map(_setting, program.settings)]


def _setting(setting: Setting) -> str:
    name = _name(setting.variable)
    if setting.value is None:
        return f'{name} = os.environ["{name}"]'
    return f"{name} = {_string(setting.value)}"


def _step(step: Step, answer: str) -> str:
    lines = [f"# {step.fresh_comment}", f"{_name(step.fresh)} = str(uuid.uuid4())", ""]
    lines = lines if step.fresh else []
    method = step.method.lower()
    named = method in _METHODS
    call = f"requests.{method}(" if named else f'requests.request(\n    "{step.method}",'
    url = _text(Text((Variable("api", setting=True), *step.path.parts)))
    return "\n".join(
        [
            *lines,
            f"# {step.comment}",
            f"{answer} = {call}",
            f"    {url},",
            *_options(step),
            "    timeout=10,",
            ")",
            f"{answer}.raise_for_status()",
            *(_take(take, answer) for take in step.takes),
        ]
    )


def _options(step: Step) -> list[str]:
    given: list[tuple[str, Json]] = [
        *([("params", members(step.query))] if step.query else []),
        *([("headers", dict(step.headers))] if step.headers else []),
        *([("json", step.body)] if step.sends else []),
    ]
    basic = [f"    auth=({_name(step.basic[0])}, {_name(step.basic[1])}),"] if step.basic else []
    return basic + [
        f"    {name}={literal(value, _DIALECT, 1, len(name) + 2)}," for name, value in given
    ]


def _take(take: Take, answer: str) -> str:
    place = "".join(f"[{_string(p) if isinstance(p, str) else p}]" for p in take.place)
    return f"{_name(take.variable)} = {answer}.json(){place}"


def _name(variable: Variable | None) -> str:
    name = variable.name if variable else ""
    return name.upper() if variable and variable.setting else name


def _inside(text: str) -> str:
    return escaped(text, _SPECIAL, _unseen)


def _unseen(code: int) -> str:
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def _string(text: str) -> str:
    return f'"{_inside(text)}"'


def _text(text: Text) -> str:
    if len(text.parts) == 1 and isinstance(text.parts[0], Variable):
        return _name(text.parts[0])
    return 'f"' + "".join(_part(part) for part in text.parts) + '"'


def _part(part: str | Variable) -> str:
    if isinstance(part, Variable):
        return f"{{{_name(part)}}}"
    return _inside(part).replace("{", "{{").replace("}", "}}")


_DIALECT = Dialect(
    string=_string,
    text=_text,
    key=lambda name: f"{_string(name)}: ",
    names=("None", "True", "False"),
)
