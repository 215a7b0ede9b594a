"""A terminal sends Ctrl-C to a group of processes; what we start must not be in it, or it dies before we stop it."""

from __future__ import annotations

import ast
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
STARTERS = {"run", "Popen", "call", "check_call", "check_output"}


def calls_in(source: str) -> list[ast.Call]:
    """Every call of `subprocess` that starts a process."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "subprocess"
        and node.func.attr in STARTERS
    ]


def in_a_session_of_its_own(call: ast.Call) -> bool:
    return any(word.arg == "start_new_session" and getattr(word.value, "value", None) is True for word in call.keywords)


def test_every_process_we_start_has_a_session_of_its_own():
    found = [
        f"{path.relative_to(PROJECT)}:{call.lineno}"
        for path in sorted(PROJECT.glob("nozbe/**/*.py"))
        for call in calls_in(path.read_text())
        if not in_a_session_of_its_own(call)
    ]
    assert found == []


def test_a_process_without_one_would_be_found():
    (call,) = calls_in("subprocess.run(['weed', 'shell'], start_new_session=False)")
    assert not in_a_session_of_its_own(call)
