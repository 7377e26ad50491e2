//go:build slim

package engine

import "errors"

// Carries is the version of the engine in this program; empty when it was built without one.
func Carries() string { return "" }

func prepare(string, Options) error {
	return errors.New("this pawl was built without a Temporal server (build tag slim): set TEMPORAL_ADDRESS to the host:port of a Temporal cluster, or use the full build")
}

// launch is never reached: prepare has refused.
func launch(string, *address, *identity, *ports, Options) (server, string, error) {
	return nil, "", prepare("", Options{})
}
