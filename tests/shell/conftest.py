"""conftest - the program `mnist`, and a home for each test with the project's data."""
import contextlib
import os
import pathlib
import subprocess

import mnist_data
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MNIST = pathlib.Path(os.environ.get("MNIST_PROGRAM", ROOT / "build/mnist"))
WAIT_S = 60


@pytest.fixture
def home(tmp_path):
    """The environment of a separate home, with the project's data."""
    mnist_data.link(tmp_path)
    return {**os.environ, "MNIST_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "xterm"}


def mnist(home, *arguments, **options):
    """Runs the program to its end; its standard output and error are text."""
    return subprocess.run([MNIST, *arguments],
                          env=home,
                          cwd=home["MNIST_HOME"],
                          capture_output=True,
                          text=True,
                          timeout=WAIT_S,
                          **options)


@contextlib.contextmanager
def started(home, *arguments, input=None, **options):
    """The running program with pipes for its output and error, and with its input written. At the end of the block it
    is killed and its pipes are closed."""
    pipes = {"stdin": input if input is None else subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([MNIST, *arguments], env=home, cwd=home["MNIST_HOME"], **{"text": True, **pipes,
                                                                                    **options}) as program:
        try:
            if input is not None:
                program.stdin.write(input)
                program.stdin.close()
            yield program
        finally:
            program.kill()
