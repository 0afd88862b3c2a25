"""Every error that a user or a caller may see.

    RadiothequeError                 exit code 1
    ├── InputError                   the user's mistake: exit code 2
    │   ├── SourceError              a source that cannot be read at all
    │   ├── MappingError             a mapping that names no such column or field
    │   ├── LexiconError             an entry of the lexicon that cannot be used
    │   ├── SettingsError            a setting that is missing, unknown or unsafe
    │   ├── QueryError               a search that cannot be understood
    │   ├── UnknownReport            no such report
    │   ├── DecidedAlready           a record of the quarantine that is indexed by now
    │   └── RetrievalSetError        an evaluation set that is not laid out as it should be
    ├── EncoderUnavailable           the encoder's package or weights are missing
    ├── EncoderMismatch              the index was made by another encoder
    ├── PrivacyError                 the gate cannot work: a list or a part of it is missing
    ├── AnalysisTimeout              a report that takes too long to be understood
    ├── KeyMismatch                  the workspace's pseudonym key is lost or another
    └── StoreError                   a store that cannot do what was asked
        ├── DataFolderUnwritable     the data folder cannot be written: exit code 2
        ├── StoreUnavailable         it cannot be opened or reached
        ├── StoreDamaged             its files are not what they were when written
        ├── StorageFull              no space left
        ├── StoreLocked              another process is writing to it
        ├── ReportsRefused           it takes some reports never as they are, and took all others
        └── DimensionMismatch        vectors of another length

A message has what came, what was wanted and what to do; it never has report text, a query or an identifier.
"""

from collections import Counter
from collections.abc import Mapping


class RadiothequeError(Exception):
    """Base of every error raised on purpose; `exit_code` is what the command line ends with."""

    exit_code = 1


class InputError(RadiothequeError):
    """Something the user gave cannot be used; nothing was changed."""

    exit_code = 2


class SourceError(InputError):
    """A source that cannot be read at all: missing, of an unknown kind, not of the stated encoding."""


class MappingError(InputError):
    """A mapping of columns to fields that does not fit the source."""


class LexiconError(InputError):
    """An entry of the lexicon, bundled or an institution's own, that cannot be used."""


class SettingsError(InputError):
    """A setting that is missing, unknown or unsafe."""


class QueryError(InputError):
    """A search that cannot be understood."""


class UnknownReport(InputError):
    """No report with that id is in the index."""


class DecidedAlready(InputError):
    """A record of the quarantine that was released, and is indexed by now."""


class RetrievalSetError(InputError):
    """An evaluation folder that is not laid out as a retrieval set."""


class EncoderUnavailable(RadiothequeError):
    """The encoder's package or weights are missing or damaged."""


class EncoderMismatch(RadiothequeError):
    """The index was made by another encoder than the one that is set."""


class PrivacyError(RadiothequeError):
    """The gate against identifiers cannot work; nothing passes without it."""


class AnalysisTimeout(RadiothequeError):
    """Understanding a report took longer than the setting `analysis_seconds` allows."""


class KeyMismatch(RadiothequeError):
    """The pseudonym key is not the one that this workspace was made with."""


class StoreError(RadiothequeError):
    """A store cannot do what was asked."""


class DataFolderUnwritable(StoreError):
    """The data folder cannot be made or written: the user chooses another."""

    exit_code = 2


class StoreUnavailable(StoreError):
    """A store cannot be opened or reached."""


class StoreDamaged(StoreError):
    """A store's files are not what they were when they were written."""


class StorageFull(StoreError):
    """No space is left where a store writes."""


class StoreLocked(StoreError):
    """Another process holds the store for writing."""


class ReportsRefused(StoreError):
    """A store does not take some reports as they are, and will not; all others are written.

    kinds: the server's kind of error by report id. The message counts them, and names no report.
    """

    def __init__(self, place: str, kinds: Mapping[str, str]) -> None:
        said = ", ".join(f"{count} {kind}" for kind, count in Counter(kinds.values()).most_common())
        super().__init__(
            f"{place} refused {len(kinds)} reports ({said}); all others are written. Change what it refuses them for, a "
            "limit say, and run: radiotheque repair; or index their source again, which puts them into quarantine"
        )
        self.place = place
        self.kinds = dict(kinds)


class DimensionMismatch(StoreError):
    """Vectors of another length than the index's."""
