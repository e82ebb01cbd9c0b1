package emulator

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/licensectl/licensectl/pkg/license"
)

// graphAppID is the application id of Microsoft Graph itself, in every tenant.
const graphAppID = "00000003-0000-0000-c000-000000000000"

// defaultClientID is the client of the tokens that AppToken and UserToken make.
const defaultClientID = "0a7bdc5c-7b57-40be-9939-d4c5fc7cd417"

// tokenService signs and checks access tokens with a key of its own.
type tokenService struct {
	key        []byte
	lifetime   time.Duration
	now        func() time.Time
	generation atomic.Int64 // raised to revoke every token issued so far
}

func newTokenService(opts Options) *tokenService {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return &tokenService{key: key, lifetime: opts.TokenLifetime, now: opts.Now}
}

// principal is who calls: an application, or a user through one.
type principal struct {
	appID  string
	roles  []string // application permissions
	user   string   // the object id of the signed-in user; empty for an application
	scopes []string // delegated permissions
}

func (p principal) delegated() bool { return p.user != "" }

// holdsAny reports whether the caller has one of the permissions.
func (p principal) holdsAny(permissions []string) bool {
	held := p.roles
	if p.delegated() {
		held = p.scopes
	}
	return slices.ContainsFunc(permissions, func(s string) bool { return slices.Contains(held, s) })
}

// claims are what the emulator's access tokens carry, named as Entra names it.
type claims struct {
	jwt.RegisteredClaims
	Audience string   `json:"aud"` // in place of the list that the registered claims would write
	TenantID string   `json:"tid"`
	AppID    string   `json:"appid"`
	AppName  string   `json:"app_displayname"`
	ObjectID string   `json:"oid,omitempty"`
	UPN      string   `json:"upn,omitempty"`
	Name     string   `json:"name,omitempty"`
	Roles    []string `json:"roles,omitempty"`
	Scopes   string   `json:"scp,omitempty"`
	Kind     string   `json:"idtyp"`
	Version  string   `json:"ver"`
	UTI      string   `json:"uti"` // the token's generation
}

// grant is what a token is to say.
type grant struct {
	principal
	tenant   license.GUID
	upn      string
	name     string
	audience string
	issuer   string
}

// sign returns an access token.
func (s *tokenService) sign(g grant) string {
	now := s.now()
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: g.issuer, Subject: g.subject(),
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(s.lifetime)),
		},
		Audience: g.audience, TenantID: g.tenant.String(), AppID: g.appID, AppName: applicationName(g.appID), ObjectID: g.subject(), UPN: g.upn, Name: g.name,
		Roles: g.roles, Scopes: strings.Join(g.scopes, " "), Kind: "app", Version: "1.0",
		UTI: strconv.FormatInt(s.generation.Load(), 10),
	}
	if g.delegated() {
		c.Kind = "user"
	}
	return s.encode(c)
}

func (g grant) subject() string {
	if g.delegated() {
		return g.user
	}
	return servicePrincipalID(g.appID).String()
}

func (s *tokenService) encode(c jwt.Claims) string {
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(s.key)
	if err != nil {
		panic("emulator: signing a token: " + err.Error())
	}
	return token
}

// check reads an access token and returns its claims, or the reason why it is
// no good, in the service's words.
func (s *tokenService) check(token string) (claims, *apiError) {
	var c claims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(s.now), jwt.WithExpirationRequired())
	_, err := parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return s.key, nil })
	switch {
	case err == nil && c.UTI == strconv.FormatInt(s.generation.Load(), 10):
		return c, nil
	case err == nil, errors.Is(err, jwt.ErrTokenExpired), errors.Is(err, jwt.ErrTokenNotValidYet):
		return c, ptr(unauthorized("Lifetime validation failed, the token is expired."))
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return c, ptr(unauthorized("Access token validation failure. Invalid signature."))
	}
	return c, ptr(unauthorized("IDX14100: JWT is not well formed, there are no dots (.)."))
}

func ptr[T any](v T) *T { return &v }

// authenticate finds out who calls, from the Authorization header. An item of
// a batch is called by whoever sent the batch.
func (e *Emulator) authenticate(c *call) *apiError {
	if c.batchID != "" {
		return nil
	}
	scheme, token, _ := strings.Cut(c.header.Get("Authorization"), " ")
	if token == "" || !strings.EqualFold(scheme, "Bearer") {
		return ptr(unauthorized("Access token is empty."))
	}
	found, err := e.tokens.check(strings.TrimSpace(token))
	if err != nil {
		return err
	}
	if !isAudience(found.Audience, c.base) {
		return ptr(unauthorized("Access token validation failure. Invalid audience."))
	}
	c.caller = principal{appID: found.AppID, roles: found.Roles}
	if found.Kind == "user" {
		c.caller.user, c.caller.scopes = found.ObjectID, strings.Fields(found.Scopes)
	}
	return nil
}

// authorize checks that the caller may do what the call asks: by a permission
// and, for a signed-in user, by who they are as well.
func (e *Emulator) authorize(c *call) *apiError {
	if c.route.scopes == nil {
		return nil
	}
	if c.caller.delegated() && !e.mayUser(c) {
		return ptr(forbidden())
	}
	if !c.caller.holdsAny(c.route.scopes) || c.route.also != nil && !c.caller.holdsAny(c.route.also) {
		return ptr(forbidden())
	}
	return nil
}

// mayUser reports whether the signed-in user's own standing allows a call:
// writes, and reads that take a role, take an administrator, and a guest sees nobody but themselves.
func (e *Emulator) mayUser(c *call) bool {
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	if admin, ok := e.dir.findUPN(e.admin); ok && e.dir.users[admin].id.String() == c.caller.user {
		return true
	}
	r, ok := e.dir.find(c.caller.user)
	return ok && !c.route.write && !c.route.role && (!e.dir.users[r].has(flagGuest) || strings.EqualFold(c.route.pattern[0], "me"))
}

// AppToken returns an access token for an application with these permissions,
// or with DefaultRoles where none are given, as a sign-in would have.
func (e *Emulator) AppToken(roles ...string) string {
	if len(roles) == 0 {
		roles = DefaultRoles()
	}
	return e.tokens.sign(grant{
		principal: principal{appID: defaultClientID, roles: roles},
		tenant:    e.dir.tenant.id, audience: "https://graph.microsoft.com", issuer: e.issuer(),
	})
}

// UserToken returns an access token for a user, by principal name or object
// id, with these delegated permissions, or with DefaultRoles and User.Read
// where none are given.
func (e *Emulator) UserToken(user string, scopes ...string) (string, error) {
	if len(scopes) == 0 {
		scopes = append(DefaultRoles(), "User.Read")
	}
	u, ok := e.User(user)
	if !ok {
		return "", fmt.Errorf("signing in: the emulated tenant has no user %q", user)
	}
	return e.tokens.sign(grant{
		principal: principal{appID: defaultClientID, user: u.ID.String(), scopes: scopes},
		tenant:    e.dir.tenant.id, upn: u.UserPrincipalName, name: u.DisplayName,
		audience: "https://graph.microsoft.com", issuer: e.issuer(),
	}), nil
}

// RevokeTokens ends every token that was issued so far: the calls that carry
// one are answered as if it had expired.
func (e *Emulator) RevokeTokens() { e.tokens.generation.Add(1) }

func (e *Emulator) issuer() string {
	return "https://sts.windows.net/" + e.dir.tenant.id.String() + "/"
}
