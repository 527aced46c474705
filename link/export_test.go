package link

// Generate is the generated estate, for tests that follow edges through it.
var Generate = generate
