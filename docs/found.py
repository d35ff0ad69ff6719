#!/usr/bin/env python3
"""Runs each row of found.md again, and the newest release beside it: `make found`, hours.

    found.py [--seeds N] [--jobs N] [--no-newest] [--measure] [NAME ...]

The rows stand in found.json. Says where the page is no longer true, and then ends with 1: a rate whose interval and that of the page have
nothing in common, something found where the page says that nothing was, a newest release that differs from what the page says of it.
--measure writes what it sees into found.json; the test of the page then prints the rows that it must have.
"""
import argparse
import importlib.machinery
import importlib.util
import json
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
FILE = HERE / "found.json"


def libraries():
    """docs/libraries/try.py, whose name is a word of the language."""
    loader = importlib.machinery.SourceFileLoader("libraries", str(HERE / "libraries/try.py"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("libraries", loader))
    loader.exec_module(module)
    return module


TRY = libraries()


def script(row, runs):
    """Runs a script of findings/ again and again: 0 is as found, 1 that it has changed, all else proves nothing."""
    codes, began = [], time.monotonic()
    for _ in range(runs):
        done = subprocess.run([str(TRY.ROOT / row["script"])], capture_output=True, text=True)
        codes.append(done.returncode)
    if codes[0] not in (0, 1):
        raise OSError((done.stdout + done.stderr).strip() or f"ended with {codes[0]}")
    seen = {"runs": runs, "hits": codes.count(0), "unknown": runs - codes.count(0) - codes.count(1), "other": 0, "elections": 0}
    return {**seen, "seconds": round((time.monotonic() - began) / runs, 1)}


def measure(row, kept, runs, jobs, label):
    """Runs one row, and says what was seen."""
    if "script" in kept:
        seen = script(kept, runs)
    else:
        place = TRY.fetch(kept["fetch"], row={**row, **kept})
        rows = TRY.run(label, kept.get("test", row["test"]), place, runs, jobs)
        hits, unknown = TRY.found(rows, row.get("rule"))
        seen = {
            "runs": len(rows),
            "hits": hits,
            "unknown": unknown,
            "other": TRY.found(rows)[0] - hits,
            "elections": sum(one["elections"] for one in rows),
            "seconds": round(sum(one["duration"] for one in rows) / 1e9 / len(rows), 1),
        }
    low, high = TRY.interval(seen["hits"], seen["runs"])
    print(f"{label}: found in {seen['hits']} of {seen['runs']} runs ({low:.0%} to {high:.0%}), {seen['unknown']} unknown, "
          f"{seen['elections']} elections, {seen['seconds']} s a run", flush=True)
    return seen


def differs(before, now):
    """Whether two rates cannot be the same: their intervals have nothing in common."""
    (low, high), (low_now, high_now) = (TRY.interval(one["hits"], one["runs"]) for one in (before, now))
    return high_now < low or low_now > high


def tries(row, newest):
    """What is run for a row: where its measurement is kept, and under which name it is told."""
    yield row, row["name"]
    if newest and "newest" in row:
        yield row["newest"], f"{row['name']}-newest"


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", nargs="*")
    options.add_argument("--seeds", type=int)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--no-newest", action="store_true")
    options.add_argument("--measure", action="store_true")
    given = options.parse_args()
    page = json.loads(FILE.read_text())
    wrong = []
    for row in page["found"] + page["not_found"] + page["by_design"]:
        if given.names and row["name"] not in given.names:
            continue
        for kept, label in tries(row, not given.no_newest):
            before = kept.get("measured")
            try:
                seen = measure(row, kept, given.seeds or (before or row.get("measured") or {"runs": 10})["runs"], given.jobs, label)
            except OSError as error:
                print(f"{label}: not run: {error}", flush=True)
                continue
            if given.measure:
                kept["measured"] = seen
                FILE.write_text(json.dumps(page, indent=2, ensure_ascii=False) + "\n")
            elif before and differs(before, seen):
                wrong.append(f"{label}: the page says {before['hits']} of {before['runs']}")
            elif row in page["not_found"] and seen["hits"]:
                wrong.append(f"{label}: the page says that nothing was found")
    for line in wrong:
        print(f"no longer true: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
