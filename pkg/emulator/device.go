package emulator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/licensectl/licensectl/pkg/license"
)

// devices are the sign-ins on another device that are under way, and the
// refresh tokens that came of them.
type devices struct {
	mu      sync.Mutex
	pending map[string]*deviceSignIn // by device code
	refresh map[string]deviceSignIn  // by refresh token
}

// deviceSignIn is one sign-in.
type deviceSignIn struct {
	userCode string
	clientID string
	scopes   []string
	expires  time.Time
	polls    int
	user     string // who approved it; empty: nobody yet
	denied   bool
}

// How long a device code is good, how often to ask, and how many may be under
// way.
const (
	deviceLifetime = 15 * time.Minute
	deviceInterval = 5 * time.Second
	mostDevices    = 1000
)

func newDevices() *devices {
	return &devices{pending: map[string]*deviceSignIn{}, refresh: map[string]deviceSignIn{}}
}

// deviceCode answers a request to sign in on another device.
func (e *Emulator) deviceCode(c *call) reply {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return e.oauthFailure(c, oauthError{"invalid_request", 900144, "The request body cannot be read as a form."})
	}
	if no := e.checkTenant(c.params[0]); no != nil {
		return e.oauthFailure(c, *no)
	}
	app, no := e.application(form.Get("client_id"))
	if no != nil {
		return e.oauthFailure(c, *no)
	}
	scopes := strings.Fields(form.Get("scope"))
	if len(scopes) == 0 {
		return e.oauthFailure(c, oauthError{"invalid_request", 900144, "The request body must contain the following parameter: 'scope'."})
	}
	code := e.dice.requestID()
	s := &deviceSignIn{
		userCode: strings.ToUpper(e.dice.requestID()[:8]), clientID: app.ClientID, scopes: scopes, expires: e.now().Add(deviceLifetime),
	}
	if !e.devices.begin(code, s, e.now()) {
		return e.oauthFailure(c, oauthError{"temporarily_unavailable", 90033, "A transient error has occurred. Please try again."})
	}
	page := c.base + "/devicelogin"
	return jsonReply(http.StatusOK, map[string]any{
		"device_code": code, "user_code": s.userCode, "verification_uri": page,
		"expires_in": int(deviceLifetime.Seconds()), "interval": int(deviceInterval.Seconds()),
		"message": fmt.Sprintf("To sign in, use a web browser to open the page %s and enter the code %s to authenticate.", page, s.userCode),
	})
}

// begin takes a sign-in in, unless there are too many.
func (d *devices) begin(code string, s *deviceSignIn, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for old, s := range d.pending {
		if now.After(s.expires) {
			delete(d.pending, old)
		}
	}
	if len(d.pending) >= mostDevices {
		return false
	}
	d.pending[code] = s
	return true
}

// ApproveDevice signs a user in on the device that shows the user code.
func (e *Emulator) ApproveDevice(userCode, user string) error {
	u, ok := e.User(user)
	if !ok {
		return fmt.Errorf("approving a device sign-in: no user %q", user)
	}
	return e.devices.decide(userCode, func(s *deviceSignIn) { s.user = u.ID.String() })
}

// DenyDevice refuses the sign-in on the device that shows the user code.
func (e *Emulator) DenyDevice(userCode string) error {
	return e.devices.decide(userCode, func(s *deviceSignIn) { s.denied = true })
}

func (d *devices) decide(userCode string, decide func(*deviceSignIn)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.pending {
		if s.userCode == userCode {
			decide(s)
			return nil
		}
	}
	return fmt.Errorf("deciding a device sign-in: no code %q is pending", userCode)
}

// deviceLogin is the page that a device sign-in sends people to. There is
// nothing to do on it.
func (e *Emulator) deviceLogin(*call) reply {
	text := "The emulated tenant's signed-in user approves this sign-in.\n"
	return reply{status: http.StatusOK, body: []byte(text), header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}}
}

// redeemDeviceCode answers a poll for the token of a sign-in.
func (e *Emulator) redeemDeviceCode(form url.Values) (tokenReply, *oauthError) {
	e.devices.mu.Lock()
	defer e.devices.mu.Unlock()
	code := form.Get("device_code")
	s, ok := e.devices.pending[code]
	switch {
	case !ok || !strings.EqualFold(s.clientID, form.Get("client_id")):
		return tokenReply{}, &oauthError{"bad_verification_code", 501000, "The device code is not known."}
	case e.now().After(s.expires):
		return tokenReply{}, &oauthError{"expired_token", 70019, "The device code has expired."}
	case s.denied:
		return tokenReply{}, &oauthError{"authorization_declined", 70017, "The end user denied the authorization request."}
	}
	s.polls++
	if s.user == "" && s.polls > 1 && !e.opts.ManualDeviceSignIn {
		s.user = e.adminID()
	}
	if s.user == "" {
		return tokenReply{}, &oauthError{"authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling."}
	}
	delete(e.devices.pending, code)
	return e.userTokens(*s)
}

// adminID is the object id of the tenant's signed-in user, or empty.
func (e *Emulator) adminID() string {
	u, ok := e.User(e.admin)
	if !ok {
		return ""
	}
	return u.ID.String()
}

// refresh answers a request for new tokens in the place of older ones.
func (e *Emulator) refresh(form url.Values) (tokenReply, *oauthError) {
	e.devices.mu.Lock()
	defer e.devices.mu.Unlock()
	s, ok := e.devices.refresh[form.Get("refresh_token")]
	if !ok || !strings.EqualFold(s.clientID, form.Get("client_id")) {
		return tokenReply{}, &oauthError{"invalid_grant", 9002313, "Invalid request. Request is malformed or invalid."}
	}
	if scope := form.Get("scope"); scope != "" {
		s.scopes = strings.Fields(scope)
	}
	return e.userTokens(s)
}

// userTokens gives the tokens of a sign-in. The devices' lock is held.
func (e *Emulator) userTokens(s deviceSignIn) (tokenReply, *oauthError) {
	u, ok := e.User(s.user)
	if !ok {
		return tokenReply{}, &oauthError{"invalid_grant", 50034, "The user account does not exist in the directory."}
	}
	resource, names := resourceOf(s.scopes)
	out := e.tokens.reply(grant{
		principal: principal{appID: s.clientID, user: s.user, scopes: delegatedScopes(names)},
		tenant:    e.dir.tenant.id, upn: u.UserPrincipalName, name: u.DisplayName, audience: resource, issuer: e.issuer(),
	})
	out.Scope = strings.Join(s.scopes, " ")
	out.IDToken = e.idToken(s, u)
	out.ClientInfo = clientInfo(s.user, e.dir.tenant.id)
	if len(e.devices.refresh) < mostDevices {
		out.RefreshToken = e.dice.requestID() + e.dice.requestID()
		e.devices.refresh[out.RefreshToken] = s
	}
	return out, nil
}

// delegatedScopes are the permissions that requested scopes amount to; those
// of .default are what plan and apply need.
func delegatedScopes(names []string) []string {
	var out []string
	for _, name := range names {
		if name == ".default" {
			out = append(out, DefaultRoles()...)
			name = "User.Read"
		}
		out = append(out, name)
	}
	return out
}

// idToken tells a client who has signed in.
func (e *Emulator) idToken(s deviceSignIn, u license.UserState) string {
	now := e.now()
	return e.tokens.encode(jwt.MapClaims{
		"iss": "https://login.microsoftonline.com/" + e.dir.tenant.id.String() + "/v2.0", "aud": s.clientID, "sub": s.user, "oid": s.user,
		"tid": e.dir.tenant.id.String(), "preferred_username": u.UserPrincipalName, "name": u.DisplayName, "ver": "2.0",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(e.opts.TokenLifetime).Unix(),
	})
}

func clientInfo(user string, tenant license.GUID) string {
	text, err := json.Marshal(map[string]string{"uid": user, "utid": tenant.String()})
	if err != nil {
		panic("emulator: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(text)
}
