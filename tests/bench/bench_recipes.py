#!/usr/bin/env python3
"""bench_recipes - test accuracy and time of the recipes of models/ over several seeds, and of PyTorch.

usage: bench_recipes.py [RECIPE...] [--seeds N] [--first SEED] [--peer N] [--threads N]

RECIPE names a file models/RECIPE.mnist (default fast). Its `train` line is run with the seeds FIRST, FIRST + 1, ..., and nothing is
saved. Time is measured from the start of the process, with the data on disk, to the printed accuracy; each seed has its own process.
PyTorch, if installed (see bench_training.py), trains the same network by the same recipe on the same images for N seeds; its time
excludes its imports. The two take turns.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import bench_training

ROOT = bench_training.ROOT
FOLDER = pathlib.Path(__file__).resolve().parent


def ours(lines, seed, threads):
    """(seconds, accuracy in percent, hash of the weights) of the recipe's lines with another seed."""
    text = [f"set threads={threads}"]
    text += [re.sub(r" seed=\d+|$", "", line) + f" seed={seed}" if line.startswith("train ") else line
             for line in lines if not line.startswith("model save")]
    begin = time.perf_counter()
    done = subprocess.run([ROOT / "build/mnist", "run", "-"], input="\n".join(text) + "\n", capture_output=True, text=True,
                          cwd=tempfile.gettempdir(), env={**os.environ, "MNIST_HOME": str(ROOT)})
    seconds = time.perf_counter() - begin
    if done.returncode != 0:
        sys.exit(f"bench_recipes: build/mnist failed:\n{done.stderr}")
    accuracy = re.search(r"^Accuracy on the test set: ([\d.]+) %", done.stdout, re.M)
    weights = re.findall(r"^ +\d+ .* ([0-9a-f]{16})", done.stdout, re.M)
    return seconds, float(accuracy[1]), weights[-1]


def words(lines, verb):
    """The name=value parameters of the recipe's line that begins with verb."""
    line = next((line for line in lines if line.split()[0] == verb), verb)
    return dict(word.split("=", 1) for word in line.split() if "=" in word)


def layers_of(lines):
    """The network's layers, as `bench ... format=json` reports them."""
    wanted = lines[:next(i for i, line in enumerate(lines) if line.startswith("train"))]
    name = next(line.split()[1].rstrip(":") for line in wanted if line.startswith("model "))
    wanted.append(f"bench infer model={name} seconds=0.01 format=json")
    done = subprocess.run([ROOT / "build/mnist", "run", "-"], input="\n".join(wanted) + "\n", capture_output=True, text=True,
                          check=True, cwd=tempfile.gettempdir(), env={**os.environ, "MNIST_HOME": str(ROOT)})
    return json.loads(done.stdout.splitlines()[-1])["layers"]


def peer(python, lines, layers, seed, threads):
    """(seconds, accuracy in percent) of the same training in PyTorch, or the reason why it is skipped."""
    train = words(lines, "train")
    wanted = {"layers": layers, "crop": int(words(lines, "preprocess").get("crop", 0)), "epochs": int(train["epochs"]),
              "batch": int(train["batch"]), "rate": float(train["rate"]), "momentum": float(train.get("momentum", 0.9)),
              "smoothing": float(train.get("smoothing", 0)), "seed": seed, "threads": threads, "data": str(ROOT / "data/raw")}
    done = subprocess.run([python, FOLDER / "torch_recipe.py", json.dumps(wanted)], capture_output=True, text=True)
    if done.returncode != 0:
        return (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    reply = json.loads(done.stdout)
    return reply["seconds"], reply["accuracy"]


def can_peer(lines):
    """True for the recipes of torch_recipe.py: one-cycle Adam without augmentation."""
    train = words(lines, "train")
    return not any(line.startswith("augment") for line in lines) and not train.keys() & {"schedule", "optimizer", "ema", "decay"}


def row(name, runs):
    times, accuracies = [run[0] for run in runs], [run[1] for run in runs]
    sd = statistics.stdev(accuracies) if len(runs) > 1 else 0
    return [name, str(len(runs)), f"{statistics.mean(accuracies):.3f} %", f"{sd:.3f}", f"{min(accuracies):.2f} %",
            f"{statistics.median(times):.2f}", f"{max(times):.2f}"]


def run_recipe(name, chosen):
    lines = [line.strip() for line in (ROOT / f"models/{name}.mnist").read_text().splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    python = bench_training.find_python() if chosen.peer > 0 else None
    layers = layers_of(lines) if python and can_peer(lines) else None
    own, other = [], []
    for i in range(chosen.seeds):
        bench_training.note(f"{name}, seed {chosen.first + i}")
        own.append(ours(lines, chosen.first + i, chosen.threads))
        if layers and i < chosen.peer:
            reply = peer(python, lines, layers, chosen.first + i, chosen.threads)
            if isinstance(reply, str):
                print(f"skipped: PyTorch: {reply}")
                layers = None
            else:
                other.append(reply)
    bench_training.note("")
    table = [["recipe", "seeds", "accuracy, mean", "sd", "least", "seconds, median", "most"], row(name, own)]
    if other:
        table.append(row(f"{name} in PyTorch", other))
    bench_training.print_table(table)
    if chosen.peer > 0 and python is None:
        print(f"skipped: PyTorch: not installed. To install:\n    {bench_training.INSTALL}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", default=["fast"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--peer", type=int, default=2, help="seeds that PyTorch trains with: 2")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="as many as there are processors")
    chosen = parser.parse_args()
    if not (ROOT / "build/mnist").exists():
        sys.exit("bench_recipes: build/mnist is not there: type `make` first")
    bench_training.warn_of_neighbours()
    for name in chosen.recipes:
        run_recipe(name, chosen)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
