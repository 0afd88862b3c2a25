import pytest

from indexer.errors import MappingError
from indexer.sources import METADATA_FIELDS, Encoding, Field, Mapping

FILE = """
[fields]
id = "NUM"
text = "COMPTE_RENDU"
modality = "APPAREIL"
regions = "ZONES"

[options]
encoding = "cp1252"
delimiter = ";"

[values.modality]
"Salle 3" = "CT"

[values.regions]
"THX" = "thorax"
"ABD" = "abdomen"
"""


def test_metadata_fields_are_all_fields_but_id_and_text():
    assert [str(field) for field in METADATA_FIELDS] == [
        "patient_id", "modality", "regions", "sex", "age", "exam_date", "site", "language", "patient_name", "first_name",
        "birth_name", "birth_date", "address", "phone", "nir", "physician", "accession",
    ]  # fmt: skip


def test_no_pairs_map_each_field_to_the_column_of_its_name():
    mapping = Mapping.parse([])
    assert mapping.columns[Field.EXAM_DATE] == "exam_date"
    assert mapping.fit(["text", "id", "sex", "other"], "f.csv") == {
        Field.ID: "id",
        Field.TEXT: "text",
        Field.SEX: "sex",
    }


def test_pairs_name_columns_and_id_and_text_fall_back_to_their_names():
    assert Mapping.parse(["text=CR = corps", "SEX=SEXE"]).columns == {
        Field.ID: "id",
        Field.TEXT: "CR = corps",
        Field.SEX: "SEXE",
    }


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("COMPTE_RENDU", "is not a mapping: write field=column"),
        ("text=", "is not a mapping"),
        ("txt=CR", "unknown field 'txt': known are id, text, patient_id, modality, regions, sex, age, exam_date, site"),
    ],
)
def test_a_pair_that_cannot_be_understood_is_refused(pair, message):
    with pytest.raises(MappingError, match=message):
        Mapping.parse([pair])


def test_a_field_mapped_twice_is_refused():
    with pytest.raises(MappingError, match="the field text is mapped twice"):
        Mapping.parse(["text=A", "text=B"])


def test_a_file_gives_columns_options_and_translations(file):
    mapping = Mapping.load(file("mapping.toml", FILE))
    assert mapping.columns[Field.TEXT] == "COMPTE_RENDU"
    assert (mapping.encoding, mapping.delimiter) == (Encoding.WINDOWS_1252, ";")
    assert mapping.translate(Field.MODALITY, "SALLE 3 ") == "CT"
    assert mapping.translate(Field.MODALITY, "Salle 4") == "Salle 4"
    assert mapping.translate(Field.REGIONS, "THX, ABD,bassin") == "thorax,abdomen,bassin"
    assert mapping.translate(Field.SEX, "F") == "F"


def test_pairs_go_before_a_file(file):
    mapping = Mapping.parse(["id=ACCESSION"], over=Mapping.load(file("mapping.toml", FILE)))
    assert mapping.columns[Field.ID] == "ACCESSION"
    assert mapping.columns[Field.TEXT] == "COMPTE_RENDU"
    assert mapping.delimiter == ";"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[fields", "is not a TOML file"),
        (b'[fields]\nid = "\xe9"', "is not a TOML file: not UTF-8"),
        ('[columns]\nid = "A"', "unknown entry 'columns': known are fields, options, values"),
        ('[fields]\nidentifiant = "A"', "unknown field 'identifiant'"),
        ("[fields]\nid = 3", "holds only entries such as"),
        ('[options]\nquote = "x"', "unknown entry 'quote': known are encoding, delimiter"),
        ('[options]\nencoding = "latin-9"', "unknown encoding 'latin-9': known are utf-8, windows-1252"),
        ("values = 3", "one table per field"),
        ('[values.modalite]\nA = "CT"', "unknown field 'modalite'"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(file, content, message):
    with pytest.raises(MappingError, match=message):
        Mapping.load(file("mapping.toml", content))


def test_a_missing_mapping_file_is_refused(tmp_path):
    with pytest.raises(MappingError, match=r"missing\.toml cannot be read: No such file"):
        Mapping.load(tmp_path / "missing.toml")


def test_a_missing_column_is_named_with_those_there_are():
    with pytest.raises(MappingError, match=r"no column 'CR' for the field text: it has NUM, TEXTE; .* --map text="):
        Mapping.parse(["id=NUM", "text=CR"]).fit(["NUM", "TEXTE"], "f.csv")


def test_every_declared_column_must_be_there():
    with pytest.raises(MappingError, match="no column 'SEXE' for the field sex"):
        Mapping.parse(["sex=SEXE"]).fit(["id", "text"], "f.csv")


@pytest.mark.parametrize(
    "first", ["4711", "Scanner du thorax sans injection, sans anomalie notable visible ici", "a\rb"]
)
def test_a_first_line_that_is_a_report_is_not_shown(first):
    with pytest.raises(MappingError, match="its first line does not look like a list of column names") as caught:
        Mapping.parse([]).fit([first, "DURAND"], "f.csv")
    assert "DURAND" not in str(caught.value)
    assert first not in str(caught.value)
