"""Interregnum from pytest: python3 -m pytest test_election.py

INTERREGNUM is the program (default: the one on PATH), SYSTEM your system file.
"""
import os
import subprocess

import pytest

PROGRAM = os.environ.get("INTERREGNUM", "interregnum")
SYSTEM = os.environ.get("SYSTEM", "./my.toml")


@pytest.mark.parametrize("seed", [1, 2])
def test_no_promise_of_an_election_is_broken(seed, tmp_path):
    command = [PROGRAM, "test", "re-election", "--by", "kill", "--system", SYSTEM, "--seed", str(seed), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode in (2, 70):  # too little was seen, or the machine failed: nothing is proved
        pytest.skip(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
