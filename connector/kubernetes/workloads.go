package kubernetes

// workloadKinds are what runs in the cluster, what manages it, and the mesh.
var workloadKinds = []*kind{}
