package strictyaml

// Code names a class of problems. Codes are stable: tests and documentation
// rest on them. Callers add codes of their own.
type Code string

// The problems that this package finds.
const (
	CodeEncoding     Code = "bad-encoding"  // not UTF-8, or a character that YAML does not allow
	CodeTooLarge     Code = "too-large"     // more than MaxBytes
	CodeSyntax       Code = "syntax"        // not YAML
	CodeTooDeep      Code = "too-deep"      // nested more than MaxDepth deep
	CodeAlias        Code = "bad-alias"     // to nothing, to itself, or multiplying beyond bounds
	CodeTag          Code = "bad-tag"       // an explicit type other than !!str
	CodeMergeKey     Code = "merge-key"     // "<<" is not supported
	CodeDuplicateKey Code = "duplicate-key" // twice in one mapping
	CodeUnknownKey   Code = "unknown-key"   // not a key of this mapping
	CodeMissingKey   Code = "missing-key"   // a key that has to be there
	CodeWrongType    Code = "wrong-type"    // a list where a string is wanted, and so on
	CodeBadString    Code = "bad-string"    // line breaks or control characters in a string
	CodeBadNumber    Code = "bad-number"    // not a plain decimal number, or out of range
	CodeBadValue     Code = "bad-value"     // not one of a fixed set of words
)
