#!/usr/bin/env python3
"""Makes the fixtures in testdata/models: tiny random models in Hugging Face's
directory form, and what PyTorch computes with them in double precision.
models/README.md describes the files.  Needs torch and transformers; the tests
don't need Python.

usage: make-models.py [DIR]
"""
import json
import os
import sys

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models,
                        normalizers, pre_tokenizers)
from transformers.models.llama.modeling_llama import LlamaRMSNorm
from transformers.models.qwen2.modeling_qwen2 import Qwen2RMSNorm
from transformers.models.qwen3.modeling_qwen3 import Qwen3RMSNorm

SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]
VOCAB = 256 + len(SPECIALS)
END, IM_END = 256, 258
TOKENS = dict(bos_token_id=None, eos_token_id=IM_END, pad_token_id=END)
MAX_RESPONSE = 64  # of the normalisation `constant`
NORMS = ("token", "trajectory", "sequence", "constant")
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|" \
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

# Each: class, config, dtype, shard size, whether config.json has the keys that
# transformers wrote before version 5, and whether gradient.sequence.* is kept.
FIXTURES = {
    "qwen2-tied": dict(
        cls="Qwen2", old=True, sequence=True,
        config=dict(hidden_size=32, intermediate_size=44, num_hidden_layers=3,
                    num_attention_heads=4, num_key_value_heads=2,
                    rope_theta=1000000.0, rms_norm_eps=1e-6,
                    tie_word_embeddings=True)),
    "qwen2-sharded": dict(
        cls="Qwen2", shard="50KB",
        config=dict(hidden_size=24, intermediate_size=56, num_hidden_layers=2,
                    num_attention_heads=6, num_key_value_heads=3,
                    rope_theta=10000.0, rms_norm_eps=1e-6,
                    tie_word_embeddings=False)),
    "llama3-rope": dict(
        cls="Llama",
        config=dict(hidden_size=36, intermediate_size=44, num_hidden_layers=2,
                    num_attention_heads=3, num_key_value_heads=1, head_dim=16,
                    rms_norm_eps=1e-5, tie_word_embeddings=True,
                    rope_parameters=dict(
                        rope_type="llama3", rope_theta=10000.0, factor=8.0,
                        low_freq_factor=1.0, high_freq_factor=4.0,
                        original_max_position_embeddings=64))),
    "llama-bf16": dict(
        cls="Llama", old=True, dtype=torch.bfloat16,
        config=dict(hidden_size=36, intermediate_size=52, num_hidden_layers=2,
                    num_attention_heads=6, num_key_value_heads=2,
                    rope_theta=100000.0, rms_norm_eps=1e-5,
                    tie_word_embeddings=True)),
    "qwen3": dict(
        cls="Qwen3", sequence=True,
        config=dict(hidden_size=32, intermediate_size=40, num_hidden_layers=2,
                    num_attention_heads=3, num_key_value_heads=1, head_dim=24,
                    rope_theta=1000000.0, rms_norm_eps=1e-6,
                    tie_word_embeddings=True)),
}

# Value models: a head of one label.  The classes are those of transformers.
VALUE_FIXTURES = {
    "qwen2-reward": dict(
        cls="Qwen2", head="ForSequenceClassification", old=True,
        config=dict(hidden_size=32, intermediate_size=44, num_hidden_layers=2,
                    num_attention_heads=4, num_key_value_heads=2,
                    rope_theta=1000000.0, rms_norm_eps=1e-6,
                    tie_word_embeddings=True)),
    "qwen3-value": dict(
        cls="Qwen3", head="ForTokenClassification",
        config=dict(hidden_size=32, intermediate_size=40, num_hidden_layers=2,
                    num_attention_heads=3, num_key_value_heads=1, head_dim=24,
                    rope_theta=1000000.0, rms_norm_eps=1e-6,
                    tie_word_embeddings=False)),
}


def in_its_own_precision(self, x):
    """RMSNorm without the detour to fp32, which would round the truth."""
    scale = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)
    return self.weight * (x * scale)


def write_tokenizer(path):
    letters = pre_tokenizers.ByteLevel.alphabet()
    visible = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174]
    rest = [b for b in range(256) if b not in visible]
    letter = {b: chr(b) for b in visible}
    letter.update({b: chr(256 + i) for i, b in enumerate(rest)})
    assert set(letter.values()) == set(letters)
    t = Tokenizer(models.BPE({letter[b]: b for b in range(256)}, []))
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder = decoders.ByteLevel()
    t.add_special_tokens([AddedToken(s, special=True, normalized=False)
                          for s in SPECIALS[:3]])
    t.add_tokens([AddedToken(s, special=False, normalized=False)
                  for s in SPECIALS[3:]])
    assert t.token_to_id("<|im_end|>") == IM_END and t.get_vocab_size() == VOCAB
    t.save(os.path.join(path, "tokenizer.json"), pretty=False)
    with open(os.path.join(path, "tokenizer_config.json"), "w") as f:
        json.dump(dict(bos_token=None, eos_token="<|im_end|>",
                       pad_token="<|endoftext|>", unk_token=None,
                       model_max_length=256, add_bos_token=False,
                       clean_up_tokenization_spaces=False,
                       tokenizer_class="PreTrainedTokenizerFast"), f, indent=2)
        f.write("\n")


def old_config(path):
    """Rewrite config.json with the keys that models on the hub mostly have."""
    name = os.path.join(path, "config.json")
    c = json.load(open(name))
    rope = c.pop("rope_parameters")
    c["rope_theta"] = rope["rope_theta"]
    c["torch_dtype"] = c.pop("dtype")
    c["transformers_version"] = "4.43.1"
    c.pop("layer_types", None)
    if c["model_type"] == "qwen2":
        c["sliding_window"] = 32768
    else:
        c["rope_scaling"] = None
        c.pop("head_dim")
    with open(name, "w") as f:
        json.dump(dict(sorted(c.items())), f, indent=2)
        f.write("\n")


def write_model(path, spec, seed):
    torch.manual_seed(seed)
    kind = spec["cls"]
    config = getattr(transformers, kind + "Config")(
        vocab_size=VOCAB, max_position_embeddings=256, **TOKENS, **spec["config"],
        **(dict(num_labels=1) if "head" in spec else {}))
    model = getattr(transformers, kind + spec.get("head", "ForCausalLM"))(config)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "norm" in name:
                p.copy_(1 + 0.3 * torch.randn_like(p))
            elif p.dim() == 1:
                p.copy_(0.3 * torch.randn_like(p))
            else:
                p.copy_(0.25 * torch.randn_like(p))
    if "head" not in spec:
        model.generation_config = transformers.GenerationConfig(
            eos_token_id=[IM_END, END], pad_token_id=END, do_sample=True)
    model.to(spec.get("dtype", torch.float32)).save_pretrained(
        path, max_shard_size=spec.get("shard", "1GB"))
    if spec.get("old"):
        old_config(path)
    write_tokenizer(path)


def sequences(seed):
    """(prompt, response, advantage): ragged, of every sign, one a token each."""
    g = torch.Generator().manual_seed(seed)
    out = []
    for prompt, response, advantage in ((2, 3, 1.25), (12, 25, -0.6),
                                        (9, 11, 0.0), (40, 50, None)):
        ids = torch.randint(0, 256, (prompt + response,), generator=g).tolist()
        if response != 25:
            ids[-1] = IM_END
        if advantage is None:
            advantage = [round(x, 3) for x in
                         torch.randn(response, generator=g).tolist()]
        out.append((ids[:prompt], ids[prompt:], advantage))
    return out


def logprobs(model, prompt, response):
    """log P(token t | tokens before t), t = 1 ..., and the logits before them."""
    ids = torch.tensor([prompt + response])
    logits = model(ids, use_cache=False).logits[0]
    return torch.log_softmax(logits[:-1], -1).gather(
        1, ids[0, 1:, None])[:, 0], logits


def loss_of(model, buffer, norm):
    """DESIGN.md, section 1: -(1/Z) sum over trajectories and tokens of A log P."""
    tokens = sum(len(r) for _, r, _ in buffer)
    loss = 0
    for prompt, response, advantage in buffer:
        f = logprobs(model, prompt, response)[0][len(prompt) - 1:]
        a = torch.as_tensor(advantage, dtype=f.dtype).expand_as(f)
        z = {"token": tokens, "trajectory": len(buffer),
             "sequence": len(buffer) * len(response),
             "constant": len(buffer) * MAX_RESPONSE}[norm]
        loss = loss - (a * f).sum() / z
    return loss


def gradient(model, buffer, norm):
    model.zero_grad()
    loss = loss_of(model, buffer, norm)
    loss.backward()
    return loss.item(), {n: p.grad.clone() for n, p in model.named_parameters()}


def norm_of(tensors):
    return sum(t.double().square().sum().item() for t in tensors.values()) ** 0.5


def greedy(model, steps=24):
    """A continuation whose best two logits are never close; no end token."""
    for seed in range(1000):
        g = torch.Generator().manual_seed(seed)
        prompt = torch.randint(0, 256, (7,), generator=g).tolist()
        ids, gaps = list(prompt), []
        while len(gaps) < steps:
            with torch.no_grad():
                best = model(torch.tensor([ids]), use_cache=False).logits[0, -1].topk(2)
            gaps.append((best.values[0] - best.values[1]).item())
            ids.append(best.indices[0].item())
            if gaps[-1] < 0.01 or ids[-1] in (END, IM_END):
                break
        else:
            new = ids[len(prompt):]
            if len(set(new)) >= 6:
                return dict(prompt=prompt, tokens=new, gaps=[round(x, 6) for x in gaps])
    raise SystemExit("no prompt with a clear greedy continuation")


def two_steps(model, buffer):
    """AdamW as empg-update's defaults, but lr 1e-3; weights are changed."""
    options = dict(lr=1e-3, betas=[0.9, 0.999], eps=1e-8, weight_decay=0.01,
                   grad_clip=1.0, loss_norm="token")
    named = list(model.named_parameters())
    adamw = torch.optim.AdamW(
        [dict(params=[p for _, p in named if p.dim() == 2], weight_decay=0.01),
         dict(params=[p for _, p in named if p.dim() == 1], weight_decay=0.0)],
        lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
    steps = []
    for _ in range(2):
        loss, g = gradient(model, buffer, "token")
        steps.append(dict(loss=loss, grad_norm=norm_of(g)))
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adamw.step()
    return dict(options, steps=steps)


def write_reference(path, spec, seed):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        path, dtype=torch.float64, attn_implementation="sdpa")
    # Angles stay rounded to fp32: that rounding belongs to these models.
    assert model.model.rotary_emb.inv_freq.dtype == torch.float32
    buffer = sequences(seed + 100)
    tensors, records, picked = {}, [], []
    logits = []
    for s, (prompt, response, advantage) in enumerate(buffer):
        with torch.no_grad():
            lp, all_logits = logprobs(model, prompt, response)
        tensors[f"logprobs.{s}"] = lp
        for position in sorted({0, len(prompt) - 1, len(prompt + response) - 1}):
            picked.append([s, position])
            logits.append(all_logits[position])
        records.append(dict(
            id=f"{os.path.basename(path)}-{s}", sample=0, temperature=1.0,
            prompt_tokens=prompt, response_tokens=response,
            logprobs=[float(f"{x:.8g}") for x in lp[len(prompt) - 1:].tolist()],
            finish="stop" if response[-1] == IM_END else "length",
            advantage=advantage))
    tensors["logits"] = torch.stack(logits)
    facts = dict(logits=picked, greedy=greedy(model), max_response=MAX_RESPONSE,
                 loss={}, grad_norm={})
    g = {}
    for norm in NORMS:
        facts["loss"][norm], g[norm] = gradient(model, buffer, norm)
        facts["grad_norm"][norm] = norm_of(g[norm])
    for norm in ("token", "sequence") if spec.get("sequence") else ("token",):
        tensors.update({f"gradient.{norm}.{n}": t for n, t in g[norm].items()})
    facts["adamw"] = two_steps(model, buffer)
    tensors.update({f"updated.{n}": p.detach() for n, p in model.named_parameters()})
    save_file({n: t.float().contiguous().clone() for n, t in tensors.items()},
              os.path.join(path, "reference.safetensors"))
    with open(os.path.join(path, "reference.json"), "w") as f:
        f.write("{\n" + ",\n".join(
            f"{json.dumps(k)}: {json.dumps(v)}" for k, v in facts.items()) + "\n}\n")
    with open(os.path.join(path, "buffer.jsonl"), "w") as f:
        f.writelines(json.dumps(r, separators=(",", ":")) + "\n" for r in records)


def values_of(model, ids):
    """The score at every position: what the head says of the last states."""
    return model.score(model.model(torch.tensor([ids]), use_cache=False)
                       .last_hidden_state)[0, :, 0]


def last_of(ids):
    """Where transformers takes a sequence's score: the last that is no padding."""
    return max(i for i, t in enumerate(ids) if t != END)


def value_losses(model, buffer):
    """Half the mean square over response tokens; BCE of the scores' logits."""
    tokens = sum(len(r["response_tokens"]) for r in buffer)
    square, bce = 0, 0
    for r in buffer:
        p, ids = len(r["prompt_tokens"]), r["prompt_tokens"] + r["response_tokens"]
        v = values_of(model, ids)
        returns = torch.tensor(r["returns"], dtype=v.dtype)
        square = square + (v[p - 1:-1] - returns).square().sum() / (2 * tokens)
        bce = bce + torch.nn.functional.binary_cross_entropy_with_logits(
            v[last_of(ids)], torch.tensor(r["reward"], dtype=v.dtype)) / len(buffer)
    return dict(mse=square, bce=bce)


def write_value_reference(path, spec, seed):
    model = getattr(transformers, "AutoModel" + spec["head"]).from_pretrained(
        path, dtype=torch.float64, attn_implementation="sdpa")
    g = torch.Generator().manual_seed(seed)
    tensors, records, facts = {}, [], dict(score=[], loss={}, grad_norm={})
    for s, (prompt, response, _) in enumerate(sequences(seed + 100)):
        if s == 1:
            response[-1] = END  # padding: the score is that of the token before
        ids = prompt + response
        with torch.no_grad():
            tensors[f"values.{s}"] = values_of(model, ids)
            if spec["head"] == "ForSequenceClassification":
                own = model(torch.tensor([ids])).logits[0, 0]
                assert own == tensors[f"values.{s}"][last_of(ids)]
        facts["score"].append(tensors[f"values.{s}"][last_of(ids)].item())
        records.append(dict(
            id=f"{os.path.basename(path)}-{s}", sample=0, temperature=1.0,
            prompt_tokens=prompt, response_tokens=response,
            finish="stop" if s != 1 else "length", reward=[1.0, 0.0, 0.25, 1.0][s],
            returns=[round(x, 3) for x in
                     torch.randn(len(response), generator=g).tolist()]))
    for name in ("mse", "bce"):
        model.zero_grad()
        loss = value_losses(model, records)[name]
        loss.backward()
        got = {n: p.grad.clone() for n, p in model.named_parameters()}
        facts["loss"][name], facts["grad_norm"][name] = loss.item(), norm_of(got)
        tensors.update({f"gradient.{name}.{n}": t for n, t in got.items()})
    save_file({n: t.float().contiguous().clone() for n, t in tensors.items()},
              os.path.join(path, "reference.safetensors"))
    with open(os.path.join(path, "reference.json"), "w") as f:
        json.dump(facts, f)
        f.write("\n")
    with open(os.path.join(path, "buffer.jsonl"), "w") as f:
        f.writelines(json.dumps(r, separators=(",", ":")) + "\n" for r in records)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "models")
    torch.set_num_threads(1)
    for seed, (name, spec) in enumerate(FIXTURES.items()):
        path = os.path.join(out, name)
        os.makedirs(path, exist_ok=True)
        write_model(path, spec, seed)
    for seed, (name, spec) in enumerate(VALUE_FIXTURES.items(), 50):
        path = os.path.join(out, name)
        os.makedirs(path, exist_ok=True)
        write_model(path, spec, seed)
    for cls in (LlamaRMSNorm, Qwen2RMSNorm, Qwen3RMSNorm):
        cls.forward = in_its_own_precision
    for seed, (name, spec) in enumerate(FIXTURES.items()):
        write_reference(os.path.join(out, name), spec, seed)
    for seed, (name, spec) in enumerate(VALUE_FIXTURES.items(), 50):
        write_value_reference(os.path.join(out, name), spec, seed)
    for name in [*FIXTURES, *VALUE_FIXTURES]:
        for file in os.listdir(os.path.join(out, name)):
            os.chmod(os.path.join(out, name, file), 0o644)
        print(name)


if __name__ == "__main__":
    main()
