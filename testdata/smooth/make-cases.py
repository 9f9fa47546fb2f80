#!/usr/bin/env python3
"""Write cases.jsonl: records, empg-smooth's options, and what numpy makes of them.

A line is {"name", "options": [...], "records": [...], "want": [{field: number or array}, ...]}.
The methods are written down here a second time, from their papers, in a few lines each.
"""
import json
import numpy as np

EPS = 1e-6
rng = np.random.default_rng(6)
cases = []


def groups(ids):
    starts = [i for i in range(len(ids)) if i == 0 or ids[i] != ids[i - 1]]
    return [slice(a, b) for a, b in zip(starts, starts[1:] + [len(ids)])]


def batches(ids, size):
    out, start = [], 0
    for g in groups(ids):
        if g.stop - start >= size:
            out.append(slice(start, g.stop))
            start = g.stop
    return out + ([slice(start, len(ids))] if start < len(ids) else [])


def deviation(R, ddof):
    # Equal numbers have none, though their mean may be rounded.
    return R.std(ddof=ddof) if len(R) > ddof and np.ptp(R) > 0 else 0.0


def mean(R):
    return R.mean() if np.ptp(R) > 0 else R[0]


def empg(R, X=1.0):
    s = deviation(R, 0)
    r = np.full(len(R), 0.5) if s == 0 else 1 / (1 + np.exp(-X * (R - mean(R)) / s))
    return r, mean(r) * np.ones(len(R)), r - mean(r)


def loo(R):
    b = np.array([mean(np.delete(R, i)) if len(R) > 1 else R[i] for i in range(len(R))])
    return R, b, R - b


def centred(R):
    return R, mean(R) * np.ones(len(R)), R - mean(R)


def grpo(R):
    return R, mean(R) * np.ones(len(R)), (R - mean(R)) / (deviation(R, 1) + EPS)


def gae(R, V, gamma, lam):
    A, last, after = np.zeros(len(V)), 0.0, 0.0
    for t in reversed(range(len(V))):
        last = (R if t == len(V) - 1 else 0.0) + gamma * after - V[t] + gamma * lam * last
        A[t], after = last, V[t]
    return A


def whiten(As):
    x = np.concatenate(As)
    return [(a - mean(x)) / np.sqrt(deviation(x, 1) ** 2 + 1e-8) for a in As]


def reinforce(R, parts, momentum=None):
    b, before = np.zeros(len(R)), None
    for p in parts:
        own = mean(R[p])
        b[p] = own if before is None else before
        before = mean(R[: p.stop]) if momentum is None else momentum * b[p][0] + (1 - momentum) * own
    return R, b, R - b


def over(parts, method, R):
    out = [np.concatenate(x) for x in zip(*[method(R[p]) for p in parts])]
    return out


def add(name, options, ids, R, want, values=None):
    records = [{"id": f"p{i}", "reward": float(r)} for i, r in zip(ids, R)]
    for r, v in zip(records, values or []):
        r["response_tokens"], r["values"] = list(range(len(v))), [float(x) for x in v]
    plain = [{k: np.asarray(v).tolist() for k, v in w.items()} for w in want]
    cases.append({"name": name, "options": options, "records": records, "want": plain})


def numbers(name, options, ids, R, found):
    add(name, options, ids, R, [{"return": r, "baseline": b, "advantage": a} for r, b, a in zip(*found)])


# Groups of four, three, one, two and five; one of them with equal rewards, one of one.
IDS = [0] * 4 + [1] * 3 + [2] + [3] * 2 + [4] * 5
REWARDS = {
    "right or wrong": [1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0],
    "graded": [0.1, 0.7, 0.25, 0.1, 0.3, 0.3, 0.3, -2.5, 1.5, 1.25, 0.1, 0.2, 0.3, 0.4, 0.5],
    "all equal": [0.1] * 15,
    "large and small": [1e3, 1e3 + 1, 1e3, 1e3 + 2, 3, 3, 3, 4, 1e-9, 2e-9, 0, 0, 1e-9, 1, -1e3],
}
for kind, R in REWARDS.items():
    R = np.array(R, float)
    ids, whole = IDS, [slice(0, len(IDS))]
    numbers(f"empg, {kind}", [], ids, R, over(whole, empg, R))
    numbers(f"empg in groups, {kind}", ["--scope", "group"], ids, R, over(groups(ids), empg, R))
    numbers(f"empg, mini-batches of 6, {kind}", ["--batch", "6"], ids, R, over(batches(ids, 6), empg, R))
    numbers(f"empg, temper 3, {kind}", ["--temper", "3"], ids, R, over(whole, lambda R: empg(R, 3), R))
    numbers(f"rloo, {kind}", ["--method", "rloo"], ids, R, over(groups(ids), loo, R))
    numbers(f"grpo, {kind}", ["--method", "grpo"], ids, R, over(groups(ids), grpo, R))
    numbers(f"grpo of the mini-batch, {kind}", ["--method", "grpo", "--scope", "batch"], ids, R, over(whole, grpo, R))
    numbers(f"dr-grpo, {kind}", ["--method", "dr-grpo"], ids, R, over(groups(ids), centred, R))
    numbers(f"raw, {kind}", ["--method", "raw"], ids, R, (R, 0 * R, R))
    numbers(f"raw less the others, {kind}", ["--method", "raw", "--baseline", "loo"], ids, R, over(whole, loo, R))
    numbers(f"raw less a number, {kind}", ["--method", "raw", "--baseline", "0.4"], ids, R, (R, 0 * R + 0.4, R - 0.4))
    numbers(f"sft, {kind}", ["--method", "sft"], ids, R, (0 * R + 1, 0 * R, 0 * R + 1))
    numbers(f"reinforce, {kind}", ["--method", "reinforce", "--batch", "4"], ids, R, reinforce(R, batches(ids, 4)))
    numbers(f"reinforce in one, {kind}", ["--method", "reinforce"], ids, R, reinforce(R, whole))
    numbers(f"reinforce with momentum, {kind}", ["--method", "reinforce", "--batch", "1", "--momentum", "0.9"], ids, R,
            reinforce(R, batches(ids, 1), 0.9))

R = np.array(REWARDS["right or wrong"], float)
keep = np.concatenate([np.arange(g.start, g.stop) for g in groups(IDS) if np.ptp(R[g]) > 0])
dropped = [IDS[i] for i in keep]
found = over(groups(dropped), loo, R[keep])
add("rloo without degenerate groups", ["--method", "rloo", "--drop-degenerate"], IDS, R,
    [{"return": r, "baseline": b, "advantage": a} for r, b, a in zip(*found)])
found = over(batches(dropped, 6), empg, R[keep])
add("empg without degenerate groups, mini-batches of 6", ["--drop-degenerate", "--batch", "6"], IDS, R,
    [{"return": r, "baseline": b, "advantage": a} for r, b, a in zip(*found)])
add("star", ["--method", "star"], IDS, R, [{"return": 1, "baseline": 0, "advantage": 1} for r in R if r > 0])

# Responses of 1 to 9 tokens, with values as a float prints.
IDS = [0, 0, 0, 1, 1, 1]
R = np.array([1, 0, 0.5, 0, 0, 0])
V = [[float(str(np.float32(v))) for v in rng.normal(0.4, 0.5, n)] for n in (5, 1, 9, 2, 3, 1)]


def by_token(name, options, advantages, returns, given, R=R, V=V):
    add(name, options, IDS, R, [{"return": g, "advantage": a, "returns": r}
        for g, a, r in zip(given, advantages, returns)], V)


for gamma, lam in ((1, 1), (1, 0.95), (0.99, 0.95), (0.9, 0), (0, 1), (0.5, 0.5)):
    options = ["--method", "ppo", "--gamma", str(gamma), "--lambda", str(lam)]
    A = [gae(r, v, gamma, lam) for r, v in zip(R, V)]
    targets = [a + v for a, v in zip(A, V)]
    by_token(f"ppo, gamma {gamma}, lambda {lam}, as they are", options + ["--no-whiten"], A, targets, R)
    by_token(f"ppo, gamma {gamma}, lambda {lam}", options, whiten(A), targets, R)
    parts = [whiten(A[p]) for p in batches(IDS, 3)]
    by_token(f"ppo, gamma {gamma}, lambda {lam}, mini-batches of 3", options + ["--batch", "3"], sum(parts, []), targets, R)

same = [np.full(len(v), 0.1) for v in V]
by_token("ppo, equal values and rewards", ["--method", "ppo"], [0 * v for v in same], same, [0.1] * 6, [0.1] * 6, same)
add("ppo, one token alone", ["--method", "ppo"], [0], [1], [{"return": 1, "advantage": [0], "returns": [1]}], [[0.25]])

r, _, _ = empg(R)
A = [g - np.array(v) for g, v in zip(r, V)]
T = [0 * a + g for a, g in zip(A, r)]
by_token("empg less the values", ["--baseline", "values"], A, T, r)
by_token("empg less the values, whitened", ["--baseline", "values", "--whiten"], whiten(A), T, r)
s = np.concatenate([np.full(g.stop - g.start, deviation(R[g], 1)) for g in groups(IDS)])
A = [(g - np.array(v)) / (d + EPS) for g, v, d in zip(R, V, s)]
by_token("grpo less the values", ["--method", "grpo", "--baseline", "values"], A, [0 * a + g for a, g in zip(A, R)], R)

with open(__file__.replace("make-cases.py", "cases.jsonl"), "w") as f:
    for case in cases:
        print(json.dumps(case, separators=(",", ":")), file=f)
