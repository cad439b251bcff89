"""Generated tokens per second of transformers: 32 prompts of 16 tokens, 32 new tokens each, sampled; weights in 32 bits and in bfloat16."""

from measuring import FORMATS, arguments, report, shortest, table
from shapes import COMPLETION_LENGTH, PROMPT_LENGTH, PROMPTS, VOCABULARY, causal_model

import torch


def generation(size, is_bf16):
    """A function that generates once; nothing ends a text early."""
    model = causal_model(size).eval().to(torch.bfloat16 if is_bf16 else torch.float32)
    model.generation_config.eos_token_id = None
    prompts = torch.randint(2, VOCABULARY, (PROMPTS, PROMPT_LENGTH))
    mask = torch.ones_like(prompts)

    @torch.inference_mode()
    def generate():
        texts = model.generate(
            prompts, attention_mask=mask, do_sample=True, top_k=0, max_new_tokens=COMPLETION_LENGTH
        )
        assert texts.shape == (PROMPTS, PROMPT_LENGTH + COMPLETION_LENGTH)

    return generate


if __name__ == "__main__":
    options = arguments(__doc__)
    for size in options.sizes:
        for suffix, is_bf16 in FORMATS.items():
            duration = shortest(generation(size, is_bf16), options.seconds)
            rate = PROMPTS * COMPLETION_LENGTH / duration
            report("transformers", f"generation.{size.name}{suffix}", rate, "tokens/s")
    table()
