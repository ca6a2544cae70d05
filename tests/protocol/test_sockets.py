"""test_sockets - transports, connection files, and several, slow and reconnecting clients."""
import json
import os
import socket
import subprocess
import time

import pytest
import zmq
from conftest import PROGRAM, text_of, types, wait_until
from raw_kernel import DELIMITER


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


def test_random_bytes_on_the_sockets(raw):
    """A client connects to the ports and sends bytes that are not ZeroMQ's protocol; the kernel continues to work."""
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


def test_the_welcome_is_the_first_message_of_a_subscriber(raw):
    """Also while the kernel sends other messages, and other clients subscribe and leave."""
    kernel = raw()
    shell = kernel.socket(zmq.DEALER, "shell")
    subscribers = []
    for i in range(100):
        subscribers.append(kernel.socket(zmq.SUB, "iopub", SUBSCRIBE=b""))
        for _ in range(20):
            parts = kernel.parts()
            shell.send_multipart([DELIMITER, kernel.sign(parts), *parts])  # its answer: busy and idle on iopub
        if i % 3 == 2:
            subscribers.pop(-2).close()
    first = []
    for subscriber in subscribers:
        assert subscriber.poll(5000)
        first.append(json.loads(subscriber.recv_multipart()[-4])["msg_type"])
    assert first == ["iopub_welcome"] * len(subscribers)


def test_a_cancelled_subscription_receives_nothing_more(raw):
    kernel = raw()
    client = kernel.connect()
    subscriber = kernel.socket(zmq.SUB, "iopub", SUBSCRIBE=b"")
    subscriber.setsockopt(zmq.SUBSCRIBE, b"stream")
    subscriber.setsockopt(zmq.UNSUBSCRIBE, b"")
    wait_until(lambda: subscriber.poll(5000) and subscriber.recv_multipart()[0] == b"stream")
    client.execute('print "hello"')
    assert subscriber.poll(5000)
    assert json.loads(subscriber.recv_multipart()[-1]) == {"name": "stdout", "text": "hello\n"}
    assert not subscriber.poll(200)


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
