"""raw_kernel - a kernel that tests address with frames of bytes, without Jupyter's client."""
import hashlib
import hmac
import json
import os
import random
import subprocess

import zmq
from jupyter_client import BlockingKernelClient

DELIMITER = b"<IDS|MSG>"


class RawKernel:
    """A kernel with a connection file of its own, and sockets that send and receive frames."""

    def __init__(self, program, folder, fake_session, timeout_s, **fields):
        self.timeout_s = timeout_s
        self.info = {"transport": "ipc", "ip": str(folder / "s"), "key": "secret", "signature_scheme": "hmac-sha256",
                     "shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5, **fields}
        path = folder / "connection.json"
        path.write_text(json.dumps(self.info))
        self.log_path = folder / "raw.log"
        self.log = open(self.log_path, "wb")
        environment = dict(os.environ, MNIST_SESSION=str(fake_session), MNIST_HISTORY=str(folder / "raw.sqlite"))
        self.process = subprocess.Popen([program, path], env=environment, stderr=self.log)
        self.context = zmq.Context()
        self.context.linger = 0
        self.sockets = []
        self.client = None

    def endpoint(self, name):
        separator = "-" if self.info["transport"] == "ipc" else ":"
        return f"{self.info['transport']}://{self.info['ip']}{separator}{self.info[name + '_port']}"

    def socket(self, kind, name, **options):
        made = self.context.socket(kind)
        for option, value in options.items():
            made.setsockopt(getattr(zmq, option), value)
        made.connect(self.endpoint(name))
        self.sockets.append(made)
        return made

    def connect(self):
        self.client = BlockingKernelClient()
        info = dict(self.info, key=self.info["key"].encode())
        self.client.load_connection_info(info)
        self.client.start_channels()
        self.client.wait_for_ready(timeout=self.timeout_s)
        return self.client

    def parts(self, message_type="kernel_info_request", content=b"{}", header=None):
        header = header or {"msg_id": f"id{random.random()}", "msg_type": message_type, "session": "s",
                            "username": "u", "date": "2024-01-01T00:00:00Z", "version": "5.4"}
        return [json.dumps(header).encode(), b"{}", b"{}", content]

    def sign(self, parts, key=None, digest="sha256"):
        mac = hmac.new((key or self.info["key"]).encode(), digestmod=getattr(hashlib, digest))
        for part in parts:
            mac.update(part)
        return mac.hexdigest().encode()

    def ask(self, sock, frames, timeout_ms=5000):
        sock.send_multipart(frames)
        return sock.recv_multipart() if sock.poll(timeout_ms) else None

    def stop(self):
        if self.client:
            self.client.stop_channels()
        for made in self.sockets:
            made.close(0)
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.context.term()
