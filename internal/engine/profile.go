package engine

import (
	"context"
	"errors"
	"fmt"
	"os"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/pawl-ops/pawl/internal/secrets"
	"github.com/pawl-ops/pawl/job"
)

// The variables that lead to a cluster. Any of them, and nothing else, makes
// Pawl use one: a profile that lies at its default place is somebody's own, for
// their tools, and must not turn an engine of ours into a client of theirs, nor
// send their key to another address.
const (
	addressEnv = "TEMPORAL_ADDRESS"
	profileEnv = "TEMPORAL_PROFILE"
	fileEnv    = "TEMPORAL_CONFIG_FILE"
	keyEnv     = "TEMPORAL_API_KEY"
)

// Cluster reports whether Options.Address, or one of the environment variables
// TEMPORAL_ADDRESS, TEMPORAL_PROFILE and TEMPORAL_CONFIG_FILE, names a cluster,
// so that Connect is to be used and not Start.
func (o Options) Cluster() bool {
	return o.Address != "" || o.set(addressEnv) || o.profiled()
}

// ClusterNamed is the variable that made Cluster true, for people.
func (o Options) ClusterNamed() string {
	for _, name := range []string{addressEnv, profileEnv, fileEnv} {
		if o.set(name) {
			return name
		}
	}
	return ""
}

func (o Options) profiled() bool { return o.set(profileEnv) || o.set(fileEnv) }

func (o Options) set(name string) bool {
	value, _ := o.lookupEnv(name)
	return value != ""
}

// clientOptions are how the cluster is reached, as Temporal's own tools read
// the environment and the profile file.
func (o Options) clientOptions() (client.Options, error) {
	if file, _ := o.lookupEnv(fileEnv); file != "" {
		if _, err := os.Stat(file); err != nil {
			return client.Options{}, fmt.Errorf("%s: reading the profiles: %w", fileEnv, err)
		}
	}
	key, warning, err := secrets.Find(o.lookupEnv, keyEnv)
	if err != nil {
		return client.Options{}, err
	}
	if warning != "" {
		o.Logger.Warn().Msg(warning)
	}
	co, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{
		EnvLookup: environment{o: o, key: key.Reveal()}, DisableFile: !o.profiled(),
	})
	if err != nil {
		return client.Options{}, fmt.Errorf("reading the TEMPORAL_ variables: %w", err)
	}
	if o.set(keyEnv + secrets.FileSuffix) {
		// Read each time, so that a key can be replaced without a restart.
		co.Credentials = client.NewAPIKeyDynamicCredentials(func(context.Context) (string, error) {
			key, _, err := secrets.Find(o.lookupEnv, keyEnv)
			return key.Reveal(), err
		})
	}
	if co.Credentials != nil && co.ConnectionOptions.TLS == nil {
		o.Logger.Warn().Msg("the API key of the Temporal cluster travels unencrypted: leave TEMPORAL_TLS=false out")
	}
	switch {
	case o.Address != "":
		co.HostPort = o.Address
	case co.HostPort == "" && o.profiled():
		return client.Options{}, fmt.Errorf("%s names no address of a cluster: write `address = \"host:7233\"` into the profile, or set %s", o.ClusterNamed(), addressEnv)
	case co.HostPort == "":
		return client.Options{}, errors.New("connecting to Temporal: no address was given (" + addressEnv + ")")
	}
	if o.Namespace != "" {
		co.Namespace = o.Namespace
	}
	if co.Namespace == "" {
		co.Namespace = client.DefaultNamespace
	}
	return co, nil
}

// Secrets are those that Connect lets itself in with, from the environment or
// from a profile, so that they can be hidden. What cannot be read is left out:
// Connect is going to tell.
func (o Options) Secrets() (all []job.Secret) {
	key, _, err := secrets.Find(o.lookupEnv, keyEnv)
	if err != nil {
		return nil
	}
	p, err := envconfig.LoadClientConfigProfile(envconfig.LoadClientConfigProfileOptions{
		EnvLookup: environment{o: o, key: key.Reveal()}, DisableFile: !o.profiled(),
	})
	if err != nil {
		return nil
	}
	all = append(all, job.NewSecret(p.APIKey))
	if p.TLS != nil {
		all = append(all, job.NewSecret(string(p.TLS.ClientKeyData)))
	}
	return all
}

// environment lets a caller of Connect stand in for the process's variables,
// and brings the key in from wherever it is.
type environment struct {
	o   Options
	key string
}

func (e environment) LookupEnv(name string) (string, bool) {
	if name == keyEnv {
		return e.key, e.key != ""
	}
	return e.o.lookupEnv(name)
}

// Environ lists nothing when the variables are not those of the process: it is
// only asked for TEMPORAL_GRPC_META_ headers.
func (e environment) Environ() []string {
	if e.o.LookupEnv != nil {
		return nil
	}
	return envconfig.EnvLookupOS.Environ()
}
