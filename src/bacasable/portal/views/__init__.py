"""From the contract to what pages show (`model.py`), one file for each part of a page."""
