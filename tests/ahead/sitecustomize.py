"""For runs with the clock set ahead by libfaketime, with this folder on PYTHONPATH.

Its clock_nanosleep takes an instant of the monotonic clock for one of the clock that it moves, and
Python sleeps by that since 3.11: every sleep failed. A wait for nothing does not use it.
"""

import select
import time


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = _sleep
