package decode

// ParseAgents reads any agent definition; name is the file name.
func ParseAgents(name string, data []byte) ([]Agent, error) { return nil, nil }

// ParseCI: path is the path inside the repository; it tells the system.
func ParseCI(path string, data []byte) (Pipeline, error) { return Pipeline{}, nil }
