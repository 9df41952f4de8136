"""Values that a schema admits, at its ends, and values that nothing admits."""

import json
import random
import re
import string
from typing import Any

from tests.hostile.document import Document

DATES = ("0001-01-01", "1582-10-15", "1970-01-01", "2024-02-29", "2026-11-30", "9998-12-31")
TIMES = ("T00:00:00Z", "T23:59:59.999Z", "T12:00:00Z")
TEXTS = (
    "",
    " ",
    "\x00",
    "\x1f\x7f\x85",
    "é" * 20,
    "e\u0301",
    "\u202eabc",
    "\ufeff",
    "\ufffe\uffff",
    "𝕬😀👩‍👩‍👧",
    "ı İ ß ﬀ Ǆ",
    "\u2028\u2029",
    "%00%2e%2e/%c0%af",
    "../../etc/passwd",
    "' OR 1=1 --",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "<script>alert(1)</script>",
    "eyJ" * 9,
    "a" * 300,
    "=cmd|' /C calc'!A0",
    "null",
    "-0",
    "1e400",
    "١٢٣",
)
NUMBERS = (0, -0.0, -1, 1, 0.5, 1e308, -1e308, 5e-324, 2**31, 2**53 + 1, 2**63, 2**64, 10**30)


class Raw(str):
    """JSON text that stands for itself."""

    __slots__ = ()


def to_json(value: Any) -> bytes:
    """JSON as it is; `Raw` within is put in without quotes, half surrogates are escaped."""
    kept: list[str] = []
    if not isinstance(value, (dict, list, Raw)):
        return json.dumps(value).encode()

    def marked(one: Any) -> Any:
        if isinstance(one, Raw):
            kept.append(str(one))
            return f"@@{len(kept) - 1}@@"
        if isinstance(one, dict):
            return {k: marked(v) for k, v in one.items()}
        return [marked(v) for v in one] if isinstance(one, list) else one

    text = json.dumps(marked(value))
    return re.sub(r'"@@(\d+)@@"', lambda found: kept[int(found[1])], text).encode()


def odd(dice: random.Random) -> Any:
    """A value that no schema of a contract asks for."""
    draw = dice.randrange(12)
    if draw < 4:
        return dice.choice(TEXTS)
    if draw < 6:
        return dice.choice(NUMBERS)
    depth = dice.choice((3, 3, 30, 60, 70, 70, 200, 900 if dice.random() < 0.1 else 65))
    number = "9" * dice.choice((17, 17, 40, 40, 400, 4000 if dice.random() < 0.1 else 400))
    return [
        lambda: None,
        lambda: dice.choice((True, False)),
        list,
        dict,
        lambda: Raw("[" * depth + "]" * depth),
        lambda: Raw(
            dice.choice(
                (number, f"-{number}", f"{number}.0", f"1e{dice.choice((308, 400, 99999999))}")
            )
        ),
        lambda: Raw(dice.choice(('"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', "NaN", "Infinity"))),
        lambda: [odd(dice)] * dice.choice((1, 2, 2, 100 if dice.random() < 0.1 else 3)),
        lambda: {dice.choice(TEXTS)[:200]: odd(dice)},
        lambda: "".join(chr(dice.randrange(32, 0xD7FF)) for _ in range(dice.choice((3, 30)))),
    ][dice.randrange(10)]()


class Valid:
    """Values of a schema, drawn at its ends rather than in its middle."""

    def __init__(self, document: Document, ids: dict[str, list[str]], dice: random.Random) -> None:
        self.document, self.ids, self.dice = document, ids, dice

    def of(self, schema: Any, depth: int = 0) -> Any:
        schema = self.document.resolve(schema)
        if not isinstance(schema, dict):
            return None
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.dice.choice(schema["enum"])
        for key in ("oneOf", "anyOf"):
            if key in schema and "properties" not in schema:
                return self.of(self.dice.choice(schema[key]), depth)
        merged = dict(schema)
        for one in schema.get("allOf", []):
            part = self.document.resolve(one)
            merged = {**part, **merged}
            joined = {**part.get("properties", {}), **schema.get("properties", {})}
            merged["properties"] = joined
        return self._typed(merged, depth)

    def _typed(self, schema: dict[str, Any], depth: int) -> Any:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = self.dice.choice([k for k in kind if k != "null"] * 2 + ["null"])
        if kind == "null":
            return None
        if kind == "boolean":
            return self.dice.random() < 0.5
        if kind in {"integer", "number"}:
            return self._number(schema, kind)
        if kind == "array":
            return self._array(schema, depth)
        return self._object(schema, depth) if kind == "object" else self._string(schema)

    def _number(self, schema: dict[str, Any], kind: str) -> Any:
        low = schema.get("minimum", schema.get("exclusiveMinimum", -(10**9)))
        high = schema.get("maximum", schema.get("exclusiveMaximum", 2**53 - 1))
        step = schema.get("multipleOf", 1)
        drawn = self.dice.choice((low, high, low, high, low + step, (low + high) // 2))
        if kind == "number" and self.dice.random() < 0.3:
            drawn = low + (high - low) * self.dice.random()
        if kind == "integer" and self.dice.random() < 0.1:
            return float(drawn // step * step)  # an integer, says JSON Schema
        return int(drawn // step * step) if kind == "integer" else drawn

    def _array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", least + 4), least + 8)
        number = self.dice.choice((least, least, most)) if depth < 6 else least
        made = [self.of(schema.get("items", {}), depth + 1) for _ in range(number)]
        if schema.get("uniqueItems"):
            made = [one for at, one in enumerate(made) if one not in made[:at]]
        return made

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        made = {}
        for name, one in schema.get("properties", {}).items():
            if name in required or self.dice.random() < 0.6:
                made[name] = self.of(one, depth + 1)
        if schema.get("additionalProperties") is True and self.dice.random() < 0.3:
            made["autre"] = self.dice.choice(TEXTS)
        return made

    def _string(self, schema: dict[str, Any]) -> str:
        dice = self.dice
        known = self.ids.get(schema.get("x-references", ""))
        if known and dice.random() < 0.97:
            return dice.choice(known)
        form, pattern = schema.get("format"), schema.get("pattern", "")
        formed = {
            "date": dice.choice(DATES),
            "date-time": dice.choice(DATES) + dice.choice(TIMES),
            "email": f"p{dice.randrange(10**9)}@exemple.example",
            "uri": "https://exemple.example/" + "x" * dice.choice((1, 60)),
        }
        if form in formed:
            return formed[form]
        if pattern not in {"", "\\S"}:
            return self._patterned(schema, pattern)
        least, most = max(schema.get("minLength", 0), 1), schema.get("maxLength", 200)
        text = dice.choice(("x", "é", "😀", "<b>&", "a b", "\u202e", "'", '"\\', "%"))
        length = dice.choice((least, most, min(most, least + 9)))
        return (text * (length // len(text) + 1))[:length]

    def _patterned(self, schema: dict[str, Any], pattern: str) -> str:
        """A text for the patterns that the contract has: an example, an id, digits."""
        if schema.get("examples"):
            return str(self.dice.choice(schema["examples"]))
        if pattern[:1] == "^" and pattern[4:5] == "_":
            letters = "".join(self.dice.choices(string.ascii_lowercase, k=12))
            return pattern[1:5] + letters
        return "".join(self.dice.choices(string.digits, k=schema.get("maxLength", 8)))
