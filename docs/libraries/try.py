#!/usr/bin/env python3
"""Fetches the libraries of this folder and runs a few seeds against the node of each: `make libraries`.

    try.py [--seeds N] [--jobs N] [--newest] [NAME ...]

Says whether each is as it should be: ends with 1 if anything was found in one in which nothing should be. --newest runs the newest
release in place of the one named. Everything is fetched into target/libraries, by pip, npm, cargo and apt-get.
"""
import argparse
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STORE = ROOT / "target/libraries"
PROGRAM = os.environ.get("INTERREGNUM", str(ROOT / "target/release/interregnum"))


def python(name):
    """A Python of this name: on PATH, or among those of pyenv, whose shims run only one of them."""
    for path in [shutil.which(name), *map(str, pathlib.Path.home().glob(f".pyenv/versions/*/bin/{name}"))]:
        if path and subprocess.run([path, "--version"], capture_output=True).returncode == 0:
            return path
    raise OSError(f"{name} is not there")


def fetch(text, newest=False, row={}):
    """Where a package is, that `kind:name@version` names; fetched once. A row may say what else it needs, by which Python, and what to build."""
    kind, package = text.split(":", 1)
    name, version = package.rsplit("@", 1)
    if newest and kind not in ("pip", "npm"):
        raise OSError(f"no newer {name} is looked for: {kind}")
    version = "newest" if newest else version
    place = STORE / f"{kind}-{name.replace('/', '-')}-{version}"
    if place.exists():
        return place
    pip = [python(row.get("python", "python3")), "-m", "pip", "install", "-q", "--target", str(place), *row.get("with", [])]
    place.mkdir(parents=True)
    wanted = name if newest else f"{name}{'@' if kind == 'npm' else '=' if kind == 'deb' else '=='}{version}"
    command = {
        "pip": [*pip, wanted],
        "npm": ["npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(place), wanted],
        # The node of this folder, with the versions that its Cargo.lock pins.
        "cargo": ["cargo", "build", "-q", "--release", "--locked", "--manifest-path", str(HERE / name / "Cargo.toml"),
                  "--target-dir", str(place)],
        "deb": ["sh", "-ec", 'cd "$1"; shift; apt-get download -qq "$@"; for one in *.deb; do dpkg -x "$one" .; done', "sh", str(place),
                wanted, *row.get("with", [])],
    }[kind]
    build = [text.replace("{place}", str(place)).replace("{here}", str(HERE)) for text in row.get("build", [])]
    try:
        problem = None
        for one in filter(None, [command, build]):
            done = subprocess.run(one, capture_output=True, text=True)
            problem = problem or (None if done.returncode == 0 else "".join(done.stderr.strip().splitlines()[-1:]))
    except OSError as error:
        problem = str(error)
    if problem is not None:
        shutil.rmtree(place)
        raise OSError(f"{wanted} cannot be fetched: {problem}")
    return place


def interval(hits, runs):
    """Wilson's interval for a rate, 95 %."""
    z, p = 1.96, hits / runs
    middle, spread = p + z * z / (2 * runs), z * math.sqrt(p * (1 - p) / runs + z * z / (4 * runs * runs))
    return (middle - spread) / (1 + z * z / runs), (middle + spread) / (1 + z * z / runs)


def run(name, arguments, place, runs, jobs):
    """The runs of a batch, one for each seed: their rows, with the checkers that call them invalid."""
    arguments = [text.replace("{place}", str(place)).replace("{here}", str(HERE)) for text in arguments]
    arguments = [re.sub(r"\{(python[0-9.]+)\}", lambda one: python(one[1]), text) for text in arguments]
    out = STORE / "out" / name
    command = [PROGRAM, "test", *arguments, "--seeds", f"1..{runs}", "--jobs", str(jobs), "--format", "json", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        rows = json.loads(done.stdout)
    except ValueError:
        raise OSError(done.stderr.strip() or f"ended with {done.returncode} and printed no table") from None
    for row in rows:
        verdict = out / "latest/runs" / row["name"] / "verdict.json"
        judgements = json.loads(verdict.read_text())["checkers"] if verdict.exists() else []
        row["invalid"] = [one["checker"] for one in judgements if one["judged"] and one["verdict"] == "invalid"]
    return rows


def found(rows, checker=None):
    """In how many runs a checker (none: any) says invalid, and how many runs are unknown."""
    hits = sum(1 for row in rows if (checker in row["invalid"] if checker else row["invalid"]))
    return hits, sum(1 for row in rows if row.get("verdict") not in ("valid", "invalid"))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", nargs="*")
    options.add_argument("--newest", action="store_true")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--jobs", type=int, default=2)
    given = options.parse_args()
    wrong = []
    # name: how it is fetched, the arguments of `interregnum test`, and the checker that objects (none: nobody).
    for row in json.loads((HERE / "rows.json").read_text()):
        name, checker = row["name"], row.get("checker")
        if given.names and name not in given.names:
            continue
        try:
            rows = run(name, row["test"], fetch(row["fetch"], given.newest, row), given.seeds, given.jobs)
        except OSError as error:
            print(f"{name}: not run: {error}")
            continue
        hits, unknown = found(rows, checker)
        low, high = interval(hits, len(rows))
        print(f"{name}: {checker or 'anything'} found in {hits} of {len(rows)} runs ({low:.0%} to {high:.0%}), {unknown} unknown")
        if not given.newest and checker is None and hits:
            wrong.append(name)
    for name in wrong:
        print(f"{name}: nothing should be found")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
