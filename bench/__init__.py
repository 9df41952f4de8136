"""Side-by-side measurements of the sandbox: `python -m bench`. Never part of the test run."""
