"""The tests of `pytest --pyargs bacasable.verify --base-url URL`: the whole contract."""

from .suite import verify_suite

test_contract = verify_suite()
