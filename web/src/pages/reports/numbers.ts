import { count, visible, words } from '@/kit/format'
import { kit } from '@/text/kit'
import { reports as t } from '@/text/reports'
import type { Report } from './types'

export interface Row {
  name: string
  /** Null is not known. */
  value: string | null
  /** How many of the value's base nobody knows about. */
  unknown: number
}

/** The numbers of a report, in its own order. */
export function numbers(report: Report): Row[] {
  const out: Row[] = []
  const add = (name: string, value: string | null, unknown = 0) => out.push({ name, value, unknown })
  const share = (one: { question: string; n: number; of: number; unknown: number } | undefined) => one && add(visible(one.question), one.of > 0 ? t.of(one.n, one.of) : null, one.unknown)
  const { questions, inventory, posture, due, fixes, exceptions, coverage } = report
  if (questions) {
    share(questions.many)
    add(t.numbers.humans, count(questions.humans))
    add(t.numbers.ratio, questions.ratio === null ? null : t.ratio(questions.ratio))
    for (const one of [questions.monitored, questions.owned, questions.appropriate]) share(one)
  }
  if (inventory) {
    add(t.numbers.identities, count(inventory.identities))
    add(t.numbers.humans, count(inventory.humans))
    for (const group of inventory.counts ?? []) for (const one of (group.counts ?? []).slice(0, 6)) add(t.numbers.by(words(group.by), words(one.name)), count(one.n))
  }
  if (posture) {
    add(t.numbers.checks, posture.checked_at ? count(posture.checks) : null)
    share(posture.clean)
    for (const one of posture.severities ?? []) add(`${t.numbers.open}: ${kit.severity[one.severity]}`, posture.checked_at ? count(one.open) : null)
    const accepted = (posture.severities ?? []).reduce((sum, one) => sum + one.accepted, 0)
    add(t.numbers.accepted, count(accepted))
  }
  for (const one of due?.buckets ?? []) add(t.numbers.due(visible(one.name)), count(one.expire + one.rotate))
  if (fixes) add(t.numbers.fixes, count(fixes.total))
  if (exceptions) add(t.numbers.exceptions, count(exceptions.items?.length ?? 0))
  if (coverage) {
    add(t.numbers.sources, count(coverage.sources?.length ?? 0))
    add(t.numbers.stale, count(coverage.sources?.filter((source) => source.stale).length ?? 0))
    add(t.numbers.unseen, count(coverage.unseen))
  }
  return out
}
