"""The model: loading it, and what it is taught. Only modules in here import torch, and only when they are used."""
