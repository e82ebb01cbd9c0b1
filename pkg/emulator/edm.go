package emulator

import (
	"encoding/xml"
	"strings"
)

// A metadata document of OData 4.0, in the form that encoding/xml writes.
type (
	edmDocument struct {
		XMLName   xml.Name  `xml:"edmx:Edmx"`
		Version   string    `xml:"Version,attr"`
		Namespace string    `xml:"xmlns:edmx,attr"`
		Schema    edmSchema `xml:"edmx:DataServices>Schema"`
	}
	edmSchema struct {
		Namespace string `xml:"Namespace,attr"`
		Alias     string `xml:"Alias,attr"`
		XMLNS     string `xml:"xmlns,attr"`

		Enums     []edmEnum      `xml:"EnumType"`
		Complex   []edmType      `xml:"ComplexType"`
		Entities  []edmType      `xml:"EntityType"`
		Actions   []edmOperation `xml:"Action"`
		Functions []edmOperation `xml:"Function"`
		Container edmContainer   `xml:"EntityContainer"`
	}
	edmEnum struct {
		Name    string      `xml:"Name,attr"`
		Members []edmMember `xml:"Member"`
	}
	edmMember struct {
		Name  string `xml:"Name,attr"`
		Value int    `xml:"Value,attr"`
	}
	edmType struct {
		Name       string        `xml:"Name,attr"`
		Base       string        `xml:"BaseType,attr,omitempty"`
		Abstract   bool          `xml:"Abstract,attr,omitempty"`
		Open       bool          `xml:"OpenType,attr,omitempty"`
		Key        []edmName     `xml:"Key>PropertyRef"`
		Properties []edmProperty `xml:"Property"`
		Relations  []edmRelation `xml:"NavigationProperty"`
	}
	edmName struct {
		Name string `xml:"Name,attr"`
	}
	edmProperty struct {
		Name     string `xml:"Name,attr"`
		Type     string `xml:"Type,attr"`
		Nullable string `xml:"Nullable,attr,omitempty"`
	}
	edmRelation struct {
		Name     string `xml:"Name,attr"`
		Type     string `xml:"Type,attr"`
		Contains bool   `xml:"ContainsTarget,attr,omitempty"`
	}
	edmOperation struct {
		Name       string        `xml:"Name,attr"`
		Bound      bool          `xml:"IsBound,attr"`
		Parameters []edmProperty `xml:"Parameter"`
		Returns    edmReturns    `xml:"ReturnType"`
	}
	edmReturns struct {
		Type string `xml:"Type,attr"`
	}
	edmContainer struct {
		Name       string         `xml:"Name,attr"`
		Sets       []edmSet       `xml:"EntitySet"`
		Singletons []edmSingleton `xml:"Singleton"`
	}
	edmSet struct {
		Name     string       `xml:"Name,attr"`
		Type     string       `xml:"EntityType,attr"`
		Bindings []edmBinding `xml:"NavigationPropertyBinding"`
	}
	edmSingleton struct {
		Name string `xml:"Name,attr"`
		Type string `xml:"Type,attr"`
	}
	edmBinding struct {
		Path   string `xml:"Path,attr"`
		Target string `xml:"Target,attr"`
	}
)

// edmTypeName gives the name of a type as the document has it: "Guid" is of OData,
// "assignedLicense" of Graph, and "[]" begins a list. An empty one is text.
func edmTypeName(kind string) string {
	if item, ok := strings.CutPrefix(kind, "[]"); ok {
		return "Collection(" + edmTypeName(item) + ")"
	}
	if kind == "" {
		return "Edm.String"
	}
	if kind[0] >= 'A' && kind[0] <= 'Z' {
		return "Edm." + kind
	}
	return "graph." + kind
}

// edmProperties reads properties that are written as "name" or "name type".
func edmProperties(list ...string) []edmProperty {
	var out []edmProperty
	for _, text := range list {
		name, kind, _ := strings.Cut(text, " ")
		out = append(out, edmProperty{Name: name, Type: edmTypeName(kind)})
	}
	return out
}
