"""The output of `mnist --generate=`: manual pages without groff warnings, completion in real bash and zsh processes,
and their installation and removal."""
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import time

import pytest
from conftest import MNIST, ROOT, WAIT_S, mnist

MAKE = os.environ.get("MAKE", "make")


def generated(home, what):
    done = mnist(home, f"--generate={what}")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
@pytest.mark.parametrize("what", ["man", "kernel-man"])
def test_manual_pages_are_clean(home, what):
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-K", "utf8", "-P-c"],
                          input=generated(home, what),
                          capture_output=True,
                          text=True,
                          timeout=WAIT_S)
    assert (done.returncode, done.stderr) == (0, "")
    page = re.sub(".\b", "", done.stdout)
    words = ["--format=FORMAT", "explore samples", "patience", "141", "MNIST_HOME", "save=mine"
             ] if what == "man" else ["install", "--sys-prefix", "MNIST_HISTORY"]
    for word in ["NAME", "SYNOPSIS", *words]:
        assert word in page, word


@pytest.mark.skipif(not shutil.which("man"), reason="man is not installed")
def test_man_shows_the_page(home, tmp_path):
    page = tmp_path / "mnist.1"
    page.write_text(generated(home, "man"))
    done = subprocess.run(["man", "--warnings", "-l", str(page)],
                          env={**home, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"},
                          capture_output=True,
                          text=True,
                          timeout=WAIT_S)
    assert (done.returncode, done.stderr) == (0, "") and "EXIT STATUS" in done.stdout


def test_unknown_arguments_of_generate_are_rejected(home):
    done = mnist(home, "--generate=fish")
    assert done.returncode == 2 and "man, kernel-man, bash, zsh or reference" in done.stderr


class Shell:
    """A shell on a pty, with the completion of mnist, and mnist in its PATH."""

    def __init__(self, home, name, tmp_path):
        script, self.name = tmp_path / f"_mnist.{name}", name
        script.write_text(generated(home, name))
        environment = {
            **home, "PATH": f"{MNIST.parent}:{os.environ['PATH']}", "PS1": "$ ", "HOME": str(tmp_path), "TERM": "dumb",
            "HISTFILE": ""
        }
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(home["MNIST_HOME"])
            arguments = ["bash", "--norc", "--noprofile", "-i"] if name == "bash" else ["zsh", "-f", "-i"]
            os.execvpe(name, arguments, environment)
        self.text = ""
        start = "bind 'set bell-style none'" if name == "bash" else \
            "autoload -Uz compinit; compinit -u -D; setopt no_beep; unsetopt zle_bracketed_paste"
        self.type(f"{start}; PS1='$ '; . {script}; echo re''ady\n")
        self.wait_for("ready")

    def type(self, keys):
        self.text = ""
        os.write(self.terminal, keys.encode())

    def wait_for(self, text):
        end = time.monotonic() + WAIT_S
        while text not in self.text:
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            assert ready, f"waited for {text!r}, came {self.text!r}"
            self.text += re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", os.read(self.terminal, 65536).decode(errors="replace"))

    def check(self, keys, *words):
        """Types the text and checks that completion inserts these words or lists them; then deletes the line."""
        self.type(keys)
        for word in words:
            self.wait_for(word)
        self.type("\x15\n")  # deletes the line
        self.wait_for("$ ")

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


@pytest.fixture(params=["bash", "zsh"])
def shell(request, home, tmp_path):
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    models = pathlib.Path(home["MNIST_HOME"]) / "models"
    models.mkdir()
    (models / "mine-42.safetensors").symlink_to(ROOT / "models/fast.safetensors")
    (pathlib.Path(home["MNIST_HOME"]) / "commands.mnist").write_text("print 1\n")
    shell = Shell(home, request.param, tmp_path)
    yield shell
    shell.end()


def test_completion(shell):
    shell.check("mnist tra\t", "mnist train ")
    shell.check("mnist explore sa\t", "explore samples ")
    shell.check("mnist explore \t\t", "duplicates", "samples", "pixels")
    shell.check("mnist train opti\t", "train optimizer=")
    shell.check("mnist train epochs=5 optimizer=s\t", "optimizer=sgd ")
    shell.check("mnist train optimizer=\t\t", "adamw", "sgd")
    shell.check("mnist evaluate mod\tmi\t", "evaluate model=mine-42 ")
    shell.check("mnist model load mi\t", "load mine-42 ")
    shell.check("mnist --for\tjs\t", "--format=json ")
    shell.check("mnist --format=csv eval\t", "--format=csv evaluate ")
    shell.check("mnist run comm\t", "run commands.mnist")
    shell.check("mnist help expl\t", "help explore ")


def test_uninstall_reverses_install(tmp_path):
    def run(target):
        environment = {
            name: value
            for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
        }
        done = subprocess.run([MAKE, target, f"DESTDIR={tmp_path}", "PREFIX=/usr"],
                              cwd=ROOT,
                              env=environment,
                              capture_output=True,
                              text=True,
                              timeout=10 * WAIT_S)
        assert done.returncode == 0, done

    share = tmp_path / "usr/share"
    files = [
        share / "man/man1/mnist.1", share / "man/man1/mnist-kernel.1", share / "bash-completion/completions/mnist",
        share / "zsh/site-functions/_mnist"
    ]
    run("install")
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o644 and file.stat().st_size > 500, file
    assert "COMMANDS" in files[0].read_text()
    run("uninstall")
    assert not [path for path in tmp_path.rglob("*") if not path.is_dir()]
