"""test_provenance - the record of a network's training data: saved and loaded with the network,
and compared with the data on which the network is used.
"""
import json
import re
import shutil
import struct

import model_file
import pytest
from conftest import ROOT, text_of

RAW = ROOT / "data/raw"
pytestmark = pytest.mark.skipif(not (RAW / "train-images-idx3-ubyte").exists(), reason="make data first")

MODEL = "model mine:\n    conv 4 5x5\n    maxpool 4\n    relu\n    dense 10"
NAMES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]


def part_of_mnist(folder, count, first=0):
    """A data set of its own: count training and count test images of MNIST, from number first on."""
    folder.mkdir(parents=True)
    for name in NAMES:
        whole = (RAW / name).read_bytes()
        header, size = (16, 784) if "images" in name else (8, 1)
        body = whole[header + first * size:header + (first + count) * size]
        (folder / name).write_bytes(whole[:4] + struct.pack(">I", count) + whole[8:header] + body)


@pytest.fixture
def lab(start_kernel, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/raw").symlink_to(RAW)
    (tmp_path / "models").mkdir()
    shutil.copy(ROOT / "models/fast.safetensors", tmp_path / "models")
    kernel = start_kernel(MNIST_HOME=tmp_path)

    def run(code):
        reply, messages = kernel.execute(code)
        assert reply["content"]["status"] == "ok", reply["content"]
        return text_of(messages, "stderr")

    run.folder = tmp_path
    run.metadata = lambda path: model_file.read(tmp_path / path)[0]["__metadata__"]
    return run


@pytest.mark.parametrize("command", [
    "evaluate set=validation", "evaluate confusion set=validation", "evaluate errors set=validation"
])
def test_training_images_among_the_validation_images_are_reported(lab, command):
    lab("model load fast\npreprocess validation=5000 seed=1")
    assert "5,000 of these 5,000 validation images were training images of the network `fast`" in lab(command)
    assert "training images" not in lab(command.replace("validation", "test"))


def test_the_split_of_the_training_is_used(lab):
    lab(f"preprocess normalize validation=20000 seed=1\n{MODEL}\ntrain epochs=1")
    assert lab("evaluate set=validation") == ""
    lab("preprocess validation=20000 seed=2")
    warning = lab("evaluate set=validation")
    leaked = int(re.search(r"([\d,]+) of these 20,000", warning)[1].replace(",", ""))
    assert 13000 < leaked < 13700  # two thirds of them were training images, give or take chance
    assert "`preprocess validation=20000 seed=1`" in warning
    lab("model save late")
    (entry,) = json.loads(lab.metadata("models/late.safetensors")["trained_on"])
    assert (entry["validation"], entry["split_seed"]) == (20000, 1)
    assert "of these 20,000" in lab("model load late\npreprocess seed=2\nevaluate set=validation")
    assert lab("preprocess seed=1\nevaluate set=validation") == ""


def test_a_resumed_training_on_another_split_is_reported(lab):
    lab(f"preprocess normalize validation=59000 seed=1\n{MODEL}\ntrain epochs=1")
    lab("preprocess seed=2")
    warning = lab("train resume epochs=1")
    assert re.search(r"of these 59,000 validation images were training images", warning)
    # Its weights have learnt from both splits' training images by now.
    assert "of these 59,000" in lab("evaluate set=validation")
    assert "of these 59,000" in lab("preprocess seed=1\nevaluate set=validation")
    assert "of these 59,000" in lab("model save both\nmodel load both\nevaluate set=validation")


def test_a_checkpoint_records_its_training_data(lab):
    part_of_mnist(lab.folder / "other", 1000)
    lab(f"preprocess normalize validation=59000 seed=1\n{MODEL}\ntrain epochs=1")
    lab("model save before")
    warning = lab(f"load {lab.folder}/other\nmodel load mine")
    assert "cannot be continued on the loaded data, `other`" in warning and "`mnist`" in warning, warning
    lab("model save after")
    before, after = (lab.metadata(f"models/{name}.safetensors") for name in ("before", "after"))
    for key in ("trained_on", "data", "mean", "sd", "normalize"):
        assert before[key] == after[key], key
    assert "was trained on the data set `mnist`, but these images are from `other`" in lab("evaluate")


def test_folders_with_the_same_name_are_different_data_sets(lab):
    part_of_mnist(lab.folder / "a/set", 2000)
    part_of_mnist(lab.folder / "b/set", 2000, first=2000)
    part_of_mnist(lab.folder / "c/set", 2000)
    lab(f"load {lab.folder}/a/set\npreprocess normalize\n{MODEL}\ntrain epochs=1\nmodel save base")
    for command in ("evaluate", "predict test 1", "plot activations 3", "evaluate confusion", "evaluate errors"):
        assert "both data sets are named `set`, but their images or labels differ" in lab(
            f"load {lab.folder}/b/set\npreprocess normalize\n{command}"), command
        assert lab(f"load {lab.folder}/c/set\npreprocess normalize\n{command}") == "", command
    # A figure on other data is not the network's test accuracy.
    lab(f"load {lab.folder}/b/set\nmodel load base\nevaluate\nmodel save base")
    assert "test_accuracy" not in lab.metadata("models/base.safetensors")
    lab(f"load {lab.folder}/c/set\nmodel load base\nevaluate\nmodel save base")
    assert "test_accuracy" in lab.metadata("models/base.safetensors")


def test_data_changed_by_a_cell_are_reported(lab):
    part_of_mnist(lab.folder / "set", 1000)
    lab(f"load {lab.folder}/set\npreprocess normalize\n{MODEL}\ntrain epochs=1")
    lab('%%c\n#include <mnist.h>\nmnist_edit_label(MNIST_TEST, 0, 3);')
    assert "their images or labels differ" in lab("evaluate")


def test_weights_changed_by_a_c_cell_are_marked_in_the_recipe(lab):
    lab(f"preprocess normalize validation=59000 seed=1\n{MODEL}\ntrain epochs=1\nevaluate")
    lab('%%c\n#include <mnist.h>\nfloat first = mnist_tensor("conv1.weight").values[0];')
    lab("model save read")
    assert lab.metadata("models/read.safetensors")["recipe"] == "train epochs=1"
    for _ in range(2):
        lab('%%c\nmnist_tensor("conv1.weight").values[0] += 1;')
    lab("model save changed")
    changed = lab.metadata("models/changed.safetensors")
    assert changed["recipe"] == "train epochs=1; # a C cell changed the weights"
    assert "test_accuracy" not in changed
