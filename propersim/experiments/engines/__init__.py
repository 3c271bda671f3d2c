"""Engines of batches: what carries out the runs, on this machine or on many."""
