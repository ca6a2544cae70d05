"""bench_kernel - start, round trip of a cell and memory of the kernel and of ipykernel, in one run.

usage: bench_kernel.py [STARTS [CELLS]]      (default 10 starts and 1000 cells of each)

Both are started from a connection file and used over plain sockets, in turns, so that other work on the machine affects both.
Start: from the creation of the process to the first kernel_info_reply. Cell: from sending `6 * 7` to its idle status on iopub, with
the reply received. Memory: resident and proportional set size after the cells, without data.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import zmq
from jupyter_client.connect import write_connection_file
from jupyter_client.session import Session

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MNIST_KERNEL", str(ROOT / "build/release/mnist-kernel"))
KERNELS = {"mnist-kernel": [PROGRAM], "ipykernel": [sys.executable, "-m", "ipykernel_launcher", "-f"]}
WAIT_MS = 60000


class Running:
    """A kernel process with one client of plain sockets."""

    def __init__(self, command, folder):
        path, info = write_connection_file(str(pathlib.Path(folder) / f"c{time.monotonic_ns()}.json"))
        self.session = Session(key=info["key"].encode() if isinstance(info["key"], str) else info["key"])
        self.context = zmq.Context()
        self.shell = self.connect(zmq.DEALER, info, "shell_port")
        self.iopub = self.connect(zmq.SUB, info, "iopub_port")
        self.iopub.subscribe(b"")
        environment = dict(os.environ, MNIST_HISTORY=str(pathlib.Path(folder) / "history.sqlite"), IPYTHONDIR=folder)
        self.begin = time.perf_counter()
        self.process = subprocess.Popen([*command, path], env=environment, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)

    def connect(self, kind, info, port):
        made = self.context.socket(kind)
        made.linger = 0
        made.reconnect_ivl = 1
        made.connect(f"tcp://{info['ip']}:{info[port]}")
        return made

    def send(self, message_type, content):
        message = self.session.msg(message_type, content)
        self.session.send(self.shell, message)
        return message["header"]["msg_id"]

    def start_ms(self):
        self.send("kernel_info_request", {})
        assert self.shell.poll(WAIT_MS), "no answer"
        self.shell.recv_multipart()
        return 1e3 * (time.perf_counter() - self.begin)

    def drain(self):
        while self.iopub.poll(300):
            self.iopub.recv_multipart()

    def drain_now(self):
        while self.iopub.poll(0):
            self.iopub.recv_multipart()

    def cell_ms(self, code="6 * 7"):
        begin = time.perf_counter()
        message_id = self.send("execute_request", {"code": code, "silent": False, "store_history": True,
                                                   "user_expressions": {}, "allow_stdin": False, "stop_on_error": True})
        while True:
            assert self.iopub.poll(WAIT_MS), "no idle"
            frames = self.iopub.recv_multipart()
            if b'"idle"' in frames[-1] and json.loads(frames[-3]).get("msg_id") == message_id:
                break
        assert self.shell.poll(WAIT_MS), "no reply"
        reply = json.loads(self.shell.recv_multipart()[-1])
        assert reply["status"] == "ok", reply
        return 1e3 * (time.perf_counter() - begin)

    def complete_ms(self, code):
        begin = time.perf_counter()
        self.send("complete_request", {"code": code, "cursor_pos": len(code)})
        assert self.shell.poll(WAIT_MS), "no reply"
        reply = json.loads(self.shell.recv_multipart()[-1])
        assert reply["matches"], reply
        return 1e3 * (time.perf_counter() - begin)

    def processes(self):
        below = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {"kernel": self.process.pid, **{f"child {i}": int(pid) for i, pid in enumerate(below, 1)}}

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.context.destroy(0)


def memory_mib(pid):
    """Resident and proportional set size."""
    fields = dict(line.split(":") for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return [int(fields[name].split()[0]) / 1024 for name in ("Rss", "Pss")]


def main(starts=10, cells=1000):
    begun = {name: [] for name in KERNELS}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(starts):
            for name, command in KERNELS.items():
                kernel = Running(command, folder)
                begun[name].append(kernel.start_ms())
                kernel.stop()
        print(f"{'':14}{'start ms':>10}{'cell p50 ms':>13}{'p99 ms':>9}  memory MiB (resident/proportional)")
        for name, command in KERNELS.items():
            kernel = Running(command, folder)
            kernel.start_ms()
            kernel.drain()
            for _ in range(20):
                kernel.cell_ms()
            times = sorted(kernel.cell_ms() for _ in range(cells))
            memory = ", ".join("{} {:.1f}/{:.1f}".format(who, *memory_mib(pid)) for who, pid in kernel.processes().items())
            print(f"{name:14}{statistics.median(begun[name]):10.1f}{statistics.median(times):13.2f}"
                  f"{times[int(0.99 * len(times))]:9.2f}  {memory}")
            kernel.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
