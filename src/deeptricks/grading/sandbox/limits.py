"""What one submission may use. Generous for homework, small enough for a laptop."""

from dataclasses import dataclass, fields

MB = 2**20


@dataclass(frozen=True)
class Limits:
    """What the run of one submission may use in one room.

    Parameters
    ----------
    seconds_a_room
        Wall time of one run, from the start of the sandbox to its end.
    seconds_a_cell, seconds_a_check
        Wall time of one cell of the notebook, and of one check.
    seconds_of_grace
        How much later than that the trusted side steps in, where code ignores its interruption.
    memory, memory_torch
        Bytes of all processes together, in the room "numpy" and in the room "torch"; files that
        lie in memory are counted. One process may not reserve more than this either.
    processes
        Processes and threads at a time.
    files
        Bytes of all files together; they lie in memory and are gone after the run.
    answers
        Bytes of all answers together, as JSON. One answer gets the share of one check.
    restarts
        How many times a submission is run again without the cell or check that ended the run.

    Raises
    ------
    ValueError
        Where one of them is not above 0 (`restarts`: below 0).
    """

    seconds_a_room: float = 60
    seconds_a_cell: float = 15
    seconds_a_check: float = 5
    seconds_of_grace: float = 5
    memory: int = 2048 * MB
    memory_torch: int = 4096 * MB
    processes: int = 64
    files: int = 64 * MB
    answers: int = 16 * MB
    restarts: int = 3

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if value < 0 or (value == 0 and field.name != "restarts"):
                raise ValueError(f"{field.name} is {value}, it must be above 0")

    def bytes_of(self, room: str) -> int:
        """The memory that processes and files may take in `room`."""
        return self.memory_torch if room == "torch" else self.memory
