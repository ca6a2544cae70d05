"""test_c_damage - C cells that damage their process's memory without crashing.

Proves: when later cells die of the damage, the damaging cell is rolled back; `reset` works in a
damaged session.
"""
import itertools
import os
import pathlib
import signal

import pytest
from conftest import alive, children, good, run, text_of, value, wait_until

# Writes beyond a block of the heap, onto the C library's own notes. What they were decides when that is noticed.
OVERRUN = """%%c
#include <stdlib.h>
#include <string.h>
volatile size_t size = {size};
char *p = malloc(size);
memset(p, 'A', size + {beyond});
"""


def damage(kernel):
    """Runs a cell that succeeds, and whose heap is damaged so that a later cell dies. Returns that cell's error."""
    for size, beyond in itertools.product((500, 300, 200, 100, 700, 1000, 2000, 50, 4000), (300, 32, 100, 16, 1000)):
        good(kernel, "reset")
        good(kernel, "name = 7")
        content, _ = run(kernel, OVERRUN.format(size=size, beyond=beyond))
        if content["status"] == "ok":
            content, _ = run(kernel, "%%c\n1 + 1")
            if content["status"] == "error":
                print(f"damage: {size} + {beyond}")
                return content
    raise AssertionError("no size of a block made a damage that shows later")


def test_a_damaged_heap_is_rolled_back(kernel):
    content = damage(kernel)
    damaging = content["execution_count"] - 1
    assert content["ename"] == "SessionDied" and f"as after cell {damaging}" in content["evalue"]
    content, _ = run(kernel, "%%c\n2 + 2")
    assert f"cell {damaging} was rolled back" in content["evalue"]
    assert f"as after cell {damaging - 1}" in content["evalue"]
    assert value(kernel, "%%c\n3 + 3") == "6"
    assert good(kernel, "$name")[0]["content"]["data"]["text/plain"] == "7"


def test_reset_works_with_a_damaged_heap(kernel):
    damage(kernel)
    assert text_of(good(kernel, "reset")) == "the session has been reset\n"
    assert value(kernel, "%%c\n1 + 1") == "2"


def test_a_crash_in_the_cell_s_own_code_rolls_back_no_other_cell(kernel):
    good(kernel, "name = 7")
    good(kernel, "%%c\nint x = 5;")
    for code in ("*(volatile int *)0 = 1;", "__builtin_trap();", "*(volatile int *)0 = x;", "_exit(3);"):
        content, _ = run(kernel, f"%%c\n#include <unistd.h>\n{code}")
        assert content["status"] == "error" and "rolled back" not in content["evalue"]
    assert value(kernel, "%%c\nx") == "5"


def test_reset_starts_a_new_process(kernel):
    """What no process can undo is gone, too; the lines before and after it run once, in order."""
    good(kernel, "%%c\n#include <sys/prctl.h>\n#include <unistd.h>\n"
                 "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); int before = getpid();")
    messages = good(kernel, 'name = 3\nprint "first"\nreset\nprint "last"\nother = 4')
    assert text_of(messages) == "first\nthe session has been reset\nlast\n"
    assert run(kernel, "$name")[0]["status"] == "error"
    assert good(kernel, "$other")[0]["content"]["data"]["text/plain"] == "4"
    assert value(kernel, "%%c\n#include <sys/prctl.h>\nprctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)") == "0"
    assert run(kernel, "%%c\nbefore")[0]["ename"] == "CompileError"


@pytest.mark.parametrize("code", ["kill(0, SIGTERM);", "kill(0, SIGHUP);", "kill(0, SIGKILL);", "kill(0, SIGSEGV);"])
def test_a_signal_to_the_process_group_affects_only_the_cell(kernel, code):
    good(kernel, "name = 7")
    good(kernel, "%%c\nint x = 5;")
    pid = kernel.pid
    content, _ = run(kernel, f"%%c\n#include <signal.h>\nx = 6;\n{code}\nfor (;;);")
    assert content["status"] == "error" and kernel.pid == pid and alive(pid)
    assert value(kernel, "%%c\nx") == "5" and good(kernel, "$name")[0]["content"]["data"]["text/plain"] == "7"


def cpu_ticks(pid):
    return sum(map(int, pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))


def test_standbys_are_idle_and_end_with_the_kernel(kernel):
    for i in range(3):
        good(kernel, f"%%c\nint x{i} = {i};")
    session = kernel.session_pid()
    copies = [pid for pid in children(session) if pathlib.Path(f"/proc/{pid}/comm").read_text() == "mnist-session\n"]
    assert len(copies) == 2
    kernel.client.execute("%%c\nfor (volatile long i = 0;; i++);")
    before = [cpu_ticks(pid) for pid in copies]
    wait_until(lambda: cpu_ticks(session) > 100, what="work in the session")
    assert [cpu_ticks(pid) for pid in copies] == before
    everything = [kernel.pid, *children(kernel.pid)]
    os.kill(kernel.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(alive, everything)), what="the end of the copies")
