#!/bin/bash
# Runs that are killed, and disks that fail, in small: kill-test and fault-test do it at length.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0 failed=0
ok() { # ok STATUS NAME
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; failed=1; fi
	return "$1"
}
export OMP_NUM_THREADS=1
"$here/kill-test" 3 iterations=2 batch=4 >"$tmp/out" 2>&1
ok $? "$(tail -n 1 "$tmp/out")" || sed 's/^/# /' "$tmp/out"
"$here/kill-test" 3 iterations=3 batch=4 mode=resident >"$tmp/out" 2>&1
ok $? "resident: $(tail -n 1 "$tmp/out")" || sed 's/^/# /' "$tmp/out"
if [ -e "${EMPG_BUILD:-$here/../build}/failing-io.so" ]; then
	"$here/fault-test" 127 >"$tmp/out" 2>&1
	ok $? "$(tail -n 1 "$tmp/out")" || sed 's/^/# /' "$tmp/out"
fi
echo "1..$n"
exit $failed
