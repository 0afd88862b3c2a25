"""Errors of the demo corpus.

DemoError
└── DemoDataError   a data file is wrong; the message names the file and the entry
"""


class DemoError(Exception):
    """Anything the demo corpus refuses to do."""


class DemoDataError(DemoError):
    """A data file that cannot be used: `file: entry: what is wrong`."""

    def __init__(self, file: str, entry: str, problem: str) -> None:
        super().__init__(f"{file}: {entry}: {problem}")
        self.file = file
        self.entry = entry
        self.problem = problem
