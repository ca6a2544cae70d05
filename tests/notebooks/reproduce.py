#!/usr/bin/env python3
"""reproduce - executes the committed notebooks and reports, cell by cell, whether their outputs repeat (make
reproduce).

usage: reproduce.py [--record] [WORD]     only the notebooks whose name contains this word

The exit status is 0 when every cell repeats, exactly or within the tolerance its tags state (see repeat.py).
With --record the new outputs are written into the notebooks instead (make record), unless a cell failed.
"""
import sys
import time

import nbformat

import repeat


def report(path):
    """Executes one notebook, prints one or more lines for each code cell, returns the number of cells in each state."""
    committed = repeat.read(path)
    print(f"\n{path.name}", flush=True)
    started = time.monotonic()
    now = repeat.execute(committed)
    states = {state: 0 for state in repeat.Verdict.ORDER}
    for index, (before, after) in enumerate(zip(repeat.code_cells(committed), repeat.code_cells(now)), 1):
        verdict = repeat.compare(before, after)
        states[verdict.state] += 1
        first = next(iter(before.source.strip().splitlines()), "")
        print(f"  cell {index:>2}  {verdict.state:<17} {first[:60]}")
        for line in verdict.lines:
            print(f"           {line}")
    print(f"  executed in {time.monotonic() - started:.0f} s", flush=True)
    return states


def record(path):
    """Executes one notebook and writes it with its outputs. False, with the file unchanged, if a cell failed."""
    print(path.name, flush=True)
    now = repeat.execute(repeat.read(path))
    for index, cell in enumerate(repeat.code_cells(now), 1):
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                print(f"  cell {index} failed, so nothing is written: {output.ename}: {output.evalue}")
                return False
    nbformat.write(now, path)
    return True


def main(*arguments):
    word = next((argument for argument in arguments if not argument.startswith("--")), "")
    chosen = [path for path in repeat.notebooks() if word in path.name]
    if not chosen:
        print("there is no notebook" + (f" with \"{word}\" in its name" if word else "") + " in notebooks/",
              file=sys.stderr)
        return 1
    if "--record" in arguments:
        return 0 if all([record(path) for path in chosen]) else 1
    total = {state: 0 for state in repeat.Verdict.ORDER}
    for path in chosen:
        for state, count in report(path).items():
            total[state] += count
    print(f"\n"
          f"{sum(total.values())} cells: {total[repeat.EXACT]} repeat, {total[repeat.ALLOWED]} repeat "
          f"within their tolerance, "
          f"{total[repeat.DIFFERS]} differ")
    return 1 if total[repeat.DIFFERS] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
