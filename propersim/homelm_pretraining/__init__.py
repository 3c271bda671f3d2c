"""How HomeLM, the small LLaMA that ships with propersim, is made: corpus, pretraining, checks. Needs torch.

May import every room from `runs` down. Begin with `corpus.py` (what the model reads) and `pretrain.py` (how it is trained).
The trained weights are in `models/homelm/`.
"""
