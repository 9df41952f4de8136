"""What `run.py` installs and how: with nothing but Python, before any package is there."""
