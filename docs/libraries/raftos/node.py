#!/bin/sh
"exec" "${PYTHON:-python3}" "$0" "$@"
"""One raftos node that says what it does: node.py DATA SELF NAME=ADDRESS...

PYTHONPATH says where the library is, PYTHON which Python runs it: it needs 3.9 or older. All of it runs in one thread. It is looked at after every message that it
has handled, after every change of its state, and before every message that leaves it.

It keeps the vote of an older term beside a new one, and the leader as well. So a vote counts as one of this term only if it was stored while
this term was.
"""
import asyncio
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
import raftos
from interregnum import say
from raftos import server, state, storage

data, name, *members = sys.argv[1:]
members = dict(member.split("=") for member in members)
names = {address: node for node, address in members.items()}
ROLES = {state.Follower: "follower", state.Candidate: "candidate", state.Leader: "leader"}
voted = {}  # the term in which the vote was stored
known = {}  # the term in which the leader was learnt


def tell(node):
    if not node.storage.exists("term"):
        return
    term, role = node.storage.term, ROLES[type(node.state)]
    vote = node.storage.cache.get("voted_for") if voted.get("term") == term else None
    leader = node.get_leader() if known.get("term") == term else None
    say(role, term, vote=names.get(vote), leader=names.get(leader))


def after(owner, method):
    """Tells what the state is once a method of it has ended."""
    original = getattr(owner, method)

    def told(self, *arguments):
        result = original(self, *arguments)
        tell(self)
        return result

    setattr(owner, method, told)


store = storage.FileDict.__setitem__


def stored(self, key, value):
    store(self, key, value)
    if key == "voted_for":
        voted["term"] = self["term"]


storage.FileDict.__setitem__ = stored
learn = state.State.set_leader


def learnt(self, leader):
    learn(self, leader)
    known["term"] = self.storage.term


state.State.set_leader = learnt
for method in ["start", "request_handler", "to_follower", "to_candidate", "to_leader"]:
    after(state.State, method)


async def main(loop):
    await raftos.register(members[name], cluster=list(members.values()), loop=loop)
    node = server.Node.nodes[0]
    send = node.transport.sendto

    def told(message, address):
        tell(node.state)
        send(message, address)

    node.transport.sendto = told


raftos.configure({"log_path": data, "serializer": raftos.serializers.JSONSerializer})
loop = asyncio.get_event_loop()
loop.create_task(main(loop))
loop.run_forever()
