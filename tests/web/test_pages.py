from __future__ import annotations

import pytest

from tests.web.axe import axe_violations

pytestmark = pytest.mark.xdist_group("product")


@pytest.mark.parametrize("path", ["/", "/sign-in", "/safety"])
def test_a_page(visit, path):
    page = visit(path)
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        assert axe_violations(page) == []
