package emulator

import "regexp"

// oddBody gives an answer the form that a fault asks for, as the real service
// was seen to answer; any other stays as it is.
func oddBody(effect Effect, body []byte) []byte {
	switch effect {
	case EffectMasked:
		body = regexp.MustCompile(`("(?:accountEnabled|userType|usageLocation)":)(?:true|false|"[^"]*")`).ReplaceAll(body, []byte("${1}null"))
		return regexp.MustCompile(`("(?:assignedLicenses|licenseAssignmentStates)":)`+nestedList).ReplaceAll(body, []byte("${1}[]"))
	case EffectOddUser:
		at := regexp.MustCompile(`"licenseAssignmentStates":` + nestedList).FindIndex(body)
		if at == nil {
			return body
		}
		return append(append(append([]byte{}, body[:at[0]]...), `"licenseAssignmentStates":null`...), body[at[1]:]...)
	case EffectUnknownType:
		return regexp.MustCompile(`"#microsoft\.graph\.[A-Za-z]+"`).ReplaceAll(body, []byte(`"#microsoft.graph.shinyNewKind"`))
	case EffectBrokenList:
		return append(append([]byte{}, body[:len(body)/2]...), `{"error":{"code":"BadRequest","message":"The service broke down over its answer."}}`...)
	}
	return body
}

// nestedList is a list of objects, the lists in which hold texts alone.
const nestedList = `\[(?:[^\[\]]|\[[^\[\]]*\])*\]`
