#!/usr/bin/env bash
# Redis Sentinel 7.0.15: SENTINEL FAILOVER elects a leader by its own vote alone, so two sentinels are "+elected-leader" of one epoch.
#
# Expected: `+elected-leader` is printed by the sentinel that won the votes of a majority for its epoch, so no epoch has two. The
#   documentation of SENTINEL FAILOVER says that it does not ask the others for agreement about the *failure*.
# Seen: it does not ask them for their vote either. The sentinel takes the next epoch, votes for itself and prints +elected-leader in the
#   same moment; the third of three never votes. Two operators, or one script that loops over the sentinels, make two elected leaders
#   of epoch 1.
# Why it matters: whoever takes `+elected-leader` lines for elections convicts a healthy cluster of two leaders of one epoch. A line
#   counts only where no failover was forced; the line "Executing user requested FAILOVER" before it is all that says so.
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
read -ra ports < <(python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(5)]
print(*(one.getsockname()[1] for one in held))')
ask() { ./root/usr/bin/redis-cli -p "$@"; }
wait_for() { for _ in $(seq 300); do "$@" && return; sleep 0.1; done; cannot "this did not come: $*"; }
answers() { [ "$(ask "$1" ping 2>/dev/null)" = PONG ]; }

mkdir master replica
./redis-server --port "${ports[0]}" --bind 127.0.0.1 --dir "$folder/master" --save "" >master.log 2>&1 &
ended+=($!)
./redis-server --port "${ports[1]}" --bind 127.0.0.1 --dir "$folder/replica" --save "" --replicaof 127.0.0.1 "${ports[0]}" >replica.log 2>&1 &
ended+=($!)
wait_for answers "${ports[0]}"
wait_for answers "${ports[1]}"
for one in 2 3 4; do
  printf 'port %s\nbind 127.0.0.1\nsentinel monitor m 127.0.0.1 %s 2\n' "${ports[$one]}" "${ports[0]}" >"sentinel$one.conf"
  ./redis-sentinel "sentinel$one.conf" >"sentinel$one.log" 2>&1 &
  ended+=($!)
done
# Each knows the two other sentinels and the replica.
knows() { answers "$1" && ask "$1" sentinel master m | paste - - | grep -qx "num-other-sentinels	2" && ask "$1" sentinel master m | paste - - | grep -qx "num-slaves	1"; }
for one in 2 3 4; do wait_for knows "${ports[$one]}"; done

ask "${ports[2]}" sentinel failover m >first & asked=$!
ask "${ports[3]}" sentinel failover m >second
wait "$asked"
elected() { grep -q elected-leader "sentinel$1.log"; }
wait_for elected 2
wait_for elected 3
for one in 2 3 4; do
  echo "sentinel $((one - 1)):"
  grep -oE '[+-](new-epoch|try-failover|vote-for-leader|elected-leader|switch-master).*' "sentinel$one.log" | sed -E 's/[0-9a-f]{40}/…/g; s/^/  /' | head -8
done
epoch() { sed -nE '/elected-leader/q; s/.*\+new-epoch ([0-9]+).*/\1/p' "sentinel$1.log" | tail -1; }
votes() { sed '/switch-master/q' "sentinel$1.log" | grep -c vote-for-leader; }
echo "elected in epochs $(epoch 2) and $(epoch 3), by votes that were printed by each: $(votes 2), $(votes 3) and $(votes 4)"
if [ "$(epoch 2)" = "$(epoch 3)" ] && [ "$(votes 2) $(votes 3) $(votes 4)" = "1 1 0" ]; then echo "as found"; else echo "changed"; exit 1; fi
