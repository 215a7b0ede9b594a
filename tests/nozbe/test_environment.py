from __future__ import annotations

import pytest

from nozbe import checks, environment, regions
from nozbe.local import secrets


@pytest.fixture(autouse=True)
def _no_problems(monkeypatch):
    monkeypatch.setattr(environment, "PROBLEMS", [])


@pytest.mark.parametrize(("raw", "value"), [("1", True), ("Yes", True), ("on", True), ("0", False), ("off", False)])
def test_switches_are_read_as_people_write_them(monkeypatch, raw, value):
    monkeypatch.setenv("A_SWITCH", raw)
    assert environment.boolean("A_SWITCH", default=not value) is value


def test_what_cannot_be_read_keeps_its_default_and_is_remembered(monkeypatch):
    monkeypatch.setenv("A_NUMBER", "many")
    assert environment.integer("A_NUMBER", 7) == 7
    assert environment.PROBLEMS == ["A_NUMBER is not a whole number."]


def test_a_secret_file_loses_only_the_white_space_around_it(monkeypatch, tmp_path):
    file = tmp_path / "secret"
    file.write_text("  pass word\n\n")
    monkeypatch.setenv("A_SECRET_FILE", str(file))
    assert environment.text("A_SECRET") == "pass word"


def test_lists_drop_blanks(monkeypatch):
    monkeypatch.setenv("A_LIST", "ireland, ,paris,")
    assert environment.words("A_LIST") == ["ireland", "paris"]


def test_the_area_is_the_union_and_three_more():
    assert len(regions.EUROPEAN_UNION) == 27
    assert {"IS", "LI", "NO"} == regions.EEA - regions.EUROPEAN_UNION
    assert not {"GB", "CH", "US"} & regions.EEA


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("s3.eu-west-2.amazonaws.com", "eu-west-2"),
        ("bucket.s3.eu-west-3.amazonaws.com", "eu-west-3"),
        ("s3-eu-west-1.amazonaws.com", "eu-west-1"),
        ("bucket.s3.dualstack.eu-central-2.amazonaws.com", "eu-central-2"),
        ("db.c1.us-gov-west-1.rds.amazonaws.com", "us-gov-west-1"),
        ("S3.EU-WEST-2.AMAZONAWS.COM", "eu-west-2"),
        ("nozbe-eu-west-1.abc.us-east-1.rds.amazonaws.com", "us-east-1"),
        ("eu-west-1.abc.us-east-1.rds.amazonaws.com", "us-east-1"),
        ("s3.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("s3.amazonaws.com", None),
        ("objects.example.org", None),
        ("eu-west-2.example.org", None),
    ],
)
def test_the_region_is_read_off_the_host_names_of_aws(host, region):
    assert regions.aws_region_in(host) == region


def test_the_local_stacks_mark_is_the_one_that_production_refuses():
    assert secrets.MARK == checks.LOCAL_MARK
