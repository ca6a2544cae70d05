"""Data sets that are empty, small, missing or cannot be saved: each command works or states what is missing."""
import os
import pathlib
import re
import shutil
import struct
import subprocess

import pytest
from conftest import MNIST, ROOT, WAIT_S, mnist


@pytest.mark.parametrize("count, side", [(1, 28), (5, 1)])
def test_too_few_images_for_principal_components(home, tmp_path, count, side):
    for name in ("train", "t10k"):
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(
            struct.pack(">4I", 0x803, count, side, side) +
            bytes(range(count * side * side % 256)).ljust(count * side * side))
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, count) + bytes(count))
    done = mnist(home, "run", "-", input=f'load "{tmp_path}"\nexplore pca\n')
    assert done.returncode == 1 and "at least 2 images of 2 pixels" in done.stderr, done


def write_idx(folder, name, *shape, content):
    kind = {1: "labels-idx1", 3: "images-idx3"}[len(shape)]
    (folder /
     f"{name}-{kind}-ubyte").write_bytes(struct.pack(f">{1 + len(shape)}I", 0x800 + len(shape), *shape) + content)


@pytest.fixture
def without_test_images(tmp_path):
    """The first 300 training images of MNIST, and an empty test set."""
    folder = tmp_path / "no-test"
    folder.mkdir()
    write_idx(folder,
              "train",
              300,
              28,
              28,
              content=(ROOT / "data/raw/train-images-idx3-ubyte").read_bytes()[16:16 + 300 * 784])
    write_idx(folder, "train", 300, content=(ROOT / "data/raw/train-labels-idx1-ubyte").read_bytes()[8:308])
    write_idx(folder, "t10k", 0, 28, 28, content=b"")
    write_idx(folder, "t10k", 0, content=b"")
    return folder


def test_commands_that_do_not_need_the_test_set_run_without_it(home, without_test_images):
    commands = f"""load "{without_test_images}"
explore
explore classes
explore duplicates
explore samples
preprocess deskew crop=20 validation=100 save=kept
load kept
preprocess validation=100
model lenet
train epochs=1
evaluate set=validation
evaluate set=train
explore outliers
"""
    done = mnist(home, "run", "-", input=commands)
    assert done.returncode == 0, done
    assert re.search(r"test images +0\n", done.stdout), done
    assert re.search(r"pixel mean \(0 to 255\) +[0-9.]+ +-\n", done.stdout), done
    assert "nan" not in done.stdout


@pytest.mark.parametrize("command", [
    "evaluate", "evaluate confusion", "evaluate errors", "evaluate ensemble a b", "explore samples set=test",
    "explore digit 3 set=test", "plot activations 0 set=test", "predict test 0"
])
def test_commands_that_need_the_test_set_report_that_it_is_empty(home, without_test_images, command):
    done = mnist(
        home,
        "run",
        "-",
        input=f'load "{without_test_images}"\npreprocess validation=100\nmodel lenet\ntrain epochs=1\n{command}\n')
    assert done.returncode == 1, done
    assert "the data set no-test has no test images" in done.stderr, done


def test_a_failed_save_leaves_the_previous_data_set(home):
    """With a full disk (simulated by a limit of the file size), and a previous set of other sizes."""
    save = "preprocess crop={crop} save=kept\n"
    assert mnist(home, "run", "-", input=save.format(crop=8)).returncode == 0
    kept = pathlib.Path(home["MNIST_HOME"]) / "data/processed/kept"
    before = {path.name: path.read_bytes() for path in kept.iterdir()}
    full = subprocess.run(["bash", "-c", f"ulimit -f 9000; trap '' XFSZ; exec '{MNIST}' run -"],
                          env=home,
                          cwd=home["MNIST_HOME"],
                          input=save.format(crop=14),
                          capture_output=True,
                          text=True,
                          timeout=WAIT_S)
    assert full.returncode == 1 and "File too large" in full.stderr, full
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before
    assert mnist(home, "run", "-", input="load kept\nexplore\n").returncode == 0


def test_the_error_of_missing_data_gives_usable_advice(tmp_path):
    """Without the script fetch-data, the files can be copied by hand, and the message names all of them."""
    (tmp_path / "project/build/release").mkdir(parents=True)
    (tmp_path / "project/plots").mkdir()
    (tmp_path / "project/plots/theme.gp").touch()
    for place in "project/build/release", "bin":
        (tmp_path / place).mkdir(exist_ok=True)
        shutil.copy((MNIST.resolve()), tmp_path / place / "mnist")
    environment = {name: value for name, value in os.environ.items() if name not in ("MNIST_HOME", "MNIST_DATA")}
    environment |= {"HOME": str(tmp_path / "user"), "XDG_DATA_HOME": "", "XDG_STATE_HOME": str(tmp_path / "state")}

    def load(place):
        return subprocess.run([tmp_path / place / "mnist", "load", "mnist"],
                              env=environment,
                              cwd=tmp_path,
                              capture_output=True,
                              text=True,
                              timeout=WAIT_S)

    inside = load("project/build/release")
    assert inside.returncode == 1, inside
    assert f"{tmp_path}/project/data/raw: files of mnist are missing" in inside.stderr, inside
    outside = load("bin")
    folder = tmp_path / "user/.local/share/mnist/data/raw"
    assert outside.returncode == 1 and "make data" not in outside.stderr, outside
    assert "did you mean" not in outside.stderr, outside
    assert f"{folder}: files of mnist are missing, and the script fetch-data" in outside.stderr, outside
    folder.mkdir(parents=True)
    for name in re.findall(r"\b\w+-\w+-idx\d-ubyte\b", outside.stderr.split("published files")[1]):
        (folder / name).symlink_to(ROOT / "data/raw" / name)
    assert load("bin").returncode == 0
