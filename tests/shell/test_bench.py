"""`bench` from a shell, and the scripts that use it: one line of JSON, the same networks as those of the peers, and
the table of tests/bench/bench_training.py without peers. The tests check that figures are plausible, not that they are
fast."""
import importlib.util
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT, WAIT_S, mnist, started

sys.path.insert(0, str(ROOT / "tests/bench"))
import layers  # noqa: E402

EVERY_LAYER = """model odd:
    conv 3 3x3 stride=2 pad=same
    batchnorm
    relu
    avgpool 3 stride=2 pad=1
    conv 5 3x3 pad=2
    maxpool 2
    dropout 0.25
    globalpool avg
    flatten
    dense 7
    batchnorm
    dense 10
"""


def bench(home, cell):
    done = mnist(home, "run", "-", input=cell)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout.splitlines()[-1])


def test_one_line_of_json(home):
    done = mnist(home, "bench", "infer", "model=lenet", "seconds=0.05", "format=json")
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    report = json.loads(done.stdout)
    assert report["images"] == "synthetic" and report["network"] == "lenet" and report["images_per_second"] > 0
    assert not (pathlib.Path(home["MNIST_HOME"]) / "data/checkpoints").exists()


@pytest.mark.parametrize("network", ["keras", "fast", "best", "lenet", "odd"])
def test_peers_build_the_same_network(home, network):
    report = bench(home, f"{EVERY_LAYER}bench single model={network} seconds=0.01 format=json\n")
    made = layers.read(report["layers"])
    assert layers.parameters(made) == report["parameters"]
    assert made[-1].after == (10, 1, 1)


def test_layers_by_hand():
    made = layers.read(["conv 3 5x5 stride=2 pad=same", "avgpool 3 stride=2 pad=1", "globalpool max", "dense 10"])
    assert [layer.after for layer in made] == [(3, 14, 14), (3, 7, 7), (3, 1, 1), (10, 1, 1)]
    assert [layer.parameters for layer in made] == [3 * 26, 0, 0, 40]
    assert (made[0].pad, made[1].pad, made[2].kind, made[3].inputs) == (2, 1, "globalmax", 3)
    with pytest.raises(ValueError, match="this is not a layer: convolution 3"):
        layers.read(["convolution 3"])


def test_ctrl_c_ends_bench(home):
    with started(home, "bench", "seconds=600") as program:
        time.sleep(1)
        program.send_signal(signal.SIGINT)
        output, errors = program.communicate(timeout=WAIT_S)
    assert (program.returncode, output) == (130, "") and "KeyboardInterrupt" in errors


def script(*arguments):
    environment = {**os.environ, "BENCH_PYTHON": sys.executable}
    return subprocess.run([sys.executable, ROOT / "tests/bench/bench_training.py", *arguments],
                          env=environment,
                          capture_output=True,
                          text=True,
                          timeout=WAIT_S)


def test_the_script_without_peers():
    done = script("alone", "lenet", "single", "train", "--rounds", "1", "--seconds", "0.02")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines() if " lenet " in line]
    assert [row[:2] for row in rows] == [["training,", "images/s"], ["one", "image,"]]
    assert "no peers; " in done.stdout


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is installed")
def test_the_script_lists_skipped_peers():
    done = script("eager", "lenet", "infer", "--rounds", "1", "--seconds", "0.02")
    assert (done.returncode, done.stderr) == (0, "")
    assert "skipped: PyTorch: torch is not installed. To install:\n    python3 -m venv .venv-bench && " in done.stdout
    assert "inference, images/s  lenet" in done.stdout


def test_the_script_rejects_unknown_arguments():
    done = script("lanet")
    assert done.returncode == 2 and "unknown argument lanet: choose from keras fast" in done.stderr
