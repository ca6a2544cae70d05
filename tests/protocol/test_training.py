"""test_training - training in the real session: interrupted, killed, and with other requests
meanwhile; no state is lost.

Needs the real MNIST (`make data`).
"""
import os
import signal
import time

import pytest
from conftest import ROOT, alive, children, text_of, types, wait_until

pytestmark = pytest.mark.skipif(not (ROOT / "data/raw/train-images-idx3-ubyte").exists(), reason="make data first")


@pytest.fixture
def trained(kernel):
    """Data, a network, a variable."""
    for code in ("load mnist", "model fast", 'kept = "still here"'):
        assert kernel.execute(code)[0]["content"]["status"] == "ok"
    return kernel


def begin_training(kernel):
    """A long training that has begun to show its progress."""
    cell = kernel.client.execute("train epochs=1000")
    kernel.wait_output("training")
    return cell


def state_is_kept(kernel, network="fast"):
    _, messages = kernel.execute("$kept")
    assert "still here" in messages[2]["content"]["data"]["text/plain"]
    reply, messages = kernel.execute("info")
    assert reply["content"]["status"] == "ok" and network in messages[2]["content"]["data"]["text/plain"]


def test_interrupt_stops_training_at_once_and_keeps_the_state(trained):
    cell = begin_training(trained)
    begin = time.monotonic()
    trained.interrupt()
    reply, messages = trained.finish(cell)
    assert time.monotonic() - begin < 1
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert types(messages)[-2:] == ["error", "status"] and types(messages).count("error") == 1
    state_is_kept(trained)


@pytest.mark.slow
def test_one_hundred_interrupts_of_a_training(trained):
    pid = trained.session_pid()
    for i in range(100):
        cell = trained.client.execute("train epochs=1000")
        trained.wait_output("busy")
        time.sleep(0.01 * (i % 20))
        trained.interrupt()
        reply, _ = trained.finish(cell)
        assert reply["content"]["ename"] == "KeyboardInterrupt", reply["content"]
        if i % 10 == 9:
            state_is_kept(trained)
    assert trained.session_pid() == pid


def test_state_is_restored_after_a_kill_during_training(trained):
    pid = trained.pid
    cell = begin_training(trained)
    os.kill(trained.session_pid(), signal.SIGKILL)
    reply, messages = trained.finish(cell)
    assert reply["content"]["ename"] == "SessionDied"
    assert "SIGKILL" in reply["content"]["evalue"] and "back as after cell 3" in reply["content"]["evalue"]
    assert types(messages)[-2:] == ["error", "status"]
    assert trained.pid == pid and alive(pid)
    state_is_kept(trained)
    history = trained.reply(trained.client.history(hist_access_type="range", session=0))["content"]["history"]
    assert [h[2] for h in history][:4] == ["load mnist", "model fast", 'kept = "still here"', "train epochs=1000"]
    cell = begin_training(trained)
    trained.interrupt()
    assert trained.reply(cell)["content"]["ename"] == "KeyboardInterrupt"


def test_killed_twice_in_a_row(trained):
    for _ in range(2):
        cell = begin_training(trained)
        os.kill(trained.session_pid(), signal.SIGKILL)
        reply, _ = trained.finish(cell)
        assert "back as after cell" in reply["content"]["evalue"]
        state_is_kept(trained)


def test_requests_are_answered_during_training(trained):
    client = trained.client
    cell = begin_training(trained)
    for ask, check in (
            (client.kernel_info, lambda c: c["status"] == "ok"),
            (lambda: client.complete("train epo"), lambda c: c["matches"] == ["epochs="]),
            (lambda: client.complete("print $ke"), lambda c: c["matches"] == ["$kept"]),
            (lambda: client.inspect("train"), lambda c: c["found"] and "epochs" in c["data"]["text/plain"]),
            (lambda: client.is_complete("model mine:"), lambda c: c["status"] == "incomplete"),
            (lambda: client.history(hist_access_type="tail", n=1), lambda c: len(c["history"]) == 1)):
        begin = time.monotonic()
        content = trained.reply(ask(), timeout_s=5)["content"]
        assert check(content), content
        assert time.monotonic() - begin < 0.5
    trained.interrupt()
    assert trained.reply(cell)["content"]["ename"] == "KeyboardInterrupt"


def test_shutdown_during_training_leaves_no_process(trained):
    begin_training(trained)
    below = children(trained.pid)
    begin = time.monotonic()
    trained.manager.shutdown_kernel()
    assert time.monotonic() - begin < 4
    wait_until(lambda: not any(alive(p) for p in below), timeout_s=5)


@pytest.mark.parametrize("deaths", [0, 1])
def test_a_kernel_killed_during_training_leaves_no_process(trained, deaths):
    """Also when the session is one that has taken over."""
    for _ in range(deaths):
        cell = begin_training(trained)
        os.kill(trained.session_pid(), signal.SIGKILL)
        trained.finish(cell)
    begin_training(trained)
    below = children(trained.pid)
    os.kill(trained.pid, signal.SIGKILL)
    wait_until(lambda: not any(alive(p) for p in below), timeout_s=5)


def test_user_expressions_fail_independently(kernel):
    reply, _ = kernel.execute("x = 6",
                              user_expressions={"good": "$x * 7", "bad": "$nothing", "odd": "1 +", "nul": "1\0"})
    values = reply["content"]["user_expressions"]
    assert values["good"]["status"] == "ok" and values["good"]["data"] == {"text/plain": "42"}
    assert values["bad"]["status"] == "error" and values["bad"]["ename"] and values["odd"]["status"] == "error"
    assert "without NUL" in values["nul"]["evalue"]


def test_a_question_and_its_interrupt(kernel):
    cell = kernel.client.execute('ask name "who?"\nprint "hello $name"', allow_stdin=True)
    assert kernel.client.get_stdin_msg(timeout=5)["content"] == {"prompt": "who?", "password": False}
    kernel.client.input("Grace")
    reply, messages = kernel.finish(cell)
    assert reply["content"]["status"] == "ok" and text_of(messages) == "hello Grace\n"
    cell = kernel.client.execute('ask name "who?"', allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=5)
    kernel.interrupt()
    assert kernel.reply(cell, timeout_s=3)["content"]["ename"] == "KeyboardInterrupt"
    _, messages = kernel.execute("$name")
    assert "Grace" in messages[2]["content"]["data"]["text/plain"]


def test_no_input_request_without_allow_stdin(kernel):
    reply, _ = kernel.execute('ask name "who?"', allow_stdin=False)
    assert reply["content"]["status"] == "error" and "allow_stdin" in reply["content"]["evalue"]


def test_silent_cells_of_the_real_session(kernel):
    _, messages = kernel.execute('print "x"\n6 * 7', silent=True)
    assert types(messages) == ["status", "status"]


def test_a_cell_with_an_error_in_any_line_does_not_run(kernel):
    reply, messages = kernel.execute('print "never"\ntrain epochs=ten')
    assert types(messages) == ["status", "execute_input", "error", "status"]
    assert "epochs" in reply["content"]["evalue"]


def test_help_is_shown_in_the_pager(kernel):
    reply, messages = kernel.execute("train?")
    assert reply["content"]["payload"][0]["source"] == "page"
    assert "epochs" in reply["content"]["payload"][0]["data"]["text/plain"]
    assert types(messages) == ["status", "execute_input", "status"]


@pytest.mark.parametrize("word", ["exit", "quit"])
def test_exit_asks_the_front_end_to_end_and_ends_the_cell(kernel, word):
    reply, messages = kernel.execute(f'print "before"\n{word}\nprint "after"')
    assert reply["content"]["payload"] == [{"source": "ask_exit", "keepkernel": False}]
    assert text_of(messages) == "before\n"
    reply, messages = kernel.execute('print "the kernel goes on"')
    assert reply["content"]["payload"] == [] and text_of(messages) == "the kernel goes on\n"
