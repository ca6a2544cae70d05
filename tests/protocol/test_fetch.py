"""test_fetch - `load mnist` in a notebook downloads missing files.

Proves: progress is an updated display; an interrupt leaves no file; the session still works. The
mirror is a local server; failures of the download are tested in tests/shell/test_fetch.py.
"""
import contextlib
import gzip
import http.server
import pathlib
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAW = ROOT / "data/raw"

pytestmark = pytest.mark.skipif(not (RAW / "train-images-idx3-ubyte").exists(), reason="make data first")


@contextlib.contextmanager
def stalling_mirror():
    """Sends half of each file, and the rest once the yielded event is set."""
    go_on = threading.Event()
    # Compressed before the first request: a mirror must answer within seconds, on a busy machine too.
    bodies = {path.name: gzip.compress(path.read_bytes(), 1) for path in RAW.glob("*-ubyte")}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = bodies[pathlib.Path(self.path).stem]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body[:len(body) // 2])
                go_on.wait(60)
                self.wfile.write(body[len(body) // 2:])

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", go_on
    finally:
        go_on.set()
        server.shutdown()
        server.server_close()


def test_progress_interrupt_and_a_second_try(start_kernel, tmp_path):
    raw = tmp_path / "home/data/raw"
    with stalling_mirror() as (address, go_on):
        kernel = start_kernel(MNIST_HOME=tmp_path / "home", MNIST_MIRROR=address)
        kernel.execute("kept = 7")
        cell = kernel.client.execute("load mnist")
        kernel.wait_output("train-images-idx3-ubyte.gz")
        kernel.interrupt()
        reply, _ = kernel.finish(cell)
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert list(raw.iterdir()) == []
        assert kernel.execute("$kept")[0]["content"]["status"] == "ok"
        go_on.set()
        reply, messages = kernel.execute("load mnist")
        assert reply["content"]["status"] == "ok"
        assert "checked (SHA-256)" in str(messages)
    assert sorted(path.name for path in raw.iterdir() if path.suffix != ".checked" and not path.name.startswith(".")) == sorted(
        path.name for path in RAW.iterdir() if not path.name.startswith("."))
