import { describe, expect, it } from 'vitest'
import { glossary } from '@/text/glossary'
import type { Option } from './data'
import { faultsOf, isReference, valuesOf, yamlOf } from './options'

const option = (name: string, more: Partial<Option> = {}): Option => ({ name, help: '', type: 'string', default: '', example: '', required: false, secret: false, advanced: false, file_only: false, values: [], ...more })
const text = { required: 'needed', secretBad: 'reference' }

describe('a secret option', () => {
  it.each(['${env:ORDERS_DSN}', '${file:/run/secrets/dsn}', ' ${env:A} '])('takes the reference %s', (value) => expect(isReference(value)).toBe(true))
  it.each(['hunter2', 'postgres://u:p@h/db', '${env:}', '${file:}', 'x${env:A}', '${env:A}x', '${env:1A}', '${vault:a}', ''])('refuses %j', (value) => expect(isReference(value)).toBe(false))
  it('is told of at its field, before anything is sent', () => expect(faultsOf([option('dsn', { secret: true })], { dsn: 'postgres://u:p@h/db' }, text)).toEqual({ dsn: 'reference' }))
})

describe('the form of a source', () => {
  const options = [option('paths', { type: 'paths', required: true }), option('format'), option('ca_file', { file_only: true, required: true })]
  it('leaves out what is empty and what only the file may set', () => expect(valuesOf(options, { paths: ' a \n\n b', format: '  ', ca_file: '/x' })).toEqual({ paths: ['a', 'b'] }))
  it('misses what is needed, but not what only the file may set', () => expect(faultsOf(options, {}, text)).toEqual({ paths: 'needed' }))
  it('quotes every text of the file', () => expect(yamlOf('x', 'file', options, { paths: 'a: "b"\nc' })).toBe('sources:\n  - id: "x"\n    kind: "file"\n    paths: ["a: \\"b\\"", "c"]\n    ca_file: "…"'))
})

describe('the glossary', () => {
  const terms = Object.values(glossary.terms).flat()
  const ids = terms.map((term) => term.id)
  it('has each word once', () => expect(new Set(ids).size).toBe(ids.length))
  it('refers only to words that it has', () => expect(terms.flatMap((term) => term.see ?? []).filter((id) => !ids.includes(id))).toEqual([]))
  it('has a name for every group', () => expect(Object.keys(glossary.terms).filter((group) => !glossary.groups[group])).toEqual([]))
})
