#!/usr/bin/env python3
"""ablation - the contribution of each part of the recipe of models/best.mnist: validation results without that part.

usage: ablation.py [--epochs N] [--seeds N] [--only WORD] [--held-out N] [--split N]

10,000 training images are held out (--held-out; --split is the seed of the split); the network is trained on the others for N epochs
(default 10: about five minutes for each variant and seed on one core). As many trainings run at a time as there are processors, with
one thread each; the number of threads does not change the bits. The run takes too long for `make bench`.
"""
import argparse
import concurrent.futures
import os
import re
import statistics
import subprocess
import sys
import tempfile

import bench_training

ROOT = bench_training.ROOT

# name -> (pattern, replacement) in the recipe's text
VARIANTS = {
    "as it is": (r"^", ""),
    "without augmentation": (r"^augment .*$", ""),
    "without elastic": (r" elastic=\S+", ""),
    "with rotation and shift only": (r" scale=\S+ shear=\S+ elastic=\S+", ""),
    "without averaged weights": (r" ema=\S+", ""),
    "without label smoothing": (r" smoothing=\S+", ""),
    "without dropout": (r"^    dropout .*\n", ""),
    "without batch normalisation": (r"^    batchnorm\n", ""),
    "32 channels instead of 64": (r"^    conv 64", "    conv 32"),
    "without clean epochs": (r" clean=\d+", ""),
    "augmentation half as strong again": (r"^augment .*$", "augment rotate=15 shift=3 scale=0.15 shear=10 elastic=1 clean=4"),
    "with stretch 0.1": (r" elastic=", " stretch=0.1 elastic="),
    "rate 0.001": (r" rate=\S+", " rate=0.001"),
}


def recipe(epochs, held_out, split):
    """The recipe with the network's layers written out."""
    text = (ROOT / "models/best.mnist").read_text()
    asked = subprocess.run([ROOT / "build/mnist", "run", "-"], input="bench infer model=best seconds=0.01 format=json\n", text=True,
                           capture_output=True, check=True, env={**os.environ, "MNIST_HOME": str(ROOT)})
    layers = re.search(r'"layers":\[(.*?)\]', asked.stdout)[1].replace('"', "").split(",")
    text = text.replace("model best\n", "model variant:\n" + "".join(f"    {layer}\n" for layer in layers))
    text = text.replace("preprocess normalize", f"preprocess normalize validation={held_out} seed={split}")
    text = re.sub(r"^(evaluate|model save .*)$", "", text, flags=re.M)
    return re.sub(r"epochs=\d+", f"epochs={epochs}", text)


def run(text, seed):
    """(validation loss, validation accuracy in percent) of the last epoch."""
    text = "set threads=1\n" + re.sub(r"(train .*) seed=\d+", rf"\1 seed={seed}", text)
    done = subprocess.run([ROOT / "build/mnist", "run", "-"], input=text, text=True, capture_output=True, cwd=tempfile.gettempdir(),
                          env={**os.environ, "MNIST_HOME": str(ROOT)})
    if done.returncode != 0:
        sys.exit(f"ablation: build/mnist failed:\n{done.stderr}")
    loss, accuracy = re.findall(r"^ *\d+ +[\d.]+ +[\d.]+ % +([\d.]+) +([\d.]+) %", done.stdout, re.M)[-1]
    return float(loss), float(accuracy)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--held-out", type=int, default=10000)
    parser.add_argument("--split", type=int, default=1, help="seed of which images are held out")
    parser.add_argument("--only", default="", help="variants whose name has this word")
    chosen = parser.parse_args()
    if chosen.epochs < 2 or chosen.seeds < 1:
        parser.error("epochs are 2 or more (the first one is warm-up), seeds 1 or more")
    text = recipe(chosen.epochs, chosen.held_out, chosen.split)
    jobs = {(name, seed): re.sub(*edit, text, flags=re.M)
            for name, edit in VARIANTS.items() if chosen.only in name for seed in range(1, chosen.seeds + 1)}
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = {job: pool.submit(run, edited, job[1]) for job, edited in jobs.items()}
    rows = [["the recipe", "seeds", "validation accuracy", "validation loss"]]
    for name in VARIANTS:
        own = [results[job].result() for job in jobs if job[0] == name]
        if own:
            loss, accuracy = (statistics.mean(values) for values in zip(*own))
            rows.append([name, str(len(own)), f"{accuracy:.2f} %", f"{loss:.4f}"])
    bench_training.print_table(rows)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
