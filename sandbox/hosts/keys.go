package hosts

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
)

// loadKey reads a private key, and makes it first when there is none.
func loadKey(file string) (ssh.Signer, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = makeKey(file)
	}
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(data)
	if err != nil {
		return nil, fmt.Errorf("reading the private key %s: %w", file, err)
	}
	return signer, nil
}

func makeKey(file string) ([]byte, error) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "pawl sandbox")
	if err != nil {
		return nil, err
	}
	data := pem.EncodeToMemory(block)
	return data, replace(file, data)
}

// hostKeyFile is what a host proves itself with; ownKeyFile is what it logs in to other hosts with.
func (w *World) hostKeyFile(name string) string {
	return filepath.Join(w.opts.Dir, "ssh", "host_"+name)
}

func (w *World) ownKeyFile(name string) string { return filepath.Join(w.opts.Dir, "ssh", "own_"+name) }

// writeKnownHosts names every host with its key.
func (w *World) writeKnownHosts() error {
	var b bytes.Buffer
	for _, h := range w.Hosts() {
		fmt.Fprintln(&b, knownhosts.Line([]string{h.listener.Addr().String()}, h.key.PublicKey()))
	}
	return replace(w.KnownHosts(), b.Bytes())
}

// origin is the permission extension that says from which host a connection comes.
const origin = "pawl-origin"

// whoMayLogIn accepts the controller's key, and every host's own; the latter are remembered as where the connection
// comes from, because a cut cable cuts both ways.
func (w *World) whoMayLogIn(controller ssh.Signer) *ssh.ServerConfig {
	known := map[string]string{string(controller.PublicKey().Marshal()): ""}
	for name, h := range w.hosts {
		known[string(h.own.PublicKey().Marshal())] = name
	}
	return &ssh.ServerConfig{
		ServerVersion: "SSH-2.0-PawlSandbox",
		PublicKeyCallback: func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			from, ok := known[string(key.Marshal())]
			if !ok || c.User() != User {
				return nil, errors.New("permission denied")
			}
			return &ssh.Permissions{Extensions: map[string]string{origin: from}}, nil
		},
	}
}
