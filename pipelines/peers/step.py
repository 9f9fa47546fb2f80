#!/usr/bin/env python3
"""A PyTorch training step on trajectories: forward, loss over responses, backward, AdamW.

    step.py MODEL TRAJECTORIES [MODE [MICRO [THREADS]]]

MODE is fp32, bf16 (weights in bfloat16) or autocast (fp32 weights), with -compile behind it
for torch.compile.  MICRO rows, padded on the right, pass at once (all); the step is one.
"""
import sys

import peer
import torch
import transformers

model, path = sys.argv[1:3]
mode = sys.argv[3] if len(sys.argv) > 3 else "autocast-compile"
rows = peer.trajectories(path)
micro = int(sys.argv[4]) if len(sys.argv) > 4 else len(rows)
if len(sys.argv) > 5:
    torch.set_num_threads(int(sys.argv[5]))
torch.manual_seed(0)
net = transformers.AutoModelForCausalLM.from_pretrained(
    model, dtype=torch.bfloat16 if mode.startswith("bf16") else torch.float32).train()
net.config.use_cache = False
forward = torch.compile(net) if mode.endswith("-compile") else net
autocast = torch.autocast("cpu", torch.bfloat16, enabled=mode.startswith("autocast"))
adamw = torch.optim.AdamW(net.parameters(), lr=1e-6, weight_decay=0.01, fused=True)
responses = sum(len(r["response_tokens"]) for r in rows)


def batch(part):
    longest = max(len(r["prompt_tokens"]) + len(r["response_tokens"]) for r in part)
    ids, labels, mask = [], [], []
    for r in part:
        p, t = r["prompt_tokens"], r["response_tokens"]
        pad = longest - len(p) - len(t)
        ids.append(p + t + [0] * pad)
        labels.append([-100] * len(p) + t + [-100] * pad)
        mask.append([1] * (len(p) + len(t)) + [0] * pad)
    full = all(map(all, mask))
    return (torch.tensor(ids), torch.tensor(labels), None if full else torch.tensor(mask),
            torch.tensor([[r["advantage"]] for r in part], dtype=torch.float32))


batches = [batch(rows[i:i + micro]) for i in range(0, len(rows), micro)]


def job():
    for ids, labels, mask, advantage in batches:
        with autocast:
            logits = forward(input_ids=ids, attention_mask=mask).logits
        loss = torch.nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1).float(), labels[:, 1:].flatten(),
            ignore_index=-100, reduction="none").view(len(ids), -1)
        ((advantage * loss).sum() / responses).backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    adamw.step()
    adamw.zero_grad(set_to_none=True)
    return {"tokens": sum(len(r["prompt_tokens"]) + len(r["response_tokens"]) for r in rows)}


peer.serve(job, warm=2 if mode.endswith("-compile") else 1)
