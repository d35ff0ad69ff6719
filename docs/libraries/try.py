#!/usr/bin/env python3
"""Fetches libraries and programs and runs seeds against each: `make libraries` and `make found`.

    try.py [--found] [--seeds N] [--jobs N] [--newest] [NAME ...]

Without --found: the nodes of this folder, a few seeds each, and whether each is as it should be. With it: the rows of docs/found.md, as
many runs as each was measured with, and where the page is no longer true. --newest runs the newest release in place of the one named.
Everything is fetched into target/libraries, by pip and npm.
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STORE = ROOT / "target/libraries"
PROGRAM = os.environ.get("INTERREGNUM", str(ROOT / "target/release/interregnum"))

# name: how it is fetched, the arguments of `interregnum test`, the checker that objects (none: nobody), and the seeds of the page.
ROWS = json.loads((HERE / "rows.json").read_text())


def fetch(row, newest):
    """Where the library is; fetched once."""
    kind, package = row["fetch"].split(":", 1)
    name, version = package.rsplit("@", 1)
    version = "newest" if newest else version
    place = STORE / f"{kind}-{name}-{version}"
    if place.exists():
        return place
    place.mkdir(parents=True)
    wanted = name if newest else f"{name}{'==' if kind == 'pip' else '@'}{version}"
    command = {
        "pip": [sys.executable, "-m", "pip", "install", "-q", "--target", str(place), wanted],
        "npm": ["npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(place), wanted],
    }[kind]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        place.rmdir()
        raise OSError(f"{wanted} cannot be fetched: {done.stderr.strip().splitlines()[-1:]}")
    return place


def interval(hits, runs):
    """Wilson's interval for a rate, 95 %."""
    z, p = 1.96, hits / runs
    middle, spread = p + z * z / (2 * runs), z * math.sqrt(p * (1 - p) / runs + z * z / (4 * runs * runs))
    return (middle - spread) / (1 + z * z / runs), (middle + spread) / (1 + z * z / runs)


def run(row, place, runs, jobs):
    """The rows of a batch, one for each seed."""
    arguments = [text.replace("{place}", str(place)).replace("{here}", str(HERE)) for text in row["test"]]
    command = [PROGRAM, "test", *arguments, "--seeds", f"1..{runs}", "--jobs", str(jobs), "--format", "json"]
    done = subprocess.run([*command, "--out", str(STORE / "out")], capture_output=True, text=True)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise OSError(done.stderr.strip() or f"ended with {done.returncode} and printed no table") from None


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", nargs="*")
    options.add_argument("--found", action="store_true")
    options.add_argument("--newest", action="store_true")
    options.add_argument("--seeds", type=int)
    options.add_argument("--jobs", type=int, default=2)
    given = options.parse_args()
    wrong = []
    for row in ROWS:
        name = row["name"]
        if given.names and name not in given.names or given.found and "measured" not in row:
            continue
        runs = given.seeds or (row["measured"]["runs"] if given.found else 3)
        try:
            rows = run(row, fetch(row, given.newest), runs, given.jobs)
        except OSError as error:
            print(f"{name}: not run: {error}")
            continue
        checker = row.get("checker")
        hits = sum(1 for one in rows if one.get("verdict") == "invalid" and (checker is None or checker in one.get("checkers", [])))
        unknown = sum(1 for one in rows if one.get("verdict") not in ("valid", "invalid"))
        low, high = interval(hits, len(rows))
        print(f"{name}: {checker or 'anything'} found in {hits} of {len(rows)} runs ({low:.0%} to {high:.0%}), {unknown} unknown")
        if given.found and not given.newest:
            measured = row["measured"]
            before = interval(measured["hits"], measured["runs"])
            if high < before[0] or low > before[1]:
                wrong.append(f"{name}: the page says {measured['hits']} of {measured['runs']}")
        elif not given.newest and checker is None and hits:
            wrong.append(f"{name}: nothing should be found")
    for line in wrong:
        print(f"no longer true: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
