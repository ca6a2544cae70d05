"""Threads that a cell of C leaves running are ended and told, what the cell did stays, and nothing else notices.

The session process hands over to a fork of itself, which takes only one thread along; the session's own pool and what a
library starts for itself do not count.
"""
import os
import pathlib
import signal

import pytest
from conftest import alive, children, open_files, text_of, types, wait_until
from test_c_cells import c, good, run, value  # noqa: F401 (c is a fixture)

SPIN = """%%c
#include <pthread.h>
#include <unistd.h>
volatile long turns[8];
void *spin(void *number) { for (;;) turns[(long)number]++; return 0; }
void start(int count) { for (long i = 0; i < count; i++) { pthread_t thread; pthread_create(&thread, 0, spin, (void *)i); } }
"""


def threads(kernel):
    return len(os.listdir(f"/proc/{kernel.session_pid()}/task"))


@pytest.fixture
def spin(c):
    good(c, SPIN)
    return c


def test_they_are_ended_and_what_the_cell_did_stays(spin):
    before, pid = threads(spin), spin.session_pid()
    messages = good(spin, "%%c\nstart(3);\nusleep(20000);\ncounter = 77;\nint fresh = 6;\ncounter + 1")
    assert text_of(messages, "stderr") == "3 threads that the cell left running were ended\n"
    assert messages[-1]["content"]["data"]["text/plain"] == "78"
    wait_until(lambda: not alive(pid), what="the old process is gone")
    assert threads(spin) <= before
    seen = value(spin, "%%c\n(turns[0] > 0) + (turns[1] > 0) + (turns[2] > 0)"), value(spin, "%%c\nturns[0]")
    assert seen[0] == "3" and value(spin, "%%c\nturns[0]") == seen[1], "they wrote, and write no more"
    assert value(spin, "%%c\nlength(p) + counter * fresh") == "467", "functions, variables"
    assert good(spin, "6 * 7")[0]["content"]["data"]["text/plain"] == "42"
    assert "was ended" in text_of(good(spin, "%%c\nstart(1);"), "stderr")


def test_the_new_state_is_what_a_crash_falls_back_to(spin):
    good(spin, "name = 7")
    good(spin, "%%c\nstart(2); counter = 5;")
    for _ in range(3):
        content, _ = run(spin, "%%c\ncounter = 6;\n*(volatile int *)0 = 1;")
        assert content["ename"] == "SIGSEGV"
        assert value(spin, "%%c\ncounter") == "5"
    assert good(spin, "$name")[0]["content"]["data"]["text/plain"] == "7"


def test_queued_cells_run_and_can_be_interrupted(spin):
    codes = ["%%c\nstart(3); counter = 8;", "%%c\ncounter", "6 * 7", "%%c\nstart(1);", "%%c\ncounter + 1"]
    ids = [spin.client.execute(code) for code in codes]
    last = spin.client.execute('%%c\nprintf("counter %d\\n", counter);\nfor (;;);')
    for message_id in ids:
        assert spin.reply(message_id)["content"]["status"] == "ok"
    spin.wait_output("counter 8")
    spin.interrupt()
    assert spin.reply(last)["content"]["ename"] == "KeyboardInterrupt"
    assert value(spin, "%%c\ncounter") == "8"


def test_their_output_is_in_order(spin):
    messages = good(spin, """%%c
void *say(void *unused) { puts("from the thread"); for (;;) pause(); return unused; }
pthread_t thread;
puts("before");
pthread_create(&thread, 0, say, 0);
usleep(50000);
puts("after");
1 + 1""")
    assert text_of(messages) == "before\nfrom the thread\nafter\n"
    assert types(messages)[-1] == "execute_result" and messages[-2]["content"]["name"] == "stderr"


@pytest.mark.parametrize("code", [
    "pthread_t t;\npthread_create(&t, 0, spin_once, 0);\npthread_join(t, 0);",
    "pthread_t t;\npthread_create(&t, 0, spin_once, 0);\npthread_detach(t);",
    "pthread_t t;\npthread_create(&t, 0, leave, 0);",
    "pthread_t t;\npthread_create(&t, 0, spin_for_ever, 0);\npthread_cancel(t);\npthread_join(t, 0);",
    "thrd_t t;\nthrd_create(&t, spin_c11, 0);\nthrd_join(t, 0);",
])
def test_those_that_end_are_not_told(spin, code):
    pid = spin.session_pid()
    good(spin, """%%c
#include <threads.h>
void *spin_once(void *unused) { usleep(5000); return unused; }
void *spin_for_ever(void *unused) { for (;;) pause(); return unused; }
void *leave(void *unused) { usleep(5000); pthread_exit(unused); }
int spin_c11(void *unused) { (void)unused; usleep(5000); return 3; }""")
    assert good(spin, "%%c\n" + code) == [] and spin.session_pid() == pid


def test_openmp_outlives_both_a_crash_and_a_hand_over(spin):
    """Its threads are a library's: they are not told. They stay behind in a fork, which the runtime must know."""
    flags = '%%c flags="-fopenmp" link=gomp\n'
    messages = good(spin, flags + '''int sum(void)
{
    int n = 0;
#pragma omp parallel num_threads(3) reduction(+ : n)
    n += 1;
    return n;
}
sum()''')
    assert types(messages) == ["execute_result"] and messages[0]["content"]["data"]["text/plain"] == "3"
    run(spin, "%%c\n*(volatile int *)0 = 1;")
    assert value(spin, "%%c\nsum()") == "3"
    assert "2 threads" in text_of(good(spin, "%%c\nstart(2);"), "stderr")
    assert value(spin, "%%c\nsum()") == "3"
    assert value(spin, "%%c\n#include <sys/wait.h>\nint status;\nif (fork() == 0) _exit(sum());\nwait(&status);\nWEXITSTATUS(status)") == "3"


def test_a_child_of_a_thread(spin):
    messages = good(spin, '''%%c
void *have_child(void *u) { if (fork() == 0) for (;;) pause(); for (;;) pause(); return u; }
pthread_t thread;
pthread_create(&thread, 0, have_child, 0);
usleep(50000);''')
    said = text_of(messages, "stderr")
    assert "1 process that the cell left running was ended" in said and "1 thread that the cell left running was ended" in said


def test_threads_of_c11(spin):
    messages = good(spin, "%%c\n#include <threads.h>\nint wait(void *u) { for (;;) pause(); return u != 0; }\nthrd_t t;\nthrd_create(&t, wait, 0);")
    assert "1 thread that the cell left running was ended" in text_of(messages, "stderr")


def test_the_sessions_own_do_not_count(start_kernel):
    kernel = start_kernel(MNIST_HOME=str(pathlib.Path(__file__).resolve().parents[2]))
    good(kernel, "load mnist\nmodel fast\nset threads=1")
    pid = kernel.session_pid()
    messages = good(kernel, '%%c\n#include <mnist.h>\nmnist_run("set threads=3");\nmnist_run("evaluate");')
    assert "thread" not in text_of(messages, "stderr") and kernel.session_pid() == pid


@pytest.mark.parametrize("code", ["rand();", "free(malloc(100));", 'fprintf(stderr, "%s", "");', "time_t t = 0; localtime(&t);", "dlsym(RTLD_DEFAULT, \"puts\");", "fflush(0);"])
def test_ended_inside_the_library_they_leave_no_lock_behind(spin, code):
    good(spin, f"%%c\n#include <time.h>\n#include <dlfcn.h>\nvoid *call(void *u) {{ for (;;) {{ {code} }} return u; }}")
    messages = good(spin, "%%c\npthread_t t[3];\nfor (int i = 0; i < 3; i++) pthread_create(&t[i], 0, call, 0);\nusleep(10000);")
    assert "3 threads" in text_of(messages, "stderr")
    assert value(spin, f"%%c\nint tried = 1;\nfor (int i = 0; i < 3; i++) {{ {code} }}\ntried") == "1"


def test_again_and_again_leaves_nothing_behind(spin):
    def files():
        return open_files(spin.pid, *children(spin.pid))

    good(spin, "%%c\nstart(2);")
    processes, opened = len(children(spin.pid)), files()
    for i in range(20):
        assert value(spin, f"%%c\nstart(2);\ncounter = {i};\ncounter") == str(i)
    wait_until(lambda: len(children(spin.pid)) <= processes, what="no process is left over")
    wait_until(lambda: files() <= opened + 2, what="no descriptor is left over")


def test_a_session_that_moved_dies_with_the_kernel(spin):
    good(spin, "%%c\nstart(2);")
    pid, session = spin.pid, spin.session_pid()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not alive(session), timeout_s=5, what="the session is gone, too")
