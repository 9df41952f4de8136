"""Driving what takes long, portion by portion, so that nobody waits for all of it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter

from ..core.portions import Portions, Value

SLICE = 0.002
"""Seconds after which others have their turn."""


async def driven(
    portions: Portions[Value],
    within: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Value:
    """Drive it to its end while others act between its portions; each is done `within` something.

    It is closed when nobody waits for it any more.
    """
    try:
        until = perf_counter() + SLICE
        while True:
            with within():
                try:
                    next(portions)
                except StopIteration as end:
                    found: Value = end.value
                    return found
            if perf_counter() > until:
                await asyncio.sleep(0)
                until = perf_counter() + SLICE
    finally:
        portions.close()
