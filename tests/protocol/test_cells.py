"""test_cells - cells as a client sees them: execution counts, silent cells, errors, the queue,
text, order of messages.

The fake session sends exactly what a test requests, so these tests prove the front process.
"""
import datetime
import time

import pytest
from conftest import text_of, types


def test_messages_of_a_cell_in_order(fake_kernel):
    reply, messages = fake_kernel.execute('print "hello"\nshow picture\n6 * 7')
    assert types(messages) == ["status", "execute_input", "stream", "display_data", "execute_result", "status"]
    assert messages[0]["content"] == {"execution_state": "busy"}
    assert messages[1]["content"] == {"code": 'print "hello"\nshow picture\n6 * 7', "execution_count": 1}
    assert messages[4]["content"]["data"] == {"text/plain": "42"}
    assert messages[-1]["content"] == {"execution_state": "idle"}
    assert reply["content"]["status"] == "ok" and reply["content"]["execution_count"] == 1
    assert reply["content"]["payload"] == [] and reply["content"]["user_expressions"] == {}
    assert reply["metadata"]["started"] <= reply["header"]["date"].isoformat().replace("+00:00", "Z")
    fake_kernel.nothing_more()


def test_parent_header_is_copied_completely(fake_kernel):
    client = fake_kernel.client
    message = client.session.msg("execute_request", {"code": "6 * 7", "silent": False})
    message["header"]["unknown_field"] = {"kept": [1, 2.5, "ü"]}
    client.shell_channel.send(message)
    reply, messages = fake_kernel.finish(message["header"]["msg_id"])
    for answer in [reply, *messages]:
        assert answer["parent_header"]["unknown_field"] == {"kept": [1, 2.5, "ü"]}


def test_counter_advances_only_for_stored_cells(fake_kernel):
    counts = [fake_kernel.execute("6 * 7", **options)[0]["content"]["execution_count"]
              for options in ({}, {"store_history": False}, {"silent": True}, {}, {"store_history": True})]
    assert counts == [1, 1, 1, 2, 3]


def test_silent_cell_sends_no_output(fake_kernel):
    reply, messages = fake_kernel.execute('print "x"\nshow y\nwrite 1 z\n6 * 7', silent=True)
    assert types(messages) == ["status", "status"]
    assert reply["content"]["status"] == "ok"
    reply, messages = fake_kernel.execute("fail", silent=True)
    assert types(messages) == ["status", "status"] and reply["content"]["status"] == "error"


def test_silent_overrides_store_history(fake_kernel):
    reply, _ = fake_kernel.execute("6 * 7", silent=True, store_history=True)
    assert reply["content"]["execution_count"] == 0
    history = fake_kernel.reply(fake_kernel.client.history(hist_access_type="tail", n=5))
    assert history["content"]["history"] == []


def test_error_is_one_output(fake_kernel):
    reply, messages = fake_kernel.execute("fail")
    assert types(messages) == ["status", "execute_input", "error", "status"]
    assert reply["content"]["status"] == "error" and reply["content"]["ename"] == "FakeError"
    assert reply["content"]["execution_count"] == 1


def test_error_aborts_queued_cells_only(fake_kernel):
    client = fake_kernel.client
    first = client.execute("write 1 busy\ntrain")
    second = client.execute("6 * 7")
    info = client.kernel_info()
    third = client.execute("6 * 8")
    assert fake_kernel.reply(info)["content"]["status"] == "ok"
    fake_kernel.interrupt()
    replies = [fake_kernel.reply(i) for i in (first, second, third)]
    assert [r["content"]["status"] for r in replies] == ["error"] * 3
    assert [r["content"]["ename"] for r in replies] == ["KeyboardInterrupt", "Aborted", "Aborted"]
    assert replies[1]["content"]["traceback"] and replies[1]["content"]["evalue"]
    assert types(fake_kernel.outputs(third)) == ["status", "status"]
    assert fake_kernel.execute("6 * 7")[0]["content"]["status"] == "ok"


def send_dated(kernel, code, date):
    """An execute request whose header has this date. Returns its id."""
    client = kernel.client
    content = {
        "code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
        "stop_on_error": True
    }
    message = client.session.msg("execute_request", content)
    message["header"]["date"] = date
    client.shell_channel.send(message)
    return message["header"]["msg_id"]


@pytest.mark.parametrize("seconds", [-3, -1, 1, 3, 36000])
def test_clocks_may_differ(fake_kernel, seconds):
    """What is sent with the reply at hand is run, what was sent before it is not, by the clock of who sends."""
    def now():
        return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)

    before = now()
    assert fake_kernel.reply(send_dated(fake_kernel, "fail", before))["content"]["status"] == "error"
    assert fake_kernel.reply(send_dated(fake_kernel, "6 * 7", now()))["content"]["status"] == "ok"
    assert fake_kernel.reply(send_dated(fake_kernel, "6 * 7", before))["content"]["ename"] == "Aborted"


def test_a_late_request_sent_before_a_failure_is_aborted(fake_kernel):
    """Run All sends its cells a moment apart: one may arrive after the reply of a failed one, yet was sent in
    ignorance of it."""
    def browser(date):
        return date.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    before = datetime.datetime.now(datetime.timezone.utc)
    failed = fake_kernel.execute("fail")[0]
    assert failed["content"]["status"] == "error"
    after = failed["header"]["date"].astimezone(datetime.timezone.utc)
    late = send_dated(fake_kernel, "6 * 7", before)
    from_browser = send_dated(fake_kernel, "6 * 7", browser(after))  # it cannot have seen the reply within milliseconds
    assert fake_kernel.reply(late)["content"]["ename"] == "Aborted"
    assert fake_kernel.reply(from_browser)["content"]["ename"] == "Aborted"
    later = send_dated(fake_kernel, "6 * 7", browser(after + datetime.timedelta(milliseconds=100)))
    assert fake_kernel.reply(later)["content"]["status"] == "ok"
    assert fake_kernel.execute("6 * 7")[0]["content"]["status"] == "ok"  # sent after the failure was known
    assert fake_kernel.execute("fail", stop_on_error=False)[0]["content"]["status"] == "error"
    time.sleep(1.1)  # the time in which a request may still be under way
    assert fake_kernel.reply(send_dated(fake_kernel, "6 * 7", before))["content"]["status"] == "ok"


def test_queue_continues_without_stop_on_error(fake_kernel):
    client = fake_kernel.client
    first = client.execute("fail", stop_on_error=False)
    second = client.execute("6 * 7")
    assert fake_kernel.reply(first)["content"]["status"] == "error"
    assert fake_kernel.reply(second)["content"]["status"] == "ok"


def test_requests_are_answered_while_a_cell_runs(fake_kernel):
    """Each with a busy and idle of its own, and the cell's busy said again after it."""
    client = fake_kernel.client
    cell = client.execute("train")
    fake_kernel.wait_output("training")
    begin = time.monotonic()
    for ask in (client.kernel_info, lambda: client.complete("tr"), lambda: client.inspect("train"),
                lambda: client.is_complete("train"), lambda: client.history(hist_access_type="tail", n=1),
                client.comm_info):
        message_id = ask()
        fake_kernel.reply(message_id)
        assert types(fake_kernel.outputs(message_id)) == ["status", "status"]
        again = client.get_iopub_msg(timeout=5)
        assert again["content"] == {"execution_state": "busy"} and again["parent_header"]["msg_id"] == cell
    assert time.monotonic() - begin < 1
    fake_kernel.interrupt()
    assert fake_kernel.reply(cell)["content"]["ename"] == "KeyboardInterrupt"


def test_two_hundred_cells_wait_in_order(fake_kernel):
    ids = [fake_kernel.client.execute(f"{i} * 1") for i in range(200)]
    for count, message_id in enumerate(ids, 1):
        assert fake_kernel.reply(message_id)["content"]["execution_count"] == count
        results = [m for m in fake_kernel.outputs(message_id) if m["msg_type"] == "execute_result"]
        assert results[0]["content"]["data"]["text/plain"] == str(count - 1)
    fake_kernel.nothing_more()


def test_payload_page(fake_kernel):
    reply, _ = fake_kernel.execute("page")
    assert reply["content"]["payload"] == [{"source": "page", "data": {"text/plain": "help"}, "start": 0}]


# ---- text ----

def test_pipe_text_precedes_a_later_picture(fake_kernel):
    for _ in range(50):
        _, messages = fake_kernel.execute("write 1 one\nshow A\nwrite 2 two\nshow B\nwrite 1 three")
        seen = [m["content"].get("text") or m["content"].get("data", {}).get("text/plain")
                for m in messages if m["msg_type"] in ("stream", "display_data")]
        assert seen == ["one", "A", "two", "B", "three"]


def test_small_writes_are_joined(fake_kernel):
    _, messages = fake_kernel.execute("prints 20000")
    assert text_of(messages) == "".join(f"line {i}\n" for i in range(20000))
    assert 1 <= len(messages) - 3 <= 40


def test_large_output_is_complete(fake_kernel):
    """Up to what a cell may show; beyond that: test_c_output.py."""
    _, messages = fake_kernel.execute("prints 80000")
    assert text_of(messages).count("\n") == 80000


def test_text_appears_while_the_cell_runs(fake_kernel):
    cell = fake_kernel.client.execute("write 1 early\ntrain")
    fake_kernel.wait_output("early", timeout_s=2)
    fake_kernel.interrupt()
    fake_kernel.reply(cell)


def test_streams_keep_their_order(fake_kernel):
    _, messages = fake_kernel.execute('print "a"\nwarn "b"\nprint "c"\nprint "d"')
    streams = [(m["content"]["name"], m["content"]["text"]) for m in messages if m["msg_type"] == "stream"]
    assert streams == [("stdout", "a\n"), ("stderr", "b\n"), ("stdout", "c\nd\n")]


def test_characters_are_never_split(fake_kernel):
    """The bytes of one character come apart, with a picture and a wait between them."""
    _, messages = fake_kernel.execute("write 1 a\\xe2\\x82\nshow x\nwrite 1 \\xacb")
    assert text_of(messages) == "a€b"


def test_invalid_utf_8_is_replaced(fake_kernel):
    _, messages = fake_kernel.execute("write 1 <\\xff\\xc3(\\xed\\xa0\\x80\\xf0\\x9f>")
    assert text_of(messages).startswith("<\ufffd\ufffd(")
    assert text_of(messages).endswith(">")
    _, messages = fake_kernel.execute("write 1 end\\xf0\\x9f")
    assert text_of(messages) == "end\ufffd"


def test_bytes_that_look_like_a_mark_are_text(fake_kernel):
    text = "\\x1e" + "0" * 48 + "\\x1e"
    _, messages = fake_kernel.execute(f"write 1 a{text}b\nwrite 1 \\x1e")
    assert text_of(messages) == "a\x1e" + "0" * 48 + "\x1eb\x1e"


def test_late_text_has_the_last_cell_as_parent(fake_kernel):
    message_id = fake_kernel.client.execute("6 * 7")
    fake_kernel.finish(message_id)
    # nothing prints between the cells of the fake session; the next cell's text is its own
    _, messages = fake_kernel.execute("write 1 mine")
    assert text_of(messages) == "mine"


# ---- what cannot be run ----

def test_invalid_requests_get_an_error(fake_kernel):
    for content in ({}, {"code": 7}, {"code": None}, {"code": "a\0b"}):
        message_id = fake_kernel.request("shell", "execute_request", content)
        reply, messages = fake_kernel.finish(message_id)
        assert reply["content"]["status"] == "error" and reply["content"]["ename"] == "UsageError"
        assert types(messages) == ["status", "error", "status"]
    assert fake_kernel.execute("6 * 7")[0]["content"]["execution_count"] == 1


def test_unknown_fields_and_types_are_ignored(fake_kernel):
    fake_kernel.request("shell", "no_such_request", {"x": 1})
    fake_kernel.request("control", "no_such_request", {"x": 1})
    fake_kernel.request("stdin", "no_such_reply", {"x": 1})
    message_id = fake_kernel.request("shell", "execute_request", {"code": "6 * 7", "no_such_field": [1]})
    assert fake_kernel.finish(message_id)[0]["content"]["status"] == "ok"
    fake_kernel.nothing_more()


def test_blank_cell_has_no_number(fake_kernel):
    assert fake_kernel.execute("  \n")[0]["content"]["execution_count"] == 0
    assert fake_kernel.execute("6 * 7")[0]["content"]["execution_count"] == 1
