"""The command line of `mnist`: options, several commands, help, exit statuses, progress by epoch, tables as JSON, CSV
and for narrow terminals."""
import csv
import fcntl
import io
import json
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import mnist_data
import pytest
from conftest import MNIST, WAIT_S, mnist, started

SMALL = "preprocess validation=50000; model lenet; "


@pytest.fixture
def quick(tmp_path):
    """Commands that prepare a training with short epochs."""
    mnist_data.write_first(tmp_path, 3000, 500)
    return f"load '{tmp_path}'; preprocess validation=500; model lenet; "


def read_line(stream):
    ready, _, _ = select.select([stream], [], [], WAIT_S)
    assert ready, "no line arrived"
    return stream.readline()


# ---- epochs ----


def test_in_a_pipe_each_epoch_is_written_immediately(home, quick):
    with started(home, "-c", quick + "train epochs=1000", bufsize=0, text=False) as training:
        line = b""
        while not line.startswith(b"    2  "):
            line = read_line(training.stdout)
            assert line, training.stderr.read()
        assert training.poll() is None, "the training continues"
        training.send_signal(signal.SIGINT)
        rest = training.stdout.read().decode()
        assert training.wait(WAIT_S) == 130
        assert "epoch" not in rest and "─" not in rest, "the table is not repeated"
        assert [int(row.split()[0]) for row in rest.splitlines()] == list(range(3, 3 + len(rest.splitlines())))


def on_terminal(home, *arguments, columns=80):
    """The program's output on a terminal, and its exit status."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(home["MNIST_HOME"])
        os.execve(MNIST, ["mnist", *arguments], home)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    output, end = b"", time.monotonic() + WAIT_S
    while select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
        try:
            output += os.read(terminal, 65536)
        except OSError:
            break
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return output.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(status)


def test_on_a_terminal_the_table_is_written_once(home, quick):
    output, status = on_terminal(home, "-c", quick + "train epochs=3", columns=100)
    lines = [re.sub(r".*\r\x1b\[K", "", line) for line in output.rstrip("\n").split("\n")]
    rows = [line for line in lines if re.match(r" +\d  \d\.\d{4}", line)]
    assert status == 0 and [row.split()[0] for row in rows] == ["1", "2", "3"], output
    assert sum(line.startswith("epoch ") for line in lines) == 1
    assert re.fullmatch(r"\x1b\[2m[\d.]+ s an epoch, [\d,]+ images/s\x1b\[0m", lines[-1])


# ---- several commands, options, help ----


def test_several_commands(home):
    assert mnist(home, "-c", 'a = 6; print "x;y"  # c;d\n$a * 7').stdout == "x;y\n42\n"
    assert mnist(home, "--command=1 + 1;", "-c", "2 + 2").stdout == "4\n"
    failed = mnist(home, "-c", "print 1; evaluate; print 2")
    assert (failed.returncode, failed.stdout) == (1, "1\n")
    assert mnist(home, "-c", "%%c\nint x = 3; int y = 4;\nx * y").stdout == "12\n"
    many = mnist(home, "-c", "print 1", "print 2")
    assert many.returncode == 2 and "unexpected argument `print 2`" in many.stderr


@pytest.mark.parametrize("words, expected", [(["train", "--help"], "train [resume]"),
                                             (["train", "epochs=5", "-h"], "train [resume]"),
                                             (["--help", "explore", "samples"], "explore samples ["),
                                             (["help", "train"], "train [resume]"), (["--help"], "usage: mnist"),
                                             (["run", "--help"], "usage: mnist"), (["--version"], "mnist 0.")])
def test_help_and_version(home, words, expected):
    done = mnist(home, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split("\n\n")[1 if expected.startswith("usage") else 0].startswith(expected)


def test_help_lists_options_and_exit_statuses(home):
    output = mnist(home, "--help").stdout
    for word in ("-c, --command=COMMANDS", "--format=FORMAT", "-h, --help", "-V, --version", "130 ", "141 ", "128+N "):
        assert word in output, word


@pytest.mark.parametrize("words, expected", [
    (["--frmat=json"], "unknown option `--frmat`; did you mean `--format`?"),
    (["train", "--epochs=5"], "unknown option `--epochs=5`; parameters of a command have no dashes: `epochs=5`"),
    (["--format=jsn", "info"], "--format must be text, json or csv, not `jsn`; did you mean `json`?"),
    (["--format"], "--format needs a value"), (["--help=x"], "--help takes no value"), (["-x"], "unknown option `-x`"),
    (["--help", "tarin"], "train"), (["run", "a", "b"], "run takes one file"), (["trian"], "train")])
def test_wrong_use(home, words, expected):
    done = mnist(home, *words)
    assert done.returncode == 2 and done.stdout == "" and expected in done.stderr, done


def test_arguments_after_two_dashes_are_not_options(home):
    assert mnist(home, "print", "--", "--help").stdout == "--help\n"
    assert mnist(home, "print", "-7").stdout == "-7\n"


# ---- exit statuses ----


@pytest.mark.parametrize("commands, status", [("print 1", 0), ("evaluate", 1), ("train epochs=ten", 2),
                                              ("print 1; train epochs=0", 2)])
def test_exit_statuses_of_commands(home, commands, status):
    done = mnist(home, "-c", commands)
    assert done.returncode == status and (status != 2 or done.stdout == ""), done


def test_a_closed_pipe_ends_the_program_without_an_error(home, quick):
    with started(home, "-c", quick + "train epochs=1000") as training:
        training.stdout.readline()
        training.stdout.close()
        status, output = training.wait(WAIT_S), training.stderr.read()
        assert status == 141 and all(line.startswith("training ")
                                     for line in output.splitlines()), output  # only its progress


def test_a_full_disk_is_an_error(home):
    for words in (["--help"], ["help"], ["info"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([MNIST, *words],
                                  env=home,
                                  cwd=home["MNIST_HOME"],
                                  stdout=full,
                                  stderr=subprocess.PIPE,
                                  text=True,
                                  timeout=WAIT_S)
        assert done.returncode == 1 and done.stderr == "mnist: standard output: No space left on device\n", done


def test_a_signal_ends_the_program(home):
    with started(home, "-c", 'print "here"; ask name "?"', stdin=subprocess.PIPE) as program:
        program.stdout.readline()
        program.terminate()
        assert program.wait(WAIT_S) == -signal.SIGTERM  # a shell reports 143


# ---- tables ----


def test_standard_output_contains_only_json_or_csv(home):
    commands = SMALL + 'train epochs=2; print "words"; evaluate; explore image 3'
    done = mnist(home, "--format=json", "-c", commands)
    assert done.returncode == 0 and "words\n" in done.stderr and "errors in 10,000 images" in done.stderr
    assert "pictures/explore-image.svg" in done.stderr
    decoder, at, tables = json.JSONDecoder(), 0, []
    while at < len(done.stdout):
        table, at = decoder.raw_decode(done.stdout, at)
        at += len(done.stdout[at:]) - len(done.stdout[at:].lstrip())
        tables.append(table)
    assert [len(table) for table in tables] == [2, 13, 2, 12]
    epoch = tables[2][1]
    assert list(epoch) == [
        "epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "hash_of_the_weights", "kept"
    ]
    assert epoch["epoch"] == 2 and 0 < epoch["loss"] < 1 and 0.5 < epoch["accuracy"] < 1
    assert re.fullmatch("[0-9a-f]{16}", epoch["hash_of_the_weights"])
    assert tables[3][3]["class"] == "3" and tables[3][3]["images"] == 1010 and 0.5 < tables[3][3]["precision"] < 1
    again = mnist(home, "--format", "csv", "-c", commands)
    parts = again.stdout.split("\n\n")
    assert len(parts) == 4 and again.returncode == 0
    for table, part in zip(tables, parts):
        rows = list(csv.DictReader(io.StringIO(part)))
        assert len(rows) == len(table) and list(rows[0]) == list(table[0])
        for want, row in zip(table, rows):
            for key, value in want.items():
                assert row[key] == ("" if value is None else value) if value is None or isinstance(
                    value, str) else float(row[key]) == value, (key, row)


def test_predict_and_bench_write_tables(home):
    assert mnist(home, "-c", SMALL + "train epochs=1 save=mine").returncode == 0
    answer = json.loads(mnist(home, "predict", "model=mine", "test", "42", "--format=json").stdout)
    assert [row["class"] for row in answer] == list("0123456789")
    assert abs(sum(row["probability"] for row in answer) - 1) < 1e-4
    assert [row["truth"] for row in answer] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    assert sum(row["answer"] for row in answer) == 1
    assert max(answer, key=lambda row: row["probability"])["answer"] == 1
    bench = mnist(home, "--format=csv", "bench", "infer", "model=lenet", "seconds=0.05")
    assert list(csv.DictReader(io.StringIO(bench.stdout)))[0].keys() == {"property", "value"}, bench
    text = mnist(home, "predict", "model=mine", "test", "42").stdout
    assert text.startswith("prediction: ") and "probability  answer" not in text


def test_output_of_a_c_cell_is_separate_from_tables(home):
    cell = ('%%c\n#include <mnist.h>\n#include <stdio.h>\n'
            '#include <unistd.h>\nputs("words");\n'
            'write(1, "more\\n", 5);\nmnist_table("step | loss");\n'
            'mnist_row("%d | %.3f", 1, 0.5);\nmnist_table_end();\n')
    done = mnist(home, "--format=json", "run", "-", input=cell)
    assert (done.returncode, json.loads(done.stdout)) == (0, [{"step": 1, "loss": 0.5}]), done
    assert "words\n" in done.stderr and "more\n" in done.stderr


def width(line):
    return len(re.sub(r"\x1b\[\d*m", "", line))


@pytest.mark.parametrize("columns", [80, 60])
def test_tables_fit_the_terminal(home, columns):
    models = pathlib.Path(home["MNIST_HOME"]) / "models"
    models.mkdir()
    (models / "fast.safetensors").symlink_to(pathlib.Path(MNIST).parents[1] / "models/fast.safetensors")
    output, status = on_terminal(home, "model", "list", columns=columns)
    assert status == 0 and max(map(width, output.splitlines())) <= columns, output
    words = "train epochs=1 batch=256 rate=0.1 momentum=0.7 smoothing=0.1 seed=42"
    column = output.splitlines()[2].index("─", 6)
    assert words in " ".join(line[6:].split("  ")[0].strip() if "  " in line[6:] else line[6:]
                             for line in output.splitlines()[3:]), (output, column)
    assert words in mnist(home, "model", "list").stdout, "in a pipe, lines are as long as they are"


def test_pages_and_notes_fit_the_terminal(home):
    for words in (["help", "train"], ["train", "--help"], ["--help"], ["help"]):
        output, status = on_terminal(home, *words, columns=80)
        assert status == 0 and max(map(width, output.splitlines())) <= 80, output
    output, _ = on_terminal(home, "-c", SMALL + "train epochs=1; evaluate", columns=80)
    assert max(width(line) for line in output.split("\n") if "\r" not in line) <= 80, output
    assert "(Northcutt et al. 2021)" in output.replace("\n", " ")
