package effective

// Techniques of the base: what holds between systems, whatever they are.
const (
	SecretRead       = "SECRET_READ"
	CIOIDC           = "CI_OIDC"
	InstanceMetadata = "INSTANCE_METADATA"
	ImagePull        = "IMAGE_PULL"
	CAIssue          = "CA_ISSUE"
	KeyOfCertificate = "CERT_KEY"
	PlaceRead        = "PLACE_READ"
	HumanOwns        = "HUMAN_OWNS"
	HumanCreated     = "HUMAN_CREATED"
)

// Cross are the techniques that belong to no one system.
var Cross = []Technique{
	{ID: SecretRead, Title: "Read a secret that opens something", Doc: "Whoever is handed a secret, or reads what holds it, has the credential in it and is what the credential authenticates.",
		Cite: "https://attack.mitre.org/techniques/T1555/006/", Needs: []string{"read access to the secret, or control of a workload that is handed it"}},
	{ID: PlaceRead, Title: "Read a credential where it lies", Doc: "A credential lies in a file, a repository, an environment or a build's settings: whoever reads that place has it.",
		Cite: "https://attack.mitre.org/techniques/T1552/001/", Needs: []string{"read access to the place"}},
	{ID: CIOIDC, Title: "Become a role from a build", Doc: "A role's trust policy takes tokens that a build service issues for a repository's builds: whoever makes a build run there becomes the role.",
		Cite: "https://docs.github.com/en/actions/concepts/security/openid-connect", Needs: []string{"to push to the repository, or to change its workflow, so that a build with the trusted subject runs"}},
	{ID: InstanceMetadata, Title: "Take an instance's role from its metadata service", Doc: "Code on a virtual machine asks the metadata service of its host for the temporary credentials of the machine's role.",
		Cite: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html", Needs: []string{"to run code on the instance, or to make it send a request"}},
	{ID: ImagePull, Title: "Replace an image that a workload runs", Doc: "A workload pulls its image by a tag when it starts: whoever can push that tag runs code as the workload at its next start.",
		Cite: "https://attack.mitre.org/techniques/T1525/", Needs: []string{"to push to the registry's repository"}},
	{ID: CAIssue, Title: "Issue certificates with an authority's key", Doc: "Who has the key of a certificate authority can issue again every certificate that it issued, and is whoever those certificates are. A cluster that takes client certificates of the authority takes one for its administrators, too.",
		Cite: "https://attack.mitre.org/techniques/T1649/", Needs: []string{"the private key of the authority"}},
	{ID: KeyOfCertificate, Title: "Use the private key of a certificate", Doc: "A certificate proves its subject to whoever holds the private key of the public key in it.",
		Cite: "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7", Needs: []string{"the private key"}},
	{ID: HumanOwns, Title: "Owned by a person", Doc: "Whoever owns an identity, a resource or a place can as a rule give themselves its credential. Inferred, always.",
		Cite: "https://attack.mitre.org/techniques/T1078/", Needs: []string{"to be its owner"}},
	{ID: HumanCreated, Title: "Made by a person", Doc: "Whoever made an identity or wrote a secret into a place has seen its credential, and may have kept it. Inferred, always.",
		Cite: "https://attack.mitre.org/techniques/T1078/", Needs: []string{"to have created it"}},
}
