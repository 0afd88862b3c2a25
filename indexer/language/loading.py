"""Reads the lexicon from its TOML files and checks all of it: a faulty entry is named with its file.

An institution adds its own file (setting `lexicon_file`): new entries, or words for an entry that exists, in a table
`[more.ENTRY]` with `words`, `en_words` and `abbreviations`.
"""

import hashlib
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from indexer.errors import LexiconError
from indexer.language.concepts import Concept, Lexicon, Sidedness, Site, cycles
from indexer.report import BodyRegion
from indexer.words import fold

_Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
_Wording = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{2}(\.[0-9]{1,2})?$")]
_RadLex = Annotated[str, StringConstraints(pattern=r"^RID[0-9]+$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Worded(_Entry):
    words: tuple[_Wording, ...] = ()
    en_words: tuple[_Wording, ...] = ()
    abbreviations: tuple[_Wording, ...] = ()


class _SiteEntry(_Worded):
    fr: _Wording
    en: _Wording
    part_of: tuple[_Id, ...] | _Id = ()
    seen_in: tuple[BodyRegion, ...] = ()
    side: Sidedness = Sidedness.MIDLINE
    radlex: _RadLex | None = None


class _ConceptEntry(_Worded):
    fr: _Wording
    en: _Wording
    abbreviations_in: tuple[BodyRegion, ...] = ()
    denials: tuple[_Wording, ...] = ()
    beside: tuple[_Id, ...] = ()
    heads: tuple[_Id, ...] = ()
    sites: tuple[_Id, ...] = ()
    alone_in: tuple[BodyRegion, ...] = ()
    sided_in: tuple[BodyRegion, ...] = ()
    alone: bool = True
    parents: tuple[_Id, ...] = ()
    region: BodyRegion | None = None
    side: Sidedness = Sidedness.NONE
    denied_with: tuple[_Id, ...] = ()
    operated: _Id | None = None
    near: bool = False
    organ_size: bool = False
    measured_at: tuple[_Id, ...] = ()
    past: bool = False
    once_known: tuple[_Id, ...] = ()
    left_by: tuple[_Id, ...] = ()
    cim10: tuple[_Code, ...] = ()
    radlex: _RadLex | None = None


class _File(_Entry):
    site: dict[_Id, _SiteEntry] = Field(default_factory=dict)
    finding: dict[_Id, _ConceptEntry] = Field(default_factory=dict)
    more: dict[_Id, _Worded] = Field(default_factory=dict)


@lru_cache(maxsize=2)
def lexicon_digest(own: Path | None = None) -> str:
    """Eight hexadecimal characters that change with any word of the lexicon's files."""
    texts = _texts(own)
    content = "\0".join(f"{name}\0{texts[name]}" for name in sorted(texts))
    return hashlib.blake2b(content.encode("utf-8"), digest_size=4).hexdigest()


@lru_cache(maxsize=2)
def load_lexicon(own: Path | None = None) -> Lexicon:
    """The bundled lexicon, with an institution's own file if there is one.

    Raises LexiconError with every faulty entry and its file.
    """
    return build_lexicon(_texts(own))


def _texts(own: Path | None) -> dict[str, str]:
    """The contents of the files by name, those that name sites and heads first."""
    folder = files("indexer.language") / "lexicon"
    bundled = sorted(p.name for p in folder.iterdir() if p.name.endswith(".toml"))
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in bundled}
    if own is not None:
        try:
            texts[str(own)] = own.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise LexiconError(f"cannot read the lexicon file {own}; check the setting lexicon_file") from exc
    return texts


def build_lexicon(texts: dict[str, str]) -> Lexicon:
    """A lexicon from the contents of its files, by name; raises LexiconError with every fault found."""
    faults: list[str] = []
    sites: dict[str, Site] = {}
    concepts: dict[str, Concept] = {}
    origins: dict[str, str] = {}
    more: list[tuple[str, str, _Worded]] = []
    for name, text in texts.items():
        entries = _read(name, text, faults)
        for key, place in entries.site.items():
            _claim(key, name, origins, faults)
            parts = (place.part_of,) if isinstance(place.part_of, str) else place.part_of
            sites[key] = Site(id=key, **{**_values(place), "part_of": parts})
        for key, finding in entries.finding.items():
            _claim(key, name, origins, faults)
            concepts[key] = Concept(id=key, **_values(finding))
        more.extend((name, key, words) for key, words in entries.more.items())
    for name, key, words in more:
        _extend(name, key, words, concepts, sites, faults)
    lexicon = Lexicon(concepts, sites, origins)
    faults.extend(_faults(lexicon))
    if faults:
        raise LexiconError("the lexicon is faulty:\n" + "\n".join(f"  {fault}" for fault in faults))
    return lexicon


def _read(name: str, text: str, faults: list[str]) -> _File:
    try:
        return _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        faults.append(f"{name}: not TOML: {exc}")
    except ValidationError as exc:
        faults.extend(f"{name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
    return _File()


def _values(entry: _SiteEntry | _ConceptEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in type(entry).model_fields}


def _claim(key: str, name: str, origins: dict[str, str], faults: list[str]) -> None:
    if key in origins:
        faults.append(f"{name}: {key}: is already in {origins[key]}; to add words to it, use [more.{key}]")
    origins[key] = name


def _extend(
    name: str, key: str, words: _Worded, concepts: dict[str, Concept], sites: dict[str, Site], faults: list[str]
) -> None:
    entry = concepts.get(key) or sites.get(key)
    if entry is None:
        faults.append(f"{name}: more.{key}: no such entry; its id is wrong, or it belongs in a table [finding.{key}]")
        return
    longer = replace(
        entry,
        words=entry.words + words.words,
        en_words=entry.en_words + words.en_words,
        abbreviations=entry.abbreviations + words.abbreviations,
    )
    if isinstance(longer, Concept):
        concepts[key] = longer
    else:
        sites[key] = longer


def _faults(lexicon: Lexicon) -> Iterator[str]:
    for concept in lexicon.concepts.values():
        where = f"{lexicon.origins[concept.id]}: {concept.id}"
        yield from _unknown(where, "parent", concept.parents, lexicon.concepts)
        yield from _unknown(where, "head", concept.heads, lexicon.concepts)
        yield from _unknown(where, "site", concept.sites, lexicon.sites)
        yield from _unknown(where, "operated", filter(None, (concept.operated,)), lexicon.sites)
        yield from _unknown(where, "beside", concept.beside, lexicon.sites)
        yield from _unknown(where, "measured_at", concept.measured_at, lexicon.sites)
        yield from _unknown(where, "denied_with", concept.denied_with, lexicon.concepts)
        yield from _unknown(where, "once_known", concept.once_known, lexicon.concepts)
        yield from _unknown(where, "left_by", concept.left_by, lexicon.concepts)
        if concept.heads and not (concept.sites or concept.alone_in):
            yield f"{where}: has heads but neither sites nor alone_in: of what would they make it?"
        if concept.sites and not concept.heads:
            yield f"{where}: has sites but no heads: what said of them is it?"
        if concept.abbreviations_in and not concept.abbreviations:
            yield f"{where}: has abbreviations_in but no abbreviations"
    for site in lexicon.sites.values():
        yield from _unknown(f"{lexicon.origins[site.id]}: {site.id}", "part_of", site.part_of, lexicon.sites)
    for key in cycles({k: c.broader for k, c in lexicon.concepts.items()}):
        yield f"{lexicon.origins[key]}: {key}: is a kind of itself, through its parents or heads"
    for key in cycles({k: s.part_of for k, s in lexicon.sites.items()}):
        yield f"{lexicon.origins[key]}: {key}: is a part of itself"
    yield from _doubles(lexicon, lexicon.concepts.values())
    yield from _doubles(lexicon, lexicon.sites.values())


def _unknown(where: str, what: str, ids: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    for missing in sorted(set(ids) - set(known)):
        yield f"{where}: {what} {missing}: no such entry"


def _doubles(lexicon: Lexicon, entries: Iterable[Concept] | Iterable[Site]) -> Iterator[str]:
    """A wording must name one thing: two entries with the same would leave the choice to chance."""
    owners: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        for wording in dict.fromkeys(fold(w) for w in entry.wordings):
            owners[wording].append(entry.id)
    for wording, ids in owners.items():
        if len(ids) > 1:
            names = ", ".join(f"{i} ({lexicon.origins[i]})" for i in ids)
            yield f"'{wording}' is a wording of several entries: {names}"
