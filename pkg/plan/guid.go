package plan

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

func containsGUID(sorted []license.GUID, id license.GUID) bool {
	_, found := slices.BinarySearchFunc(sorted, id, license.CompareGUIDs)
	return found
}
