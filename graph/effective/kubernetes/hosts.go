package kubernetes

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
)

// A place is a node of the cluster, or the row that stands for whichever it is.
type place struct {
	row     uint32
	machine *machine // nil: whichever
}

// node is the row of a node that is not known which: of the only one where there
// is one.
func (b *builder) node() uint32 {
	if len(b.machines) == 1 {
		return b.machines[0].row
	}
	return b.anyNode()
}

// anyNode stands for one of the nodes.
func (b *builder) anyNode() uint32 {
	if row, ok := b.sets["node"]; ok {
		return row
	}
	row := b.in.Node(drover.Node{Ref: b.ref("set", "node"), Kind: drover.KindWorkload, Type: system + ".node", Name: "a node" + b.suffix()})
	b.sets["node"] = row
	b.queue = append(b.queue, func() {
		for _, m := range b.machines {
			b.emit(effective.Edge{From: row, To: m.row, Kind: drover.EdgeCanAccess, Move: true, Cond: onNode(m.name),
				Proof: []access.Proof{{Ref: b.in.Ref(int(m.row)), Text: "which node it is, the scheduler decides"}}})
		}
		b.place(place{row: row})
	})
	return row
}

func onNode(name string) drover.Attrs {
	return drover.NewAttrs(map[string]any{"spec": map[string]any{"nodeName": name}})
}

// nodeOf is where the pods of a workload run.
func (b *builder) nodeOf(w *workload) uint32 {
	if w.at != nil {
		return w.at.row
	}
	return b.anyNode()
}

// locate says of each workload which node its pods run on, where that is known:
// a bare pod's node, or the only one.
func (b *builder) locate() {
	byName := map[string]*machine{}
	for _, m := range b.machines {
		byName[m.name] = m
	}
	for _, s := range b.order {
		for _, w := range s.workloads {
			if w.at = byName[w.pod.NodeName]; w.at == nil && len(b.machines) == 1 {
				w.at = b.machines[0]
			}
			if w.at != nil {
				w.at.workloads = append(w.at.workloads, w)
			} else {
				b.adrift = append(b.adrift, w)
			}
		}
	}
}

// hosts are what nodes give: their kubelet's identity, their pods, and the tokens
// of those.
func (b *builder) hosts() {
	for _, m := range b.machines {
		b.place(place{m.row, m})
	}
}

func (b *builder) place(p place) {
	here := func(to uint32, technique string, e effective.Edge) {
		e.From, e.To, e.Move, e.Technique = p.row, to, true, technique
		if e.Kind == "" {
			e.Kind, e.Level = drover.EdgeEscalates, access.LevelEscalate
		}
		b.emit(e)
	}
	if p.machine != nil && p.machine.user != nil {
		here(p.machine.user.row, "IDENTITY_ASSUME", effective.Edge{Kind: drover.EdgeRunsAs, Proof: text("the kubelet's certificate lies on the node")})
	}
	if g := b.groups["system:nodes"]; g != nil {
		here(g.row, "IDENTITY_ASSUME", effective.Edge{Kind: drover.EdgeRunsAs, Proof: text("the kubelet's certificate lies on the node, and is of group system:nodes")})
	}
	if p.machine != nil && p.machine.control {
		here(b.row, "CONTROL_PLANE_NODE", effective.Edge{Cond: drover.NewAttrs(map[string]any{"control plane": "runs on this node"}), Proof: text("a label says that the node runs the control plane")})
	}
	if p.machine == nil && len(b.machines) > 0 {
		return // it leads to each node, and these to their pods
	}
	here(b.tokensOf(p.machine), "VOLUME_ACCESS", effective.Edge{Kind: drover.EdgeCanAccess, Proof: text("the folder " + podsDir + " of the node")})
	if p.machine != nil {
		for _, w := range p.machine.workloads {
			here(w.row, "POD_ATTACH", effective.Edge{Proof: text("its pods run on the node")})
		}
	}
	if len(b.adrift) > 0 {
		here(b.floating(), "POD_ATTACH", effective.Edge{Cond: drover.NewAttrs(map[string]any{"pod": "runs on this node"}), Proof: text("the scheduler decides which pods run on the node")})
	}
}

func text(s string) []access.Proof { return []access.Proof{{Text: s}} }

// floating stands for the workloads whose nodes are not known.
func (b *builder) floating() uint32 {
	return b.hub("scheduled", "every workload that any node may run", func(add func(uint32)) {
		for _, w := range b.adrift {
			add(w.row)
		}
	})
}

// tokensOf is the folder in which a node keeps the tokens of its pods; of nil,
// that of a node that is not known which.
func (b *builder) tokensOf(m *machine) uint32 {
	name, title := "*", "tokens of the pods of a node"+b.suffix()
	if m != nil {
		name, title = m.name, "tokens of the pods of node "+m.name
	}
	return b.folder(name, title, func(row uint32) {
		if m == nil {
			for _, each := range b.machines {
				b.emit(effective.Edge{From: row, To: b.tokensOf(each), Kind: drover.EdgeCanAccess, Move: true, Cond: onNode(each.name), Proof: text("which node it is, the scheduler decides")})
			}
		} else {
			b.steal(row, m.workloads, true)
		}
		if len(b.adrift) > 0 && (m != nil || len(b.machines) == 0) {
			b.emit(effective.Edge{From: row, To: b.driftingTokens(), Kind: drover.EdgeCanAccess, Move: true, Cond: drover.NewAttrs(map[string]any{"pod": "runs on this node"}),
				Proof: text("the scheduler decides which pods run on the node")})
		}
	})
}

// driftingTokens are those of the pods whose nodes are not known.
func (b *builder) driftingTokens() uint32 {
	return b.folder("?", "tokens of the pods that any node may run"+b.suffix(), func(row uint32) { b.steal(row, b.adrift, false) })
}

// folder is a folder of tokens; fill makes its edges, later.
func (b *builder) folder(name, title string, fill func(row uint32)) uint32 {
	key := "tokens/" + name
	if row, ok := b.sets[key]; ok {
		return row
	}
	row := b.in.Node(drover.Node{Ref: b.ref("volume", podsDir+"@"+name), Kind: drover.KindResource, Type: system + ".volume", Name: title})
	b.sets[key] = row
	b.queue = append(b.queue, func() { fill(row) })
	return row
}

// steal leads from the tokens of pods to the accounts that they are of.
func (b *builder) steal(row uint32, list []*workload, certain bool) {
	seen := map[uint32]bool{}
	why := "a pod of it has a token of the account on the node that it runs on"
	if certain {
		why = "a pod of it that runs on the node has a token of the account there"
	}
	for _, w := range list {
		for _, r := range w.runs {
			if !w.token(r.account).held || seen[r.account.row] {
				continue
			}
			seen[r.account.row] = true
			b.emit(effective.Edge{From: row, To: r.account.row, Kind: drover.EdgeEscalates, Level: access.LevelEscalate, Move: true, Technique: "TOKEN_STEAL",
				Proof: []access.Proof{{Ref: b.in.Ref(int(w.row)), Text: why}}})
		}
	}
}
