/** A Walked thing is what the arrow keys go over: nodes and edges by turns. */
export interface Walked {
  name: string
  x: number
  y: number
  in: string[]
  out: string[]
  edge: boolean
}

/**
 * walk says where a key leads from a thing: right along what leaves it, left back,
 * up and down among its neighbours. undefined: the key leads nowhere.
 */
export function walk(things: ReadonlyMap<string, Walked>, from: string, key: string): string | undefined {
  const at = things.get(from)
  if (!at) return undefined
  switch (key) {
    case 'ArrowRight':
      return at.out[0]
    case 'ArrowLeft':
      return at.in[0]
    case 'ArrowUp':
    case 'ArrowDown':
      return beside(things, from, at, key === 'ArrowDown' ? 1 : -1)
    case 'Home':
      return things.keys().next().value
    case 'End':
      return [...things].filter(([, t]) => !t.edge).at(-1)?.[0]
    default:
      return undefined
  }
}

/** beside goes among the edges that leave the same thing, then those of the column; of nodes, among their column. */
function beside(things: ReadonlyMap<string, Walked>, from: string, at: Walked, by: number): string | undefined {
  const column = [...things].filter(([, t]) => t.edge === at.edge && (at.edge ? columnOf(things, t) === columnOf(things, at) : t.x === at.x)).sort((a, b) => a[1].y - b[1].y || (a[0] < b[0] ? -1 : 1))
  const i = column.findIndex(([id]) => id === from)
  return column[i + by]?.[0]
}

const columnOf = (things: ReadonlyMap<string, Walked>, t: Walked) => things.get(t.in[0] ?? '')?.x
