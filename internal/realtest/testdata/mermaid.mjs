// Reads charts as Mermaid does: one JSON list of texts in, one list of what was read out.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'

const tree = process.argv[2]
const require = createRequire(join(tree, 'package.json'))
const { JSDOM } = require('jsdom')
const dom = new JSDOM('')
globalThis.window = dom.window
globalThis.document = dom.window.document
const { default: mermaid } = await import(pathToFileURL(join(tree, 'node_modules', 'mermaid', 'dist', 'mermaid.core.mjs')))
mermaid.initialize({ startOnLoad: false })

// shown is a label as it is drawn: Mermaid keeps its codes in a form of its own until then.
const shown = (label) => {
  const area = dom.window.document.createElement('textarea')
  return (label ?? '').split(/<br\/?>/).map((part) => {
    area.innerHTML = part.replace(/ﬂ°°/g, '&#').replace(/ﬂ°/g, '&').replace(/¶ß/g, ';')
    return area.value
  }).join('<br/>')
}

let text = ''
for await (const chunk of process.stdin) text += chunk
const out = []
for (const chart of JSON.parse(text)) {
  try {
    const diagram = await mermaid.mermaidAPI.getDiagramFromText(chart)
    const db = diagram.db
    out.push({ Error: '', Nodes: [...db.getVertices().values()].map((v) => shown(v.text)), Edges: db.getEdges().map((e) => shown(e.text)) })
  } catch (e) {
    out.push({ Error: String(e?.message ?? e).slice(0, 500), Nodes: [], Edges: [] })
  }
}
process.stdout.write(JSON.stringify(out))
