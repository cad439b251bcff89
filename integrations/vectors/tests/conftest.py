import pathlib
import sys

# The package and its maker, which is not installed, and what the tests share.
sys.path[:0] = [str(pathlib.Path(__file__).parent.parent), str(pathlib.Path(__file__).parent)]
