#!/usr/bin/env python3
"""A Raft election node that meets Interregnum's node contract. Its arguments:
NAME HOST:PORT DATA_DIR MIN_MS MAX_MS HEARTBEAT_MS [PEER=HOST:PORT]..."""
import asyncio, json, os, random, sys, time
from contextlib import suppress

me, listen, data = sys.argv[1:4]
shortest, longest, interval = (int(ms) / 1000 for ms in sys.argv[4:7])
peers = dict(argument.split("=") for argument in sys.argv[7:])
links, votes, deadline = {}, set(), 0.0
role, term, vote, leader = "follower", 0, None, None

def become(*new):
    """One indivisible step: make term and vote durable, print one whole line. Whoever calls sends only afterwards."""
    global role, term, vote, leader
    if new[1:3] != (term, vote):
        with open(f"{data}/state.new", "w") as file:
            file.write(json.dumps(new[1:3])); file.flush(); os.fsync(file.fileno())
        os.replace(f"{data}/state.new", f"{data}/state")
        folder = os.open(data, os.O_RDONLY); os.fsync(folder); os.close(folder)
    role, term, vote, leader = new
    line = {"role": role, "term": term, "vote": vote, "leader": leader, "at": time.monotonic_ns()}
    os.write(1, json.dumps(line).encode() + b"\n")

def wait():
    global deadline
    deadline = time.monotonic() + random.uniform(shortest, longest)

def tell_all(kind):
    for writer in links.values():
        writer.write(json.dumps({"kind": kind, "term": term, "from": me}).encode() + b"\n")

def asked(kind, asked_term, sender):
    """A request: adopt a higher term first, then grant or follow; only these reset the timer."""
    if asked_term > term:
        become("follower", asked_term, None, None)
    ok = asked_term == term and (kind == "heartbeat" or vote in (None, sender))
    if ok and kind == "vote" and vote is None:
        become("follower", term, sender, leader)
    elif ok and kind == "heartbeat" and (role, leader) != ("follower", sender):
        become("follower", term, vote, sender)
    if ok:
        wait()
    return {"kind": kind, "asked": asked_term, "term": term, "ok": ok}

def answered(peer, reply):
    """A reply: it counts only if it and its request are of this very term."""
    if reply["term"] > term:
        become("follower", reply["term"], None, None)
    elif reply["kind"] == "vote" and reply["ok"] and reply["asked"] == reply["term"] == term:
        votes.add(peer)

async def serve(reader, writer):
    with suppress(OSError, ValueError):
        async for line in reader:
            request = json.loads(line)
            writer.write(json.dumps(asked(request["kind"], request["term"], request["from"])).encode() + b"\n")
    writer.close()

async def link(peer, host, port):
    """Keeps one connection to a peer. What cannot be sent now is not sent: the next round will do."""
    while True:
        with suppress(OSError, ValueError, asyncio.TimeoutError):
            reader, links[peer] = await asyncio.wait_for(asyncio.open_connection(host, port), 0.5)
            async for line in reader:
                answered(peer, json.loads(line))
        if peer in links:
            links.pop(peer).close()
        await asyncio.sleep(interval)

async def main():
    global term, vote, votes
    os.makedirs(data, exist_ok=True)
    with suppress(FileNotFoundError):
        term, vote = json.load(open(f"{data}/state"))
    become("follower", term, vote, None)
    wait()
    server = await asyncio.start_server(serve, *listen.rsplit(":", 1))
    tasks = [asyncio.create_task(link(peer, *address.rsplit(":", 1))) for peer, address in peers.items()]
    beat = 0.0
    while True:
        now = time.monotonic()
        if role == "candidate" and 2 * len(votes) > len(peers) + 1:
            become("leader", term, vote, me)
            beat = now
        if role == "leader" and now >= beat:
            tell_all("heartbeat")
            beat = now + interval
            wait()
        elif role != "leader" and now >= deadline:
            wait()
            votes = {me}
            become("candidate", term + 1, me, None)
            tell_all("vote")
        await asyncio.sleep(0.005)

asyncio.run(main())
