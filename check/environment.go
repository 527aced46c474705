package check

// Productive reports whether an environment is production, or stands in for it.
// Unknown is not.
func Productive(env string) bool { return env == "prod" || env == "dr" }

// Trial reports whether an environment is known to be none of production.
// Unknown is not.
func Trial(env string) bool { return env != "" && !Productive(env) }

// Said is what a user says about a row under a key.
func (e *Estate) Said(row int, key string) (value, by string, ok bool) {
	for _, l := range e.Graph.Labels(row) {
		if l.Key == key {
			return l.Value, l.By, true
		}
	}
	return "", "", false
}
