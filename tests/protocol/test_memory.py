"""test_memory - the front process when memory runs out, and the return of memory after large
messages.

A preloaded library (fail_malloc.c) makes allocations fail.
"""
import os
import pathlib
import subprocess
import time

import pytest
from conftest import ROOT, types, wait_until


@pytest.fixture(scope="session")
def fail_malloc(tmp_path_factory):
    library = tmp_path_factory.mktemp("malloc") / "fail_malloc.so"
    source = ROOT / "tests/protocol/fail_malloc.c"
    subprocess.run([
        os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-O1", "-fPIC", "-shared", source, "-o", library
    ],
                   check=True)
    return library


@pytest.mark.parametrize("every", [3, 7, 17, 53])
def test_every_request_is_answered_when_allocations_fail(start_kernel, fake_session, fail_malloc, tmp_path, every):
    trigger = tmp_path / "now"
    kernel = start_kernel(MNIST_SESSION=fake_session,
                          LD_PRELOAD=fail_malloc,
                          FAIL_MALLOC=trigger,
                          FAIL_MALLOC_EVERY=every)
    kernel.execute("6 * 7")
    trigger.touch()
    requests = [("execute", "execute_request", {"code": "6 * 7", "stop_on_error": False}),
                ("complete", "complete_request", {"code": "tra", "cursor_pos": 3}),
                ("inspect", "inspect_request", {"code": "train", "cursor_pos": 5, "detail_level": 1}),
                ("is_complete", "is_complete_request", {"code": "train"}), ("kernel_info", "kernel_info_request", {}),
                ("history", "history_request", {"hist_access_type": "tail", "n": 5}),
                ("comm_info", "comm_info_request", {})]
    for _ in range(5):
        for name, kind, content in requests:
            message_id = kernel.request("shell", kind, content)
            reply, messages = kernel.finish(message_id, timeout_s=10)
            assert reply["msg_type"] == f"{name}_reply" and reply["content"]["status"] in ("ok", "error", "complete")
            states = [m["content"]["execution_state"] for m in messages if m["msg_type"] == "status"]
            assert states[0] == "busy" and states[-1] == "idle"
    trigger.unlink()
    reply, messages = kernel.execute("6 * 7")
    assert reply["content"]["status"] == "ok" and "execute_result" in types(messages)


def resident_mb(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_memory_of_large_messages_is_given_back(fake_kernel):
    """Cells of 4 MB, many values, too much content, large outputs: a second later the process is as small as before."""
    fake_kernel.execute("6 * 7")
    before = resident_mb(fake_kernel.pid)
    contents = [{"code": "#" * 4_000_000},
                {"code": "1",
                 "user_expressions": {str(i): "x" * 300
                                      for i in range(90_000)}}, {"code": "#" * 60_000_000}, {"code": "é" * 2_000_000}]
    for content in contents:
        for kind in ("execute_request", "complete_request", "is_complete_request"):
            fake_kernel.finish(fake_kernel.request("shell", kind, content))
    message = fake_kernel.client.session.msg("kernel_info_request", {})
    fake_kernel.client.session.send(fake_kernel.client.shell_channel.socket, message, buffers=[b"x" * 100_000_000])
    fake_kernel.reply(message["header"]["msg_id"])
    fake_kernel.execute("6 * 7")
    time.sleep(0.2)
    wait_until(lambda: resident_mb(fake_kernel.pid) < before + 24, timeout_s=10,
               what=f"{resident_mb(fake_kernel.pid):.0f} MB, {before:.0f} MB before: the return of memory")
