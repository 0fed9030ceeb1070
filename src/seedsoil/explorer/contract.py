"""What goes to the page: the shapes of all data, as a schema with a version.

Times are years, shares are counts of simulated women; keys are stable words that no page shows. The same
shapes hold for the pack and for live answers. `seedsoil.explorer.schema` writes them as JSON Schema files,
which a test compares with these classes.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA = 1
"""Raised when a page of before could not read data of now."""

Version = Literal[1]
Count = Annotated[int, Field(ge=0)]
Interval = tuple[float, float] | None
Counts4 = Annotated[list[Count], Field(min_length=4, max_length=4)]


class Shape(BaseModel):
    """Data of the contract: nothing but what is named."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


# The page and its pack ------------------------------------------------------------------------------


class Limits(Shape):
    """What a live server takes."""

    women: int
    strategies: int
    queue: int
    seconds: int
    upload_bytes: int
    draws: int
    public: bool


class PackagedThreshold(Shape):
    """What a good year may cost by an agency: its lowest threshold, where a page starts, and its highest."""

    currency: str
    value: float
    highest: float
    agency: str
    sources: list[str]


class Mode(Shape):
    """How the page is served; `pack_current`: whether the pack was made of the numbers in use.

    `thresholds`: one a currency, the first is that of the page's own costs.
    """

    schema_: Version = Field(alias="schema")
    live: bool
    pack_current: bool
    version: str
    parameters_hash: str
    limits: Limits | None
    thresholds: list[PackagedThreshold]


class Provenance(Shape):
    """How numbers were made; `women` are simulated in each era, from the first malignant cell."""

    version: str
    parameters_hash: str
    seed: int
    women: int
    made: str
    parameter_interval: bool


# Answers --------------------------------------------------------------------------------------------


class Dimensions(Shape):
    """What the cells are divided by."""

    era: list[str]
    strategy: list[str]
    subtype: list[str]
    age: list[str]
    presentation: list[str]


class Default(Shape):
    """What the page shows first."""

    era: str
    strategy: str


class MeasureOf(Shape):
    """What a mean is of."""

    unit: str
    discounted: bool


class Money(Shape):
    """Whose prices costs are at."""

    currency: str
    price_year: int
    perspective: str


Scenario = Annotated[list[float | None], Field(min_length=3, max_length=3)]
"""A survival time with its 95 % Monte-Carlo interval; null: beyond the horizon."""


class Scenarios(Shape):
    """Survival from the day metastatic disease is found: one woman in ten lives shorter than p10."""

    p10: Scenario
    p25: Scenario
    p50: Scenario
    p75: Scenario
    p90: Scenario


class Curve(Shape):
    """Counts of women at `Answers.times`."""

    alive: list[Count]
    free: list[Count]
    on_treatment: list[Count]
    cured: list[Count]


class Cell(Shape):
    """Women of a group under a strategy, at 1, 3, 5 and 10 years.

    `free`: alive, and no symptom of a metastasis then; `cured`: alive, and no living colony is left at
    death; `dead_cancer`: died of the disease or of its treatment by then.
    """

    n: Annotated[int, Field(ge=1)]
    alive: Counts4
    free: Counts4
    cured: Counts4
    free_cured: Counts4
    dead_cancer: Counts4
    scenario: Scenarios
    mean: dict[str, Annotated[list[float | None], Field(min_length=2, max_length=2)]]
    curve: Curve
    parameter_interval: dict[str, Interval] | None = None


class Answers(Shape):
    """Every group of women under every strategy; keys of `cells`: era|strategy|subtype|age|presentation."""

    schema_: Version = Field(alias="schema")
    provenance: Provenance
    dimensions: Dimensions
    default: Default
    years: list[int]
    times: list[float]
    horizon: int
    measures: dict[str, MeasureOf]
    money: Money | None
    cells: dict[str, Cell]


class Pairs(Shape):
    """Differences B - A of each measure and their paired errors; keys era|A|B|subtype|age|presentation."""

    schema_: Version = Field(alias="schema")
    measures: list[str]
    pairs: dict[str, list[float | None]]


# Courses of women -----------------------------------------------------------------------------------


class Lesion(Shape):
    """A lesion, with its size at some times; 0 is the primary."""

    id: int
    parent: int
    organ: str
    route: str
    multiplicity: int
    founded_at: float
    woke_at: float | None
    visible_at: float | None
    eradicated_at: float | None
    times: list[float]
    log10_cells: list[float]


class Symptom(Shape):
    """A symptom from its onset until it is resolved; null: it lasts to death."""

    organ: str
    symptom: str
    lesion: int
    onset_at: float
    resolved_at: float | None


class Line(Shape):
    """A line of therapy."""

    line: int
    regimen: str
    classes: list[str]
    started_at: float
    stopped_at: float
    stop_reason: str | None
    progressed_at: float | None
    progression_by: str | None
    progression_organ: str | None
    best_response: str | None
    toxicity: bool
    maintenance: str | None


class Scan(Shape):
    """A scan of a line of therapy."""

    line: int
    scanned_at: float
    sum_mm: float | None
    response: str | None


class CourseShape(Shape):
    """A woman's course under one strategy; `left_out`: lesions that are not listed, the smallest."""

    died_at: float
    cause_of_death: str
    outcome: str
    lesions: list[Lesion]
    symptoms: list[Symptom]
    lines: list[Line]
    scans: list[Scan]
    left_out: Count


class Woman(Shape):
    """A simulated woman, under one strategy or several; times are years from her diagnosis."""

    number: int
    seed: int
    era: str
    teaches: str
    age: float
    subtype: str
    stage: str
    diameter_mm: float
    positive_nodes: int
    adjuvant: str
    presentation: str
    metastatic_at: float | None
    found_by: str | None
    first_symptom: str | None
    courses: dict[str, CourseShape]


class Courses(Shape):
    """Women whose courses teach something."""

    schema_: Version = Field(alias="schema")
    provenance: Provenance
    women: list[Woman]


# How it spreads, whether it fits, where it comes from -----------------------------------------------


class Named(Shape):
    """A number with its interval; `source`: a key of `Sources`, null where it is simulated."""

    value: float
    low: float | None
    high: float | None
    unit: str
    source: str | None


class OrganNumbers(Shape):
    """An organ: cells that blood flow alone would bring, lesions, first symptoms, and where it is found."""

    arrest_of_100: float
    lesions_of_100: float
    first_of_100: float
    found_of_100: float
    soil: float | None


class Spread(Shape):
    """The story of how it spreads, in the model's own numbers."""

    schema_: Version = Field(alias="schema")
    provenance: Provenance
    numbers: dict[str, Named]
    by_organ: dict[str, OrganNumbers]


Verdict = Literal["agrees", "outside", "not simulated"]


class TrialRow(Shape):
    """A published result of a trial beside the model; the interval holds 95 % of simulated trials."""

    trial: str
    role: str
    arm: str
    endpoint: str
    among: str | None
    unit: str
    published: float
    published_low: float | None
    published_high: float | None
    verified: bool
    simulated: float | None
    simulated_low: float | None
    simulated_high: float | None
    verdict: Verdict


class TargetRow(Shape):
    """A target of the natural history beside the model; outside: more than three errors away."""

    target: str
    group: str
    what: str | None = None
    unit: str
    observed: float
    standard_error: float
    simulated: float | None
    monte_carlo_error: float | None
    z: float | None
    fitted: bool
    verdict: Verdict
    why: str | None


class TrialsProvenance(Shape):
    """How the simulated trials were made."""

    version: str
    parameters_hash: str
    command: str


class Fit(Shape):
    """Trials and targets, misses first."""

    schema_: Version = Field(alias="schema")
    trials: list[TrialRow]
    targets: list[TargetRow]
    trials_provenance: TrialsProvenance | None


class EntryShape(Shape):
    """An entry of the catalog."""

    key: str
    kind: str
    description: str
    value: float | str | dict[str, float | str] | None
    unit: str | None
    population: str | None
    status: str
    verified: bool
    fitted: bool
    confidence: str | None
    note: str | None
    sources: list[str]


class SourceShape(Shape):
    """A source of the catalog; `says`: what it gives, and of what."""

    key: str
    citation: str
    url: str | None
    status: str
    role: str | None
    says: str = ""


class Sources(Shape):
    """What is behind the numbers that are shown: keys of entries, by the number's own key."""

    schema_: Version = Field(alias="schema")
    entries: dict[str, EntryShape]
    sources: dict[str, SourceShape]
    behind: dict[str, list[str]]


class StrategyItem(Shape):
    """A packaged strategy."""

    name: str
    description: str
    since: int | None


class RegimenItem(Shape):
    """A regimen, and in which subtypes any of its drugs acts."""

    name: str
    description: str
    drugs: list[str]
    classes: list[str]
    subtypes: list[str]


class DrugItem(Shape):
    """A drug."""

    name: str
    class_: str = Field(alias="class")
    description: str


class Lists(Shape):
    """What a strategy can be built with."""

    schema_: Version = Field(alias="schema")
    strategies: list[StrategyItem]
    regimens: list[RegimenItem]
    drugs: list[DrugItem]
    eras: list[str]


PARTS: dict[str, type[Shape]] = {
    "answers": Answers,
    "pairs": Pairs,
    "courses": Courses,
    "spread": Spread,
    "fit": Fit,
    "sources": Sources,
    "lists": Lists,
}
"""The files of a pack."""
