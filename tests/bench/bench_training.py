#!/usr/bin/env python3
"""bench_training - training, inference and single-image latency of ours, PyTorch and ONNX Runtime, in one run.

usage: bench_training.py [WORD...] [--rounds N] [--seconds S] [--threads N]        (make bench)

WORD selects networks (keras fast best lenet), jobs (train infer single) and peers (eager compile onnx, or alone for no peer); a kind
without a selected word is measured completely. Everything takes about four minutes on a quiet machine with two processors,
`bench_training.py keras eager onnx --rounds 1` fifteen seconds. ROUNDS in the environment sets --rounds: `make bench ROUNDS=1`.

Ours is `build/mnist` with `bench ... format=json`, one process for each figure, with the default engine and with engine=openblas.
The peers build the network from the layers in our report (layers.py) and run in separate processes (peers.py). All use the same
number of threads, batch sizes (128 in training, 256 for `fast`; 1024 in inference) and real images. Training uses Adam and, for
`best`, augmentation: ours by `augment`, PyTorch's by affine_grid and grid_sample on the batch. All take turns; the table shows the
median of the rounds, and the speed of ours relative to the fastest peer.

Other work on the machine distorts every figure; a warning reports it at the beginning. PyTorch's threads wait for each other by
spinning or asleep (OMP_WAIT_POLICY=PASSIVE): on a quiet machine with two processors one image took 0.13 or 0.5 ms, on a busy one 48
or 0.2 ms. Therefore PyTorch has a process of each kind, which share the measuring time, and the better figure counts.

PyTorch and ONNX Runtime are optional. The Python that has them is $BENCH_PYTHON or .venv-bench, created by
    python3 -m venv .venv-bench && .venv-bench/bin/pip install torch onnx onnxruntime numpy
A peer that is not installed is skipped, and the output reports it. torch.compile needs a C++ compiler.
"""
import argparse
import json
import os
import pathlib
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = pathlib.Path(__file__).resolve().parent
NETWORKS = ["keras", "fast", "best", "lenet"]
JOBS = {"train": "training, images/s", "infer": "inference, images/s", "single": "one image, us"}
PEERS = {"eager": "PyTorch", "compile": "torch.compile", "onnx": "ONNX Runtime"}
BATCHES = {"train": 128, "infer": 1024, "single": 1}
AUGMENT = "augment rotate=15 shift=3 scale=0.15 shear=10"
INSTALL = "python3 -m venv .venv-bench && .venv-bench/bin/pip install torch onnx onnxruntime numpy"
REPLY_SECONDS = 600  # torch.compile of a large network on a busy machine
BUSY = 0.1  # share of the processors' time used by other work that causes a warning


def batch_of(job, network):
    return 256 if (job, network) == ("train", "fast") else BATCHES[job]


def augments(job, network):
    return (job, network) == ("train", "best")


# ---- ours ----------------------------------------------------------------------------------------------------------------


def openblas_core():
    """The value of OPENBLAS_CORETYPE for this processor; None if OpenBLAS recognises it or the user has set one. OpenBLAS treats a newer
    processor as a Prescott of 2004 (0.3.21 an Emerald Rapids, 2.5 times slower)."""
    if "OPENBLAS_CORETYPE" in os.environ:
        return None
    answer = subprocess.run([ROOT / "build/mnist", "help"], capture_output=True, text=True, env={**os.environ, "OPENBLAS_VERBOSE": "2"})
    flags = set(pathlib.Path("/proc/cpuinfo").read_text().split()) if "Core: Prescott" in answer.stderr else set()
    return "SKYLAKEX" if "avx512vl" in flags else "HASWELL" if "avx2" in flags else None


class Ours:
    def __init__(self, threads, seconds, engine=None):
        self.threads, self.seconds, self.engine = threads, seconds, engine
        self.core = openblas_core() if engine == "openblas" else None
        self.environment = {**os.environ, "MNIST_HOME": str(ROOT), **({"OPENBLAS_CORETYPE": self.core} if self.core else {})}

    def report(self, job, network, seconds=None):
        """The report of `bench`, as a dictionary."""
        batch = f" batch={batch_of(job, network)}" if job != "single" else ""
        lines = ["load mnist", "preprocess normalize", f"set threads={self.threads}"]
        lines += [f"set engine={self.engine}"] if self.engine else []
        lines += [AUGMENT] if augments(job, network) else []
        lines += [f"bench {job} model={network}{batch} seconds={seconds or self.seconds} format=json"]
        done = subprocess.run([ROOT / "build/mnist", "run", "-"], input="\n".join(lines) + "\n", capture_output=True, text=True,
                              cwd=tempfile.gettempdir(), env=self.environment)
        if done.returncode != 0:
            sys.exit(f"bench_training: build/mnist failed:\n{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])

    def figure(self, job, network, _report):
        report = self.report(job, network)
        return report["median_microseconds" if job == "single" else "images_per_second"], report["share_of_peak_as_dense"]


# ---- the peers -------------------------------------------------------------------------------------------------------------


class Process:
    """A process of peers.py."""

    def __init__(self, python, who, threads, waiting):
        self.errors = tempfile.TemporaryFile("w+")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
        self.process = subprocess.Popen([python, FOLDER / "peers.py", who, str(threads), ROOT / "data/raw"], env=environment | waiting,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True)

    def reply(self):
        ready, _, _ = select.select([self.process.stdout], [], [], REPLY_SECONDS)
        line = self.process.stdout.readline() if ready else ""
        if line:
            return json.loads(line)
        self.process.kill()
        self.errors.seek(0)
        last = self.errors.read().strip().splitlines()[-1:] or ["it ended without a word"]
        return {"skip": last[0] if ready else f"no answer within {REPLY_SECONDS} s"}

    def ask(self, wanted):
        try:
            print(json.dumps(wanted), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # reply reports the cause
        return self.reply()

    def stop(self):
        self.process.kill()
        self.process.wait()


class Peer:
    """A peer. PyTorch has two processes, whose threads wait in different ways. `skip` is the reason why a peer is missing."""

    def __init__(self, python, who, threads, seconds):
        both = who != "onnx" and threads > 1 and "OMP_WAIT_POLICY" not in os.environ
        waiting = [{}, {"OMP_WAIT_POLICY": "PASSIVE"}] if both else [{}]
        self.processes = [Process(python, who, threads, policy) for policy in waiting]
        self.seconds = seconds / len(waiting)
        hello = [process.reply() for process in self.processes][0]
        self.name, self.skip = hello.get("name", PEERS[who]), hello.get("skip")
        self.skipped = {}  # (job, network) -> reason

    def ask(self, job, network, report, seconds):
        """The better figure of its processes, or None if it is skipped."""
        if (job, network) in self.skipped:
            return None
        wanted = {"job": job, "network": network, "layers": report["layers"], "batch": batch_of(job, network),
                  "augment": augments(job, network), "seconds": seconds}
        replies = [process.ask(wanted) for process in self.processes]
        if any("skip" in reply for reply in replies):
            self.skipped[job, network] = next(reply["skip"] for reply in replies if "skip" in reply)
            return None
        for reply in replies:
            assert reply["parameters"] == report["parameters"], f"{self.name} has built another network than {network}"
        return (min if job == "single" else max)(reply["figure"] for reply in replies)

    def figure(self, job, network, report):
        return self.ask(job, network, report, self.seconds), None

    def stop(self):
        for process in self.processes:
            process.stop()


def find_python():
    for python in (os.environ.get("BENCH_PYTHON"), ROOT / ".venv-bench/bin/python"):
        if python and shutil.which(python):
            return python
    return None


def start_peers(chosen, threads, seconds):
    """The installed peers, by name; prints the missing ones."""
    python, peers = find_python() if chosen else None, {}
    if chosen and python is None:
        print(f"skipped: {', '.join(PEERS[who] for who in chosen)}: not installed. To install:\n    {INSTALL}")
        return peers
    for who in chosen:
        peer = Peer(python, who, threads, seconds)
        if peer.skip:
            peer.stop()
            print(f"skipped: {PEERS[who]}: {peer.skip}. To install:\n    {INSTALL}")
        else:
            peers[PEERS[who]] = peer
    return peers


# ---- the run ---------------------------------------------------------------------------------------------------------------


def processor_times():
    """(all, idle) processor ticks since the machine started."""
    ticks = [int(word) for word in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(ticks), ticks[3] + ticks[4]


def warn_of_neighbours():
    if not pathlib.Path("/proc/stat").exists():
        return
    before = processor_times()
    time.sleep(1)
    now = processor_times()
    share = 1 - (now[1] - before[1]) / max(1, now[0] - before[0])
    if share > BUSY:
        print(f"warning: other work takes {100 * share:.0f} % of this machine; all figures are lower than on a quiet machine")


def note(text):
    """Shows the current step on a terminal; prints nothing to a file."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def run(items, contenders, reports, rounds):
    """{(job, network): {name: [figures]}} and our shares of the processor's peak."""
    figures = {item: {name: [] for name in contenders} for item in items}
    shares = {item: [] for item in items}
    names = list(contenders)
    for number in range(rounds):
        for job, network in items:
            for name in names[number % len(names):] + names[:number % len(names)]:  # the order rotates
                note(f"round {number + 1} of {rounds}: {job} {network}, {name}")
                figure, share = contenders[name].figure(job, network, reports[job, network])
                if figure is not None:
                    figures[job, network][name].append(figure)
                if share is not None and name == "ours":
                    shares[job, network].append(share)
    note("")
    return figures, shares


def shown(job, values):
    if not values:
        return "-"
    return f"{statistics.median(values):,.1f}" if job == "single" else f"{statistics.median(values):,.0f}"


def ratio(job, figures, peers):
    """The speed of ours divided by that of the fastest peer."""
    medians = [statistics.median(figures[name]) for name in peers if figures[name]]
    if not medians:
        return "-"
    own = statistics.median(figures["ours"])
    return f"{min(medians) / own:.2f}" if job == "single" else f"{own / max(medians):.2f}"


def print_table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print("  ".join(cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))))
        if number == 0:
            print("  ".join("-" * width for width in widths))


def show(items, contenders, peers, figures, shares):
    rows = [["job", "network", *contenders, "ratio to the fastest peer", "ours' share of the peak, as if dense"]]
    for job, network in items:
        own = figures[job, network]
        rows.append([JOBS[job], network, *[shown(job, own[name]) for name in contenders], ratio(job, own, peers),
                     f"{100 * statistics.median(shares[job, network]):.0f} %"])
    print_table(rows)
    for name, peer in peers.items():
        for (job, network), why in peer.skipped.items():
            if not (name == PEERS["onnx"] and job == "train"):
                print(f"skipped: {name}, {job} {network}: {why}")


def prepare(items, contenders, peers, ours):
    """Networks are built, compiled and warmed up before the first round. Returns our reports, from which the peers build their networks."""
    reports = {}
    for job, network in items:
        note(f"preparing {job} {network}")
        reports[job, network] = ours.report(job, network, seconds=0.01)
        for name, peer in peers.items():
            note(f"preparing {job} {network}, {name}")
            peer.ask(job, network, reports[job, network], 0)
    note("")
    return reports


def arguments():
    known = [*NETWORKS, *JOBS, *PEERS, "alone"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD", help=" ".join(known))
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", 3)), help="3, or $ROUNDS")
    parser.add_argument("--seconds", type=float, default=0.6, help="of each figure in a round: 0.6")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="as many as there are processors")
    chosen = parser.parse_args()
    for word in chosen.words:
        if word not in known:
            parser.error(f"unknown argument {word}: choose from {' '.join(known)}")
    if chosen.rounds < 1 or chosen.seconds < 0.01 or chosen.threads < 1:
        parser.error("rounds and threads are 1 or more, seconds 0.01 or more")
    pick = lambda of: [word for word in of if word in chosen.words] or list(of)  # noqa: E731
    chosen.peers = [] if "alone" in chosen.words else pick(PEERS)
    chosen.items = [(job, network) for job in pick(JOBS) for network in pick(NETWORKS)]
    return chosen


def main():
    chosen = arguments()
    if not (ROOT / "build/mnist").exists():
        sys.exit("bench_training: build/mnist is not there: type `make` first")
    warn_of_neighbours()
    ours = Ours(chosen.threads, chosen.seconds)
    peers = start_peers(chosen.peers, chosen.threads, chosen.seconds)
    try:
        reports = prepare(chosen.items, {}, peers, ours)
        first = next(iter(reports.values()))
        contenders = {"ours": ours}
        if first["engine"] != "openblas":
            contenders["openblas"] = Ours(chosen.threads, chosen.seconds, "openblas")
        contenders.update(peers)
        names = ", ".join(peer.name for peer in peers.values()) or "no peers"
        print(f"ours (engine {first['engine']}) beside {names}; {chosen.threads} threads, medians of {chosen.rounds} rounds; "
              f"peak {first['peak_gflops']:.0f} GFLOP/s ({first['peak_kernel']})", flush=True)
        if "openblas" in contenders and contenders["openblas"].core:
            print(f"OpenBLAS does not recognise this processor: OPENBLAS_CORETYPE is {contenders['openblas'].core}", flush=True)
        show(chosen.items, contenders, peers, *run(chosen.items, contenders, reports, chosen.rounds))
    finally:
        for peer in peers.values():
            peer.stop()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
