#!/usr/bin/env bash
# ZooKeeper 3.8.0: after an election the leader's zxid has the new epoch, and its followers' zxid has the old one until somebody writes.
#
# Expected: the upper half of a zxid is the epoch, ZooKeeper's term. A server that says "Mode: follower" beside "Mode: leader" has accepted
#   the leader's epoch, so `srvr` of both shows it.
# Seen: `srvr` shows the zxid that was processed last. A new leader sets its own to (epoch, 0) at once. A follower that has accepted the
#   epoch, and written it to its file currentEpoch, goes on showing the zxid of its last write: the epoch before.
# Why it matters: who polls `srvr` (or the mntr key zk_zxid) for terms sees a healthy follower stay in an old term without end, or a
#   leader whom nobody follows in its term. The file currentEpoch is the evidence; a zxid proves only that the epoch is not lower.
set -uo pipefail
folder=$(mktemp -d)
servers=()
finish() { for one in "${servers[@]}"; do kill "$one" 2>/dev/null; wait "$one" 2>/dev/null; done; rm -rf "$folder"; }
trap finish EXIT
cannot() { echo "not tried: $*"; exit 75; }

cd "$folder" || exit 75
apt-get download -qq libzookeeper-java=3.8.0-11+deb12u2 libcommons-cli-java libcommons-io-java libdropwizard-metrics-java libfindbugs-annotations-java \
  libjackson2-annotations-java libjackson2-core-java libjackson2-databind-java libnetty-java libslf4j-java libsnappy-java liblog4j1.2-java 2>/dev/null ||
  cannot "Debian's libzookeeper-java 3.8.0 is not to be had"
for package in ./*.deb; do dpkg -x "$package" root; done
command -v java >/dev/null || cannot "there is no java"
classes=$(printf ':%s' root/usr/share/java/{zookeeper,zookeeper-jute,commons-cli,commons-io,metrics-core,jackson-annotations,jackson-core,jackson-databind,slf4j-api,slf4j-nop,snappy-java,netty-all,netty-handler,netty-transport,netty-common,netty-buffer,netty-codec}.jar)
read -ra ports < <(python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(9)]
print(*(one.getsockname()[1] for one in held))')
for one in 1 2 3; do
  mkdir "n$one"
  echo "$one" >"n$one/myid"
  printf '%s\n' tickTime=500 initLimit=20 syncLimit=6 "dataDir=$folder/n$one" clientPortAddress=127.0.0.1 "clientPort=${ports[$((one - 1))]}" \
    '4lw.commands.whitelist=srvr' admin.enableServer=false "server.1=127.0.0.1:${ports[3]}:${ports[4]}" \
    "server.2=127.0.0.1:${ports[5]}:${ports[6]}" "server.3=127.0.0.1:${ports[7]}:${ports[8]}" >"n$one.cfg"
done
start() {
  java -Xmx128m -XX:TieredStopAtLevel=1 -cp "${classes#:}" org.apache.zookeeper.server.quorum.QuorumPeerMain "n$1.cfg" >>"log$1" 2>&1 &
  servers[$1]=$!
}
ask() {
  python3 - "${ports[$(($1 - 1))]}" <<'PYTHON'
import re, socket, sys
try:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2) as one:
        one.sendall(b"srvr")
        text = b""
        while part := one.recv(4096):
            text += part
    text = text.decode()
    print(re.search(r"Mode: (\w+)", text)[1], int(re.search(r"Zxid: (0x[0-9a-f]+)", text)[1], 16) >> 32)
except (OSError, TypeError):
    print("none 0")
PYTHON
}
# Waits until those that are named have a leader and follow it.
settled() {
  for _ in $(seq 200); do
    modes=$(for one in "$@"; do ask "$one"; done)
    [ "$(grep -c leader <<<"$modes")" = 1 ] && [ "$(grep -c follower <<<"$modes")" = $(($# - 1)) ] && return
    sleep 0.3
  done
  cannot "no leader within a minute"
}
for one in 1 2 3; do start $one; done
settled 1 2 3
leads=0
for one in 1 2 3; do [ "$(ask $one | cut -d' ' -f1)" = leader ] && leads=$one; done
echo "before: n$leads leads epoch $(cat "n$leads/version-2/currentEpoch")"
kill "${servers[$leads]}"
wait "${servers[$leads]}" 2>/dev/null
rest=()
for one in 1 2 3; do [ $one != $leads ] && rest+=($one); done
settled "${rest[@]}"
sleep 5   # Nothing that a moment more would change.
for one in "${rest[@]}"; do
  read -r mode epoch < <(ask "$one")
  accepted=$(cat "n$one/version-2/currentEpoch")
  echo "after: n$one is $mode; epoch in its zxid $epoch, in its file currentEpoch $accepted"
  [ "$mode" = leader ] && leader="$epoch $accepted" || follower="$epoch $accepted"
done
read -r shown accepted <<<"$leader"
read -r shown_there accepted_there <<<"$follower"
if [ "$shown" = "$accepted" ] && [ "$accepted_there" = "$accepted" ] && [ "$shown_there" -lt "$accepted" ]; then echo "as found"; else echo "changed"; exit 1; fi
