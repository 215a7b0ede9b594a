from __future__ import annotations

import pytest

from tests.journeys.local_stack import LocalStack


@pytest.fixture(scope="session")
def product(tmp_path_factory):
    """One running product for all tests that only look. Mark them `xdist_group("product")`."""
    stack = LocalStack(tmp_path_factory.mktemp("product") / "var")
    try:
        yield stack.up()
    finally:
        stack.kill_everything()
