"""The tables of a cohort: their columns, units and meaning, and how kernel rows become Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from seedsoil.vocabulary import (
    ALL_SYMPTOMS,
    BIOMARKERS,
    CAUSES_OF_DEATH,
    DETECTED_BY,
    DRUG_STOP_REASONS,
    FOUND_BY,
    MAX_SYMPTOMS,
    METASTATIC_ORGANS,
    N_STAGES,
    ORGANS,
    OUTCOMES,
    PARTS_OF_LINE,
    PLACES,
    PRESENTATIONS,
    PROGRESSED_BY,
    RESPONSES,
    SITES,
    STAGES,
    STOP_REASONS,
    SUBTYPES,
    SYMPTOMS,
    T_STAGES,
    THERAPY_SETS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_TEXT = pa.dictionary(pa.int8(), pa.string())
_YEARS = "years from diagnosis"

_PATIENT_COLUMNS: tuple[tuple[str, pa.DataType, str, str], ...] = (
    ("patient", pa.int64(), "", "number of the woman, from 0"),
    ("age", pa.float64(), "years", "age at diagnosis"),
    ("subtype", _TEXT, "", "hormone receptor and HER2 status"),
    ("postmenopausal", pa.bool_(), "", "past the menopause at diagnosis"),
    ("her2_low", pa.bool_(), "", "HER2-negative tumour with low HER2 expression"),
    ("pd_l1_cps10", pa.bool_(), "", "PD-L1 combined positive score of 10 or more"),
    ("gbrca", pa.bool_(), "", "germline BRCA1/2 mutation"),
    ("pik3ca_pathway", pa.bool_(), "", "PIK3CA, AKT1 or PTEN alteration"),
    ("pik3ca", pa.bool_(), "", "PIK3CA alteration"),
    ("growth_rate", pa.float64(), "per year", "Gompertz rate b of the primary"),
    ("doubling_time_days", pa.float64(), "days", "volume doubling time at diagnosis"),
    ("tumour_age", pa.float64(), "years", "from the first malignant cell to diagnosis"),
    ("detected_by", _TEXT, "", "symptoms or screening of the primary, or a metastasis"),
    ("diameter_mm", pa.float64(), "mm", "diameter of the primary at diagnosis"),
    ("positive_nodes", pa.int32(), "nodes", "axillary nodes positive at surgery"),
    ("t_stage", _TEXT, "", "T1 to 20 mm, T2 to 50 mm, T3 larger"),
    ("n_stage", _TEXT, "", "N0, N1 (1-3 nodes), N2 (4-9), N3 (10 and more)"),
    ("stage", _TEXT, "", "localized, regional (nodes) or distant (metastasis found)"),
    ("adjuvant", _TEXT, "", "adjuvant systemic therapies given"),
    ("presentation", _TEXT, "", "how metastatic disease was found, if it was"),
    ("metastatic_at", pa.float64(), _YEARS, "metastatic disease found"),
    ("found_by", _TEXT, "", "what revealed metastatic disease"),
    ("first_symptom", _TEXT, "", "the symptom that revealed it"),
    *(
        (organ, pa.bool_(), "", f"{organ} involved when metastatic disease was found")
        for organ in ORGANS
    ),
    ("visible_lesions", pa.int64(), "lesions", "above the imaging limit when it was found"),
    ("locoregional_at", pa.float64(), _YEARS, "locoregional recurrence"),
    (
        "colonies",
        pa.int64(),
        "colonies",
        "founded before death, by any parent; of one lesion or several",
    ),
    ("colonies_at_diagnosis", pa.int64(), "colonies", "founded before diagnosis, by any parent"),
    ("lines", pa.int32(), "lines", "lines of therapy for metastatic disease"),
    ("years_on_treatment", pa.float64(), "years", "in which a drug was given for it"),
    ("years_with_symptoms", pa.float64(), "years", "with any symptom of a metastasis"),
    ("died_at", pa.float64(), _YEARS, "death"),
    ("cause_of_death", _TEXT, "", "breast cancer, its treatment, or other"),
    ("outcome", _TEXT, "", "what became of the disease by the end of her life"),
)

_LESION_COLUMNS: tuple[tuple[str, pa.DataType, str, str], ...] = (
    ("patient", pa.int64(), "", "number of the woman"),
    ("lesion", pa.int32(), "", "number within the woman, from 1; 0 is the primary"),
    ("parent", pa.int32(), "", "lesion that founded it; 0 is the primary"),
    ("multiplicity", pa.int64(), "", "lesions side by side, all alike, that the row stands for"),
    ("organ", _TEXT, "", "where it is; node is the axilla, breast the primary if it was kept"),
    ("route", _TEXT, "", "lymph: nodes, and what nodes or their daughters founded; else blood"),
    ("founded_at", pa.float64(), _YEARS, "founded"),
    ("woke_at", pa.float64(), _YEARS, "began to grow; null if asleep at death"),
    ("growth_rate", pa.float64(), "per year", "Gompertz rate b"),
    ("eradicated_at", pa.float64(), _YEARS, "extinct by therapy"),
    ("visible_at", pa.float64(), _YEARS, "passed the imaging limit of its organ"),
    ("log10_cells", pa.float64(), "log10 cells", "at death; node foci at surgery; null if extinct"),
)

_SYMPTOM_COLUMNS: tuple[tuple[str, pa.DataType, str, str], ...] = (
    ("patient", pa.int64(), "", "number of the woman"),
    ("lesion", pa.int32(), "", "the lesion that caused it"),
    ("organ", _TEXT, "", "the organ it comes from"),
    ("symptom", _TEXT, "", "the symptom"),
    ("onset_at", pa.float64(), _YEARS, "onset"),
    ("resolved_at", pa.float64(), _YEARS, "resolved on treatment; null if it lasted to death"),
)

_LINE_COLUMNS: tuple[tuple[str, pa.DataType, str, str], ...] = (
    ("patient", pa.int64(), "", "number of the woman"),
    ("line", pa.int32(), "", "line of therapy for metastatic disease, from 1"),
    ("regimen", _TEXT, "", "name in the catalog or the strategy's file"),
    ("maintenance", _TEXT, "", "regimen that followed it in the same line; null if none did"),
    ("switch", _TEXT, "", "regimen switched to at an ESR1 mutation in plasma; null if none was"),
    ("switched_at", pa.float64(), _YEARS, "switched, at the scan that came with the mutation"),
    ("started_at", pa.float64(), _YEARS, "first drug begun"),
    ("stopped_at", pa.float64(), _YEARS, "last drug stopped"),
    ("stop_reason", _TEXT, "", "why the last drug stopped"),
    ("progressed_at", pa.float64(), _YEARS, "scan or symptom that showed progression"),
    ("progression_by", _TEXT, "", "what showed progression"),
    ("progression_organ", _TEXT, "", "where"),
    ("best_response", _TEXT, "", "by RECIST 1.1, confirmed"),
    ("responded_at", pa.float64(), _YEARS, "first scan of a confirmed response"),
    ("measurable", pa.bool_(), "", "a target lesion at the start"),
    ("baseline_mm", pa.float64(), "mm", "sum of the diameters of the target lesions at the start"),
    ("best_change", pa.float64(), "ratio", "smallest sum over baseline, minus 1"),
    ("visceral", pa.bool_(), "", "lung or liver metastases known at the start"),
    ("brain", pa.bool_(), "", "brain metastases known at the start"),
    ("bone_only", pa.bool_(), "", "metastases known in bone alone at the start"),
    ("ecog", pa.int8(), "", "performance status (ECOG) at the start"),
    ("esr1", pa.bool_(), "", "ESR1 mutation, as a liquid biopsy would show it at the start"),
    ("toxicity", pa.bool_(), "", "toxicity of grade 3 or more"),
    ("discontinued", pa.bool_(), "", "a drug was stopped for toxicity"),
    ("trial", pa.bool_(), "", "the line of a trial"),
)

_DRUG_COLUMNS: tuple[tuple[str, pa.DataType, str, str], ...] = (
    ("patient", pa.int64(), "", "number of the woman"),
    ("line", pa.int32(), "", "line of therapy for metastatic disease, from 1"),
    ("regimen", _TEXT, "", "regimen with which the drug was begun"),
    ("part", _TEXT, "", "part of the line in which it was begun"),
    ("drug", _TEXT, "", "name in the catalog or the strategy's file"),
    ("started_at", pa.float64(), _YEARS, "begun"),
    ("stopped_at", pa.float64(), _YEARS, "stopped; it may go on from one part into the next"),
    ("stop_reason", _TEXT, "", "why it was stopped"),
)

_SCAN_COLUMNS: tuple[tuple[str, pa.DataType, str, str], ...] = (
    ("patient", pa.int64(), "", "number of the woman"),
    ("line", pa.int32(), "", "line of therapy for metastatic disease, from 1"),
    ("scanned_at", pa.float64(), _YEARS, "scan"),
    ("sum_mm", pa.float64(), "mm", "sum of the diameters of the target lesions, as measured"),
    ("response", _TEXT, "", "by RECIST 1.1, at this scan"),
)


def _schema(columns: tuple[tuple[str, pa.DataType, str, str], ...]) -> pa.Schema:
    return pa.schema(
        [
            pa.field(name, kind, metadata={"unit": unit, "description": text})
            for name, kind, unit, text in columns
        ]
    )


PATIENTS = _schema(_PATIENT_COLUMNS)
LESIONS = _schema(_LESION_COLUMNS)
SYMPTOMS_TABLE = _schema(_SYMPTOM_COLUMNS)
LINES = _schema(_LINE_COLUMNS)
DRUGS = _schema(_DRUG_COLUMNS)
SCANS = _schema(_SCAN_COLUMNS)


def _text(codes: NDArray[Any], names: Sequence[str]) -> pa.Array:
    """A dictionary column; codes below zero are null."""
    codes = np.ascontiguousarray(codes, dtype=np.int8)
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, mask=codes < 0), pa.array(names, pa.string())
    )


def _null_nan(values: NDArray[Any]) -> pa.Array:
    values = np.ascontiguousarray(values)
    return pa.array(values, mask=~np.isfinite(values))


def _symptom_codes(organs: NDArray[Any], symptoms: NDArray[Any]) -> NDArray[np.int8]:
    """Position in ALL_SYMPTOMS of (organ, symptom); -1 where there is none."""
    code = np.full((METASTATIC_ORGANS + 1, MAX_SYMPTOMS + 1), -1, np.int8)
    k = 0
    for organ, names in enumerate(SYMPTOMS):
        for symptom in range(len(names)):
            code[organ, symptom] = k
            k += 1
    result: NDArray[np.int8] = code[organs, symptoms]
    return result


def patients_table(rows: NDArray[Any]) -> pa.Table:
    """The kernel's patient rows (`rows.PATIENT`) as the patients table."""
    columns: dict[str, pa.Array] = {
        "subtype": _text(rows["subtype"], SUBTYPES),
        "detected_by": _text(rows["detected_by"], DETECTED_BY),
        "t_stage": _text(rows["t_stage"] - 1, T_STAGES),
        "n_stage": _text(rows["n_stage"], N_STAGES),
        "stage": _text(rows["stage"], STAGES),
        "adjuvant": _text(rows["adjuvant"], THERAPY_SETS),
        "presentation": _text(rows["presentation"], PRESENTATIONS),
        "found_by": _text(rows["found_by"] - 1, FOUND_BY),
        "first_symptom": _text(
            _symptom_codes(rows["first_organ"], rows["first_symptom"]), ALL_SYMPTOMS
        ),
        "cause_of_death": _text(
            rows["of_cancer"] + np.int8(2) * rows["of_treatment"], CAUSES_OF_DEATH
        ),
        "outcome": _text(rows["outcome"], OUTCOMES),
        "metastatic_at": _null_nan(rows["metastatic_at"]),
        "locoregional_at": _null_nan(rows["locoregional_at"]),
    }
    for bit, name in enumerate(BIOMARKERS):
        columns[name] = pa.array((rows["biomarkers"] >> bit) & 1 == 1)
    for bit, name in enumerate(ORGANS):
        columns[name] = pa.array((rows["involved"] >> bit) & 1 == 1)
    for name in PATIENTS.names:
        if name not in columns:
            columns[name] = pa.array(np.ascontiguousarray(rows[name]))
    return pa.table([columns[name] for name in PATIENTS.names], schema=PATIENTS)


def lesions_table(rows: NDArray[Any]) -> pa.Table:
    """The kernel's lesion rows (`rows.LESION_ROW`) as the lesions table."""
    columns: dict[str, pa.Array] = {
        "organ": _text(rows["organ"], PLACES),
        "route": _text(rows["route"], ("blood", "lymph")),
    }
    for name in ("woke_at", "eradicated_at", "visible_at", "log10_cells"):
        columns[name] = _null_nan(rows[name])
    for name in LESIONS.names:
        if name not in columns:
            columns[name] = pa.array(np.ascontiguousarray(rows[name]))
    return pa.table([columns[name] for name in LESIONS.names], schema=LESIONS)


def symptoms_table(rows: NDArray[Any]) -> pa.Table:
    """The kernel's symptom rows (`rows.SYMPTOM_ROW`) as the symptoms table."""
    columns: dict[str, pa.Array] = {
        "organ": _text(rows["organ"], SITES),
        "symptom": _text(_symptom_codes(rows["organ"], rows["symptom"]), ALL_SYMPTOMS),
        "resolved_at": _null_nan(rows["resolved_at"]),
    }
    for name in SYMPTOMS_TABLE.names:
        if name not in columns:
            columns[name] = pa.array(np.ascontiguousarray(rows[name]))
    return pa.table([columns[name] for name in SYMPTOMS_TABLE.names], schema=SYMPTOMS_TABLE)


def lines_table(rows: NDArray[Any], regimens: Sequence[str]) -> pa.Table:
    """The kernel's lines of therapy (`rows.LINE_ROW`) as the lines table.

    `regimens`: their names, in the order of the plan.
    """
    columns: dict[str, pa.Array] = {
        "regimen": _text(rows["regimen"], regimens),
        "maintenance": _text(rows["maintenance"], regimens),
        "switch": _text(rows["switch"], regimens),
        "switched_at": _null_nan(np.where(rows["switch"] >= 0, rows["esr1_at"], np.nan)),
        "stop_reason": _text(rows["stop_reason"], STOP_REASONS),
        "progression_by": _text(rows["progression_by"], PROGRESSED_BY),
        "progression_organ": _text(rows["progression_organ"], PLACES),
        "best_response": _text(rows["best_response"], RESPONSES),
    }
    for name in ("progressed_at", "responded_at", "baseline_mm", "best_change"):
        columns[name] = _null_nan(rows[name])
    for name in LINES.names:
        if name not in columns:
            columns[name] = pa.array(np.ascontiguousarray(rows[name]))
    return pa.table([columns[name] for name in LINES.names], schema=LINES)


def drugs_table(rows: NDArray[Any], regimens: Sequence[str], drugs: Sequence[str]) -> pa.Table:
    """The kernel's spells of drugs (`rows.DRUG_ROW`) as the drugs table.

    `regimens`, `drugs`: their names, in the order of the plan.
    """
    columns: dict[str, pa.Array] = {
        "regimen": _text(rows["regimen"], regimens),
        "part": _text(rows["part"], PARTS_OF_LINE),
        "drug": _text(rows["drug"], drugs),
        "stop_reason": _text(rows["stop_reason"], DRUG_STOP_REASONS),
    }
    for name in DRUGS.names:
        if name not in columns:
            columns[name] = pa.array(np.ascontiguousarray(rows[name]))
    return pa.table([columns[name] for name in DRUGS.names], schema=DRUGS)


def scans_table(rows: NDArray[Any]) -> pa.Table:
    """The kernel's scans (`rows.SCAN_ROW`) as the scans table."""
    columns: dict[str, pa.Array] = {
        "response": _text(rows["response"], RESPONSES),
        "sum_mm": _null_nan(rows["sum_mm"]),
    }
    for name in SCANS.names:
        if name not in columns:
            columns[name] = pa.array(np.ascontiguousarray(rows[name]))
    return pa.table([columns[name] for name in SCANS.names], schema=SCANS)
