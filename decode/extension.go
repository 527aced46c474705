package decode

// Extension is a browser or editor extension.
type Extension struct {
	Kind            string // browser, vscode
	ID, Name        string
	Publisher       string
	Version         string
	ManifestVersion int
	Permissions     []string
	Optional        []string // permissions asked for later
	Hosts           []string // host permissions and content script matches
	Activation      []string // vscode
	UpdateURL       string
	NativeMessaging bool
}
