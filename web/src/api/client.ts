// The one door to the server: every call of the page goes through here, and
// the page calls nothing but /api/v1.

export const base = '/api/v1'

/** A refusal as RFC 9457 tells it. */
export interface ProblemBody {
  type?: string
  title: string
  status: number
  detail?: string
  instance?: string
  code?: string
  errors?: { pointer?: string; detail: string; /** Of a text: the character, from 1. */ position?: number; suggestion?: string }[]
  fix?: string
  request_id?: string
}

/** An answer that is no answer; code "offline" when the server was not reached. */
export class Problem extends Error {
  readonly body: ProblemBody
  constructor(body: ProblemBody) {
    super(body.detail || body.title)
    this.name = 'Problem'
    this.body = body
  }
  get status() {
    return this.body.status
  }
  get code() {
    return this.body.code ?? ''
  }
}

export type Params = Record<string, string | number | boolean | null | undefined>

/** The address of a call; parameters that are undefined, null or empty are left out. */
export function address(path: string, params: Params = {}): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(params)) if (value !== undefined && value !== null && value !== '') query.set(key, String(value))
  const text = query.toString()
  return base + path + (text ? (path.includes('?') ? '&' : '?') + text : '')
}

// What the server said the version of each thing is that was read: a write says
// which version it means.
const etags = new Map<string, string>()
const etagsKept = 500

function remember(url: string, etag: string | null) {
  if (!etag) return
  etags.delete(url)
  etags.set(url, etag)
  if (etags.size > etagsKept) etags.delete(etags.keys().next().value!)
}

/** The ETag that the last read of path had; undefined when it was never read. */
export const etagOf = (path: string, params?: Params) => etags.get(address(path, params))

async function problemOf(response: Response): Promise<Problem> {
  const requestID = response.headers.get('X-Request-Id') ?? undefined
  try {
    const body = (await response.json()) as ProblemBody
    return new Problem({ ...body, title: body.title || response.statusText, status: response.status, request_id: body.request_id ?? requestID })
  } catch {
    return new Problem({ title: response.statusText || `HTTP ${response.status}`, status: response.status, request_id: requestID })
  }
}

async function send(url: string, init: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new Problem({ title: 'The server cannot be reached', status: 0, code: 'offline', detail: 'The page could not reach Drover. It may have been stopped.', fix: 'drover up' })
  }
  if (!response.ok && response.status !== 207) throw await problemOf(response)
  return response
}

/** Reads. The browser's own cache answers 304 from the ETag. */
export async function get<T>(path: string, params?: Params, signal?: AbortSignal): Promise<T> {
  const url = address(path, params)
  const response = await send(url, { signal, headers: { Accept: 'application/json' } })
  remember(url, response.headers.get('ETag'))
  return (await response.json()) as T
}

/** Reads an address as it is sent: for what the server streams. */
export const stream = (url: string) => send(url, {})

export interface WriteOptions {
  params?: Params
  /** The version that the write means; PUT, PATCH and DELETE of existing things need it. */
  ifMatch?: string
  /** One key for one intention: a repeated click is one act. Made here when absent. */
  key?: string
  signal?: AbortSignal
}

/** Changes something. POST carries an Idempotency-Key. */
export async function write<T = unknown>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, options: WriteOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (options.ifMatch) headers['If-Match'] = options.ifMatch
  if (method === 'POST') headers['Idempotency-Key'] = options.key ?? crypto.randomUUID()
  const response = await send(address(path, options.params), { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: options.signal })
  const text = await response.text()
  return (text ? JSON.parse(text) : undefined) as T
}

/** Reads path for its version, then changes it; for what needs If-Match and was not read yet. */
export async function change<T = unknown>(method: 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, versionOf = path): Promise<T> {
  if (!etagOf(versionOf)) await get(versionOf)
  try {
    return await write<T>(method, path, body, { ifMatch: etagOf(versionOf) })
  } finally {
    etags.delete(address(versionOf))
  }
}
