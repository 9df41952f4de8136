"""Bacasable: one contract, three readers. See README.md for use, ARCHITECTURE.md for the layout."""

__version__ = "0.1.0"
