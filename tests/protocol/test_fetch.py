"""test_fetch - `load mnist` in a notebook downloads missing files.

Proves: progress is an updated display; an interrupt leaves no file; the session still works. The
mirror is a local server; failures of the download are tested in tests/shell/test_fetch.py.
"""
import gzip
import threading

import pytest
from conftest import ROOT
from mirror import begin, mirror

RAW = ROOT / "data/raw"

pytestmark = pytest.mark.skipif(not (RAW / "train-images-idx3-ubyte").exists(), reason="make data first")


def test_progress_interrupt_and_retry(start_kernel, tmp_path):
    raw = tmp_path / "home/data/raw"
    resumed = threading.Event()
    # Compressed before the first request: a mirror must answer within seconds, even on a busy computer.
    bodies = {path.name: gzip.compress(path.read_bytes(), 1) for path in RAW.glob("*-ubyte")}

    def half_then_wait(handler, name):
        body = bodies[name]
        begin(handler, len(body))
        handler.wfile.write(body[:len(body) // 2])
        resumed.wait(60)
        handler.wfile.write(body[len(body) // 2:])

    with mirror(half_then_wait) as (address, _):
        kernel = start_kernel(MNIST_HOME=tmp_path / "home", MNIST_MIRROR=address)
        kernel.execute("kept = 7")
        cell = kernel.client.execute("load mnist")
        kernel.wait_output("train-images-idx3-ubyte.gz")
        kernel.interrupt()
        reply, _ = kernel.finish(cell)
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert list(raw.iterdir()) == []
        assert kernel.execute("$kept")[0]["content"]["status"] == "ok"
        resumed.set()
        reply, messages = kernel.execute("load mnist")
        assert reply["content"]["status"] == "ok"
        assert "checked (SHA-256)" in str(messages)
    assert sorted(path.name for path in raw.iterdir()
                  if path.suffix != ".checked" and not path.name.startswith(".")) == sorted(
                      path.name for path in RAW.iterdir() if not path.name.startswith("."))
