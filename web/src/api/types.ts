// The shapes that the pages read: aliases of those in schema.d.ts, which is made of
// docs/reference/openapi.json at every build (npm run types). What is null is not
// known; it is never shown as zero, never as "never".
import type { components } from './schema'

export type Schemas = components['schemas']

/** T with the fields of O in place of its own: where the document says "a text" of a vocabulary that is closed. */
export type With<T, O> = Omit<T, keyof O> & O

/**
 * T without null where a list may stand. The document has to say of every list of Go that it may be null; the engine
 * fills those of the shapes named here. What is null otherwise stays so: it is not known.
 */
export type Full<T> = T extends readonly (infer U)[] ? Full<U>[] : T extends object ? { [K in keyof T]: Full<Extract<T[K], readonly unknown[]> extends never ? T[K] : Exclude<T[K], null>> } : T

export type Unknown<T> = T | null
export type Grade = 'proven' | 'inferred' | 'declared' | 'unknown'
export type Level = Schemas['FindingJSON']['severity']

export type FacetValue = Schemas['Facet']

/** A list of T, of the answer that every list has. */
export type List<T> = With<Omit<Schemas['IdentitiesList'], 'schema'>, { schema: string; items: T[]; as_of: string | null; facets?: Record<string, FacetValue[]> }>

export type OwnerOf = Full<Schemas['Owner']>

export type Used = With<Schemas['Used'], { at: string; grade: Grade }> | null

/** An identity or a person, as lists have it; a credential or another thing has some of its fields. */
export type Node = With<Full<Schemas['Identity']>, { last_used: Used; rotated?: string | null; status?: string | null }>

/** What an identity of the list has beside, where fields= names it. */
export type IdentityColumns = Pick<Schemas['IdentityRow'], 'id' | 'reach' | 'activity' | 'next_due'>

/** A thing named in an answer about another. */
export type Named = With<Schemas['Node'], { env?: string | null; tier0?: boolean }>

export type Suggestion = With<Full<Schemas['Suggestion']>, { reasons: With<Schemas['Reason'], { grade: Grade }>[] }>
export type OwnerItem = With<Full<Schemas['OwnerItem']>, { suggestions: Suggestion[] }>
export type EdgeOf = With<Schemas['Edge'], { direction: 'in' | 'out'; grade: Grade }>

/** Everything about one thing. */
export type Show = With<Full<Schemas['Detail']>, { item: Node; owner: OwnerItem | null; edges: EdgeOf[] }>

export type ScorePart = Full<Schemas['Part']>
export type Score = With<Full<Schemas['Score']>, { level: Level }>
export type NotAnalysed = Schemas['Gap']
export type Age = Full<Schemas['Age']>
export type Risk = With<Full<Schemas['Risk']>, { score: Score }>

export type Finding = With<Full<Schemas['FindingJSON']>, { evidence: With<Schemas['FindingProof'], { grade: Grade }>[] }>
export type Fix = Full<Schemas['FixItem']>
export type Dependent = With<Full<Schemas['Dep']>, { grade: Grade }>

/** Who looks. `grants` are spelled as `drover user grant` takes them; `may` says of each action whether, and why or why not. */
export type Me = With<Full<Schemas['Me']>, { may: Record<string, Schemas['Permission']> }>

/** A saved view. */
export type View = Full<Schemas['Saved']>
