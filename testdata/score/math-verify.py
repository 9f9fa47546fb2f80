#!/usr/bin/env python3
"""What math-verify says of pairs of answers, beside their labels.

usage: math-verify.py PAIRS.tsv
Prints the pairs (class, gold, given, label, reason) with math-verify's verdict and
its seconds, as lib/score/cases_test prints ours.  Needs `pip install math-verify`.
"""
import logging
import sys
import time

from math_verify import parse, verify

LIMIT = 2  # seconds for each of the three steps, which can hang


def read(text):
    return parse("\\boxed{" + text + "}", parsing_timeout=LIMIT)


def main():
    logging.disable(logging.CRITICAL)
    for line in open(sys.argv[1], encoding="utf-8"):
        if line.startswith("#"):
            continue
        row = line.rstrip("\n").split("\t")[:5]
        begin = time.monotonic()
        try:
            verdict = int(verify(read(row[1]), read(row[2]), timeout_seconds=LIMIT))
        except BaseException:  # its timeouts are not all Exceptions
            verdict = 0
        print(*row, verdict, f"{time.monotonic() - begin:.2f}", sep="\t", flush=True)


if __name__ == "__main__":
    main()
