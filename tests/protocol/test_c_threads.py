"""Threads that a C cell leaves running are reported and run on until the session process ends.

While they run, no copy of the session is made: a crash restores the state before they were started, and its report says
so. The threads of the session's own pool and those that a library starts for itself do not count.
"""
import os
import signal

import pytest
from conftest import ROOT, alive, children, good, open_files, run, text_of, types, value, wait_until

SPIN = """%%c
#include <pthread.h>
#include <unistd.h>
volatile long turns[8];
volatile int stop = 0;
void *spin(void *number) { while (!stop) turns[(long)number]++; return 0; }
void start(int count)
{
    for (long i = 0; i < count; i++) {
        pthread_t thread;
        pthread_create(&thread, 0, spin, (void *)i);
    }
}
"""
LINE = ("{} still running; they end with the session. While they "
        "run, a crash restores the state before they were started\n")
BEFORE_THREADS = "as it was before the running threads were started"


def threads(kernel):
    return len(os.listdir(f"/proc/{kernel.session_pid()}/task"))


@pytest.fixture
def spin(c):
    good(c, SPIN)
    return c


def test_threads_are_reported_once_and_keep_running(spin):
    before, pid = threads(spin), spin.session_pid()
    messages = good(spin, "%%c\nstart(3);\nusleep(20000);\ncounter = 77;\nint fresh = 6;\ncounter + 1")
    assert text_of(messages, "stderr") == LINE.format("3 threads are")
    assert messages[-1]["content"]["data"]["text/plain"] == "78"
    assert threads(spin) == before + 3 and spin.session_pid() == pid
    first = int(value(spin, "%%c\nturns[0]"))
    assert int(value(spin, "%%c\nusleep(20000);\nturns[0]")) > first
    assert value(spin, "%%c\nlength(p) + counter * fresh") == "467", "functions, variables"
    assert good(spin, "6 * 7")[0]["content"]["data"]["text/plain"] == "42"
    assert text_of(good(spin, "%%c\nstart(1);"), "stderr") == LINE.format("4 threads are")


def test_a_crash_restores_the_state_before_the_threads_were_started(spin):
    good(spin, "%%c\ncounter = 5;")
    good(spin, "%%c\nstart(2); counter = 6;")
    good(spin, "name = 7")
    content, _ = run(spin, "%%c\ncounter = 8;\n*(volatile int *)0 = 1;")
    assert content["ename"] == "SIGSEGV" and BEFORE_THREADS in content["traceback"][-1]
    assert value(spin, "%%c\ncounter") == "5" and run(spin, "$name")[0]["status"] == "error"
    good(spin, "%%c\ncounter = 9;")
    content, _ = run(spin, "%%c\n*(volatile int *)0 = 1;")
    assert "as it was before the cell" in content["traceback"][-1], "without threads, copies are made again"
    assert value(spin, "%%c\ncounter") == "9"


def test_the_report_of_a_killed_session_names_the_last_cell_with_a_standby(spin):
    good(spin, "%%c\ncounter = 5;")
    count = spin.execute("%%c\nstart(2); counter = 6;")[0]["content"]["execution_count"]
    good(spin, "%%c\ncounter = 7;")
    content, messages = run(spin, "%%c\n#include <signal.h>\nraise(SIGKILL);")
    assert content["status"] == "error"
    assert f"back as after cell {count - 1}" in str(messages) + str(content), (messages, content)
    assert value(spin, "%%c\ncounter") == "5"


def test_standbys_are_made_again_after_the_threads_have_ended(spin):
    before = threads(spin)
    good(spin, "%%c\nstart(2); counter = 6;")
    good(spin, "%%c\nstop = 1; counter = 7;")
    wait_until(lambda: threads(spin) <= before, what="the threads have ended")
    content, _ = run(spin, "%%c\n*(volatile int *)0 = 1;")
    assert "as it was before the cell" in content["traceback"][-1]
    assert value(spin, "%%c\ncounter") == "7"


def test_a_cell_is_not_checked_while_threads_run(spin):
    before = threads(spin)
    good(spin, "%%c\nstart(2);")
    content, _ = run(spin, "%%c check\nint x = 1;")
    assert content["evalue"].startswith("2 threads are still running: a cell is checked in a copy"), content
    good(spin, "%%c\nstop = 1;")
    wait_until(lambda: threads(spin) <= before, what="the threads have ended")
    assert "nothing found" in text_of(good(spin, "%%c check\nint x = 1;"))


def test_threads_of_a_checked_cell_end_with_its_process(spin):
    messages = good(spin, "%%c check\npthread_t thread;\npthread_create(&thread, 0, spin, 0);")
    assert "1 thread is still running; it ends with the checked copy" in text_of(messages, "stderr")
    assert threads(spin) == 1 or "spin" not in text_of(messages)


def test_a_thread_that_reads_stdin_gets_end_of_file(spin):
    good(spin, """%%c
#include <stdio.h>
volatile int ends = 0;
void *read_all(void *file) { for (;;) { if (getc(file) == EOF) ends++; clearerr(file); usleep(100); } return 0; }
void *later(void *file) { usleep(200000); return read_all(file); }
pthread_t reader;
pthread_create(&reader, 0, later, stdin);""")
    assert value(spin, "%%c\nusleep(400000);\nends > 0") == "1"
    assert value(spin, "%%c\n1 + 1") == "2"


def test_queued_cells_run_and_can_be_interrupted_while_threads_run(spin):
    codes = ["%%c\nstart(3); counter = 8;", "%%c\ncounter", "6 * 7", "%%c\nstart(1);", "%%c\ncounter + 1"]
    ids = [spin.client.execute(code) for code in codes]
    last = spin.client.execute('%%c\nprintf("counter %d\\n", counter);\nfor (;;);')
    for message_id in ids:
        assert spin.reply(message_id)["content"]["status"] == "ok"
    spin.wait_output("counter 8")
    spin.interrupt()
    content = spin.reply(last)["content"]
    assert content["ename"] == "KeyboardInterrupt" and BEFORE_THREADS in content["traceback"][-1]
    assert value(spin, "%%c\ncounter") == "3"


def test_output_of_threads_is_in_order(spin):
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
def test_threads_that_end_are_not_reported(spin, code):
    pid = spin.session_pid()
    good(spin, """%%c
#include <threads.h>
void *spin_once(void *unused) { usleep(5000); return unused; }
void *spin_for_ever(void *unused) { for (;;) pause(); return unused; }
void *leave(void *unused) { usleep(5000); pthread_exit(unused); }
int spin_c11(void *unused) { (void)unused; usleep(5000); return 3; }""")
    assert good(spin, "%%c\n" + code) == [] and spin.session_pid() == pid


def test_openmp_survives_a_crash(spin):
    """Its threads are a library's: they are not reported. A fork does not have them, which the runtime must know."""
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
    good(spin, "%%c\nstop = 1;")
    assert value(spin, "%%c\n#include <sys/wait.h>\nint status;\nif (fork() == 0) _exit(sum());\nwait(&status);\n"
                       "WEXITSTATUS(status)") == "3"


def test_a_child_of_a_thread(spin):
    messages = good(spin, '''%%c
void *have_child(void *u) { if (fork() == 0) for (;;) pause(); for (;;) pause(); return u; }
pthread_t thread;
pthread_create(&thread, 0, have_child, 0);
usleep(50000);''')
    output = text_of(messages, "stderr")
    assert "1 process that the cell left running was ended" in output and "1 thread is still running" in output


def test_threads_of_c11(spin):
    messages = good(spin, "%%c\n#include <threads.h>\nint wait(void *u) { for (;;) pause(); return u != 0; }\n"
                          "thrd_t t;\nthrd_create(&t, wait, 0);")
    assert "1 thread is still running" in text_of(messages, "stderr")


def test_the_session_s_own_threads_are_not_reported(start_kernel):
    kernel = start_kernel(MNIST_HOME=ROOT)
    good(kernel, "load mnist\nmodel fast\nset threads=1")
    pid = kernel.session_pid()
    messages = good(kernel, '%%c\n#include <mnist.h>\nmnist_run("set threads=3");\nmnist_run("evaluate");')
    assert "thread" not in text_of(messages, "stderr") and kernel.session_pid() == pid


@pytest.mark.parametrize("code", [
    "rand();", "free(malloc(100));", 'fprintf(stderr, "%s", "");', "time_t t = 0; localtime(&t);",
    "dlsym(RTLD_DEFAULT, \"puts\");", "fflush(0);"
])
def test_threads_inside_the_c_library_block_no_later_cell(spin, code):
    """Neither a later cell, nor the copy that takes over after a crash, waits for a lock that such a thread has."""
    good(spin, f"%%c\n#include <time.h>\n#include <dlfcn.h>\nvoid *call(void *u) {{ for (;;) {{ {code} }} return u; }}")
    messages = good(
        spin, "%%c\npthread_t t[3];\nfor (int i = 0; i < 3; i++) pthread_create(&t[i], 0, call, 0);\nusleep(10000);")
    assert "3 threads" in text_of(messages, "stderr")
    attempt = f"%%c\nint tried = 1;\nfor (int i = 0; i < 3; i++) {{ {code} }}\ntried"
    for _ in range(3):
        assert value(spin, attempt) == "1"
    run(spin, "%%c\n*(volatile int *)0 = 1;")
    assert value(spin, attempt) == "1"


def test_repeated_threads_leave_no_process_and_no_file(spin):
    def files():
        return open_files(spin.pid, *children(spin.pid))

    good(spin, "%%c\nvoid *wait(void *u) { for (;;) pause(); return u; }\n"
               "void leave(void) { pthread_t t; pthread_create(&t, 0, wait, 0); }")
    good(spin, "%%c\nleave();")
    processes, opened = len(children(spin.pid)), files()
    for i in range(20):
        assert value(spin, f"%%c\nleave();\ncounter = {i};\ncounter") == str(i)
    assert len(children(spin.pid)) <= processes
    wait_until(lambda: files() <= opened + 2, what="no descriptor is left over")


def test_a_session_with_threads_dies_with_the_kernel(spin):
    good(spin, "%%c\nstart(2);")
    pid, session = spin.pid, spin.session_pid()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not alive(session), timeout_s=5, what="the session is gone, too")
