#!/usr/bin/env python3
"""Convert a Llama-architecture GGUF file into a Hugging Face model directory.

    gguf-to-hf.py MODEL.gguf OUTDIR [--dtype bf16|f32]

OUTDIR receives config.json, generation_config.json, model.safetensors,
tokenizer.json (byte-level BPE) and tokenizer_config.json.  Every tensor is
dequantised to float32 first, so a quantised source gives exactly the values
that the quantised model computes with, rounded to the wanted dtype.

Needs numpy and gguf.  No torch, no transformers; the safetensors container
and tokenizer.json are written directly.
"""
import argparse
import json
import os
import re
import struct
import sys

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize

# Token types of tokenizer.ggml.token_type.
TOKEN_NORMAL, TOKEN_CONTROL, TOKEN_USER_DEFINED = 1, 3, 4

# tokenizer.ggml.pre -> the pre-tokenizers that come before the byte mapping.
# Every one listed ends in the GPT-2 regex (ByteLevel with use_regex).
GPT2_PRE = {
    "smollm": [{"type": "Digits", "individual_digits": True}],
    "starcoder": [{"type": "Digits", "individual_digits": True}],
    "gpt-2": [],
}

LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
TOP_NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


def hf_name(name):
    if name in TOP_NAMES:
        return TOP_NAMES[name]
    m = re.fullmatch(r"blk\.(\d+)\.(\w+)\.(weight|bias)", name)
    if m and m[2] in LAYER_NAMES:
        return f"model.layers.{m[1]}.{LAYER_NAMES[m[2]]}.{m[3]}"
    return None


def undo_rope_permutation(w, n_head):
    """GGUF stores q/k rows for interleaved RoPE pairs (x0,x1); HF wants halves.

    The converter did (head, 2, half, in) -> (head, half, 2, in); this is the
    inverse.  Works for weights (rows, in) and for biases (rows,).
    """
    rows = w.shape[0]
    half = rows // n_head // 2
    rest = w.shape[1:]
    return (w.reshape(n_head, half, 2, *rest)
             .swapaxes(1, 2)
             .reshape(rows, *rest))


def to_bf16_bytes(a):
    """float32 -> bfloat16, round to nearest even, as little-endian bytes."""
    u = np.ascontiguousarray(a, dtype="<f4").view("<u4")
    nan = np.isnan(a)
    r = (u + (0x7FFF + ((u >> 16) & 1))) >> 16
    r = np.where(nan, (u >> 16) | 0x0040, r)
    return r.astype("<u2").tobytes()


def write_safetensors(path, tensors, dtype):
    """tensors: list of (name, float32 array)."""
    code, size = {"f32": ("F32", 4), "bf16": ("BF16", 2)}[dtype]
    header, off = {"__metadata__": {"format": "pt"}}, 0
    for name, a in tensors:
        n = a.size * size
        header[name] = {"dtype": code, "shape": list(a.shape),
                        "data_offsets": [off, off + n]}
        off += n
    h = json.dumps(header, separators=(",", ":")).encode()
    h += b" " * (-len(h) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(h)))
        f.write(h)
        for _, a in tensors:
            if dtype == "f32":
                f.write(np.ascontiguousarray(a, dtype="<f4").tobytes())
            else:
                f.write(to_bf16_bytes(a))


class Meta:
    def __init__(self, reader):
        self.fields = reader.fields

    def get(self, key, default=None):
        f = self.fields.get(key)
        return default if f is None else f.contents()

    def need(self, key):
        v = self.get(key)
        if v is None:
            sys.exit(f"gguf-to-hf: the file has no {key}")
        return v


def short_float(x):
    """The shortest decimal that is this float32 (1e-05, not 9.99999974e-06)."""
    return float(str(np.float32(x)))


def make_config(meta, dtype, tied):
    if meta.need("general.architecture") != "llama":
        sys.exit("gguf-to-hf: only the llama architecture is handled")
    if any(k.startswith("llama.rope.scaling.") for k in meta.fields):
        sys.exit("gguf-to-hf: RoPE scaling is not handled")
    hidden = meta.need("llama.embedding_length")
    heads = meta.need("llama.attention.head_count")
    head_dim = meta.get("llama.attention.key_length", hidden // heads)
    if meta.get("llama.rope.dimension_count", head_dim) != head_dim:
        sys.exit("gguf-to-hf: partial RoPE is not handled")
    return {
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": meta.get("tokenizer.ggml.bos_token_id"),
        "eos_token_id": meta.get("tokenizer.ggml.eos_token_id"),
        "head_dim": head_dim,
        "hidden_act": "silu",
        "hidden_size": hidden,
        "initializer_range": 0.02,
        "intermediate_size": meta.need("llama.feed_forward_length"),
        "max_position_embeddings": meta.need("llama.context_length"),
        "mlp_bias": False,
        "model_type": "llama",
        "num_attention_heads": heads,
        "num_hidden_layers": meta.need("llama.block_count"),
        "num_key_value_heads": meta.get("llama.attention.head_count_kv", heads),
        "pad_token_id": meta.get("tokenizer.ggml.padding_token_id"),
        "rms_norm_eps": short_float(
            meta.need("llama.attention.layer_norm_rms_epsilon")),
        "rope_scaling": None,
        "rope_theta": short_float(meta.get("llama.rope.freq_base", 10000.0)),
        "tie_word_embeddings": tied,
        "torch_dtype": {"f32": "float32", "bf16": "bfloat16"}[dtype],
        "vocab_size": len(meta.need("tokenizer.ggml.tokens")),
    }


def make_tokenizer(meta):
    """-> (tokenizer.json object, tokenizer_config.json object)"""
    if meta.need("tokenizer.ggml.model") != "gpt2":
        sys.exit("gguf-to-hf: only byte-level BPE (gpt2) tokenizers are handled")
    pre = meta.get("tokenizer.ggml.pre", "gpt-2")
    if pre not in GPT2_PRE:
        sys.exit(f"gguf-to-hf: pre-tokenizer {pre!r} is not handled")
    tokens = meta.need("tokenizer.ggml.tokens")
    types = meta.get("tokenizer.ggml.token_type", [TOKEN_NORMAL] * len(tokens))
    merges = meta.need("tokenizer.ggml.merges")

    added = [{"id": i, "content": tok, "single_word": False, "lstrip": False,
              "rstrip": False, "normalized": False,
              "special": types[i] == TOKEN_CONTROL}
             for i, tok in enumerate(tokens)
             if types[i] in (TOKEN_CONTROL, TOKEN_USER_DEFINED)]
    # A merge is "left right"; a byte-level token never holds a raw space.
    pairs = []
    for m in merges:
        left, right = m.split(" ")
        pairs.append([left, right])

    byte_level = {"type": "ByteLevel", "add_prefix_space": False,
                  "trim_offsets": True, "use_regex": True}
    steps = GPT2_PRE[pre] + [byte_level]
    tok = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": (byte_level if len(steps) == 1 else
                          {"type": "Sequence", "pretokenizers": steps}),
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True,
                    "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None,
            "continuing_subword_prefix": None, "end_of_word_suffix": None,
            "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {t: i for i, t in enumerate(tokens)},
            "merges": pairs,
        },
    }

    def special(key):
        i = meta.get(f"tokenizer.ggml.{key}_token_id")
        return None if i is None else tokens[i]

    cfg = {
        "add_prefix_space": False,
        "added_tokens_decoder": {
            str(a["id"]): {k: v for k, v in a.items() if k != "id"}
            for a in added},
        "bos_token": special("bos"),
        "chat_template": meta.get("tokenizer.chat_template"),
        "clean_up_tokenization_spaces": False,
        "eos_token": special("eos"),
        "model_max_length": meta.need("llama.context_length"),
        "pad_token": special("padding"),
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": special("unknown"),
    }
    return tok, {k: v for k, v in cfg.items() if v is not None}


def dump(path, obj):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(obj, f, indent=2, ensure_ascii=False)
        f.write("\n")


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("gguf")
    ap.add_argument("outdir")
    ap.add_argument("--dtype", choices=["bf16", "f32"], default="bf16")
    args = ap.parse_args()

    reader = GGUFReader(args.gguf)
    meta = Meta(reader)
    names = {t.name for t in reader.tensors}
    cfg = make_config(meta, args.dtype, tied="output.weight" not in names)

    tensors = []
    for t in reader.tensors:
        name = hf_name(t.name)
        if name is None:
            if t.name in ("rope_freqs.weight",):
                sys.exit("gguf-to-hf: RoPE frequency factors are not handled")
            sys.exit(f"gguf-to-hf: unknown tensor {t.name}")
        shape = [int(d) for d in reversed(t.shape)]     # GGUF: fastest first
        w = dequantize(t.data, t.tensor_type).astype(np.float32).reshape(shape)
        if ".q_proj." in name:
            w = undo_rope_permutation(w, cfg["num_attention_heads"])
        elif ".k_proj." in name:
            w = undo_rope_permutation(w, cfg["num_key_value_heads"])
        if not np.isfinite(w).all():
            sys.exit(f"gguf-to-hf: {t.name} holds a value that is not finite")
        tensors.append((name, w))
    tensors.sort(key=lambda p: [int(s) if s.isdigit() else s
                                for s in re.split(r"(\d+)", p[0])])

    os.makedirs(args.outdir, exist_ok=True)
    tok, tok_cfg = make_tokenizer(meta)
    dump(os.path.join(args.outdir, "config.json"), cfg)
    dump(os.path.join(args.outdir, "generation_config.json"), {
        "_from_model_config": True,
        **{k: cfg[k] for k in ("bos_token_id", "eos_token_id", "pad_token_id")
           if cfg[k] is not None}})
    dump(os.path.join(args.outdir, "tokenizer.json"), tok)
    dump(os.path.join(args.outdir, "tokenizer_config.json"), tok_cfg)
    write_safetensors(os.path.join(args.outdir, "model.safetensors"),
                      tensors, args.dtype)
    total = sum(w.size for _, w in tensors)
    print(f"{args.outdir}: {len(tensors)} tensors, {total} parameters, "
          f"{args.dtype}, vocabulary {cfg['vocab_size']}")


if __name__ == "__main__":
    main()
