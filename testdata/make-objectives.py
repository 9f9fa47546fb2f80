#!/usr/bin/env python3
"""Makes testdata/objectives: the gradients, by PyTorch's autograd in double
precision, of every objective, loss normalisation and KL estimator of DESIGN's
section 1 on the tiny models in testdata/models.  objectives/README.md describes
the files.  Needs torch and transformers; the tests don't need Python.

usage: make-objectives.py [DIR]
"""
import json
import os
import sys

import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from transformers.models.qwen2.modeling_qwen2 import Qwen2RMSNorm
from transformers.models.qwen3.modeling_qwen3 import Qwen3RMSNorm

POLICY, REFERENCE = "qwen2-tied", "qwen3"
IM_END = 258
MAX_RESPONSE = 40
PROJECTIONS = 8
CLIP, CAP, BETA = [0.2, 0.3], 1.2, 0.3
NORMS = ("token", "trajectory", "sequence", "constant")
KLS = (None, "k1", "k2", "k3", "full")
# Of the grid: name, options.
OBJECTIVES = (
    ("empg", {}),
    ("is", {}),
    ("is", {"is-level": "sequence"}),
    ("grpo", {"clip": CLIP}),
    ("ppo", {"clip": [0.1, 0.1]}))
# Beside the grid; the first two and the last keep their whole gradients.
MORE = (
    {"objective": "grpo", "clip": CLIP, "beta": BETA, "kl": "full", "entropy": 0.1},
    {"objective": "empg", "entropy": 0.2, "tis": 1.1},
    {"objective": "is", "is-cap": CAP},
    {"objective": "is", "is-level": "sequence", "is-cap": CAP, "loss-norm": "sequence"},
    {"objective": "empg", "entropy": 0.05},
    {"objective": "ppo", "entropy": 0.3, "loss-norm": "constant"},
    {"objective": "grpo", "tis": 1.2},
    {"objective": "is", "is-level": "sequence", "tis": 0.9},
    {"objective": "grpo", "old": "recompute", "beta": 2, "kl": "k3", "loss-norm": "trajectory"},
    {"objective": "is", "is-cap": 0.8, "beta": 0.1, "kl": "k2", "entropy": 0.01, "loss-norm": "sequence"})
KEPT = (0, 1, len(MORE) - 1)


def in_its_own_precision(self, x):
    """RMSNorm without the detour to fp32, which would round the truth."""
    scale = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)
    return self.weight * (x * scale)


def load(path):
    m = transformers.AutoModelForCausalLM.from_pretrained(
        path, dtype=torch.float64, attn_implementation="sdpa")
    m.get_input_embeddings().padding_idx = None
    return m


def log_softmax(model, r):
    """log P(v) at each response token: (T, V), at the record's temperature."""
    ids = torch.tensor([r["prompt_tokens"] + r["response_tokens"]])
    n = len(r["response_tokens"])
    logits = model(ids, use_cache=False).logits[0, -n - 1:-1]
    return torch.log_softmax(logits / r["temperature"], -1)


def of_tokens(logp, r):
    return logp.gather(1, torch.tensor(r["response_tokens"])[:, None])[:, 0]


def objective(o, f, old, adv, factor):
    """A·f_t of each token, to be maximised."""
    w = torch.exp(f - old)
    if o["objective"] == "empg":
        return factor * adv * f
    if o["objective"] == "is":
        if o.get("is-level") == "sequence":
            w = torch.exp((f - old).sum()).expand_as(f)
        w = w.detach()
        if "is-cap" in o:
            w = w.clamp(max=o["is-cap"])
        return factor * adv * w * f
    low, high = o.get("clip", [0.2, 0.2])
    return factor * torch.minimum(w * adv, w.clamp(1 - low, 1 + high) * adv)


def kl_of(kind, logp, f, ref_logp, ref):
    d = f - ref
    return {"k1": lambda: d, "k2": lambda: d * d / 2,
            "k3": lambda: torch.exp(-d) + d - 1,
            "full": lambda: (logp.exp() * (logp - ref_logp)).sum(-1)}[kind]()


def loss_of(model, buffer, references, o):
    n, tokens = len(buffer), sum(len(r["response_tokens"]) for r in buffer)
    loss = 0
    for r, ref_logp in zip(buffer, references):
        logp = log_softmax(model, r)
        f = of_tokens(logp, r)
        sampler = torch.tensor(r["logprobs"], dtype=f.dtype)
        adv = torch.as_tensor(r["advantage"], dtype=f.dtype).expand_as(f)
        old = sampler if o["old"] == "sampler" else f.detach()
        factor = torch.exp(f - sampler).detach().clamp(max=o["tis"]) \
            if "tis" in o else torch.ones_like(f)
        terms = objective(o, f, old, adv, factor)
        if "beta" in o:
            terms = terms - o["beta"] * kl_of(
                o["kl"], logp, f, ref_logp, of_tokens(ref_logp, r))
        if "entropy" in o:
            terms = terms - o["entropy"] * (logp.exp() * logp).sum(-1)
        z = {"token": tokens, "trajectory": n, "sequence": n * len(f),
             "constant": n * MAX_RESPONSE}[o["loss-norm"]]
        loss = loss - terms.sum() / z
    return loss


def fnv(name):
    h = 0xCBF29CE484222325
    for b in name.encode():
        h = (h ^ b) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


def signs(name, vector, count):
    """±1 by the top bit of splitmix64's mix of (fnv(name) + vector + element)."""
    with np.errstate(over="ignore"):
        z = np.arange(count, dtype=np.uint64) * np.uint64(PROJECTIONS) + \
            np.uint64(fnv(name)) + np.uint64(vector)
        z = z * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return torch.from_numpy(1 - 2 * (z >> np.uint64(63)).astype(np.float64))


def make_buffer(model):
    """Ragged, advantages of all kinds, an old policy that is not this one."""
    g = torch.Generator().manual_seed(7)
    spec = ((0, 6, 9, 1.0, 1.25), (0, 6, 4, 1.0, -0.75), (1, 17, 21, 1.5, 0.0),
            (1, 17, 13, 1.5, None), (2, 3, 1, 2.0, 0.5), (2, 3, 30, 1.0, None))
    prompts, out = {}, []
    for i, (p, before, after, temperature, advantage) in enumerate(spec):
        if p not in prompts:
            prompts[p] = torch.randint(0, 256, (before,), generator=g).tolist()
        ids = torch.randint(0, 256, (after,), generator=g).tolist()
        if i % 2:
            ids[-1] = IM_END
        if advantage is None:
            advantage = [round(x, 3) for x in torch.randn(after, generator=g).tolist()]
        r = dict(id=f"p{p}", sample=i % 2, temperature=temperature,
                 prompt_tokens=prompts[p], response_tokens=ids)
        with torch.no_grad():
            f = of_tokens(log_softmax(model, r), r)
        noise = 0.25 * torch.randn(after, generator=g, dtype=f.dtype)
        r["logprobs"] = [float(f"{x:.7g}") for x in (f + noise).tolist()]
        r["advantage"] = advantage
        out.append(r)
    return out


def cases():
    for name, options in OBJECTIVES:
        for norm in NORMS:
            for kl in KLS:
                o = {"objective": name, "loss-norm": norm, **options}
                if kl:
                    o.update(beta=BETA, kl=kl)
                yield None, o
    for i, o in enumerate(MORE):
        yield i if i in KEPT else None, o


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "objectives")
    torch.set_num_threads(1)
    for cls in (Qwen2RMSNorm, Qwen3RMSNorm):
        cls.forward = in_its_own_precision
    model = load(os.path.join(here, "models", POLICY))
    reference = load(os.path.join(here, "models", REFERENCE))
    buffer = make_buffer(model)
    with torch.no_grad():
        references = [log_softmax(reference, r) for r in buffer]
    vectors = {n: [signs(n, v, p.numel()) for v in range(PROJECTIONS)]
               for n, p in model.named_parameters()}
    kept, lines = {}, []
    for keep, o in cases():
        o = {"loss-norm": "token", **o}
        o.setdefault("old", "recompute" if "tis" in o else "sampler")
        model.zero_grad()
        loss = loss_of(model, buffer, references, o)
        loss.backward()
        g = {n: p.grad.detach().flatten() for n, p in model.named_parameters()}
        line = dict(options=o, loss=loss.item(),
                    norm=sum((t @ t).item() for t in g.values()) ** 0.5,
                    projections=[sum((t @ vectors[n][v]).item() for n, t in g.items())
                                 for v in range(PROJECTIONS)])
        if keep is not None:
            line["gradient"] = keep
            kept.update({f"{keep}.{n}": p.grad.float().clone()
                         for n, p in model.named_parameters()})
        lines.append(line)
    save_file(kept, os.path.join(out, "gradients.safetensors"))
    for name, records in (("buffer", buffer), ("cases", lines)):
        with open(os.path.join(out, name + ".jsonl"), "w") as f:
            f.writelines(json.dumps(r, separators=(",", ":")) + "\n" for r in records)
    for name in os.listdir(out):
        os.chmod(os.path.join(out, name), 0o644)
    d = torch.cat([of_tokens(log_softmax(model, r), r) - of_tokens(x, r)
                   for r, x in zip(buffer, references)])
    print(f"{len(lines)} cases; log P - log P_ref: mean {d.mean():.3g}, "
          f"from {d.min():.3g} to {d.max():.3g}")


if __name__ == "__main__":
    main()
