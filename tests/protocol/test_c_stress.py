"""test_c_stress - many C cells: a hundred crashes of every kind, two hundred ordinary cells, and
hostile cells.

Proves: no memory, process, thread, descriptor or file accumulates.
"""
import contextlib
import os
import pathlib
import time

import pytest
from conftest import alive, children, good, open_files, run, text_of, value, wait_until
from test_c_crash import CRASHES


def processes(kernel):
    return [kernel.pid, *children(kernel.pid)]


def memory_kib(pids):
    """Of their own and shared with each other: pages of programs and libraries count by how many others, too, have
    them."""
    lines = [line for pid in pids for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    found = [int(line.split()[1]) for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:"))]
    assert len(found) == 2 * len(pids), "this system does not tell what memory is a process's own"
    return sum(found)


def settled(kernel):
    """What there is once nothing is on its way out: (processes, files, KiB)."""
    while True:
        pids = processes(kernel)
        with contextlib.suppress(OSError):  # one has just ended
            state = len(pids), open_files(*pids), memory_kib(pids)
            time.sleep(0.3)
            if processes(kernel) == pids:
                return state


@pytest.mark.slow
def test_one_hundred_crashes_leave_no_process_file_or_memory(c):
    """After each, the state is that before it. The first, one of each kind, may take what is kept for good; and the
    cells that ask for the state stay loaded, as every cell does that was good."""
    loaded_kib = 24
    good(c, "name = 7")
    kinds = list(CRASHES.values())
    for i in range(len(kinds) + 100):
        if i == len(kinds):
            before = settled(c)
        content, _ = run(c, "%%c\ncounter = 98;\n" + kinds[i % len(kinds)][0])
        assert content["ename"] == kinds[i % len(kinds)][1], (i, content)
        assert value(c, "%%c\ncounter + (int)length(p)") == "8", i

    def nothing_is_left():  # what is on its way out ends soon; what is lost stays
        processes_and_files = settled(c)[:2]
        return all(now <= then for now, then in zip(processes_and_files, before))

    wait_until(nothing_is_left, what="no more processes and files than before")
    after = settled(c)
    print(f"processes, files, KiB: {before} -> {after}")
    assert after[2] < before[2] + 100 * loaded_kib + 1024
    assert good(c, "$name")[0]["content"]["data"]["text/plain"] == "7"


@pytest.mark.slow
def test_two_hundred_cells_in_sequence(c):
    """Definitions, redefinitions, statements and commands, mixed; what each left is there for the ones after it."""
    total = 0
    for i in range(40):
        good(c, f"%%c\nint variable_{i} = {i};\nint step(int a) {{ return a + {i}; }}\n"
                f"struct s{i} {{ int a[{i + 1}]; }};\n#define LAST {i}")
        messages = good(c, f'%%c\nfor (int i = 0; i < 2; i++) counter += LAST;\nprintf("%d\\n", counter);')
        total += 2 * i
        assert text_of(messages) == f"{3 + total}\n"
        assert good(c, f"n = {i}\n$n * 2")[-1]["content"]["data"]["text/plain"] == str(2 * i)
        assert value(c,
                     f"%%c\nstep(variable_{i // 2}) + (int)sizeof(struct s{i})") == str(i + (10 *
                                                                                             (i // 2) if i > 0 else 0) +
                                                                                        4 * (i + 1))
        good(c, f"%%c\nlong variable_{i} = {10 * i};\nint through_{i}(void) {{ return step(1); }}")
    assert value(c, "%%c\nvariable_0 + variable_39") == "390"
    assert value(c, "%%c\nthrough_0()") == "40", "older functions call the newest"


HOSTILE = {
    "forks and forks, up to a limit": ("""#include <unistd.h>
#include <sys/resource.h>
for (int i = 0; i < 40; i++)
    if (fork() == 0) {
        for (int j = 0; j < 3; j++) fork();
        for (;;) pause();
    }""", "processes that the cell left running were ended"),
    "lets a child's child go": ("""#include <unistd.h>
#include <sys/wait.h>
int child = fork();
if (child == 0) {
    if (fork() == 0) for (;;) pause();
    _exit(0);
}
waitpid(child, NULL, 0);""", "1 process left running by the cell was ended"),
    "unsets what the kernel lives by": (
        "unsetenv(\"PATH\"); unsetenv(\"HOME\"); setenv(\"LD_PRELOAD\", \"/nowhere.so\", 1); "
        "setenv(\"CC\", \"false\", 1);", ""),
    "is in a folder that is gone": ("""#include <unistd.h>
#include <sys/stat.h>
char place[] = "/tmp/mnist-test-XXXXXX";
chdir(mkdtemp(place));
rmdir(place);""", ""),
    "closes all files but the first three": "#include <unistd.h>\nfor (int i = 3; i < 1000; i++) close(i);",
    "puts a file in the place of stdout": ('freopen("/dev/null", "w", stdout);', ""),
    "jumps out of a function that is over": ("""#include <setjmp.h>
jmp_buf place;
__attribute__((noinline)) int mark(void) { return setjmp(place); }
static int turns;
mark();
if (turns++ < 3) longjmp(place, 1);""", None),
    "jumps to where an older cell was": ("longjmp(older, 1);", None),
    "has exit functions": (
        "void first(void) { for (;;); }\nvoid second(void) { abort(); }\natexit(first); atexit(second);", ""),
    "handles signals itself": ("""#include <signal.h>
int caught;
void handle(int number) { caught = number; }
for (int i = 1; i < 65; i++) signal(i, handle);""", ""),
    "has a handler that jumps": ("""#include <signal.h>
#include <setjmp.h>
sigjmp_buf back;
void jump(int number) { siglongjmp(back, number); }
signal(SIGSEGV, jump);
if (sigsetjmp(back, 1) == 0) *(volatile int *)0 = 1;""", ""),
    "wants all memory": ("for (int i = 0; i < 100000; i++) if (malloc(1 << 30) == NULL) break;", ""),
    "takes all files": ("#include <fcntl.h>\nwhile (open(\"/dev/null\", 0) >= 0) { }", None),
    "changes rounding and limits": ("""#include <fenv.h>
#include <sys/resource.h>
fesetround(FE_UPWARD);
struct rlimit none = {0, 0};
setrlimit(RLIMIT_CORE, &none);
setrlimit(RLIMIT_CPU, &(struct rlimit){100, 100});""", ""),
    "prints 100 MB": ('char line[1000]; for (int i = 0; i < 999; i++) line[i] = i % 80 ? 65 : 10;\n'
                      'line[999] = 10;\nfor (int i = 0; i < 100000; i++) fwrite(line, 1, 1000, stdout);',
                      "of output were omitted"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_cells(c, what):
    """Whatever the cell does, and whether it survives: the next ones run, and its state or the one before is there."""
    good(c, "%%c\n#include <setjmp.h>\njmp_buf older;\nif (setjmp(older)) counter = 3;")
    code, output = HOSTILE[what] if isinstance(HOSTILE[what], tuple) else (HOSTILE[what], None)
    before = len(children(c.pid))
    content, messages = run(c, "%%c\n" + code)
    if content["status"] == "ok":
        wait_until(lambda: len([pid for pid in children(c.pid) if alive(pid)]) <= before + 2,
                   what="the cell's processes to be gone")
    if output is not None:
        assert content["status"] == "ok" and output in text_of(messages, "stderr"), content
    good(c, "%%c\ncounter = 3;")
    assert value(c, "%%c\ncounter + (int)length(p)") == "8"
    assert text_of(good(c, '%%c\nprintf("out\\n"); fprintf(stderr, "err\\n");')) == "out\n"
    assert good(c, "6 * 7")[0]["content"]["data"]["text/plain"] == "42"
    content, _ = run(c, "%%c\n*(volatile int *)0 = 1;")
    assert content["ename"] == "SIGSEGV"
    assert value(c, "%%c\ncounter") == "3"


def test_a_cell_cannot_use_up_the_descriptors(c):
    """The next cell's compiler, a picture and the data need some."""
    session = pathlib.Path(f"/proc/{c.session_pid()}")
    limit = int(
        next(line for line in (session / "limits").read_text().splitlines()
             if line.startswith("Max open files")).split()[3])
    good(c, "%%c\n#include <fcntl.h>\nwhile (open(\"/dev/null\", 0) >= 0) { }")
    assert len(os.listdir(session / "fd")) <= limit - 60
    assert value(
        c, "%%c\n#include <sys/resource.h>\nstruct rlimit now;\ngetrlimit(RLIMIT_NOFILE, &now);\n(int)now.rlim_cur"
    ) == str(limit - 64)
