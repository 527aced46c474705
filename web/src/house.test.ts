import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(tsx?|css)$/.test(name) && !name.endsWith('.test.ts') && !name.endsWith('.test.tsx'))
const text = (name: string) => readFileSync(join(__dirname, name), 'utf8')

describe('the house', () => {
  it('finds its files', () => expect(files.length).toBeGreaterThan(40))
  // What a scanned system calls itself is text; nothing here may read it as markup or code.
  it.each(['dangerouslySetInnerHTML', 'innerHTML', 'outerHTML', 'insertAdjacentHTML', 'document.write', 'eval(', 'new Function(', 'srcdoc'])('never uses %s', (word) => expect(files.filter((name) => text(name).includes(word))).toEqual([]))
  it('fetches nothing from outside', () => expect(files.filter((name) => /url\(\s*['"]?https?:|fetch\(\s*['"`]https?:|src=['"]https?:/.test(text(name)))).toEqual([]))
  it('talks to the server through one door', () => expect(files.filter((name) => /\bfetch\(/.test(text(name)) && name !== join('api', 'client.ts'))).toEqual([]))
  it('uses colours by token', () => expect(files.filter((name) => name.endsWith('.css') && !name.endsWith('tokens.css') && /#[0-9a-f]{3,8}\b/i.test(text(name)))).toEqual([]))
  it('shows no text under 12 px', () => expect(files.filter((name) => name.endsWith('.css') && [...text(name).matchAll(/font-size:\s*([\d.]+)(px|rem)/g)].some((m) => Number(m[1]) * (m[2] === 'rem' ? 16 : 1) < 12))).toEqual([]))
  // A moment and an environment go along from page to page: "as of" must not be lost by a click.
  it('keeps the moment in its links', () => expect(files.filter((name) => name.endsWith('.tsx') && [...text(name).matchAll(/<(Link|LinkButton)\b[^>]*?\bto=[^>]*>/gs)].some((m) => !m[0].includes('search='))).map(String)).toEqual([]))
})
