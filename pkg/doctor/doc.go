// Package doctor judges a setup: from what was found out about the
// environment, the sign-in, the tenant and the working folder it says, check
// by check, what is well, what is not and how to mend it, and which verbs the
// permissions are enough for. Facts in, checks out.
//
// It must not know how anything is found out, nor which calls a verb makes:
// its caller says so.
package doctor
