package emulator

import (
	"fmt"
	"net/http"
	"strings"
)

// apiError is an error answer of Graph. Nearly every licensing failure has the
// same status and code, and differs in the message alone; so does the service.
type apiError struct {
	status  int
	code    string
	message string
	detail  errorDetail // which property it is about; zero: none in particular
}

func newError(status int, code, message string) apiError {
	return apiError{status: status, code: code, message: message}
}

// about adds to an error which property it is about, and in a word why.
func (err apiError) about(property, code string) apiError {
	err.detail = errorDetail{code, err.message, property}
	return err
}

// conflict is the answer that another object has the same value for a property
// already (microsoft-graph-docs#1508).
func conflict(property string) apiError {
	return badRequest("Another object with the same value for property "+property+" already exists.").about(property, "ObjectConflict")
}

// invalidValue is the answer to a value that a property of a kind of object
// cannot have (microsoft-graph-docs#5777).
func invalidValue(resource, property string) apiError {
	return badRequest(fmt.Sprintf("Invalid value specified for property '%s' of resource '%s'.", clip(property), resource)).about(clip(property), "InvalidValue")
}

// tooLong is the answer to a text that is longer than its property: the code is
// known (microsoft-graph-docs#6675), the message is a choice.
func tooLong(resource, property string) apiError {
	return invalidValue(resource, property).about(property, "InvalidLength")
}

// missingValue is the answer to a new object without a property that it has to
// have.
func missingValue(resource, property string) apiError {
	return badRequest(fmt.Sprintf("A value is required for property '%s' of resource '%s'.", property, resource))
}

// noSuchProperty is the answer to the setting of a property that nobody knows:
// users and groups are of open types.
func noSuchProperty(property string) apiError {
	return badRequest(fmt.Sprintf("Property '%s' does not exist as a declared property or extension property.", clip(property)))
}

// cannotBeSet is the answer to the setting of what is read-only
// (microsoft-graph-docs#744).
func cannotBeSet(property string) apiError {
	return badRequest(fmt.Sprintf("Property '%s' is read-only and cannot be set.", property))
}

// badRequest is the answer to most things that are wrong with a request.
func badRequest(message string) apiError {
	return newError(http.StatusBadRequest, "Request_BadRequest", message)
}

// unsupported is the answer to a query that the service does not support.
func unsupported(message string) apiError {
	return newError(http.StatusBadRequest, "Request_UnsupportedQuery", message)
}

// malformed is the answer to a request that the service cannot parse.
func malformed(message string) apiError {
	return newError(http.StatusBadRequest, "BadRequest", message)
}

// unreadable is the answer to a body that is not JSON, or no object.
func unreadable() apiError {
	return malformed("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
}

func notFound(id string) apiError {
	return newError(http.StatusNotFound, "Request_ResourceNotFound",
		fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", clip(id)))
}

// CodeNotEmulated is the code of an error answer with which the emulator says
// that it does not have what was asked for. Graph may: nothing that Graph
// itself refuses is answered with it.
const CodeNotEmulated = "EmulatorNotImplemented"

// notEmulated is the answer to what the emulator does not have: "the path …".
func notEmulated(what string) apiError {
	return newError(http.StatusNotImplemented, CodeNotEmulated,
		"The licensectl emulator does not have "+what+". This is not an answer of Microsoft Graph, which may have it.")
}

// notImplemented is the answer to what Graph itself does not do.
func notImplemented(message string) apiError {
	return newError(http.StatusNotImplemented, "NotImplemented", message)
}

func forbidden() apiError {
	return newError(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

func unauthorized(message string) apiError {
	return newError(http.StatusUnauthorized, "InvalidAuthenticationToken", message)
}

// clip bounds a stranger's text that is echoed.
func clip(s string) string {
	const most = 200
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
