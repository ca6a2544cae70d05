"""C cells in files and on standard input of `mnist run`: outputs, crashes, checks, threads, registered commands, and
the processes and files that remain."""
import pathlib
import re
import subprocess
import time

import pytest
from c_cells import PLUGINS, SLEEP, SPIN, THREADS_RUN
from conftest import MNIST, WAIT_S, mnist, started


def test_c_cells_in_a_file(home, tmp_path):
    text = ('print "one"\n%%c\n#include <stdio.h>\nint x = 3;\n'
            'printf("x %d\\n", x);\nx * 2.5\n%%c\nx\n%%\nprint "last"\n')
    done = mnist({**home, "TMPDIR": str(tmp_path)}, "run", "-", input=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "one\nx 3\n7.5\n3\nlast\n", "")
    assert not list(tmp_path.glob("mnist-c-*")), "the folder of objects is removed"


def test_a_log_has_no_colours(home):
    done = mnist(home, "run", "-", input="%%c\nint x = ;\n")
    assert done.returncode == 1 and "expected expression" in done.stderr and "\x1b" not in done.stderr + done.stdout


def test_a_crash_in_a_file_is_reported(home, tmp_path):
    text = '%%c\nint x = 3;\n%%c\n*(volatile int *)0 = x;\n%%\nprint "not reached"\n'
    done = mnist({**home, "TMPDIR": str(tmp_path)}, "run", "-", input=text)
    assert done.returncode == 1 and done.stdout == ""
    assert "SIGSEGV" in done.stderr and "cell 2, line 2" in done.stderr and "*(volatile int *)0 = x;" in done.stderr
    assert not list(tmp_path.glob("mnist-c-*")), "the folder of objects is removed"


def test_a_cell_killed_during_compilation_has_failed(home, tmp_path):
    compiler = tmp_path / "compiler"
    compiler.write_text("#!/bin/sh\nkill -9 $PPID\n")
    compiler.chmod(0o755)
    done = mnist(home, "run", "-", input=f'set c.compiler="{compiler}"\n%%c\n1 + 1\n%%\nprint "not reached"\n')
    assert (done.returncode, done.stdout) == (1, "") and "SIGKILL" in done.stderr, done


def test_a_killed_program_leaves_no_process(home):
    """Including the standby process."""
    def alive():
        mark = f"XDG_STATE_HOME={home['XDG_STATE_HOME']}".encode()
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
            except OSError:
                pass
        return found

    with started(home, "run", "-", input=SLEEP) as program:
        assert program.stdout.readline() == "sleeps\n" and len(alive()) >= 3
    end = time.monotonic() + 5
    while alive():
        assert time.monotonic() < end, alive()
        time.sleep(0.05)


@pytest.mark.parametrize("first", ["%%c", "%%c check"])
def test_a_cell_reads_from_the_program_s_input(home, first):
    script = pathlib.Path(home["MNIST_HOME"]) / "a.mnist"
    script.write_text(f'{first}\n#include <stdio.h>\nint n;\nscanf("%d", &n);\nn + 1\n')
    assert mnist(home, "run", str(script), input="41\n").stdout.startswith("42\n")
    assert "the input ended" in mnist(home, "run", str(script), input="").stderr


def test_a_checked_cell_in_a_file(home, tmp_path):
    text = ('%%c\n#include <stdlib.h>\nint x = 3;\n%%c check\nx = 4;\nx\n'
            '%%c\nx\n%%c check\nint *p = malloc(8);\np[2] = x;\n%%\n'
            'print "not reached"\n')
    done = mnist({**home, "TMPDIR": str(tmp_path)}, "run", "-", input=text)
    assert done.returncode == 1
    assert done.stdout == ("4\n"
                           "checked with address and undefined-behaviour sanitizers: "
                           "nothing found; the session is as before\n3\n")
    assert ("SanitizerError\nheap-buffer-overflow in cell 4, line 3\n"
            "a write of 4 bytes, 0 bytes after a block of 8 bytes\n") in done.stderr
    assert not list(tmp_path.glob("mnist-c-*")), "the folder of objects is removed"


def test_a_timed_cell_in_a_file(home):
    text = ('%%c time\n#include <stdio.h>\nputs("once");\n'
            'mnist_show("Seven", (unsigned char[784]){0}, 28, 28);\n').replace(
        "#include", "#include <mnist.h>\n#include", 1)
    done = mnist(home, "run", "-", input=text)
    assert done.returncode == 0 and done.stderr == ""
    assert re.fullmatch(
        r"once\npictures/cell.svg\npictures/cell.png\nSeven: .*\n[\d.]+ (us|ms|s) a run \(median of .*\)\n",
        done.stdout), done.stdout
    assert len(list((pathlib.Path(home["MNIST_HOME"]) / "pictures").iterdir())) == 2, "only of the first run"


@pytest.mark.parametrize("how, expected", [("_exit(0);", "exit status 0"), ("_exit(3);", "exit status 3"),
                                           ("exit(0);", "exit(0)"), ("raise(SIGKILL);", "SIGKILL")])
def test_a_cell_that_ends_the_program_is_reported(home, how, expected):
    done = mnist(home,
                 "run",
                 "-",
                 input=f"%%c\n#include <signal.h>\n#include <stdlib.h>\n#include <unistd.h>\n{how}\n%%\nprint 1\n")
    assert done.returncode == 1 and expected in done.stderr and done.stdout == ""


def test_threads_of_a_c_cell_keep_running(home, tmp_path):
    """They are reported once, text is printed once, and they do not affect the exit status."""
    text = SPIN + "%%c\nstart(3);\nusleep(100000);\ndone = 7;\n" + THREADS_RUN
    done = mnist({**home, "TMPDIR": str(tmp_path)}, "run", "-", input=text + '%%\nprint "last"\n')
    assert (done.returncode, done.stdout,
            done.stderr) == (0, "in\nin\nin\n1\nlast\n",
                             "3 threads are still running; they end with the session. While they run, a crash restores "
                             "the state before they were started\n")
    assert not list(tmp_path.glob("mnist-c-*")), "the folder of objects is removed"
    done = mnist(home, "run", "-", input=SPIN + "%%c\nstart(1);\n%%c\nstart(1);\nexit(3);\n")
    assert done.returncode == 1 and "exit(3)" in done.stderr and done.stderr.count("is still running") == 1


def test_output_in_a_pipe_is_not_truncated(home):
    done = mnist(home,
                 "run",
                 "-",
                 input="%%c\n#include <stdio.h>\nfor (int i = 0; i < 500000; i++) puts(\"123456789\");\n")
    assert done.returncode == 0 and len(done.stdout) == 5000000 and done.stderr == ""


def test_registered_commands_in_a_file(home):
    done = mnist(home, "run", "-", input=PLUGINS + "%%\ncount\ncount of=5\nhelp count\ncrash\nprint 1\n")
    assert done.returncode == 1
    assert done.stdout.startswith("1 of 3\n2 of 5\ncount [of=3]\n\nSays how often it was called\n")
    assert "SIGABRT" in done.stderr and "line 9, in crash" in done.stderr and not done.stdout.endswith("1\n1\n")


LATER = """%%c
#include <signal.h>
#include <time.h>
int y = 2;
timer_t timer;
struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
timer_create(CLOCK_MONOTONIC, &event, &timer);
timer_settime(timer, 0, &(struct itimerspec){.it_value = {.tv_nsec = 500000000}}, 0);
"""


def test_a_command_that_ends_the_program_restores_the_state_before_the_last_c_cell(home, tmp_path):
    """Damage by a cell may become visible in a later command; here a signal arrives during it."""
    text = "%%c\nint x = 1;\n" + LATER + "%%\nmodel lenet\ntrain epochs=1000\n%%\nprint 1\n"
    done = mnist({**home, "TMPDIR": str(tmp_path)}, "run", "-", input=text)
    assert done.returncode == 1, done
    assert "Cell 3 ended the program. The session has been restored to its state before cell 2" in done.stderr, done
    assert not list(tmp_path.glob("mnist-c-*")), "the folder of objects is removed"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGUSR1"])
def test_a_signal_to_the_process_group_ends_the_cell_alone(home, name):
    text = f"%%c\n#include <signal.h>\nint x = 1;\n%%c\nkill(0, {name});\n"
    done = subprocess.run(["setsid", "-w", MNIST, "run", "-"],
                          input=text,
                          env=home,
                          cwd=home["MNIST_HOME"],
                          capture_output=True,
                          text=True,
                          timeout=WAIT_S)
    assert done.returncode == 1 and "killed by a signal" in done.stderr, done


def test_a_crash_at_exit_is_not_a_failure(home):
    """All commands have run at that time; a damaged heap may cause a crash when memory is freed at exit."""
    text = "%%c\n#include <stdlib.h>\n__attribute__((destructor)) void last(void) { abort(); }\n%%\nprint 1\n"
    done = mnist(home, "run", "-", input=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def test_streams_of_a_cell_do_not_affect_the_program(home):
    code = {"wide": 'wprintf(L"wide\\n");', "closed": "fclose(stdout); fclose(stderr);",
            "nonblocking": "#include <fcntl.h>\nfcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);"}
    for name, line in code.items():
        text = (f'%%c\n#include <mnist.h>\n#include <stdio.h>\n'
                f'#include <wchar.h>\n{line}\nmnist_run("print 2.5");\n%%\n'
                f'print 3.5\n%%c\nputs("last");\n')
        done = mnist(home, "run", "-", input=text)
        assert (done.returncode, done.stdout) == (0, ("wide\n" if name == "wide" else "") + "2.5\n3.5\nlast\n"), (name,
                                                                                                                  done)
