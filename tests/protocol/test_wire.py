"""test_wire - the wire protocol: signatures; thousands of forged, malformed and truncated
messages; transports; fast and slow clients.
"""
import hashlib
import hmac
import json
import os
import random
import socket
import subprocess
import time

import pytest
import zmq
from conftest import PROGRAM, TIMEOUT_S, text_of, types, wait_until
from jupyter_client import BlockingKernelClient

DELIMITER = b"<IDS|MSG>"


class RawKernel:
    """A kernel on a connection file of our own, spoken to in bytes."""

    def __init__(self, folder, fake_session, **fields):
        self.info = {"transport": "ipc", "ip": str(folder / "s"), "key": "secret", "signature_scheme": "hmac-sha256",
                     "shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5, **fields}
        path = folder / "connection.json"
        path.write_text(json.dumps(self.info))
        self.log_path = folder / "raw.log"
        self.log = open(self.log_path, "wb")
        environment = dict(os.environ, MNIST_SESSION=str(fake_session), MNIST_HISTORY=str(folder / "raw.sqlite"))
        self.process = subprocess.Popen([PROGRAM, path], env=environment, stderr=self.log)
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
        self.client.wait_for_ready(timeout=TIMEOUT_S)
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


@pytest.fixture
def raw(tmp_path, fake_session):
    made = []

    def start(**fields):
        made.append(RawKernel(tmp_path, fake_session, **fields))
        return made[-1]

    yield start
    for kernel in made:
        kernel.stop()


@pytest.mark.parametrize("scheme", ["sha256", "sha512", "sha384", "sha3_256"])
def test_schemes(raw, scheme):
    kernel = raw(signature_scheme=f"hmac-{scheme}")
    shell = kernel.socket(zmq.DEALER, "shell")
    parts = kernel.parts()
    answer = kernel.ask(shell, [DELIMITER, kernel.sign(parts, digest=scheme), *parts])
    assert answer[1] == kernel.sign(answer[2:6], digest=scheme)
    assert json.loads(answer[3]) == json.loads(parts[0]) and answer[3] == parts[0]


def test_an_unknown_scheme_is_refused_with_the_reason(raw):
    kernel = raw(signature_scheme="hmac-nonsense")
    assert kernel.process.wait(5) != 0
    assert "hmac-nonsense" in kernel.log_path.read_text()


def test_an_empty_key_disables_signatures(raw):
    kernel = raw(key="")
    shell = kernel.socket(zmq.DEALER, "shell")
    answer = kernel.ask(shell, [DELIMITER, b"", *kernel.parts()])
    assert answer[1] == b"" and json.loads(answer[2])["msg_type"] == "kernel_info_reply"
    assert kernel.ask(shell, [DELIMITER, b"whatever", *kernel.parts()]) is not None


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for sock in sockets:
        sock.bind(("127.0.0.1", 0))
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


@pytest.mark.parametrize("fields, expected", [
    ({}, "write access to the sockets"), ({"transport": "tcp", "ip": "127.0.0.1"}, "every user of this computer"),
    ({"transport": "tcp", "ip": "0.0.0.0"}, "anyone on the network"), ({"key": "secret"}, None)])
def test_an_empty_key_is_logged(raw, fields, expected):
    """The louder, the more people can reach the ports."""
    names = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
    ports = dict(zip(names, free_ports(5))) if "ip" in fields else {}
    kernel = raw(**{"key": "", **fields, **ports})
    shell = kernel.socket(zmq.DEALER, "shell")
    parts = kernel.parts()
    signature = kernel.sign(parts) if kernel.info["key"] else b""
    assert kernel.ask(shell, [DELIMITER, signature, *parts]) is not None
    lines = [line for line in kernel.log_path.read_text().splitlines() if "warning" in line.lower()]
    assert len(lines) == (expected is not None) and all(expected in line and "no key" in line for line in lines)
    assert ("WARNING" in "".join(lines)) == (fields.get("ip") == "0.0.0.0")


def test_wrong_signatures_are_rejected(raw):
    """Neither answered nor published, on any channel: not even a status."""
    kernel = raw()
    client = kernel.connect()
    parts = kernel.parts("execute_request", json.dumps({"code": "6 * 7"}).encode())
    good = kernel.sign(parts)
    flipped = [good[:i] + (b"0" if good[i:i + 1] != b"0" else b"1") + good[i + 1:] for i in range(len(good))]
    wrong = [b"", good[:-1], good + b"0", good.upper() if good.upper() != good else b"x", kernel.sign(parts, "other"),
             *flipped]
    sockets = {name: kernel.socket(zmq.DEALER, name) for name in ("shell", "control", "stdin")}
    subscriber = kernel.socket(zmq.SUB, "iopub", SUBSCRIBE=b"")
    assert subscriber.poll(5000) and b"iopub_welcome" in b"".join(subscriber.recv_multipart())
    for signature in wrong:
        for sock in sockets.values():
            sock.send_multipart([DELIMITER, signature, *parts])
    time.sleep(0.3)
    assert not any(sock.poll(0) for sock in sockets.values())
    assert not subscriber.poll(0)
    assert kernel.ask(sockets["shell"], [DELIMITER, good, *parts]) is not None
    lines = kernel.log_path.read_text().splitlines()
    assert 0 < len(lines) < 100 and "signature" in lines[0]
    assert client.kernel_info()


def test_changed_content_is_rejected(raw):
    kernel = raw()
    shell = kernel.socket(zmq.DEALER, "shell")
    parts = kernel.parts()
    signature = kernel.sign(parts)
    for i in range(4):
        changed = list(parts)
        changed[i] = changed[i] + b" "
        shell.send_multipart([DELIMITER, signature, *changed])
    time.sleep(0.2)
    assert not shell.poll(0)
    assert kernel.ask(shell, [DELIMITER, signature, *parts]) is not None


def broken_messages(kernel, count):
    """Messages that are wrong in every part, with a right signature where that is possible."""
    random.seed(7)
    whole = kernel.parts("execute_request", b'{"code": "6 * 7"}')
    for i in range(count):
        parts = list(whole)
        kind = i % 8
        if kind == 0:
            yield [os.urandom(random.randrange(40)) for _ in range(random.randrange(1, 8))]
            continue
        if kind == 1:
            yield [DELIMITER, kernel.sign(parts), *parts][:random.randrange(1, 6)]
            continue
        if kind == 2:
            yield [b"identity"] * random.randrange(17, 40) + [DELIMITER, kernel.sign(parts), *parts]
            continue
        where = random.randrange(4)
        if kind == 3:
            parts[where] = parts[where][:random.randrange(len(parts[where]))]
        elif kind == 4:
            at = random.randrange(len(parts[where]))
            parts[where] = parts[where][:at] + bytes([parts[where][at] ^ (1 << random.randrange(8))]) + parts[where][at + 1:]
        elif kind == 5:
            parts[where] = random.choice([b"[]", b"null", b"7", b'"x"', b"", b"{" * 5000, b"[" * 5000, b"\xff\xfe"])
        elif kind == 6:
            parts[0] = json.dumps(random.choice([{}, {"msg_id": 7}, {"msg_id": "", "msg_type": "kernel_info_request"},
                                                 {"msg_id": "x" * 300, "msg_type": "x"}, {"msg_id": "a", "msg_type": None},
                                                 {"msg_id": "a\0b", "msg_type": "x"}, {"msg_type": "x" * 99, "msg_id": "a"}])).encode()
        else:
            parts[3] = json.dumps(random.choice([{"code": []}, {"code": {}}, {"code": "x", "silent": "yes"},
                                                 {"user_expressions": 7}, {"cursor_pos": -5}, {"code": "\ud800"}])).encode()
        yield [DELIMITER, kernel.sign(parts), *parts]


def test_ten_thousand_broken_messages(raw):
    """The kernel lives on, its log stays short, and a good message is answered after each thousand."""
    kernel = raw()
    sockets = [kernel.socket(zmq.DEALER, name) for name in ("shell", "control", "stdin")]
    shell = kernel.socket(zmq.DEALER, "shell")
    for i, frames in enumerate(broken_messages(kernel, 10000)):
        sockets[i % 3].send_multipart(frames)
        if i % 1000 == 999:
            parts = kernel.parts()
            answer = kernel.ask(shell, [DELIMITER, kernel.sign(parts), *parts], 10000)
            assert json.loads(answer[2])["msg_type"] == "kernel_info_reply"
    assert kernel.process.poll() is None
    assert len(kernel.log_path.read_text().splitlines()) < 300


REQUESTS = ("execute_request", "complete_request", "inspect_request", "is_complete_request", "history_request",
            "comm_info_request", "kernel_info_request", "connect_request")
STRANGE = {  # what front ends send, or may send, in any of the dictionaries
    "surrogate": b'{"x": "cut \\ud83d"}', "big integer": b'{"x": 99999999999999999999}', "huge integer": b'{"x": -' + b"9" * 400 + b"}",
    "huge exponent": b'{"x": 1e999}', "NaN": b'{"x": [NaN, Infinity, -Infinity]}', "null": b"null", "list": b"[]", "nothing": b"",
    "no JSON": b'{"x": ', "no UTF-8": b'{"x": "\xff"}', "deep": b'{"x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "NUL": b'{"x": 1}\0',
}
READABLE = ("surrogate", "big integer", "huge integer", "huge exponent", "NaN")


def ask_fenced(kernel, shell, subscriber, parts):
    """The reply's type and content; both it and the idle must carry the request's header."""
    answer = kernel.ask(shell, [DELIMITER, kernel.sign(parts), *parts], 10000)
    assert answer is not None, "no reply"
    assert answer[3] == parts[0]
    states = []
    while "idle" not in states:
        assert subscriber.poll(10000), f"only {states}"
        frames = subscriber.recv_multipart()
        at = frames.index(DELIMITER)
        if frames[at + 3] == parts[0] and json.loads(frames[at + 2])["msg_type"] == "status":
            states.append(json.loads(frames[at + 5])["execution_state"])
    assert states == ["busy", "idle"]
    return json.loads(answer[2])["msg_type"], json.loads(answer[5])


@pytest.fixture
def ask_raw(raw):
    kernel = raw()
    kernel.connect()
    shell, subscriber = kernel.socket(zmq.DEALER, "shell"), kernel.socket(zmq.SUB, "iopub", SUBSCRIBE=b"")
    assert subscriber.poll(5000)
    return lambda parts: ask_fenced(kernel, shell, subscriber, parts), kernel


@pytest.mark.parametrize("where", ["parent_header", "metadata", "content"])
def test_signed_requests_with_unusual_json_are_answered(ask_raw, where):
    ask, kernel = ask_raw
    for request in REQUESTS:
        for name, bytes_ in STRANGE.items():
            parts = kernel.parts(request, b'{"code": "6 * 7"}')
            parts[["parent_header", "metadata", "content"].index(where) + 1] = bytes_
            kind, content = ask(parts)
            assert kind == request.replace("request", "reply"), (request, name)
            unread = where == "content" and name not in READABLE and request not in ("kernel_info_request", "connect_request")
            no_code = where == "content" and request == "execute_request"
            assert content["status"] in (("error",) if unread or no_code else ("ok", "complete")), (request, name, content)
            assert not unread or "content" in content["evalue"], (request, name, content)


def test_signed_requests_with_unusual_headers_are_answered(ask_raw):
    ask, kernel = ask_raw
    for name, bytes_ in STRANGE.items():
        if name in READABLE:
            parts = kernel.parts()
            parts[0] = parts[0][:-1] + b', "more": ' + bytes_ + b"}"
            assert ask(parts)[1]["status"] == "ok", name
    for header in ({"msg_type": "kernel_info_request"}, {"msg_id": None, "msg_type": "kernel_info_request"},
                   {"msg_id": "x" * 300, "msg_type": "kernel_info_request"},
                   {"msg_id": "x", "msg_type": "kernel_info_request", "username": "x" * 100000}):
        assert ask(kernel.parts(header=header))[1]["status"] == "ok"


def test_a_large_header_metadata_and_many_buffers(ask_raw):
    ask, kernel = ask_raw
    parts = kernel.parts()
    parts[1] = parts[2] = b'{"x": "' + b"x" * 6_000_000 + b'"}'
    assert ask(parts)[1]["status"] == "ok"
    shell = kernel.socket(zmq.DEALER, "shell")
    parts = kernel.parts()
    assert kernel.ask(shell, [DELIMITER, kernel.sign(parts), *parts, *[b"buffer"] * 2000]) is not None


def test_content_of_too_many_values_is_answered(ask_raw):
    ask, kernel = ask_raw
    for values, status in ((90_000, "ok"), (10_000_000, "error")):
        kind, content = ask(kernel.parts("complete_request", b'{"code": "tra\\",[[[", "x": [' + b"[]," * (values // 2) + b"1]}"))
        assert (kind, content["status"]) == ("complete_reply", status)
    assert "more than 100000 values" in content["evalue"]


def test_code_too_large_to_analyse_is_answered_without_matches(fake_kernel):
    client, code = fake_kernel.client, "a?\n" * 100_000 + "tra"
    content = fake_kernel.reply(client.complete(code, len(code)))["content"]
    assert (content["matches"], content["cursor_start"], content["cursor_end"]) == ([], len(code), len(code))
    assert fake_kernel.reply(client.inspect(code, len(code)))["content"]["found"] is False
    assert fake_kernel.reply(client.is_complete(code))["content"]["status"] == "unknown"


def test_content_that_is_too_large_is_answered(ask_raw):
    ask, kernel = ask_raw
    for request in ("execute_request", "complete_request"):
        kind, content = ask(kernel.parts(request, b'{"code": "' + b"#" * 70_000_000 + b'"}'))
        assert kind == request.replace("request", "reply")
        assert content["status"] == "error" and "70000012 bytes, the limit" in content["evalue"]


@pytest.mark.parametrize("content, code", [
    (b'{"code": "6 * 7 # \\ud83d"}', "6 * 7 # \ufffd"),  # browsers cut texts inside of a character
    (b'{"code": "6 * 7", "more": 99999999999999999999}', "6 * 7"),
    (b'{"code": "6 * 7 # \\ud83d\\ude00 \\\\ud83d NaN 1e999", "more": NaN}', "6 * 7 # \U0001f600 \\ud83d NaN 1e999"),
])
def test_a_cell_in_repaired_content_runs(raw, content, code):
    kernel = raw()
    kernel.connect()
    shell, subscriber = kernel.socket(zmq.DEALER, "shell"), kernel.socket(zmq.SUB, "iopub", SUBSCRIBE=b"execute_input")
    assert subscriber.poll(5000) and subscriber.recv_multipart()
    parts = kernel.parts("execute_request", content)
    answer = kernel.ask(shell, [DELIMITER, kernel.sign(parts), *parts])
    assert json.loads(answer[5])["status"] == "ok"
    assert json.loads(subscriber.recv_multipart()[-1])["code"] == code


def test_random_bytes_on_the_sockets(raw):
    """Somebody connects to the ports and talks nonsense below ZeroMQ."""
    sockets = [socket.socket() for _ in range(5)]
    for sock in sockets:
        sock.bind(("127.0.0.1", 0))
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    kernel = raw(transport="tcp", ip="127.0.0.1", shell_port=ports[0], iopub_port=ports[1], stdin_port=ports[2],
                 control_port=ports[3], hb_port=ports[4])
    kernel.connect()
    for _ in range(20):
        for port in ports:
            with socket.create_connection(("127.0.0.1", port)) as line:
                line.sendall(os.urandom(200))
    assert kernel.process.poll() is None
    kernel.client.kernel_info()
    assert kernel.client.get_shell_msg(timeout=5)["content"]["status"] == "ok"


def test_replies_repeat_identities_of_requests_with_buffers(raw):
    kernel = raw()
    shell = kernel.socket(zmq.DEALER, "shell")
    parts = kernel.parts()
    answer = kernel.ask(shell, [b"one", b"two", DELIMITER, kernel.sign(parts), *parts, b"buffer" * 100, b"\0\xff"])
    assert answer[:3] == [b"one", b"two", DELIMITER] and len(answer) == 8


def test_heartbeat_echoes(raw):
    kernel = raw()
    beat = kernel.socket(zmq.REQ, "hb")
    for i in range(100):
        beat.send(b"beat%d" % i)
        assert beat.poll(5000) and beat.recv() == b"beat%d" % i


def test_every_subscriber_is_welcomed(raw):
    kernel = raw()
    for _ in range(5):
        subscriber = kernel.socket(zmq.SUB, "iopub", SUBSCRIBE=b"")
        assert subscriber.poll(5000)
        frames = subscriber.recv_multipart()
        assert json.loads(frames[-4])["msg_type"] == "iopub_welcome" and json.loads(frames[-1]) == {"subscription": ""}
        assert frames[-3] == b"{}"
    topic = kernel.socket(zmq.SUB, "iopub", SUBSCRIBE=b"stream")
    assert topic.poll(5000)
    frames = topic.recv_multipart()
    assert frames[0] == b"stream" and json.loads(frames[-1]) == {"subscription": "stream"}


def test_a_cell_over_ipc(raw):
    kernel = raw()
    client = kernel.connect()
    message_id = client.execute("6 * 7")
    assert client.get_shell_msg(timeout=5)["parent_header"]["msg_id"] == message_id


def test_a_client_that_reconnects_with_its_old_identity(raw):
    """ROUTER_HANDOVER: the new connection takes the identity over."""
    kernel = raw()
    for _ in range(3):
        shell = kernel.socket(zmq.DEALER, "shell", IDENTITY=b"me")
        parts = kernel.parts()
        assert kernel.ask(shell, [DELIMITER, kernel.sign(parts), *parts]) is not None


@pytest.mark.parametrize("change, word", [
    ({"shell_port": 0}, "shell_port"), ({"shell_port": "x"}, "shell_port"), ({"transport": "udp"}, "transport"),
    ({"key": 7}, "key"), ({"curve_publickey": "x"}, "CURVE"), ({"ip": "/nowhere/at/all"}, "/nowhere/at/all")])
def test_invalid_fields_of_connection_files_are_logged(raw, change, word):
    kernel = raw(**change)
    assert kernel.process.wait(5) != 0
    assert word in kernel.log_path.read_text()


def test_invalid_connection_files(tmp_path):
    for text in ("", "[]", "{", "{}", "x" * 100000):
        path = tmp_path / "c.json"
        path.write_text(text)
        done = subprocess.run([PROGRAM, path], capture_output=True, text=True)
        assert done.returncode == 1 and str(path) in done.stderr
    done = subprocess.run([PROGRAM, tmp_path / "missing.json"], capture_output=True, text=True)
    assert done.returncode == 1 and "missing.json" in done.stderr


# ---- more than one client ----

def test_a_second_client_receives_all_outputs_and_its_own_replies(fake_kernel):
    first, second = fake_kernel.client, fake_kernel.new_client()
    message_id = first.execute("6 * 7")
    fake_kernel.finish(message_id, first)
    assert "execute_result" in types(fake_kernel.outputs(message_id, second))
    own = second.execute("6 * 8")
    reply, _ = fake_kernel.finish(own, second)
    assert reply["content"]["execution_count"] == 2
    fake_kernel.outputs(own, first)
    fake_kernel.nothing_more(first)


def test_a_slow_client_receives_twenty_thousand_messages(fake_kernel):
    """It reads nothing until the cell is over."""
    slow = fake_kernel.new_client(wait=False)
    slow.iopub_channel.socket.setsockopt(zmq.RCVHWM, 10)
    time.sleep(0.2)
    message_id = fake_kernel.client.execute("flood 20000")
    assert fake_kernel.reply(message_id, timeout_s=60)["content"]["status"] == "ok"
    for client in (slow, fake_kernel.client):
        messages = fake_kernel.outputs(message_id, client, timeout_s=60)
        texts = [m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "display_data"]
        assert texts == [f"message {i}" for i in range(20000)]


def test_messages_beyond_the_limit_are_omitted_and_reported(start_kernel, fake_session):
    """A client that does not read at all, and a small limit: memory stays bounded, a line says what is missing."""
    kernel = start_kernel(MNIST_SESSION=fake_session, MNIST_PENDING_MAX=2000000)
    context = zmq.Context()
    stuck = context.socket(zmq.SUB)
    stuck.setsockopt(zmq.RCVHWM, 1)
    stuck.setsockopt(zmq.RCVBUF, 4096)
    stuck.subscribe(b"")
    info = kernel.manager.get_connection_info()
    stuck.connect(f"tcp://127.0.0.1:{info['iopub_port']}")
    time.sleep(0.3)
    message_id = kernel.client.execute("flood 60000")
    reply, messages = kernel.finish(message_id, timeout_s=60)
    assert reply["content"]["status"] == "ok"
    shown = sum(m["msg_type"] == "display_data" for m in messages)
    notes = text_of(messages, "stderr")
    assert shown < 60000 and "omitted" in notes
    assert sum(int(word.strip("[")) for word in notes.split() if word.strip("[").isdigit()) == 60000 - shown
    assert int(open(f"/proc/{kernel.pid}/statm").read().split()[1]) * 4096 < 60e6
    stuck.close(0)
    context.term()
    wait_until(lambda: text_of(kernel.execute("prints 1")[1]) == "line 0\n", timeout_s=10)


def test_many_requests_at_once(fake_kernel):
    ids = [fake_kernel.client.kernel_info() for _ in range(2000)]
    for message_id in ids:
        assert fake_kernel.client.get_shell_msg(timeout=10)["parent_header"]["msg_id"] == message_id


def test_large_messages(fake_kernel):
    code = 'print "x"\n' + "#" * 4_000_000
    reply, messages = fake_kernel.execute(code)
    assert reply["content"]["status"] == "ok"
    assert messages[1]["content"]["code"] == code
