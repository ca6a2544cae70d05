"""`load mnist` of an installed program downloads missing files to the user's data folder, from a mirror on this
machine: complete and verified files or none, progress, an interrupt, and errors that name every source with its
reason."""
import contextlib
import gzip
import os
import pty
import signal
import subprocess
import threading
import time

import pytest
from conftest import ROOT
from mirror import begin, mirror, send

RAW = ROOT / "data/raw"
NAMES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
WAIT_S = 120

pytestmark = pytest.mark.skipif(not (RAW / NAMES[0]).exists(), reason="make data first")


@pytest.fixture(scope="module")
def packed():
    return {name: gzip.compress((RAW / name).read_bytes(), 1) for name in NAMES}


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """The files that `make install` installs into a prefix."""
    folder = tmp_path_factory.mktemp("prefix")
    environment = {
        name: value
        for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    }
    subprocess.run([os.environ.get("MAKE", "make"), "install", f"PREFIX={folder}", "FLAVOUR=release"],
                   cwd=ROOT,
                   env=environment,
                   check=True,
                   capture_output=True)
    return folder


@pytest.fixture
def user(tmp_path):
    """The environment of a user without data, and the folder for the data."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MNIST_", "XDG_"))}
    environment |= {"HOME": str(tmp_path), "MNIST_MIRROR": "http://127.0.0.1:9/", "TERM": "xterm"}
    return environment, tmp_path / ".local/share/mnist/data/raw"


def load(prefix, environment, command="load mnist"):
    return subprocess.run([prefix / "bin/mnist", *command.split()],
                          env=environment,
                          cwd=environment["HOME"],
                          capture_output=True,
                          text=True,
                          timeout=WAIT_S)


def test_missing_files_are_downloaded_once(prefix, user, packed):
    environment, raw = user
    with mirror(lambda handler, name: send(handler, packed[name])) as (address, requested):
        done = load(prefix, environment | {"MNIST_MIRROR": address})
    assert done.returncode == 0 and done.stderr == "", done
    assert "60,000" in done.stdout and "checked (SHA-256)" in done.stdout
    assert sorted(requested) == sorted(f"/mnist/{name}.gz" for name in NAMES)
    assert {name: (raw / name).read_bytes() for name in NAMES} == {name: (RAW / name).read_bytes() for name in NAMES}
    assert not list(raw.glob(".part-*"))
    (raw / NAMES[3]).unlink()
    with mirror(lambda handler, name: send(handler, packed[name])) as (address, requested):
        assert load(prefix, environment | {"MNIST_MIRROR": address},
                    "explore classes").returncode == 0  # or any other command that needs data
    assert requested == [f"/mnist/{NAMES[3]}.gz"]
    assert load(prefix, environment).returncode == 0  # the mirror has ended, and is no longer needed


def missing(handler, body):
    handler.send_error(404)


def wrong_content(handler, body):
    send(handler, gzip.compress(b"\0" * len(gzip.decompress(body)), 1))


def cut_off(handler, body):
    begin(handler, len(body))
    handler.wfile.write(body[:len(body) // 2])
    handler.close_connection = True


@pytest.mark.parametrize("answer, reason", [(missing, "127.0.0.1:{port}: Not Found"), (wrong_content, "has SHA-256"),
                                            (cut_off, "broke off at")],
                         ids=["missing", "wrong_content", "cut_off"])
def test_a_faulty_mirror_leaves_no_file(prefix, user, packed, answer, reason):
    environment, raw = user
    with mirror(lambda handler, name: answer(handler, packed[name])) as (address, _):
        done = load(prefix, environment | {"MNIST_MIRROR": address})
    assert done.returncode == 1, done
    assert f"{raw}: files of mnist are missing and could not be downloaded" in done.stderr, done
    assert reason.format(port=address.rpartition(":")[2]) in done.stderr, done
    assert "check the network connection and use `load mnist` again" in done.stderr, done
    assert list(raw.iterdir()) == []


def test_no_network(prefix, user):
    environment, raw = user
    done = load(prefix, environment, "load fashion")
    assert done.returncode == 1 and "files of fashion are missing" in done.stderr, done
    assert "Connection refused" in done.stderr, done
    assert not list(raw.parent.glob("*/*"))


def test_no_python(prefix, user, tmp_path):
    environment, _ = user
    done = load(prefix, environment | {"PATH": str(tmp_path)})
    assert done.returncode == 1 and "and python3, which downloads them, is not installed" in done.stderr, done


def test_a_file_in_place_of_the_folder(prefix, user):
    environment, raw = user
    raw.parent.parent.mkdir(parents=True)
    raw.parent.write_text("a file in the way")
    done = load(prefix, environment)
    assert done.returncode == 1 and "cannot be written" in done.stderr, done


@contextlib.contextmanager
def stalling_mirror(packed):
    """Sends the first 100,000 bytes of each file. Yields the address and an event that is set when a file has
    stalled."""
    stalled = threading.Event()

    def stall(handler, name):
        begin(handler, len(packed[name]))
        handler.wfile.write(packed[name][:100000])
        stalled.set()
        time.sleep(WAIT_S)

    with mirror(stall) as (address, _):
        yield address, stalled


def test_an_interrupt_ends_the_download_and_leaves_no_file(prefix, user, packed):
    environment, raw = user
    with stalling_mirror(packed) as (address, stalled):
        running = subprocess.Popen([prefix / "bin/mnist", "load", "mnist"],
                                   env=environment | {"MNIST_MIRROR": address},
                                   cwd=environment["HOME"],
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE,
                                   text=True)
        assert stalled.wait(WAIT_S)
        running.send_signal(signal.SIGINT)
        _, output = running.communicate(timeout=WAIT_S)
    assert running.returncode == 130 and "KeyboardInterrupt" in output, output
    assert list(raw.iterdir()) == []


def test_a_killed_program_ends_its_download(prefix, user, packed):
    environment, raw = user
    with stalling_mirror(packed) as (address, stalled):
        running = subprocess.Popen([prefix / "bin/mnist", "load", "mnist"],
                                   env=environment | {"MNIST_MIRROR": address},
                                   cwd=environment["HOME"],
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        assert stalled.wait(WAIT_S)
        running.kill()
        running.wait()
        ended = time.monotonic() + WAIT_S
        while list(raw.iterdir()) and time.monotonic() < ended:
            time.sleep(0.02)
    assert list(raw.iterdir()) == []


def test_progress_on_a_terminal(prefix, user, packed):
    environment, _ = user

    def slowly(handler, name):
        begin(handler, len(packed[name]))
        step = len(packed[name]) // 8 + 1
        for at in range(0, len(packed[name]), step):
            handler.wfile.write(packed[name][at:at + step])
            time.sleep(0.15 if name == NAMES[0] else 0)

    ours, theirs = pty.openpty()
    with mirror(slowly) as (address, _):
        running = subprocess.Popen([prefix / "bin/mnist", "load", "mnist"],
                                   env=environment | {"MNIST_MIRROR": address},
                                   cwd=environment["HOME"],
                                   stdin=theirs,
                                   stdout=theirs,
                                   stderr=theirs)
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the terminal's other end is closed
            while part := os.read(ours, 65536):
                shown += part
        os.close(ours)
        assert running.wait(WAIT_S) == 0
    lines = [line for line in shown.decode().replace("\n", "\r").split("\r") if "downloading" in line]
    assert any("train-images" in line and "MB/s" in line for line in lines), shown
