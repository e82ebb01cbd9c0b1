package manifest

import "github.com/licensectl/licensectl/pkg/internal/strictyaml"

// Error is one problem at one place of a manifest.
type Error = strictyaml.Error

// Errors is all problems of a run, sorted by place. It is the type of the
// errors that Parse and Load return.
type Errors = strictyaml.Errors

// Pos is a place in a manifest.
type Pos = strictyaml.Pos

// Code names a class of problems. Codes are stable.
type Code = strictyaml.Code

// The problems that YAML itself does not have.
const (
	CodeBadPath       Code = "bad-path"
	CodeEmptyFolder   Code = "empty-folder"
	CodeNoDocument    Code = "no-document"
	CodeNoUsers       Code = "no-users"
	CodeBadVersion    Code = "bad-version"
	CodeUnknownKind   Code = "unknown-kind"
	CodeBadName       Code = "bad-name"
	CodeDuplicateName Code = "duplicate-name"
	CodeDuplicateUser Code = "duplicate-user"
	CodeNoGroups      Code = "no-groups"

	CodeDuplicateGroup Code = "duplicate-group"
	CodeDuplicateSKU   Code = "duplicate-sku"
	CodeDuplicateItem  Code = "duplicate-item"
	CodeUnknownName    Code = "unknown-name"
	CodeTooMany        Code = "too-many"
	CodeBothPlanLists  Code = "both-plan-lists"
	CodeBadSelection   Code = "bad-selection"
	CodeBadTable       Code = "bad-table"
	CodeBadUser        Code = "bad-user"
	CodeBadReference   Code = "bad-reference"
	CodeBadGUID        Code = "bad-guid"
	CodeBadDate        Code = "bad-date"
	CodeBadWindow      Code = "bad-window"
	CodeBadCountry     Code = "bad-country"
	CodeBadCurrency    Code = "bad-currency"
	CodeBadTimeZone    Code = "bad-time-zone"
	CodeForeignPolicy  Code = "foreign-policy" // found by whoever knows which tenant the manifests are for
	CodeBadPlanID      Code = "bad-plan-id"
)

// Meaning explains a code.
type Meaning struct {
	Code Code
	Text string
}

// Meanings lists every code that an Error of this package can carry, in the
// order in which the documentation explains them.
func Meanings() []Meaning {
	return []Meaning{
		{CodeBadPath, "A path does not exist, cannot be read, is no regular file, or leads out of the folder of its manifest."},
		{CodeEmptyFolder, "A folder holds no *.yaml or *.yml file."},
		{CodeNoDocument, "A file holds no document. Emptiness must be written."},
		{CodeNoUsers, "No file has a UserLicenses document, and none a GroupLicenses document, or the policy has unlistedUsers: remove. Emptiness must be written."},
		{CodeNoGroups, "The policy has unlistedGroups: remove, and no file has a GroupLicenses document. Emptiness must be written."},

		{strictyaml.CodeTooLarge, "A file is larger than is read."},
		{strictyaml.CodeEncoding, "A file is not UTF-8, or holds a character that YAML does not allow."},
		{strictyaml.CodeSyntax, "The text is not YAML."},
		{strictyaml.CodeTooDeep, "Lists and mappings are nested too deep."},
		{strictyaml.CodeAlias, "An alias refers to nothing or to itself, or multiplies the document beyond bounds."},
		{strictyaml.CodeTag, "A value has an explicit YAML type."},
		{strictyaml.CodeMergeKey, `The YAML merge key "<<" is used.`},
		{strictyaml.CodeDuplicateKey, "A key is given twice in one mapping."},
		{strictyaml.CodeUnknownKey, "A key is unknown, misspelt or wrongly cased."},
		{strictyaml.CodeMissingKey, "A required key is missing."},
		{strictyaml.CodeWrongType, "A value is of the wrong type: a list where text is wanted, a number without quotes, nothing at all."},
		{strictyaml.CodeBadString, "A text has a line break or a control character."},
		{strictyaml.CodeBadNumber, "A number is not plain decimal, or out of range."},
		{strictyaml.CodeBadValue, "A value is not one of the words that are allowed there."},

		{CodeBadVersion, "The apiVersion is not licensectl.dev/v1."},
		{CodeUnknownKind, "The kind is not one of LicenseProfile, UserLicenses, GroupLicenses, Policy and Approval."},
		{CodeBadName, "A metadata.name, or that of a rule, is empty, too long, or has characters other than letters, digits, dot, dash and underscore."},
		{CodeDuplicateName, "Two documents of one kind have one name, or there are two policies."},
		{CodeDuplicateUser, "A user is declared twice for the same time."},
		{CodeDuplicateGroup, "A group is declared twice for the same time."},
		{CodeDuplicateSKU, "A user or group would get one SKU with two different plan choices at the same time."},
		{CodeDuplicateItem, "A list names the same thing twice."},
		{CodeUnknownName, "A profile or manifest of that name does not exist."},
		{CodeTooMany, "A user or group would get more licenses than can be meant."},
		{CodeBothPlanLists, "A license has both disabledPlans and enabledPlans."},
		{CodeBadSelection, "A selection is by none or several of group, filter, csv and attributes, or one of these is empty or too long."},
		{CodeBadTable, "A CSV file is not one, or does not have the column that is asked for."},
		{CodeBadUser, "A user is not a user principal name, an object id or me."},
		{CodeBadReference, "The name of a SKU, service plan, group or profile is empty, too long, or has blanks around it."},
		{CodeBadGUID, "Something that looks like a GUID is not one."},
		{CodeBadDate, "A date is not of the form 2026-12-31, or does not exist."},
		{CodeBadWindow, "A from does not lie before its until."},
		{CodeBadCountry, "A usage location is not an ISO 3166-1 alpha-2 code in upper case."},
		{CodeBadCurrency, "A currency is not an ISO 4217 code in upper case."},
		{CodeBadTimeZone, "A time zone is not in the IANA database."},
		{CodeForeignPolicy, "A policy is for another tenant than the fleet says."},
		{CodeBadPlanID, "A plan id is not sha256: and 64 hexadecimal digits."},
	}
}
