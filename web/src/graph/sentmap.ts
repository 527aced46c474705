import type { MapAnswer, MapNames, SentMap } from './types'

// The large map comes as small numbers and few names: the rest is asked for when somebody
// comes near. What it becomes here is what the other maps are, too.

/** mapOfSent is the map that was sent, to be drawn. */
export function mapOfSent(a: SentMap): MapAnswer {
  const n = a.kind.length
  const [ids, names] = [Array<string>(n).fill(''), Array<string>(n).fill('')]
  a.named.forEach((place, i) => {
    ids[place] = a.ids[i] ?? ''
    names[place] = a.names[i] ?? ''
  })
  const edges: number[] = []
  let at = 0
  for (let from = 0; from < n; from++) {
    let last = from
    for (let left = a.edges[at++] ?? 0; left > 0; left--) {
      last += a.edges[at++] ?? 0
      edges.push(from, last)
    }
  }
  const unit = (v: number) => v / (a.grid || 1)
  return { ...a, ids, names, edges, x: a.x.map(unit), y: a.y.map(unit) }
}

/** takeNames fills in what is named by now, and says which places those are. Of another layout nothing is taken: places are others there. */
export function takeNames(a: MapAnswer, names: MapNames): number[] {
  if (names.layout !== a.layout) return []
  return names.places.filter((place, i) => {
    if (place >= a.ids.length || a.ids[place]) return false
    a.ids[place] = names.ids[i] ?? ''
    a.names[place] = names.names[i] ?? ''
    return true
  })
}
