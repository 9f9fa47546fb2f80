#!/bin/sh
# check-cuda on tests that are none, and what carry takes along.
# shellcheck disable=SC1091,SC2154 # tap.sh is checked by itself
. "$(dirname "$0")/../tools/tap.sh"
mkdir -p "$tmp/build/kernels" "$tmp/build/lib/model"
# shellcheck disable=SC2016 # for the test to expand
test_of() { # test_of NAME STATUS
	printf '#!/bin/sh\necho "1..1 of %s on $EMPG_CHECK_CUDA $EMPG_CHECK_SMALL"\nexit %s\n' "$1" "$2" >"$tmp/build/$1"
	chmod +x "$tmp/build/$1"
}
test_of kernels/device_a_test 0
test_of kernels/device_b_test 1
test_of lib/model/device_c_test 0
cd "$tmp" || exit
EMPG_BUILD=$tmp/build GPU=3 status 1 "a test that fails is a failure" "$root/pipelines/check-cuda"
grep -q '^1\.\.1 of lib/model/device_c_test on 3 $' check-cuda.tap && grep -qx '# 3 runs, 1 failed: device_b_test' check-cuda.tap
ok $? "the others run all the same, and the end says which failed"
sed -i 's/1\.\.1 of/1..0 # SKIP/' build/lib/model/device_c_test
EMPG_BUILD=$tmp/build ONLY=c_test OUT=skip.tap status 1 "nor is a test passed that was skipped" "$root/pipelines/check-cuda"
sed -i 's/1\.\.0 # SKIP/1..1 of/' build/lib/model/device_c_test
EMPG_BUILD=$tmp/build ONLY='a_test|c_test' OUT=some.tap status 0 "ONLY some" "$root/pipelines/check-cuda"
mkdir bin
# shellcheck disable=SC2016
printf '#!/bin/sh\nfor last; do :; done\necho "$2"\nexec "$last"\n' >bin/compute-sanitizer
chmod +x bin/compute-sanitizer
EMPG_BUILD=$tmp/build PATH=$tmp/bin:$PATH ONLY=a_test OUT=tools.tap status 0 "under the sanitizer's tools" "$root/pipelines/check-cuda" memcheck racecheck
grep -q '^racecheck$' tools.tap && grep -q 'device_a_test on 0 1$' tools.tap && grep -q '^# 2 runs, 0 failed$' tools.tap
ok $? "each of them, on small shapes"
rm -r "$tmp/build"
mkdir "$tmp/build"
EMPG_BUILD=$tmp/build status 66 "no tests at all" "$root/pipelines/check-cuda"

status 0 "carry" "$root/pipelines/carry" away
env -i LD_LIBRARY_PATH="$tmp/away/so" away/empg-eval --version >version && [ -s version ] && [ ! -e away/so/libc.so.6 ] &&
	[ -e away/so/libcmocka.so.0 ] && [ -x away/jq ] && [ -x away/kernels/device_rows_test ]
ok $? "the programs run with the libraries beside them"
finish
