"""How HomeLM, the small LLaMA that ships with propersim, is trained. Needs torch.

May import `persona_generation` and everything below it. Begin with `corpus.py` (what the model reads) and `pretrain.py` (its training).
The trained weights are in `models/homelm/`. `starter.py` trains starter adapters of other models on the same simulated users.
"""
