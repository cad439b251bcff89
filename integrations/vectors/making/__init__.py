"""The independent implementation from which the vectors are made: `python -m making.make`."""
