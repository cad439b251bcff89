"""Records steps of a TRL trainer as `gradus.batch/1` files, which the debugger Gradus opens.

    from gradus_trl import record

    record(trainer, "batches", every=50)
    trainer.train()

Then, in a shell: `gradus step batches/step-000050.batch.json`.
"""

from .batch import RecorderWarning
from .recorder import Recorder
from .recording import record

__all__ = ["Recorder", "RecorderWarning", "record"]
