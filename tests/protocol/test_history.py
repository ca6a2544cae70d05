"""test_history - history_request: tail, range and search; across restarts, in several kernels,
without a writable home.
"""
import os
import sqlite3
import time

import pytest
from conftest import TIMEOUT_S


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
def test_without_a_file_history_is_kept_in_memory(start_kernel, fake_session, tmp_path, damage):
    path = tmp_path / "unusable"
    if damage == "folder":
        path.mkdir()
    else:
        path.write_bytes(os.urandom(10000))
    kernel = start_kernel(MNIST_SESSION=fake_session, MNIST_HISTORY=path)
    kernel.execute("6 * 7")
    assert [h[2] for h in ask(kernel, hist_access_type="tail", n=9)] == ["6 * 7"]
    assert kernel.log_text().count("kept in memory") == 1 and str(path) in kernel.log_text()


# ---- what a client can make a search cost ----

HOSTILE = ["*" + "a?" * 450 + "b*", "*a" * 450 + "b", "*" + "[ab]" * 225 + "c", "a*" * 51 + "b", "?" * 900 + "b",
           "*" + "a" * 900 + "b*", "*[" + "b-c" * 290 + "]*b"]


def fill(folder, cells):
    """A history file with one old session, as a kernel writes it."""
    folder.mkdir()
    file = sqlite3.connect(folder / "history.sqlite")
    file.executescript("CREATE TABLE sessions(id INTEGER PRIMARY KEY AUTOINCREMENT, started TEXT NOT NULL);"
                       "CREATE TABLE cells(id INTEGER PRIMARY KEY, session INTEGER NOT NULL, line INTEGER NOT NULL,"
                       " source TEXT NOT NULL, output TEXT); CREATE INDEX cells_by_session ON cells(session, line);"
                       "INSERT INTO sessions(started) VALUES('2026-01-01T00:00:00Z')")
    file.executemany("INSERT INTO cells(session, line, source) VALUES(1, ?, ?)", enumerate(cells, 1))
    file.commit()
    file.close()


def test_hostile_patterns_do_not_block_the_kernel(start_kernel, fake_session, tmp_path):
    """Ten cells of 3 MB, and patterns for which a plain matcher takes minutes: each request is answered within the
    usual wait, and the next one too."""
    fill(tmp_path / "same", ["a" * 3_000_000] * 10)
    kernel = start_kernel(folder="same", MNIST_SESSION=fake_session)
    for pattern in HOSTILE:
        for unique in (False, True):
            assert ask(kernel, hist_access_type="search", pattern=pattern, unique=unique) == []
    assert kernel.execute("6 * 7")[0]["content"]["status"] == "ok"
    assert [h[1] for h in ask(kernel, hist_access_type="search", pattern="*a*", n=1)] == [10]


def test_a_literal_pattern_is_found_in_a_large_history(start_kernel, fake_session, tmp_path):
    fill(tmp_path / "same", ["needle one"] + [f"{i} " + "hay " * 700 for i in range(5000)] + ["needle two"])
    kernel = start_kernel(folder="same", MNIST_SESSION=fake_session)
    assert [h[2] for h in ask(kernel, hist_access_type="search", pattern="*needle*")] == ["needle one", "needle two"]


def test_replies_are_limited_to_the_newest(start_kernel, fake_session, tmp_path):
    """Five cells of 3 MB fit into a reply. Their reading has a time limit, too, which a busy machine can exceed: a reply
    then has fewer cells, also the newest ones."""
    fill(tmp_path / "same", [f"{i} " + "x" * 3_000_000 for i in range(10)])
    kernel = start_kernel(folder="same", MNIST_SESSION=fake_session)
    newest = [6, 7, 8, 9, 10]
    for query in ({"hist_access_type": "tail"}, {"hist_access_type": "search", "pattern": "*x*"}):
        end = time.monotonic() + TIMEOUT_S
        while (lines := [h[1] for h in ask(kernel, n=100, **query)]) != newest:
            assert lines == newest[len(newest) - len(lines):] and time.monotonic() < end


def test_unique_keeps_the_newest_of_each(start_kernel, fake_session, tmp_path):
    fill(tmp_path / "same", ["a", "b", "a", "c", "b", "a"])
    kernel = start_kernel(folder="same", MNIST_SESSION=fake_session)
    found = ask(kernel, hist_access_type="search", pattern="*", unique=True)
    assert [(h[1], h[2]) for h in found] == [(4, "c"), (5, "b"), (6, "a")]
    assert [h[1] for h in ask(kernel, hist_access_type="search", pattern="*", unique=True, n=2)] == [5, 6]


# ---- a damaged file ----

@pytest.mark.parametrize("page", range(1, 7))
def test_a_damaged_page_loses_no_cell_of_the_session(start_kernel, fake_session, tmp_path, page):
    """One page after the other is zeroed while the kernel runs, after the first cells of its session: they and all
    later ones are in the history, with their results, and one line of the log says what is wrong."""
    fill(tmp_path / "same", [f"{i} " + "x" * 3000 for i in range(20)])
    kernel = start_kernel(folder="same", MNIST_SESSION=fake_session)
    kernel.execute("6 * 7")
    path = tmp_path / "same/history.sqlite"
    other = sqlite3.connect(path)
    other.execute("INSERT INTO sessions(started) VALUES('x')")  # the kernel's own cache of pages is out of date
    other.commit()
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(path, "r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(bytes(4096))
    kernel.execute("6 * 8")
    ask(kernel, hist_access_type="search", pattern="*x*")
    ask(kernel, hist_access_type="range", session=1)
    kernel.execute("6 * 9")
    own = [["6 * 7", "42"], ["6 * 8", "48"], ["6 * 9", "54"]]
    assert [h[2] for h in ask(kernel, hist_access_type="tail", n=3, output=True)] == own
    assert [h[2] for h in ask(kernel, hist_access_type="range", session=0, output=True)] == own
    lines = [line for line in kernel.log_text().splitlines() if "history" in line]
    assert len(lines) <= 1 and all(str(path) in line and "kept in memory" in line for line in lines)
    other.close()


def test_a_file_damaged_before_the_start(start_kernel, fake_session, tmp_path):
    fill(tmp_path / "same", [f"{i} " + "x" * 3000 for i in range(20)])
    with open(tmp_path / "same/history.sqlite", "r+b") as file:
        file.seek(4096)
        file.write(bytes(3 * 4096))
    kernel = start_kernel(folder="same", MNIST_SESSION=fake_session)
    for code in ("6 * 7", "6 * 8"):
        kernel.execute(code)
    assert [h[2] for h in ask(kernel, hist_access_type="tail", n=2, output=True)] == [["6 * 7", "42"], ["6 * 8", "48"]]
    assert kernel.log_text().count("kept in memory") == 1


# ---- who may read it ----

def modes(folder):
    return {path.name: oct(path.stat().st_mode & 0o777) for path in folder.glob("history.sqlite*")}


def test_only_the_owner_may_read_the_history(start_kernel, fake_session, tmp_path):
    mask = os.umask(0)
    try:
        kernel = start_kernel(folder="same", MNIST_SESSION=fake_session)
        kernel.execute("6 * 7")
        assert modes(tmp_path / "same") == dict.fromkeys(
            ("history.sqlite", "history.sqlite-wal", "history.sqlite-shm"), "0o600")
    finally:
        os.umask(mask)


def test_wider_modes_of_existing_files_are_narrowed(start_kernel, fake_session, tmp_path):
    first = start_kernel(folder="same", MNIST_SESSION=fake_session)
    first.execute("6 * 7")
    for path in (tmp_path / "same").glob("history.sqlite*"):
        path.chmod(0o664)
    second = start_kernel(folder="same", MNIST_SESSION=fake_session)
    second.execute("6 * 8")
    assert set(modes(tmp_path / "same").values()) == {"0o600"} and len(modes(tmp_path / "same")) == 3
    assert [h[2] for h in ask(first, hist_access_type="tail", n=9)] == ["6 * 7", "6 * 8"]
