"""The shell program `mnist`: one command, a file, standard input, exit statuses, pictures as files, limits on file
sizes, and files that a killed program has left."""
import pathlib
import re
import signal
import subprocess
import time

import pytest
from c_cells import SLEEP
from conftest import MNIST, WAIT_S, mnist, started


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
    commands = "set threads=1\nmodel lenet\ntrain epochs=1000\n"
    began = time.monotonic()
    with started(home, "run", "-", input=commands, stdout=subprocess.DEVNULL) as training:
        output = training.stderr.readline()
        assert 5 < time.monotonic() - began < WAIT_S  # at a readable rate
        assert re.fullmatch(r"training +\d+ %  \d+ images/s  \d+ s left  epoch \d+ of 1000\n", output), output
        training.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in training.stderr.read() and training.wait(WAIT_S) == 130


@pytest.mark.parametrize("word", ["exit", "quit"])
def test_exit_ends_a_file_without_a_failure(home, word):
    done = mnist(home, "run", "-", input=f'print "before"\n{word}\nprint "after"\n%%c\nint x;\n%%\nprint "cell"\n')
    assert (done.returncode, done.stdout, done.stderr) == (0, "before\n", "")
    assert mnist(home, word).returncode == 0


@pytest.mark.parametrize("limit", [0, 20])
def test_the_error_of_a_file_size_limit_names_the_limit(home, limit):
    """`ulimit -f` in KiB: the message names the file that cannot be written; the program continues or fails, but does
    not crash."""
    text = "preprocess normalize validation=59000 seed=1\nmodel lenet\ntrain epochs=1\nprint 2\nmodel save big\n"
    limited = subprocess.run(["bash", "-c", f"ulimit -f {limit}; exec '{MNIST}' run - 2>&1 | cat"],
                             env=home,
                             cwd=home["MNIST_HOME"],
                             input=text,
                             capture_output=True,
                             text=True,
                             timeout=WAIT_S)
    assert "no checkpoint can be written:" in limited.stdout and "\n2\n" in limited.stdout, limited
    assert (f"models/big.safetensors: cannot be written: File too large: "
            f"files may be at most {limit} KiB large here (`ulimit -f`); "
            f"raise that limit") in limited.stdout
    folder = pathlib.Path(home["MNIST_HOME"])
    assert not list(folder.glob("**/*.tmp")) and not list(folder.glob("models/big*"))


def test_files_of_a_killed_program_are_removed_at_the_next_start(home, tmp_path):
    """A folder of C cells, a partial file, a partial data set: removed if no running process has locked them,
    independent of the pid in their name."""
    folders = {**home, "TMPDIR": str(tmp_path / "temporary")}
    for name in ("temporary", "models", "data/checkpoints", "data/processed"):
        (tmp_path / name).mkdir(exist_ok=True)
    with started(folders, "run", "-", input=SLEEP) as program:
        assert program.stdout.readline() == "sleeps\n"
        abandoned = [
            tmp_path / "models/a.safetensors.1.tmp", tmp_path / f"data/checkpoints/b.safetensors.{program.pid}.tmp"
        ]
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
        assert len(list((tmp_path / "temporary").iterdir())) == 1, "the folder of a running program stays"
    end = time.monotonic() + 5
    while list((tmp_path / "temporary").iterdir()):
        assert time.monotonic() < end
        time.sleep(0.1)
        assert mnist(folders, "print", "1").stdout == "1\n"


def test_output_beyond_a_file_size_limit_is_an_error(home):
    done = subprocess.run(["bash", "-c", f"ulimit -f 1; exec '{MNIST}' help > out.txt"],
                          env=home,
                          cwd=home["MNIST_HOME"],
                          capture_output=True,
                          text=True,
                          timeout=WAIT_S)
    assert done.returncode == 1 and "standard output: File too large: files may be at most 1 KiB" in done.stderr
