"""Values to show: the contract's examples, and where it gives none, one made from the schema."""

from .document import resolve, schema_at
from .model import Json
from .shortest import NONE, shortest
from .simple_values import matches

__all__ = ["NONE", "example_of", "made", "matches", "shown"]


def example_of(document: Json, declared: Json) -> Json:
    """The first example of a parameter or media type, or of its schema; NONE where it has none."""
    if "example" in declared:
        return declared["example"]
    named = declared.get("examples")
    for one in named.values() if isinstance(named, dict) else ():
        example = resolve(document, one)
        if isinstance(example, dict) and "value" in example:
            return example["value"]
    schema = schema_at(document, declared.get("schema", {}))
    if "example" in schema:
        return schema["example"]
    examples = schema.get("examples")
    return examples[0] if isinstance(examples, list) and examples else NONE


def shown(document: Json, declared: Json) -> Json:
    """The first value of a parameter or media type: its example, or one made from its schema."""
    example = example_of(document, declared)
    return made(document, declared.get("schema", {})) if example is NONE else example


def made(document: Json, schema: Json, *, answer: bool = False, bare: bool = False) -> Json:
    """A value of a schema, as short as can be: what is not required is left out.

    It is one of a request, which has nothing that is readOnly, or of an `answer`. One that is
    `bare` is made of types and bounds alone, without examples, which may be wrong.
    """
    return shortest(document, schema, answer=answer, bare=bare)
