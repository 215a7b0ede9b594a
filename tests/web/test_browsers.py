from __future__ import annotations

import pytest

from tests import browsers


def test_a_browser_that_is_named_and_is_none_is_an_error_and_no_other_is_taken(monkeypatch, tmp_path):
    for name in ("no-such-browser", str(tmp_path)):
        monkeypatch.setenv("NOZBE_CHROMIUM", name)
        with pytest.raises(browsers.NoBrowser, match="NOZBE_CHROMIUM is"):
            browsers.find_or_install()


def test_a_browser_that_is_named_comes_before_the_one_on_the_path(monkeypatch, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("#!/bin/sh\n")
    mine.chmod(0o755)
    monkeypatch.setenv("NOZBE_CHROMIUM", str(mine))
    assert browsers.find_or_install() == mine
