"""test_stdin - questions to the user: which client is asked, what its answer does, and a client
without stdin.
"""
import queue

import pytest
from conftest import text_of, types


def test_question_and_answer(fake_kernel):
    cell = fake_kernel.client.execute('print "before"\nask name "your name?"\n6 * 7', allow_stdin=True)
    question = fake_kernel.client.get_stdin_msg(timeout=5)
    assert question["msg_type"] == "input_request"
    assert question["content"] == {"prompt": "your name?", "password": False}
    assert question["parent_header"]["msg_id"] == cell
    fake_kernel.client.input("Grace Höpper")
    reply, messages = fake_kernel.finish(cell)
    assert reply["content"]["status"] == "ok"
    assert text_of(messages) == "before\nGrace Höpper\n"
    assert types(messages)[2] == "stream"


def test_text_before_a_question_is_shown_before_it(fake_kernel):
    fake_kernel.client.execute('write 1 read me\nask name "?"', allow_stdin=True)
    fake_kernel.client.get_stdin_msg(timeout=5)
    fake_kernel.wait_output("read me", timeout_s=1)
    fake_kernel.client.input("x")


def test_no_input_request_without_allow_stdin(fake_kernel):
    reply, _ = fake_kernel.execute('ask name "?"', allow_stdin=False)
    assert reply["content"]["status"] == "error"
    with pytest.raises(queue.Empty):
        fake_kernel.client.get_stdin_msg(timeout=0.2)


def test_the_input_request_goes_to_the_client_that_sent_the_cell(fake_kernel):
    other = fake_kernel.new_client()
    cell = other.execute('ask name "?"', allow_stdin=True)
    other.get_stdin_msg(timeout=5)
    with pytest.raises(queue.Empty):
        fake_kernel.client.get_stdin_msg(timeout=0.2)
    other.input("yes")
    assert fake_kernel.reply(cell, other)["content"]["status"] == "ok"


def test_an_answer_without_a_question_is_ignored(fake_kernel):
    fake_kernel.client.input("nobody asked")
    fake_kernel.client.execute('ask name "?"', allow_stdin=True)
    fake_kernel.client.get_stdin_msg(timeout=5)
    fake_kernel.client.input("the answer")
    assert fake_kernel.wait_output("answer")["content"]["text"] == "the answer\n"
