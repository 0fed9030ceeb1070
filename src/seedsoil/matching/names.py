"""What registries, trials and public data sets call their columns.

A *role* is what a column means to the comparison; `SYNONYMS` and `OUTCOME_SYNONYMS` list the names of
each in order of preference. Letter case, punctuation, a unit at the end and years in brackets, such as
"Regional nodes positive (1988+)", do not count.
"""

from __future__ import annotations

import re
from typing import Literal

Endpoint = Literal["any", "distant", "recurrence-or-death", "death"]

_YEARS_IN_BRACKETS = re.compile(r"\([^)]*\d{4}[^)]*\)")
_UNITS = frozenset(("mm", "cm", "years", "yrs", "months", "mos", "days", "pct", "percent"))

STAGE_NAMES = (
    "t_stage", "t_category", "tnm_t", "pt", "pt_stage", "pt_category", "ct", "ct_stage",
    "pathologic_t", "path_t", "ajcc_t", "ajcc_pathologic_t", "tnm_path_t", "tnm_clin_t",
    "derived_ajcc_t", "derived_ajcc_t_6th_ed", "derived_ajcc_t_7th_ed",
    "breast_adjusted_ajcc_6th_t", "ajcc_tumor_pathologic_pt",
)  # fmt: skip
"""Names under which a bare 1, 2 or 3 is read as T1, T2, T3 rather than as millimetres."""

NODE_STAGE_NAMES = (
    "n_stage", "n_category", "tnm_n", "pn", "pn_stage", "pn_category", "pathologic_n", "path_n",
    "ajcc_n", "ajcc_pathologic_n", "tnm_path_n", "derived_ajcc_n", "derived_ajcc_n_6th_ed",
    "derived_ajcc_n_7th_ed", "breast_adjusted_ajcc_6th_n", "ajcc_nodes_pathologic_pn",
)  # fmt: skip
"""Names under which a bare 1, 2 or 3 is read as N1, N2, N3 rather than as a number of nodes."""

NODE_STATUS_NAMES = ("node_status", "nodal_status", "ln_status", "lymph_node_status")
"""Names under which 0 and 1 are read as node-negative and node-positive."""

NODE_GROUP_NAMES = ("node_group", "node_band", "nodes_group")
"""Names under which a bare number may be the number of a group, and is not read as one of nodes."""

SEER_SIZE_NAMES = ("tumor_size_summary", "cs_tumor_size", "eod_10_size")
"""Names under which 990 to 998 are the codes of the American registries."""

SURGERY_CODE_NAMES = ("rx_summ_chemo", "rx_summ_hormone")
"""Names under which a treatment is coded as the American registries do: 00, 01-03, 82-87, 88, 99."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    "age": (
        "age", "age_at_diagnosis", "age_at_dx", "age_dx", "agediag", "age_diag", "age_diagnosis",
        "diagnosis_age", "dx_age", "patient_age", "age_at_initial_pathologic_diagnosis",
        "age_at_index", "age_at_surgery", "age_recode_with_single_ages_and_85",
        "age_recode_with_1_year_olds", "age_recode", "age_group", "age_band",
    ),
    "size": (
        "diameter_mm", "size_mm", "tumor_size_mm", "tumour_size_mm", "diameter", "size",
        "tumor_size", "tumour_size", "tsize", "tumor_diameter", "tumour_diameter", "max_diameter",
        "largest_diameter", "path_size", "pathologic_size", "invasive_size", *SEER_SIZE_NAMES,
        "size_band", "size_group", *STAGE_NAMES,
    ),
    "nodes": (
        "nodes", "positive_nodes", "nodes_positive", "npos", "pos_nodes", "nodes_pos", "pnodes",
        "n_positive_nodes", "number_of_positive_nodes", "num_positive_nodes", "lnpos",
        "positive_lymph_nodes", "lymph_nodes_positive", "positive_axillary_nodes",
        "axillary_nodes_positive", "nodes_involved", "involved_nodes", "regional_nodes_positive",
        "regional_node_positive", "reginol_node_positive", "lymph_nodes_examined_positive",
        "number_of_lymphnodes_positive_by_he", *NODE_GROUP_NAMES, *NODE_STAGE_NAMES,
        *NODE_STATUS_NAMES,
    ),
    "er": (
        "er", "er_status", "estrogen_receptor", "oestrogen_receptor", "estrogen_status",
        "oestrogen_status", "estrogen_receptor_status", "oestrogen_receptor_status", "er_fmol",
        "estrec", "er_ihc", "er_positive", "er_result", "er_percent", "er_status_by_ihc",
        "er_status_measured_by_ihc", "er_status_recode_breast_cancer", "er_summary",
        "breast_carcinoma_estrogen_receptor_status",
    ),
    "her2": (
        "her2", "her2_status", "erbb2", "erbb2_status", "her2neu", "her2_neu_status",
        "her2_positive", "her2_receptor_status", "her2_result", "derived_her2_recode",
        "her2_overall_summary", "her2_summary", "her2_ihc", "her2_status_by_ihc",
        "lab_proc_her2_neu_immunohistochemistry_receptor_status",
    ),
    "endocrine": (
        "hormon", "endocrine", "endocrine_therapy", "hormone", "hormonal", "hormone_therapy",
        "hormonal_therapy", "horth", "tamoxifen", "adjuvant_endocrine",
        "adjuvant_endocrine_therapy", "adjuvant_hormone_therapy", "rx_summ_hormone",
    ),
    "chemo": (
        "chemo", "chemotherapy", "adjuvant_chemo", "adjuvant_chemotherapy", "chemotherapy_recode",
        "chemotherapy_recode_yes_no_unk", "rx_summ_chemo",
    ),
    "id": (
        "pid", "id", "patient_id", "patient", "case_id", "subject", "subject_id", "record_id",
        "patient_identifier", "puf_case_id",
    ),
    "sex": ("sex", "gender"),
    "m_stage": (
        "m_stage", "m_category", "tnm_m", "pm", "cm", "pathologic_m", "ajcc_m",
        "ajcc_pathologic_m", "tnm_clin_m", "tnm_path_m", "derived_ajcc_m", "derived_ajcc_m_6th_ed",
        "derived_ajcc_m_7th_ed", "breast_adjusted_ajcc_6th_m", "ajcc_metastasis_pathologic_pm",
        "a_stage", "metastasis_at_diagnosis", "distant_metastasis_at_diagnosis",
        "metastatic_at_diagnosis", "summary_stage", "de_novo",
    ),
    "stage": (
        "stage", "tumor_stage", "tumour_stage", "ajcc_stage", "ajcc_pathologic_stage",
        "pathologic_stage", "6th_stage", "7th_stage", "stage_group", "analytic_stage_group",
        "derived_ajcc_stage_group", "ajcc_pathologic_tumor_stage", "clinical_stage",
    ),
    "year": (
        "year", "year_of_diagnosis", "diagnosis_year", "year_dx", "dx_year", "yeardx",
        "year_at_diagnosis", "year_of_surgery",
    ),
    "diagnosis_date": (
        "date_of_diagnosis", "diagnosis_date", "dx_date", "date_dx", "date_diagnosis",
        "date_of_surgery", "surgery_date",
    ),
    "end_date": (
        "date_of_event_or_last_contact", "date_of_event_or_last_follow_up", "end_date",
        "date_of_event_or_censoring", "exit_date",
    ),
    "last_date": (
        "date_of_last_contact", "last_contact_date", "date_of_last_follow_up",
        "last_follow_up_date", "date_last_seen", "date_last_contact", "last_contact",
    ),
    "last_time": ("days_to_last_follow_up", "days_to_last_followup", "days_to_last_contact"),
}  # fmt: skip

_TIMES = (
    "time", "follow_up", "follow_up_time", "fu_time", "futime", "time_to_event",
    "time_to_last_follow_up",
)  # fmt: skip
_EVENTS = ("event", "status", "cens", "event_status", "censored", "censor", "censoring")


def _times(*abbreviations: str) -> tuple[str, ...]:
    forms = ("{}_time", "{}_delay", "{}_duration", "t_{}", "time_{}", "{}_status_months", "{}")
    return tuple(form.format(word) for form in forms for word in abbreviations)


def _events(*abbreviations: str) -> tuple[str, ...]:
    forms = ("{}_event", "{}_status", "e_{}", "event_{}", "{}_cens", "{}_indicator", "{}")
    return tuple(form.format(word) for form in forms for word in abbreviations)


_COMPOSITE = (
    "rfs", "dfs", "efs", "pfs", "dfi", "pfi", "idfs", "rfi", "relapse_free", "recurrence_free",
    "disease_free", "event_free", "relapse_free_survival", "recurrence_free_survival",
    "disease_free_survival", "event_free_survival", "invasive_disease_free_survival",
)  # fmt: skip
_DISTANT = (
    "dmfs", "drfs", "ddfs", "mfs", "distant_metastasis_free_survival", "metastasis_free_survival",
    "distant_recurrence_free_survival", "distant_relapse_free_survival",
)  # fmt: skip

OUTCOME_SYNONYMS: dict[Endpoint, dict[str, tuple[str, ...]]] = {
    "any": {
        "time": (
            "rtime", "time_to_relapse", "time_to_recurrence", "relapse_time", "recurrence_time",
            "time_to_first_recurrence", "months_to_recurrence", "days_to_recurrence", *_TIMES,
        ),
        "event": (
            "recur", "relapse", "recurrence", "recurred", "relapsed", "recurrence_status",
            "relapse_status", "recurrence_event", "relapse_event", *_EVENTS,
        ),
        "event_date": (
            "date_of_recurrence", "recurrence_date", "date_of_relapse", "relapse_date",
            "date_of_event", "event_date",
        ),
    },
    "distant": {
        "time": (
            "distant_time", "time_to_distant_recurrence", "time_to_metastasis", "metastasis_time",
            "time_to_distant_metastasis", *_times(*_DISTANT), *_TIMES,
        ),
        "event": (
            "distant", "distant_recurrence", "metastasis", "metastatic", "distant_metastasis",
            *_events(*_DISTANT), *_EVENTS,
        ),
        "event_date": (
            "date_of_distant_recurrence", "date_of_metastasis", "metastasis_date",
            "date_of_event", "event_date",
        ),
    },
    "recurrence-or-death": {
        "time": (*_times(*_COMPOSITE), *_TIMES),
        "event": (*_events(*_COMPOSITE), *_EVENTS),
        "event_date": ("date_of_event", "event_date"),
    },
    "death": {
        "time": (
            "dtime", "time_to_death", "death_time", "survival_time", "survival",
            *_times("os", "overall_survival"), "dx_lastcontact_death_months", *_TIMES,
        ),
        "event": (
            "death", "died", "dead", "deceased", "death_event", "vital_status",
            "patients_vital_status", "vital_status_recode",
            "vital_status_recode_study_cutoff_used", "puf_vital_status",
            *_events("os", "overall_survival"), *_EVENTS,
        ),
        "event_date": ("date_of_death", "death_date", "date_of_event", "event_date"),
        "event_time": ("days_to_death", "months_to_death"),
    },
}  # fmt: skip
"""Column names of time and event, by endpoint: those of this endpoint alone first."""

ALSO_COUNTS_DEATH = frozenset((*_COMPOSITE, *_DISTANT))
"""Endpoints, as in the names of columns, in which a death usually counts as an event."""


def words_of(name: str) -> list[str]:
    """The words of a header name, in lower case, without punctuation and years in brackets."""
    text = _YEARS_IN_BRACKETS.sub(" ", name.lower()).replace("'", "").replace("’", "")
    return [word for word in re.split(r"[\W_]+", text) if word]


def keys_of(name: str) -> tuple[str, str]:
    """A header name as compared: as it is, and without a unit at its end."""
    words = words_of(name)
    bare = list(words)
    while len(bare) > 1 and bare[-1] in _UNITS:
        bare.pop()
    return "".join(words), "".join(bare)


def is_named(name: str, synonyms: tuple[str, ...]) -> bool:
    """Whether a header name is one of the synonyms."""
    known = {synonym.replace("_", "") for synonym in synonyms}
    return any(key in known for key in keys_of(name))


def may_count_deaths(name: str) -> bool:
    """Whether a column's name is that of an endpoint in which a death is usually an event."""
    words = words_of(name)
    text = "_".join(words)
    return any(
        word in words if "_" not in word else word in text for word in ALSO_COUNTS_DEATH
    ) or bool(
        re.match(
            r"^(?:i?d|r|e|dm|dr|dd)fs(?:time|event|status|months|days|years)?$", "".join(words)
        )
    )
