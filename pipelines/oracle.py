#!/usr/bin/env python3
"""Compares what the tools wrote with PyTorch and transformers: an optional
check for developers.  Nothing else needs Python.

oracle.py logprobs  -m DIR trajectories.jsonl   a sampled token's logprob
oracle.py greedy    -m DIR trajectories.jsonl   empg-sample --greedy, token by token
oracle.py generate  -m DIR trajectories.jsonl   the same by transformers' generate, and the text
oracle.py gradients -m DIR -g FILE buffer.jsonl empg-update --gradients FILE
oracle.py steps     -m OLD -n NEW buffer.jsonl  the weights that empg-update wrote

Each prints a line of figures and exits 0, or 1 where they are beyond --tolerance
(gradients and steps: over all tensors; ten times as much in any single one).
`-` is standard input.  Models load in double precision unless --dtype says f32.
"""
import argparse
import json
import os
import sys

import torch
import transformers
from safetensors import safe_open
from transformers.models.llama.modeling_llama import LlamaRMSNorm
from transformers.models.qwen2.modeling_qwen2 import Qwen2RMSNorm
from transformers.models.qwen3.modeling_qwen3 import Qwen3RMSNorm

DTYPES = {"f32": torch.float32, "f64": torch.float64}


def rmsnorm(self, x):
    """Without transformers' detour to fp32, which would round the truth."""
    scale = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)
    return self.weight * (x * scale)


def load(path, dtype):
    if dtype == torch.float64:
        for cls in (LlamaRMSNorm, Qwen2RMSNorm, Qwen3RMSNorm):
            cls.forward = rmsnorm
    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        path, dtype=dtype, attn_implementation="sdpa", output_loading_info=True)
    for what in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if info.get(what):
            sys.exit(f"oracle.py: {path}: {what}: {sorted(info[what])}")
    # torch leaves the padding token's row out of the embedding's gradient; where
    # that token ends a turn, as in SmolLM2, the row has a true gradient.
    model.get_input_embeddings().padding_idx = None
    return model.eval()


def records(path, limit):
    f = sys.stdin if path == "-" else open(path)
    out = [json.loads(line) for line in f if line.strip()]
    if not out:
        sys.exit(f"oracle.py: {path}: no records")
    return out[:limit] if limit else out


def tensors(path):
    if not os.path.exists(path):
        return {}
    with safe_open(path, "pt") as f:
        return {n: f.get_tensor(n) for n in f.keys()}


def response_logits(model, r):
    """The logits before each response token: (T, V)."""
    ids = torch.tensor([r["prompt_tokens"] + r["response_tokens"]])
    n = len(r["response_tokens"])
    return model(ids, use_cache=False, logits_to_keep=n + 1).logits[0, :-1]


def response_logprobs(model, r, temperature=1.0):
    logits = response_logits(model, r) / temperature
    target = torch.tensor(r["response_tokens"])[:, None]
    return torch.log_softmax(logits, -1).gather(1, target)[:, 0]


def verdict(good, **figures):
    print(" ".join(f"{k}={v:.3g}" if isinstance(v, float) else f"{k}={v}"
                   for k, v in figures.items()), "ok" if good else "BEYOND THE TOLERANCE")
    return 0 if good else 1


def logprobs(a, model, data):
    worst, total, n, where = 0.0, 0.0, 0, None
    for r in data:
        if len(r["logprobs"]) != len(r["response_tokens"]):
            sys.exit(f"oracle.py: {r['id']}: as many logprobs as tokens expected")
        if not r["logprobs"]:
            continue
        with torch.no_grad():
            truth = response_logprobs(model, r, r.get("temperature") or 1.0)
        d = (truth - torch.tensor(r["logprobs"], dtype=truth.dtype)).abs()
        total, n = total + d.sum().item(), n + len(d)
        # A NaN must not pass as small.
        if not d.max().item() <= worst:
            worst, where = d.max().item(), (r["id"], r.get("sample"), d.argmax().item())
    return verdict(worst <= a.tolerance, records=len(data), tokens=n,
                   max=worst, mean=total / max(n, 1), at=where)


def stops(path, model):
    ids = model.generation_config.eos_token_id
    ids = set(ids if isinstance(ids, list) else [ids] if ids is not None else [])
    own = model.config.eos_token_id
    return ids | set(own if isinstance(own, list) else [own] if own is not None else [])


def greedy(a, model, data):
    same = tokens = ties = bad = 0
    end = stops(a.model, model)
    for r in data:
        ours = torch.tensor(r["response_tokens"])
        if len(ours) == 0:
            continue
        with torch.no_grad():
            logits = response_logits(model, r)
        behind = logits.max(-1).values - logits.gather(1, ours[:, None])[:, 0]
        wrong = behind > a.tolerance
        tokens += len(ours)
        ties += ((behind > 0) & ~wrong).sum().item()
        same += not wrong.any()
        stopped = r["response_tokens"][-1] in end
        inside = [t for t in r["response_tokens"][:-1] if t in end]
        if wrong.any() or inside or (r.get("finish") == "stop") != stopped:
            bad += 1
            i = wrong.nonzero()[0].item() if wrong.any() else None
            print(f"{r['id']}: token {i} is behind by "
                  f"{behind[i].item() if wrong.any() else 0:.3g}; finish "
                  f"{r.get('finish')}, last token {r['response_tokens'][-1]}")
    return verdict(bad == 0, records=len(data), same=same, tokens=tokens,
                   near_ties=ties)


def generate(a, model, data):
    tok = transformers.AutoTokenizer.from_pretrained(a.model)
    end = sorted(stops(a.model, model))
    bad = 0
    for r in data:
        ids = torch.tensor([r["prompt_tokens"]])
        if not r["response_tokens"]:
            continue
        out = model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False,
            temperature=None, top_p=None, top_k=None, repetition_penalty=1.0,
            max_new_tokens=len(r["response_tokens"]), eos_token_id=end,
            pad_token_id=end[0] if end else 0)[0, ids.shape[1]:].tolist()
        # The end token is no part of the text.
        body = out[:-1] if out and out[-1] in end else out
        text = tok.decode(body, skip_special_tokens=True,
                          clean_up_tokenization_spaces=False)
        if out != r["response_tokens"] or text != r.get("response", text):
            bad += 1
            print(f"{r['id']}:\n  transformers {out} {text!r}\n"
                  f"  ours         {r['response_tokens']} {r.get('response')!r}")
    return verdict(bad == 0, records=len(data), different=bad)


def loss_of(a, model, data):
    """DESIGN.md, section 1: -(1/Z) sum over trajectories and tokens of A log P.
    Backward a trajectory at a time, so that memory is one trajectory's."""
    data = [r for r in data if r["response_tokens"]]
    total_tokens, n = sum(len(r["response_tokens"]) for r in data), len(data)
    model.zero_grad()
    loss = 0.0
    for r in data:
        f = response_logprobs(model, r, r.get("temperature") or 1.0)
        adv = torch.as_tensor(r["advantage"], dtype=f.dtype).expand_as(f)
        z = {"token": total_tokens, "trajectory": n, "sequence": n * len(f),
             "constant": n * a.max_response}[a.loss_norm]
        part = -(adv * f).sum() / z
        part.backward()
        loss += part.item()
    return loss


def norm(ts):
    return sum(t.double().square().sum().item() for t in ts) ** 0.5


def distances(ours, truth):
    """Relative distance over all tensors, and the worst tensor's own."""
    missing = set(truth) ^ set(ours)
    if missing:
        sys.exit(f"oracle.py: not on both sides: {sorted(missing)}")
    for n in truth:
        if ours[n].shape != truth[n].shape:
            sys.exit(f"oracle.py: {n}: shape {tuple(ours[n].shape)}, "
                     f"expected {tuple(truth[n].shape)}")
    d = {n: norm([ours[n].double() - truth[n].double()]) for n in truth}
    size = norm(truth.values())
    overall = sum(x * x for x in d.values()) ** 0.5 / (size or 1.0)
    worst = max(d, key=lambda n: d[n] / (norm([truth[n]]) or 1.0))
    return overall, worst, d[worst] / (norm([truth[worst]]) or 1.0), size


def close(a, overall, worst):
    """A fault in one small tensor hides in the norm of all of them."""
    return overall <= a.tolerance and worst <= 10 * a.tolerance


def gradients(a, model, data):
    loss = loss_of(a, model, data[:a.batch])
    truth = {n: p.grad for n, p in model.named_parameters()}
    overall, worst, its, size = distances(tensors(a.gradients), truth)
    return verdict(close(a, overall, its), loss_norm=a.loss_norm, loss=loss,
                   norm=size, relative=overall, worst=its, tensor=worst)


def steps(a, model, data):
    old = {n: p.detach().clone() for n, p in model.named_parameters()}
    named = list(model.named_parameters())
    adamw = torch.optim.AdamW(
        [dict(params=[p for _, p in named if p.dim() == 2],
              weight_decay=a.weight_decay),
         dict(params=[p for _, p in named if p.dim() != 2], weight_decay=0.0)],
        lr=a.lr, betas=(0.9, 0.999), eps=1e-8)
    for epoch in range(a.epochs):
        for i in range(0, len(data), a.batch):
            loss = loss_of(a, model, data[i:i + a.batch])
            size = torch.nn.utils.clip_grad_norm_(model.parameters(), a.grad_clip)
            adamw.step()
            print(f"epoch={epoch} loss={loss:.8g} grad_norm={size.item():.8g}")
    # fp32 masters where there are any: a checkpoint may be bfloat16.
    written = {n[len("master."):]: t for n, t in tensors(
        os.path.join(a.new, "optimizer.safetensors")).items()
        if n.startswith("master.")}
    kind = "masters" if written else "weights"
    if not written:
        written = dict(load(a.new, DTYPES[a.dtype]).named_parameters())
    ours = {n: t.detach().double() - old[n].double() for n, t in written.items()
            if n in old}
    truth = {n: p.detach() - old[n] for n, p in named}
    overall, worst, its, size = distances(ours, truth)
    return verdict(close(a, overall, its), of=kind, step=size, relative=overall,
                   worst=its, tensor=worst)


# Command: function, tolerance.
COMMANDS = {"logprobs": (logprobs, 1e-3), "greedy": (greedy, 1e-4),
            "generate": (generate, 0), "gradients": (gradients, 1e-4),
            "steps": (steps, 1e-2)}


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("command", choices=COMMANDS)
    p.add_argument("file", help="JSONL as empg-sample or empg-smooth write it")
    p.add_argument("-m", "--model", required=True, help="checkpoint")
    p.add_argument("-g", "--gradients", help="what empg-update --gradients wrote")
    p.add_argument("-n", "--new", help="checkpoint that empg-update wrote")
    p.add_argument("--tolerance", type=float)
    p.add_argument("--dtype", choices=DTYPES, default="f64")
    p.add_argument("--max-records", type=int, default=0)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--loss-norm", default="token",
                   choices=("token", "trajectory", "sequence", "constant"))
    p.add_argument("--max-response", type=int, default=1024)
    p.add_argument("--batch", type=int, default=256)
    p.add_argument("--epochs", type=int, default=1)
    p.add_argument("--lr", type=float, default=1e-6)
    p.add_argument("--weight-decay", type=float, default=0.01)
    p.add_argument("--grad-clip", type=float, default=1.0)
    a = p.parse_args()
    function, tolerance = COMMANDS[a.command]
    for command, option in (("gradients", a.gradients), ("steps", a.new)):
        if a.command == command and not option:
            p.error(f"{command} needs -{'g' if command == 'gradients' else 'n'}")
    if a.tolerance is None:
        a.tolerance = tolerance
    torch.set_num_threads(a.threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    sys.exit(function(a, load(a.model, DTYPES[a.dtype]),
                      records(a.file, a.max_records)))


if __name__ == "__main__":
    main()
