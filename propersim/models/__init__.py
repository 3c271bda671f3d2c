"""Language models on this machine: which model, whether it fits, loading, decoding, presets and LoRA adapters. Needs torch.

May import `memory` and everything below it. Begin with `presets.py` and `presets.yaml` (learning rates and sizes of each model), then
`loading.py` and `model.py` (deciding and writing suggestions).
"""
