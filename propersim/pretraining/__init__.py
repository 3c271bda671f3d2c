"""How HomeLM and starter adapters are trained, on simulated users. Needs torch.

May import `persona_generation` and everything below it. Begin with `corpus.py` (what HomeLM reads) and `pretrain.py` (its training);
`starter.py` prepares other models. HomeLM's weights are in `models/homelm/`.
"""
