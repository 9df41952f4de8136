"""A folder as a platform: a document, and what its user has put beside it.

`openapi.yaml` (or .yml, .json), `overlay.yaml` applied to it, `rules.py`, `fixtures/*.yaml`,
`guides/*.md`. The Python of a folder runs because its user has named the folder, and for no other
reason: nothing here looks for folders by itself.
"""

import ast
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from ..contract.document import ContractError, read_text
from ..contract.model import Contract
from ..contract.names import did_you_mean
from ..core import Behaviour
from ..core.situation import Check

DOCUMENTS = ("openapi.yaml", "openapi.yml", "openapi.json")
OVERLAYS = ("overlay.yaml", "overlay.yml", "overlay.json")
CODE, FIXTURES, GUIDES = "rules.py", "fixtures", "guides"
_NAMES = ("RULES", "HOOKS")


@dataclass(frozen=True, slots=True)
class FolderCode:
    """What a rules.py defines: `rules` by their ids, `hooks` by the resource they belong to."""

    path: Path
    tree: ast.Module
    rules: Mapping[str, Check] = field(default_factory=dict)
    hooks: Mapping[str, Behaviour] = field(default_factory=dict)

    def behaviours(self, contract: Contract) -> dict[str, Behaviour]:
        """The hooks, with each rule at the resource of every operation that declares it.

        Raises ContractError for names that the contract does not have.
        """
        operations = [*contract.operations.values(), *contract.timed.values()]
        declared: dict[str, set[str]] = {}
        for operation in operations:
            for rule in operation.rules:
                owners = declared.setdefault(rule.id, set())
                if not rule.when:
                    owners.add(_owner(operation.id, self.hooks) or operation.action.resource or "")
        self._refuse_unknown(contract, declared)
        found = dict(self.hooks)
        for rule_id, check in self.rules.items():
            for owner in declared[rule_id]:
                hooks = found.get(owner, Behaviour())
                found[owner] = replace(hooks, rules={**hooks.rules, rule_id: check})
        return found

    def _refuse_unknown(self, contract: Contract, declared: Mapping[str, set[str]]) -> None:
        for rule_id in self.rules:
            if rule_id not in declared:
                said = f"no operation declares the rule {rule_id} under x-rules"
                raise self.fault("RULES", rule_id, said + did_you_mean(rule_id, declared))
            if not declared[rule_id]:
                said = f"the rule {rule_id} has an expression (when) in the contract: remove one"
                raise self.fault("RULES", rule_id, said)
        operations = {**contract.operations, **contract.timed}
        for name, hooks in self.hooks.items():
            for hook in ("prepare", "facts", "effects", "shows", "find", "operations", "reads"):
                for wanted in getattr(hooks, hook):
                    if wanted not in operations:
                        said = f"{hook} of {name} names {wanted}, which is no operation"
                        near = did_you_mean(wanted, operations)
                        raise self.fault("HOOKS", wanted, said + near)

    def fault(self, table: str, name: str, said: str) -> ContractError:
        """What is wrong with a name in one of the two tables, in one line."""
        return _fault(self.path, _line_of(self.tree, table, name), said)


def document_in(folder: Path) -> Path:
    """The document of a folder. Raises ContractError where there is none."""
    found = _first_of(folder, DOCUMENTS)
    if found is None:
        said = "holds no openapi.yaml; put one there, or begin with: bacasable new FOLDER"
        raise ContractError(f"{folder}: {said}")
    return found


def overlay_in(folder: Path) -> Path | None:
    """The overlay of a folder, if it has one."""
    return _first_of(folder, OVERLAYS)


def fixtures_in(folder: Path) -> tuple[str, ...]:
    """The names of the fixtures of a folder, in order."""
    return tuple(sorted(path.stem for path in (folder / FIXTURES).glob("*.yaml")))


def code_in(folder: Path) -> FolderCode | None:
    """What the rules.py of a folder defines, if it has one: it is run for that.

    Raises ContractError in one line, with its line, for whatever is wrong in it.
    """
    path = folder / CODE
    if not path.is_file():
        return None
    text = read_text(path)
    try:
        tree = ast.parse(text, str(path))
        module = _run(path, compile(tree, str(path), "exec"))
    except SyntaxError as error:
        inside = error.filename == str(path)
        raise _fault(path, error.lineno if inside else 1, f"is no Python: {error.msg}") from error
    except ValueError as error:  # a null character
        raise _fault(path, 1, f"is no Python: {error}") from error
    if not any(hasattr(module, name) for name in _NAMES):
        near = did_you_mean(next((n for n in vars(module) if n.isupper()), ""), _NAMES)
        said = f"defines neither RULES nor HOOKS{near}"
        raise _fault(path, 1, said)
    code = FolderCode(path, tree)
    rules = _table(code, module, "RULES", "a function", callable)
    return replace(code, rules=rules, hooks=_table(code, module, "HOOKS", "a Behaviour", _is_hooks))


def _run(path: Path, code: CodeType) -> ModuleType:
    module = ModuleType("bacasable_folder_rules")
    module.__file__ = str(path)
    # Whatever looks up its own module, as dataclasses do, must find it.
    sys.modules[module.__name__] = module
    try:
        exec(code, module.__dict__)  # noqa: S102 - see above
    except (SyntaxError, KeyboardInterrupt):
        raise
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise _fault(path, lines[-1] if lines else 1, f"cannot be run: {said}") from error
    return module


def _table(
    code: FolderCode, module: ModuleType, name: str, kind: str, fits: Callable[[object], bool]
) -> dict[str, Any]:
    found = getattr(module, name, {})
    if not isinstance(found, dict):
        raise code.fault(name, "", f"{name} is no dict: write {name} = {{…}}")
    for key, value in found.items():
        if not isinstance(key, str):
            raise code.fault(name, "", f"{name} has the key {key!r}, which is no text")
        if not fits(value):
            raise code.fault(name, key, f"{name} has under {key} what is not {kind}")
    return dict(found)


def _is_hooks(value: object) -> bool:
    return isinstance(value, Behaviour)


def _owner(operation_id: str, hooks: Mapping[str, Behaviour]) -> str:
    """Who answers an operation by hooks of their own."""
    owners = (n for n, h in hooks.items() if operation_id in h.operations or operation_id in h.find)
    return next(owners, "")


def _line_of(tree: ast.Module, table: str, key: str = "") -> int:
    """The line of a key in a table of a module, as far as it is written there; else the table's."""
    line = 1
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(one, ast.Name) and one.id == table for one in targets):
            line = node.lineno
            for inner in ast.walk(node):
                if isinstance(inner, ast.Constant) and key and inner.value == key:
                    return inner.lineno
    return line


def _fault(path: Path, line: int | None, said: str) -> ContractError:
    return ContractError(f"{path}:{line or 1}: {said}")


def _first_of(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)
