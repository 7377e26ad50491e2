package engine_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/job"
)

// far is a cluster that wants a key, as far as Connect asks it anything.
type far struct {
	workflowservice.UnimplementedWorkflowServiceServer
	operatorservice.UnimplementedOperatorServiceServer
	has map[string]enumspb.IndexedValueType // its search attributes

	mu  sync.Mutex
	key string
}

func (f *far) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{}, nil
}

func (f *far) DescribeNamespace(_ context.Context, r *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error) {
	return &workflowservice.DescribeNamespaceResponse{
		NamespaceInfo: &namespacepb.NamespaceInfo{Name: r.GetNamespace()},
		Config:        &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(24 * time.Hour)},
	}, nil
}

func (f *far) ListSearchAttributes(context.Context, *operatorservice.ListSearchAttributesRequest) (*operatorservice.ListSearchAttributesResponse, error) {
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: f.has}, nil
}

func (f *far) AddSearchAttributes(context.Context, *operatorservice.AddSearchAttributesRequest) (*operatorservice.AddSearchAttributesResponse, error) {
	return nil, status.Error(codes.PermissionDenied, "Request unauthorized.")
}

func (f *far) wants(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.key = key
}

func (f *far) guard(ctx context.Context, in any, _ *grpc.UnaryServerInfo, h grpc.UnaryHandler) (any, error) {
	f.mu.Lock()
	want := "Bearer " + f.key
	f.mu.Unlock()
	md, _ := metadata.FromIncomingContext(ctx)
	if got := md.Get("authorization"); len(got) != 1 || got[0] != want {
		return nil, status.Error(codes.Unauthenticated, "invalid or expired token")
	}
	return h(ctx, in)
}

// certificate makes one that signs itself, and writes certificate and key into one file.
func certificate(t *testing.T, name string, until time.Time) (file string, pair tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	secret, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	content := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})...)
	file = filepath.Join(t.TempDir(), name+".pem")
	require.NoError(t, os.WriteFile(file, content, 0o600))
	pair, err = tls.X509KeyPair(content, content)
	require.NoError(t, err)
	return file, pair
}

// farAway starts a cluster with that certificate; without one it does not speak TLS.
func farAway(t *testing.T, pair *tls.Certificate) (f *far, address string) {
	t.Helper()
	f = &far{key: "k1", has: map[string]enumspb.IndexedValueType{
		job.AttributeJob: enumspb.INDEXED_VALUE_TYPE_KEYWORD, job.AttributeRequester: enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		job.AttributeHeld: enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
	}}
	options := []grpc.ServerOption{grpc.UnaryInterceptor(f.guard)}
	if pair != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{*pair}, MinVersion: tls.VersionTLS12})))
	}
	s := grpc.NewServer(options...)
	workflowservice.RegisterWorkflowServiceServer(s, f)
	operatorservice.RegisterOperatorServiceServer(s, f)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return f, l.Addr().String()
}

// with is Connect's options with these variables.
func with(log zerolog.Logger, pairs ...string) engine.Options {
	env := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return engine.Options{Logger: log, LookupEnv: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
}

func connect(t *testing.T, o engine.Options) (*engine.Engine, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return engine.Connect(ctx, o)
}

func TestAKeyOpensACluster(t *testing.T) {
	t.Parallel()
	ca, pair := certificate(t, "temporal.test", time.Now().Add(24*time.Hour))
	f, address := farAway(t, &pair)
	var said bytes.Buffer
	tlsBy := []string{"TEMPORAL_ADDRESS", address, "TEMPORAL_NAMESPACE", "pawl.acme", "TEMPORAL_TLS_SERVER_CA_CERT_PATH", ca, "TEMPORAL_TLS_SERVER_NAME", "temporal.test"}
	e, err := connect(t, with(zerolog.New(&said), append(tlsBy, "TEMPORAL_API_KEY", "k1")...))
	require.NoError(t, err, "TLS is on by itself")
	require.Equal(t, "pawl.acme", e.Namespace())
	require.NoError(t, e.Stop(t.Context()))
	require.Contains(t, said.String(), "temporal operator namespace update --namespace pawl.acme --retention 30d", "24 h is the default, and too short")
	require.NotContains(t, said.String(), "k1")

	_, err = connect(t, with(logger(), append(tlsBy, "TEMPORAL_API_KEY", "k2")...))
	require.ErrorContains(t, err, "does not let us in: check TEMPORAL_API_KEY")
	require.NotContains(t, err.Error(), "k2")

	// A key in a file is read again: it can be replaced without a restart.
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte("k1\n"), 0o600))
	e, err = connect(t, with(logger(), append(tlsBy, "TEMPORAL_API_KEY_FILE", file)...))
	require.NoError(t, err)
	f.wants("k3")
	describe := func() error {
		_, err := e.Client().WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "pawl.acme"})
		return err
	}
	require.Error(t, describe())
	require.NoError(t, os.WriteFile(file, []byte("k3\n"), 0o600))
	require.NoError(t, describe())
	require.NoError(t, e.Stop(t.Context()))

	_, err = connect(t, with(logger(), append(tlsBy, "TEMPORAL_API_KEY", "k3", "TEMPORAL_API_KEY_FILE", file)...))
	require.ErrorContains(t, err, "TEMPORAL_API_KEY and TEMPORAL_API_KEY_FILE are both set")

	f.has = nil
	_, err = connect(t, with(logger(), append(tlsBy, "TEMPORAL_API_KEY_FILE", file)...))
	require.ErrorContains(t, err, "somebody who may can run: temporal operator search-attribute create --namespace pawl.acme --name PawlHeld --type KeywordList")
}

func TestWhyAClusterCannotBeReached(t *testing.T) {
	t.Parallel()
	ca, pair := certificate(t, "temporal.test", time.Now().Add(24*time.Hour))
	otherCA, _ := certificate(t, "temporal.test", time.Now().Add(24*time.Hour))
	oldCA, old := certificate(t, "temporal.test", time.Now().Add(-24*time.Hour))
	_, address := farAway(t, &pair)
	_, plain := farAway(t, nil)
	_, expired := farAway(t, &old)
	_, mutual := mutual(t)
	for want, o := range map[string]engine.Options{
		"signed by somebody we do not know; name the CA in TEMPORAL_TLS_SERVER_CA_CERT_PATH": with(logger(),
			"TEMPORAL_ADDRESS", address, "TEMPORAL_API_KEY", "k1", "TEMPORAL_TLS_SERVER_NAME", "temporal.test", "TEMPORAL_TLS_SERVER_CA_CERT_PATH", otherCA),
		"its certificate is for other names than 127.0.0.1; name one of them in TEMPORAL_TLS_SERVER_NAME": with(logger(),
			"TEMPORAL_ADDRESS", address, "TEMPORAL_API_KEY", "k1", "TEMPORAL_TLS_SERVER_CA_CERT_PATH", ca),
		"its certificate was valid from": with(logger(),
			"TEMPORAL_ADDRESS", expired, "TEMPORAL_API_KEY", "k1", "TEMPORAL_TLS_SERVER_NAME", "temporal.test", "TEMPORAL_TLS_SERVER_CA_CERT_PATH", oldCA),
		"it does not speak TLS, and we do; leave the TEMPORAL_TLS variables out": with(logger(), "TEMPORAL_ADDRESS", plain, "TEMPORAL_API_KEY", "k1"),
		"it speaks TLS, and we do not: set TEMPORAL_TLS=true":                    with(logger(), "TEMPORAL_ADDRESS", address),
		"nobody answers there; check TEMPORAL_ADDRESS":                           with(logger(), "TEMPORAL_ADDRESS", "127.0.0.1:1"),
		"loading client cert/key path: open /none: no such file":                 with(logger(), "TEMPORAL_ADDRESS", address, "TEMPORAL_TLS_CLIENT_CERT_PATH", "/none", "TEMPORAL_TLS_CLIENT_KEY_PATH", "/none"),
		"it wants a certificate from us":                                         mutual(nil),
		"it does not accept our certificate; check TEMPORAL_TLS_CLIENT_CERT_PATH": mutual(map[string]string{
			"TEMPORAL_TLS_CLIENT_CERT_PATH": ca, "TEMPORAL_TLS_CLIENT_KEY_PATH": ca,
		}),
		"our certificate is too old, it was valid until ": mutual(map[string]string{
			"TEMPORAL_TLS_CLIENT_CERT_PATH": oldCA, "TEMPORAL_TLS_CLIENT_KEY_PATH": oldCA,
		}),
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			_, err := connect(t, o)
			require.ErrorContains(t, err, want)
		})
	}
}

// mutual leads to the shared engine, which wants a certificate and would take its own, with another one or none.
func mutual(t *testing.T) (one engine.Options, with func(map[string]string) engine.Options) {
	t.Helper()
	one = cluster(t, "pawl")
	return one, func(other map[string]string) engine.Options {
		o := one
		o.LookupEnv = func(name string) (string, bool) {
			if name == "TEMPORAL_TLS_CLIENT_CERT_PATH" || name == "TEMPORAL_TLS_CLIENT_KEY_PATH" {
				v, ok := other[name]
				return v, ok
			}
			return one.LookupEnv(name)
		}
		return o
	}
}

// A profile counts when it is named, and never because it lies where Temporal's tools look for one.
func TestProfiles(t *testing.T) {
	ca, pair := certificate(t, "temporal.test", time.Now().Add(24*time.Hour))
	_, address := farAway(t, &pair)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, ".config"))
	profiles := func(path, address string) string {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(fmt.Sprintf(`
[profile.default]
address = "127.0.0.1:1"
[profile.prod]
address = %q
namespace = "pawl.prod"
api_key = "k1"
[profile.prod.tls]
server_ca_cert_path = %q
server_name = "temporal.test"
[profile.nowhere]
namespace = "x"
`, address, ca)), 0o600))
		return path
	}
	profiles(filepath.Join(home, ".config", "temporalio", "temporal.toml"), address)
	require.False(t, with(logger()).Cluster(), "it is somebody's own, for their tools")

	o := with(logger(), "TEMPORAL_PROFILE", "prod")
	require.True(t, o.Cluster())
	require.Equal(t, "TEMPORAL_PROFILE", o.ClusterNamed())
	e, err := connect(t, o)
	require.NoError(t, err)
	require.Equal(t, "pawl.prod", e.Namespace())
	require.NoError(t, e.Stop(t.Context()))
	require.Equal(t, []job.Secret{job.NewSecret("k1"), job.NewSecret("pem")}, with(logger(), "TEMPORAL_PROFILE", "prod", "TEMPORAL_TLS_CLIENT_KEY_DATA", "pem").Secrets())
	require.NotContains(t, with(logger()).Secrets(), job.NewSecret("k1"), "it is not ours")

	file := profiles(filepath.Join(t.TempDir(), "ours.toml"), address)
	o = with(logger(), "TEMPORAL_CONFIG_FILE", file)
	require.True(t, o.Cluster())
	_, err = connect(t, o)
	require.ErrorContains(t, err, "127.0.0.1:1", "the default profile of the file that was named")
	e, err = connect(t, with(logger(), "TEMPORAL_CONFIG_FILE", file, "TEMPORAL_PROFILE", "prod", "TEMPORAL_NAMESPACE", "pawl.test"))
	require.NoError(t, err)
	require.Equal(t, "pawl.test", e.Namespace(), "a variable comes before the profile")
	require.NoError(t, e.Stop(t.Context()))

	for want, o := range map[string]engine.Options{
		"TEMPORAL_CONFIG_FILE: reading the profiles: stat /none.toml: no such file": with(logger(), "TEMPORAL_CONFIG_FILE", "/none.toml"),
		"unable to find profile staging":                                            with(logger(), "TEMPORAL_PROFILE", "staging"),
		"TEMPORAL_PROFILE names no address of a cluster":                            with(logger(), "TEMPORAL_PROFILE", "nowhere"),
	} {
		_, err := connect(t, o)
		require.ErrorContains(t, err, want)
	}
	// The key of somebody's default profile is not sent to an address that was given without it.
	require.NoError(t, os.WriteFile(filepath.Join(home, ".config", "temporalio", "temporal.toml"), []byte("[profile.default]\napi_key = \"k1\"\n"), 0o600))
	_, err = connect(t, with(logger(), "TEMPORAL_ADDRESS", address, "TEMPORAL_TLS", "true", "TEMPORAL_TLS_SERVER_CA_CERT_PATH", ca, "TEMPORAL_TLS_SERVER_NAME", "temporal.test"))
	require.ErrorContains(t, err, "does not let us in")
}
