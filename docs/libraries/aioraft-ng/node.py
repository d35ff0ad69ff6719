#!/bin/sh
"exec" "${PYTHON:-python3}" "$0" "$@"
"""One aioraft-ng node that says what it does: node.py SELF NAME=ADDRESS...

PYTHONPATH says where the library is, PYTHON which Python runs it: it wants 3.10 and the gRPC of its day. All of it runs in one thread. It is
looked at before every message that leaves it, and in the next turn of the loop after each change of its state: its callback comes between the
change of the term and that of the vote.
"""
import asyncio
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from aioraft import Raft
from aioraft.client import GrpcRaftClient
from aioraft.server import GrpcRaftServer
from interregnum import say

name, *members = sys.argv[1:]
members = dict(member.split("=") for member in members)
names = {address: node for node, address in members.items()}
led = {}  # the term of the leader that was heard of


def tell(raft):
    term, role = raft.current_term, raft._Raft__state.name.lower()
    leader = name if role == "leader" else led.get(term) if role == "follower" else None
    say(role, term, vote=names.get(raft.voted_for), leader=leader)


class Told(Raft):
    async def on_append_entries(self, **request):
        answer = await super().on_append_entries(**request)
        if answer[1]:
            led[request["term"]] = names[request["leader_id"]]
        tell(self)
        return answer

    async def on_request_vote(self, **request):
        answer = await super().on_request_vote(**request)
        tell(self)
        return answer


class Client(GrpcRaftClient):
    async def append_entries(self, **request):
        tell(raft)
        return await super().append_entries(**request)

    async def request_vote(self, **request):
        tell(raft)
        return await super().request_vote(**request)


async def main():
    global raft
    loop = asyncio.get_running_loop()
    host, port = members[name].rsplit(":", 1)
    server = GrpcRaftServer()
    raft = await Told.new(
        members[name],
        server=server,
        client=Client(),
        configuration=[address for other, address in members.items() if other != name],
        on_state_changed=lambda state: loop.call_soon(tell, raft),
    )
    tell(raft)
    await asyncio.gather(server.run(host=host, port=int(port)), raft.main())


asyncio.run(main())
