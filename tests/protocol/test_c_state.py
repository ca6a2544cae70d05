"""test_c_state - process-wide settings made by a C cell do not affect commands, files and
pictures; the next C cell sees them.

A C cell on the real kernel changes each setting (locale, rounding, streams ...). Then commands
must give the same results as in a new kernel, and a later C cell must find, or must not find, the
setting.
"""

import comma_locale
import mnist_data
import model_file
import pytest
from conftest import good, run, text_of, value

HEADERS = """%%c
#include <fenv.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <wchar.h>
#include <mnist.h>
"""


@pytest.fixture
def c(start_kernel, tmp_path):
    """A kernel that knows a locale with decimal commas, with the project's data in a home of its own."""
    home = mnist_data.link(tmp_path / "home")
    kernel = start_kernel(LOCPATH=comma_locale.write(tmp_path / "locales"), MNIST_HOME=home, MALLOC_PERTURB_="")
    good(kernel, HEADERS)
    return kernel


COMMA = f'setlocale(LC_NUMERIC, "{comma_locale.NAME}");'
STATES = {
    "a locale with decimal commas": COMMA,
    "a locale of the thread": f'uselocale(newlocale(LC_NUMERIC_MASK, "{comma_locale.NAME}", 0));',
    "rounding up": "fesetround(FE_UPWARD);",
    "traps": "feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW | FE_INEXACT);",
    "denormals are zero": "__builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);",
    "no variables": "clearenv();",
    "other variables": 'setenv("LC_ALL", "none", 1); setenv("PATH", "/nowhere", 1); setenv("HOME", "/nowhere", '
    '1); setenv("OMP_NUM_THREADS", "0", 1);',
    "a umask": "umask(0777);",
    "children that nobody waits for": "signal(SIGCHLD, SIG_IGN);",
    "broken pipes that kill": "signal(SIGPIPE, SIG_DFL);",
    "a limit of file sizes": "struct rlimit none = {0, RLIM_INFINITY}; setrlimit(RLIMIT_FSIZE, &none);",
    "a timer": "setitimer(ITIMER_PROF, &(struct itimerval){{0, 1000}, {0, 1000}}, 0);",
    "wide stdout": 'wprintf(L"wide\\n"); fwprintf(stderr, L"wide\\n");',
    "closed stdout": "fclose(stdout); fclose(stderr);",
    "closed wide stdout": 'wprintf(L"wide\\n"); fclose(stdout);',
    "closed stdin": "fclose(stdin);",
    "closed descriptors": "close(0); close(1); close(2);",
    "another stdout": 'stdout = fopen("/dev/null", "w"); stderr = stdout;',
    "stdout to a file": 'freopen("/dev/null", "w", stdout); freopen("/dev/null", "w", stderr);',
    "a buffer that goes": "{ char gone[4096]; setvbuf(stdout, gone, _IOFBF, sizeof gone); }",
    "stdout that does not block": "fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK); fcntl(2, "
                                  "F_SETFL, fcntl(2, F_GETFL) | O_NONBLOCK);",
    "one processor": "cpu_set_t one; CPU_ZERO(&one); CPU_SET(0, &one); sched_setaffinity(0, sizeof one, &one);",
}
SAVE = ("preprocess normalize validation=59000 seed=1\nmodel tiny:\n"
        "    dense 10\ntrain epochs=1 seed=1\nmodel save {name}")


def saved(kernel, name):
    """The bytes of the tensors and the metadata of a network that is trained and saved now."""
    good(kernel, SAVE.format(name=name))
    path, = kernel.folder.parent.glob(f"**/{name}.safetensors")
    assert path.stat().st_mode & 0o600 == 0o600
    header, data = model_file.read(path)
    return data, {
        key: text
        for key, text in header["__metadata__"].items() if key not in ("name", "recipe", "saved", "time")
    }


def plain(messages):
    return messages[0]["content"]["data"]["text/plain"]


@pytest.mark.parametrize("what", STATES)
def test_commands_do_not_inherit_a_cell_s_state(c, what):
    before, numbers = saved(c, "before"), text_of(good(c, "print 2.5 1e-310 1/3"))
    good(c, f"%%c\n#include <sched.h>\n{STATES[what]}")
    assert plain(good(c, "0.5 * 3")) == "1.5"
    assert text_of(good(c, "print 2.5 1e-310 1/3")) == numbers
    assert saved(c, "after") == before
    assert text_of(good(c, "explore mean")) == ""  # gnuplot draws
    assert text_of(good(c, '%%c\nputs("out"); fputs("err\\n", stderr); (void)0;')) == "out\n"
    good(c, "reset")
    assert plain(good(c, "0.5 * 3")) == "1.5"


@pytest.mark.parametrize("what", STATES)
def test_the_next_cell_has_new_streams(c, what):
    good(c, "%%c\nFILE *kept = stdout;")
    good(c, f"%%c\n#include <sched.h>\n{STATES[what]}")
    messages = good(c, '%%c\n'
                       'printf("one\\n"); fprintf(stderr, "two\\n"); fprintf(kept, "three\\n"); write(1, '
                       '"four\\n", 5); system("echo five");'
                       '(int[3]){fileno(stdin) < 1, fileno(stdout), fileno(stderr)}')
    assert text_of(messages) == "one\nthree\nfour\n" + ("five\n" if "variables" not in what else text_of(messages)[15:])
    assert text_of(messages, "stderr").startswith("two\n")
    assert messages[-1]["content"]["data"]["text/plain"] == "int[3] {1, 1, 2}"
    long = good(c, '%%c\nfor (int i = 0; i < 100000; i++) printf("%09d\\n", i);')
    assert len(text_of(long)) == 1000000


@pytest.mark.parametrize("first, later, seen", [
    (COMMA, 'char text[9]; snprintf(text, 9, "%.1f", 0.5); text[1]', "',' (44)"),
    ("fesetround(FE_UPWARD);", "fegetround() == FE_UPWARD", "1"),
    ("__builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8000);", "(__builtin_ia32_stmxcsr() & 0x8000) != 0", "1"),
    ('setenv("MINE", "1", 1);', 'getenv("MINE")', '"1"'),
    ("umask(0123);", "umask(0123) == 0123", "1"),
    ("int calls; void count(int n) { calls += n; } signal(SIGUSR1, count);", "raise(SIGUSR1); calls > 0", "1"),
])
def test_settings_of_a_cell_persist_in_the_next_cell(c, first, later, seen):
    good(c, f"%%c\n{first}")
    good(c, "0.5 * 3\nset")
    assert value(c, f"%%c\n{later}") == seen
    content, _ = run(c, "%%c\n*(volatile int *)0 = 1;")
    assert content["ename"] == "SIGSEGV"
    assert value(c, f"%%c\n{later}") == seen, "the copy that took over knows it, too"


def test_commands_inside_a_cell_run_in_the_defined_state(c):
    """And what mnist.h shows, while the cell's own numbers stay as it has set them."""
    messages = good(
        c, f'%%c\n{COMMA}\nfesetround(FE_UPWARD);\nprintf("%.1f\\n", 0.5);\n'
        f'mnist_run("print 2.5\\na = 0.5 * 3");\n'
        'printf("%.1f %d\\n", 0.5, fegetround() == FE_UPWARD);\nmnist_plot("t", "x", "y", MNIST_LINEAR);\n'
        'mnist_line("l", NULL, (double[]){0.5, 1.5, 0.25}, 3);\nmnist_plot_end();\n1.5')
    assert text_of(messages) == "0,5\n2.5\n0,5 1\n"
    assert messages[-1]["content"]["data"]["text/plain"] == "1.5"
    assert any(m["msg_type"] == "display_data" for m in messages)
    assert plain(good(c, "$a")) == "1.5"


def test_a_plugin_that_changes_the_state(c):
    good(c, f'%%c\n'
            f'void comma(const struct mnist_call *call) {{ {COMMA} feenableexcept(FE_ALL_EXCEPT); '
            f'wprintf(L"wide\\n"); fclose(stdout); }}\n'
            'register_command(comma, "by=0.5");')
    assert text_of(good(c, "comma")) == "wide\n"
    assert plain(good(c, "0.5 * 3")) == "1.5" and text_of(good(c, "%%c\nputs(\"out\"); (void)0;")) == "out\n"
