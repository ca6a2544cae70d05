"""test_progress - progress has its own display and leaves no output.

Proves: the outputs saved in a notebook depend neither on the duration of a cell, nor on how it
ends, nor on whether the client supports `update_display_data` (jupyter console and nbval do not).
`saved` is what JupyterLab and nbclient store, `seen` what a client without updates shows. Needs
the real MNIST.
"""
import os
import signal

import pytest
from conftest import ROOT, types

pytestmark = pytest.mark.skipif(not (ROOT / "data/raw/train-images-idx3-ubyte").exists(), reason="make data first")

EMPTY = {"text/html": ""}


def saved(messages):
    """The outputs' data (an error's name in place of it), updates applied."""
    outputs, by_id = [], {}
    for message in messages:
        content = message["content"]
        identity = content.get("transient", {}).get("display_id")
        if message["msg_type"] in ("display_data", "execute_result"):
            outputs.append(dict(content["data"]))
            if identity:
                by_id[identity] = len(outputs) - 1
        elif message["msg_type"] == "update_display_data":
            outputs[by_id[identity]] = dict(content["data"])
        elif message["msg_type"] == "error":
            outputs.append(content["ename"])
    return outputs


def seen(messages):
    return "\n".join(m["content"]["data"].get("text/plain", "") for m in messages if m["msg_type"] == "display_data")


def bars(messages):
    return [m for m in messages if m["msg_type"] == "update_display_data" and m["content"]["data"] != EMPTY]


@pytest.fixture
def ready(kernel):
    for code in ("load mnist", "set threads=1", "preprocess normalize validation=45000", "model fast"):
        assert kernel.execute(code)[0]["content"]["status"] == "ok"
    return kernel


def test_a_result_is_a_separate_display(ready):
    reply, messages = ready.execute("train epochs=2")
    assert reply["content"]["status"] == "ok"
    assert bars(messages), "the training took too short a time to show a bar: this proves nothing"
    assert "hash of the weights" in seen(messages), "a client without updates must see the result"
    progress, table = saved(messages)
    assert progress == EMPTY and "hash of the weights" in table["text/plain"]
    assert messages.index(bars(messages)[-1]) < types(messages).index("display_data", 3), "the result ends the bar"


def test_a_quick_command_has_the_same_outputs(ready):
    _, slow = ready.execute("train epochs=1")
    _, quick = ready.execute("explore pixels")
    assert bars(slow) and not bars(quick)
    assert saved(slow)[0] == saved(quick)[0] == EMPTY
    assert saved(slow)[1].keys() == saved(quick)[1].keys() == {"text/html", "text/plain"}


def test_no_time_is_in_a_result(ready):
    _, messages = ready.execute("train epochs=1")
    assert "images/s" not in str(saved(messages)) and "images/s" in str(bars(messages))


def test_an_interrupted_training_keeps_its_epochs_and_no_bar(ready):
    cell = ready.client.execute("train epochs=1000")
    ready.wait_output("epoch 2 of")
    ready.interrupt()
    reply, messages = ready.finish(cell)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    last = [m for m in messages if m["msg_type"] == "update_display_data"][-1]
    assert last["content"]["data"] == EMPTY
    assert types(messages)[-2:] == ["error", "status"]
    assert "hash of the weights" in seen(messages), "the epochs that were done are shown"


def test_a_killed_session_leaves_no_bar(ready):
    """The front process sends the session's last update in its place."""
    cell = ready.client.execute("train epochs=1000")
    shown = ready.wait_output("epoch 1 of")
    assert shown["msg_type"] == "update_display_data"
    os.kill(ready.session_pid(), signal.SIGKILL)
    reply, messages = ready.finish(cell)
    assert reply["content"]["ename"] == "SessionDied"
    last = [m for m in messages if m["msg_type"] == "update_display_data"][-1]["content"]
    assert last["data"] == EMPTY and last["transient"] == shown["content"]["transient"]
    assert types(messages)[-3:] == ["update_display_data", "error", "status"]


LOOP = """%%c
#include <mnist.h>
#include <time.h>
#include <unistd.h>
for (int i = 0; i <= 8; i++) {
    mnist_progress("a <wild> loop", i, 9);
    usleep(100000);
}
LAST
"""


def test_a_c_cell_that_crashes_leaves_no_bar(kernel):
    _, messages = kernel.execute(LOOP.replace("LAST", "int *p = 0; *p = 1;"))
    assert bars(messages) and saved(messages) == [EMPTY, "SIGSEGV"]
    assert "a &lt;wild&gt; loop" in bars(messages)[0]["content"]["data"]["text/html"]


def test_a_c_cell_that_exits_leaves_no_bar(kernel):
    _, messages = kernel.execute(LOOP.replace("LAST", ""))
    assert bars(messages) and saved(messages) == [EMPTY]


def test_progress_after_clear_has_a_new_display(ready):
    _, messages = ready.execute("train epochs=1\nclear\ntrain epochs=1")
    opened = [m["content"]["transient"]["display_id"] for m in messages
              if m["msg_type"] == "display_data" and m["content"]["data"] == EMPTY]
    assert len(opened) == len(set(opened)) == 2
