"""The words of the field, each list once: what tables hold, what the catalog is divided by.

The order of a list is the order of its codes in the kernels, of its rows in the catalog's vectors and of
its groups in results. A `…_KEYS` list has the same words as catalog files write them.
"""

from __future__ import annotations

from typing import Literal, get_args

# The tumour and the woman ---------------------------------------------------------------------------

Subtype = Literal["HR+/HER2-", "HR+/HER2+", "HR-/HER2+", "TNBC"]
SUBTYPES: tuple[str, ...] = get_args(Subtype)
SUBTYPE_KEYS = ("hr_pos_her2_neg", "hr_pos_her2_pos", "hr_neg_her2_pos", "tnbc")
HR_POSITIVE = tuple(name.startswith("HR+") for name in SUBTYPES)
HER2_POSITIVE = tuple(name.endswith("HER2+") for name in SUBTYPES)
HR_POS_HER2_NEG, HR_POS_HER2_POS, HR_NEG_HER2_POS, TNBC = map(
    SUBTYPE_KEYS.index, ("hr_pos_her2_neg", "hr_pos_her2_pos", "hr_neg_her2_pos", "tnbc")
)

Biomarker = Literal["her2_low", "pd_l1_cps10", "gbrca", "pik3ca_pathway", "pik3ca"]
BIOMARKERS: tuple[str, ...] = get_args(Biomarker)
PIK3CA_PATHWAY, PIK3CA = map(BIOMARKERS.index, ("pik3ca_pathway", "pik3ca"))

Menopause = Literal["pre", "post"]
MENOPAUSE: tuple[str, ...] = get_args(Menopause)
AGE_BANDS = ("a20_34", "a35_44", "a45_54", "a55_64", "a65_74", "a75_84", "a85_100")
"""Ages, in years, at which the primary would give symptoms."""
RISKS = ("low", "middle", "high")
"""Of metastasis at diagnosis, by which women are imaged: T1-2 N0, T1-2 N1, T3 or N2-3."""

NodeState = Literal["n0", "n_pos"]
NODE_STATES: tuple[str, ...] = get_args(NodeState)
"""Whether axillary nodes are known to hold tumour."""
STAGES = ("localized", "regional", "distant")
T_STAGES = ("T1", "T2", "T3")
N_STAGES = ("N0", "N1", "N2", "N3")
DETECTED_BY = ("symptoms", "screening", "metastasis")

# Where metastases are, and what they do -------------------------------------------------------------

ORGANS = ("bone", "lung", "liver", "brain", "other", "nodes")
"""Where metastases are. `nodes`: lymph nodes that surgery of the breast and axilla does not remove."""
METASTATIC_ORGANS = len(ORGANS)
SITES = (*ORGANS, "node")
"""Organs, and the axillary nodes."""
BONE, LUNG, LIVER, BRAIN, OTHER = map(ORGANS.index, ("bone", "lung", "liver", "brain", "other"))
DISTANT_NODES = ORGANS.index("nodes")
NODE = SITES.index("node")
PLACES = (*SITES, "breast")
"""Sites, and the breast: where the lesions of the tables are."""
BREAST = PLACES.index("breast")
LocalEra = Literal["before_1998", "y1998_2012", "from_2013"]
LOCAL_ERAS: tuple[str, ...] = get_args(LocalEra)
"""When women metastatic at diagnosis were treated, by which their breast was operated on or not."""
ROUTES = ("blood", "lymph")

SYMPTOMS = (
    ("pain", "fracture", "cord compression", "hypercalcaemia"),
    ("breathlessness", "effusion"),
    ("jaundice", "ascites"),
    ("headache", "seizure", "ataxia", "weakness"),
    ("lump",),
    ("swelling",),
)
"""By organ, in the order of `ORGANS`."""
MAX_SYMPTOMS = max(len(names) for names in SYMPTOMS)
ALL_SYMPTOMS = tuple(name for names in SYMPTOMS for name in names)
SYMPTOM_KEYS = tuple(
    f"{organ}.{name.replace(' ', '_')}"
    for organ, names in zip(ORGANS, SYMPTOMS, strict=True)
    for name in names
)

Presentation = Literal["de novo", "recurrent"]
METASTATIC_PRESENTATIONS: tuple[str, ...] = get_args(Presentation)
PRESENTATIONS = ("none", *METASTATIC_PRESENTATIONS)
FOUND_BY = ("symptoms", "staging", "image", "death")

# Therapy --------------------------------------------------------------------------------------------

Therapy = Literal["chemo", "endocrine", "trastuzumab"]
THERAPIES: tuple[str, ...] = get_args(Therapy)
"""Adjuvant therapies."""
THERAPY_SETS = tuple(
    "+".join(name for bit, name in enumerate(THERAPIES) if code >> bit & 1) or "none"
    for code in range(1 << len(THERAPIES))
)
"""What a woman may be given of them: bit k of the index is the kth therapy."""

ADJUVANT_DRUGS = (("cmf", "anthracycline", "taxane"), ("tamoxifen", "aromatase_inhibitor"), ())
"""By adjuvant therapy, what it was made of as the decades went, weakest first; one kind of trastuzumab."""
ADJUVANT_KINDS = 3
ADJUVANT_DRUG_KEYS = tuple(name for names in ADJUVANT_DRUGS for name in names)
Decade = Literal["1980s", "1990s", "2000s"]
DECADES: tuple[str, ...] = get_args(Decade)
"""Of surgery of the axilla: before 1990, the nineties, and since the sentinel node."""

DrugClass = Literal["chemotherapy", "hormonal", "immunotherapy", "targeted"]
CLASSES: tuple[str, ...] = get_args(DrugClass)

Mechanism = Literal[
    "oestrogen_deprivation",
    "er_antagonism",
    "cdk46",
    "pi3k_akt_mtor",
    "her2_antibody",
    "her2_kinase",
    "topo1_payload",
    "dm1_payload",
    "taxane",
    "microtubule_destabiliser",
    "anthracycline",
    "antimetabolite",
    "platinum",
    "parp",
    "pd1",
    "vegf",
]
MECHANISMS: tuple[str, ...] = get_args(Mechanism)
"""Ways in which drugs act. Drugs that share a mechanism share a lesion's resistance to it."""
N_MECHANISMS = len(MECHANISMS)

UNTREATED = "untreated"
"""In place of a strategy: metastatic disease takes its natural course."""
USUAL_CARE = "usual care"
"""In place of a trial arm's regimen: what the strategy after enrolment says, line by line."""

RESPONSES = ("NE", "PD", "SD", "PR", "CR")
"""RECIST 1.1, worst to best, so that the best of several is the largest."""
NE, PD, SD, PR, CR = range(len(RESPONSES))
STOP_REASONS = ("progression", "death", "toxicity", "planned")
"""Why a line's drugs were stopped."""
DRUG_STOP_REASONS = (*STOP_REASONS, "switch")
"""Why one drug of a line was; `switch`: it made way for others at an ESR1 mutation in plasma."""
PARTS_OF_LINE = ("regimen", "maintenance", "switch")
PROGRESSED_BY = ("target", "new lesion", "non-target", "symptom")

# The end --------------------------------------------------------------------------------------------

CAUSES_OF_DEATH = ("other", "breast cancer", "treatment")
OUTCOMES = ("no spread", "eradicated", "never manifest", "died with", "died of")
"""What became of a woman's disease by the end of her life (see docs/model.md, section 14)."""
