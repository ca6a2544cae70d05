"""conftest - fixtures of the protocol tests: a kernel started as Jupyter starts it, and a client
that records all messages.

The kernel under test is $MNIST_KERNEL (default: build/release/mnist-kernel). `kernel` uses the
real session program; `fake_kernel` uses fake_session.c, which misbehaves on command. Each kernel
has its own history file, home and runtime folder in pytest's temporary folder, so tests affect
neither each other nor the user.
"""
import contextlib
import os
import pathlib
import queue
import subprocess
import threading
import time

import mnist_data
import pytest
from jupyter_client import BlockingKernelClient, KernelManager
from jupyter_client.channels import HBChannel
from jupyter_client.kernelspec import KernelSpecManager
from plugin_cells import GATE, NETWORK, SWISH, TRAINING
from raw_kernel import RawKernel

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("MNIST_KERNEL", ROOT / "build/release/mnist-kernel")).resolve()
TIMEOUT_S = float(os.environ.get("PROTOCOL_TIMEOUT_S", "20"))
HBChannel.time_to_dead = 10  # a client regards a kernel as dead after one second, which a busy machine may take


@pytest.fixture(scope="session")
def fake_session(tmp_path_factory):
    """The misbehaving session program, built once."""
    program = tmp_path_factory.mktemp("fake") / "fake-session"
    flags = ["-std=c11", "-D_GNU_SOURCE", "-O1", "-I", str(ROOT)]
    sources = [str(ROOT / "tests/protocol/fake_session.c"), str(ROOT / "kernel/session_link.c")]
    subprocess.run([os.environ.get("CC", "cc"), *flags, *sources, "-ljansson", "-o", str(program)], check=True)
    return program


@pytest.fixture(scope="session")
def specs(tmp_path_factory):
    """A folder with the kernelspec, written by the kernel's own `install`."""
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run([PROGRAM, "install", "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
    return prefix / "share/jupyter/kernels"


def children(pid):
    """All processes below pid, at any depth."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *children(child)]
    return found


def open_files(*pids):
    """The number of open descriptors of the processes; a process that has just ended has none."""
    count = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            count += len(os.listdir(f"/proc/{pid}/fd"))
    return count


def started(pid):
    """The start time of the process in clock ticks since boot."""
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19])


def alive(pid):
    """True if the process exists and is not a zombie."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, timeout_s=TIMEOUT_S, what="the condition"):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"{what} did not come true within {timeout_s} s"
        time.sleep(0.01)


class Kernel:
    """A running kernel and its first client."""

    def __init__(self, specs, folder, **environment):
        self.folder = folder
        self.environment = dict(os.environ, MNIST_HISTORY=str(folder / "history.sqlite"), HOME=str(folder),
                                JUPYTER_RUNTIME_DIR=str(folder / "runtime"))
        self.environment.pop("MNIST_SESSION", None)
        self.environment.update({key: str(value) for key, value in environment.items()})
        self.log_path = folder / "kernel.log"
        self.manager = KernelManager(kernel_name="mnist",
                                     kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(specs)]))
        self.clients = []

    def start(self, **options):
        self.log = open(self.log_path, "ab")
        self.manager.start_kernel(env=self.environment, stderr=self.log, **options)
        self.client = self.new_client()
        return self

    def new_client(self, wait=True):
        client = BlockingKernelClient()
        client.load_connection_info(self.manager.get_connection_info())
        client.start_channels()
        self.clients.append(client)
        if wait:
            client.wait_for_ready(timeout=TIMEOUT_S)
        return client

    @property
    def pid(self):
        return self.manager.provisioner.pid

    def session_pid(self):
        """The session process: the youngest child that neither is nor becomes mnist-clang. An older child is a standby
        whose parent has died."""
        found = [int(pid) for pid in pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        found = [
            pid for pid in found
            if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() not in ("mnist-kernel", "mnist-clang")
        ]
        assert found, "the kernel has no session process"
        return max(found, key=lambda pid: (started(pid), pid))

    def log_text(self):
        return self.log_path.read_text(errors="replace")

    def stop(self):
        for client in self.clients:
            client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)
        self.log.close()

    # ---- requests ----

    def execute(self, code, client=None, **options):
        """Runs a cell to its end. Returns (reply, all its iopub messages, including status and execute_input)."""
        client = client or self.client
        message_id = client.execute(code, **options)
        return self.finish(message_id, client)

    def finish(self, message_id, client=None, timeout_s=TIMEOUT_S):
        client = client or self.client
        reply = self.reply(message_id, client, timeout_s)
        return reply, self.outputs(message_id, client, timeout_s)

    def reply(self, message_id, client=None, timeout_s=TIMEOUT_S, channel="shell"):
        client = client or self.client
        end = time.monotonic() + timeout_s
        while True:
            message = getattr(client, f"get_{channel}_msg")(timeout=max(0.01, end - time.monotonic()))
            if message["parent_header"].get("msg_id") == message_id:
                return message

    def outputs(self, message_id, client=None, timeout_s=TIMEOUT_S):
        """The iopub messages with this parent, up to its idle status."""
        client = client or self.client
        found, end = [], time.monotonic() + timeout_s
        while True:
            message = client.get_iopub_msg(timeout=max(0.01, end - time.monotonic()))
            if message["parent_header"].get("msg_id") != message_id:
                continue
            found.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return found

    def wait_output(self, text, client=None, timeout_s=TIMEOUT_S):
        """The first iopub message whose content contains the text."""
        client = client or self.client
        end = time.monotonic() + timeout_s
        while True:
            message = client.get_iopub_msg(timeout=max(0.01, end - time.monotonic()))
            if text in str(message["content"]):
                return message

    def request(self, channel, message_type, content, client=None):
        """Sends any request, returns its id."""
        client = client or self.client
        message = client.session.msg(message_type, content)
        getattr(client, f"{channel}_channel").send(message)
        return message["header"]["msg_id"]

    def interrupt(self):
        return self.reply(self.request("control", "interrupt_request", {}), channel="control")

    def nothing_more(self, client=None, wait_s=0.2):
        """Asserts that no message remains on any channel."""
        client = client or self.client
        for channel in ("iopub", "shell", "stdin", "control"):
            with contextlib.suppress(queue.Empty):
                message = getattr(client, f"get_{channel}_msg")(timeout=wait_s if channel == "iopub" else 0.02)
                raise AssertionError(f"an extra message on {channel}: {message['msg_type']} {message['content']}")


def types(messages):
    return [message["msg_type"] for message in messages]


def text_of(messages, name="stdout"):
    return "".join(m["content"]["text"] for m in messages
                   if m["msg_type"] == "stream" and m["content"]["name"] == name)


# ---- cells ----

def run(kernel, code, **options):
    """(reply's content, outputs between execute_input and idle)"""
    reply, messages = kernel.execute(code, **options)
    assert types(messages)[:2] == ["status", "execute_input"] and types(messages)[-1] == "status"
    return reply["content"], messages[2:-1]


def run_until_interrupted(kernel, code):
    """Runs a cell and interrupts it every second, since the first interrupt may be too early."""
    ended = threading.Event()

    def interrupt():
        while not ended.wait(1.0):
            kernel.interrupt()
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        return run(kernel, code)
    finally:
        ended.set()
        thread.join()


def good(kernel, code, **options):
    """The outputs of a cell that must succeed."""
    content, messages = run(kernel, code, **options)
    assert content["status"] == "ok", "\n".join(content.get("traceback", [])) + text_of(messages, "stderr")
    return messages


def value(kernel, code):
    """The text of the cell's result."""
    messages = good(kernel, code)
    assert types(messages)[-1] == "execute_result", messages
    return messages[-1]["content"]["data"]["text/plain"]


def ask(kernel, kind, code):
    """The content of the reply to a request of this kind (complete, inspect, is_complete). The cursor is at | in the
    code."""
    cursor = code.index("|")
    content = {"code": code.replace("|", ""), "cursor_pos": cursor, "detail_level": 0}
    message_id = kernel.request("shell", f"{kind}_request", content)
    reply = kernel.reply(message_id)
    assert types(kernel.outputs(message_id)) == ["status", "status"], "front ends wait for busy and idle"
    return reply["content"]


@pytest.fixture
def start_kernel(specs, tmp_path):
    """Starts kernels with a changed environment. All end with the test."""
    kernels = []

    def start(start_options=None, **environment):
        folder = tmp_path / environment.pop("folder", f"kernel{len(kernels)}")
        folder.mkdir(exist_ok=True)
        kernel = Kernel(specs, folder, **environment)
        kernels.append(kernel)
        return kernel.start(**(start_options or {}))

    yield start
    for kernel in kernels:
        kernel.stop()


@pytest.fixture
def fake_kernel(start_kernel, fake_session):
    return start_kernel(MNIST_SESSION=fake_session)


@pytest.fixture
def kernel(start_kernel):
    return start_kernel()


@pytest.fixture
def raw(tmp_path, fake_session):
    """Starts kernels with these fields in the connection file. All end with the test."""
    made = []

    def start(**fields):
        made.append(RawKernel(PROGRAM, tmp_path, fake_session, TIMEOUT_S, **fields))
        return made[-1]

    yield start
    for kernel in made:
        kernel.stop()


C_DEFINITIONS = """%%c
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
struct point { double x, y; };
typedef struct { int a[3]; const char *name; } record;
enum color { RED, GREEN = 5 };
#define TWICE(a) (2 * (a))
int counter = 3;
static double length(struct point p) { return sqrt(p.x * p.x + p.y * p.y); }
struct point p = {3, length((struct point){0, 4})};
"""


@pytest.fixture
def c(kernel):
    """A kernel with these C definitions."""
    good(kernel, C_DEFINITIONS)
    return kernel


@pytest.fixture
def live(start_kernel):
    """A kernel with the project's data, a small network, and mnist.h."""
    kernel = start_kernel(MNIST_HOME=ROOT)
    good(kernel, "load mnist\npreprocess normalize validation=5000 seed=1\nmodel fast\n")
    good(kernel, "%%c\n#include <mnist.h>\n#include <math.h>\n#include <stdio.h>")
    return kernel


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A folder with MNIST's first 1,500 training and 1,000 test images."""
    folder = tmp_path_factory.mktemp("digits")
    mnist_data.write_first(folder, 1500, 1000)
    return folder


@pytest.fixture(scope="module")
def plugin_home(tmp_path_factory):
    """The home of the kernel with plugins."""
    return mnist_data.link(tmp_path_factory.mktemp("plugin-home"))


@pytest.fixture(scope="module")
def plugins(digits, plugin_home, specs, tmp_path_factory):
    """A kernel with plugins, small data and a network."""
    kernel = Kernel(specs, tmp_path_factory.mktemp("plugins"), MNIST_HOME=plugin_home)
    kernel.start()
    for cell in (f'load "{digits}"', SWISH, GATE, TRAINING, NETWORK):
        good(kernel, cell)
    yield kernel
    kernel.stop()
