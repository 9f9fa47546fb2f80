# What the test scripts share; source it from the tree's root or anywhere.
# shellcheck shell=sh
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(cd "$(mktemp -d)" && pwd -P)
trap 'rm -rf "$tmp"' EXIT
taps=0 failed=0

# ok STATUS NAME: one test; returns STATUS.
ok() {
	taps=$((taps + 1))
	if [ "$1" -eq 0 ]; then echo "ok $taps - $2"; else
		echo "not ok $taps - $2"
		failed=1
	fi
	return "$1"
}

# status WANTED NAME COMMAND...: the exit status; its message is in $tmp/err.
status() {
	wanted=$1 name=$2
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	[ "$got" -eq "$wanted" ] || echo "# exit status $got, not $wanted: $(cat "$tmp/err")"
	ok "$((got != wanted))" "$name"
}

# is NAME GOT WANTED: the same text.
is() {
	[ "$2" = "$3" ] || printf 'got    %s\nwanted %s\n' "$2" "$3" | sed 's/^/# /'
	[ "$2" = "$3" ]
	ok $? "$1"
}

# says PATTERN NAME: what the last `status` command put on standard error.
says() {
	grep -q -- "$1" "$tmp/err"
	ok $? "$2"
}

# golden FILE NAME <OUTPUT: it is testdata/golden/FILE; EMPG_BLESS=1 rewrites that.
# Never behind a pipe: a subshell's count of tests and failures is lost.
golden() {
	cat >"$tmp/golden"
	if [ "${EMPG_BLESS:-}" = 1 ]; then cp "$tmp/golden" "$root/testdata/golden/$1"; fi
	diff "$root/testdata/golden/$1" "$tmp/golden" >"$tmp/diff"
	same=$?
	sed 's/^/# /' "$tmp/diff" | head -n 20
	ok "$same" "$2"
}

finish() {
	echo "1..$taps"
	exit "$failed"
}
