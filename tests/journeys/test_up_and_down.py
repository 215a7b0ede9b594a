"""One command runs the product, and ends it, whatever happens in between."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.journeys.local_stack import LocalStack, ordinary_user


@pytest.fixture
def stack(tmp_path):
    stack = LocalStack(tmp_path / "var")
    yield stack
    if stack.processes():
        stack.kill_everything()


@pytest.fixture
def user():
    with ordinary_user() as words:
        yield words


def accounts_of(stack: LocalStack) -> str:
    answer = stack.manage(
        "shell",
        "-v0",
        "-c",
        "from accounts.models import Account; print(sorted(Account.objects.values_list('email', 'id')))",
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.mark.xdist_group("product")
def test_after_a_kill_of_every_process_the_next_start_is_whole_again(product):
    doctor = product.make("doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert "UNWELL" not in doctor.stdout
    before = accounts_of(product)
    assert "owner@example.com" in before

    assert product.kill_everything() > 20
    assert product.processes() == []

    began = time.monotonic()
    product.up()
    print(f"started again in {time.monotonic() - began:.1f} s")
    assert product.get("/readyz")[0] == 200
    assert product.make("doctor").returncode == 0
    assert accounts_of(product) == before


def test_without_process_namespaces_what_a_kill_leaves_behind_is_ended_by_the_next_start(tmp_path, user):
    """As on a machine without `unshare`: killing `up` orphans the engines, which go on running."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("make", "sh", "python3"):
        tools.joinpath(tool).symlink_to(shutil.which(tool) or tool)
    stack = LocalStack(tmp_path / "var", prefix=[*user, "env", f"PATH={tools}"])
    try:
        stack.up()
        before = accounts_of(stack)
        next(process for process in stack.processes() if "manage.py" in process.cmdline()).kill()
        stack.wait(seconds=30)
        deadline = time.monotonic() + 10
        while any("supervisord" in " ".join(p.cmdline()) for p in stack.processes()):
            assert time.monotonic() < deadline, "supervisord outlived the command that started it"
            time.sleep(0.1)
        assert stack.processes(), "nothing was left behind, so this test shows nothing"

        stack.up()
        assert "of an earlier run ended" in stack.said()
        assert accounts_of(stack) == before
        stack.press_ctrl_c()
        assert stack.processes() == []
    finally:
        if stack.processes():
            stack.kill_everything()


def test_two_stacks_run_side_by_side_and_do_not_know_each_other(tmp_path):
    first, second = LocalStack(tmp_path / "first"), LocalStack(tmp_path / "second")
    try:
        first.start()
        second.up()
        first.wait_until_ready()
        assert first.get("/readyz")[0] == second.get("/readyz")[0] == 200
        assert first.make("doctor").returncode == second.make("doctor").returncode == 0
        assert not set(first.ports()) & set(second.ports())
        assert accounts_of(first) != accounts_of(second)  # the same people, other IDs

        first.press_ctrl_c()
        assert "Stopped." in first.said()
        assert first.processes() == []
        assert first.taken_ports() == []
        assert second.get("/readyz")[0] == 200
        second.press_ctrl_c()
        assert second.processes() == []
    finally:
        for stack in (first, second):
            if stack.processes():
                stack.kill_everything()


def test_a_start_that_is_killed_at_any_moment_is_made_good_by_the_next(stack):
    for seconds in (1.5, 4.0):
        stack.start()
        time.sleep(seconds)
        stack.kill_everything()
        assert stack.processes() == []
    stack.up()
    assert stack.make("doctor").returncode == 0
    stack.press_ctrl_c()
    assert stack.taken_ports() == []


def test_a_taken_port_is_named_and_nothing_is_started(stack, tmp_path):
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", stack.port + 1))
        other.listen()
        answer = stack.make("up")
    assert answer.returncode != 0
    assert f"Port {stack.port + 1} (for the backoffice site) is in use" in answer.stderr
    assert "NOZBE_PORT=8100" in answer.stderr
    assert stack.processes() == []


def wait_for_a_tool_of(stack: LocalStack, *, named: str) -> None:
    deadline = time.monotonic() + 30
    while not any(named in words for words in stack.tools()):
        assert time.monotonic() < deadline, stack.said()
        time.sleep(0.01)


def test_ctrl_c_at_any_moment_of_a_start_leaves_nothing_behind(stack):
    moments = (
        lambda: time.sleep(2.0),
        lambda: wait_for_a_tool_of(stack, named="shell"),  # a child of the command, which a terminal interrupts too
        lambda: time.sleep(6.0),
        lambda: time.sleep(0.7),  # while its modules are loading
    )
    for moment in moments:
        stack.start()
        moment()
        stack.press_ctrl_c()
        assert "Stopped." in stack.said(), stack.said()
        assert "Traceback" not in stack.said(), stack.said()
        assert stack.processes() == []
        assert stack.taken_ports() == []


@pytest.mark.parametrize("name", ["a ;b", "a#b", 'a"b', "a\\b", "a,b", "a%b", "a\nb"])
def test_a_folder_that_an_engine_would_misread_is_refused_before_anything_is_made(tmp_path, name):
    stack = LocalStack(tmp_path / name)
    stack.output = tmp_path / "out"
    answer = stack.make("up")
    assert answer.returncode != 0
    assert "Set NOZBE_VAR to another folder." in answer.stderr
    assert not stack.var.exists()


def test_what_is_no_folder_is_refused(tmp_path):
    stack = LocalStack(tmp_path / "var")
    stack.var.write_text("a file of somebody's")
    answer = stack.make("up")
    assert answer.returncode != 0
    assert "cannot be made" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert stack.var.read_text() == "a file of somebody's"


def test_an_ordinary_user_with_an_odd_folder_and_a_shell_full_of_other_settings_can_run_it(tmp_path, user):
    stack = LocalStack(tmp_path / "Zażółć it's my $HOME", prefix=user)
    stack.output = tmp_path / "out"
    stack.environment |= {
        "AWS_PROFILE": "nope",
        "DJANGO_SETTINGS_MODULE": "somebody.settings",
        "http_proxy": "http://127.0.0.1:1",
        "HTTPS_PROXY": "http://127.0.0.1:1",
        "PGSSLMODE": "require",
        "PGHOST": "elsewhere.example",
        "NOZBE_SECRET_KEY": "somebody's",
        "NOZBE_STORES": "moon",
        "NOZBE_DEBUG": "true",
        "TMPDIR": str(_deep(tmp_path)),
    }
    try:
        stack.up()
        assert stack.get("/readyz")[0] == 200
        assert stack.make("doctor").returncode == 0
        assert stack.make("down").stdout == "Stopped.\n"
        assert stack.wait(seconds=30) == 0
        assert stack.processes() == []
        assert stack.taken_ports() == []
    finally:
        if stack.processes():
            stack.kill_everything()


def _deep(folder: Path) -> Path:
    """A folder for temporary files whose path no socket could have."""
    deep = folder / ("d" * 90)
    deep.mkdir()
    return deep


def test_two_stacks_never_share_a_door(tmp_path):
    first = LocalStack(tmp_path / "first")
    second = LocalStack(tmp_path / "second", port=first.port)
    try:
        first.start()
        second.start()
        deadline = time.monotonic() + 60
        while first.runs() and second.runs():
            assert time.monotonic() < deadline, first.said() + second.said()
            time.sleep(0.1)
        winner, loser = (first, second) if first.runs() else (second, first)
        assert "is in use" in loser.said()
        while "S3 in Paris      ready" not in winner.said():  # it goes on, undisturbed
            assert winner.runs(), winner.said()
            assert time.monotonic() < deadline, winner.said()
            time.sleep(0.1)
    finally:
        for stack in (first, second):
            stack.kill_everything()


@pytest.mark.parametrize("port", ["80", "eight", "65534", "-1"])
def test_an_impossible_port_is_refused(tmp_path, port):
    stack = LocalStack(tmp_path / "var")
    stack.environment["NOZBE_PORT"] = port
    answer = stack.make("up")
    assert answer.returncode != 0
    assert "NOZBE_PORT" in answer.stderr
    assert not stack.var.exists()


def test_down_and_doctor_say_when_nothing_runs(tmp_path):
    stack = LocalStack(tmp_path / "var")
    down, doctor = stack.make("down"), stack.make("doctor")
    assert (down.returncode, down.stdout) == (0, f"No stack is running in {stack.var}.\n")
    assert doctor.returncode != 0
    assert "Start one with: make up" in doctor.stderr
