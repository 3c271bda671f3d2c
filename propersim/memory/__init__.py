"""What the assistant remembers: a diary of today, and recall of similar past moments (paper, section 4.1)."""
