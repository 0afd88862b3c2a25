"""The lexicon: sound, large enough, its codes real."""

import csv
import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from indexer.errors import LexiconError
from indexer.language.loading import build_lexicon, lexicon_digest, load_lexicon
from indexer.language.vocabulary import Vocabulary
from tests.rig.parts import missing

SHARED = Path(__file__).parents[5] / "shared"
EVALUATED = """
    pulmonary_embolism pleural_effusion pneumothorax lung_nodule pulmonary_consolidation ascites hydronephrosis gallstones
    urinary_stone hepatic_steatosis renal_cyst liver_metastasis hepatomegaly splenomegaly lymphadenopathy bowel_obstruction
    appendicitis diverticulitis pneumoperitoneum ovarian_cyst uterine_fibroid fracture disc_herniation spinal_stenosis
    meniscal_tear acl_tear joint_effusion rotator_cuff_tear ischemic_stroke intracranial_hemorrhage hydrocephalus sinusitis
    demyelinating_lesions brain_tumor aortic_aneurysm aortic_dissection venous_thrombosis cardiomegaly breast_mass
    thyroid_nodule
"""
SMALL = """
[site.kidney]
fr = "rein"
en = "kidney"
words = ["rénal"]
[site.cortex]
fr = "corticale"
en = "cortex"
part_of = "kidney"
[finding.cyst]
fr = "kyste"
en = "cyst"
[finding.renal_cyst]
fr = "kyste rénal"
en = "renal cyst"
heads = ["cyst"]
sites = ["kidney"]
alone_in = ["abdomen"]
"""


def test_it_is_large_enough_and_has_what_is_evaluated() -> None:
    lexicon = load_lexicon()
    assert len(lexicon.concepts) >= 600
    assert len(lexicon.sites) >= 150
    assert sorted(set(EVALUATED.split()) - set(lexicon.concepts)) == []


def test_every_file_names_its_source() -> None:
    folder = Path(find_spec("indexer.language").submodule_search_locations[0]) / "lexicon"  # type: ignore[union-attr,index]
    files = sorted(folder.glob("*.toml"))
    assert len(files) > 10
    assert [f.name for f in files if "Source:" not in f.read_text(encoding="utf-8")[:1500]] == []


def test_every_cim10_code_is_one() -> None:
    known = _cim10()
    used = {code for c in load_lexicon().concepts.values() for code in c.cim10}
    assert len(used) > 200
    assert sorted(code for code in used if code.replace(".", "") not in known) == []


def test_every_radlex_id_is_one() -> None:
    table = SHARED / "terminologies" / "radlex.csv"
    if not table.exists():
        missing("RadLex's table is not here (shared/terminologies/radlex.csv)")
    with table.open(encoding="utf-8", newline="") as lines:
        known = {row["rid"] for row in csv.DictReader(lines)}
    lexicon = load_lexicon()
    used = {e.radlex for e in (*lexicon.concepts.values(), *lexicon.sites.values()) if e.radlex}
    assert len(used) > 200
    assert sorted(used - known) == []


@cache
def _cim10() -> frozenset[str]:
    spec = find_spec("edsnlp")
    if spec is None or spec.origin is None:
        pytest.fail("the table of CIM-10 codes is missing; make install")
    with gzip.open(Path(spec.origin).parent / "resources" / "cim10.csv.gz", "rt", encoding="utf-8") as lines:
        return frozenset(row["code"] for row in csv.DictReader(lines))


def test_composition_takes_the_nearest_head_and_site() -> None:
    vocabulary = Vocabulary(build_lexicon({"small.toml": SMALL}))
    assert vocabulary.composed("cyst", "kidney") == "renal_cyst"
    assert vocabulary.composed("cyst", "cortex") == "renal_cyst"
    assert vocabulary.lexicon.ancestors("renal_cyst") == {"renal_cyst", "cyst"}
    assert vocabulary.lexicon.descendants("cyst") == {"renal_cyst", "cyst"}


@pytest.mark.parametrize(
    ("faulty", "complaint"),
    [
        ('[finding.x]\nfr = "x"\nen = "x1"\nparents = ["nothing"]', "own.toml: x: parent nothing: no such entry"),
        ('[finding.x]\nfr = "x"\nen = "x1"\nheads = ["cyst"]', "x: has heads but neither sites nor alone_in"),
        ('[finding.x]\nfr = "x"\nen = "x1"\nsites = ["kidney"]', "x: has sites but no heads"),
        ('[finding.x]\nfr = "kyste"\nen = "x1"', "'kyste' is a wording of several entries: cyst"),
        ('[finding.cyst]\nfr = "x"\nen = "x1"', r"own.toml: cyst: is already in small.toml; .*\[more.cyst\]"),
        ('[finding.x]\nfr = "x"\nen = "x1"\ncolour = "red"', "own.toml: finding.x.colour: Extra inputs"),
        ('[finding.x]\nfr = "x"\nen = "x1"\ncim10 = ["kyste"]', "own.toml: finding.x.cim10.0: String should match"),
        ('[more.nothing]\nwords = ["x"]', "own.toml: more.nothing: no such entry"),
        ("[finding.x", "own.toml: not TOML"),
        (
            '[finding.x]\nfr = "x"\nen = "x1"\nparents = ["y"]\n[finding.y]\nfr = "y"\nen = "y1"\nparents = ["x"]',
            "own.toml: x: is a kind of itself",
        ),
    ],
)
def test_a_faulty_entry_is_named(faulty: str, complaint: str) -> None:
    with pytest.raises(LexiconError, match=complaint):
        build_lexicon({"small.toml": SMALL, "own.toml": faulty})


def test_an_institutions_file_adds_entries_and_words(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[more.renal_cyst]\nwords = ["kystouille"]\n', encoding="utf-8")
    assert "kystouille" in load_lexicon(own).concepts["renal_cyst"].words
    assert lexicon_digest(own) != lexicon_digest()


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match=r"cannot read the lexicon file .*check the setting lexicon_file"):
        load_lexicon(tmp_path / "none.toml")
