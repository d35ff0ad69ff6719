#!/bin/bash
# Tries slurm.sh for real: a Slurm of one node in a folder of its own, the array from submission to merge.
#
#   apt-get install -y slurm-wlm munge
#   docs/engines/try-slurm.sh target/release/interregnum
#
# As root (slurmd wants it). Everything it starts it ends, and it listens on loopback only. Prints what happened; ends
# with 0 when all shards were run and the merge found nothing missing.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
INTERREGNUM=$(realpath "${1:?the program: target/release/interregnum}")
export INTERREGNUM
shards=${2:-3}
for program in slurmctld slurmd munged sbatch; do
  PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || { echo "try-slurm: $program is missing: apt-get install slurm-wlm munge" >&2; exit 77; }
done
export PATH=$PATH:/usr/sbin

work=$(mktemp -d)
pids=()
finish() {
  status=$?
  trap - EXIT
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  if [ "$status" = 0 ]; then rm -rf "$work"; else echo "try-slurm: failed; see $work" >&2; fi
  exit "$status"
}
trap finish EXIT

mkdir -p "$work"/{state,spool,munge}
chmod 755 "$work"
host=$(hostname -s)
dd if=/dev/urandom of="$work/munge/key" bs=128 count=1 status=none
chmod 600 "$work/munge/key"
chmod 755 "$work/munge"
munged --foreground --force --key-file="$work/munge/key" --socket="$work/munge/socket" --pid-file="$work/munge/pid" \
  --log-file="$work/munge/log" --seed-file="$work/munge/seed" 2> "$work/munged.log" & pids+=($!)

# Ports that nothing else is likely to have, and that another trial beside this one does not.
port=$((20000 + $$ % 20000))
cat > "$work/slurm.conf" <<CONF
ClusterName=try
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
CommunicationParameters=NoCtldInAddrAny
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=try Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$work/slurm.conf
slurmctld -D 2> /dev/null & pids+=($!)
slurmd -D 2> /dev/null & pids+=($!)

for _ in $(seq 300); do
  if sinfo -h -o %t 2>/dev/null | grep -q '^\(idle\|mix\)'; then ready=1; break; fi
  sleep 0.2
done
[ "${ready:-}" = 1 ] || { echo "try-slurm: Slurm did not come up" >&2; tail -n 20 "$work"/*.log >&2; exit 70; }
echo "Slurm $(sinfo --version | cut -d' ' -f2) is up: $(sinfo -h -N -o '%N %t %c CPUs')"

cd "$work"
export OUT=$work/shards
# Small enough for a trial; a campaign with a number of runs, so that the merge knows exactly what it lacks.
what=(calm --runs "$((2 * shards))" --time 2s --nodes 3 --jobs 1)
job=$(sbatch --parsable --array="1-$shards" --cpus-per-task=1 --output="$work/task-%a.log" "$here/slurm.sh" "${what[@]}")
echo "submitted array $job of $shards tasks"
wait_for() {
  for _ in $(seq 360); do
    squeue -h -j "$1" 2>/dev/null | grep -q . || return 0
    sleep 0.5
  done
  echo "try-slurm: job $1 did not end within three minutes" >&2
  squeue >&2
  tail -n 20 "$work"/*.log >&2
  exit 70
}
wait_for "$job"
for task in $(seq "$shards"); do echo "task $task: $(tail -n 1 "$work/task-$task.log")"; done

# A shard is lost, the merge says which, and it is run again alone.
rm -rf "$OUT/shard-2"
"$INTERREGNUM" merge "$OUT" --out "$work/without" | tee "$work/without.log" || true
grep -q "shard 2/$shards is missing" "$work/without.log"
again=$(sbatch --parsable --array=2 --cpus-per-task=1 --export="ALL,INTERREGNUM_SHARDS=$shards" --output="$work/again.log" \
  "$here/slurm.sh" "${what[@]}")
wait_for "$again"

code=0
"$INTERREGNUM" merge "$OUT" --out "$work/whole" | tee "$work/whole.log" || code=$?
grep -q 'nothing is missing' "$work/whole.log"
[ "$code" = 0 ] || [ "$code" = 2 ] || { echo "try-slurm: the merge ended with $code" >&2; exit 1; }
[ "$(wc -l < "$work/whole/runs.jsonl")" = "$((2 * shards))" ]
echo "tried: an array of $shards shards, one of them lost and run again, merged to $((2 * shards)) runs"
