#!/usr/bin/env bash
# Ceph's monitors 16.2.15: while one link of three is broken, two monitors win the election of one epoch, again and again.
#
# Expected: an election has one winner. A monitor that supports one candidate of an epoch supports no other in it, as a voter of Raft does.
# Seen: the default strategy is `classic`: the lowest rank wins. Monitor 2 defers to monitor 1, and then, in the same epoch, to monitor 0, because that
#   has the lower rank (`propose_classic_handler` in ElectionLogic.cc). Nobody tells monitor 1, which cannot hear monitor 0. Each of the two has counted two
#   of three when its five seconds are over, and both declare victory. Elections begin anew every few seconds while the link is broken.
# Why it matters: an election epoch is no term. Both monitors log "is new leader" for it, and a checker that holds them to one leader a term convicts them. No data is lost by it: Paxos has proposal numbers of its own.
#   Its makers describe it (https://github.com/ceph/ceph/pull/28607); the strategy for such networks is `connectivity`.
set -uo pipefail
cannot() { echo "not tried: $*"; exit 75; }
command -v python3 >/dev/null || cannot "there is no python3"
if [ "${1-}" != inside ]; then
  # A network of its own, in which a link can be broken: nothing outside is touched.
  unshare -Urn true 2>/dev/null || cannot "there are no user namespaces"
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  (cd "$folder" && apt-get download -qq {ceph-mon,ceph-base,librados2}=16.2.15+ds-0+deb12u2 libboost-iostreams1.74.0 libboost-thread1.74.0 libfmt9 \
    libibverbs1 libleveldb1d libnl-3-200 libnl-route-3-200 librdmacm1 libsnappy1v5 2>/dev/null) || cannot "Debian's ceph-mon 16.2.15 is not to be had"
  for package in "$folder"/*.deb; do dpkg -x "$package" "$folder/root"; done
  unshare -Urn "$0" inside "$folder"
  exit
fi

cd "$2" || exit 75
monitors=()
finish() { kill -CONT "${monitors[0]-}" 2>/dev/null; for one in "${monitors[@]}"; do kill "$one" 2>/dev/null; wait "$one" 2>/dev/null; done; }
trap finish EXIT
# Rules of routing are asked before the table of local addresses.
{ ip link set lo up && ip rule add pref 100 lookup local && ip rule del pref 0; } 2>/dev/null || cannot "no link can be broken"
export PATH=$PWD/root/usr/bin:$PATH
libraries=$PWD/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$libraries:$libraries/ceph
cat >ceph.conf <<CONF
[global]
fsid = 11111111-2222-3333-4444-555555555555
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_bind_msgr2 = false
ms_bind_before_connect = true
erasure_code_dir = $libraries/ceph/erasure-code
plugin_dir = $libraries/ceph
run_dir = $PWD
admin_socket = $PWD/\$name.asok
log_to_stderr = true
log_to_file = false
mon_cluster_log_to_file = false
mon_data_avail_crit = 1
debug_mon = 10
CONF
monmaptool --create --fsid 11111111-2222-3333-4444-555555555555 --add m0 127.0.0.1:6789 --add m1 127.0.0.2:6789 --add m2 127.0.0.3:6789 map >/dev/null ||
  cannot "monmaptool does not run"
for one in m0 m1 m2; do
  ceph-mon --mkfs -i "$one" -c ceph.conf --mon-data="$PWD/$one" --monmap=map 2>"$one.log" || { tail -3 "$one.log"; cannot "ceph-mon does not run"; }
  ceph-mon -f -i "$one" -c ceph.conf --mon-data="$PWD/$one" >>"$one.log" 2>&1 &
  monitors+=($!)
done
for _ in $(seq 300); do grep -q 'win_election epoch [0-9]* quorum 0,1,2' m0.log && break; sleep 0.1; done
grep -q 'win_election epoch [0-9]* quorum 0,1,2' m0.log || { tail -3 m0.log; cannot "the monitors elect nobody"; }
sleep 2
winners() { sed -n "s/.*mon\.$1@.* win_election epoch \([0-9]*\) quorum \([0-9,]*\) .*/\1 $1 \2/p" "$1.log"; }
echo "all links: epoch $(winners m0 | tail -1 | sed 's/ / is won by /; s/ \([0-9,]*\)$/, with \1/')"
ip rule add pref 50 from 127.0.0.1 to 127.0.0.2 unreachable
ip rule add pref 50 from 127.0.0.2 to 127.0.0.1 unreachable
echo "the link between m0 and m1 is broken"
# Left alone they elect every few seconds, and it is chance which of the two monitor 2 hears first. Here it is m1: monitor 2 begins an election (as an
# operator may make it, by `quorum enter`), and m0 answers half a second late.
begin() {
  python3 -c 'import socket
s = socket.socket(socket.AF_UNIX); s.connect("mon.m2.asok"); s.sendall(b"{\"prefix\":\"quorum enter\"}\0"); s.recv(4)'
}
twice=
for _ in $(seq 14); do
  kill -STOP "${monitors[0]}"
  begin
  sleep 0.5
  kill -CONT "${monitors[0]}"
  sleep 7
  twice=$({ winners m0; winners m1; } | cut -d' ' -f1 | sort -n | uniq -d)
  [ -n "$twice" ] && break
done
{ winners m0; winners m1; } | sort -n | tail -6 | sed 's/\([0-9]*\) \(m.\) \(.*\)/epoch \1 is won by \2, with \3/'
if [ -n "$twice" ]; then echo "as found"; else echo "changed"; exit 1; fi
