"""Who may import whom (ARCHITECTURE.md, Layers), read from every import in every file."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import bacasable
from tests.tables import each

PACKAGE = Path(bacasable.__file__).parent
ALLOWED = {
    "contract": {"contract"},
    "core": {"contract", "core"},
    "platforms": {"contract", "core", "platforms", ""},
    "sandbox": {"contract", "core", "sandbox"},
    "portal": {"contract", "portal"},
    "server": {"contract", "core", "platforms", "portal", "sandbox", "server", ""},
    "client": {"contract", "core", "platforms", "server", "client", ""},
    "verify": {"contract", "verify", ""},
    "commands": {"client", "commands", "contract", "platforms", "portal", "verify", ""},
    "": {"client", "commands", "contract", "core", "platforms", "sandbox", "server", "verify", ""},
}
LIBRARIES = {
    "contract": {
        "cel",
        "yaml",
        "jsonpath",
        "jsonschema_rs",
        "orjson",
        "openapi_spec_validator",
        "python_multipart",
    },
    "core": set(),
    "platforms": {"faker"},
    "portal": {"jinja2", "markdown_it", "markupsafe", "mdit_py_plugins", "pygments", "yaml"},
    "sandbox": {"jsonschema_rs", "faker", "jinja2"},
    "server": {"connexion", "h11", "httptools", "jwt", "starlette", "uvicorn"},
    "client": {"httpx", "starlette", "uvicorn"},
    "verify": {
        "httpcore",
        "httpx",
        "hypothesis",
        "jinja2",
        "jsonschema_rs",
        "jwt",
        "markupsafe",
        "pytest",
        "requests",
        "rich",
        "schemathesis",
        "yaml",
    },
    "commands": {"click", "rich"},
    "": {"click", "pytest", "requests"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def layer_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def imports_of(path: Path) -> Iterator[tuple[str, int]]:
    """Dotted names of all imports, relative ones made absolute."""
    package = ("bacasable", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join([*base, *([node.module] if node.module else [])])
            if name == "bacasable":
                yield from ((f"{name}.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield name, node.lineno


@each("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_layer_imports_only_what_it_may(path):
    layer = layer_of(path)
    wrong = []
    for name, line in imports_of(path):
        parts = name.split(".")
        if parts[0] == "bacasable":
            folder = parts[1] if len(parts) > 1 and (PACKAGE / parts[1]).is_dir() else ""
            # Numbers that everybody may know: the command names them before anything is imported.
            if folder not in ALLOWED[layer] and parts[1:] != ["bounds"]:
                wrong.append(f"{path}:{line}: {name}")
        elif parts[0] not in sys.stdlib_module_names and parts[0] not in LIBRARIES[layer]:
            wrong.append(f"{path}:{line}: {name}")
    assert not wrong


def test_every_layer_is_named_here():
    assert {layer_of(path) for path in FILES} == set(ALLOWED)


def test_one_file_alone_knows_what_evaluates_expressions():
    importing = {path for path in FILES for name, _ in imports_of(path) if name == "cel"}
    naming = {path for path in FILES if '"cel' in path.read_text("utf-8")}
    assert importing == naming == {PACKAGE / "contract" / "rules" / "cel.py"}
