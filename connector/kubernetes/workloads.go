package kubernetes

// workloadKinds are what runs in the cluster, what manages it, and the mesh. What
// others refer to comes first: services before the pods whose variables name
// them, controllers before what they make.
var workloadKinds = concat(serviceKinds, controllerKinds, podKinds, meshKinds, certManagerKinds, managerKinds)
