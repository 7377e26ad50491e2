package schema

// example is one of a kind, as it stands in YAML.
func example(k Kind) string {
	switch k {
	case Text:
		return "some words"
	case Whole, Number:
		return "1"
	case Bool:
		return "true"
	case Duration:
		return "15m"
	case Zone:
		return "Europe/Prague"
	case File:
		return "scripts/own.sh"
	case Host:
		return "app-1"
	case Person:
		return "oncall"
	case Channel:
		return `"#ops"`
	case Command:
		return "toy"
	case URL:
		return "https://shop.acme.test"
	case Secret:
		return "{env: SHOP_TOKEN}"
	case JQ:
		return ".results"
	case Times:
		return "weekdays at 5:30"
	case Percent:
		return "5 %"
	case Anything:
		return "{sku: 5}"
	}
	return ""
}

// Composed reports whether a kind is made of other nodes.
func (k Kind) Composed() bool {
	return k == Group || k == Named || k == List || k == Either
}

// jsonType is the type that a kind has in JSON; empty: any.
func (k Kind) jsonType() string {
	switch k {
	case Whole:
		return "integer"
	case Number:
		return "number"
	case Bool:
		return "boolean"
	case Group, Named, Secret:
		return "object"
	case List, Either, Anything:
		return ""
	}
	return "string"
}
