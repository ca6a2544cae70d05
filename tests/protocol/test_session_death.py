"""test_session_death - the session process dies, in every way and at every moment.

Proves: the cell's error names the cause, the kernel's process survives, and the state is
restored.
"""
import os
import signal
import time

import pytest
from conftest import alive, children, open_files, text_of, types, wait_until


def test_a_killed_cell_ends_with_an_error_and_the_state_is_restored(fake_kernel):
    pid = fake_kernel.pid
    fake_kernel.execute("name = one")
    fake_kernel.execute("6 * 7")
    reply, messages = fake_kernel.execute("write 1 last words\nkill 9")
    assert types(messages) == ["status", "execute_input", "stream", "error", "status"]
    assert text_of(messages) == "last words"
    assert reply["content"]["ename"] == "SessionDied"
    assert "SIGKILL (out of memory?)" in reply["content"]["evalue"]
    assert "back as after cell 2" in reply["content"]["evalue"]
    _, messages = fake_kernel.execute("$name")
    assert messages[2]["content"]["data"]["text/plain"] == "one"
    assert messages[2]["content"]["execution_count"] == 4
    assert fake_kernel.pid == pid and alive(pid)


@pytest.mark.parametrize("how, expected", [("kill 11", "SIGSEGV"), ("kill 6", "SIGABRT"), ("exit 3", "exit status 3"),
                                       ("exit 0", "exit status 0")])
def test_every_kind_of_death_is_named(fake_kernel, how, expected):
    fake_kernel.execute("name = one")
    reply, _ = fake_kernel.execute(how)
    assert reply["content"]["ename"] == "SessionDied" and expected in reply["content"]["evalue"]
    assert fake_kernel.execute("$name")[0]["content"]["status"] == "ok"


def test_death_before_the_first_standby(fake_kernel):
    reply, _ = fake_kernel.execute("kill 9")
    assert "new session" in reply["content"]["evalue"]
    assert fake_kernel.execute("6 * 7")[0]["content"]["status"] == "ok"


def test_death_of_session_and_standby(fake_kernel):
    fake_kernel.execute("name = one")
    reply, _ = fake_kernel.execute("lonely\nkill 9")
    assert "new session" in reply["content"]["evalue"]
    assert fake_kernel.execute("6 * 7")[0]["content"]["status"] == "ok"


def test_deaths_one_after_the_other(fake_kernel):
    """Each after a cell that made a new copy."""
    for i in range(20):
        fake_kernel.execute(f"name = v{'x' * i}")
        assert fake_kernel.execute("kill 9")[0]["content"]["ename"] == "SessionDied"
        _, messages = fake_kernel.execute("$name")
        assert messages[2]["content"]["data"]["text/plain"] == "v" + "x" * i


def test_death_aborts_the_queue(fake_kernel):
    client = fake_kernel.client
    ids = [client.execute("kill 9"), client.execute("6 * 7")]
    replies = [fake_kernel.reply(i)["content"] for i in ids]
    assert [r["ename"] for r in replies] == ["SessionDied", "Aborted"]


def test_death_while_idle_is_reported_by_the_next_cell(fake_kernel):
    fake_kernel.execute("name = one\ndie later")
    time.sleep(0.3)
    reply, messages = fake_kernel.execute("$name")
    assert reply["content"]["status"] == "ok"
    assert types(messages) == ["status", "execute_input", "stream", "execute_result", "status"]
    assert "SIGKILL" in text_of(messages, "stderr") and text_of(messages, "stderr").count("\n") == 1
    _, messages = fake_kernel.execute("$name")
    assert "stream" not in types(messages)


def test_killed_from_outside_while_a_cell_runs(fake_kernel):
    fake_kernel.execute("name = one")
    cell = fake_kernel.client.execute("train")
    fake_kernel.wait_output("training")
    os.kill(fake_kernel.session_pid(), signal.SIGKILL)
    reply, messages = fake_kernel.finish(cell)
    assert reply["content"]["ename"] == "SessionDied" and "cell 1" in reply["content"]["evalue"]
    assert types(messages)[-2:] == ["error", "status"]


def test_other_requests_are_answered_through_a_death(fake_kernel):
    client = fake_kernel.client
    client.execute("kill 9")
    for _ in range(20):
        assert fake_kernel.reply(client.kernel_info(), timeout_s=2)["content"]["status"] == "ok"


def test_a_session_that_cannot_start_is_abandoned_and_retried(start_kernel, fake_session, tmp_path):
    switch = tmp_path / "session"
    switch.write_text("#!/bin/sh\necho this is why >&2\nexit 1\n")
    switch.chmod(0o755)
    kernel = start_kernel(MNIST_SESSION=switch)
    reply, messages = kernel.execute("6 * 7")
    assert reply["content"]["ename"] == "SessionDied" and "exit status 1" in reply["content"]["evalue"]
    assert "next cell tries again" in reply["content"]["evalue"]
    assert "this is why" in kernel.log_text()
    switch.write_text(f'#!/bin/sh\nexec {fake_session} "$@"\n')
    assert kernel.execute("6 * 7")[0]["content"]["status"] == "ok"


def test_a_missing_session_program_is_named(start_kernel, tmp_path):
    kernel = start_kernel(MNIST_SESSION=tmp_path / "nowhere")
    reply, _ = kernel.execute("6 * 7")
    assert "nowhere" in reply["content"]["evalue"]
    assert kernel.reply(kernel.client.kernel_info())["content"]["status"] == "ok"


def test_a_session_that_never_becomes_ready(start_kernel, tmp_path):
    sleeper = tmp_path / "session"
    sleeper.write_text("#!/bin/sh\nexec sleep 100\n")
    sleeper.chmod(0o755)
    kernel = start_kernel(MNIST_SESSION=sleeper, MNIST_READY_WAIT_MS=100)
    reply, _ = kernel.execute("6 * 7")
    assert "not ready in time" in reply["content"]["evalue"]
    wait_until(lambda: not children(kernel.pid), what="the end of the session")


def test_replaced_sessions_leave_no_process_and_no_descriptor(fake_kernel):
    fake_kernel.execute("name = one")
    before, count = open_files(fake_kernel.pid), len(children(fake_kernel.pid))
    for _ in range(10):
        fake_kernel.execute("kill 9")
        fake_kernel.execute("name = one")
    assert open_files(fake_kernel.pid) == before and len(children(fake_kernel.pid)) == count


def test_a_state_that_ends_two_sessions_is_rolled_back(fake_kernel):
    """A cell has damaged the memory that every copy of its session shares."""
    fake_kernel.execute("name = one")
    fake_kernel.execute("damage")
    reply, _ = fake_kernel.execute("6 * 7")
    assert "SIGSEGV" in reply["content"]["evalue"] and "back as after cell 2" in reply["content"]["evalue"]
    reply, _ = fake_kernel.execute("6 * 8")
    assert "cell 2 was rolled back" in reply["content"]["evalue"]
    assert "back as after cell 1" in reply["content"]["evalue"]
    _, messages = fake_kernel.execute("$name")
    assert messages[2]["content"]["data"]["text/plain"] == "one"
    reply, _ = fake_kernel.execute("name = two\nkill 11")
    assert "new session" in reply["content"]["evalue"], "the older copy was the last"


def test_an_external_kill_rolls_nothing_back(fake_kernel):
    for name in ("one", "two"):
        fake_kernel.execute(f"name = {name}")
    reply, _ = fake_kernel.execute("kill 9")
    assert "rolled back" not in reply["content"]["evalue"] and "cell 2" in reply["content"]["evalue"]
    _, messages = fake_kernel.execute("$name")
    assert messages[2]["content"]["data"]["text/plain"] == "two"


def test_the_older_standby_replaces_a_lost_newer_one(fake_kernel):
    fake_kernel.execute("name = one")
    fake_kernel.execute("name = two")
    reply, _ = fake_kernel.execute("lonely\nkill 9")
    assert "cell 2 was rolled back" in reply["content"]["evalue"]
    assert "back as after cell 1" in reply["content"]["evalue"]
    _, messages = fake_kernel.execute("$name")
    assert messages[2]["content"]["data"]["text/plain"] == "one"


@pytest.mark.parametrize("cell", ["reset", "  # a comment\n\nreset # all\n6 * 7"])
def test_reset_works_in_a_damaged_session(fake_kernel, cell):
    fake_kernel.execute("name = one")
    fake_kernel.execute("damage")
    pid = fake_kernel.session_pid()
    reply, messages = fake_kernel.execute(cell)
    assert reply["content"]["status"] == "ok" and "error" not in types(messages), messages
    assert fake_kernel.session_pid() != pid and not alive(pid)
    assert fake_kernel.execute("6 * 7")[0]["content"]["status"] == "ok"
    wait_until(lambda: len(children(fake_kernel.pid)) == 1, what="the end of all that was before")


def test_a_reset_that_kills_a_new_session_is_a_failed_cell(fake_kernel):
    reply, _ = fake_kernel.execute("reset\nkill 11")
    assert reply["content"]["ename"] == "SessionDied" and "SIGSEGV" in reply["content"]["evalue"]
    assert fake_kernel.execute("6 * 7")[0]["content"]["status"] == "ok"
