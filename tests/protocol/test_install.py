"""test_install - `mnist-kernel install` and the other options of the command line."""
import json
import os
import subprocess

import pytest
from conftest import PROGRAM
from jupyter_client.kernelspec import KernelSpecManager


def run(*arguments, **environment):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          env=dict(os.environ, **environment))


@pytest.mark.parametrize("arguments, environment, place", [
    (["--prefix", "{}"], {}, "share/jupyter/kernels"),
    (["--user"], {"JUPYTER_DATA_DIR": "{}/data"}, "data/kernels"),
    ([], {"JUPYTER_DATA_DIR": "", "XDG_DATA_HOME": "", "HOME": "{}"}, ".local/share/jupyter/kernels"),
    (["--sys-prefix"], {"VIRTUAL_ENV": "{}"}, "share/jupyter/kernels")])
def test_places(tmp_path, arguments, environment, place):
    done = run("install", *[a.format(tmp_path) for a in arguments],
               **{key: value.format(tmp_path) for key, value in environment.items()})
    assert done.returncode == 0, done.stderr
    spec = KernelSpecManager(kernel_dirs=[str(tmp_path / place)]).get_kernel_spec("mnist")
    assert spec.argv == [str(PROGRAM), "{connection_file}"] and os.access(spec.argv[0], os.X_OK)
    assert (spec.display_name, spec.language, spec.interrupt_mode) == ("MNIST (C)", "mnist", "message")
    names = sorted(os.listdir(tmp_path / place / "mnist"))
    assert names == ["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]


def test_names(tmp_path):
    run("install", "--prefix", tmp_path, "--name", "mine", "--display-name", 'Ü "quoted"')
    text = (tmp_path / "share/jupyter/kernels/mine/kernel.json").read_text()
    assert json.loads(text)["display_name"] == 'Ü "quoted"'


def test_another_program(tmp_path):
    run("install", "--prefix", tmp_path, "--program", '/opt/a "b"/mnist-kernel')
    spec = json.loads((tmp_path / "share/jupyter/kernels/mnist/kernel.json").read_text())
    assert spec["argv"] == ['/opt/a "b"/mnist-kernel', "{connection_file}"]


def test_installing_again_replaces(tmp_path):
    for _ in range(2):
        assert run("install", "--prefix", tmp_path).returncode == 0
    assert len(os.listdir(tmp_path / "share/jupyter/kernels/mnist")) == 4


@pytest.mark.parametrize("arguments, expected", [
    (["install", "--name", "a/b"], "--name"), (["install", "surplus"], "surplus"),
    (["install", "--nonsense"], "usage"), (["install", "--prefix"], "usage"), ([], "usage"), (["--nonsense"], "usage")])
def test_invalid_arguments_have_an_error(tmp_path, arguments, expected):
    done = run(*arguments, HOME=str(tmp_path))
    assert done.returncode == 2 and expected in done.stderr


def test_the_error_names_a_folder_that_cannot_be_created(tmp_path):
    (tmp_path / "file").write_text("")
    done = run("install", "--prefix", tmp_path / "file")
    assert done.returncode == 1 and str(tmp_path / "file") in done.stderr


def test_version_and_help():
    assert run("--version").stdout.startswith("mnist-kernel 0.")
    assert "install" in run("--help").stdout and run("--help").returncode == 0
