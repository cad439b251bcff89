"""Writes what verl's trainer has in memory of a step as a `gradus.batch/1` file, which the debugger Gradus opens.

    from gradus_verl import write

    write("batches/step-000010.batch.json", batch, tokenizer, step=10, config={"loss_type": "dapo"})

Then, in a shell: `gradus step batches/step-000010.batch.json`.
"""

from .writing import Data, Tokenizer, write

__all__ = ["Data", "Tokenizer", "write"]
