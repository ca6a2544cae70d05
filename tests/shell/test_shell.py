"""The shell program `mnist`: one command, a file, standard input, exit statuses, pictures as files, C cells in files."""
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MNIST = pathlib.Path(os.environ.get("MNIST_PROGRAM", ROOT / "build/mnist"))
WAIT_S = 60


@pytest.fixture
def home(tmp_path):
    """A separate home for the test, with the project's data."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/raw").symlink_to(ROOT / "data/raw")
    return {**os.environ, "MNIST_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "xterm"}


def mnist(home, *arguments, **options):
    return subprocess.run([MNIST, *arguments], env=home, cwd=home["MNIST_HOME"], capture_output=True, text=True, timeout=WAIT_S, **options)


def small_data(folder):
    """The first images of MNIST: 3,000 to train with, 500 to test with."""
    for name, count in (("train", 3000), ("t10k", 500)):
        for kind, header, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
            bytes_ = bytearray((ROOT / f"data/raw/{name}-{kind}-ubyte").read_bytes()[:header + count * size])
            bytes_[4:8] = struct.pack(">I", count)
            (folder / f"{name}-{kind}-ubyte").write_bytes(bytes_)


def test_one_command(home):
    done = mnist(home, "print", "hello  world", "7")
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello  world 7\n", "")


def test_arguments_keep_their_quotes(home):
    assert mnist(home, "print", 'say "x" \\ # no comment').stdout == 'say "x" \\ # no comment\n'


def test_file_and_standard_input(home):
    script = pathlib.Path(home["MNIST_HOME"]) / "a.mnist"
    script.write_text("a = 6\n$a * 7\n")
    assert mnist(home, "run", str(script)).stdout == "42\n"
    assert mnist(home, "run", "-", input="1 + 1\n").stdout == "2\n"
    assert mnist(home, input="2 + 2\n").stdout == "4\n"


def test_exit_statuses(home):
    wrong = mnist(home, "train", "epochs=ten")
    assert wrong.returncode == 2
    assert "train epochs=ten\n      ^^^^^^^^^^ epochs must be an integer" in wrong.stderr
    assert mnist(home, "run", "no-such-file").returncode == 2
    assert mnist(home, "run").returncode == 2
    assert mnist(home, "--version").returncode == 0


def test_pictures_are_written_to_files_and_their_paths_printed(home):
    done = mnist(home, "explore", "image", "3")
    paths = re.findall(r"^pictures/.*$", done.stdout, re.M)
    assert paths == ["pictures/explore-image.svg", "pictures/explore-image.png"]
    folder = pathlib.Path(home["MNIST_HOME"])
    assert (folder / paths[0]).read_text().startswith("<?xml")
    assert (folder / paths[1]).read_bytes().startswith(b"\x89PNG")


def test_training_in_a_pipe_has_no_bar(home):
    done = mnist(home, "run", "-", input="preprocess validation=50000\nmodel lenet\ntrain epochs=1\n")
    assert done.returncode == 0 and done.stderr == ""
    assert "validation accuracy" in done.stdout and "\r" not in done.stdout


def test_progress_of_a_long_training_in_a_log(home):
    training = subprocess.Popen([MNIST, "run", "-"], env=home, cwd=home["MNIST_HOME"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True)
    training.stdin.write("set threads=1\nmodel lenet\ntrain epochs=1000\n")
    training.stdin.close()
    began = time.monotonic()
    try:
        output = training.stderr.readline()
        assert 5 < time.monotonic() - began < WAIT_S  # not faster than one can read
        assert re.fullmatch(r"training +\d+ %  \d+ images/s  \d+ s left  epoch \d+ of 1000\n", output), output
        training.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in training.stderr.read() and training.wait(WAIT_S) == 130
    finally:
        training.kill()
        training.wait()
        training.stderr.close()


def test_c_cells_in_a_file(home, tmp_path):
    text = 'print "one"\n%%c\n#include <stdio.h>\nint x = 3;\nprintf("x %d\\n", x);\nx * 2.5\n%%c\nx\n%%\nprint "last"\n'
    done = mnist({**home, "TMPDIR": str(tmp_path)}, "run", "-", input=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "one\nx 3\n7.5\n3\nlast\n", "")
    assert not list(tmp_path.glob("mnist-c-*")), "nothing is left behind"


def test_a_log_has_no_colours(home):
    done = mnist(home, "run", "-", input="%%c\nint x = ;\n")
    assert done.returncode == 1 and "expected expression" in done.stderr and "\x1b" not in done.stderr + done.stdout


def test_a_crash_in_a_file_is_reported(home, tmp_path):
    text = '%%c\nint x = 3;\n%%c\n*(volatile int *)0 = x;\n%%\nprint "not reached"\n'
    done = mnist({**home, "TMPDIR": str(tmp_path)}, "run", "-", input=text)
    assert done.returncode == 1 and done.stdout == ""
    assert "SIGSEGV" in done.stderr and "cell 2, line 2" in done.stderr and "*(volatile int *)0 = x;" in done.stderr
    assert not list(tmp_path.glob("mnist-c-*")), "nothing is left behind"


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

    text = '%%c\n#include <stdio.h>\n#include <unistd.h>\nputs("sleeps");\nfflush(stdout);\nsleep(1000);\n'
    top = subprocess.Popen([MNIST, "run", "-"], env=home, cwd=home["MNIST_HOME"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    top.stdin.write(text)
    top.stdin.close()
    assert top.stdout.readline() == "sleeps\n" and len(alive()) >= 3
    top.kill()
    top.wait()
    end = time.monotonic() + 5
    while alive():
        assert time.monotonic() < end, alive()
        time.sleep(0.05)
    top.stdout.close()


@pytest.mark.parametrize("count, side", [(1, 28), (5, 1)])
def test_too_few_images_for_principal_components(home, tmp_path, count, side):
    for name in ("train", "t10k"):
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, count, side, side) + bytes(range(count * side * side % 256)).ljust(count * side * side))
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, count) + bytes(count))
    done = mnist(home, "run", "-", input=f'load "{tmp_path}"\nexplore pca\n')
    assert done.returncode == 1 and "at least 2 images of 2 pixels" in done.stderr, done


def write_idx(folder, name, *shape, content):
    kind = {1: "labels-idx1", 3: "images-idx3"}[len(shape)]
    (folder / f"{name}-{kind}-ubyte").write_bytes(struct.pack(f">{1 + len(shape)}I", 0x800 + len(shape), *shape) + content)


@pytest.fixture
def without_test_images(tmp_path):
    """The first 300 training images of MNIST, and an empty test set."""
    folder = tmp_path / "no-test"
    folder.mkdir()
    write_idx(folder, "train", 300, 28, 28, content=(ROOT / "data/raw/train-images-idx3-ubyte").read_bytes()[16:16 + 300 * 784])
    write_idx(folder, "train", 300, content=(ROOT / "data/raw/train-labels-idx1-ubyte").read_bytes()[8:308])
    write_idx(folder, "t10k", 0, 28, 28, content=b"")
    write_idx(folder, "t10k", 0, content=b"")
    return folder


def test_commands_that_do_not_need_the_test_set_run_without_it(home, without_test_images):
    commands = f"""load "{without_test_images}"
explore
explore classes
explore duplicates
explore samples
preprocess deskew crop=20 validation=100 save=kept
load kept
preprocess validation=100
model lenet
train epochs=1
evaluate set=validation
evaluate set=train
explore outliers
"""
    done = mnist(home, "run", "-", input=commands)
    assert done.returncode == 0, done
    assert re.search(r"test images +0\n", done.stdout) and re.search(r"pixel mean \(0 to 255\) +[0-9.]+ +-\n", done.stdout), done
    assert "nan" not in done.stdout


@pytest.mark.parametrize("command", ["evaluate", "evaluate confusion", "evaluate errors", "evaluate ensemble a b",
                                     "explore samples set=test", "explore digit 3 set=test", "plot activations 0 set=test", "predict test 0"])
def test_commands_that_need_the_test_set_report_that_it_is_empty(home, without_test_images, command):
    done = mnist(home, "run", "-", input=f'load "{without_test_images}"\npreprocess validation=100\nmodel lenet\ntrain epochs=1\n{command}\n')
    assert done.returncode == 1, done
    assert "the data set no-test has no test images" in done.stderr, done


def test_a_failed_save_leaves_the_previous_data_set(home):
    """With a full disk (simulated by a limit of the file size), and a previous set of other sizes."""
    save = "preprocess crop={crop} save=kept\n"
    assert mnist(home, "run", "-", input=save.format(crop=8)).returncode == 0
    kept = pathlib.Path(home["MNIST_HOME"]) / "data/processed/kept"
    before = {path.name: path.read_bytes() for path in kept.iterdir()}
    full = subprocess.run(["bash", "-c", f"ulimit -f 9000; trap '' XFSZ; exec '{MNIST}' run -"], env=home, cwd=home["MNIST_HOME"],
                          input=save.format(crop=14), capture_output=True, text=True, timeout=WAIT_S)
    assert full.returncode == 1 and "File too large" in full.stderr, full
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before
    assert mnist(home, "run", "-", input="load kept\nexplore\n").returncode == 0


@pytest.mark.parametrize("first", ["%%c", "%%c check"])
def test_a_cell_reads_from_the_program_s_input(home, first):
    script = pathlib.Path(home["MNIST_HOME"]) / "a.mnist"
    script.write_text(f'{first}\n#include <stdio.h>\nint n;\nscanf("%d", &n);\nn + 1\n')
    assert mnist(home, "run", str(script), input="41\n").stdout.startswith("42\n")
    assert "the input ended" in mnist(home, "run", str(script), input="").stderr


def test_a_checked_cell_in_a_file(home, tmp_path):
    text = '%%c\n#include <stdlib.h>\nint x = 3;\n%%c check\nx = 4;\nx\n%%c\nx\n%%c check\nint *p = malloc(8);\np[2] = x;\n%%\nprint "not reached"\n'
    done = mnist({**home, "TMPDIR": str(tmp_path)}, "run", "-", input=text)
    assert done.returncode == 1
    assert done.stdout == "4\nchecked with address and undefined-behaviour sanitizers: nothing found; the session is as before\n3\n"
    assert "SanitizerError\nheap-buffer-overflow in cell 4, line 3\na write of 4 bytes, 0 bytes after a block of 8 bytes\n" in done.stderr
    assert not list(tmp_path.glob("mnist-c-*")), "nothing is left behind"


def test_a_timed_cell_in_a_file(home):
    text = '%%c time\n#include <stdio.h>\nputs("once");\nmnist_show("Seven", (unsigned char[784]){0}, 28, 28);\n'.replace("#include", "#include <mnist.h>\n#include", 1)
    done = mnist(home, "run", "-", input=text)
    assert done.returncode == 0 and done.stderr == ""
    assert re.fullmatch(r"once\npictures/cell.svg\npictures/cell.png\nSeven: .*\n[\d.]+ (us|ms|s) a run \(median of .*\)\n", done.stdout), done.stdout
    assert len(list((pathlib.Path(home["MNIST_HOME"]) / "pictures").iterdir())) == 2, "of the first run alone"


@pytest.mark.parametrize("how, expected", [("_exit(0);", "exit status 0"), ("_exit(3);", "exit status 3"), ("exit(0);", "exit(0)"),
                                       ("raise(SIGKILL);", "SIGKILL")])
def test_a_cell_that_ends_the_program_is_reported(home, how, expected):
    done = mnist(home, "run", "-", input=f"%%c\n#include <signal.h>\n#include <stdlib.h>\n#include <unistd.h>\n{how}\n%%\nprint 1\n")
    assert done.returncode == 1 and expected in done.stderr and done.stdout == ""


SPIN = """%%c
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int done = 0;
volatile long turns[3];
void *spin(void *number) { puts("in"); for (;;) turns[(long)number]++; return 0; }
void start(int count) { for (long i = 0; i < count; i++) { pthread_t thread; pthread_create(&thread, 0, spin, (void *)i); } }

"""
TASKS = """%%c
#include <dirent.h>
int tasks = -2;
DIR *folder = opendir("/proc/self/task");
while (readdir(folder)) tasks++;
tasks > 2 && done == 7 && turns[0] > 0

"""


def test_threads_of_a_c_cell_keep_running(home, tmp_path):
    """They are reported once, what was printed is there once, and the program's status is its own."""
    text = SPIN + "%%c\nstart(3);\nusleep(100000);\ndone = 7;\n" + TASKS
    done = mnist({**home, "TMPDIR": str(tmp_path)}, "run", "-", input=text + '%%\nprint "last"\n')
    assert (done.returncode, done.stdout, done.stderr) == (0, "in\nin\nin\n1\nlast\n", "3 threads are still running; they end with the session. While they run, a crash restores the state before they were started\n")
    assert not list(tmp_path.glob("mnist-c-*")), "nothing is left behind"
    done = mnist(home, "run", "-", input=SPIN + "%%c\nstart(1);\n%%c\nstart(1);\nexit(3);\n")
    assert done.returncode == 1 and "exit(3)" in done.stderr and done.stderr.count("is still running") == 1


def test_output_in_a_pipe_is_not_truncated(home):
    done = mnist(home, "run", "-", input="%%c\n#include <stdio.h>\nfor (int i = 0; i < 500000; i++) puts(\"123456789\");\n")
    assert done.returncode == 0 and len(done.stdout) == 5000000 and done.stderr == ""


PARTS = """%%c
#include <mnist.h>
#include <stdio.h>
#include <stdlib.h>
int calls = 0;
/* Says how often it was called. */
void count(const struct mnist_call *call) { printf("%d of %g\\n", ++calls, mnist_number(call, "of")); }
register_command(count, "of=3");
void crash(const struct mnist_call *call) { calls = 100; abort(); }
register_command(crash);
void endless(const struct mnist_call *call) { puts("begun"); for (;;) calls = 200; }
register_command(endless);
"""


def test_registered_commands_in_a_file(home):
    done = mnist(home, "run", "-", input=PARTS + "%%\ncount\ncount of=5\nhelp count\ncrash\nprint 1\n")
    assert done.returncode == 1 and done.stdout.startswith("1 of 3\n2 of 5\ncount [of=3]\n\nSays how often it was called\n")
    assert "SIGABRT" in done.stderr and "line 9, in crash" in done.stderr and not done.stdout.endswith("1\n1\n")


def test_the_error_of_missing_data_gives_usable_advice(tmp_path):
    """Without the script fetch-data, the files can be copied by hand, and the message names all of them."""
    (tmp_path / "project/build/release").mkdir(parents=True)
    (tmp_path / "project/plots").mkdir()
    (tmp_path / "project/plots/theme.gp").touch()
    for place in "project/build/release", "bin":
        (tmp_path / place).mkdir(exist_ok=True)
        shutil.copy((MNIST.resolve()), tmp_path / place / "mnist")
    environment = {name: value for name, value in os.environ.items() if name not in ("MNIST_HOME", "MNIST_DATA")}
    environment |= {"HOME": str(tmp_path / "user"), "XDG_DATA_HOME": "", "XDG_STATE_HOME": str(tmp_path / "state")}

    def load(place):
        return subprocess.run([tmp_path / place / "mnist", "load", "mnist"], env=environment, cwd=tmp_path, capture_output=True,
                              text=True, timeout=WAIT_S)

    inside = load("project/build/release")
    assert inside.returncode == 1 and f"{tmp_path}/project/data/raw: files of mnist are missing" in inside.stderr, inside
    outside = load("bin")
    folder = tmp_path / "user/.local/share/mnist/data/raw"
    assert outside.returncode == 1 and "make data" not in outside.stderr and "did you mean" not in outside.stderr, outside
    assert f"{folder}: files of mnist are missing, and the script fetch-data" in outside.stderr, outside
    folder.mkdir(parents=True)
    for name in re.findall(r"\b\w+-\w+-idx\d-ubyte\b", outside.stderr.split("published files")[1]):
        (folder / name).symlink_to(ROOT / "data/raw" / name)
    assert load("bin").returncode == 0


@pytest.mark.parametrize("word", ["exit", "quit"])
def test_exit_ends_a_file_without_a_failure(home, word):
    done = mnist(home, "run", "-", input=f'print "before"\n{word}\nprint "after"\n%%c\nint x;\n%%\nprint "cell"\n')
    assert (done.returncode, done.stdout, done.stderr) == (0, "before\n", "")
    assert mnist(home, word).returncode == 0


# ---- notebooks ----


def notebook(*cells, **changes):
    """JSON of a notebook: (type, source) or (type, source, tags)."""
    made = [{"cell_type": kind, "metadata": {"tags": list(tags)}, "source": source} for kind, source, *tags in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": made,
                       "metadata": {"kernelspec": {"name": "mnist", "language": "mnist"}}, **changes})


def run_notebook(home, text):
    (pathlib.Path(home["MNIST_HOME"]) / "x.ipynb").write_text(text)
    return mnist(home, "run", "x.ipynb")


def test_a_notebook_s_code_cells_run_in_order(home):
    text = notebook(("markdown", "# Title\ntrain epochs=ten"), ("code", ["a = 6\n", "b = $a + 1"]),
                    ("code", "%%c\n#include <stdio.h>\nputs(\"from C\");"), ("raw", "no code"), ("code", ""),
                    ("code", "$a * $b"))
    done = run_notebook(home, text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "from C\n42\n", "")
    assert mnist(home, "run", "-", input=text).stdout == "from C\n42\n"


def test_an_error_names_the_cell_of_the_notebook(home):
    done = run_notebook(home, notebook(("code", "1"), ("markdown", "x"), ("code", "2\n\ntrain epochs=ten"), ("code", "3")))
    assert (done.returncode, done.stdout) == (2, "1\n")
    assert "UsageError in x.ipynb, code cell 2\n" in done.stderr and "train epochs=ten\n      ^^^^^^^^^^" in done.stderr
    done = run_notebook(home, notebook(("code", "1"), ("code", "%%c\n*(int *)0 = 1;")))
    assert "SIGSEGV in x.ipynb, code cell 2\n" in done.stderr and "cell 2, line 2" in done.stderr


def test_a_cell_tagged_raises_exception_may_fail(home):
    done = run_notebook(home, notebook(("code", "train epochs=ten", "raises-exception"), ("code", "6 * 7")))
    assert (done.returncode, done.stdout) == (0, "42\n") and "code cell 1" in done.stderr


@pytest.mark.parametrize("text, expected", [
    ("print 1", "line 1, column 5"),
    ("", "line 1"),
    ("[]", "a JSON object"),
    ("{}", "a JSON object"),
    (notebook(nbformat=3), "format 3"),
    (notebook(cells={}), "a list"),
    (notebook(cells=[{}]), "cell 1 has no"),
    (notebook(cells=[{"cell_type": "code"}]), "\"source\" of cell 1"),
    (notebook(("markdown", "x"), ("code", [1])), "\"source\" of cell 2"),
    (notebook(metadata={"kernelspec": {"name": "python3", "language": "python"}}), "for the language python"),
    (notebook(metadata={"language_info": {"name": "R"}}), "for the language R"),
    (notebook(("code", "6 * 7"))[:-1], "line 1"),
])
def test_invalid_notebooks_are_refused(home, text, expected):
    done = run_notebook(home, text)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("mnist: x.ipynb") and expected in done.stderr and done.stderr.count("\n") == 1


def test_a_committed_notebook_runs_like_its_outputs(home):
    """Notebook 2, whose cells show tables, pictures and text."""
    path = ROOT / "notebooks/02_preprocessing.ipynb"
    done = mnist(home, "run", str(path))
    assert done.returncode == 0, done.stderr
    shown = done.stdout.replace(f"{home['MNIST_HOME']}/", "")  # paths in the project folder are shown relative to it
    at = 0
    for cell in json.loads(path.read_text())["cells"]:
        for output in cell.get("outputs", []):
            text = "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
            at = shown.index(text, at)


@pytest.mark.parametrize("limit", [0, 20])
def test_the_error_of_a_file_size_limit_names_the_limit(home, limit):
    """`ulimit -f` in KiB: the message names the file that cannot be written; the program continues or fails, but does not crash."""
    text = "preprocess normalize validation=59000 seed=1\nmodel lenet\ntrain epochs=1\nprint 2\nmodel save big\n"
    limited = subprocess.run(["bash", "-c", f"ulimit -f {limit}; exec '{MNIST}' run - 2>&1 | cat"], env=home, cwd=home["MNIST_HOME"],
                             input=text, capture_output=True, text=True, timeout=WAIT_S)
    assert "no checkpoint can be written:" in limited.stdout and "\n2\n" in limited.stdout, limited
    assert f"models/big.safetensors: cannot be written: File too large: files may be at most {limit} KiB large here (`ulimit -f`); raise that limit" in limited.stdout
    folder = pathlib.Path(home["MNIST_HOME"])
    assert not list(folder.glob("**/*.tmp")) and not list(folder.glob("models/big*"))


def test_files_of_a_killed_program_are_removed_at_the_next_start(home, tmp_path):
    """A folder of C cells, a partial file, a partial data set: removed if no living process has locked them, whatever pid is in
    their name."""
    folders = {**home, "TMPDIR": str(tmp_path / "temporary")}
    for name in ("temporary", "models", "data/checkpoints", "data/processed"):
        (tmp_path / name).mkdir(exist_ok=True)
    text = '%%c\n#include <stdio.h>\n#include <unistd.h>\nputs("sleeps");\nfflush(stdout);\nsleep(1000);\n'
    top = subprocess.Popen([MNIST, "run", "-"], env=folders, cwd=home["MNIST_HOME"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    top.stdin.write(text)
    top.stdin.close()
    assert top.stdout.readline() == "sleeps\n"
    abandoned = [tmp_path / "models/a.safetensors.1.tmp", tmp_path / f"data/checkpoints/b.safetensors.{top.pid}.tmp"]
    for path in abandoned:
        path.write_bytes(b"half")
    half = tmp_path / "data/processed/set.77.tmp"
    half.mkdir()
    (half / "train-images-idx3-ubyte").write_bytes(b"half")
    (half / "t10k-images-idx3-ubyte.77.tmp").write_bytes(b"half")
    other = tmp_path / "models/notes.tmp"
    other.write_text("mine")
    assert mnist(folders, "print", "1").stdout == "1\n"
    assert not half.exists() and not any(path.exists() for path in abandoned) and other.exists()
    assert len(list((tmp_path / "temporary").iterdir())) == 1, "the folder of a living program stays"
    top.kill()
    top.wait()
    top.stdout.close()
    end = time.monotonic() + 5
    while list((tmp_path / "temporary").iterdir()):
        assert time.monotonic() < end
        time.sleep(0.1)
        assert mnist(folders, "print", "1").stdout == "1\n"


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
    """The damage that a cell has done to the process shows only in a later command; here a signal arrives during it."""
    text = "%%c\nint x = 1;\n" + LATER + "%%\nmodel lenet\ntrain epochs=1000\n%%\nprint 1\n"
    done = mnist({**home, "TMPDIR": str(tmp_path)}, "run", "-", input=text)
    assert done.returncode == 1 and "Cell 3 ended the program. The session has been restored to its state before cell 2" in done.stderr, done
    assert not list(tmp_path.glob("mnist-c-*")), "nothing is left behind"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGUSR1"])
def test_a_signal_to_the_process_group_ends_the_cell_alone(home, name):
    text = f"%%c\n#include <signal.h>\nint x = 1;\n%%c\nkill(0, {name});\n"
    done = subprocess.run(["setsid", "-w", MNIST, "run", "-"], input=text, env=home, cwd=home["MNIST_HOME"], capture_output=True, text=True, timeout=WAIT_S)
    assert done.returncode == 1 and "killed by a signal" in done.stderr, done


def test_a_crash_at_exit_is_not_a_failure(home):
    """All commands are done by then; a damaged heap may cause a crash when memory is freed at exit."""
    text = "%%c\n#include <stdlib.h>\n__attribute__((destructor)) void last(void) { abort(); }\n%%\nprint 1\n"
    done = mnist(home, "run", "-", input=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def test_streams_of_a_cell_do_not_affect_the_program(home):
    code = {"wide": 'wprintf(L"wide\\n");', "closed": "fclose(stdout); fclose(stderr);",
            "nonblocking": "#include <fcntl.h>\nfcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);"}
    for name, line in code.items():
        text = f'%%c\n#include <mnist.h>\n#include <stdio.h>\n#include <wchar.h>\n{line}\nmnist_run("print 2.5");\n%%\nprint 3.5\n%%c\nputs("last");\n'
        done = mnist(home, "run", "-", input=text)
        assert (done.returncode, done.stdout) == (0, ("wide\n" if name == "wide" else "") + "2.5\n3.5\nlast\n"), (name, done)


def test_output_beyond_a_file_size_limit_is_an_error(home):
    done = subprocess.run(["bash", "-c", f"ulimit -f 1; exec '{MNIST}' help > out.txt"], env=home, cwd=home["MNIST_HOME"], capture_output=True, text=True, timeout=WAIT_S)
    assert done.returncode == 1 and "standard output: File too large: files may be at most 1 KiB" in done.stderr
