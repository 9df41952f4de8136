"""The mark of tests that take long, and run with `python3 run.py sweep`."""

import pytest

SWEEP = pytest.mark.sweep
