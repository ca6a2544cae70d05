"""bench_c_cells - the time of C cells over plain sockets, with the compiler alone and a command cell for comparison, in one run.

usage: bench_c_cells.py [CELLS]      (default 60 of each, in turns)

Each C cell defines a function, calls it, prints, and has a value. The compiler alone compiles a file with the same includes to a
shared object. A command that changes the session is followed by a new standby copy of the session; a command that does not is not:
the difference is the cost of the copy, with MNIST loaded.
"""
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from bench_kernel import PROGRAM, Running

INCLUDES = "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <math.h>\n"


def cell(number):
    return (f"%%c\nint f{number}(int n)\n{{\n    return n + counter;\n}}\ncounter += f{number}(2);\n"
            'printf("%d\\n", counter);\nsqrt(counter)')


def compiler_ms(folder):
    source = pathlib.Path(folder) / "alone.c"
    source.write_text(INCLUDES + "int counter;\nint f(int n) { return n + counter; }\n"
                      'double run(void) { counter += f(2); printf("%d\\n", counter); return sqrt(counter); }\n')
    begin = time.perf_counter()
    subprocess.run(["cc", "-O2", "-g", "-fPIC", "-shared", source, "-o", source.with_suffix(".so")], check=True)
    return 1e3 * (time.perf_counter() - begin)


def main(cells=60):
    with tempfile.TemporaryDirectory() as folder:
        kernel = Running([PROGRAM], folder)
        kernel.start_ms()
        kernel.drain()
        kernel.cell_ms("load mnist")
        kernel.cell_ms("%%c\n" + INCLUDES + "#include <mnist.h>\nint counter = 0;")
        jobs = {
            "cell of C": lambda i: kernel.cell_ms(cell(i)),
            "cc alone": lambda i: compiler_ms(folder),
            "command": lambda i: kernel.cell_ms("6 * 7"),
            "command and copy": lambda i: kernel.cell_ms(f"name = {i}"),
            "completion": lambda i: kernel.complete_ms("%%c\nmnist_"),
        }
        times = {name: [] for name in jobs}
        for i in range(cells):
            for name, job in jobs.items():
                kernel.drain_now()
                times[name].append(job(i))
        kernel.stop()
    print(f"{'':18}{'p50 ms':>9}{'p90 ms':>9}")
    for name, all_of_it in times.items():
        print(f"{name:18}{statistics.median(all_of_it):9.1f}{sorted(all_of_it)[int(0.9 * cells)]:9.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
