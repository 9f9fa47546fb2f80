#!/bin/sh
# A test that fails: `make check` first proves that this is seen.
echo "not ok 1 - planted"
echo "1..1"
