import type { BlastAnswer, CreatorsAnswer, CutOption, DepsAnswer, Effect, Grade, NodeRef, Path, PathsAnswer, Proof } from './types'
import { levelOrder, weakest } from './verbs'

/** A Step is one hop of a route. `words` takes the place of the verb where an answer says how. */
export interface Step extends Effect {
  words?: string
}

/** A Route is one ranked way through the estate: what the list shows and what the lanes draw. */
export interface Route {
  /** Stable over answers: the nodes and kinds it goes over. */
  key: string
  nodes: NodeRef[]
  steps: Step[]
  grade: Grade
  severity: Severity
  /** Why it has this severity, in words. */
  because: string
  variant: boolean
}

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info'

/** routesOfPaths are the ways of `path` and `blast-radius`, in the order of the answer. */
export function routesOfPaths(paths: Path[] | null | undefined): Route[] {
  return (paths ?? []).flatMap((p) => {
    const nodes = p.nodes ?? []
    const steps = p.edges ?? []
    if (nodes.length < 2 || steps.length !== nodes.length - 1) return []
    return [route(nodes, steps, p.grade, p.variant)]
  })
}

export function routesOf(a: PathsAnswer | BlastAnswer): Route[] {
  return routesOfPaths(a.paths)
}

/** known gives what was never scanned, and so has no id, its ref for one. */
const known = (n: NodeRef): NodeRef => (n.id ? n : { ...n, id: n.ref || n.name })

function route(things: NodeRef[], raw: Step[], grade: Grade, variant = false): Route {
  const nodes = things.map(known)
  // Nobody owns a person: the record is of who answers for whom.
  const steps = raw.map((s, i) => (s.kind === 'owns' && nodes[i]?.kind === 'human' && nodes[i + 1]?.kind === 'human' ? { ...s, words: 'manages' } : s))
  const [severity, because] = judge(nodes, steps, grade)
  const key = nodes.map((n, i) => n.id + (i < steps.length ? '>' + (steps[i]?.kind ?? '') + ':' + (steps[i]?.technique ?? '') + '>' : '')).join('')
  return { key, nodes, steps, grade, severity, because, variant }
}

const strong = levelOrder.indexOf('permissions')

const becomes = new Set(['can_assume', 'authenticates', 'runs_as', 'delegates_to'])

/** judge says how bad a way is by where it ends, how much it gives there and how sure it is. */
function judge(nodes: NodeRef[], steps: Step[], grade: Grade): [Severity, string] {
  const target = nodes[nodes.length - 1]
  const last = steps[steps.length - 1]
  const sure = grade === 'proven'
  const level = last ? (levelOrder as readonly string[]).indexOf(last.level) : -1
  if (target?.tier0) return sure ? ['critical', 'a proven way to tier 0'] : ['high', `a way to tier 0 that is ${grade}`]
  if (level >= strong || last?.kind === 'escalates') return sure ? ['high', 'takes over what it ends at'] : ['medium', `takes over what it ends at; ${grade}`]
  if (last && becomes.has(last.kind)) return sure ? ['medium', 'becomes what it ends at'] : ['low', `becomes what it ends at; ${grade}`]
  if (level >= 1 || last?.kind === 'reads_secret') return sure ? ['medium', 'reads or changes what it ends at'] : ['low', `reads or changes what it ends at; ${grade}`]
  return ['low', 'ends at nothing of tier 0']
}

const info = (r: Route): Route => ({ ...r, severity: 'info', because: 'how it came to be' })

function plain(from: NodeRef, to: NodeRef, kind: string, grade: Grade, proof: string, words?: string): Step {
  const proofs: Proof[] = proof ? [{ ref: to.ref, statement: '', effect: '', text: proof }] : []
  return { from: from.ref, to: to.ref, from_name: from.name, to_name: to.name, kind, grade, technique: '', title: '', cite: '', level: '', condition: null, proof: proofs, also: [], words }
}

/** routesOfCreators turns the chain of `creators` into ways that end at the subject: one for each first maker. */
export function routesOfCreators(a: CreatorsAnswer): Route[] {
  const made = new Map<string, NonNullable<CreatorsAnswer['chain']>>()
  for (const c of a.chain ?? []) made.set(c.created, [...(made.get(c.created) ?? []), c])
  const out: Route[] = []
  const walk = (nodes: NodeRef[], steps: Step[], seen: Set<string>) => {
    const head = nodes[0]!
    const makers = (made.get(head.ref) ?? []).filter((m) => !seen.has(m.ref))
    if (makers.length === 0 || nodes.length > 24) {
      if (steps.length > 0) out.push(info(route(nodes, steps, weakest(steps.map((s) => s.grade)))))
      return
    }
    for (const m of makers) if (out.length < 200) walk([m, ...nodes], [plain(m, head, m.how, m.grade, m.proof), ...steps], new Set([...seen, m.ref]))
  }
  walk([a.subject], [], new Set([a.subject.ref]))
  return out
}

/** routesOfDeps turns what breaks into ways that end at the subject, through every place and credential in between. */
export function routesOfDeps(a: DepsAnswer): Route[] {
  const items = a.items ?? []
  const holds = new Map(items.filter((d) => d.through).map((d) => [d.ref, d]))
  return items.map((d) => {
    const nodes: NodeRef[] = [d]
    const steps: Step[] = []
    let at = d
    const seen = new Set([d.ref])
    while (at.through && !seen.has(at.through.ref) && nodes.length < 8) {
      const next = at.through
      seen.add(next.ref)
      nodes.push(next)
      steps.push(plain(at, next, 'depends', at.grade, at.proof, at.how))
      const on = holds.get(next.ref)
      if (!on) {
        const key = next.kind === 'credential'
        nodes.push(a.subject)
        steps.push(plain(next, a.subject, key ? 'authenticates' : 'stored_in', d.grade, '', key ? 'signs in as' : 'has the key of'))
        return told(route(nodes, steps, weakest(steps.map((s) => s.grade))), d.how)
      }
      at = on
    }
    nodes.push(a.subject)
    steps.push(plain(at, a.subject, 'depends', at.grade, at.proof, at.how))
    return told(route(nodes, steps, weakest(steps.map((s) => s.grade))), d.how)
  })
}

const told = (r: Route, because: string): Route => ({ ...r, severity: 'info', because })

/** cutStep finds the step that an offered change takes away; undefined where it is none that is drawn. */
export function cutStep(routes: Route[], option: CutOption | null | undefined): Step | undefined {
  const change = option?.change as { remove?: { ref?: string; from?: string; to?: string; kind?: string }[]; replace?: { ref: string }[]; add?: { node?: { ref: string } }[] } | null | undefined
  if (!change) return undefined
  const steps = routes.flatMap((r) => r.steps)
  for (const r of change.remove ?? []) {
    const found = steps.find((s) => (r.from ? s.from === r.from && s.to === r.to && (!r.kind || r.kind === s.kind) : decides(s, r.ref)))
    if (found) return found
  }
  for (const ref of [...(change.replace ?? []).map((r) => r.ref), ...(change.add ?? []).flatMap((a) => (a.node ? [a.node.ref] : []))]) {
    // What is changed keeps its ways in: it is what leads on from it that ends.
    const found = steps.find((s) => s.from === ref || (s.proof ?? []).some((p) => p.ref === ref && s.to !== ref))
    if (found) return found
  }
  return undefined
}

function decides(s: Step, ref?: string): boolean {
  return ref !== undefined && ((s.proof ?? []).some((p) => p.ref === ref) || s.from === ref || s.to === ref)
}

/** keep leaves the routes that use none of the hidden kinds and have at most max hops. */
export function keep(routes: Route[], hidden: ReadonlySet<string>, max: number): Route[] {
  return routes.filter((r) => (max <= 0 || r.steps.length <= max) && r.steps.every((s) => !hidden.has(s.kind)))
}

/** kindsOf lists the kinds of step that occur, each with how many routes use it. */
export function kindsOf(routes: Route[]): { kind: string; count: number }[] {
  const n = new Map<string, number>()
  for (const r of routes) for (const k of new Set(r.steps.map((s) => s.kind))) n.set(k, (n.get(k) ?? 0) + 1)
  return [...n].map(([kind, count]) => ({ kind, count })).sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1))
}
