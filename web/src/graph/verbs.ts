import type { Effect, Grade } from "./types";

// What a step is called, in words that need no glossary. The list of kinds is closed.
const verbs: Record<string, [verb: string, passive: string]> = {
  owns: ["owns", "owned by"],
  created: ["created", "created by"],
  authenticates: ["signs in as", "signed in with"],
  member_of: ["is member of", "has member"],
  can_assume: ["can assume", "assumed by"],
  delegates_to: ["delegates to", "delegated by"],
  runs_as: ["runs as", "runs"],
  can_access: ["can access", "accessed by"],
  reads_secret: ["reads", "read by"],
  escalates: ["takes over", "taken over by"],
  stored_in: ["stored in", "holds"],
  exposes: ["exposes", "exposed by"],
  trusts: ["trusts", "trusted by"],
  attached: ["is attached to", "has attached"],
  bounded_by: ["is bounded by", "bounds"],
  guarded_by: ["is guarded by", "guards"],
  issued_by: ["is issued by", "issued"],
  contains: ["contains", "lies in"],
  // how a holder or a dependent has it
  can_impersonate: ["can impersonate", "impersonated by"],
  reads_credential: ["can read the key of", "key read by"],
  issued: ["issued", "issued by"],
  stored: ["holds the key of", "key held by"],
};

/** EdgeKinds in the order in which the filter shows them. */
export const edgeKinds = ["owns", "created", "authenticates", "member_of", "can_assume", "delegates_to", "runs_as", "can_access", "reads_secret", "escalates",
  "stored_in", "exposes", "trusts", "attached", "bounded_by", "guarded_by", "issued_by", "contains"] as const;

export function verb(kind: string): string {
  return verbs[kind]?.[0] ?? kind.replaceAll("_", " ");
}

export function passive(kind: string): string {
  return verbs[kind]?.[1] ?? kind.replaceAll("_", " ");
}

const levels: Record<string, string> = {
  list: "can list", read: "can read", write: "can change", delete: "can delete", permissions: "can grant rights on",
  secrets: "can read secrets of", execute: "can run code on", escalate: "can take over", "": "",
};

/** say is the label of a hop: what is done, not how the edge is called inside. */
export function say(e: Pick<Effect, "kind" | "level" | "title" | "technique">): string {
  if (e.kind === "can_access") return levels[e.level] || verb(e.kind);
  return verb(e.kind);
}

/** by names the technique of a step where it has one. */
export function by(e: Pick<Effect, "title" | "technique">): string {
  return e.title || e.technique;
}

/** levelOrder from the weakest; the columns of the matrix scale. */
export const levelOrder = ["list", "read", "write", "delete", "permissions", "secrets", "execute", "escalate"] as const;

const grades: Record<string, string> = {
  proven: "proven: every fact was read",
  inferred: "inferred: depends on a condition that nobody here can know, or on a rule of thumb",
  declared: "declared: somebody said so",
  unknown: "unknown",
};

export function gradeWords(g: Grade): string {
  return grades[g] ?? g;
}

/** dash is the class of a line: proven solid, inferred and declared dashed, all else dotted. */
export function lineOf(g: Grade): "solid" | "dashed" | "dotted" {
  if (g === "proven") return "solid";
  return g === "inferred" || g === "declared" ? "dashed" : "dotted";
}

const rank: Record<string, number> = { proven: 0, inferred: 1, declared: 2, unknown: 3 };

/** weakest is the grade of a chain: that of its weakest link. */
export function weakest(grades: Grade[]): Grade {
  let out: Grade = "proven";
  for (const g of grades) if ((rank[g] ?? 3) > (rank[out] ?? 3)) out = g;
  return out;
}
