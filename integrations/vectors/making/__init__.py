"""The independent implementation from which the vectors are made: `python -m making.make`."""

import torch

torch.set_default_dtype(torch.float64)
