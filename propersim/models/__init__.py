"""Language models on this machine: sources, presets, loading, decoding, LoRA adapters.

Needs torch.

May import `memory` and everything below it. Begin with `presets.py` and `presets.yaml` (models by name and their training settings), then
`sources.py` (name, folder, GGUF file or hub id), `loading.py`, and `model.py` (decide whether to speak, write suggestions). `codec.py`
defines the prompts and answers of every model, `text_codec.py` and `homelm_codec.py` those of the two kinds of model.
`llama_decoder.py` runs LLaMAs on the CPU, `pretrained.py` has the forward passes of their training, `starters.py` their starter adapters.
HomeLM's weights and its card are in `homelm/`.
"""
