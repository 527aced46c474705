// Package risk says how bad it would be if one identity were misused, and how
// likely that is, as a sum of points that each name their reason. The same input
// gives the same score, always.
package risk

// A Score is a sum of parts, 0 to 100.
type Score struct {
	Total int    `json:"total"` // the sum of Parts
	Parts []Part `json:"parts"` // those with points, the most first
}

// A Part is one reason.
type Part struct {
	Name    string `json:"name"` // reach, exposure, age, use, ownership, data_class, environment
	Points  int    `json:"points"`
	Because string `json:"because"` // one clause with the numbers: "reaches 2 of tier 0 and 412 others"
}
