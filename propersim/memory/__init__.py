"""The assistant's memory: a diary of today, and recall of similar past steps.

The assistant's state is built from both (paper, section 4.1).

May import ``user``, ``persona``, ``rubric``, ``llm_client``, ``reading``, ``world`` and ``core``; uses only ``llm_client``, ``world`` and
``core`` today. Begin with ``memory.py``, which holds the diary (``diary.py``) and the recall index (``recall.py``) and builds the state of
a step (``state.py``, in words ``state_text.py``).
"""
