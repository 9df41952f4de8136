"""The mark of tests that take long, and run with BACASABLE_SWEEP=all."""

import os

import pytest

SWEEP = pytest.mark.skipif(os.environ.get("BACASABLE_SWEEP") != "all", reason="it takes long")
