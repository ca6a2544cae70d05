"""test_life - start and end of the kernel: shutdown, restart, signals, the parent's death; no
process or file remains.
"""
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time

import pytest
from conftest import PROGRAM, alive, children, wait_until


def gone(pids):
    wait_until(lambda: not any(alive(p) for p in pids), timeout_s=5, what="the end of all processes")


def test_shutdown_by_message_leaves_no_process(fake_kernel):
    fake_kernel.execute("name = one")
    pid = fake_kernel.pid
    below = children(pid)
    assert len(below) == 2
    message_id = fake_kernel.request("control", "shutdown_request", {"restart": False})
    reply = fake_kernel.reply(message_id, channel="control")
    assert reply["content"] == {"status": "ok", "restart": False}
    fake_kernel.wait_output("restart")
    wait_until(lambda: not fake_kernel.manager.is_alive(), timeout_s=5)
    assert fake_kernel.manager.provisioner.process.returncode == 0
    gone(below)


def test_shutdown_on_shell(fake_kernel):
    reply = fake_kernel.reply(fake_kernel.request("shell", "shutdown_request", {"restart": True}))
    assert reply["content"] == {"status": "ok", "restart": True}
    wait_until(lambda: not fake_kernel.manager.is_alive(), timeout_s=5)


@pytest.mark.parametrize("code", ["train", "stubborn", 'ask name "?"'])
def test_shutdown_while_a_cell_runs(fake_kernel, code):
    fake_kernel.execute("name = one")
    fake_kernel.client.execute(f"show begun\n{code}", allow_stdin=True)
    fake_kernel.wait_output("begun")
    below = children(fake_kernel.pid)
    begin = time.monotonic()
    fake_kernel.manager.shutdown_kernel()
    assert time.monotonic() - begin < 4
    gone(below)


def test_restart_by_the_manager(fake_kernel):
    fake_kernel.execute("6 * 7")
    below = children(fake_kernel.pid)
    fake_kernel.manager.restart_kernel()
    gone(below)
    client = fake_kernel.new_client()
    reply, _ = fake_kernel.execute("6 * 7", client)
    assert reply["content"]["execution_count"] == 1
    history = fake_kernel.reply(client.history(hist_access_type="range", session=-1), client)["content"]["history"]
    assert [line for _, line, _ in history] == [1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_termination_by_signal(fake_kernel, number):
    below = children(fake_kernel.pid)
    os.kill(fake_kernel.pid, number)
    wait_until(lambda: not fake_kernel.manager.is_alive(), timeout_s=5)
    gone(below)


def test_session_and_standby_end_with_a_killed_kernel(fake_kernel):
    fake_kernel.execute("name = one")
    fake_kernel.client.execute("show begun\ntrain")
    fake_kernel.wait_output("begun")
    below = children(fake_kernel.pid)
    os.kill(fake_kernel.pid, signal.SIGKILL)
    gone(below)


def test_orphans_of_a_dead_session_end_with_the_kernel(fake_kernel):
    """A process in a session of its own, whose parent was killed: the kernel has adopted it, and ends it."""
    fake_kernel.execute("stray")
    below = children(fake_kernel.pid)
    assert len(below) == 2
    fake_kernel.execute("kill 9")
    fake_kernel.execute("6 * 7")
    assert set(below) & set(children(fake_kernel.pid)), "the stray process was not adopted"
    fake_kernel.manager.shutdown_kernel()
    gone(below)


def test_kernel_ends_with_its_parent(fake_kernel, fake_session, tmp_path):
    """A parent that starts a kernel as Jupyter does, and is killed."""
    connection = tmp_path / "parent.json"
    info = fake_kernel.manager.get_connection_info()
    connection.write_text(
        json.dumps({
            "transport": "ipc", "ip": str(tmp_path / "p"), "key": "k", "signature_scheme": "hmac-sha256", **{
                name: i
                for i, name in enumerate(("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"), 1)
            }
        }))
    assert info["key"]
    script = ("import os, subprocess, sys, time\n"
              "env = dict(os.environ, JPY_PARENT_PID=str(os.getpid()))\n"
              "p = subprocess.Popen(sys.argv[1:], env=env)\n"
              "print(p.pid, flush=True)\n"
              "time.sleep(100)\n")
    parent = subprocess.Popen([sys.executable, "-c", script, str(PROGRAM), str(connection)], text=True,
                              stdout=subprocess.PIPE, env=dict(os.environ, MNIST_SESSION=str(fake_session)))
    kernel = int(parent.stdout.readline())
    wait_until(lambda: children(kernel), timeout_s=5)
    below = children(kernel)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    gone([kernel, *below])


def test_no_descriptor_is_lost_over_two_hundred_cells(fake_kernel):
    def counts():
        try:
            return [len(os.listdir(f"/proc/{pid}/fd")) for pid in (fake_kernel.pid, *children(fake_kernel.pid))]
        except FileNotFoundError:  # an old copy has just ended
            return None

    fake_kernel.execute("name = one")
    fake_kernel.execute("name = two")  # now both copies wait
    time.sleep(0.3)  # the client's last connections
    before = counts()
    for i in range(200):
        fake_kernel.execute(f"name = v\nshow {i}\nwrite 1 x")
    # a waiting copy that was forked just now still closes what it does not need; what leaks stays
    wait_until(lambda: counts() == before, what=f"as many descriptors as before, {before}")


def test_the_session_inherits_no_descriptor_of_the_kernel(fake_kernel):
    fake_kernel.execute("6 * 7")
    folder = f"/proc/{fake_kernel.session_pid()}/fd"
    targets = {int(name): os.readlink(f"{folder}/{name}") for name in os.listdir(folder)}
    assert len(targets) == 5, targets  # stdin, stdout, stderr, the link, the shared page
    assert targets[0] == "/dev/null"


def test_an_idle_kernel_does_not_wake_up(fake_kernel):
    """An idle kernel and its session sleep: no thread of theirs wakes for as long as nobody asks."""
    def wakings():
        pids = [fake_kernel.pid, *children(fake_kernel.pid)]
        tasks = [f"/proc/{pid}/task/{task}/status" for pid in pids for task in os.listdir(f"/proc/{pid}/task")]
        return {task: re.search(r"^voluntary_ctxt_switches:\s+(\d+)", open(task).read(), re.M)[1] for task in tasks}

    def two_seconds_of_sleep():
        before = wakings()
        time.sleep(2)
        return wakings() == before

    fake_kernel.execute("name = one")
    fake_kernel.client.hb_channel.pause()  # which asks once a second
    wait_until(two_seconds_of_sleep, what="two seconds without a waking")  # what the cell began may end first


def test_a_file_size_limit_ends_no_process(kernel):
    """`ulimit -f 0` for the kernel and its session: the history cannot be written, the cells run."""
    pid, session = kernel.pid, kernel.session_pid()
    for process in (pid, session):
        resource.prlimit(process, resource.RLIMIT_FSIZE, (0, resource.prlimit(process, resource.RLIMIT_FSIZE)[1]))
    for cell in ("1 + 1", "1 + 2", "a = 4"):
        assert kernel.execute(cell)[0]["content"]["status"] == "ok"
    assert kernel.pid == pid and alive(pid) and kernel.session_pid() == session
    reply, _ = kernel.execute("%%c\n1 + 1")
    assert "File too large" in reply["content"]["evalue"]
    assert kernel.execute("$a")[0]["content"]["status"] == "ok"
