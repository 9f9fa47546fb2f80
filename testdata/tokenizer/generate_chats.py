#!/usr/bin/env python3
"""Make chats.jsonl in each fixture DIR given: {"messages", "prompt"}, the
prompt as transformers' apply_chat_template renders the fixture's own
chat_template (DIR/tokenizer_config.json)."""
import json
import pathlib
import random
import sys

from transformers import PreTrainedTokenizerFast

TEXTS = ["What is 2+2?", "  padded \n\n", "x\n", "Ünïcode 🦙", "",
         "\u2003wide\u2003", "<|im_end|> inside", "a'b\"c{question}"]


def chat(r):
    turns = []
    if r.random() < .4:
        turns.append(dict(role="system", content=r.choice(TEXTS)))
    for _ in range(r.choice([0, 0, 1, 2])):
        turns.append(dict(role="user", content=r.choice(TEXTS)))
        turns.append(dict(role="assistant", content=r.choice(TEXTS)))
    return turns + [dict(role="user", content=r.choice(TEXTS))]


for name in sys.argv[1:]:
    r = random.Random(1)
    at = pathlib.Path(name)
    config = json.loads((at / "tokenizer_config.json").read_text())
    t = PreTrainedTokenizerFast(
        tokenizer_file=str(at / "tokenizer.json"),
        chat_template=config["chat_template"],
        bos_token=config["bos_token"], eos_token=config["eos_token"])
    with (at / "chats.jsonl").open("w") as f:
        for _ in range(40):
            turns = chat(r)
            f.write(json.dumps(dict(
                messages=turns, prompt=t.apply_chat_template(
                    turns, tokenize=False, add_generation_prompt=True)),
                separators=(",", ":")) + "\n")
