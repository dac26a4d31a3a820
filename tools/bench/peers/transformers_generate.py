"""Writing text as ../suites/generate.mjs does, by the library transformers on PyTorch: python3 transformers_generate.py [--threads N] [--json] [--only NAME]"""

from timing import arguments, chosen, milliseconds, report, use_cores

options = arguments(__doc__)
use_cores(options.threads)

import torch  # noqa: E402
from transformers import GPT2Config, GPT2LMHeadModel  # noqa: E402

torch.set_num_threads(options.threads)
torch.manual_seed(1)

VOCAB, PROMPT, NEW = 64, 16, 112


def generate(rows, dim, layers):
    config = GPT2Config(vocab_size=VOCAB, n_embd=dim, n_layer=layers, n_head=4, n_positions=PROMPT + NEW, eos_token_id=None, bos_token_id=None)
    model = GPT2LMHeadModel(config).eval()
    prompts = torch.randint(0, VOCAB, (rows, PROMPT))

    @torch.no_grad()
    def call():
        model.generate(prompts, attention_mask=torch.ones_like(prompts), do_sample=True, top_k=0, min_new_tokens=NEW, max_new_tokens=NEW, use_cache=True, pad_token_id=0)

    return call


# (rows, width, layers) of each.
SIZES = {"generate-1": (1, 128, 4), "generate-32": (32, 128, 4), "generate-256-small": (256, 64, 2)}

benchmarks = {name: lambda size=size: generate(*size) for name, size in SIZES.items()}


def tokens_per_second(name, make):
    return 1000 * SIZES[name][0] * NEW / milliseconds(make(), options.repeats)


report([{"name": name, "perSecond": tokens_per_second(name, make)} for name, make in chosen(benchmarks, options.only).items()], options.json)
