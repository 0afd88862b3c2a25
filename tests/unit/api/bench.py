"""A small search bench: invented French reports in the real stores, and an encoder whose vectors can be foreseen."""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.query import ParsedQuery, parse_query
from api.retrieval import Found, QueryEncoder, Question, search
from api.schemas import SearchMode
from indexer.documents import text_document
from indexer.encoders.base import Encoder
from indexer.encoders.passages import passages_of
from indexer.language.sections import split_sections
from indexer.passage import EncodedReport, EncoderIdentity, Vectors
from indexer.report import BodyRegion, ExamMetadata, Modality, Report, Sex
from indexer.stores.filters import Filters
from indexer.stores.text.base import TextStore
from indexer.stores.text.tantivy import TantivyText
from indexer.stores.vectors.snapshot import SnapshotWriter
from indexer.stores.vectors.store import SnapshotVectors, open_vectors
from indexer.words import terms

_DIM = 512
_UNHEARD = frozenset(terms("pas sans aucun aucune absence ni no not without non retrouvée"))
_FRENCH = {terms(e)[0]: terms(f)[0] for e, f in [("embolism", "embolie"), ("pulmonary", "pulmonaire")]}


class DeafEncoder:
    """Bag of words hashed into 512 dimensions. Deaf to negation, as trained encoders nearly are, and it knows some
    English: "no pulmonary embolism" and "embolie pulmonaire" have one vector.
    """

    identity = EncoderIdentity("deaf", _DIM, "", "", "0" * 64)
    window = 400

    def token_ends(self, text: str) -> Sequence[int]:
        return [match.end() for match in re.finditer(r"\S+", text)]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])

    def encode_query(self, text: str) -> Vectors:
        return self.encode_passages([text])

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(_DIM, np.float32)
        vector[0] = 1e-3  # never a zero vector
        for term in terms(text):
            if term not in _UNHEARD:
                digest = hashlib.blake2b(_FRENCH.get(term, term).encode(), digest_size=4).digest()
                vector[int.from_bytes(digest) % _DIM] += 1.0
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


@dataclass(frozen=True)
class Bench:
    """Open stores over some reports."""

    text: TextStore
    vectors: SnapshotVectors | None
    encoder: QueryEncoder

    def find(
        self,
        typed: str | None,
        mode: SearchMode,
        *,
        filters: Filters | None = None,
        like: ParsedQuery | None = None,
        without: frozenset[str] = frozenset(),
    ) -> list[Found]:
        parsed = parse_query(typed) if typed else None
        question = Question(parsed, like, filters or Filters(), mode, without)
        return search(question, self.text, self.vectors, self.encoder)

    def ids(self, typed: str | None, mode: SearchMode, **asked: object) -> list[str]:
        return [found.ranked.report_id for found in self.find(typed, mode, **asked)]  # type: ignore[arg-type]


def report(report_id: str, text: str, metadata: ExamMetadata | None = None) -> Report:
    return Report(report_id, None, text, split_sections(text), metadata or ExamMetadata())


def open_bench(folder: Path, reports: Sequence[Report], encoder: Encoder | None = None) -> Bench:
    encoder = encoder or DeafEncoder()
    text = TantivyText(folder / "text")
    text.write([text_document(r, None) for r in reports], [])
    text.close()
    text.refresh()
    writer = SnapshotWriter(folder / "vectors", encoder.identity)
    writer.commit([_encoded(r, encoder) for r in reports])
    return Bench(text, open_vectors(folder / "vectors", encoder.identity), encoder)


def _encoded(source: Report, encoder: Encoder) -> EncodedReport:
    passages = tuple(passages_of(source, encoder))
    return EncodedReport(source, passages, encoder.encode_passages([p.text for p in passages]))


def _exam(modality: Modality, region: BodyRegion, sex: Sex, age: int, year: int, site: str) -> ExamMetadata:
    return ExamMetadata(modality, (region,), sex, age, dt.date(year, 6, 15), site)


_F, _M = Sex.FEMALE, Sex.MALE
_THORAX_CT = (Modality.CT, BodyRegion.THORAX)
_REPORTS: Mapping[str, tuple[ExamMetadata, str, str]] = {
    "embolie_droite": (
        _exam(*_THORAX_CT, _F, 67, 2021, "Nord"),
        "Défaut endoluminal de l'artère lobaire inférieure droite. Lame pleurale minime.",
        "Embolie pulmonaire lobaire droite.",
    ),
    "embolie_bilaterale": (
        _exam(*_THORAX_CT, _M, 54, 2022, "Sud"),
        "Caillots des deux artères principales, ventricule droit dilaté.",
        "Embolie pulmonaire bilatérale mal tolérée.",
    ),
    "embolie_niee": (
        _exam(*_THORAX_CT, _F, 38, 2023, "Nord"),
        "Artères bien opacifiées jusqu'aux branches segmentaires.",
        "Pas d'embolie pulmonaire.",
    ),
    "embolie_absente": (
        _exam(*_THORAX_CT, _M, 71, 2020, "Sud"),
        "Condensation du lobe moyen avec bronchogramme.",
        "Pneumopathie. Absence d'embolie pulmonaire.",
    ),
    "pneumothorax": (
        _exam(Modality.DX, BodyRegion.THORAX, _M, 22, 2023, "Nord"),
        "Décollement apical gauche de 20 mm.",
        "Pneumothorax gauche sans déviation médiastinale.",
    ),
    "kyste_renal": (
        _exam(Modality.US, BodyRegion.ABDOMEN, _F, 58, 2022, "Nord"),
        "Formation anéchogène à paroi fine du rein gauche.",
        "Kyste simple du rein gauche.",
    ),
    "kyste_hepatique": (
        _exam(Modality.US, BodyRegion.ABDOMEN, _M, 63, 2021, "Sud"),
        "Formation liquidienne du segment IV, dite simple par le confrère.",
        "Kyste biliaire.",
    ),
    "fracture_col": (
        _exam(Modality.DX, BodyRegion.PELVIS, _F, 84, 2020, "Nord"),
        "Raccourcissement et rotation du membre.",
        "Fracture du col fémoral droit.",
    ),
    "fracture_poignet": (
        _exam(Modality.DX, BodyRegion.UPPER_LIMB, _F, 61, 2023, "Sud"),
        "Bascule postérieure de la glène radiale.",
        "Fracture du radius distal.",
    ),
    "menisque": (
        _exam(Modality.MR, BodyRegion.LOWER_LIMB, _M, 33, 2022, "Sud"),
        "Hypersignal linéaire atteignant la surface tibiale.",
        "Fissure du ménisque interne.",
    ),
    "hernie": (
        _exam(Modality.MR, BodyRegion.SPINE, _M, 45, 2021, "Nord"),
        "Refoulement de la racine S1.",
        "Hernie discale L5-S1 paramédiane.",
    ),
    "infarctus": (
        _exam(Modality.CT, BodyRegion.HEAD, _F, 77, 2020, "Sud"),
        "Effacement des sillons insulaires.",
        "Infarctus sylvien récent. Pas d'hémorragie.",
    ),
}
AFFIRMING = frozenset({"embolie_droite", "embolie_bilaterale"})


def small_corpus() -> list[Report]:
    return [
        report(report_id, f"RÉSULTATS : {results}\nCONCLUSION : {conclusion}", exam)
        for report_id, (exam, results, conclusion) in _REPORTS.items()
    ]
