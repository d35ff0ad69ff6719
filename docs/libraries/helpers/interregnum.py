"""Says what a node does, as Interregnum reads it: copy this file beside yours.

    from interregnum import say
    say("leader", 7, vote="n1", leader="n1")

Call it inside the transition: after term and vote are durable, and before anything is sent, replied or counted. What a node does
not know it leaves out; None is *known to be none*.
"""
import json
import os
import threading
import time

_UNKNOWN = object()
_lock = threading.Lock()
_last = None


def say(role, term, vote=_UNKNOWN, leader=_UNKNOWN, log=_UNKNOWN):
    """Prints one whole line by one write, if anything has changed since the last."""
    global _last
    given = {"role": role, "term": term, "vote": vote, "leader": leader, "log": log}
    state = {key: value for key, value in given.items() if value is not _UNKNOWN}
    with _lock:  # lines keep the order of the changes, whichever thread makes them
        if state == _last:
            return
        _last = state
        # Not print(): its buffer would let the line wait until something has been sent.
        os.write(1, json.dumps({**state, "at": time.monotonic_ns()}).encode() + b"\n")
