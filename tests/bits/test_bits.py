"""The same seed gives the same bits with gcc and with clang, with every instruction set, with 1, 2, 3 and 5 threads,
on an emulated ARM processor and on emulated older processors, which must select the instruction set that they have.

bits.c trains small networks and prints the hashes of their weights; hashes.txt holds the expected hashes. The file
changes only when the result of a training is meant to change: `BITS=write` writes it. """
import fcntl
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HASHES = pathlib.Path(__file__).with_name("hashes.txt")
EMULATED = {"Nehalem": "plain", "Haswell": "avx2"}


def build(compiler, name="bits"):
    program = f"build/bits-{compiler}/{name}"
    environment = {
        name: value
        for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    }
    with open(ROOT / "build/bits.lock", "w") as lock:  # tests that run side by side share the programs
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([
            os.environ.get("MAKE", "make"), "-sf", "tests/bits/Makefile", f"-j{len(os.sched_getaffinity(0))}",
            f"COMPILER={compiler}", program
        ],
                       cwd=ROOT,
                       env=environment,
                       check=True)
    return [str(ROOT / program)]


def run(command, *arguments):
    """{name: (hash, loss)} and the instruction set."""
    done = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    return {row[0]: tuple(row[2:]) for row in rows}, rows[0][1]


@pytest.fixture(scope="module")
def wanted():
    if os.environ.get("BITS") == "write":
        rows, _ = run(build("gcc"))
        HASHES.write_text("".join(f"{name} {value} {loss}\n" for name, (value, loss) in rows.items()))
    return {line.split()[0]: tuple(line.split()[1:]) for line in HASHES.read_text().splitlines()}


def has(isa):
    flags = set(pathlib.Path("/proc/cpuinfo").read_text().split())
    needs = {"plain": set(), "avx2": {"avx2", "fma"}, "avx512": {"avx512f", "avx512bw", "avx512dq", "avx512vl"}}
    return os.uname().machine == "x86_64" and needs[isa] <= flags


@pytest.mark.parametrize("isa", ["plain", "avx2", "avx512"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compilers_instruction_sets_and_threads(compiler, isa, wanted):
    if not has(isa):
        pytest.skip(f"this processor has no {isa}")
    program = build(compiler)
    for threads in (1, 2, 3, 5) if isa != "plain" else (1, 3):
        assert run(program, isa, threads) == (wanted, isa), f"{threads} threads"


def test_arm(wanted):
    assert run(["qemu-aarch64", *build("aarch64", "bits-static")]) == (wanted, "neon")


@pytest.mark.parametrize("processor", EMULATED)
def test_an_older_processor_takes_what_it_has(processor, wanted):
    """Without FMA: plain C, and the same bits."""
    name = "norms"  # one is enough where each takes a while
    got = run(["qemu-x86_64", "-cpu", processor, *build("gcc", "bits-static")], "auto", 1, name)
    assert got == ({name: wanted[name]}, EMULATED[processor])
