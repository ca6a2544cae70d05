"""test_interrupt - interrupts by message and by signal: of a cell, a question, the queue, and a
cell that ignores them.
"""
import os
import signal
import time

from conftest import types


def test_one_hundred_interrupts(fake_kernel):
    """Alternately by message and by SIGINT; each ends that cell and no other, and the state stays."""
    fake_kernel.execute("name = kept")
    pid = fake_kernel.session_pid()
    for i in range(100):
        cell = fake_kernel.client.execute("train")
        fake_kernel.wait_output("training")
        if i % 2 == 0:
            assert fake_kernel.interrupt()["content"]["status"] == "ok"
        else:
            os.kill(fake_kernel.pid, signal.SIGINT)
        reply, messages = fake_kernel.finish(cell, timeout_s=3)
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert types(messages)[-2:] == ["error", "status"]
        assert fake_kernel.execute("$name")[0]["content"]["status"] == "ok"
    assert fake_kernel.session_pid() == pid


def test_interrupt_is_quick(fake_kernel):
    cell = fake_kernel.client.execute("train")
    fake_kernel.wait_output("training")
    begin = time.monotonic()
    fake_kernel.interrupt()
    fake_kernel.reply(cell)
    assert time.monotonic() - begin < 0.5


def test_interrupt_while_idle_has_no_effect(fake_kernel):
    """A cell that is sent once the interrupt was answered is never hit by it."""
    for _ in range(100):
        fake_kernel.interrupt()
        assert fake_kernel.execute("6 * 7")[0]["content"]["status"] == "ok"


def test_interrupt_of_an_input_request(fake_kernel):
    cell = fake_kernel.client.execute('ask name "who?"', allow_stdin=True)
    assert fake_kernel.client.get_stdin_msg(timeout=5)["content"]["prompt"] == "who?"
    fake_kernel.interrupt()
    reply, _ = fake_kernel.finish(cell, timeout_s=3)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    fake_kernel.client.input("too late")
    assert fake_kernel.execute("6 * 7")[0]["content"]["status"] == "ok"
    cell = fake_kernel.client.execute('ask name "and now?"', allow_stdin=True)
    fake_kernel.client.get_stdin_msg(timeout=5)
    fake_kernel.client.input("me")
    reply, messages = fake_kernel.finish(cell)
    assert reply["content"]["status"] == "ok" and messages[2]["content"]["text"] == "me\n"


def test_a_cell_that_ignores_the_interrupt_is_killed_after_the_wait(start_kernel, fake_session):
    kernel = start_kernel(MNIST_SESSION=fake_session, MNIST_INTERRUPT_WAIT_MS=500)
    kernel.execute("name = kept")
    cell = kernel.client.execute("show begun\nstubborn")
    kernel.wait_output("begun")
    begin = time.monotonic()
    kernel.interrupt()
    reply, _ = kernel.finish(cell)
    assert 0.4 < time.monotonic() - begin < 3
    assert reply["content"]["ename"] == "SessionDied"
    assert "0.5 s of the interrupt" in reply["content"]["evalue"] and "cell 1" in reply["content"]["evalue"]
    _, messages = kernel.execute("$name")
    assert messages[2]["content"]["data"]["text/plain"] == "kept"


def test_interrupt_before_the_session_is_ready_ends_the_waiting_cell(start_kernel, tmp_path, fake_session):
    slow = tmp_path / "session"
    slow.write_text(f'#!/bin/sh\nsleep 3\nexec {fake_session} "$@"\n')
    slow.chmod(0o755)
    kernel = start_kernel(MNIST_SESSION=slow)
    first, second = kernel.client.execute("6 * 7"), kernel.client.execute("6 * 7")
    time.sleep(0.1)
    kernel.interrupt()
    assert kernel.reply(first)["content"]["ename"] == "KeyboardInterrupt"
    assert kernel.reply(second)["content"]["ename"] == "Aborted"
    assert kernel.execute("6 * 7")[0]["content"]["status"] == "ok"


def test_control_answers_while_a_cell_runs(fake_kernel):
    cell = fake_kernel.client.execute("train")
    fake_kernel.wait_output("training")
    for _ in range(20):
        begin = time.monotonic()
        message_id = fake_kernel.request("control", "kernel_info_request", {})
        reply = fake_kernel.reply(message_id, channel="control", timeout_s=2)
        assert reply["msg_type"] == "kernel_info_reply" and time.monotonic() - begin < 0.5
        assert types(fake_kernel.outputs(message_id)) == ["status", "status"]
    fake_kernel.interrupt()
    fake_kernel.reply(cell)


def test_output_is_never_attributed_to_a_control_request(fake_kernel):
    cell = fake_kernel.client.execute("train")
    fake_kernel.wait_output("training")
    message_id = fake_kernel.interrupt()["parent_header"]["msg_id"]
    reply, messages = fake_kernel.finish(cell)
    assert "error" in types(messages)
    assert message_id != cell
