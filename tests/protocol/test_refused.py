"""test_refused - cells that cannot run: each has exactly one `error` output, and aborts a Run All
like any failed cell.

The reasons are a NUL in the cell, too much text, content that is not JSON, and a session that
cannot be started (its program fails, or no file descriptors are left). The tests check what a
front end shows: JupyterLab shows `error` messages on iopub and ignores errors in replies.
"""
import resource

import pytest
from conftest import PROGRAM, types

CELL_SIZE_MAX = 4 * 1024 * 1024
REFUSED = {"NUL": "1 + 1\0", "size": "#" * (CELL_SIZE_MAX + 1)}
SAID = {"NUL": "NUL character", "size": f"{CELL_SIZE_MAX + 1} bytes of text; the maximum is {CELL_SIZE_MAX} (4 MiB)"}


def check_one_error(reply, messages):
    assert reply["content"]["status"] == "error"
    errors = [m["content"] for m in messages if m["msg_type"] == "error"]
    assert len(errors) == 1
    assert errors[0] == {key: reply["content"][key] for key in ("ename", "evalue", "traceback")}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refused_cell_has_one_error_output(fake_kernel, kind):
    reply, messages = fake_kernel.execute(REFUSED[kind])
    check_one_error(reply, messages)
    assert types(messages) == ["status", "error", "status"]
    assert SAID[kind] in reply["content"]["evalue"]
    fake_kernel.nothing_more()


@pytest.mark.parametrize("kind", REFUSED)
def test_a_silent_refused_cell_has_no_error_output(fake_kernel, kind):
    reply, messages = fake_kernel.execute(REFUSED[kind], silent=True)
    assert reply["content"]["status"] == "error" and types(messages) == ["status", "status"]


def test_a_refused_cell_waits_for_its_turn_and_aborts_the_queue(fake_kernel):
    """Run All: the cells before the refused one run, those after it do not."""
    client = fake_kernel.client
    ids = [client.execute(code) for code in ("6 * 7", 'write 1 x\nask "?"', "a\0b", "6 * 8", "6 * 9")]
    client.get_stdin_msg(timeout=10)
    client.input("go")
    replies = [client.get_shell_msg(timeout=10) for _ in ids]
    assert [r["parent_header"]["msg_id"] for r in replies] == ids
    assert [r["content"].get("ename") for r in replies] == [None, None, "UsageError", "Aborted", "Aborted"]
    check_one_error(replies[2], fake_kernel.outputs(ids[2]))
    assert types(fake_kernel.outputs(ids[3])) == ["status", "status"]
    assert fake_kernel.execute("6 * 7")[0]["content"]["status"] == "ok"


def test_a_refused_cell_without_stop_on_error_aborts_nothing(fake_kernel):
    client = fake_kernel.client
    ids = [client.execute('ask "?"'), client.execute("a\0b", stop_on_error=False), client.execute("6 * 7")]
    client.get_stdin_msg(timeout=10)
    client.input("go")
    assert [fake_kernel.reply(i)["content"]["status"] for i in ids] == ["ok", "error", "ok"]


def test_the_largest_cell_runs(fake_kernel):
    reply, _ = fake_kernel.execute("6 * 7\n" + "#" * (CELL_SIZE_MAX - 6))
    assert reply["content"]["status"] == "ok"


def test_a_session_that_cannot_start(start_kernel, fake_session):
    kernel = start_kernel(MNIST_SESSION=fake_session, FAKE_SESSION_FAILS="no luck")
    ids = [kernel.client.execute("6 * 7"), kernel.client.execute("6 * 8")]
    replies = [kernel.reply(i) for i in ids]
    assert [r["content"]["ename"] for r in replies] == ["SessionDied", "Aborted"]
    check_one_error(replies[0], kernel.outputs(ids[0]))


def test_no_file_descriptors_are_left(fake_kernel):
    """The session dies and no other can be started, since the kernel may open no file any more."""
    _, hard = resource.prlimit(fake_kernel.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(fake_kernel.pid, resource.RLIMIT_NOFILE,
                     (16, hard))  # fewer than are open, no fewer than poll(2) waits for
    reply, messages = fake_kernel.execute("kill 9")
    check_one_error(reply, messages)
    reply, messages = fake_kernel.execute("6 * 7")
    check_one_error(reply, messages)
    assert "Too many open files" in reply["content"]["evalue"]
    resource.prlimit(fake_kernel.pid, resource.RLIMIT_NOFILE, (1024, hard))
    assert fake_kernel.execute("6 * 7")[0]["content"]["status"] == "ok"


@pytest.mark.parametrize("where", ["before", "during"])
def test_a_failure_that_the_session_reports_twice_or_not_at_all(fake_kernel, where):
    """One error output, whatever the session says: the reply's if it sent none, its first if it sent two."""
    reply, messages = fake_kernel.execute("error one\nerror two\nfail" if where == "before" else "fail quietly")
    assert reply["content"]["status"] == "error"
    errors = [m["content"] for m in messages if m["msg_type"] == "error"]
    assert [e["evalue"] for e in errors] == (["one"] if where == "before" else ["it failed"])


# ---- the first line of a cell, and line ends ----


@pytest.mark.parametrize("before", ["", "\ufeff", "\n\n", "\ufeff\n \t\n", "\r\n", "\r", "\ufeff  ", "\f\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_text_before_a_c_cell_and_line_ends(kernel, before, end):
    code = before + end.join(["%%c", "#include <stdio.h>", 'printf("line %d\\n", __LINE__);', ""])
    reply, messages = kernel.execute(code)
    assert reply["content"]["status"] == "ok", reply["content"]
    line = 3 + before.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert [m["content"]["text"] for m in messages if m["msg_type"] == "stream"] == [f"line {line}\n"]
    reply = kernel.reply(kernel.client.is_complete(code))
    assert reply["content"]["status"] == "complete"
    unfinished = code + "int f(void) {" + end
    reply = kernel.reply(kernel.client.is_complete(unfinished))
    assert reply["content"] == {"status": "incomplete", "indent": "    "}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_in_a_cell_of_commands(kernel, end):
    code = end.join(["\ufeffa = 3  # three", "b = [1,", "  2]", "$a * 14"])
    reply, messages = kernel.execute(code)
    assert reply["content"]["status"] == "ok", reply["content"]
    assert [m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "execute_result"] == ["42"]
    reply, _ = kernel.execute(end.join(["a = 3", "train nonsense=1"]))
    assert "line 2" in "".join(reply["content"]["traceback"])
    block = end.join(["model mine:", "    dense 8"])
    assert kernel.reply(kernel.client.is_complete(block))["content"]["status"] == "incomplete"
    assert kernel.reply(kernel.client.is_complete(block + end))["content"]["status"] == "complete"
    text = end.join(["# a comment", "tra"])
    assert "train" in kernel.reply(kernel.client.complete(text, len(text)))["content"]["matches"]
    text = end.join(["# a comment", "train"])
    assert "epochs" in kernel.reply(kernel.client.inspect(text, len(text)))["content"]["data"]["text/plain"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_in_files_of_cells(tmp_path, end):
    import subprocess
    path = tmp_path / "cells"
    path.write_bytes(("\ufeff" + end.join(["%%c", "int three = 3;", "%%", "a = 14", "%%c",
                                            '#include <stdio.h>', 'printf("%d\\n", 14 * three);'])).encode())
    done = subprocess.run([PROGRAM.parent / "mnist", "run", path], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")
