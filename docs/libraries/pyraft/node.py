#!/usr/bin/env python3
"""One pyraft node that says what it does: node.py DATA SELF NAME=ADDRESS...

PYTHONPATH says where the library is. One thread owns state and term. It tells them before every message that it sends, and after every turn of
its loop. Between the two fields of a winner (it leads, and its term is ten higher) nothing is sent. Votes are not remembered by the library, so
none is told.
"""
import logging
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from interregnum import say
from pyraft.protocol.base import base_io
from pyraft.raft import RaftNode

data, name, *members = sys.argv[1:]
members = dict(member.split("=") for member in members)
ROLES = {"f": "follower", "c": "candidate", "l": "leader"}
os.chdir(data)  # it writes its log into the working directory
logging.getLogger("pyraft").setLevel(logging.WARNING)


def tell(node):
    leader = name if node.state == "l" else None
    if node.state == "f":
        leader = next((nid for nid, peer in node.get_peers().items() if peer.state == "l"), None)
    say(ROLES[node.state], node.term, leader=leader)


class Told(RaftNode):
    def leader_election(self):
        owner = threading.current_thread()
        for method in ["write", "raw_write"]:
            self.told(method, owner)
        tell(self)
        super().leader_election()

    def told(self, method, owner):
        original = getattr(base_io, method)

        def write(connection, message):
            if threading.current_thread() is owner:
                tell(self)
            return original(connection, message)

        setattr(base_io, method, write)

    def raft_connect(self):
        tell(self)  # the beginning of each turn
        super().raft_connect()


node = Told(name, members[name], {other: address for other, address in members.items() if other != name})
node.start()
node.join()
