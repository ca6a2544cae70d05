"""The prompt of `mnist` on a real terminal (a pty): history, completion, blocks of several lines, Ctrl-C at the prompt
and during a training."""
import contextlib
import os
import pty
import re
import select
import signal
import time

import pytest
from c_cells import PLUGINS, SPIN, THREADS_RUN
from conftest import MNIST, WAIT_S

MOVES = re.compile(r"\r?\x1b\[\d*[GKC]")  # libedit moves the cursor before it continues writing


class Prompt:
    """`mnist` on a pty."""

    def __init__(self, home):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(home["MNIST_HOME"])
            os.execve(MNIST, ["mnist"], home)
        self.text = ""
        self.wait_for("mnist> ")

    def type(self, keys):
        self.text = ""
        os.write(self.terminal, keys.encode())

    def wait_for(self, text):
        end = time.monotonic() + WAIT_S
        while text not in self.text:
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            assert ready, f"waited for {text!r}, came {self.text!r}"
            try:
                self.text += MOVES.sub("", os.read(self.terminal, 65536).decode(errors="replace"))
            except OSError:
                raise AssertionError(f"the program ended; waited for {text!r}, came {self.text!r}") from None

    def end(self):
        """Sends Ctrl-U and Ctrl-D repeatedly: keys sent before the line editor controls the terminal are lost."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            os.write(self.terminal, b"\x15\x04")
            time.sleep(0.2)
            if select.select([self.terminal], [], [], 0)[0]:
                try:
                    self.text += os.read(self.terminal, 65536).decode(errors="replace")
                except OSError:
                    pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid == self.pid:
                os.close(self.terminal)
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"the program does not end: {self.text!r}")


@pytest.fixture
def prompt(home):
    prompt = Prompt(home)
    yield prompt
    try:
        os.kill(prompt.pid, signal.SIGKILL)
        os.waitpid(prompt.pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


def test_prompt_answers_and_ends(prompt):
    prompt.type("6 * 7\n")
    prompt.wait_for("42\r\n")
    assert prompt.end() == 0


@pytest.mark.parametrize("typed", ["exit\n", "quit\n", "quit  # for today\n"])
def test_exit_ends_the_prompt(prompt, typed):
    prompt.type(typed)
    end = time.monotonic() + WAIT_S
    while (ended := os.waitpid(prompt.pid, os.WNOHANG))[0] == 0 and time.monotonic() < end:
        if select.select([prompt.terminal], [], [], 0.1)[0]:
            with contextlib.suppress(OSError):
                os.read(prompt.terminal, 65536)
    assert ended[0] == prompt.pid and os.waitstatus_to_exitcode(ended[1]) == 0


def test_prompt_completes(prompt):
    prompt.type("expl\tsam\t")
    prompt.wait_for("explore samples ")
    prompt.type("c\t")
    prompt.wait_for("class=")
    prompt.wait_for("count=")


def test_prompt_continues_an_unfinished_line(prompt):
    prompt.type("x = [1,\n")
    prompt.wait_for("...> ")
    prompt.type("2]\n$x\n")
    prompt.wait_for("[1, 2]")


def test_ctrl_c_discards_the_line(prompt):
    prompt.type("nonsense \x03")
    prompt.wait_for("mnist> ")
    prompt.type("20 + 3\n")
    prompt.wait_for("23\r\n")


def test_ctrl_c_keeps_its_place_among_the_keys(prompt):
    """All keys are sent at once: each Ctrl-C discards what was typed before it, and nothing after it is lost."""
    prompt.type("nonsense \x03model a:\n    conv 3\n\x03\x0320 + 3\n")
    prompt.wait_for("23\r\n")
    assert "nonsense" in prompt.text and "UsageError" not in prompt.text


@pytest.mark.parametrize("indent", ["", "    ", "  "])
def test_a_block_of_layers(prompt, indent):
    """A block is typed (the prompt indents) or pasted with its own indentation; an empty line ends it."""
    prompt.type("model mine:\n" + "".join(f"{indent}{layer}\n"
                                          for layer in ("conv 4 5x5", "maxpool 4", "relu", "dense 10")))
    prompt.wait_for("dense 10")
    prompt.type("\n")
    prompt.wait_for("then softmax")
    assert "maxpool1" in prompt.text and "relu1" in prompt.text
    prompt.wait_for("mnist> ")
    prompt.type("20 + 3\n")
    prompt.wait_for("23\r\n")


@pytest.mark.parametrize("locale", ["C.UTF-8", "C", ""])
def test_characters_beyond_ascii(home, locale):
    prompt = Prompt({**home, "LANG": locale, "LC_ALL": locale})
    prompt.type('réseau = "日本 🙂"\nprint "é" $réseau\n')
    prompt.wait_for("é 日本 🙂\r\n")
    assert prompt.end() == 0


def test_ctrl_c_stops_a_training_and_returns_to_the_prompt(prompt):
    prompt.type("model keras\n")
    prompt.wait_for("then softmax")
    prompt.type("train epochs=1000\n")
    prompt.wait_for("training [")
    prompt.type("\x03")
    prompt.wait_for("KeyboardInterrupt")
    prompt.wait_for("mnist> ")
    prompt.type("20 + 3\n")
    prompt.wait_for("23\r\n")


def test_history_persists_between_sessions(home):
    first = Prompt(home)
    first.type("1000 + 234\n")
    first.wait_for("1234\r\n")
    assert first.end() == 0
    second = Prompt(home)
    second.type("\x10\n")  # Ctrl-P: the previous line
    second.wait_for("1234\r\n")
    assert second.end() == 0


def test_threads_of_a_c_cell_at_the_prompt(prompt):
    prompt.type(SPIN)
    prompt.type("%%c\nstart(2);\nusleep(100000);\ndone = 7;\n\n")
    prompt.wait_for("2 threads are still running")
    prompt.type(THREADS_RUN)
    prompt.wait_for("\n1\r\n")
    prompt.type("%%c\ndone = 8;\n*(volatile int *)0 = 1;\n\n")
    prompt.wait_for("as it was before the running threads were started")
    prompt.type("%%c\ndone + 42\n\n")
    prompt.wait_for("\n42\r\n")
    assert prompt.end() == 0


def test_c_cells_at_the_prompt(prompt):
    """An empty line ends a C cell; the prompt survives a crash and an interrupt."""
    prompt.type("%%c\nint x = 3;\nx * 2\n\n")
    prompt.wait_for("\n6\r\n")
    prompt.type("%%c\n*(volatile int *)0 = 1;\n\n")
    prompt.wait_for("as it was before the cell")
    prompt.type("%%c\nx\n\n")
    prompt.wait_for("\n3\r\n")
    for first in ("%%c", "%%c check"):
        prompt.type(first + '\n#include <stdio.h>\nputs("run" "ning");\nfor (;;);\n\n')
        prompt.wait_for("running\r\n")
        prompt.type("\x03")
        prompt.wait_for("KeyboardInterrupt")
    prompt.type("6 * 7\n")
    prompt.wait_for("42\r\n")
    assert prompt.end() == 0


def test_registered_commands_at_the_prompt(prompt):
    """A command that crashes or does not end has no effect, and the prompt survives."""
    prompt.type(PLUGINS + "\n")
    prompt.type("count\n")
    prompt.wait_for("1 of 3\r\n")
    prompt.type("crash\n")
    prompt.wait_for("as it was before the cell")
    prompt.type("endless\n")
    prompt.wait_for("begun\r\n")
    prompt.type("\x03")
    prompt.wait_for("KeyboardInterrupt")
    prompt.type("count\n")
    prompt.wait_for("2 of 3\r\n")
    assert prompt.end() == 0
