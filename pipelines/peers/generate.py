#!/usr/bin/env python3
"""transformers' generate on the prompts and to the lengths of trajectories.

    generate.py MODEL TRAJECTORIES [DTYPE [THREADS]]

All rows make one batch, padded on the left.  A row is done at its trajectory's length; the
batch goes on until its longest is.  prefill_seconds is the time to the first token.
"""
import sys
import time

import peer
import torch
import transformers

model, path = sys.argv[1:3]
dtype = sys.argv[3] if len(sys.argv) > 3 else "bfloat16"
if len(sys.argv) > 4:
    torch.set_num_threads(int(sys.argv[4]))
torch.manual_seed(0)
rows = peer.trajectories(path)
prompts = [r["prompt_tokens"] for r in rows]
lengths = torch.tensor([len(r["response_tokens"]) for r in rows])
longest = max(map(len, prompts))
ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])
mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
net = transformers.AutoModelForCausalLM.from_pretrained(
    model, dtype=getattr(torch, dtype)).eval()
net.generation_config = transformers.GenerationConfig(pad_token_id=0)


class AtLength(transformers.StoppingCriteria):
    def __call__(self, input_ids, scores, **kwargs):
        return input_ids.shape[1] - longest >= lengths


def generate(new):
    start = time.perf_counter()
    with torch.inference_mode():
        net.generate(ids, attention_mask=mask, do_sample=True, temperature=1.0, top_k=0,
                     top_p=1.0, max_new_tokens=new, stopping_criteria=[AtLength()])
    return time.perf_counter() - start


def job():
    prefill = generate(1)
    return {"tokens": int(lengths.sum()), "prompt_tokens": int(mask.sum()),
            "seconds": generate(int(lengths.max())), "prefill_seconds": prefill}


generate(2)
peer.serve(job, warm=0)
