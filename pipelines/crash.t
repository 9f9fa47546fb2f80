#!/bin/bash
# Runs that are killed, and disks that fail, in small: kill-test and fault-test do it at length.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
here=$root/pipelines
export OMP_NUM_THREADS=1
"$here/kill-test" 3 iterations=2 batch=4 >"$tmp/out" 2>&1
ok $? "$(tail -n 1 "$tmp/out")" || sed 's/^/# /' "$tmp/out"
"$here/kill-test" 3 iterations=3 batch=4 mode=resident >"$tmp/out" 2>&1
ok $? "resident: $(tail -n 1 "$tmp/out")" || sed 's/^/# /' "$tmp/out"
if [ -e "${EMPG_BUILD:-$here/../build}/failing-io.so" ]; then
	"$here/fault-test" 127 >"$tmp/out" 2>&1
	ok $? "$(tail -n 1 "$tmp/out")" || sed 's/^/# /' "$tmp/out"
fi
finish
