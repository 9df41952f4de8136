"""How records are made: bodies, ways through lifecycles, finding by listing, the ledger.

`verify/maker.py` puts these together, and is what checks use.
"""
