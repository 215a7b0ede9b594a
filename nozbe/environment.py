"""Typed readers for the environment, the only place settings come from.

Every reader takes `NAME` or `NAME_FILE` (a path to a file that holds the value, for secrets). A value that cannot be
read is remembered in `PROBLEMS` instead of raised, so that start-up can refuse with one list of all mistakes
(`nozbe.checks`) and not with a traceback about the first.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PROBLEMS: list[str] = []
"""One sentence per variable that could not be read; reported by check nozbe.E001."""

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})


def text(name: str, default: str = "") -> str:
    """The value of NAME, or the stripped contents of the file that NAME_FILE points to."""
    if path := os.environ.get(f"{name}_FILE"):
        if name in os.environ:
            PROBLEMS.append(f"{name} and {name}_FILE are both set; keep one.")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            PROBLEMS.append(f"{name}_FILE points to {path}, which cannot be read ({type(error).__name__}).")
            return default
    return os.environ.get(name, default).strip()


def integer(name: str, default: int) -> int:
    return _parsed(name, default, int, "a whole number")


def boolean(name: str, *, default: bool) -> bool:
    return _parsed(name, default, _boolean, "true or false")


def words(name: str, default: str = "") -> list[str]:
    """Comma-separated values, blanks dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def one_of(name: str, choices: tuple[str, ...], default: str) -> str:
    value = text(name, default)
    if value not in choices:
        PROBLEMS.append(f"{name} is {value!r}; it must be one of {', '.join(choices)}.")
        return default
    return value


def _parsed(name: str, default: T, parse: Callable[[str], T], kind: str) -> T:
    raw = text(name)
    if not raw:
        return default
    try:
        return parse(raw)
    except ValueError:
        PROBLEMS.append(f"{name} is not {kind}.")
        return default


def _boolean(raw: str) -> bool:
    if raw.lower() in TRUE:
        return True
    if raw.lower() in FALSE:
        return False
    raise ValueError(raw)
