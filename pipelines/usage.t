#!/bin/bash
# Every script says what it does when it is asked, and does nothing it was not asked for.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
cd "$tmp" || exit 1
for script in "$root"/pipelines/*; do
	if [ -d "$script" ] || [ ! -x "$script" ]; then continue; fi
	name=${script##*/}
	case $name in
	*.t | *.py | collect-run | copy-checkpoint | install-debs | lint | publish) continue ;; # not for people
	esac
	status 0 "$name --help" timeout 20 "$script" --help
	[ "$(wc -l <"$tmp/out")" -ge 2 ] && [ ! -s "$tmp/err" ]
	ok $? "$name tells"
	status 64 "$name --nonsense" timeout 20 "$script" --nonsense
done
finish
