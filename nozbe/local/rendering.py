"""Configuration files from templates. A name that a template wants and nobody gives is an error."""

from __future__ import annotations

from pathlib import Path
from string import Template

from nozbe.local import secrets
from nozbe.local.stack import Stack

TEMPLATES = Path(__file__).parent / "templates"


def render(stack: Stack, template: str, **values: object) -> Path:
    """Write `config/<template>` and return its path."""
    text = Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(values)
    path = stack.path("config", template)
    secrets.write(path, text)
    return path
