package owner

import "slices"

// Kind is what sort of fact a signal is. Facts of one kind depend on each other;
// kinds do not.
type Kind string

const (
	Tag        Kind = "tag"        // an owner, team or contact by tag, label or annotation
	Namespace  Kind = "namespace"  // the owner, or the team label, of what it lies in
	CodeOwners Kind = "codeowners" // the code owners of the file or repository that defines it
	Leak       Kind = "leak"       // the code owners of the file in which its secret lies
	Author     Kind = "author"     // who wrote the line in which its secret lies
	Creator    Kind = "creator"    // who made it
	Manager    Kind = "manager"    // who leads its maker, where that one has left
	MakersTeam Kind = "makersteam" // the team of its maker
	State      Kind = "state"      // the owner of the code, state or manager that made it
	Name       Kind = "name"       // the team's name stands in its name
	Function   Kind = "function"   // what it does is what the team is called after
	Member     Kind = "member"     // it is a member of the team's group
	Workload   Kind = "workload"   // the owner of what runs as it
	Peers      Kind = "peers"      // who owns those beside it that are alike
	Declared   Kind = "declared"   // what somebody wrote down about it in an interview or a list
)

// A kind is how much a sort of signal says, in log-odds, and the source that a
// house allows or leaves out with it (ownership.sources of drover.yaml).
type kind struct {
	weight float64
	source string
	says   string // what it is, for the reference
}

// kinds were set so that one good signal is right about four times in five, and
// two weak ones that agree as often.
var kinds = map[Kind]kind{
	Tag:        {3.2, "cloud_tags", "an owner, team or contact tag, label or annotation names them"},
	Declared:   {3.2, "hr", "a list or an interview names them"},
	Namespace:  {2.5, "k8s_labels", "what it lies in is theirs, by owner or by team label"},
	CodeOwners: {2.9, "codeowners", "CODEOWNERS gives them the file or repository that defines it"},
	State:      {2.4, "codeowners", "they own the code, state or manager that made it"},
	Workload:   {2.4, "workload", "they own what runs as it"},
	Creator:    {1.9, "creator", "they made it"},
	Member:     {2.0, "k8s_labels", "it is a member of their group"},
	Peers:      {3.0, "name", "they own most of what stands beside it and is alike"},
	Name:       {2.3, "name", "their name stands in its name"},
	Leak:       {1.7, "codeowners", "CODEOWNERS gives them the file in which its secret lies"},
	MakersTeam: {2.5, "creator", "its maker is in their team"},
	Manager:    {1.8, "hr", "they lead its maker, who has left"},
	Author:     {1.5, "git_blame", "they wrote the line in which its secret lies"},
	Function:   {1.2, "name", "what it does is what they are called after"},
}

// Kinds lists every kind, the heaviest first.
func Kinds() []Kind {
	var out []Kind
	for k := range kinds {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b Kind) int {
		if kinds[a].weight != kinds[b].weight {
			if kinds[a].weight > kinds[b].weight {
				return -1
			}
			return 1
		}
		return slices.Compare([]byte(a), []byte(b))
	})
	return out
}

// Says is what a signal of the kind means, as a clause.
func (k Kind) Says() string { return kinds[k].says }

// Weight is what one proven signal of the kind adds to the log-odds.
func (k Kind) Weight() float64 { return kinds[k].weight }

// Source is the word by which ownership.sources of drover.yaml allows the kind.
func (k Kind) Source() string { return kinds[k].source }

// Allowed drops the signals of kinds that a house does not list. An empty list
// allows all.
func Allowed(signals []Signal, sources []string) []Signal {
	if len(sources) == 0 {
		return signals
	}
	return slices.DeleteFunc(signals, func(s Signal) bool { return !slices.Contains(sources, kinds[s.Kind].source) })
}
