// The shapes that the pages read, as docs/reference/json has them. What is null
// is not known; it is never shown as zero, never as "never".

export type Unknown<T> = T | null

export interface FacetValue {
  value: string
  count: number
  unknown?: boolean
}

export interface List<T> {
  schema: string
  generation: number
  as_of: string | null
  total_size: number
  total_exact: boolean
  next_page_token: string
  items: T[]
  facets?: Record<string, FacetValue[]>
}

export type Grade = 'proven' | 'inferred' | 'declared' | 'unknown'
export type Level = 'critical' | 'high' | 'medium' | 'low' | 'info'

export interface OwnerOf {
  ref: string
  name: string
  kind: string
  how: string
  inherited_from: string | null
  overrides: string[]
  missing: string
  confirmed: string | null
  by: string | null
  deputy: string | null
}

export interface Node {
  id: string
  ref: string
  name: string
  sources: string[]
  kind: string
  type: string
  nhi_type: string | null
  verdict: { value: string; confidence: number; reasons: string[] } | null
  lifecycle: { value: string; reason: string } | null
  env: string | null
  purpose: string | null
  data_class: string | null
  criticality: string | null
  regulation: string[]
  tier: number | null
  business_unit: string | null
  owner: OwnerOf | null
  created: string | null
  expires: string | null
  rotated?: string | null
  last_used: { at: string; grade: Grade; source: string } | null
  first_seen: string
  credentials: number
  places: number
  aliases: string[]
  tags: string[]
  attrs: Record<string, unknown>
  risk: number | null
  status?: string | null
}

/** A thing named in an answer about another. */
export interface Named {
  id: string
  ref: string
  name: string
  kind: string
  type: string
  env?: string | null
  tier0?: boolean
}

export interface Suggestion {
  ref: string
  name: string
  kind: string
  known: boolean
  confidence: number
  reasons: { kind: string; text: string; source: string; grade: Grade }[]
}

export interface OwnerItem extends Named {
  missing: string
  owner: OwnerOf | null
  suggestions: Suggestion[]
  clear: boolean
  risk: number
  command: string
}

export interface EdgeOf {
  direction: 'in' | 'out'
  kind: string
  ref: string
  name: string
  type: string
  unseen: boolean
  joined: string
  grade: Grade
  proof: string
}

export interface Show {
  schema: string
  generation: number
  item: Node
  members: { ref: string; name: string; type: string; sources: string[]; reason: string; attrs: Record<string, unknown> }[]
  doubts: unknown[]
  owner: OwnerItem | null
  edges: EdgeOf[]
  [more: string]: unknown
}

export interface ScorePart {
  name: string
  points: number
  of: number
  because: string
  unknown: boolean
  about?: string[]
}

export interface Score {
  total: number
  level: Level
  parts: ScorePart[]
}

export interface NotAnalysed {
  system: string
  what: string
  why: string
  rows: number
}

export interface Age {
  generation: number
  catalogues: string[]
  not_analysed: NotAnalysed[]
}

export interface Risk {
  subject: Named
  of: Named | null
  score: Score
  history: { at: string; total: number; level: Level }[]
  age: Age
}

export interface Finding {
  id: string
  key: string
  check: string
  severity: Level
  state: string
  subject: { ref: string; name: string; type: string; id?: string }
  what: string
  why: string
  evidence: { text: string; source: string; grade: Grade; at?: string | null }[]
  fix: { text: string; command: string; action: string; object: string; group: string }
  breaks: { text: string; dependents: number; unknowns: string[] }
  controls: string[]
  path: string[]
  first_seen: string
  last_seen: string
  owner: OwnerOf | null
  risk: number | null
}

export interface Fix {
  id: string
  action: string
  title: string
  severity: Level
  risk_removed: number | null
  how: string
  findings: number
  subjects: number
  closes: { id: string; check: string; severity: Level; what: string; risk: number | null }[]
  objects: { ref: string; name: string; type: string; text: string; command: string }[]
  breaks?: { text: string; dependents: number | null; unknowns: string[] }
  [more: string]: unknown
}

export interface Dependent extends Named {
  how: string
  through: Named | null
  grade: Grade
  proof: string
  last_used: string | null
}

export interface Me {
  id: string
  name: string
  email: string | null
  kind: 'person' | 'machine' | 'local'
  /** As `drover user grant` takes them: "engineer:source=aws-prod;env=prod". */
  grants: string[]
  session: string | null
  token: string | null
  /** The role that this session looks on as; null is its own. */
  viewing: string | null
  /** Roles that it could look on as. */
  view_as: string[]
  /** By action: whether, and why or why not. */
  may: Record<string, { allowed: boolean; reason: string }>
}

export interface View {
  id: string
  name: string
  noun: string
  filter: string
  columns?: string[] | null
  sort?: string | null
  group?: string | null
  shipped?: boolean
  scope?: string
  doc?: string
  [more: string]: unknown
}
