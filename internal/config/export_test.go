package config

import (
	"maps"
	"reflect"
	"slices"
)

// RunbookKeys are all the keys that stand below `runbooks:`, `looks:` and `jenkins:`.
func RunbookKeys() []string {
	all := slices.Concat(stepKinds(), scriptKeys(), []string{"once", "atomic", "must", "together"})
	for _, keys := range []any{runbookKeys{}, askedKeys{}, argumentKeys{}, httpKeys{}, askKeys{}, sayKeys{}, waitKeys{}, jenkinsKeys{}, jenkinsStepKeys{}} {
		all = slices.AppendSeq(all, maps.Keys(fieldsOf(reflect.TypeOf(keys))))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// DeployKeys are all the keys that stand below `deploy:`, `build:` and `freezes:`.
func DeployKeys() []string {
	var all []string
	for _, keys := range []any{deployKeys{}, buildKeys{}, changesKeys{}, freezeKeys{}} {
		all = slices.AppendSeq(all, maps.Keys(fieldsOf(reflect.TypeOf(keys))))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
