"""`python -m bacasable`."""

from .cli import main

main()
