#!/bin/sh
# Tries an archive of `make dist` in a root that holds nothing else: no libc, no shell, no other program. Shows that what it says is
# true: the version, `doctor`, a run of `chaos` with its verdict, a report. Needs root, or user namespaces.
#
#     docs/packaging/try.sh target/dist/interregnum-0.1.0-x86_64-linux.tar.gz [WORKLOAD]
#
# All mounts are made in a namespace of this script's own, so that none is left, however it ends. With WORKLOAD `none` no cluster
# is started: the report is then drawn of a stored run.
set -eu
archive=$(realpath "$1")
workload=${2:-chaos}
stored=$(realpath "$(dirname "$0")/../../harness/tests/cli/stored/valid-chaos")
if [ "${INTERREGNUM_TRY:-}" != inside ]; then
  if [ "$(id -u)" = 0 ]; then as=; else as=--map-root-user; fi
  # shellcheck disable=SC2086 # nothing, or one option
  INTERREGNUM_TRY=inside exec unshare --mount --pid --fork --kill-child $as "$0" "$archive" "$workload"
fi
mount --make-rprivate /
root=$(mktemp -d)
trap 'cd /; umount -R "$root" 2>/dev/null || true; rmdir "$root"' EXIT
mount -t tmpfs -o mode=755 none "$root"
mkdir "$root/proc" "$root/dev" "$root/tmp"
chmod 1777 "$root/tmp"
tar -xzf "$archive" -C "$root" --strip-components 1
cp -r "$stored" "$root/stored"
rm -f "$root/stored/report.html"
mount -t proc none "$root/proc"
mount --rbind /dev "$root/dev"

size=$(stat -c %s "$archive")
[ "$size" -lt 15000000 ] || { echo "the archive has $size bytes, and may have 15,000,000"; exit 1; }
for program in interregnum interregnum-node; do
  # A program that is linked dynamically names its loader, and a program with symbols has a table of them.
  if LC_ALL=C grep -qa '/lib.*/ld-' "$root/$program" && readelf -l "$root/$program" 2>/dev/null | grep -q INTERP; then
    echo "$program is not statically linked"; exit 1
  fi
  if readelf -S "$root/$program" 2>/dev/null | grep -q '\.symtab'; then echo "$program is not stripped"; exit 1; fi
done
# Nothing of this environment helps: no PATH, no HOME, no variables.
chroot=$(command -v chroot)
inside() { env -i TMPDIR=/tmp "$chroot" "$root" /interregnum "$@"; }
said() { grep -q "$1" "$root/tmp/said" || { cat "$root/tmp/said"; echo "nothing says: $1"; exit 1; }; }

inside --version | tee "$root/tmp/said"
said '^interregnum [0-9]'; said 'commit'; said 'schema'
inside doctor > "$root/tmp/said" || { cat "$root/tmp/said"; echo "doctor misses what every run needs"; exit 1; }
cat "$root/tmp/said"
said '^ok   verified kills and pauses'
inside report /stored > "$root/tmp/said"
grep -q '</html>' "$root/stored/report.html" || { echo "no page was written of the stored run"; exit 1; }
inside explain two-leaders-in-one-term > /dev/null
inside check /stored > "$root/tmp/said"
said VALID
if [ "$workload" != none ]; then
  code=0
  inside test "$workload" --seed 1 --out /tmp/out > "$root/tmp/said" || code=$?
  cat "$root/tmp/said"
  # A machine that is busy may leave too little to be judged.
  case $code in 0 | 2) ;; *) echo "the run ended with $code"; exit 1 ;; esac
  for file in verdict.json report.html junit.xml history.jsonl; do
    [ -s "$root/tmp/out/latest/$file" ] || { echo "the run has no $file"; exit 1; }
  done
  rm "$root/tmp/out/latest/report.html"
  inside report /tmp/out/latest > /dev/null
  [ -s "$root/tmp/out/latest/report.html" ]
fi
echo "the archive of $size bytes runs where nothing else is"
