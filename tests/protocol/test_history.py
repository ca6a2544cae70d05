"""history_request: tail, range, search; over restarts, in several kernels, without a writable home."""
import os
import sqlite3

import pytest


def ask(kernel, **query):
    reply = kernel.reply(kernel.client.history(raw=True, **query))
    assert reply["content"]["status"] == "ok"
    return reply["content"]["history"]


@pytest.fixture
def filled(fake_kernel):
    for code in ("6 * 7", 'print "a"', "6 * 7", "name = [x]", "6 * 8"):
        fake_kernel.execute(code)
    return fake_kernel


def test_tail(filled):
    assert [h[2] for h in ask(filled, hist_access_type="tail", n=2)] == ["name = [x]", "6 * 8"]
    assert [h[1] for h in ask(filled, hist_access_type="tail", n=100)] == [1, 2, 3, 4, 5]
    assert ask(filled, hist_access_type="tail", n=0) == []


def test_output(filled):
    found = ask(filled, hist_access_type="tail", n=2, output=True)
    assert [h[2] for h in found] == [["name = [x]", None], ["6 * 8", "48"]]


def test_range(filled):
    lines = lambda **query: [h[1] for h in ask(filled, hist_access_type="range", **query)]  # noqa: E731
    assert lines(session=0) == [1, 2, 3, 4, 5]
    assert lines(session=0, start=2, stop=4) == [2, 3]
    assert lines(session=0, start=4) == [4, 5]
    assert lines(session=0, start=-2) == [4, 5]
    assert lines(session=-1) == [] and lines(session=999) == []


def test_search(filled):
    lines = lambda **query: [h[1] for h in ask(filled, hist_access_type="search", **query)]  # noqa: E731
    assert lines(pattern="*6*") == [1, 3, 5]
    assert lines(pattern="*6*", n=2) == [3, 5]
    assert lines(pattern="*6*", unique=True) == [3, 5]
    assert lines(pattern="6 ? [7-9]") == [1, 3, 5]
    assert lines(pattern="6 ? [!7]") == [5]
    assert lines(pattern="*[[]x*") == [4]
    assert lines(pattern="6") == []
    assert lines(pattern="*" * 500 + "a" + "*a" * 200 + "b") == []


def test_silent_and_unstored_cells_are_not_kept(fake_kernel):
    fake_kernel.execute("1 * 1", silent=True)
    fake_kernel.execute("2 * 1", store_history=False)
    fake_kernel.execute("3 * 1")
    assert [h[2] for h in ask(fake_kernel, hist_access_type="tail", n=9)] == ["3 * 1"]


def test_history_over_restarts(start_kernel, fake_session):
    for i in range(3):
        kernel = start_kernel(folder="same", MNIST_SESSION=fake_session)
        kernel.execute(f"{i} * 1")
        kernel.stop()
    kernel = start_kernel(folder="same", MNIST_SESSION=fake_session)
    assert [h[2] for h in ask(kernel, hist_access_type="tail", n=9)] == ["0 * 1", "1 * 1", "2 * 1"]
    assert [h[2] for h in ask(kernel, hist_access_type="range", session=-1)] == ["2 * 1"]
    assert [h[2] for h in ask(kernel, hist_access_type="range", session=-3)] == ["0 * 1"]
    kernel.execute("9 * 1")
    assert [h[2] for h in ask(kernel, hist_access_type="range", session=-1)] == ["2 * 1"]
    assert [h[2] for h in ask(kernel, hist_access_type="range", session=0)] == ["9 * 1"]


def test_several_kernels_share_the_file(start_kernel, fake_session):
    kernels = [start_kernel(folder="same", MNIST_SESSION=fake_session) for _ in range(3)]
    for i in range(20):
        ids = [(k, k.client.execute(f"{i} * {n}")) for n, k in enumerate(kernels)]
        for kernel, message_id in ids:
            kernel.finish(message_id)
    assert len(ask(kernels[0], hist_access_type="tail", n=100)) == 60
    assert len(ask(kernels[1], hist_access_type="range", session=0)) == 20


def test_cells_wait_while_another_program_holds_the_file(filled):
    lock = sqlite3.connect(filled.folder / "history.sqlite", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    reply, _ = filled.execute("7 * 7")
    assert reply["content"]["status"] == "ok"
    lock.execute("ROLLBACK")
    lock.close()
    assert ask(filled, hist_access_type="tail", n=1, output=True)[0][2] == ["7 * 7", "49"]


@pytest.mark.parametrize("damage", ["folder", "garbage"])
def test_without_a_file_history_lives_in_memory(start_kernel, fake_session, tmp_path, damage):
    path = tmp_path / "unusable"
    if damage == "folder":
        path.mkdir()
    else:
        path.write_bytes(os.urandom(10000))
    kernel = start_kernel(MNIST_SESSION=fake_session, MNIST_HISTORY=path)
    kernel.execute("6 * 7")
    assert [h[2] for h in ask(kernel, hist_access_type="tail", n=9)] == ["6 * 7"]
    assert kernel.log_text().count("history lasts") == 1 and str(path) in kernel.log_text()
