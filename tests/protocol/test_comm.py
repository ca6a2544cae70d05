"""test_comm - comm_open with an unknown target is answered with comm_close, and has no other
effect.
"""
from conftest import types


def test_unknown_target_is_closed(fake_kernel):
    message_id = fake_kernel.request("shell", "comm_open",
                                     {"comm_id": "c1", "target_name": "jupyter.widget", "data": {}})
    messages = fake_kernel.outputs(message_id)
    assert types(messages) == ["status", "comm_close", "status"]
    assert messages[1]["content"] == {"comm_id": "c1", "data": {}}


def test_messages_to_an_unknown_comm_get_busy_and_idle(fake_kernel):
    for message_type in ("comm_msg", "comm_close"):
        message_id = fake_kernel.request("shell", message_type, {"comm_id": "c1", "data": {}})
        assert types(fake_kernel.outputs(message_id)) == ["status", "status"]
    fake_kernel.nothing_more()


def test_comm_info(fake_kernel):
    assert fake_kernel.reply(fake_kernel.client.comm_info())["content"] == {"status": "ok", "comms": {}}
    reply = fake_kernel.reply(fake_kernel.client.comm_info(target_name="jupyter.widget"))
    assert reply["content"] == {"status": "ok", "comms": {}}
