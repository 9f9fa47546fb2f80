#!/usr/bin/env python3
"""Time the Rust library `tokenizers`, on one thread, beside our bench.

compare.py BENCH DIR FILE.jsonl [ROUNDS]: the two take turns, ROUNDS (5)
times; prints the medians and whether the ids were the same.
"""
import json
import os
import statistics
import subprocess
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
from tokenizers import Tokenizer  # noqa: E402

BYTES = 10_000_000


def fnv(hash_, ids):
    for i in ids:
        hash_ = (hash_ ^ i) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return hash_


def main():
    bench, directory, path = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    with open(path) as f:
        texts = [v for line in f for v in json.loads(line).values()
                 if isinstance(v, str) and v]
    run, size = [], 0
    while size < BYTES:
        run.append(texts[len(run) % len(texts)])
        size += len(run[-1].encode())
    rust, ours = [], []
    for _ in range(rounds):
        t = Tokenizer.from_file(os.path.join(directory, "tokenizer.json"))
        start = time.perf_counter()
        for s in run:
            t.encode(s, add_special_tokens=False)
        rust.append(time.perf_counter() - start)
        hash_ = 0xCBF29CE484222325
        if not ours:
            for s in run:
                hash_ = fnv(hash_, t.encode(s, add_special_tokens=False).ids)
            expected = f"{hash_:016x}"
        result = json.loads(subprocess.run(
            [bench, directory, path], capture_output=True,
            check=True).stdout)
        ours.append(result["seconds"])
    print(json.dumps(dict(
        bytes=size, same=result["hash"] == expected,
        rust_seconds=round(statistics.median(rust), 3),
        ours_seconds=round(statistics.median(ours), 3),
        rust=[round(x, 3) for x in rust], ours=ours)))


main()
