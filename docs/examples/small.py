#!/usr/bin/env python3
"""Raft elections in sixty lines that meet the node contract: small.py NAME LISTEN DATA PEER=ADDRESS ..."""
import json, os, random, socket, socketserver, sys, threading, time
name, listen, data, *peers = sys.argv[1:]
peers = [peer.split("=")[1] for peer in peers]
lock, grants, deadline, beat = threading.RLock(), set(), time.monotonic() + random.uniform(.15, .3), 0
os.makedirs(data, exist_ok=True)
stored = json.load(open(f"{data}/state")) if os.path.exists(f"{data}/state") else (0, None)
state = {}
def become(**new):  # durable first, then one whole line, and only then may anybody hear of it
    global state, deadline
    deadline = time.monotonic() + random.uniform(.15, .3)
    if new.items() <= state.items():
        return
    state = {**state, **new}
    with open(f"{data}/new", "w") as file:
        json.dump((state["term"], state["vote"]), file); file.flush(); os.fsync(file.fileno())
    os.replace(f"{data}/new", f"{data}/state")
    folder = os.open(data, os.O_RDONLY); os.fsync(folder); os.close(folder)
    os.write(1, json.dumps({**state, "at": time.monotonic_ns()}).encode() + b"\n")
def adopt(term):
    keep = deadline
    if term > state["term"]:
        become(role="follower", term=term, vote=None, leader=None)
        globals()["deadline"] = keep  # a higher term alone does not reset the timer
def answer(ask):
    with lock:
        adopt(ask["term"])
        ok = ask["term"] == state["term"] and (ask["kind"] == "beat" or state["vote"] in (None, ask["from"]))
        if ok:
            become(**{"vote": ask["from"]} if ask["kind"] == "vote" else {"role": "follower", "leader": ask["from"]})
        return {"term": state["term"], "ok": ok}
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(json.dumps(answer(json.loads(self.rfile.readline()))).encode() + b"\n")
def call(address, ask):
    try:
        with socket.create_connection(address.rsplit(":", 1), .1) as link:
            link.sendall(json.dumps(ask).encode() + b"\n")
            reply = json.loads(link.makefile().readline())
    except (OSError, ValueError):
        return
    with lock:
        adopt(reply["term"])
        if reply["ok"] and (ask["kind"], "candidate", ask["term"]) == ("vote", state["role"], state["term"]):
            grants.add(address)
            if 2 * (len(grants) + 1) > len(peers) + 1:
                become(role="leader", leader=name)
become(role="follower", term=stored[0], vote=stored[1], leader=None)
socketserver.ThreadingTCPServer.allow_reuse_address = socketserver.ThreadingTCPServer.daemon_threads = True
server = socketserver.ThreadingTCPServer((listen.rsplit(":", 1)[0], int(listen.rsplit(":", 1)[1])), Handler)
server.handle_error = lambda *_: None  # a request that was cut off
threading.Thread(target=server.serve_forever, daemon=True).start()
while True:
    with lock:
        leads, now = state["role"] == "leader", time.monotonic()
        if not leads and now > deadline:
            grants.clear(); become(role="candidate", term=state["term"] + 1, vote=name, leader=None); beat = 0
        if (leads or state["role"] == "candidate") and now > beat:
            ask = {"kind": "beat" if leads else "vote", "term": state["term"], "from": name}
            beat = now + .05 if leads else now + .2
            [threading.Thread(target=call, args=(peer, ask), daemon=True).start() for peer in peers]
    time.sleep(.005)
