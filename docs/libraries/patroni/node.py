#!/usr/bin/env python3
"""patroni_raft_controller that says what it does: node.py NAME CONFIG NAME=ADDRESS...

PYTHONPATH says where Patroni and PySyncObj are. All is Patroni's own: its class, its configuration, its loop. The private fields of PySyncObj
are read by the one thread that owns them, before every message that leaves it and after every tick.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from interregnum import say
from patroni import raft_controller
from patroni.dcs.raft import KVStoreTTL

name, config, *members = sys.argv[1:]
names = {address: node for node, address in (member.split("=") for member in members)}
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


class Told(KVStoreTTL):
    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        transport = self._SyncObj__transport
        send = transport.send

        # Every request and every answer leaves through the transport: the state is told first.
        def told(to, message):
            tell(self)
            return send(to, message)

        transport.send = told
        tell(self)

    def doTick(self, *arguments, **settings):
        super().doTick(*arguments, **settings)
        tell(self)


raft_controller.KVStoreTTL = Told
sys.argv = [sys.argv[0], config]
raft_controller.main()
