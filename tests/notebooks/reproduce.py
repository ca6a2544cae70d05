#!/usr/bin/env python3
"""reproduce - executes the committed notebooks and reports, cell by cell, whether their outputs repeat (make reproduce).

usage: reproduce.py [WORD]     only the notebooks whose name has this word

The exit status is 0 when every cell repeats, exactly or within the tolerance its tags state (see repeat.py).
"""
import sys
import time

import repeat


def report(path):
    """Executes one notebook, prints a line or more for each code cell, returns how many are in each state."""
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


def main(word=""):
    chosen = [path for path in repeat.notebooks() if word in path.name]
    if not chosen:
        print("there is no notebook" + (f" with \"{word}\" in its name" if word else "") + " in notebooks/", file=sys.stderr)
        return 1
    total = {state: 0 for state in repeat.Verdict.ORDER}
    for path in chosen:
        for state, count in report(path).items():
            total[state] += count
    print(f"\n{sum(total.values())} cells: {total[repeat.EXACT]} repeat, {total[repeat.ALLOWED]} repeat within their tolerance, "
          f"{total[repeat.DIFFERS]} differ")
    return 1 if total[repeat.DIFFERS] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
