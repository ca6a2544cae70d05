"""test_wire - messages on the wire: signatures; thousands of forged, malformed and truncated
messages; unusual JSON; contents that are too large.
"""
import json
import os
import random
import time

import pytest
import zmq
from raw_kernel import DELIMITER


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
            parts[where] = parts[where][:at] + bytes([parts[where][at] ^
                                                      (1 << random.randrange(8))]) + parts[where][at + 1:]
        elif kind == 5:
            parts[where] = random.choice([b"[]", b"null", b"7", b'"x"', b"", b"{" * 5000, b"[" * 5000, b"\xff\xfe"])
        elif kind == 6:
            parts[0] = json.dumps(
                random.choice([{}, {"msg_id": 7}, {"msg_id": "", "msg_type": "kernel_info_request"},
                               {"msg_id": "x" * 300, "msg_type": "x"}, {"msg_id": "a", "msg_type": None},
                               {"msg_id": "a\0b", "msg_type": "x"}, {"msg_type": "x" * 99, "msg_id": "a"}])).encode()
        else:
            parts[3] = json.dumps(
                random.choice([{"code": []}, {"code": {}}, {"code": "x", "silent": "yes"}, {"user_expressions": 7},
                               {"cursor_pos": -5}, {"code": "\ud800"}])).encode()
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
    "surrogate": b'{"x": "cut \\ud83d"}', "big integer": b'{"x": 99999999999999999999}',
    "huge integer": b'{"x": -' + b"9" * 400 + b"}",
    "huge exponent": b'{"x": 1e999}', "NaN": b'{"x": [NaN, Infinity, -Infinity]}', "null": b"null",
    "list": b"[]", "nothing": b"",
    "no JSON": b'{"x": ', "no UTF-8": b'{"x": "\xff"}',
    "deep": b'{"x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "NUL": b'{"x": 1}\0',
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
            unread = where == "content" and name not in READABLE and request not in ("kernel_info_request",
                                                                                     "connect_request")
            no_code = where == "content" and request == "execute_request"
            assert content["status"] in (("error", ) if unread or no_code else
                                         ("ok", "complete")), (request, name, content)
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
        kind, content = ask(
            kernel.parts("complete_request", b'{"code": "tra\\",[[[", "x": [' + b"[]," * (values // 2) + b"1]}"))
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
