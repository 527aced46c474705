// The shapes that pictures are made of. The first half is what the API answers:
// field by field the JSON of `drover path`, `blast-radius`, `creators`, `deps`,
// `cut` with -o json. The second half is what the server draws: placed by row and
// column or by unit coordinates, never in pixels, so that a picture is the same
// on every screen and text can keep its size.

/** How sure a fact is. The line style of an edge says it, never its colour. */
export type Grade = "proven" | "inferred" | "declared" | "unknown" | (string & {});

/** Anything with a name in the estate. `tier0`: if it falls, everything falls. */
export interface NodeRef {
  id: string;
  ref: string;
  name: string;
  kind: string;
  type: string;
  env: string | null;
  tier0: boolean;
}

/** What decides an edge: a statement of a document, a binding, a record of a log. */
export interface Proof {
  ref: string;
  statement: string;
  effect: string;
  text: string;
}

export interface OtherWay {
  kind: string;
  grade: Grade;
  technique: string;
  title: string;
}

/** One step: from one thing to the next, by a kind and perhaps a technique. */
export interface Effect {
  from: string;
  to: string;
  from_name: string;
  to_name: string;
  kind: string;
  grade: Grade;
  technique: string;
  title: string;
  cite: string;
  level: string;
  condition: unknown;
  proof: Proof[] | null;
  also: OtherWay[] | null;
}

export interface Path {
  nodes: NodeRef[] | null;
  edges: Effect[] | null;
  hops: number;
  grade: Grade;
  variant: boolean;
}

/** Something an answer does not speak of, and why. rows 0: how many is not known. */
export interface Gap {
  system: string;
  what: string;
  why: string;
  rows: number;
}

export interface Age {
  generation: number;
  catalogues: string[] | null;
  not_analysed: Gap[] | null;
}

export interface PathsAnswer extends Age {
  schema: string;
  from: string;
  to: string;
  more: boolean;
  paths: Path[] | null;
}

export interface Span {
  before: number;
  after: number;
}

export interface CutOption {
  what: string;
  change: unknown;
  removes: { targets: Span; tier0: Span; resources: Span; identities: Span };
  loses: (NodeRef & { resources: number; tier0: number; identities: number; last_used: string | null; never: boolean })[] | null;
  more: number;
  unknown: string[] | null;
}

export interface CutAnswer extends Age {
  schema: string;
  from: string;
  to: string;
  options: CutOption[] | null;
  chokes: { node: NodeRef | null; step: Effect | null; pairs: number; sources: number; targets: number }[] | null;
}

export interface Reach {
  resources: number;
  by_level: Record<string, number>;
  by_data_class: Record<string, number>;
  by_env: Record<string, number>;
  tier0: number;
  identities: number;
  hops: number;
}

export interface BlastAnswer extends Age {
  schema: string;
  subject: NodeRef;
  reach: Reach;
  holds: (NodeRef & { how: string })[] | null;
  next: NodeRef[] | null;
  tier0: NodeRef[] | null;
  paths: Path[] | null;
  cut: CutOption | null;
}

export interface CreatorsAnswer extends Age {
  schema: string;
  subject: NodeRef;
  chain: (NodeRef & { created: string; how: string; depth: number; grade: Grade; proof: string; left?: boolean | null })[] | null;
  human: boolean;
}

export interface DepsAnswer extends Age {
  schema: string;
  subject: NodeRef;
  total: number;
  /** Different things among them, and how many of these surely depend. */
  things: number;
  proven: number;
  items: (NodeRef & { how: string; through: NodeRef | null; grade: Grade; proof: string; last_used: string | null })[] | null;
}

/** A bundle stands for members that are alike; its id is stable, so that opening it is a link. */
export interface Bundle {
  id: string;
  label: string;
  count: number;
  tier0: number;
}

/** One mark of the blast rings: hop is its ring, turn 0..1 its place on it, clockwise from the top. */
export interface RingMark {
  node: NodeRef | null;
  bundle: Bundle | null;
  hop: number;
  turn: number;
  grade: Grade;
}

export interface RingsAnswer extends Age {
  schema: string;
  subject: NodeRef;
  rings: { hop: number; total: number }[];
  marks: RingMark[];
  /** Steps by index into marks; -1 is the subject. */
  steps: { from: number; to: number; effect: Effect | null; count: number; grade: Grade }[];
}

/** Who may do how much: levels[row][column], "" nothing, "unknown" not analysed. */
export interface MatrixAnswer extends Age {
  schema: string;
  rows: NodeRef[];
  columns: NodeRef[];
  cells: { row: number; column: number; level: string; grade: Grade }[];
  total_rows: number;
  total_columns: number;
}

/** The large map, as columns of equal length; edges are pairs of indexes, flat. */
/** A map as it is drawn: columns of equal length. Of what is not named yet, id and name are empty. */
export interface MapAnswer extends Age {
  schema: string;
  /** Names belong to the map of the same layout. */
  layout?: string;
  ids: string[];
  names: string[];
  kinds: string[];
  kind: number[];
  types: string[];
  type: number[];
  tier0: number[];
  x: number[];
  y: number[];
  size: number[];
  /** Pairs of places, flat. */
  edges: number[];
  total: number;
  /** What the map is not; empty: it is whole. */
  note?: string;
}

/** The large map as it is sent: see GET /graph/map. */
export interface SentMap extends Omit<MapAnswer, 'ids' | 'names'> {
  grid: number;
  named: number[];
  ids: string[];
  names: string[];
}

/** Names of some things of the large map, by their places. */
export interface MapNames extends Age {
  schema: string;
  layout: string;
  places: number[];
  ids: string[];
  names: string[];
}

/** What would be if a change were made to a copy. */
export interface WhatIfAnswer {
  schema: string
  blast: BlastAnswer | null
  paths: PathsAnswer | null
}
