"""`make install` and `make uninstall` with paths that contain every character with a meaning in a shell or in sed.

What is installed runs from where it is; uninstall removes exactly what install put there.
"""
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ["plain", "my tools", "it's", 'a "b" c', "x|y&z;*", "$HOME #1", "tab\there"]


def make(*arguments):
    environment = {
        name: value
        for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    }
    command = [os.environ.get("MAKE", "make"), "--no-print-directory", "FLAVOUR=release", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def escaped(path):
    """A value on make's command line, where $ begins a variable and # has no meaning."""
    return str(path).replace("$", "$$")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("staged", [False, True])
def test_install_and_uninstall(tmp_path, name, staged):
    destination = tmp_path / f"stage {name}" if staged else None
    prefix = pathlib.Path("/opt") / name if staged else tmp_path / name
    root = pathlib.Path(f"{destination}{prefix}") if staged else prefix
    neighbours = [
        tmp_path / word for word in (name.split()[0] + "-", "my", "a", "stage") if not (tmp_path / word).exists()
    ]
    for folder in neighbours:
        (folder / "share/mnist/plots").mkdir(parents=True)
        (folder / "share/mnist/plots/own").write_text("kept")
    (root / "share/mnist").mkdir(parents=True)
    (root / "share/mnist/own").write_text("kept")
    options = [f"PREFIX={escaped(prefix)}"] + ([f"DESTDIR={escaped(destination)}"] if staged else [])

    done = make("install", *options)
    assert done.returncode == 0, done.stderr
    installed = files(root)
    assert {"bin/mnist", "bin/mnist-kernel", "libexec/mnist/mnist-session", "libexec/mnist/mnist-clang",
            "share/mnist/include/mnist.h", "share/jupyter/kernels/mnist/kernel.json"} <= set(installed)
    spec = json.loads((root / "share/jupyter/kernels/mnist/kernel.json").read_text())
    assert spec["argv"] == [str(prefix / "bin/mnist-kernel"), "{connection_file}"]
    assert subprocess.run([root / "bin/mnist", "print", "here"], capture_output=True, text=True).stdout == "here\n"

    done = make("uninstall", *options)
    assert done.returncode == 0, done.stderr
    assert files(root) == ["share/mnist/own"]
    for folder in neighbours:
        assert (folder / "share/mnist/plots/own").read_text() == "kept"
