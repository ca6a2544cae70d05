#!/usr/bin/env python3
"""bench_training - images per second of the `keras` network, training and inference, beside PyTorch in one run.

usage: bench_training.py [ROUNDS]      (make bench)

Both do the same work on the same machine, in turns: one epoch over 60,000 images in batches of 128 (Adam, dropout on), then the answers
to 60,000 images. Ours is timed by the `time` command, data already loaded; PyTorch runs in a process of its own, with two threads,
channels_last, in the better of its modes for each job (eager), data already in memory, after a warm-up. Medians and ratios are printed: a bare
time says nothing on a machine with neighbours. PyTorch is looked for in $BENCH_PYTHON, then in .venv-bench (make one with
`python3 -m venv .venv-bench && .venv-bench/bin/pip install torch numpy`); without it, that half is skipped and said so.
"""
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
IMAGES = 60000

OURS = """load mnist
preprocess normalize
model keras
time train epochs=1 batch=128 rate=0.001 schedule=constant seed=1
time evaluate set=train
"""

TORCH = """
import os, sys, time
import numpy as np, torch
from torch import nn
torch.set_num_threads(len(os.sched_getaffinity(0)))
raw = np.fromfile(sys.argv[1] + "/data/raw/train-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 1, 28, 28)
labels = torch.from_numpy(np.fromfile(sys.argv[1] + "/data/raw/train-labels-idx1-ubyte", np.uint8)[8:].astype(np.int64))
x = ((torch.from_numpy(raw.astype(np.float32)) - 33.318) / 78.567).contiguous(memory_format=torch.channels_last)
net = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
                    nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10)).to(memory_format=torch.channels_last)
optimizer, loss = torch.optim.Adam(net.parameters(), 1e-3), nn.CrossEntropyLoss()
def train(first, last):
    net.train()
    for i in range(first, last, 128):
        optimizer.zero_grad()
        loss(net(x[i:i + 128]), labels[i:i + 128]).backward()
        optimizer.step()
def infer(first, last):
    net.eval()
    with torch.inference_mode():
        for i in range(first, last, 1024):
            net(x[i:i + 1024])
train(0, 2560); infer(0, 10240)
start = time.perf_counter(); train(0, 25600); print("train", 25600 / (time.perf_counter() - start))
start = time.perf_counter(); infer(0, 51200); print("evaluate", 51200 / (time.perf_counter() - start))
"""


def ours():
    text = subprocess.run([ROOT / "build/mnist", "run", "-"], input=OURS, capture_output=True, text=True, check=True, cwd="/tmp",
                          env={**os.environ, "MNIST_HOME": str(ROOT)}).stdout
    seconds = {name: float(size) for name, size in re.findall(r"(\w+) took ([\d.]+) s", text)}
    return {name: IMAGES / seconds[name] for name in ("train", "evaluate")}


def torch_python():
    for python in (os.environ.get("BENCH_PYTHON"), ROOT / ".venv-bench/bin/python"):
        if python and shutil.which(python) and subprocess.run([python, "-c", "import torch, numpy"], capture_output=True).returncode == 0:
            return python
    return None


def torch(python):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    text = subprocess.run([python, "-c", TORCH, str(ROOT)], capture_output=True, text=True, check=True, env=environment).stdout
    return {line.split()[0]: float(line.split()[1]) for line in text.splitlines()}


def main(rounds=3):
    python = torch_python()
    if python is None:
        print("skipped: PyTorch, which is not there (see the top of this file)")
    results = {"mnist": [], "PyTorch": []}
    for _ in range(rounds):
        results["mnist"].append(ours())
        if python:
            results["PyTorch"].append(torch(python))
    for job, name in (("train", "training, batch 128"), ("evaluate", "inference")):
        rates = {who: statistics.median(run[job] for run in runs) for who, runs in results.items() if runs}
        line = "   ".join(f"{who} {rate:,.0f} images/s" for who, rate in rates.items())
        ratio = f"   ratio {rates['mnist'] / rates['PyTorch']:.2f}" if python else ""
        print(f"keras network, {name}: {line}{ratio}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
