"""mirror - a web server on this machine that stands for a mirror of the data sets."""
import contextlib
import http.server
import threading


@contextlib.contextmanager
def mirror(answer):
    """Serves until the block ends; answer(handler, name) sends the file of this name (without .gz). Yields the address
    and the list of requested paths."""
    requested = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            requested.append(self.path)
            with contextlib.suppress(ConnectionError):
                answer(self, self.path.rpartition("/")[2].removesuffix(".gz"))

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requested
    finally:
        server.shutdown()
        server.server_close()


def begin(handler, size):
    """Sends the head of a response with this many bytes."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(size))
    handler.end_headers()


def send(handler, body):
    begin(handler, len(body))
    handler.wfile.write(body)
