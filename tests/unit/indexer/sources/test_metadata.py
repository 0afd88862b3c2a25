import datetime as dt

import pytest

from indexer.report import BodyRegion, ExamMetadata, Modality, Sex
from indexer.sources import MetadataFault, parse_metadata

TODAY = dt.date(2025, 6, 15)


def parse(**raw: str) -> ExamMetadata:
    return parse_metadata(raw, TODAY)


def test_nothing_gives_the_defaults():
    assert parse() == ExamMetadata()


def test_all_fields_are_parsed_together():
    assert parse(
        patient_id="12", modality="IRM", regions="genou", sex="Femme", age="63 ans", exam_date="01/02/2024",
        site=" CHU  de\nX ", language="fr-FR",
    ) == ExamMetadata(
        Modality.MR, (BodyRegion.LOWER_LIMB,), Sex.FEMALE, 63, dt.date(2024, 2, 1), "CHU de X", "fr"
    )  # fmt: skip


@pytest.mark.parametrize(
    "absent", ["", "  ", "-", "?", "N/A", "null", "NaN", "Inconnu", "non renseigné", "Non précisée"]
)
def test_what_says_nothing_is_absent(absent):
    assert parse(modality=absent, regions=absent, sex=absent, age=absent, exam_date=absent, language=absent) == (
        ExamMetadata()
    )


def test_a_site_may_be_called_na():
    assert parse(site="NA").site == "NA"


@pytest.mark.parametrize("code", list(Modality))
def test_dicom_codes_stand_for_themselves(code):
    assert parse(modality=code.value.lower()).modality is code


@pytest.mark.parametrize(
    ("name", "modality"),
    [
        ("Scanner", "CT"), ("SCANNER", "CT"), ("TDM", "CT"), ("tomodensitométrie", "CT"), ("Angio-scanner", "CT"),
        ("Scanner thoracique", "CT"), ("CT\\SR", "CT"), ("coroscanner", "CT"),
        ("IRM", "MR"), ("I.R.M. cérébrale", "MR"), ("IRM cérébrale", "MR"), ("bili-IRM", "MR"), ("MRI", "MR"),
        ("Échographie", "US"), ("ECHOGRAPHIE", "US"), ("e\u0301chographie", "US"), ("Écho-Doppler", "US"), ("Ultrasound", "US"),
        ("Radiographie", "DX"), ("RX", "DX"), ("X-Ray", "DX"), ("Radiographies standards", "DX"),
        ("Mammographie", "MG"), ("tomosynthèse", "MG"), ("Artériographie", "XA"), ("Fluoroscopie", "RF"),
        ("Scintigraphie osseuse", "NM"), ("TEP-TDM", "PT"), ("PET/CT", "PT"), ("TEP scanner au 18FDG", "PT"),
        ("Ostéodensitométrie", "BMD"), ("autre", "OT"),
    ],
)  # fmt: skip
def test_modalities_are_known_by_their_usual_names(name, modality):
    assert parse(modality=name).modality == modality


@pytest.mark.parametrize(
    ("value", "regions"),
    [
        ("thorax", ["thorax"]), ("upper_limb", ["upper_limb"]), ("whole body", ["whole_body"]),
        ("Abdomen,Pelvis", ["abdomen", "pelvis"]), ("pelvis | abdomen", ["abdomen", "pelvis"]),
        ("crâne;cou/thorax", ["head", "neck", "thorax"]), ("chest abdomen", ["thorax", "abdomen"]),
        ("TAP", ["thorax", "abdomen", "pelvis"]), ("thoraco-abdomino-pelvienne", ["thorax", "abdomen", "pelvis"]),
        ("genoux", ["lower_limb"]), ("Épaule gauche", ["upper_limb"]), ("pied droit et cheville droite", ["lower_limb"]),
        ("rachis cervical", ["spine"]), ("cervical", ["neck"]), ("aorte thoracique", ["thorax"]), ("cœur", ["heart"]),
        ("seins", ["breast"]), ("LSPINE", ["spine"]), ("corps entier", ["whole_body"]), ("head, head", ["head"]),
        ("avant-bras", ["upper_limb"]), ("avant-pied", ["lower_limb"]), ("Hypophyse", ["head"]), ("lower limbs", ["lower_limb"]),
    ],
)  # fmt: skip
def test_regions_are_known_by_their_usual_names(value, regions):
    assert [str(region) for region in parse(regions=value).regions] == regions


@pytest.mark.parametrize(
    ("value", "sex"),
    [
        ("F", "F"), ("f", "F"), ("Femme", "F"), ("FÉMININ", "F"), ("feminin", "F"), ("Female", "F"), ("2", "F"),
        ("M", "M"), ("H", "M"), ("Homme", "M"), ("Masculin", "M"), ("male", "M"), ("1", "M"),
        ("O", "O"), ("autre", "O"), ("U", "U"), ("indéterminé", "U"),
    ],
)  # fmt: skip
def test_sexes_are_known_by_codes_and_names(value, sex):
    assert parse(sex=value).sex == sex


@pytest.mark.parametrize(
    ("value", "years"),
    [
        ("63", 63), ("63 ans", 63), ("63ans", 63), ("1 an", 1), ("063Y", 63), ("63.0", 63), ("63,9 ans", 63), ("0", 0),
        ("8 mois", 0), ("008M", 0), ("018M", 1), ("24 mois", 2), ("3 semaines", 0), ("010D", 0), ("400 jours", 1),
        ("2 ans et 3 mois", 2), ("1 an 11 mois", 1), ("130", 130), ("45 years", 45), ("012W", 0),
    ],
)  # fmt: skip
def test_ages_are_completed_years(value, years):
    assert parse(age=value).age == years


@pytest.mark.parametrize(
    "value",
    ["2024-02-29", "29/02/2024", "29-02-2024", "29.2.2024", "20240229", "2024/02/29", "2024-02-29T10:15:00+01:00",
     "2024-02-29 10:15", "29/02/2024 10:15:59", "20240229101559"],
)  # fmt: skip
def test_dates_are_read_in_the_usual_forms(value):
    assert parse(exam_date=value).exam_date == dt.date(2024, 2, 29)


def test_the_last_day_is_accepted():
    assert parse(exam_date="15/06/2025").exam_date == TODAY


@pytest.mark.parametrize(
    ("value", "language"),
    [("FR", "fr"), ("fra", "fr"), ("Français", "fr"), ("en_GB", "en"), ("English", "en"), ("br", "br")],
)
def test_languages_are_iso_codes(value, language):
    assert parse(language=value).language == language


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("modality", "ZQX", "neither a DICOM code nor a known name; codes are CT, MR"),
        ("modality", "scanner et IRM", "names several modalities"),
        ("regions", "thorax, ZQX", "a region that is not known; regions are head, neck"),
        ("sex", "ZQX", "not a known sex; codes are F, M, O, U"),
        ("age", "-5", "not an age of 0 to 130 years"),
        ("age", "131", "not an age"),
        ("age", "soixante", "not an age"),
        ("age", "63 kg", "not an age"),
        ("exam_date", "30/02/2024", "no such day in the calendar"),
        ("exam_date", "02/13/2024", "no such day in the calendar"),
        ("exam_date", "16/06/2025", "in the future"),
        ("exam_date", "01/01/1850", "before 1895"),
        ("exam_date", "01/02/24", "not a date such as"),
        ("exam_date", "1999", "not a date such as"),
        ("language", "klingon", "not an ISO 639 code"),
        ("site", "a\0b", "holds characters that cannot be stored"),
        ("patient_id", "a\ud800b", "holds characters that cannot be stored"),
        ("site", "x" * 501, "longer than 500 characters"),
    ],
)
def test_what_cannot_be_understood_is_a_fault_that_names_the_field(field, value, reason):
    with pytest.raises(MetadataFault, match=f"^{field}: {reason}") as caught:
        parse(**{field: value})
    assert caught.value.field == field
    assert value not in str(caught.value)


def test_by_default_the_future_starts_after_this_machine_s_day():
    today = dt.datetime.now(dt.UTC).astimezone().date()
    assert parse_metadata({"exam_date": today.isoformat()}).exam_date == today
    with pytest.raises(MetadataFault, match="in the future"):
        parse_metadata({"exam_date": (today + dt.timedelta(days=2)).isoformat()})
