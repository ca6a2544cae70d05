"""Untrusted text (headers of model files, names of files and folders, connection files) never controls the terminal.

Control characters and line ends in it are shown as escapes. Output of the user's own commands and C cells is not
changed. """
import json
import os
import pathlib
import shutil
import subprocess

import mnist_data
import model_file
import pytest
from conftest import ROOT

BUILD = pathlib.Path(os.environ.get("MNIST_BUILD", ROOT / "build/release")).resolve()
HOSTILE = "\x1b[2J\x1b]0;owned\x07x\nmnist: all is well\r\u009b31m\u202eevil"
SHOWN = "\\x1b[2J\\x1b]0;owned\\x07x\\nmnist: all is well\\r\\x9b31m\\u202eevil"


@pytest.fixture
def home(tmp_path):
    """The folder of a separate home, with the project's data."""
    mnist_data.link(tmp_path)
    (tmp_path / "models").mkdir()
    return tmp_path


def mnist(home, *arguments, text=""):
    environment = {**os.environ, "MNIST_HOME": str(home), "XDG_STATE_HOME": str(home / "state")}
    done = subprocess.run([BUILD / "mnist", *arguments],
                          input=text.encode(),
                          env=environment,
                          cwd=home,
                          capture_output=True,
                          timeout=60)
    return done.stdout.decode() + done.stderr.decode()


def check(text, times=1):
    """The text contains HOSTILE only as escapes."""
    assert text.count(SHOWN) >= times, text
    for character in ("\x1b", "\x07", "\r", "\u009b", "\u202e"):
        assert character not in text, repr(text)
    assert not any(line.startswith("mnist: all is well") for line in text.splitlines())


def hostile_model(path, **changes):
    """The saved network `fast` with changed metadata and without the digest that would detect the change."""
    model_file.rewrite(ROOT / "models/fast.safetensors", path, changes, sealed=False)


def test_model_list(home):
    hostile_model(home / "models/bad.safetensors", recipe=HOSTILE, data=HOSTILE)
    check(mnist(home, "model", "list"), times=2)


def test_model_load_and_info(home):
    hostile_model(home / "models/bad.safetensors",
                  recipe=HOSTILE,
                  data=HOSTILE,
                  augmentation=HOSTILE,
                  trained_on=json.dumps(
                      [{"data": HOSTILE, "hash": "0", "source": "0", "validation": 0, "split_seed": 0}]))
    check(mnist(home, "run", "-", text="model load bad\nload mnist\ninfo\nmodel summary\nevaluate\n"))


@pytest.mark.parametrize("key", ["deskew", "crop", "mean", "trained_on", "format"])
def test_invalid_values(home, key):
    hostile_model(home / "models/bad.safetensors", **{key: HOSTILE, "normalize": "1"})
    output = mnist(home, "model", "load", "bad")
    assert "\x1b" not in output and "\nmnist: all is well" not in output and "bad" in output


def test_names_of_files_and_folders(home):
    check(mnist(home, "run", HOSTILE))
    folder = home / HOSTILE
    shutil.copytree(ROOT / "data/raw", folder)
    with open(folder / "t10k-labels-idx1-ubyte", "r+b") as file:  # otherwise its name is mnist
        file.seek(100)
        file.write(b"\3")
    written = str(folder).replace("\r", "\\r").replace("\n", "\\n")
    check(mnist(home, "run", "-", text=f'folder = "{written}"\nload $folder\ninfo\n'))
    (folder / "train-labels-idx1-ubyte").write_bytes(b"short")
    check(mnist(home, "run", "-", text=f'folder = "{written}"\nload $folder\n'))


def test_a_kernels_log(tmp_path):
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"transport": HOSTILE[:6]}))
    done = subprocess.run([BUILD / "mnist-kernel", path], capture_output=True, text=True)
    assert "\\x1b[2J" in done.stderr and "\x1b" not in done.stderr
    done = subprocess.run([BUILD / "mnist-kernel", f"/nowhere/{HOSTILE}"], capture_output=True, text=True)
    check(done.stderr)


def test_own_output_is_raw(home):
    assert mnist(home, "run", "-", text='print "\x1b[1mbold\x1b[0m"\n') == "\x1b[1mbold\x1b[0m\n"
    assert mnist(home, "run", "-", text='%%c\n#include <stdio.h>\nprintf("\\033[1mbold\\r\\n");\n') == "\x1b[1mbold\r\n"
