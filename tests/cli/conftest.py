"""Servers under test for the commands that judge one."""

from tests.verify.conftest import clean, proxied, serving

__all__ = ["clean", "proxied", "serving"]
