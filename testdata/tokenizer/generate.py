#!/usr/bin/env python3
"""Make the tokenizer fixtures: generate.py QWEN2.5-DIR OUTPUT-DIR

Reads tokenizer.json of Qwen2.5 (Apache-2.0), cuts it to its first merges,
dresses the cut in other tokenizers' clothes, and writes for each variant
DIR/tokenizer.json and DIR/cases.jsonl, whose ids the Rust library
`tokenizers` computed: {"text", "special", "post", "ids", "decoded"}.
"""
import json
import pathlib
import random
import sys

from tokenizers import Tokenizer

QWEN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
LLAMA3 = QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
DEEPSEEK = [r"\p{N}{1,3}", "[一-龥\u3040-ゟ゠-ヿ]+",
            r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"
            r"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"
            r"|\s*[\r\n]+|\s+(?!\S)|\s+"]

POOL = ["a", "e", "Z", "the", " the", "ing", " ", "  ", "\t", "\n", "\r\n",
        "\r", "\n\n", "\u00a0", "\u180e", "\u2028", "\u0085", "\u200b",
        "\u200d", "\u200c", "\ufeff", "\x00", "\x04", "\x7f", "\u00ad", "0",
        "12", "3456", "٣", "४", "Ⅷ", "½", "²", "①", "一", "龥", "ひ", "カ",
        "ー", "한", "글", "\u1112\u1161\u11ab", "\u1100", "\u1161", "\u11a8",
        "é", "e\u0301", "\u0301", "\u0323\u0307", "\u0307\u0323", "\u0344",
        "Å", "\u212b", "K", "ſ", "'s", "'S", "'ſ", "'ll", "'LL", "'Re",
        "\u2019s", "'", "🦙", "👩\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈",
        "🇩🇪", "👍🏽", "\U000E0067", "\ufffd", "\uffff", "\U0010ffff",
        "\ue000", "،", "שלום", "\u05bc\u05b8", "नमस्ते", "ไทย", "ก็", "ǅ",
        "ß", "ﬆ", "İ", "ı", "_", "-", "--", "==", "<", "|", ">", "(", "[",
        "{", "\\", "$", "\\frac{1}{2}", "####", "/", "\"", ".", "...", "!",
        ",", "~", "`", "\U0001D7D8", "\u0fb2\u0f71\u0f80", "\u1e9b\u0323",
        "\uac00\u11a8", "\u0958", "\u2adc", "\U0001D15E", "か\u3099"]


def word(s):
    """The byte alphabet's spelling of ASCII, or of other bytes."""
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {b: chr(b) for b in keep}
    n = 0
    for b in range(256):
        if b not in table:
            table[b] = chr(256 + n)
            n += 1
    return "".join(table[b] for b in s)


def added(content, token_id, **flags):
    base = dict(single_word=False, lstrip=False, rstrip=False,
                normalized=False, special=True)
    return dict(id=token_id, content=content, **{**base, **flags})


def cut(source, merges):
    """The bytes, the first merges, and nothing else; ids from 0."""
    vocab = {word([b]): b for b in range(256)}
    kept = []
    for m in source["model"]["merges"][:merges]:
        left, right = m.split(" ") if isinstance(m, str) else m
        if left in vocab and right in vocab:
            kept.append((left, right))
            vocab.setdefault(left + right, len(vocab))
    return vocab, kept


def build(vocab, merges, tokens, pre, normalizer=None, post=None, **model):
    size = len(vocab)
    listed = []
    for content, flags in tokens:
        listed.append(added(content, vocab.get(content, size), **flags))
        size += content not in vocab
    level = dict(type="ByteLevel", add_prefix_space=False,
                 trim_offsets=False, use_regex=False)
    return dict(version="1.0", truncation=None, padding=None,
                added_tokens=listed,
                normalizer=normalizer, pre_tokenizer=pre,
                post_processor=post, decoder=level,
                model={**dict(type="BPE", dropout=None, unk_token=None,
                              continuing_subword_prefix="",
                              end_of_word_suffix="", fuse_unk=False,
                              byte_fallback=False, vocab=vocab,
                              merges=merges), **model})


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return dict(type="Split", pattern={kind: pattern}, behavior=behavior,
                invert=invert)


def level(regex=False, prefix=False):
    return dict(type="ByteLevel", add_prefix_space=prefix,
                trim_offsets=True, use_regex=regex)


def seq(*steps):
    return dict(type="Sequence", pretokenizers=list(steps))


def strings(merges):
    return [" ".join(m) for m in merges]


def variants(source):
    nfc = dict(type="NFC")
    chat = [(c, {}) for c in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")]
    tools = [(c, dict(special=False)) for c in ("<tool_call>", "</tool_call>")]
    vocab, merges = cut(source, 3000)
    yield "qwen", build(vocab, strings(merges), chat + tools,
                        seq(split(QWEN), level()), nfc,
                        dict(type="ByteLevel", add_prefix_space=False,
                             trim_offsets=False, use_regex=False))
    # SmolLM2's: digits one by one, GPT-2's pattern, 21 bytes missing.
    vocab, merges = cut(source, 1000)
    gone = {word([b]) for b in [4, *range(0xC0, 0xC2), *range(0xF1, 0x100),
                                0x0B, 0x1C, 0x7F]}
    vocab = {t: i for i, t in enumerate(
        t for t in vocab if not gone & set(t))}
    merges = [m for m in merges if m[0] in vocab and m[1] in vocab
              and m[0] + m[1] in vocab]
    smol = {c: i for i, (c, _) in enumerate(chat)}
    vocab = {**smol, **{t: i + len(smol) for t, i in vocab.items()}}
    made = build(vocab, merges, [], seq(dict(type="Digits",
                 individual_digits=True), level(True)))
    made["added_tokens"] = [added(c, i) for c, i in smol.items()]
    yield "smollm", made
    # Llama 3's: begin of text from the post-processor, whole words first.
    vocab, merges = cut(source, 600)
    for extra in ("Hello", "Ġworld", "abcdefgh"):
        vocab[extra] = len(vocab)
    bos = len(vocab)
    tokens = [(c, {}) for c in ("<|begin_of_text|>", "<|end_of_text|>",
              "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")]
    piece = [dict(SpecialToken=dict(id="<|begin_of_text|>", type_id=0)),
             dict(Sequence=dict(id="A", type_id=0))]
    names = {"<|begin_of_text|>": dict(id="<|begin_of_text|>", ids=[bos],
                                       tokens=["<|begin_of_text|>"])}
    template = dict(type="TemplateProcessing", single=piece, pair=piece
                    + [dict(Sequence=dict(id="B", type_id=1))],
                    special_tokens=names)
    yield "llama3", build(vocab, strings(merges), tokens,
                          seq(split(LLAMA3), level()), None,
                          dict(type="Sequence", processors=[level(), template]),
                          ignore_merges=True)
    # Added tokens of every kind, an unknown token, a space in front.
    vocab, merges = cut(source, 300)
    for b in (0x01, 0xE2, 0xC3):
        del vocab[word([b])]
    merges = [m for m in merges if m[0] in vocab and m[1] in vocab]
    vocab = {t: i for i, t in enumerate(t for t in vocab if not
             {word([0x01]), word([0xE2]), word([0xC3])} & set(t))}
    merges = [m for m in merges if m[0] in vocab and m[1] in vocab
              and m[0] + m[1] in vocab]
    vocab["<unk>"] = len(vocab)
    odd = [("<mask>", dict(lstrip=True)), ("<r>", dict(rstrip=True)),
           ("<both>", dict(lstrip=True, rstrip=True, special=False)),
           ("word", dict(single_word=True, special=False)),
           ("wordy", dict(special=False)), ("<s", dict(special=False)),
           ("<s>", {}), ("<s>x", dict(normalized=True)),
           ("e\u0301t", dict(normalized=True, special=False)),
           ("A\u030a", dict(special=False)), ("é", dict(special=False)),
           ("   ", dict(special=False)), ("日本", dict(special=False,
           single_word=True, normalized=True))]
    yield "added", build(vocab, merges, odd, level(True, True),
                         dict(type="Sequence", normalizers=[nfc]), None,
                         unk_token="<unk>", fuse_unk=False)
    yield "fused", build(vocab, merges, odd[:2], seq(
        dict(type="Digits", individual_digits=False), level(True, True)),
        None, None, unk_token="<unk>", fuse_unk=True)
    # Split's behaviours, one small tokenizer each.
    vocab, merges = cut(source, 100)
    for b in ("Isolated", "Removed", "Contiguous", "MergedWithPrevious",
              "MergedWithNext"):
        for invert in (False, True):
            steps = [split(r"[\s,]|\d+|(?<=e)t?", b, invert),
                     split("th", b, invert, "String"), level()]
            yield ("split-" + b.lower() + ("-invert" if invert else ""),
                   build(vocab, strings(merges), [], seq(*steps)))
    yield "deepseek", build(vocab, strings(merges), [], seq(
        *[split(p) for p in DEEPSEEK], level()))
    yield "scripts", build(vocab, strings(merges), [], seq(
        split(r"\p{Han}+|[\p{Hiragana}\w]+|\W|\h{,2}\u0301", "Isolated"),
        level()))


def texts(tokens, count, seed):
    r = random.Random(seed)
    pool = POOL + 3 * tokens
    for _ in range(count):
        n = r.choice([1, 2, 3, 5, 8, 16])
        kind = r.random()
        if kind < .8:
            yield "".join(r.choice(pool) for _ in range(n))
        elif kind < .9:
            yield r.choice(pool) * r.choice([2, 7, 30])
        else:
            yield "".join(chr(c) for c in r.choices(
                [r.randrange(0xD800) for _ in range(64)]
                + [r.randrange(0xE000, 0x110000) for _ in range(16)], k=n))


def main():
    source = json.loads(pathlib.Path(sys.argv[1], "tokenizer.json").read_text())
    fixed = [json.loads(line)["text"] for line in
             pathlib.Path(__file__).with_name("texts.jsonl").open()]
    for name, made in variants(source):
        out = pathlib.Path(sys.argv[2], name)
        out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
        (out / "tokenizer.json").write_text(text + "\n")
        t = Tokenizer.from_str(text)
        tokens = [a["content"] for a in made["added_tokens"]]
        small = name.startswith("split") or name in ("deepseek", "scripts")
        with (out / "cases.jsonl").open("w") as f:
            for i, s in enumerate(fixed + list(texts(
                    tokens, 60 if small else 250, name))):
                special, post = i % 3 != 1, i % 2 == 0
                t.encode_special_tokens = not special
                ids = t.encode(s, add_special_tokens=post).ids
                f.write(json.dumps(dict(
                    text=s, special=special, post=post, ids=ids,
                    decoded=t.decode(ids, skip_special_tokens=False)),
                    separators=(",", ":")) + "\n")


main()
