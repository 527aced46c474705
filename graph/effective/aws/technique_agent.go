package aws

const agentcore = "bedrock-agentcore.amazonaws.com"

// agentTechniques run code in what AI agents are given to run code in.
var agentTechniques = []technique{
	{id: "bedrock-001", gives: givesPass, service: agentcore,
		needs: []need{pass(agentcore), {action: "bedrock-agentcore:CreateCodeInterpreter", on: nothing}, {action: "bedrock-agentcore:StartCodeInterpreterSession", on: newInterpreter}, {action: "bedrock-agentcore:InvokeCodeInterpreter", on: newInterpreter}},
		doc:   "Make a code interpreter with a role, and have it read the keys of the role from the metadata service."},
	{id: "bedrock-002", gives: givesThing, types: []string{"aws.bedrock.code_interpreter"}, needs: []need{{action: "bedrock-agentcore:StartCodeInterpreterSession", on: carrier}, {action: "bedrock-agentcore:InvokeCodeInterpreter", on: carrier}},
		doc: "Have a code interpreter that is there read the keys of its role from the metadata service."},
	{id: "bedrock-003", gives: givesPass, service: agentcore,
		needs: []need{pass(agentcore), {action: "bedrock-agentcore:CreateAgentRuntime", on: nothing}, {action: "bedrock-agentcore:CreateAgentRuntimeEndpoint", on: newRuntime},
			{action: "bedrock-agentcore:CreateWorkloadIdentity", on: "arn:{p}:bedrock-agentcore:{r}:{a}:workload-identity-directory/*"}, {action: "bedrock-agentcore:InvokeAgentRuntimeCommand", on: newRuntime}},
		doc: "Make an agent runtime with a role, and run a command in it beside the agent."},
	{id: "bedrock-004", gives: givesThing, types: []string{"aws.bedrock.agent_runtime"}, needs: []need{{action: "bedrock-agentcore:InvokeAgentRuntimeCommand", on: carrier}},
		doc: "Run a command in an agent runtime that is there, beside the agent, and take the keys of its role. A runtime whose callers sign in with JSON web tokens refuses, which is not evaluated."},
	{id: "bedrock-005", gives: givesPass, service: agentcore,
		needs: []need{pass(agentcore), {action: "bedrock-agentcore:CreateHarness", on: nothing}, {action: "bedrock-agentcore:CreateAgentRuntime", on: nothing}, {action: "bedrock-agentcore:CreateAgentRuntimeEndpoint", on: newRuntime},
			{action: "bedrock-agentcore:CreateWorkloadIdentity", on: "arn:{p}:bedrock-agentcore:{r}:{a}:workload-identity-directory/*"}, {action: "bedrock-agentcore:GetAgentRuntime", on: newRuntime},
			{action: "bedrock-agentcore:GetHarness", on: newHarness}, {action: "bedrock-agentcore:InvokeAgentRuntimeCommand", on: newRuntime}},
		doc: "Make an agent harness with a role, and run a command in the runtime below it."},
	{id: "bedrock-006", gives: givesPass, service: agentcore,
		needs: []need{pass(agentcore), {action: "bedrock-agentcore:CreateBrowser", on: nothing}, {action: "bedrock-agentcore:StartBrowserSession", on: newBrowser}, {action: "bedrock-agentcore:ConnectBrowserAutomationStream", on: nothing}},
		doc:   "Make an agents' browser with a role, and have it read the keys of the role from the metadata service."},
	{id: "bedrock-007", gives: givesThing, types: []string{"aws.bedrock.browser"}, needs: []need{{action: "bedrock-agentcore:StartBrowserSession", on: carrier}, {action: "bedrock-agentcore:ConnectBrowserAutomationStream", on: nothing}},
		doc: "Have an agents' browser that is there read the keys of its role from the metadata service."},
}
