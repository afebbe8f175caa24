#!/bin/bash
# A campaign in eight shards. To be changed: the array, the seed, the time (Slurm's a little longer than the campaign's).
#SBATCH --job-name=yingzhou-fuzz
#SBATCH --array=1-8
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
#SBATCH --time=01:10:00
#SBATCH --requeue
# What was found is written when a task is told to end.
#SBATCH --signal=TERM@60

srun npx yingzhou fuzz --shard auto --seed 1 --time 1h --workers "${SLURM_CPUS_PER_TASK:-2}" \
  --out "fuzz/shard-$SLURM_ARRAY_TASK_ID"
code=$?
# A breach is a result, not a failure.
[ "$code" -le 1 ]
