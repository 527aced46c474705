package demo

var agentFaults = []faultKind{}
