#!/bin/bash
# Tries parallel.sh for real, on this machine: three shards, one of them lost, run again, merged.
#
#   apt-get install -y parallel
#   docs/engines/try-parallel.sh target/release/interregnum

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
INTERREGNUM=$(realpath "${1:?the program: target/release/interregnum}")
export INTERREGNUM
# moreutils has a program of the same name.
parallel --version 2>/dev/null | grep -q "^GNU parallel" ||
  { echo "try-parallel: GNU parallel is missing: apt-get install parallel" >&2; exit 77; }

work=$(mktemp -d)
trap 'status=$?; [ "$status" = 0 ] && rm -rf "$work" || echo "try-parallel: failed; see $work" >&2; exit "$status"' EXIT
cd "$work"
export OUT=$work/shards
what=(3 calm --runs 6 --time 2s --nodes 3 --jobs 1)

# 0 valid or 2 unknown (a busy machine): both are results of a campaign that is whole.
merged() {
  code=0
  "$here/parallel.sh" "${what[@]}" -- --will-cite 2>&1 | tee "$work/log" || code=$?
  [ "$code" = 0 ] || [ "$code" = 2 ]
}
merged
grep -q 'nothing is missing' "$work/log"
[ "$(wc -l < "$OUT-merged/runs.jsonl")" = 6 ]

rm -rf "$OUT/shard-2" "$OUT-merged"
code=0
"$INTERREGNUM" merge "$OUT" --out "$work/without" | tee "$work/log" || code=$?
[ "$code" = 2 ]
grep -q 'shard 2/3 is missing' "$work/log"

# The job log says that shard 2 was done; whoever lost its folder takes it out.
sed -i '/shard 2\/3\|--shard 2\//d' "$OUT/joblog"
merged
grep -q 'nothing is missing' "$work/log"
echo "tried: three shards, one of them lost and run again, merged to 6 runs"
