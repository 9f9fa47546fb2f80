"""What the peers share: a job read from trajectories, and the protocol of pipelines/bench.

A peer loads its model, works once to be warm, says "ready", and then does the job once for
each line on standard input, answering each with a line of JSON: tokens, seconds, peak_bytes.
"""
import json
import os
import resource
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"
OUT = os.dup(1)
os.dup2(2, 1)  # what libraries print is no answer


def trajectories(path):
    with open(path) as f:
        return [json.loads(line) for line in f]


def answer(text):
    os.write(OUT, (text + "\n").encode())


def report(**figures):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    answer(json.dumps({**figures, "peak_bytes": peak}))


def serve(job, warm=1):
    """job() does the work and returns figures; its seconds are added."""
    for _ in range(warm):
        job()
    answer("ready")
    for _ in sys.stdin:
        start = time.perf_counter()
        figures = job()
        report(**{"seconds": time.perf_counter() - start, **figures})
