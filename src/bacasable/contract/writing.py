"""Writing YAML as people write it, which reads back as it was."""

from typing import Any

import yaml

from .document import Loader
from .model import Json

try:
    from yaml import CSafeDumper as _BaseDumper
except ImportError:  # PyYAML without libyaml: the same text, several times slower
    from yaml import SafeDumper as _BaseDumper  # type: ignore[assignment]


class _Dumper(_BaseDumper):
    """YAML as people write it: texts of several lines as blocks, and no anchors."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Everything is written where it stands."""
        return True


def _text(dumper: Any, value: str) -> Any:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
# What YAML 1.1 takes for something else than a text is quoted, and what YAML 1.2 does, as 0E0.
for _first, _kinds in Loader.yaml_implicit_resolvers.items():
    for _tag, _pattern in _kinds:
        _Dumper.add_implicit_resolver(_tag, _pattern, [_first])


def to_yaml(value: Json, width: int = 100) -> str:
    """YAML of a value, its members in their order."""
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=width))
