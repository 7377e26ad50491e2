package job

// Section is the part of pawl.yaml that one job or adapter owns. It is decoded strictly by its owner; everything wrong
// with it is reported together with the other mistakes of the file, with line and column.
type Section interface {
	// Decode fills into, a pointer to a struct whose fields carry `yaml:"name"` and `help:"..."` tags. An absent
	// section leaves it untouched. Mistakes are collected by the section, not returned.
	Decode(into any)
	// Problem reports a mistake the types cannot express: path is dotted from the section ("from.host").
	Problem(path, text string)
	// Present reports whether the file has this section at all.
	Present() bool
}
