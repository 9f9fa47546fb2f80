#!/usr/bin/env python3
"""Iterations of TRL's GRPO trainer: generate, score, one optimiser step.

    grpo.py MODEL PROMPTS.jsonl SAMPLES NEW [MICRO [THREADS]]

Every response has NEW tokens.  The reward is the response's length in characters modulo 7,
as in pipelines/bench.  The model is in fp32, as TRL loads it.
There is no iteration to warm up: one takes minutes.
"""
import sys
import tempfile
import time

import peer
import torch
import transformers
from datasets import Dataset
from trl import GRPOConfig, GRPOTrainer

model, path, samples, new = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
micro = int(sys.argv[5]) if len(sys.argv) > 5 else 8
if len(sys.argv) > 6:
    torch.set_num_threads(int(sys.argv[6]))
rows = peer.trajectories(path)
batch = len(rows) * samples
net = transformers.AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
tokenizer = transformers.AutoTokenizer.from_pretrained(model, padding_side="left")
if tokenizer.pad_token is None:
    tokenizer.pad_token = tokenizer.eos_token


def reward(completions, **kwargs):
    return [len(text) % 7 / 7 for text in completions]


class Paced(transformers.TrainerCallback):
    """A step waits for its line and answers."""

    def on_train_begin(self, args, state, control, **kwargs):
        peer.answer("ready")

    def on_step_begin(self, args, state, control, **kwargs):
        if not sys.stdin.readline():
            sys.exit(0)
        self.start = time.perf_counter()

    def on_step_end(self, args, state, control, **kwargs):
        peer.report(tokens=batch * new, seconds=time.perf_counter() - self.start)


with tempfile.TemporaryDirectory() as scratch:
    GRPOTrainer(
        model=net, reward_funcs=reward, processing_class=tokenizer, callbacks=[Paced()],
        train_dataset=Dataset.from_list([{"prompt": r["prompt"]} for r in rows]),
        args=GRPOConfig(
            output_dir=scratch, per_device_train_batch_size=micro,
            gradient_accumulation_steps=batch // micro, num_generations=samples,
            max_completion_length=new, generation_kwargs={"min_new_tokens": new},
            temperature=1.0, learning_rate=1e-6, max_steps=1000, use_cpu=True, bf16=False,
            fp16=False, gradient_checkpointing=False, report_to=[], save_strategy="no",
            disable_tqdm=True, dataloader_num_workers=0)).train()
