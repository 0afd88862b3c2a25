"""Twelve invented reports that the stand-in API answers with."""

import datetime as dt
from dataclasses import dataclass

from api.schemas import ExamSchema, ReportSchema, SectionSchema
from indexer.report import BodyRegion, Modality, SectionKind, Sex

from .stated import findings_of

HOSTILE = "<script>alert('x')</script> **gras** [lien](http://exemple.invalid)"


@dataclass(frozen=True)
class Invented:
    patient: str
    modality: Modality
    regions: tuple[BodyRegion, ...]
    sex: Sex
    age: int
    day: str
    site: str
    indication: str
    results: str
    conclusion: str


INVENTED = (
    Invented(
        "p1", Modality.CT, (BodyRegion.THORAX,), Sex.FEMALE, 67, "2023-03-12", "CHU Nord",
        "Dyspnée brutale, douleur basithoracique droite. Recherche d'une embolie pulmonaire.",
        "Défaut endoluminal des artères lobaires inférieures droite et gauche, étendu aux branches segmentaires.\n"
        "Rapport VD/VG mesuré à 0,8. Petit infarctus pulmonaire postéro-basal droit de 22 mm.\n"
        "Fine lame d'épanchement pleural droit. Pas d'adénopathie médiastinale de taille significative.",
        "Embolie pulmonaire bilatérale, sans retentissement sur les cavités droites.",
    ),
    Invented(
        "p1", Modality.CT, (BodyRegion.THORAX,), Sex.FEMALE, 68, "2023-09-20", "CHU Nord",
        "Contrôle à six mois d'une embolie pulmonaire traitée.",
        "Reperméabilisation complète des artères pulmonaires.\nCicatrice linéaire postéro-basale droite.",
        "Disparition des images d'embolie pulmonaire. Pas de signe d'hypertension pulmonaire.",
    ),
    Invented(
        "p1", Modality.US, (BodyRegion.LOWER_LIMB,), Sex.FEMALE, 67, "2023-03-13", "CHU Nord",
        "Bilan d'une embolie pulmonaire découverte la veille.",
        "Veine poplitée gauche élargie, incompressible, sans flux au Doppler. Axe fémoral libre des deux côtés.",
        "Thrombose veineuse poplitée gauche.",
    ),
    Invented(
        "p2", Modality.MR, (BodyRegion.SPINE,), Sex.MALE, 54, "2022-06-02", "Clinique des Tilleuls",
        "Sciatique S1 gauche rebelle au traitement.",
        "Hernie discale L5-S1 postéro-latérale gauche refoulant la racine S1.\nCanal lombaire de calibre normal.",
        "Conflit disco-radiculaire L5-S1 gauche.",
    ),
    Invented(
        "p3", Modality.DX, (BodyRegion.PELVIS, BodyRegion.LOWER_LIMB), Sex.FEMALE, 84, "2021-11-30", "CHU Nord",
        "Chute de sa hauteur, impotence du membre inférieur droit.",
        "Fracture du col fémoral droit, déplacée en coxa vara. Trame osseuse raréfiée.",
        "Fracture cervicale vraie du fémur droit, Garden IV.",
    ),
    Invented(
        "p4", Modality.MG, (BodyRegion.BREAST,), Sex.FEMALE, 58, "2024-01-18", "Clinique des Tilleuls",
        "Dépistage organisé.",
        "Seins de densité B. Pas de masse, de foyer de microcalcifications ni de distorsion architecturale.",
        "Mammographie normale, ACR 1 des deux côtés.",
    ),
    Invented(
        "p5", Modality.MR, (BodyRegion.HEAD,), Sex.MALE, 41, "2020-02-07", "Hôpital du Lac",
        "Céphalées inhabituelles.",
        "Kyste arachnoïdien temporal gauche de 46 x 30 mm, refoulant le pôle temporal.\n"
        "Pas de prise de contraste. Système ventriculaire de taille normale.",
        "Kyste arachnoïdien temporal gauche avec effet de masse modéré.",
    ),
    Invented(
        "p6", Modality.US, (BodyRegion.ABDOMEN,), Sex.FEMALE, 45, "2022-09-14", "Hôpital du Lac",
        "Douleur de l'hypochondre droit, fièvre.",
        "Vésicule à paroi épaissie (6 mm), calcul enclavé de 14 mm, signe de Murphy échographique.",
        "Cholécystite aiguë lithiasique.",
    ),
    Invented(
        "p7", Modality.CT, (BodyRegion.THORAX, BodyRegion.ABDOMEN, BodyRegion.PELVIS), Sex.MALE, 71, "2023-05-22",
        "CHU Nord",
        "Bilan d'extension d'un adénocarcinome colique.",
        "Trois nodules hépatiques hypodenses, le plus grand de 31 mm au segment VII. Pas d'embolie pulmonaire.\n"
        "Épaississement sigmoïdien sténosant. Pas d'épanchement péritonéal.",
        "Métastases hépatiques. Lésion sigmoïdienne connue.",
    ),
    Invented(
        "p8", Modality.DX, (BodyRegion.THORAX,), Sex.MALE, 36, "2024-04-03", "Hôpital du Lac",
        "Toux fébrile.", "Opacité alvéolaire systématisée du lobe moyen. Culs-de-sac libres. " + HOSTILE,
        "Pneumopathie du lobe moyen.",
    ),
    Invented(
        "p9", Modality.MR, (BodyRegion.LOWER_LIMB,), Sex.MALE, 29, "2021-03-25", "Clinique des Tilleuls",
        "Entorse du genou gauche au football.",
        "Rupture complète du ligament croisé antérieur. Contusion du condyle latéral. Ménisques intègres.",
        "Rupture du ligament croisé antérieur gauche.",
    ),
    Invented(
        "p10", Modality.CT, (BodyRegion.HEAD,), Sex.FEMALE, 77, "2019-12-11", "CHU Nord",
        "Hémiplégie droite brutale.",
        "Hypodensité insulaire gauche, hyperdensité spontanée de l'artère cérébrale moyenne gauche. Pas d'hémorragie.",
        "Accident ischémique sylvien gauche récent.",
    ),
)  # fmt: skip

_HEADINGS = (
    (SectionKind.INDICATION, "Indication : "),
    (SectionKind.RESULTS, "\n\nRÉSULTATS\n"),
    (SectionKind.CONCLUSION, "\n\nAu total :\n"),
)


def report_id(n: int) -> str:
    """The id of the n-th report, from 0."""
    return f"{n:032x}"


def _schema(n: int, invented: Invented) -> ReportSchema:
    text, sections = "", []
    for (kind, heading), body in zip(
        _HEADINGS, (invented.indication, invented.results, invented.conclusion), strict=True
    ):
        start = len(text) + len(heading)
        text += heading + body
        sections.append(SectionSchema(kind=kind, start=start, end=len(text)))
    related = [i for i, other in enumerate(INVENTED) if other.patient == invented.patient and i != n]
    found = ReportSchema(
        report_id=report_id(n),
        text=text,
        sections=sections,
        exam=ExamSchema(
            modality=invented.modality,
            regions=list(invented.regions),
            sex=invented.sex,
            age=invented.age,
            exam_date=dt.date.fromisoformat(invented.day),
            site=invented.site,
            language="fr",
        ),
        related_report_ids=[report_id(i) for i in sorted(related, key=lambda i: INVENTED[i].day)],
    )
    return found.model_copy(update={"findings": findings_of(n, found)})


REPORTS = tuple(_schema(n, invented) for n, invented in enumerate(INVENTED))
