#!/usr/bin/env bash
# Redis Sentinel 7.0.15: a master that is removed and monitored again makes a sentinel vote a second time in one epoch.
#
# Expected: a sentinel gives one vote in an epoch, for the configuration keeps "current-epoch" and "leader-epoch" across restarts.
# Seen: leader-epoch belongs to the entry of the monitored master. SENTINEL REMOVE and SENTINEL MONITOR, which operators use to move or
#   rename a master, make a new entry with leader-epoch 0, while current-epoch stays. In the same epoch the sentinel then votes for
#   another candidate, and prints a second +vote-for-leader. SENTINEL RESET is different: it forgets for whom the vote was and does not
#   vote again.
# Why it matters: two sentinels may both win the failover of one epoch. A checker of votes must take an entry of a master, and not a
#   sentinel, as the voter, and start anew where the master was removed, or it convicts the program for what the operator did.
set -uo pipefail
folder=$(mktemp -d)
ended=()
finish() { for one in "${ended[@]}"; do kill "$one" 2>/dev/null; wait "$one" 2>/dev/null; done; rm -rf "$folder"; }
trap finish EXIT
cannot() { echo "not tried: $*"; exit 75; }

cd "$folder" || exit 75
version=5:7.0.15-1~deb12u10
apt-get download -qq "redis-tools=$version" "redis-sentinel=$version" libjemalloc2 liblzf1 liblua5.1-0 lua-bitop lua-cjson 2>/dev/null ||
  cannot "Debian's redis-tools $version is not to be had"
for package in ./*.deb; do dpkg -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/$(uname -m)-linux-gnu
server=$folder/root/usr/bin/redis-check-rdb   # One program under several names.
ln -s "$server" redis-server && ln -s "$server" redis-sentinel
read -r master sentinel < <(python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in held))')
./redis-server --port "$master" --bind 127.0.0.1 --dir "$folder" --save "" >master.log 2>&1 &
ended+=($!)
printf 'port %s\nbind 127.0.0.1\nsentinel monitor m 127.0.0.1 %s 2\n' "$sentinel" "$master" >sentinel.conf
./redis-sentinel sentinel.conf >sentinel.log 2>&1 &
ended+=($!)
ask() { ./root/usr/bin/redis-cli -p "$sentinel" "$@"; }
for _ in $(seq 300); do [ "$(ask ping 2>/dev/null)" = PONG ] && break; sleep 0.1; done
[ "$(ask ping)" = PONG ] || cannot "the sentinel does not answer"

# What another sentinel sends when it wants to be leader of epoch 10: the answer names whom this one votes for.
candidate() { printf "$1%.0s" $(seq 40); }
vote() { ask sentinel is-master-down-by-addr 127.0.0.1 "$master" 10 "$(candidate "$1")" | sed -n 2p | cut -c1-4; }
echo "epoch 10, asked by aaaa…:                        $(vote a)"
echo "epoch 10, asked by bbbb…:                        $(vote b)"
ask sentinel remove m >/dev/null
ask sentinel monitor m 127.0.0.1 "$master" 2 >/dev/null
second=$(vote b)
echo "epoch 10, after remove and monitor, by bbbb…:    $second"
votes=$(grep -c 'vote-for-leader.* 10$' sentinel.log)
echo "lines of +vote-for-leader in epoch 10:           $votes"
if [ "$second" = bbbb ] && [ "$votes" = 2 ]; then echo "as found"; else echo "changed"; exit 1; fi
