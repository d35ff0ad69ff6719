#!/usr/bin/env python3
"""One PySyncObj node that says what it does: node.py JOURNAL(yes|no) DATA SELF NAME=ADDRESS...

PYTHONPATH says where the library is. It has no callback for terms and votes, so its private fields are read: by the one thread that
owns them, before every message that leaves it and after every tick.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from interregnum import say
from pysyncobj import SyncObj, SyncObjConf

journal, data, name, *members = sys.argv[1:]
members = dict(member.split("=") for member in members)
names = {address: node for node, address in members.items()}
ROLES = ["follower", "candidate", "leader"]


def tell(node):
    def private(field):
        return getattr(node, "_SyncObj__" + field)

    leader = private("raftLeader")
    say(
        ROLES[private("raftState")],
        private("raftCurrentTerm"),
        vote=names.get(private("votedForNodeId")),
        leader=None if leader is None else names[leader.id],
    )


conf = SyncObjConf(autoTick=False, journalFile=f"{data}/journal" if journal == "yes" else None, connectionRetryTime=1.0)
node = SyncObj(members[name], [address for other, address in members.items() if other != name], conf)

# Every request and every answer leaves through the transport: the state is told first.
transport = node._SyncObj__transport
send = transport.send


def told(to, message):
    tell(node)
    return send(to, message)


transport.send = told
tell(node)
while True:
    node.doTick(0.02)
    tell(node)
