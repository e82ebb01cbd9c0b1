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
}

// badRequest is the answer to most things that are wrong with a request.
func badRequest(message string) apiError {
	return apiError{http.StatusBadRequest, "Request_BadRequest", message}
}

// unsupported is the answer to a query that the service does not support.
func unsupported(message string) apiError {
	return apiError{http.StatusBadRequest, "Request_UnsupportedQuery", message}
}

// malformed is the answer to a request that the service cannot parse.
func malformed(message string) apiError {
	return apiError{http.StatusBadRequest, "BadRequest", message}
}

// unreadable is the answer to a body that is not JSON, or no object.
func unreadable() apiError {
	return malformed("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
}

func notFound(id string) apiError {
	return apiError{http.StatusNotFound, "Request_ResourceNotFound",
		fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", clip(id))}
}

// CodeNotEmulated is the code of an error answer with which the emulator says
// that it does not have what was asked for. Graph may: nothing that Graph
// itself refuses is answered with it.
const CodeNotEmulated = "EmulatorNotImplemented"

// notEmulated is the answer to what the emulator does not have: "the path …".
func notEmulated(what string) apiError {
	return apiError{http.StatusNotImplemented, CodeNotEmulated,
		"The licensectl emulator does not have " + what + ". This is not an answer of Microsoft Graph, which may have it."}
}

// notImplemented is the answer to what Graph itself does not do.
func notImplemented(message string) apiError {
	return apiError{http.StatusNotImplemented, "NotImplemented", message}
}

func forbidden() apiError {
	return apiError{http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."}
}

func unauthorized(message string) apiError {
	return apiError{http.StatusUnauthorized, "InvalidAuthenticationToken", message}
}

// clip bounds a stranger's text that is echoed.
func clip(s string) string {
	const most = 200
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
