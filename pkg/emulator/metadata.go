package emulator

import (
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// metadata answers GET /$metadata, for anybody, with the types, the relations
// and the operations that there are here, as the published metadata (v1.0,
// 2026-08) declares them.
func (e *Emulator) metadata(c *call) reply {
	if err := checkOptions(c.query); err != nil {
		return e.failure(c, *err)
	}
	text, err := xml.Marshal(e.metadataDocument(c))
	if err != nil {
		panic("emulator: its metadata cannot be written as XML: " + err.Error())
	}
	out := rawReply(http.StatusOK, append([]byte(xml.Header), text...))
	out.header.Set("Content-Type", "application/xml")
	return out
}

// serviceDocument answers GET / with the collections and the objects that an
// address can begin with.
func (e *Emulator) serviceDocument(c *call) reply {
	if err := checkOptions(c.query); err != nil {
		return e.failure(c, *err)
	}
	container := edmContainerOf()
	list := []any{}
	for _, set := range container.Sets {
		list = append(list, map[string]any{"name": set.Name, "kind": "EntitySet", "url": set.Name})
	}
	for _, single := range container.Singletons {
		list = append(list, map[string]any{"name": single.Name, "kind": "Singleton", "url": single.Name})
	}
	return jsonReply(http.StatusOK, map[string]any{"@odata.context": c.root() + "/$metadata", "value": list})
}

func (e *Emulator) metadataDocument(c *call) edmDocument {
	return edmDocument{Version: "4.0", Namespace: "http://docs.oasis-open.org/odata/ns/edmx", Schema: edmSchema{
		Namespace: "microsoft.graph", Alias: "graph", XMLNS: "http://docs.oasis-open.org/odata/ns/edm",
		Enums: edmEnums(), Complex: edmComplexTypes(), Entities: e.entityTypes(c), Actions: edmActions(), Functions: edmFunctions(),
		Container: edmContainerOf(),
	}}
}

// entityTypes are the kinds of objects, each with the properties that the
// emulator writes of it.
func (e *Emulator) entityTypes(c *call) []edmType {
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	var ofUser []string
	for _, p := range e.properties {
		ofUser = append(ofUser, p.name)
	}
	list := []edmType{
		{Name: "entity", Abstract: true, Key: []edmName{{"id"}}, Properties: []edmProperty{{Name: "id", Type: "Edm.String", Nullable: "false"}}},
		{Name: "directoryObject", Base: "graph.entity", Open: true, Properties: edmProperties("deletedDateTime DateTimeOffset")},
		entityType("user", "directoryObject", ofUser),
		{Name: "agentUser", Base: "graph.user", Open: true},
		entityType("group", "directoryObject", append(keysOf(e.dir.groupFields(group{})), "hasMembersWithLicenseErrors")),
		entityType("servicePrincipal", "directoryObject", keysOf(e.servicePrincipalFields(""))),
		entityType("organization", "directoryObject", keysOf(e.organizationFields(c))),
		entityType("domain", "entity", keysOf(e.domain())),
		entityType("subscribedSku", "entity", keysOf(e.subscribedSKU(license.SKU{}))),
		entityType("licenseDetails", "entity", keysOf(detailFields(user{}, license.SKU{}))),
		entityType("companySubscription", "entity", keysOf(e.subscriptionFields(license.SKU{}, 0, Subscription{}))),
		entityType("directoryAudit", "entity", keysOf(e.auditFields(audit{}))),
		entityType("adminReportSettings", "entity", []string{"displayConcealedNames"}),
		entityType("copilotReportRoot", "entity", nil),
	}
	for _, name := range []string{"directory", "auditLogRoot", "admin", "reportRoot", "copilotRoot"} {
		list = append(list, entityType(name, "", nil))
	}
	return list
}

func keysOf(fields map[string]any) []string { return slices.Collect(maps.Keys(fields)) }

// entityType describes a kind of object with these properties and the relations
// of its kind.
func entityType(name, base string, properties []string) edmType {
	out := edmType{Name: name, Open: base == "directoryObject"}
	if base != "" {
		out.Base = "graph." + base
	}
	slices.Sort(properties)
	for _, property := range properties {
		if property != "id" && property != "deletedDateTime" { // of the base
			out.Properties = append(out.Properties, edmProperties(strings.TrimSpace(property+" "+kindOf(name, property)))...)
		}
	}
	for _, relation := range edmProperties(edmRelations[name]...) {
		out.Relations = append(out.Relations, edmRelation{relation.Name, relation.Type, !strings.Contains(relation.Type, "directoryObject")})
	}
	return out
}
