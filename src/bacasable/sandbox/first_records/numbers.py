"""Numbers as their schema allows them, of the size that their name or an example suggests."""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from fractions import Fraction

from ...contract.model import Json, JsonObject
from .texts import Draw, Texts, instant_of, kind_of

Make = Callable[[Draw], Json]
_INT32 = 2**31 - 1
_SECONDS_2001 = 1_000_000_000
_TIMES = frozenset({"created", "updated", "start", "end"})
_USUAL = (1, 100, 0)


def number_maker(texts: Texts, schema: JsonObject, name: str, *, whole: bool) -> Make:
    """What makes the values of a number schema, of a member of this name."""
    low, high, step = _range(schema, whole=whole)
    kind = kind_of(name)
    usual = _usual(texts, schema, kind)
    if not {"minimum", "exclusiveMinimum"} & schema.keys():
        low = min(low, Decimal(str(usual[0])))  # as latitudes, which may be below nothing
    if kind in _TIMES and whole and "multipleOf" not in schema and high is None and low < _INT32:
        scale = 1000 if schema.get("format") == "int64" else 1
        shown = schema.get("example")
        if isinstance(shown, int):
            scale = 1000 if shown > 30 * _SECONDS_2001 else 1
        return lambda draw: int(instant_of(kind, draw).timestamp()) * scale
    if step is None:
        step = Decimal(1).scaleb(-(0 if whole else usual[2] if kind else 2))
    first, last = (Decimal(str(one)) for one in usual[:2])
    if first < low or (high is not None and first > high):
        first = low
    if last < low or (high is not None and last > high):
        last = first + 100 * step if high is None else high
    start, stop = _steps(first, last, step)
    if stop < start:  # none of the usual size is allowed
        start, stop = _steps(low, low + 100 * step if high is None else high, step)

    def make(draw: Draw) -> Json:
        found = draw.random.randint(start, max(start, stop)) * step
        return int(found) if whole else float(found)

    return make


def _steps(first: Decimal, last: Decimal, step: Decimal) -> tuple[int, int]:
    """The least and greatest number of steps from nought that lead to between two values."""
    below = (last / step).to_integral_value(ROUND_FLOOR)
    return int((first / step).to_integral_value(ROUND_CEILING)), int(below)


def _usual(texts: Texts, schema: JsonObject, kind: str) -> tuple[float, float, int]:
    """From, to and places of numbers of this name; else about as large as the example."""
    found = texts.numbers.get(kind)
    if found:
        return found
    shown = schema.get("example")
    if isinstance(shown, int | float) and not isinstance(shown, bool) and 0 < shown < 10**9:
        return (max(1, shown // 2), max(2, shown * 2), 0)
    return _USUAL


def _range(schema: JsonObject, *, whole: bool) -> tuple[Decimal, Decimal | None, Decimal | None]:
    """Least and greatest value, and the step between two; None where there is no such thing."""
    step = _decimal(schema.get("multipleOf"))
    if step is not None and step <= 0:
        step = None
    if whole and step is not None:
        step = Decimal(Fraction(step).numerator)  # every so many of a fraction are whole
    edge = step or (Decimal(1) if whole else Decimal("0.01"))
    low, high = _decimal(schema.get("minimum")), _decimal(schema.get("maximum"))
    above, below = (_decimal(schema.get(f"exclusive{m}")) for m in ("Minimum", "Maximum"))
    if above is not None:
        low = max(above + edge, low) if low is not None else above + edge
    if below is not None:
        high = min(below - edge, high) if high is not None else below - edge
    if low is None:
        low = Decimal(0) if high is None or high > 0 else high - 100 * edge
    return low, high, step


def _decimal(value: Json) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal(10) ** 18 else None
