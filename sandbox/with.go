package sandbox

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// laidOver lays one YAML mapping over another: mappings are joined key by key, lists get longer, anything else is
// replaced. So a company's own lines say only what is different: `may: {engineers: [flag on]}` adds one command.
func laidOver(below, above []byte) ([]byte, error) {
	var lower, upper yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(below, &lower, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("reading the world's configuration: %w", err)
	}
	if err := yaml.UnmarshalWithOptions(above, &upper, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("reading the lines to lay over the world's configuration: %w", err)
	}
	text, err := yaml.Marshal(joined(lower, upper))
	if err != nil {
		return nil, fmt.Errorf("writing the world's configuration: %w", err)
	}
	return text, nil
}

func joined(below, above any) any {
	switch upper := above.(type) {
	case yaml.MapSlice:
		lower, ok := below.(yaml.MapSlice)
		if !ok {
			return upper
		}
		for _, item := range upper {
			found := false
			for i := range lower {
				if lower[i].Key == item.Key {
					lower[i].Value, found = joined(lower[i].Value, item.Value), true
				}
			}
			if !found {
				lower = append(lower, item)
			}
		}
		return lower
	case []any:
		if lower, ok := below.([]any); ok {
			return append(lower, upper...)
		}
	}
	return above
}
