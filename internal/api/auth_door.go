package api

import (
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// A Door lets people and machines in: it tells who makes a request, and answers
// the addresses outside the API by which one signs in, /login and /auth/oidc/.
type Door struct {
	Engine *engine.Engine
	Log    *slog.Logger

	// URL is by what browsers reach the server: https://drover.example.com.
	URL string
	// Peer says who made a request that came by the private socket; false for any
	// other request.
	Peer func(*http.Request) (authz.Caller, bool)
	// Proxies are believed about where a request came from; see Proxies.
	Proxies Proxies

	cross http.CrossOriginProtection
}

// Handle adds the addresses by which one signs in.
func (d *Door) Handle(mux *http.ServeMux) {
	if u, err := url.Parse(d.URL); err == nil && u.Host != "" {
		_ = d.cross.AddTrustedOrigin(u.Scheme + "://" + u.Host) // fails for what is no origin
	}
	mux.HandleFunc("GET /login", d.page(d.showLogin))
	mux.HandleFunc("POST /login", d.page(d.login))
	mux.HandleFunc("GET /auth/oidc/start", d.page(d.startOIDC))
	mux.HandleFunc("GET /auth/oidc/callback", d.page(d.endOIDC))
}

// page prepares the answer of a page that people see while they sign in.
func (d *Door) page(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Cache-Control", "no-store")
		head.Set("Referrer-Policy", "no-referrer") // the address holds a value that signs in
		head.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Frame-Options", "DENY")
		if err := d.cross.Check(r); err != nil {
			d.say(w, http.StatusForbidden, "Another page sent you here", "Open the link yourself.")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		h(w, r.WithContext(engine.WithRequest(r.Context(), engine.Request{Door: "page", Address: d.Proxies.Client(r)})))
	}
}

// Authenticate says who makes a request. A token in the header counts before the
// cookie, and one that does not do is no reason to try the next. Errors wrap
// drover.ErrPermission, and drover.ErrTransient where an address guesses.
func (d *Door) Authenticate(r *http.Request) (authz.Caller, error) {
	if d.Peer != nil {
		if c, ok := d.Peer(r); ok {
			return c, nil
		}
	}
	if given := r.Header.Values("Authorization"); len(given) > 0 {
		scheme, value, _ := strings.Cut(given[0], " ")
		if len(given) > 1 || !strings.EqualFold(scheme, "bearer") {
			return authz.Caller{}, fmt.Errorf("send one header Authorization: Bearer TOKEN: %w", drover.ErrPermission)
		}
		return d.Engine.BearerCaller(r.Context(), drover.Secret(strings.TrimSpace(value)), d.Proxies.Client(r))
	}
	c, err := r.Cookie(d.cookie())
	if err != nil {
		return authz.Caller{}, fmt.Errorf("nobody signed in: %w", drover.ErrPermission)
	}
	who, err := d.Engine.SessionCaller(r.Context(), drover.Secret(c.Value), d.Proxies.Client(r))
	if err != nil {
		return authz.Caller{}, err
	}
	return viewing(r, d.cookie(), who), nil
}

// viewing is the caller as the role that they chose to look on as. The cookie needs
// no seal: whatever it says, authz.Caller.As only takes rights away.
func viewing(r *http.Request, session string, who authz.Caller) authz.Caller {
	c, err := r.Cookie(session + viewCookie)
	if err != nil {
		return who
	}
	as, err := who.As(authz.Role(c.Value))
	if err != nil {
		return who // a role that is none, or that they hold no more: they are who they are
	}
	return as
}

// viewCookie ends the name of the cookie that says as which role its holder looks on.
const viewCookie = "-as"

// secure reports whether browsers reach the server by TLS.
func (d *Door) secure() bool { return strings.HasPrefix(d.URL, "https://") }

// cookie is the name of the session's cookie. The prefix makes browsers refuse one
// that another host or an unprotected page set (RFC 6265bis 4.1.3). Without TLS,
// on loopback, every port shares its cookies, so that the name tells ours.
func (d *Door) cookie() string { return cookieName(d.URL) }

func cookieName(public string) string {
	if strings.HasPrefix(public, "https://") {
		return "__Host-drover"
	}
	if u, err := url.Parse(public); err == nil && u.Port() != "" {
		return "drover-" + u.Port()
	}
	return "drover"
}

// setCookie makes the browser keep a session, or with a nil one forget it.
func (d *Door) setCookie(w http.ResponseWriter, r *http.Request, s *engine.Session) {
	c := &http.Cookie{Name: d.cookie(), Path: "/", HttpOnly: true, Secure: d.secure(), SameSite: http.SameSiteLaxMode, MaxAge: -1}
	if s != nil {
		c.Value, c.Expires, c.MaxAge = s.Value.Reveal(), s.Expires, 0
	}
	http.SetCookie(w, c)
	if c, err := r.Cookie(d.cookie() + viewCookie); err == nil { // who comes in is themselves
		http.SetCookie(w, &http.Cookie{Name: c.Name, Path: "/", HttpOnly: true, Secure: d.secure(), SameSite: http.SameSiteLaxMode, MaxAge: -1})
	}
}

// entrance is how the browser of a request comes in.
func (d *Door) entrance(r *http.Request) engine.Entrance {
	in := engine.Entrance{Address: d.Proxies.Client(r), Agent: r.UserAgent()}
	if c, err := r.Cookie(d.cookie()); err == nil {
		in.Old = drover.Secret(c.Value)
	}
	return in
}

// showLogin signs in who opened a link in a browser, and shows a button to who
// came otherwise: programs that look at links in mail and chat, prefetches, and
// pages of others must not use the link up, nor sign anybody in unasked.
func (d *Door) showLogin(w http.ResponseWriter, r *http.Request) {
	opened := r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Dest") == "document" && r.Header.Get("Sec-Purpose") == "" &&
		(r.Header.Get("Sec-Fetch-Site") == "none" || r.Header.Get("Sec-Fetch-Site") == "same-origin")
	value := r.URL.Query().Get("token")
	if opened && value != "" {
		d.enter(w, r, value, r.URL.Query().Get("next"))
		return
	}
	if value == "" {
		d.say(w, http.StatusOK, "Sign in", d.ways(localPath(r.URL.Query().Get("next"))))
		return
	}
	d.say(w, http.StatusOK, "Sign in to Drover", `<form method="post" action="/login"><input type="hidden" name="token" value="`+html.EscapeString(value)+`">`+nextField(localPath(r.URL.Query().Get("next")))+`<button>Sign in</button></form>`)
}

// ways are the ways to come in that this server has.
func (d *Door) ways(next string) string {
	var b strings.Builder
	if d.Engine.HasOIDC() {
		b.WriteString(`<p><a class="go" href="/auth/oidc/start?next=` + html.EscapeString(url.QueryEscape(next)) + `">With your organisation's account</a></p><h2>Or by a link</h2>`)
	}
	b.WriteString(`<p>On the computer that Drover runs on, this prints a link that signs in once:</p><p><code>drover login-link</code></p>` +
		`<form method="post" action="/login">` + nextField(next) + `<label for="token">The link, or the part of it behind <code>token=</code></label><input id="token" name="token" required autocomplete="one-time-code" maxlength="600" spellcheck="false"><button>Sign in</button></form>` +
		`<p class="foot">No password is asked for, and none is kept.</p>`)
	return b.String()
}

func nextField(next string) string {
	if next == "/" {
		return ""
	}
	return `<input type="hidden" name="next" value="` + html.EscapeString(next) + `">`
}

// tokenOf is what signs in, of a link or of that part of it that a person copied.
func tokenOf(given string) string {
	given = strings.TrimSpace(given)
	if u, err := url.Parse(given); err == nil && u.Query().Get("token") != "" {
		return u.Query().Get("token")
	}
	return given
}

func (d *Door) login(w http.ResponseWriter, r *http.Request) {
	d.enter(w, r, tokenOf(r.PostFormValue("token")), r.PostFormValue("next"))
}

// enter uses a link up, and leads to where the visitor wanted to go.
func (d *Door) enter(w http.ResponseWriter, r *http.Request, value, next string) {
	s, err := d.Engine.SignInByLink(r.Context(), drover.Secret(value), d.entrance(r))
	if err != nil {
		d.refused(w, r, err)
		return
	}
	d.setCookie(w, r, s)
	http.Redirect(w, r, localPath(next), http.StatusSeeOther)
}

// refused answers who could not sign in. What was wrong is for the log.
func (d *Door) refused(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, drover.ErrTransient):
		w.Header().Set("Retry-After", "180")
		d.say(w, http.StatusTooManyRequests, "You are not signed in", `That is not known here, and many wrong links came from this address. A link that is right signs in at any time: <code>drover login-link</code> on the server's computer prints a new one.`)
	case errors.Is(err, drover.ErrPermission):
		d.say(w, http.StatusForbidden, "You are not signed in", `The link was used before or is over half an hour old, or nobody of that name may come in. <code>drover login-link</code> on the server's computer prints a new link.`)
	default:
		d.Log.ErrorContext(r.Context(), "sign-in failed", "error", err)
		d.say(w, http.StatusInternalServerError, "Sign-in failed", "The server's log says why.")
	}
}

// say answers with a page. body is ours, or escaped.
func (d *Door) say(w http.ResponseWriter, status int, title, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if !strings.HasPrefix(body, "<") {
		body = "<p>" + body + "</p>"
	}
	fmt.Fprintf(w, `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%s · Drover</title><style>`+doorStyle+`</style>`+
		`<main><svg viewBox="0 0 32 32" width="40" height="40" aria-hidden="true"><path class="a" d="M16 1.5 28.6 8.75v14.5L16 30.5 3.4 23.25V8.75z"/><path class="b" d="M10 21V11l12 10V11"/></svg><h1>%s</h1>%s</main></html>`, title, title, body)
}

// doorStyle is that of the page, by hand: nothing else is fetched before one is in.
const doorStyle = `:root{--bg:#fff;--text:#14181f;--muted:#566070;--line:#7a8494;--accent:#0b5fbf;--on:#fff;--sunken:#f6f7f9}@media(prefers-color-scheme:dark){:root{--bg:#0e1116;--text:#e8ecf2;--muted:#9aa5b5;--line:#6c7788;--accent:#6cb2ff;--on:#0e1116;--sunken:#171b22}}` +
	`*{box-sizing:border-box}body{font:14px/1.45 system-ui,sans-serif;max-width:27rem;margin:12vh auto;padding:0 1rem;color:var(--text);background:var(--bg)}svg .a{fill:var(--accent)}svg .b{fill:none;stroke:var(--on);stroke-width:2.6;stroke-linecap:round;stroke-linejoin:round}` +
	`h1{font-size:24px;margin:16px 0 12px}h2{font-size:16px;margin:28px 0 8px}p{margin:0 0 12px}.foot{margin-top:28px;color:var(--muted);font-size:13px}code{background:var(--sunken);padding:2px 6px;border-radius:4px;overflow-wrap:anywhere}label{display:block;margin:16px 0 6px}` +
	`input{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:4px;min-height:36px;width:100%%;padding:4px 10px}button,.go{display:inline-block;font:inherit;font-weight:650;color:var(--on);background:var(--accent);border:0;border-radius:4px;min-height:36px;padding:8px 16px;margin-top:12px;text-decoration:none;cursor:pointer}` +
	`a{color:var(--accent)}:focus-visible{outline:2px solid var(--accent);outline-offset:2px}`

// oidcWithin is how long one may take at the identity provider.
const oidcWithin = 10 * time.Minute

// startOIDC sends the browser to the identity provider.
func (d *Door) startOIDC(w http.ResponseWriter, r *http.Request) {
	flow, err := d.Engine.StartOIDC(r.Context(), d.URL+"/auth/oidc/callback", localPath(r.URL.Query().Get("next")))
	if errors.Is(err, drover.ErrNotFound) {
		d.say(w, http.StatusNotFound, "No identity provider", "This server has none (auth.oidc). Sign in by a link.")
		return
	}
	if err != nil {
		d.Log.ErrorContext(r.Context(), "the identity provider cannot be used", "error", err)
		d.say(w, http.StatusBadGateway, "The identity provider does not answer", "Try again in a moment, or sign in by a link.")
		return
	}
	http.SetCookie(w, &http.Cookie{Name: d.cookie() + "-oidc", Value: flow.Binding.Reveal(), Path: "/", MaxAge: int(oidcWithin.Seconds()), HttpOnly: true, Secure: d.secure(), SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, flow.URL, http.StatusSeeOther)
}

// endOIDC takes the browser back from the identity provider.
func (d *Door) endOIDC(w http.ResponseWriter, r *http.Request) {
	var binding drover.Secret
	if c, err := r.Cookie(d.cookie() + "-oidc"); err == nil {
		binding = drover.Secret(c.Value)
	}
	http.SetCookie(w, &http.Cookie{Name: d.cookie() + "-oidc", Path: "/", MaxAge: -1, HttpOnly: true, Secure: d.secure(), SameSite: http.SameSiteLaxMode})
	q := r.URL.Query()
	s, next, err := d.Engine.SignInByOIDC(r.Context(), engine.Callback{State: q.Get("state"), Code: drover.Secret(q.Get("code")), Error: q.Get("error"), Issuer: q.Get("iss"), Binding: binding}, d.entrance(r))
	if err != nil {
		d.Log.WarnContext(r.Context(), "somebody was not let in by the identity provider's word", "error", err)
		d.refused(w, r, err)
		return
	}
	d.setCookie(w, r, s)
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// localPath is a path of this server's own page, "/" for anything else.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") || u.Host != "" || u.Scheme != "" || len(next) > 2000 {
		return "/"
	}
	return next
}
