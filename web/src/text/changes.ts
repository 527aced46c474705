import { count } from '@/kit/format'

/** Words of the page that compares two moments. */
export const changes = {
  title: 'What changed',
  between: (from: string, to: string) => `Between ${from} and ${to}`,
  counts: (added: number, changed: number, removed: number) => `${added.toLocaleString()} added, ${changed.toLocaleString()} changed, ${removed.toLocaleString()} removed`,
  from: 'From', to: 'To', now: 'now', show: 'Show', what: 'Show only', whats: { '': 'Everything', node: 'Things', edge: 'Connections', tag: 'Tags', join: 'Joins' } as Record<string, string>,
  exports: { csv: 'CSV, every change', json: 'JSON, every change' },
  unread: 'Nothing was scanned yet', unreadText: 'Changes are told between what two scans saw. Nothing was read so far.', start: 'Get started',
  rest: (shown: number, all: number) => `${count(shown)} of ${count(all)} changes are here, the first of each kind. The export has them all.`,
}
