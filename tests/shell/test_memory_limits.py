"""Limited address space (`ulimit -v`): every program ends, either successfully or with an error that states the
required memory.

OpenBLAS maps a buffer of 128 MiB for each thread that calls it, and retries for ever if that fails. With the limits of
these tests it has memory for its code, but not for its buffers; programs once hung at start or exit. """
import os
import pathlib
import resource
import subprocess

import pytest
from conftest import ROOT

BUILD = pathlib.Path(os.environ.get("MNIST_BUILD", ROOT / "build/release")).resolve()
SECONDS = 20
LIMITS_MB = (80, 100, 120, 150, 180, 210, 250)


def limited(megabytes):
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000,) * 2)


def run(megabytes, *arguments, text="", environment=None):
    return subprocess.run([BUILD / "mnist", *arguments], input=text, capture_output=True, text=True, timeout=SECONDS,
                          preexec_fn=limited(megabytes), env=environment, cwd=ROOT)


@pytest.mark.parametrize("megabytes", LIMITS_MB)
@pytest.mark.parametrize("environment", [None, {}, {"OPENBLAS_NUM_THREADS": "8"}])
def test_the_program_starts_and_ends(megabytes, environment):
    done = run(megabytes, "--version", environment=environment)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("mnist ")


@pytest.mark.parametrize("megabytes", LIMITS_MB[1:])
def test_cells_without_blas_run(megabytes):
    done = run(megabytes, "run", "-", text="a = 6\n$a * 7\n")
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr


@pytest.mark.parametrize("megabytes", (180, 320))
def test_principal_components_without_memory_have_a_clear_error(megabytes):
    done = run(megabytes, "run", "-", text="explore pca\n")
    if megabytes == 320 and len(os.sched_getaffinity(0)) == 1:
        assert done.returncode == 0  # enough for the buffer of one thread
        return
    assert done.returncode == 1
    assert "OpenBLAS needs" in done.stderr and "MiB of address space" in done.stderr and "ulimit -v" in done.stderr


def test_child_processes_inherit_the_user_s_openblas_setting(tmp_path):
    """The environment variable for OpenBLAS, which reads it while it is loaded, is removed before main starts."""
    cell = tmp_path / "cell"
    cell.write_text('%%c\n#include <stdlib.h>\nsystem("echo $OPENBLAS_NUM_THREADS; env | wc -l; echo $PWD");\n')
    for extra in ({}, {"OPENBLAS_NUM_THREADS": "7"}, {"OPENBLAS_NUM_THREADS": ""}):
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PWD": str(ROOT), **extra}
        done = subprocess.run([BUILD / "mnist", "run", cell], capture_output=True, text=True, cwd=ROOT, env=environment)
        lines = done.stdout.splitlines()
        assert lines[0] == extra.get("OPENBLAS_NUM_THREADS", "") and lines[2] == str(ROOT), done.stderr
        plain = subprocess.run(["sh", "-c", 'sh -c "env | wc -l"'],
                               capture_output=True,
                               text=True,
                               env=environment,
                               cwd=ROOT)
        assert abs(int(lines[1]) - int(plain.stdout)) <= 1  # sh may add _
