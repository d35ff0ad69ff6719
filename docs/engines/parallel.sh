#!/bin/bash
# A campaign in shards with GNU parallel, here or on the machines that you can reach by ssh.
#
#   docs/engines/parallel.sh 8 --for 1h chaos
#   docs/engines/parallel.sh 8 --for 1h chaos -- --sshloginfile machines --return interregnum-parallel/shard-{}
#
# First how many shards, then what `interregnum soak` gets, then, after --, what `parallel` gets. `interregnum` has to be on
# the PATH of every machine. OUT names the folder. The same command again runs only the shards that the
# job log does not have, or has as failed; was the folder of a shard lost, take its line out of the job log.

set -euo pipefail
shards=${1:?how many shards}
shift
soak=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do soak+=("$(printf %q "$1")"); shift; done
[ $# -gt 0 ] && shift
interregnum=${INTERREGNUM:-interregnum}
out=${OUT:-interregnum-parallel}
mkdir -p "$out"

# One shard at a time on each machine: `soak` finds by itself how many clusters the machine carries. Exit codes 1 and 2 are
# results of a shard that is done; with any other the job log says that it failed, and the next call runs it again.
seq "$shards" | parallel --jobs 1 --joblog "$out/joblog" --resume-failed --workdir "$PWD" "$@" \
  "$interregnum soak ${soak[*]} --shard {}/$shards --out $out/shard-{}; [ \$? -le 2 ]" ||
  echo "some shards failed: see $out/joblog, and run the same again" >&2

exec "$interregnum" merge "$out" --out "$out-merged"
