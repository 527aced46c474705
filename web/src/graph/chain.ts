import type { MiniStep } from "./MiniPath";
import type { BlastAnswer, CreatorsAnswer, NodeRef } from "./types";
import { by, say, verb } from "./verbs";
import { graphWords as w } from "@/text/graph";

/** A Shown is the part of `show` that the short chain needs. */
export interface Shown {
  item: { id: string; ref: string; name: string; kind: string; type: string; nhi_type?: string | null; tier: number | null; places?: number | null };
  edges: { direction: string; kind: string; ref: string; name: string; type: string; grade: string }[] | null;
}

/**
 * miniPathOf makes creator > credential > identity > what it reaches of an
 * identity from three answers, each of which may not be there yet (undefined) or
 * have failed (null). What is not known is a step that says so.
 */
export function miniPathOf(show: Shown, creators: CreatorsAnswer | null | undefined, blast: BlastAnswer | null | undefined, reachUnknown = false): MiniStep[] {
  const me = { id: show.item.id, name: show.item.name, kind: show.item.kind, type: show.item.type, nhi_type: show.item.nhi_type ?? null, tier0: show.item.tier === 0 };
  return [creatorStep(show, creators), { node: me, how: verb(firstMaker(show, creators)?.how ?? "created"), grade: firstMaker(show, creators)?.grade ?? "unknown", subject: true, note: w.mini.identity },
    credentialStep(show), reachStep(reachUnknown && !blast?.paths?.length ? null : blast)];
}

function firstMaker(show: Shown, c: CreatorsAnswer | null | undefined) {
  const direct = (c?.chain ?? []).filter((x) => x.created === show.item.ref || x.depth === 1);
  return direct.find((x) => x.how === "created") ?? direct[0];
}

function creatorStep(show: Shown, c: CreatorsAnswer | null | undefined): MiniStep {
  const m = firstMaker(show, c);
  if (!m) return { node: null, missing: w.mini.noCreator };
  return { node: m, note: w.mini.creator, ...(m.left ? { mark: w.mini.left } : {}) };
}

function credentialStep(show: Shown): MiniStep {
  const keys = (show.edges ?? []).filter((e) => e.kind === "authenticates" && e.direction === "in");
  const first = keys[0];
  if (!first) return { node: null, missing: w.mini.noCredential, how: w.mini.signsIn, grade: "unknown" };
  const places = show.item.places ?? 0;
  const note = keys.length > 1 ? w.mini.more(keys.length - 1) : places > 1 ? w.mini.places(places) : w.mini.credential;
  return { node: { id: first.ref, name: first.name, kind: "credential", type: first.type, tier0: false }, how: w.mini.signsIn, grade: first.grade, note };
}

function reachStep(b: BlastAnswer | null | undefined): MiniStep {
  const p = (b?.paths ?? [])[0];
  const nodes = p?.nodes ?? [];
  const last: NodeRef | undefined = nodes[nodes.length - 1];
  const e = (p?.edges ?? [])[(p?.edges ?? []).length - 1];
  if (!b) return { node: null, missing: w.mini.noReachKnown, how: w.mini.reaches, grade: "unknown" };
  if (!p || !last || !e) return { node: null, missing: w.mini.noReach, how: w.mini.reaches, grade: "unknown" };
  const more = Math.max(0, b.reach.resources - 1);
  const how = p.hops === 1 ? by(e) || say(e) : w.mini.hops(p.hops, say(e));
  return { node: last, how, grade: p.grade, note: more > 0 ? w.mini.more(more) : w.mini.resource };
}
