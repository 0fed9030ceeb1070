"""What a price may be of: the items that quantities of care are counted in, with unit and category.

The names are words shared by what counts and what prices. `drug.NAME` there is for each drug of the catalog,
`symptom.ORGAN.NAME` for each symptom but those of bone that are skeletal events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seedsoil.vocabulary import SYMPTOM_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable


class CostItem(NamedTuple):
    """An item of care: in which `unit` it is counted, and to which `category` of costs it belongs."""

    unit: str
    category: str
    description: str


CATEGORIES = (
    "drugs",
    "administration",
    "monitoring",
    "scans",
    "tests",
    "supportive drugs",
    "toxicity",
    "symptoms",
    "bone agents",
    "supportive care",
    "last days",
    "one-off",
    "society",
)
"""Categories of costs, in the order of results. What the last holds is counted in a societal view alone."""

PARTNERS = {
    "cyclophosphamide": "into a vein, with doxorubicin",
    "cyclophosphamide-oral": "by mouth, of cyclophosphamide, methotrexate and fluorouracil",
    "methotrexate": "of cyclophosphamide, methotrexate and fluorouracil",
    "fluorouracil": "of cyclophosphamide, methotrexate and fluorouracil",
}
"""Drugs that have a price and no entry among the catalog's drugs: they are part of one that has."""

_FIXED = {
    "administration.infusion_short": ("infusion", "infusion into a vein of up to an hour"),
    "administration.infusion_long": ("infusion", "infusion into a vein of more than an hour"),
    "administration.injection": ("injection", "injection under the skin or into a muscle"),
    "administration.oral_dispensing": ("dispensing", "dispensing of a drug that is taken by mouth"),
    "monitoring.visit": ("visit", "visit to an oncologist under treatment"),
    "monitoring.blood_test": ("test", "blood count and chemistry"),
    "monitoring.echocardiogram": ("test", "echocardiogram, of the heart's function"),
    "monitoring.ecg": ("test", "electrocardiogram"),
    "scan.ct": ("scan", "computed tomography of chest, abdomen and pelvis"),
    "scan.bone": ("scan", "bone scan"),
    "scan.brain_mri": ("scan", "magnetic resonance imaging of the brain"),
    "test.biopsy": ("test", "biopsy of a metastasis, with pathology"),
    "test.receptors_her2": ("test", "receptors of hormones and HER2 in tissue"),
    "test.pd_l1": ("test", "PD-L1 in tissue"),
    "test.gbrca": ("test", "germline BRCA1 and BRCA2"),
    "test.pik3ca": ("test", "PIK3CA, AKT1 and PTEN in tissue or plasma"),
    "test.esr1_plasma": ("test", "ESR1 in plasma"),
    "supportive.gcsf": ("dose", "long-acting granulocyte colony-stimulating factor"),
    "toxicity.grade3": ("event", "toxicity of grade 3 or more"),
    "toxicity.febrile_neutropenia": ("event", "febrile neutropenia, in hospital"),
    "toxicity.death": ("event", "death of treatment, in hospital"),
    "skeletal.fracture": ("event", "fracture of a bone with metastases"),
    "skeletal.cord_compression": ("event", "compression of the spinal cord"),
    "skeletal.radiotherapy": ("course", "radiotherapy to bone"),
    "bone_agent.denosumab": ("administration", "denosumab 120 mg, the drug"),
    "bone_agent.zoledronic_acid": ("administration", "zoledronic acid 4 mg, the drug"),
    "care.progression_free": ("month", "supportive care before the first progression"),
    "care.progressed": ("month", "supportive care from the first progression on"),
    "care.last_days": ("death", "care in the last month before death of the disease or of treatment"),
    "one_off.diagnosis": ("woman", "staging and planning when metastatic disease is found"),
    "society.productivity": ("month", "paid work lost, of a woman who would work"),
    "society.informal_care": ("month", "unpaid care by family and friends"),
    "society.travel": ("visit", "travel and time for a visit"),
}  # fmt: skip
_CATEGORY_OF = {
    "drug": "drugs",
    "administration": "administration",
    "monitoring": "monitoring",
    "scan": "scans",
    "test": "tests",
    "supportive": "supportive drugs",
    "toxicity": "toxicity",
    "symptom": "symptoms",
    "skeletal": "symptoms",
    "bone_agent": "bone agents",
    "care": "supportive care",
    "one_off": "one-off",
    "society": "society",
}
_SKELETAL = ("bone.fracture", "bone.cord_compression")


def cost_items(drugs: Iterable[str]) -> dict[str, CostItem]:
    """The items that have a price, by name, with those of `drugs` first."""
    items = {f"drug.{name}": CostItem("mg", "drugs", name) for name in drugs}
    for name, what in PARTNERS.items():
        described = CostItem("mg", "drugs", f"{name.removesuffix('-oral')}, {what}")
        items.setdefault(f"drug.{name}", described)
    symptoms = [key for key in SYMPTOM_KEYS if key not in _SKELETAL]
    fixed = dict(_FIXED)
    for key in symptoms:
        organ, _, symptom = key.partition(".")
        words = f"{symptom.replace('_', ' ')} of metastases ({organ})"
        fixed[f"symptom.{key}"] = ("event", f"management of {words}")
    for name, (unit, description) in fixed.items():
        items[name] = CostItem(unit, category_of(name), description)
    return items


def category_of(item: str) -> str:
    """The category of costs to which `item` belongs."""
    if item == "care.last_days":
        return "last days"
    return _CATEGORY_OF[item.partition(".")[0]]


USES = {
    "visits_on_treatment": ("visits/month", "visits while a line is given"),
    "visits_off_treatment": ("visits/month", "visits while no line is given"),
    "blood_tests_on_treatment": ("tests/month", "blood tests while a line is given"),
    "echocardiograms_her2": ("tests/month", "echocardiograms while an antibody against HER2 is given"),
    "echocardiograms_anthracycline": ("tests/month", "echocardiograms under an anthracycline"),
    "ecgs_qt": ("tests/start", "electrocardiograms at the start of a drug that prolongs the QT interval"),
    "ct_per_scan": ("scans/scan", "computed tomographies at each imaging of the simulation"),
    "bone_scan_per_scan": ("scans/scan", "bone scans at each imaging of the simulation"),
    "brain_mri_per_scan": ("scans/scan", "MRI of the brain at each imaging, brain metastases known"),
    "biopsy_share": ("share", "women whose metastasis is biopsied when it is found"),
    "pd_l1_share": ("share", "women with triple-negative disease who are tested, when it is found"),
    "gbrca_share": ("share", "women with HER2-negative disease who are tested, when it is found"),
    "pik3ca_share": ("share", "women with HR+/HER2- disease who are tested, after first-line therapy"),
    "esr1_share": ("share", "women with HR+/HER2- disease who are tested, after first-line therapy"),
    "denosumab_share": ("share", "denosumab among those given a bone agent; the others have zoledronic acid"),
    "denosumab_weeks": ("weeks", "interval of denosumab"),
    "zoledronic_acid_weeks": ("weeks", "interval of zoledronic acid"),
    "febrile_share": ("share", "febrile neutropenia among grade 3 toxicity of chemotherapy"),
    "radiotherapy_share": ("share", "radiotherapy among bone pain"),
    "employed_share": ("share", "women in paid work before metastatic disease, below the age of retirement"),
    "retirement_age": ("years", "age to which lost work is counted"),
    "travel_per_visit": ("visits/visit", "journeys for each visit, infusion or scan"),
}  # fmt: skip
"""How often what is used: the numbers that the table `use` of a perspective gives, with unit and meaning."""
