/** Words of the page that compares two moments. */
export const changes = {
  title: 'What changed',
  between: (from: string, to: string) => `Between ${from} and ${to}`,
  counts: (added: number, changed: number, removed: number) => `${added.toLocaleString()} added, ${changed.toLocaleString()} changed, ${removed.toLocaleString()} removed`,
  from: 'From', to: 'To', now: 'now', show: 'Show', what: 'Show only', whats: { '': 'Everything', node: 'Things', edge: 'Connections', tag: 'Tags', join: 'Joins' } as Record<string, string>,
}
