#!/bin/bash
# A campaign as a Slurm job array: each task runs one shard on one node.
#
#   sbatch docs/engines/slurm.sh                              # eight shards, ten minutes each
#   sbatch --array=1-32 --time=09:00:00 docs/engines/slurm.sh --for 8h
#   sbatch --dependency=afterany:JOBID --wrap "interregnum merge interregnum-JOBID --out night"
#
# What follows the script's name goes to `interregnum soak`. OUT names the folder on a file system that all nodes see.
# Was a shard lost, run it again alone; its id is then its number, and INTERREGNUM_SHARDS says of how many:
#
#   sbatch --array=3 --export=ALL,INTERREGNUM_SHARDS=8,OUT=interregnum-JOBID docs/engines/slurm.sh
#
# Slurm calls a task FAILED whose exit code is not 0: 1 is a finding and 2 "cannot be said", and both shards are done.
# So merge with `afterany`, and believe the exit code of the merge.

#SBATCH --job-name=interregnum
#SBATCH --array=1-8
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --time=00:20:00
#SBATCH --no-requeue
#SBATCH --output=interregnum-%A-%a.log
# A minute before its time is up, the shard is asked to end: it then writes everything and can be gone on with.
#SBATCH --signal=B:TERM@60

set -euo pipefail
out=${OUT:-interregnum-$SLURM_ARRAY_JOB_ID}

# `exec`: the signal goes to the shell of the batch script, which has to be the program itself.
exec "${INTERREGNUM:-interregnum}" soak "$@" --shard-from slurm --out "$out/shard-$SLURM_ARRAY_TASK_ID"
