"""test_c_crash - C cells that crash, never end or exhaust a resource.

Proves: the error names the cause and the line, the state of the session is restored, and no
process, file or descriptor remains.
"""
import fcntl
import os
import shutil
import signal
import time

import pytest
from conftest import children, good, run, text_of, types, value, wait_until

CRASHES = {
    "null": ("*(volatile int *)0 = 1;", "SIGSEGV", "NULL pointer dereference"),
    "wild": ("*(volatile int *)0x123456789 = 1;", "SIGSEGV", "0x123456789"),
    "zero": ("volatile int zero = 0;\ncounter = 10 / zero;", "SIGFPE", "division by zero"),
    "trap": ("__builtin_trap();", "SIGILL", "illegal"),
    "abort": ("abort();", "SIGABRT", "aborted"),
    "stack": ("int down(int n) { volatile char room[999]; room[0] = 1; return down(n + 1) + room[0]; }\ndown(0);",
              "SIGSEGV", "stack overflowed"),
    "exit": ("exit(7);", "Exit", "exit(7)"),
    "_exit": ("#include <unistd.h>\n_exit(7);", "SessionDied", "exit status 7"),
    "kill": ("#include <signal.h>\nraise(SIGKILL);", "SessionDied", "SIGKILL"),
    "assert": ("#include <assert.h>\nassert(counter == 99);", "SIGABRT", "aborted"),
    "library": ("#include <string.h>\nvolatile char *where = (char *)16;\ncounter = strlen((char *)where);", "SIGSEGV",
                "NULL pointer dereference (address 0x10)"),
}


@pytest.mark.parametrize("how", CRASHES)
def test_a_crash_is_reported_and_the_state_restored(c, how):
    code, name, output = CRASHES[how]
    good(c, "name = 7")
    content, messages = run(c, f'%%c\ncounter = 77;\nprintf("before");\n{code}\n')
    assert content["ename"] == name and output in content["evalue"], content
    assert text_of(messages) == "before" and types(messages)[-1] == "error"
    if name not in ("SessionDied",):
        assert f"cell {content['execution_count']}, line" in content["evalue"]
        assert code.split("\n")[0 if how == "stack" else -1] in "\n".join(content["traceback"])
    assert value(c, "%%c\ncounter") == "3" and value(c, "%%c\nlength(p)") == "5"
    assert good(c, "$name")[0]["content"]["data"]["text/plain"] == "7"


def test_the_first_cell_crashes(kernel):
    content, _ = run(kernel, "%%c\n*(volatile int *)0 = 1;")
    assert content["ename"] == "SIGSEGV" and "line 2" in content["evalue"]
    assert value(kernel, "%%c\n1 + 1") == "2"


def test_the_report_names_the_cell_whose_state_is_restored(kernel):
    kill = "%%c\n#include <signal.h>\nraise(SIGKILL);"
    content, _ = run(kernel, kill)
    assert content["ename"] == "SessionDied" and "back as they were before the cell" in content["evalue"]
    good(kernel, "name = 7")
    here = run(kernel, "$name")[0]["execution_count"]
    content, _ = run(kernel, kill)
    assert f"back as after cell {here}" in content["evalue"]


def test_the_traceback_of_a_crash(c):
    good(c, "%%c\nvoid write_to(int *where)\n{\n    *where = 1;\n}")
    content, _ = run(c, "%%c\nvoid through(int *where)\n{\n    write_to(where);\n    counter++;\n}\nthrough(0);")
    trace = "\n".join(content["traceback"])
    here = content["execution_count"]
    assert f"cell {here - 1}, line 4, in write_to" in trace and "*where = 1;" in trace
    assert f"cell {here}, line 4, in through" in trace and f"cell {here}, line 7" in trace


def test_a_crash_in_a_thread(c):
    content, _ = run(c, """%%c
#include <pthread.h>
void *bad(void *unused) { *(volatile int *)0 = 1; return unused; }
pthread_t thread;
pthread_create(&thread, 0, bad, 0);
pthread_join(thread, 0);
""")
    assert content["ename"] == "SIGSEGV" and "in a thread" in content["evalue"]
    assert value(c, "%%c\ncounter") == "3"


@pytest.mark.parametrize("code", [
    "for (;;) counter++;", "#include <unistd.h>\nfor (;;) pause();", "#include <unistd.h>\nsleep(60);"
])
def test_an_interrupted_endless_cell_has_no_effect(c, code):
    message_id = c.client.execute(f'%%c\nprintf("counter %d\\n", counter);\n{code}')
    c.wait_output("counter 3")
    began = time.monotonic()
    c.interrupt()
    reply = c.reply(message_id)
    assert reply["content"]["ename"] == "KeyboardInterrupt" and time.monotonic() - began < 1
    assert "line" in reply["content"]["evalue"]
    assert value(c, "%%c\ncounter") == "3"


def test_the_folder_of_objects_is_removed_with_the_kernel(start_kernel, tmp_path):
    kernel = start_kernel(TMPDIR=str(tmp_path))
    good(kernel, "%%c\nint a = 1;")
    run(kernel, "%%c\n*(volatile int *)0 = 1;")
    assert len(list(tmp_path.glob("mnist-c-*"))) == 1
    kernel.manager.shutdown_kernel()
    wait_until(lambda: not list(tmp_path.glob("mnist-c-*")), what="the folder is removed")


def test_the_folder_of_objects_may_be_deleted_between_cells(start_kernel, tmp_path):
    kernel = start_kernel(TMPDIR=str(tmp_path))
    good(kernel, "%%c\nint twice(int n) { return 2 * n; }")
    folder, = tmp_path.glob("mnist-c-*")
    shutil.rmtree(folder)
    assert value(kernel, "%%c\ntwice(21)") == "42"
    content, _ = run(kernel, "%%c\n*(volatile int *)0 = 1;")
    assert content["ename"] == "SIGSEGV" and "line 2" in content["evalue"]


def is_locked(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def test_the_folder_of_a_killed_kernel_is_removed_by_the_next_kernel(start_kernel, tmp_path):
    dead, living = (start_kernel(TMPDIR=str(tmp_path)) for _ in range(2))
    good(dead, "%%c\nint a = 1;")
    lost, = tmp_path.glob("mnist-c-*")
    good(living, "%%c\nint a = 2;")
    kept, = set(tmp_path.glob("mnist-c-*")) - {lost}
    run(living, "%%c\n*(volatile int *)0 = 1;")
    pids = [dead.pid, *children(dead.pid)]
    # Stopped first: otherwise the session detects the end of its kernel and removes the folder.
    for number in signal.SIGSTOP, signal.SIGKILL:
        for pid in pids:
            os.kill(pid, number)
    (tmp_path / "mnist-c-note").write_text("of another program")
    wait_until(lambda: not is_locked(lost), what="all processes of the killed kernel end")
    assert lost.exists()
    good(start_kernel(TMPDIR=str(tmp_path)), "%%c\n1 + 1")
    assert not lost.exists() and kept.exists()
    assert value(living, "%%c\na") == "2"
    assert (tmp_path / "mnist-c-note").exists()


def test_limits(c):
    good(c, "set c.memory=512M c.time=1")
    assert value(c, "%%c\n#include <stdlib.h>\nvoid *most = malloc(1u << 30);\nmost == NULL") == "1"
    content, _ = run(c, "%%c\nfor (;;) counter++;")
    assert content["ename"] == "TimeoutError" and "longer than 1 s" in content["evalue"]
    assert "line 2" in content["evalue"]
    assert value(c, "%%c\ncounter") == "3"
    content, _ = run(c, "set c.memory=much")
    assert "512M or 4G" in content["evalue"]


HOSTILE = {
    "closes stdout": "#include <unistd.h>\nclose(1); close(2); close(0);",
    "changes the folder": '#include <unistd.h>\nchdir("/");',
    "ignores signals": "#include <signal.h>\n"
                       "signal(SIGSEGV, SIG_IGN); signal(SIGINT, SIG_IGN); "
                       "signal(SIGCHLD, SIG_IGN);",
    "blocks signals": "#include <signal.h>\nsigset_t all; sigfillset(&all); sigprocmask(SIG_BLOCK, &all, 0);",
    "clears the environment": "#include <stdlib.h>\nclearenv();",
    "registers an exit function": "#include <stdlib.h>\nvoid last(void) { *(volatile int *)0 = 1; }\natexit(last);",
    "closes stdout's stream": "fclose(stderr);",
    "jumps": "#include <setjmp.h>\njmp_buf place;\nif (setjmp(place) == 0) longjmp(place, 1);",
    "leaves a child": "#include <unistd.h>\nif (fork() == 0) for (;;) pause();",
    "sets a timer": "#include <unistd.h>\nalarm(1);",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_cells(c, what):
    run(c, "%%c\n" + HOSTILE[what])
    assert value(c, "%%c\ncounter") == "3"
    assert text_of(good(c, '%%c\nprintf("out\\n"); fprintf(stderr, "err\\n");')) == "out\n"
    assert good(c, "6 * 7")[0]["content"]["data"]["text/plain"] == "42"
    content, _ = run(c, "%%c\n*(volatile int *)0 = 1;")
    assert content["ename"] == "SIGSEGV"
    message_id = c.client.execute('%%c\nprintf("counter %d\\n", counter);\nfor (;;);')
    c.wait_output("counter 3")
    c.interrupt()
    assert c.reply(message_id)["content"]["ename"] == "KeyboardInterrupt"
    assert value(c, "%%c\ncounter") == "3"


def test_remaining_child_processes_are_terminated_and_reported(c):
    messages = good(c, "%%c\n#include <unistd.h>\nif (fork() == 0) for (;;) pause();")
    assert "1 process that the cell left running was ended" in text_of(messages, "stderr")
