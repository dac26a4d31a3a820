"""Reads the model of a run as `rivulet export RUN` wrote it, by the library transformers, and compares its greedy texts with the last judgement in the run's transcripts: python3 transformers_load.py RUN"""

import json
import sys
from pathlib import Path

if len(sys.argv) != 2:
    sys.exit(__doc__)

import torch  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

run = Path(sys.argv[1])
config = json.loads((run / "config.json").read_text())
model, loading = AutoModelForCausalLM.from_pretrained(run / "model", output_loading_info=True)
tokenizer = AutoTokenizer.from_pretrained(run / "model")
wrong = {kind: list(names) for kind, names in loading.items() if names}
if wrong:
    sys.exit(f"{run / 'model'} does not fit: {wrong}")

lines = [json.loads(line) for line in (run / "transcripts.jsonl").read_text().splitlines()]
judged = [line for line in lines if line["phase"] == "final"]
equal = 0
for line in judged:
    prompt = tokenizer(line["prompt"], return_tensors="pt").input_ids
    with torch.no_grad():
        # What the run cut, at its most tokens, is cut here too.
        written = model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=False, max_new_tokens=line["tokens"], pad_token_id=tokenizer.eos_token_id)
    text = tokenizer.decode(written[0, prompt.shape[1] :], skip_special_tokens=True)
    equal += text == line["text"]
    print(f"{line['prompt']}{text}" if text == line["text"] else f"{line['prompt']}{text}   the run wrote {line['text']}")
print(f"{type(model).__name__} on {config['task']}: {equal} of {len(judged)} texts are the same")
sys.exit(0 if equal == len(judged) else 1)
