"""test_console - the program `jupyter console` on a terminal (a pty): typed input, and the
resulting screen.

The console ignores `update_display_data`, so it shows only separate outputs. Needs the real
MNIST.
"""
import os
import re
import sys

import pexpect
import pytest
from conftest import ROOT

WAIT_S = 120
COLOUR = r"\x1b\[[0-9;]*m"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|[\r\x07]")

needs_data = pytest.mark.skipif(not (ROOT / "data/raw/train-images-idx3-ubyte").exists(), reason="make data first")


class Console:
    def __init__(self, specs, folder):
        environment = dict(os.environ,
                           JUPYTER_PATH=str(specs.parent),
                           JUPYTER_RUNTIME_DIR=str(folder / "runtime"),
                           JUPYTER_CONFIG_DIR=str(folder / "config"),
                           HOME=str(folder),
                           IPYTHONDIR=str(folder / "ipython"),
                           MNIST_HISTORY=str(folder / "history.sqlite"),
                           TERM="xterm",
                           PROMPT_TOOLKIT_NO_CPR="1")
        self.cells = 1
        self.child = pexpect.spawn(sys.executable, ["-m", "jupyter_console", "--kernel=mnist"], env=environment,
                                   cwd=str(folder), encoding="utf-8", timeout=WAIT_S, dimensions=(50, 160))
        self.prompt()

    def prompt(self):
        """Until the prompt of the next cell; returns what the screen showed before it."""
        self.child.expect(rf"In \[{COLOUR}{self.cells}{COLOUR}\]: ")
        return ESCAPES.sub("", self.child.before)

    def run(self, line):
        self.child.send(line + "\r")
        self.cells += 1
        return self.prompt()


@pytest.fixture
def console(specs, tmp_path):
    console = Console(specs, tmp_path)
    yield console
    console.child.close(force=True)


def test_a_value_is_shown(console):
    assert re.search(r"Out\[1\]: 42", console.run("6 * 7"))


@needs_data
def test_results_of_training_and_evaluation_are_shown(console):
    console.run("preprocess normalize validation=45000")
    console.run("model fast")
    trained = console.run("train epochs=2")
    assert "hash of the weights" in trained and re.search(r"^ *2 .*%.*[0-9a-f]{16}", trained, re.M)
    assert "[#" not in trained, "no bar stays on the screen"
    judged = console.run("evaluate")
    assert "Accuracy on the test set" in judged and "weighted by images" in judged


def test_an_error_is_shown_with_its_position(console):
    assert re.search(r"\ntrain epochs=ten\n +\^+ epochs must be", console.run("train epochs=ten"))


@pytest.mark.parametrize("word", ["exit", "quit"])
def test_the_console_ends(console, word):
    """Without its question whether it is to end: the kernel asks for that in its reply."""
    console.run("x = 3")
    console.child.send(word + "\r")
    console.child.expect(pexpect.EOF)
    console.child.wait()
    assert console.child.exitstatus == 0
    assert "Do you really want to exit" not in console.child.before
