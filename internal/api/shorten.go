package api

import (
	"net/http"
	"strconv"
	"strings"
)

// shorten puts what many operations share under components, and takes out of
// parameters what is said twice.
func shorten(doc map[string]any) {
	components := doc["components"].(map[string]any)
	responses, headers := map[string]any{}, map[string]any{}
	components["responses"], components["headers"] = responses, headers
	for _, item := range doc["paths"].(map[string]any) {
		for _, op := range item.(map[string]any) {
			op, ok := op.(map[string]any)
			if !ok {
				continue
			}
			parameters, _ := op["parameters"].([]any)
			for _, p := range parameters {
				plainParameter(p.(map[string]any))
			}
			if body, ok := op["requestBody"].(map[string]any); ok {
				plainBody(body)
			}
			shareResponses(op["responses"].(map[string]any), responses, headers)
		}
	}
}

// plainParameter leaves the description at the parameter, where tools look for it,
// and an example with it; a parameter is no null.
func plainParameter(p map[string]any) {
	v, ok := p["schema"].(map[string]any)
	if !ok {
		return
	}
	delete(v, "description")
	if list, ok := v["examples"].([]any); ok && len(list) > 0 {
		p["example"] = list[0]
		delete(v, "examples")
	}
	if types, ok := v["type"].([]any); ok && len(types) > 0 {
		v["type"] = types[0]
	}
}

func plainBody(body map[string]any) {
	if content, ok := body["content"].(map[string]any); ok {
		for _, media := range content {
			if m, ok := media.(map[string]any); ok {
				delete(m, "$schema")
			}
		}
	}
}

func shareResponses(of, responses, headers map[string]any) {
	for status, r := range of {
		r := r.(map[string]any)
		if code, err := strconv.Atoi(status); err == nil && (code >= http.StatusBadRequest || code == http.StatusNotModified) {
			name := strings.ReplaceAll(http.StatusText(code), " ", "")
			responses[name] = r
			of[status] = map[string]any{"$ref": "#/components/responses/" + name}
			continue
		}
		h, _ := r["headers"].(map[string]any)
		for name, v := range h {
			headers[name] = v
			h[name] = map[string]any{"$ref": "#/components/headers/" + name}
		}
	}
}
