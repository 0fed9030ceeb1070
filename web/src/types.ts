// The contract between the package and this page, schema version 1. The Python side holds the JSON schema
// (seedsoil/explorer/schema); times are in years, shares are counts over `n`.

export const SCHEMA = 1;

export interface Limits {
  women: number;
  strategies: number;
  queue: number;
  seconds: number;
  upload_bytes: number;
  draws: number;
  public: boolean;
}

export interface PackagedThreshold {
  currency: string;
  value: number;
  highest: number;
  agency: string;
  sources: string[];
}

export interface Mode {
  schema: number;
  live: boolean;
  pack_current: boolean;
  version: string;
  parameters_hash: string;
  limits: Limits | null;
  thresholds: PackagedThreshold[];
}

export interface Provenance {
  version: string;
  parameters_hash: string;
  seed: number;
  women: number;
  made: string;
  parameter_interval: boolean;
}

export const DIMENSIONS = ["era", "strategy", "subtype", "age", "presentation"] as const;
export type Dimension = (typeof DIMENSIONS)[number];
export type Asked = Record<Dimension, string>;

export type MeasureKey = string;
export type Scenario = [value: number | null, low: number | null, high: number | null];
export type Percentile = "p10" | "p25" | "p50" | "p75" | "p90";
export type Interval = [number, number] | null;

export interface Cell {
  n: number;
  alive: number[];
  free: number[];
  cured: number[];
  free_cured: number[];
  dead_cancer: number[];
  scenario: Record<Percentile, Scenario>;
  mean: Record<MeasureKey, [mean: number, error: number | null]>;
  curve: { alive: number[]; free: number[]; on_treatment: number[]; cured: number[] };
  parameter_interval?: Record<string, Interval>;
}

export interface Answers {
  schema: number;
  provenance: Provenance;
  dimensions: Record<Dimension, string[]>;
  default: { era: string; strategy: string };
  years: number[];
  times: number[];
  horizon: number;
  measures: Record<MeasureKey, { unit: string; discounted: boolean }>;
  money: { currency: string; price_year: number; perspective: string } | null;
  cells: Record<string, Cell>;
}

export interface Pairs {
  schema: number;
  measures: MeasureKey[];
  pairs: Record<string, number[]>;
}

export interface Lesion {
  id: number;
  parent: number;
  organ: string;
  route: string;
  multiplicity: number;
  founded_at: number;
  woke_at: number | null;
  visible_at: number | null;
  eradicated_at: number | null;
  times: number[];
  log10_cells: number[];
}

export interface Symptom {
  organ: string;
  symptom: string;
  lesion: number;
  onset_at: number;
  resolved_at: number | null;
}

export interface Line {
  line: number;
  regimen: string;
  classes: string[];
  started_at: number;
  stopped_at: number;
  stop_reason: string | null;
  progressed_at: number | null;
  progression_by: string | null;
  progression_organ: string | null;
  best_response: string | null;
  toxicity: boolean;
  maintenance: string | null;
}

export interface Scan {
  line: number;
  scanned_at: number;
  sum_mm: number | null;
  response: string | null;
}

export interface Course {
  died_at: number;
  cause_of_death: string;
  outcome: string;
  lesions: Lesion[];
  symptoms: Symptom[];
  lines: Line[];
  scans: Scan[];
  left_out: number;
}

export interface Woman {
  number: number;
  seed: number;
  era: string;
  teaches: string;
  age: number;
  subtype: string;
  stage: string;
  diameter_mm: number;
  positive_nodes: number;
  adjuvant: string;
  presentation: string;
  metastatic_at: number | null;
  found_by: string | null;
  first_symptom: string | null;
  courses: Record<string, Course>;
}

export interface Courses {
  schema: number;
  provenance: Provenance;
  women: Woman[];
}

export interface Named {
  value: number;
  low: number | null;
  high: number | null;
  unit: string;
  source: string | null;
}

export interface OrganNumbers {
  arrest_of_100: number;
  lesions_of_100: number;
  first_of_100: number;
  found_of_100: number;
  soil: number | null;
}

export interface Spread {
  schema: number;
  provenance: Provenance;
  numbers: Record<string, Named>;
  by_organ: Record<string, OrganNumbers>;
}

export type Verdict = "agrees" | "outside" | "not simulated";

export interface TrialRow {
  trial: string;
  role: string;
  arm: string;
  endpoint: string;
  among: string | null;
  unit: string;
  published: number;
  published_low: number | null;
  published_high: number | null;
  verified: boolean;
  simulated: number | null;
  simulated_low: number | null;
  simulated_high: number | null;
  verdict: Verdict;
}

export interface TargetRow {
  target: string;
  group: string;
  /** What the target is, in a sentence of the catalog. */
  what: string | null;
  unit: string;
  observed: number;
  standard_error: number;
  simulated: number | null;
  monte_carlo_error: number | null;
  z: number | null;
  fitted: boolean;
  verdict: Verdict;
  why: string | null;
}

export interface Fit {
  schema: number;
  trials: TrialRow[];
  targets: TargetRow[];
  trials_provenance: { version: string; parameters_hash: string; command: string } | null;
}

export interface Entry {
  key: string;
  kind: string;
  description: string;
  value: number | string | Record<string, number> | null;
  unit: string | null;
  population: string | null;
  status: string;
  verified: boolean;
  fitted: boolean;
  confidence: string | null;
  note: string | null;
  sources: string[];
}

export interface Source {
  key: string;
  citation: string;
  url: string | null;
  status: string;
  role: string | null;
  /** What the source gives, in short. */
  says: string | null;
}

export interface Sources {
  schema: number;
  entries: Record<string, Entry>;
  sources: Record<string, Source>;
  behind: Record<string, string[]>;
}

export interface Regimen {
  name: string;
  description: string;
  drugs: string[];
  classes: string[];
  subtypes: string[];
}

export interface Lists {
  schema: number;
  strategies: { name: string; description: string; since: number | null }[];
  regimens: Regimen[];
  drugs: { name: string; class: string; description: string }[];
  eras: string[];
}

export interface BuiltLine {
  line: string;
  subtypes: string[];
  regimen: string | Record<string, number>;
  months: number | null;
  then: string | null;
}

export interface BuiltStrategy {
  name: string;
  base: string | null;
  lines: BuiltLine[];
}

export interface CompareQuestion {
  schema: 1;
  kind: "compare";
  women: number;
  seed: number;
  era: string;
  strategies: (string | BuiltStrategy)[];
  costs: boolean;
}

export interface CourseQuestion {
  schema: 1;
  kind: "course";
  number: number;
  seed: number;
  era: string;
  strategies: (string | BuiltStrategy)[];
}

export interface DecisionQuestion {
  schema: 1;
  kind: "decision";
  costs: string;
  effects: string;
  parameters: string | null;
  threshold: number;
  currency: string;
  effect: string;
  reference: string | null;
}

export type Question = CompareQuestion | CourseQuestion | DecisionQuestion;

export interface CompareAnswer {
  kind: "compare";
  answers: Answers;
  pairs: Pairs;
  seconds: number;
}

export interface CourseAnswer {
  kind: "course";
  woman: Woman;
}

export interface FrontierRow {
  strategy: string;
  cost: number;
  effect: number;
  verdict: string;
  icer: number | null;
  icer_low: number | null;
  icer_high: number | null;
}

export interface DecisionAnswer {
  kind: "decision";
  sentence: string;
  notes: string[];
  strategies: string[];
  currency: string;
  effect: string;
  draws: number;
  threshold: number;
  frontier: FrontierRow[];
  thresholds: number[];
  ceac: Record<string, number[]>;
  ceac_se: Record<string, number[]> | null;
  ceaf: string[];
  evpi: number[];
  evpi_se: number[] | null;
  evppi: { parameters: string; value: number; standard_error: number | null }[];
}

export type Answer = CompareAnswer | CourseAnswer | DecisionAnswer;

export interface Job {
  schema: number;
  id: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  place: number | null;
  done: number;
  of: number;
  message: string | null;
  again: boolean;
  answer: Answer | null;
}

export interface Refusal {
  error: { status: number; message: string; problems: string[]; field: string | null };
}

export interface Data {
  mode: Mode;
  answers: Answers;
  pairs: Pairs;
  courses: Courses;
  spread: Spread;
  fit: Fit;
  sources: Sources;
  lists: Lists;
}
