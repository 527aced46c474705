package serve

import "context"

func (x *server) schedule(context.Context) {}
